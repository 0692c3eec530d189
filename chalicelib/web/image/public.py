"""A public or shared image in words, from its public record and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.web.image import exposure, facts, palette, provenance
from chalicelib.web.image.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

UNTITLED = "Untitled picture"
_LONGEST = 200  # characters of a description that previews of a link show


def words(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of the page of an image, without its addresses."""
    metadata = record["metadata"]
    camera = exposure.camera(metadata.get("camera", {}))
    found = palette.swatches(record.get("analysis", {}).get("palette") or ())
    return {
        "title": record.get("title") or UNTITLED,
        "alt": record.get("alt") or "",
        "description": record.get("description") or "",
        "blurred": "blur" in record,
        "summary": summary(record),
        "provenance": provenance.answer(metadata.get("provenance", {})),
        "taken": [part for part in (camera, exposure.line(metadata.get("exposure", {}))) if part],
        "groups": [_picture(record), *facts.groups(metadata, {}, record.get("words") or {})],
        "swatches": found,
        "palette_texts": palette.texts(found),
    }


def summary(record: Mapping[str, Any]) -> str:
    """Return a sentence or two on an image, for previews of its link and for search engines."""
    camera = exposure.camera(record["metadata"].get("camera", {}))
    taken = f"A picture taken with {camera}" if camera else "A picture"
    written = record.get("description") or record.get("alt") or f"{taken}, shown in its own colours with Janus."
    plain = " ".join(str(written).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"


def file_name(record: Mapping[str, Any]) -> str:
    """Return a name for the file to be saved under, without its extension: the upload's own is private."""
    plain = re.sub(r"[^\w]+", "-", record.get("title") or "").strip("-")[:80].strip("-")
    return plain or "picture"


def _picture(record: Mapping[str, Any]) -> facts.Group:
    told = [Fact("Format", str(record.get("format") or "")), facts.dimensions(record, record["metadata"])]
    return facts.group("Picture", [one for one in told if one.value], {})
