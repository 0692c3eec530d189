"""Build the attributes of a record from an object: read, check, decode once, derive."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from chalicelib import storage
from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import document_codec, keys
from chalicelib.db.models import FAILED, READY
from image_processing import examine, formats
from image_processing.errors import ImageError, NotDecodable, TooLarge
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.storage import StoredObject
    from image_processing.metadata import ImageMetadata

LUMINANCE_LAYERS = "layers"  # the map of all layers of luminance


def extract(
    stored: StoredObject, image_id: str, order: str, profile: str | None = None, deadline: float | None = None
) -> dict[str, Any]:
    """Return the attributes of an object's record: `ready`, or `failed` with a code and the readable metadata.

    An image whose pixels no decoder here knows is ready, too: without thumbnails, and with a warning that says so.
    The profile is the event's, else the upload's own, else the stage's; `metadata` decodes no pixel. Writes the
    thumbnails.

    Raises storage.ObjectChangedError when the object changes meanwhile, OutOfTimeError when its pixels
    are not done before `deadline` (of time.monotonic), and the errors of AWS and of the network.
    """
    facts: dict[str, Any] = {"size": stored.size, "etag": stored.etag}
    if profile is None:
        profile = stored.profile if stored.profile in examine.PROFILES else settings().analysis_profile
    try:
        if stored.size > formats.MAX_BYTES:
            raise TooLarge(f"The file has {stored.size:,} bytes; up to {formats.MAX_BYTES:,} are taken.")
        with tempfile.TemporaryFile() as file:
            facts["sha256"] = stored.save(file)
            found = examine.examine(FileSource(file), profile, deadline=deadline)
    except NotDecodable as reason:
        described = _described(stored, reason.metadata, {}, facts["sha256"], (reason.code, str(reason)))
        return {"state": READY, **facts, **described}
    except ImageError as refusal:
        failure = {"state": FAILED, "code": refusal.code, "reason": str(refusal)}
        return {**failure, **facts, **_described(stored, refusal.metadata, {}, facts.get("sha256"))}
    folder = keys.derived_folder(image_id, order, facts["sha256"])
    seen = {} if found.pixels is None else _kept(found.pixels, folder)
    return {"state": READY, **facts, **_described(stored, found.metadata, seen, facts["sha256"])}


def _kept(seen: examine.Pixels, folder: str) -> dict[str, Any]:
    """Write the pictures of an image into a folder; return the document's part about its pixels."""
    described = {}
    for picture in seen.pictures.values():
        kind = "png" if picture.name == LUMINANCE_LAYERS else "webp"
        key = f"{folder}{picture.name}.{kind}"
        storage.put(key, picture.data, f"image/{kind}")
        described[picture.name] = {"width": picture.width, "height": picture.height, "key": key}
    masks = {"masks": described.pop(LUMINANCE_LAYERS)} if LUMINANCE_LAYERS in described else {}
    return {"thumbnails": described, **masks, "analysis": seen.analysis}


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
        "conflicts": [conflict.to_dict() for conflict in found.conflicts],
        "warnings": [list(warning) for warning in (*found.warnings, *warnings)],
        "thumbnails": {},
        **seen,
        "tags": {group: dict(tags) for group, tags in found.raw.items()},
    }
    facts = cards.facts(document, sha256, stored.name)
    packed = document_codec.pack(document)
    for part in ("tags", "origins", "metadata"):  # the least needed first
        if packed is None:
            document[part] = {}
            document["warnings"].append([f"{part}_too_large", f"The {part} are too large to be kept."])
            packed = document_codec.pack(document)
    return {
        "facts": cards.pack_facts(facts),
        "format": found.get("format"),
        "mime_type": found.get("mime_type"),
        "width": found.get("width"),
        "height": found.get("height"),
        "document": packed,
    }


examine.prepare()  # its process imports while the first object is on its way
