"""Draft a text alternative: one sentence of what is known about a picture, for its owner to correct.

It says nothing that no source tells: neither who somebody is nor what happens. It is never published by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalicelib.texts import enumerated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.catalogue.index.image_annotations import Annotations

MAX_TEXT: Final = 120  # characters of the texts in the picture
MAX_LABELS: Final = 3
MIN_SCORE: Final = 0.9  # of a label that no person confirmed
MIN_SHARE: Final = 0.15  # of the picture, of a colour that is named
MAX_COLOURS: Final = 2


def draft(metadata: Mapping[str, Any], analysis: Mapping[str, Any], found: Annotations | None) -> str | None:
    """Return the sentence; None where nothing is known but that there is a picture.

    `metadata` and `analysis` are those of the record.
    """
    parts = [*_where(metadata), *_what(found), *_colours(analysis)]
    return f"{_kind(metadata)}{''.join(parts)}." if parts else None


def _kind(metadata: Mapping[str, Any]) -> str:
    verdict = (metadata.get("provenance") or {}).get("provenance")
    if verdict == "ai_generated":
        return "Picture made by a generator"
    taken = verdict == "captured" or (metadata.get("exposure") or {}).get("exposure_time")
    return "Photograph" if taken else "Picture"


def _where(metadata: Mapping[str, Any]) -> list[str]:
    place = metadata.get("place") or {}
    names = [place[name] for name in ("gps_city", "gps_country") if place.get(name)]
    return [f" taken in {', '.join(names)}"] if names else []


def _what(found: Annotations | None) -> list[str]:
    if found is None:
        return []
    sure = [one for one in found.shown if one.kind == "label" and (one.decision or (one.score or 0) >= MIN_SCORE)]
    sure.sort(key=lambda one: -(one.score or 1.0))
    labels = list(dict.fromkeys(one.value for one in sure))[:MAX_LABELS]
    things = [f" of {enumerated(labels)}"] if labels else []
    inside = []
    if found.people:
        inside.append("a face" if found.people == 1 else f"{found.people} faces")
    if text := _text([one.value for one in found.shown if one.kind == "text"]):
        inside.append(f"the text \u201c{text}\u201d")
    return [*things, f" with {enumerated(inside)}"] if inside else things


def _text(lines: Sequence[str]) -> str:
    """Return the lines as one, cut after a word."""
    whole = " ".join(lines)
    if len(whole) <= MAX_TEXT:
        return whole
    return f"{whole[:MAX_TEXT].rpartition(' ')[0] or whole[:MAX_TEXT]} \u2026"


def _colours(analysis: Mapping[str, Any]) -> list[str]:
    names = [swatch["name"] for swatch in analysis.get("palette") or () if swatch["share"] >= MIN_SHARE]
    names = list(dict.fromkeys(names))[:MAX_COLOURS]
    return [f", mostly {enumerated(names)}"] if names else []
