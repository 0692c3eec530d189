"""Judge the provenance of an image: captured, edited, AI-assisted, AI-generated or unknown, with the evidence.

Every source speaks for itself; the strongest claim wins, in the order of `_WEIGHT`. C2PA manifests are read, not
verified: they are claims like the others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import c2pa, generators, source_types
from image_processing.metadata.source_types import AI_ASSISTED, AI_GENERATED, CAPTURED, EDITED, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from image_processing.metadata.c2pa import Manifest
    from image_processing.metadata.generators import Generation

_WEIGHT = (UNKNOWN, CAPTURED, EDITED, AI_ASSISTED, AI_GENERATED)

# C2PA actions that leave the content as it was; all others but these edit (C2PA 2.1, "Actions").
_CREATED, _OPENED = "c2pa.created", "c2pa.opened"  # with these an image begins: all of it is of their source type
_HARMLESS = frozenset(
    f"c2pa.{name}"
    for name in ("created", "opened", "published", "transcoded", "repackaged", "converted", "watermarked")
)
_EDITORS = re.compile(
    r"\b(?:photoshop|lightroom|camera raw|gimp|affinity|snapseed|capture one|darktable|rawtherapee|pixelmator"
    r"|picsart|vsco|picasa|paint\.net|acdsee|dxo|luminar|canva\b|photoscape|paintshop|facetune|instagram|acorn\b"
    r"|photofiltre)",
    re.IGNORECASE,
)


class Evidence(NamedTuple):
    """One thing that speaks for a verdict."""

    verdict: str
    source: str  # group and tag
    detail: str


class Provenance(NamedTuple):
    """The verdict, its evidence, and further values of the sources (None where they have none)."""

    verdict: str = UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    generator: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    model: str | None = None
    c2pa_generator: str | None = None
    c2pa_actions: tuple[str, ...] | None = None
    c2pa_ingredients: tuple[str, ...] | None = None
    c2pa_source_types: tuple[str, ...] | None = None
    c2pa_signer: str | None = None
    c2pa_status: str | None = None


def assess(
    values: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]], blocks: Sequence[bytes]
) -> Provenance:
    """Judge by normalized values, raw tags (group -> tag -> value) and C2PA blocks (JUMBF)."""
    manifests = c2pa.read(blocks) if blocks else []
    generation = generators.find(tags)
    captured = list(_of_capture(values))
    if generation and generation.where in ("Exif:Make", "Exif:Model"):
        captured = []  # there stands the name of a generator, or its graph
    evidence = list(_of_manifests(manifests)) if manifests else []
    if "digital_source_type" in values:
        evidence += _of_source_type(values)
    if generation:
        evidence.append(_of_generation(generation, values, captured=bool(captured)))
    evidence += [*captured, *_of_editing(values, tags)]
    verdict = max((item.verdict for item in evidence), key=_WEIGHT.index, default=UNKNOWN)
    found = Provenance(verdict, tuple(evidence[:50]))
    if generation:
        found = found._replace(
            generator=generation.generator,
            prompt=generation.prompt,
            negative_prompt=generation.negative_prompt,
            model=generation.model,
        )
    return _with_manifest(found, manifests[0]) if manifests else found


def _with_manifest(found: Provenance, active: Manifest) -> Provenance:
    named = [action.source_type for action in active.actions] + [item.source_type for item in active.ingredients]
    types = dict.fromkeys(filter(None, [*named, *active.source_types]))
    agents = [action.agent for action in active.actions if action.agent]
    names = (generators.name_mark(name) for name in [*agents, active.generator or ""])
    return found._replace(
        generator=found.generator or next(filter(None, names), None),
        c2pa_generator=active.generator,
        c2pa_actions=tuple(dict.fromkeys(action.action for action in active.actions)),
        c2pa_ingredients=tuple(item.title or "untitled" for item in active.ingredients),
        c2pa_source_types=tuple(types),
        c2pa_signer=active.signer,
        c2pa_status=c2pa.STATUS,
    )


def _of_manifests(manifests: Sequence[Manifest]) -> Iterator[Evidence]:
    """Weigh manifests: what is true of a parent is true of the image; a part that AI made makes it AI-assisted."""
    components = {
        item.manifest
        for m in manifests
        for item in m.ingredients
        if item.manifest and item.relationship != "parentOf"
    }
    for manifest in manifests:
        part = manifest.label in components
        for action in manifest.actions:
            verdict = source_types.verdict(action.source_type)
            if verdict == UNKNOWN and action.action not in _HARMLESS:
                verdict = EDITED
            if generators.name_mark(action.agent or "") and action.action not in _HARMLESS - {_CREATED}:
                verdict = AI_GENERATED
            if verdict == AI_GENERATED and (part or action.action not in (_CREATED, _OPENED)):
                verdict = AI_ASSISTED
            if part and verdict != AI_ASSISTED:
                continue
            if verdict == UNKNOWN and not action.source_type:
                continue
            said = (action.action, action.source_type, action.agent or manifest.generator)
            yield Evidence(verdict, "C2PA:Actions", ", ".join(filter(None, said)))
        yield from _of_parts(manifest, part=part)


def _of_parts(manifest: Manifest, *, part: bool) -> Iterator[Evidence]:
    """Weigh the source types that a manifest names for its asset and for its ingredients."""
    named = [
        *((kind, True, "C2PA:Metadata") for kind in manifest.source_types),
        *((i.source_type, i.relationship == "parentOf", "C2PA:Ingredient") for i in manifest.ingredients),
    ]
    for kind, whole, source in named:
        verdict = source_types.verdict(kind)
        if verdict == AI_GENERATED and (part or not whole):
            verdict = AI_ASSISTED
        if kind and (verdict == AI_ASSISTED or (whole and not part)):
            yield Evidence(verdict, source, kind)


def _of_source_type(values: Mapping[str, Any]) -> Iterator[Evidence]:
    name = source_types.name(str(values.get("digital_source_type") or ""))
    if name:
        yield Evidence(source_types.verdict(name), "XMP-Iptc4xmpExt:DigitalSourceType", name[:200])


def _of_generation(generation: Generation, values: Mapping[str, Any], *, captured: bool) -> Evidence:
    """Weigh a generator's own note: it made all of the image, unless it is said to have made a part.

    The source type in XMP says so, or the camera's settings do where a name is all that the generator left.
    """
    declared = source_types.verdict(str(values.get("digital_source_type") or ""))
    part = declared == AI_ASSISTED or (generation.named and captured)
    return Evidence(AI_ASSISTED if part else AI_GENERATED, generation.where, generation.generator)


def _of_capture(values: Mapping[str, Any]) -> Iterator[Evidence]:
    camera = " ".join(str(values[name]) for name in ("make", "model") if values.get(name))
    if camera and any(values.get(name) for name in ("exposure_time", "f_number", "iso", "focal_length")):
        yield Evidence(CAPTURED, "Exif:Model", camera[:200])


@lru_cache(256)  # the images of one camera or program repeat its name
def _is_editor(name: str) -> bool:
    return _EDITORS.search(name) is not None


def _of_editing(values: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]]) -> Iterator[Evidence]:
    for name, source in (("software", "Exif:Software"), ("creator_tool", "XMP-xmp:CreatorTool")):
        value = str(values.get(name) or "")[:200]
        if value and _is_editor(value):
            yield Evidence(EDITED, source, value)
    if "XMP-crs" in tags and tags["XMP-crs"].get("HasSettings") in (True, "True", "true"):
        yield Evidence(EDITED, "XMP-crs:HasSettings", "raw converter settings")
    credit = str(values.get("credit") or "")
    if "edited with google ai" in credit.lower():
        yield Evidence(AI_ASSISTED, "IPTC:Credit", credit[:200])
