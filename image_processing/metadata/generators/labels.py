"""Read labels that only say that an image is generated: China's AIGC, Grok's signature, Midjourney's job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from image_processing.metadata.generators.notes import Generation, generation, parse

if TYPE_CHECKING:
    from image_processing.metadata.generators.notes import Notes

# GB 45438-2025, annex E: Label is 1 for generated content, 2 for content that may be it, 3 for suspected content.
_AIGC_KEYS = frozenset(("ContentProducer", "ProduceID", "ContentPropagator", "PropagateID", "ServiceProvider"))
_GENERATED = ("1", "AIGC")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SIGNATURE = re.compile(r"Signature: ?[A-Za-z0-9+/=_-]{64,}\s*")
_JOB = re.compile(r"Job ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FLAG = re.compile(r"\s--([a-z]{1,12})\b")
_VERSIONED = re.compile(r"\s--(?:v|niji) \d(?:\.\d)?(?=\s|$)")
_DESCRIPTIONS = ("PNG:Description", "Exif:ImageDescription", "XMP-dc:description", "IPTC:Caption-Abstract")


def read(notes: Notes) -> Generation | None:
    """Find a label of one of these kinds."""
    return _aigc(notes) or _grok(notes) or _midjourney(notes)


def _aigc(notes: Notes) -> Generation | None:
    """Read the label of GB 45438-2025: in XMP or PNG by its name, in Exif as an object or within one."""
    structure = notes.tags.get("XMP-TC260", {}).get("AIGC")
    objects = {**notes.objects, "XMP-TC260:AIGC": structure} if isinstance(structure, dict) else notes.objects
    for where, found in objects.items():
        value = parse(found["AIGC"]) if "AIGC" in found else found
        if not _AIGC_KEYS & value.keys():
            continue
        label = str(value.get("Label", "1" if "ServiceProvider" in value else ""))
        if label in _GENERATED:
            producer = value.get("ContentProducer") or value.get("ServiceProvider")
            return generation(str(producer or "AIGC"), where)
    return None


def _grok(notes: Notes) -> Generation | None:
    """Tell Grok's files by the pair it writes: a signature as description, the image's UUID as artist."""
    described = notes.text("Exif", "ImageDescription")
    if described and _SIGNATURE.fullmatch(described) and _UUID.fullmatch(notes.text("Exif", "Artist").strip()):
        return generation("Grok", "Exif:ImageDescription")
    return None


def _midjourney(notes: Notes) -> Generation | None:
    """Tell Midjourney's descriptions by their job, or by its version among other flags."""
    for where in _DESCRIPTIONS:
        value = notes.texts.get(where)
        if value is None:
            continue
        match = _JOB.search(value)
        asked = value[: match.start()] if match else value
        if match or (_VERSIONED.search(asked) and len(_FLAG.findall(asked)) > 1):
            prompt, _, flags = (asked + " ").partition(" --")
            negative = re.search(r" --no (.*?)(?= --|$)", " --" + flags, re.DOTALL)
            return generation("Midjourney", where, prompt, negative[1] if negative else None)
    return None
