"""A public or shared image in words, from its public record and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.web import wording
from chalicelib.web.image import exposure, facts, palette, provenance
from chalicelib.web.image.facts import TIMES, Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

UNTITLED = "Untitled picture"
_LONGEST = 200  # characters of a description that previews of a link show


def words(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of the page of an image, without its addresses."""
    metadata = record["metadata"]
    found = palette.swatches(record.get("analysis", {}).get("palette") or ())
    return {
        "title": record.get("title") or UNTITLED,
        "alt": record.get("alt") or "",
        "description": record.get("description") or "",
        "summary": summary(record),
        "provenance": provenance.answer(metadata.get("provenance", {})),
        "taken": [part for part in (_camera(metadata), exposure.line(metadata.get("exposure", {}))) if part],
        "groups": [_picture(record), *facts.groups(metadata, {}, record.get("words") or {})],
        "swatches": found,
        "palette_texts": palette.texts(found),
    }


def summary(record: Mapping[str, Any]) -> str:
    """Return a sentence or two on an image, for previews of its link and for search engines."""
    camera = _camera(record["metadata"])
    taken = f"A picture taken with {camera}" if camera else "A picture"
    written = record.get("description") or record.get("alt") or f"{taken}, shown in its own colours with Janus."
    plain = " ".join(str(written).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"


def file_name(record: Mapping[str, Any]) -> str:
    """Return a name for the file to be saved under, without its extension: the upload's own is private."""
    plain = re.sub(r"[^\w]+", "-", record.get("title") or "").strip("-")[:80].strip("-")
    return plain or "picture"


def _camera(metadata: Mapping[str, Any]) -> str:
    camera = metadata.get("camera", {})
    return wording.camera(*(str(camera.get(name) or "").strip() for name in ("make", "model")))


def _picture(record: Mapping[str, Any]) -> facts.Group:
    width, height = record.get("width"), record.get("height")
    pixels = record["metadata"].get("image", {}).get("megapixels")
    told = [
        Fact("Format", str(record.get("format") or "")),
        Fact(
            "Dimensions",
            f"{width} {TIMES} {height}" if width and height else "",
            f"{pixels} megapixels" if pixels else "",
        ),
    ]
    return facts.group("Picture", [one for one in told if one.value], {})
