"""Judge which source wins: facts of the container and raw tags to the normalized values of the table."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.formats import FORMATS
from image_processing.metadata import json_safe, moments, positions, provenance
from image_processing.metadata.fields import FIELDS
from image_processing.metadata.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.metadata.convert import Converter
    from image_processing.metadata.findings import Findings

Values = dict[str, Any]
Origins = dict[str, str]

TRANSPOSED = frozenset((5, 6, 7, 8))  # orientations that swap width and height
ISO_DEFERRED = 65535  # Exif 3.0, PhotographicSensitivity: see the fuller tags
PQ, HLG = 16, 18
COPIES_OF_IPTC = frozenset(("XMP-dc", "XMP-photoshop", "XMP-Iptc4xmpCore", "XMP-Iptc4xmpExt"))


class _Use(NamedTuple):
    """The use of a tag for a field."""

    field: str
    convert: Converter
    origin: str
    group: str
    tag: str
    parts: tuple[str, ...]  # a path into a structure


def _uses() -> Iterator[_Use]:
    """Go through the table: its fields in order, and the sources of each by rank."""
    for field in FIELDS:
        for source in filter(None, field.sources.split(" | ")):
            group, _, path = source.partition(":")
            tag, *parts = path.split(".")
            yield _Use(field.name, KINDS[field.kind].convert, source, group, tag, tuple(parts))


_USES = tuple(_uses())


def _index() -> dict[str, dict[str, list[int]]]:
    """Turn the table around: where in it each tag of each group is used, so that only tags that are there cost."""
    index: dict[str, dict[str, list[int]]] = {}
    for place, use in enumerate(_USES):
        index.setdefault(use.group, {}).setdefault(use.tag, []).append(place)
    return index


_INDEX = _index()


def merge(findings: Findings) -> tuple[Values, Origins]:
    """Give the normalized values, and where each came from."""
    values: Values = {}
    origins: Origins = {}
    for name, fact in findings.facts.items():
        values[name], origins[name] = fact.value, fact.origin
    refused = positions.refused(findings)
    for place in _places(findings):
        name, convert, origin, group, tag, parts = _USES[place]
        if name in values or (refused and (group, tag) in refused):
            continue
        beside = findings.tags[group]
        value = _part(beside[tag], parts) if parts else beside[tag]
        found = convert(value, beside, tag, group) if value is not None else None
        if found is not None and found != "":
            values[name], origins[name] = found, origin
    _sensitivity(values, origins, findings)
    _size(values, origins)
    moments.settle(values, origins, findings)
    positions.name(values, origins)
    _colour(values, origins)
    _provenance(values, origins, findings)
    values, cut = json_safe.bounded(values)
    if cut:
        findings.warn("too_much", "There is more metadata than is kept.")
    plain = all(map(str.isascii, origins.values()))
    return values, origins if plain else {name: json_safe.text(origin) for name, origin in origins.items()}


def _places(findings: Findings) -> list[int]:
    """Give where in the table the tags that are there are used, in its order.

    IPTC goes before its copy in XMP where it was changed later.
    """
    places: list[int] = []
    for group, tags in findings.tags.items():
        if group in _INDEX:
            uses = _INDEX[group]
            for tag in tags:
                if tag in uses:
                    places += uses[tag]
    places.sort()
    return _iptc_first(places) if findings.iptc_fresh else places


def _iptc_first(places: list[int]) -> list[int]:
    ordered: list[int] = []
    for _, found in groupby(places, lambda place: _USES[place].field):
        ranked = list(found)
        first = next((at for at, place in enumerate(ranked) if _USES[place].group in COPIES_OF_IPTC), len(ranked))
        ordered += ranked[:first] + sorted(ranked[first:], key=lambda place: _USES[place].group != "IPTC")
    return ordered


def _part(value: Any, parts: tuple[str, ...]) -> Any:
    """Follow a path into structures; of several the first."""
    for part in parts:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _sensitivity(values: Values, origins: Origins, findings: Findings) -> None:
    if values.get("iso") != ISO_DEFERRED:
        return
    for tag in ("RecommendedExposureIndex", "ISOSpeed", "StandardOutputSensitivity"):
        value = findings.group("Exif").get(tag)
        if isinstance(value, int) and value > 0:
            values["iso"], origins["iso"] = value, f"Exif:{tag}"
            return


def _size(values: Values, origins: Origins) -> None:
    """Apply aperture and orientation to the size; in HEIF, AVIF and JXL only the container's transforms count."""
    kind = FORMATS.get(values.get("format", ""))
    if "container_orientation" in values:
        values["orientation"] = values.pop("container_orientation")
        origins["orientation"] = origins.pop("container_orientation")
    elif kind is not None and kind.name in ("HEIF", "AVIF", "JXL") and "orientation" in values:
        values["orientation"], origins["orientation"] = 1, f"derived:{kind.name}"
    width, height = values.get("stored_width"), values.get("stored_height")
    if not width or not height:
        return
    if "clean_aperture" in values:
        width, height = values["clean_aperture"][2:]
    if values.get("orientation") in TRANSPOSED:
        width, height = height, width
    values |= {"width": width, "height": height, "megapixels": round(width * height / 1e6, 2)}
    origins |= dict.fromkeys(("width", "height", "megapixels"), "derived:stored size and orientation")


def _colour(values: Values, origins: Origins) -> None:
    if values.get("cicp_transfer") in (PQ, HLG):
        values["hdr"], origins["hdr"] = True, "derived:cicp_transfer"
    elif values.get("gain_map"):
        values["hdr"], origins["hdr"] = True, "derived:gain_map"


def _provenance(values: Values, origins: Origins, findings: Findings) -> None:
    found = provenance.assess(values, findings.tags, findings.jumbf)
    where = ", ".join(dict.fromkeys(item.source for item in found.evidence if item.verdict == found.verdict))
    told = {
        "provenance": found.verdict,
        "provenance_evidence": [": ".join(item) for item in found.evidence],
        "generator": found.generator,
        "prompt": found.prompt,
        "negative_prompt": found.negative_prompt,
        "generator_model": found.model,
        "c2pa_status": found.c2pa_status,
        "c2pa_generator": found.c2pa_generator,
        "c2pa_signer": found.c2pa_signer,
        "c2pa_actions": list(found.c2pa_actions or ()),
        "c2pa_source_types": list(found.c2pa_source_types or ()),
        "c2pa_ingredients": list(found.c2pa_ingredients or ()),
    }
    for name in filter(told.get, told):
        values[name] = told[name]
        origins[name] = "C2PA" if name.startswith("c2pa_") else f"derived:{where}" if where else "derived"
