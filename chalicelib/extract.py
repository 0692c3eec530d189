"""From an object to what its record says: read, check, decode once, derive."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from chalicelib import storage
from chalicelib.catalogue import cards
from chalicelib.config import settings
from chalicelib.db import documents, keys
from chalicelib.db.models import FAILED, READY
from image_processing import analysis, derive, formats, metadata
from image_processing.analysis import masks
from image_processing.decode import pixels
from image_processing.errors import ImageError, NotDecodable, TooLarge
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.storage import StoredObject
    from image_processing.metadata import ImageMetadata


def extract(stored: StoredObject, image_id: str, order: str, profile: str | None = None) -> dict[str, Any]:
    """Return the attributes of an object's record: `ready`, or `failed` with a code and what could be read.

    An image whose pixels no decoder here knows is ready, too: without thumbnails, and with a warning that says so.
    The profile (the event's, else the upload's own, else the stage's) tells how far to look: `metadata` decodes no
    pixel.
    Writes the thumbnails. Raises storage.ObjectChangedError when the object changes meanwhile, and whatever is
    wrong with the world.
    """
    facts: dict[str, Any] = {"size": stored.size, "etag": stored.etag}
    if profile is None:
        profile = stored.profile if stored.profile in analysis.PROFILES else settings().analysis_profile
    found: ImageMetadata | None = None
    try:
        if stored.size > formats.MAX_BYTES:
            raise TooLarge(f"The file has {stored.size:,} bytes; up to {formats.MAX_BYTES:,} are taken.")
        found = metadata.read(stored.source())
        with tempfile.TemporaryFile() as file:
            facts["sha256"] = stored.save(file)
            seen = {}
            if profile != analysis.METADATA:
                folder = keys.derived_folder(image_id, order, facts["sha256"])
                seen = _seen(FileSource(file), found, folder, full=profile == analysis.FULL)
    except NotDecodable as reason:
        return {
            "state": READY,
            **facts,
            **_described(stored, found, {}, facts["sha256"], (reason.code, str(reason))),
        }
    except ImageError as refusal:
        found = found or refusal.metadata
        return {
            "state": FAILED,
            "code": refusal.code,
            "reason": str(refusal),
            **facts,
            **_described(stored, found, {}, facts.get("sha256")),
        }
    return {"state": READY, **facts, **_described(stored, found, seen, facts["sha256"])}


def _seen(source: FileSource, found: ImageMetadata, folder: str, *, full: bool) -> dict[str, Any]:
    """Decode an image once: write its thumbnails into a folder, return what the document holds of it."""
    side = pixels.whole_side(found) if full else pixels.MAX_SIDE
    pixels.check(found, side)
    image = pixels.decode(source, found, side)
    whole = max(image.size) >= max(found.get("width", 0), found.get("height", 0))
    described = {}
    for thumbnail in derive.thumbnails(image):
        key = f"{folder}{thumbnail.name}.webp"
        storage.put(key, thumbnail.data, "image/webp")
        described[thumbnail.name] = {"width": thumbnail.width, "height": thumbnail.height, "key": key}
    seen: dict[str, Any] = {"thumbnails": described}
    if full:
        layers = masks.layers(image)
        key = f"{folder}layers.png"
        storage.put(key, layers.data, "image/png")
        seen["masks"] = {"width": layers.width, "height": layers.height, "key": key}
    return seen | {"analysis": analysis.analyse(image, full=full and whole, layers=full)}


def _described(
    stored: StoredObject,
    found: ImageMetadata | None,
    seen: Mapping[str, Any],
    sha256: str | None,
    *warnings: tuple[str, str],
) -> dict[str, Any]:
    """Return the attributes of a record that the metadata and the look at the pixels fill."""
    if found is None:
        return {"facts": cards.pack_facts(cards.Facts(name=stored.name))} if stored.name else {}
    document: dict[str, Any] = {
        "metadata": found.to_dict(),
        "origins": dict(found.origins),
        "warnings": [list(warning) for warning in (*found.warnings, *warnings)],
        "thumbnails": {},
        **seen,
        "tags": {group: dict(tags) for group, tags in found.raw.items()},
    }
    facts = cards.facts(document, sha256, stored.name)
    packed = documents.pack(document)
    for part in ("tags", "origins", "metadata"):  # the least needed first
        if packed is None:
            document[part] = {}
            document["warnings"].append([f"{part}_too_large", f"The {part} are too large to be kept."])
            packed = documents.pack(document)
    return {
        "facts": cards.pack_facts(facts),
        "format": found.get("format"),
        "mime_type": found.get("mime_type"),
        "width": found.get("width"),
        "height": found.get("height"),
        "document": packed,
    }
