"""Read infotext: prompt, negative prompt and a line of settings, as AUTOMATIC1111's web UI and others write it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata.generators.notes import MAX_TEXT, Generation, generation

if TYPE_CHECKING:
    from image_processing.metadata.generators.notes import Notes

MAX_CANDIDATES = 20  # lines that may be the one of settings, from the last up

_LINE = re.compile(r"^[ \t]*Steps: ?\d+ ?(?=,|$)", re.MULTILINE)
_FLAT = re.compile(r"\bSteps: \d+, (?=(?:Sampler|Seed|Schedule type|CFG scale|Size): )")  # line ends were lost
_SETTING = re.compile(r'(?:^|,)\s*([A-Za-z][\w /-]{0,60}): *("(?:\\.|[^"\\])*"|[^,\n]*)')
_NEGATIVE = re.compile(r"^[ \t]*Negative prompt:[ \t]*", re.MULTILINE)
_NEGATIVE_FLAT = re.compile(r"\bNegative prompt: *")
_USUAL = frozenset(
    ("Sampler", "Seed", "CFG scale", "Guidance Scale", "Size", "Model", "Model hash", "Schedule type", "Version")
)
_NAMES = (  # what the settings or the file call the program, and its name
    ("fooocus", "Fooocus"),
    ("comfyui", "ComfyUI"),
    ("sd.next", "SD.Next"),
    ("draw things", "Draw Things"),
)


class _Parts(NamedTuple):
    head: str
    settings: dict[str, str]
    tail: str
    flat: bool


def read(notes: Notes) -> Generation | None:
    """Find infotext in any place of generators; outside PNG's "parameters" only a full line of settings counts."""
    for where, value in notes.texts.items():
        if where in notes.objects:
            continue
        own = where == "PNG:parameters"
        parts = _split(value, 1 if own else 3) if "Steps:" in value else None
        if parts is None and own and _NEGATIVE.search(value):
            parts = _Parts(value, {}, "", flat=False)  # no line of settings; the keyword tells
        found = _generation(parts, where, notes) if parts else _mochi(value, where)
        if found:
            return found
    return None


def _mochi(value: str, where: str) -> Generation | None:
    """Read Mochi Diffusion's description: prompts and settings parted by semicolons."""
    if not value.startswith("Include in Image:"):
        return None
    prompt, found, rest = value.partition("; Exclude from Image:")
    if not (found and "; Generator: Mochi Diffusion" in rest):
        return None
    negative, _, settings = rest.partition("; Model: ")
    prompt = prompt.removeprefix("Include in Image:")
    return generation("Mochi Diffusion", where, prompt, negative, settings.partition(";")[0])


def _split(value: str, least: int) -> _Parts | None:
    """Part the prompts from the settings: the last line that holds at least so many of the usual ones."""
    for pattern in (_LINE, _FLAT):
        for match in [*pattern.finditer(value)][: -MAX_CANDIDATES - 1 : -1]:
            tail = value[match.start() : match.start() + MAX_TEXT]
            settings: dict[str, str] = {}
            for key, found in _SETTING.findall(tail.partition("\n")[0]):
                settings.setdefault(key, _unquoted(found))
            if len(_USUAL & settings.keys()) >= least and ("Sampler" in settings or "Seed" in settings):
                return _Parts(value[: match.start()], settings, tail, pattern is _FLAT)
    return None


def _unquoted(value: str) -> str:
    """Undo the quotes around values that hold commas or colons (JSON's)."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value[1:-1]
    return value.strip()


def _generation(parts: _Parts, where: str, notes: Notes) -> Generation:
    settings = parts.settings
    told = " ".join(
        (
            *(settings.get("Version", ""), settings.get("App", "")),
            *(notes.text("Exif", "Software")[:200], notes.text("XMP-xmp", "CreatorTool")[:200]),
        )
    ).lower()
    generator = next((name for mark, name in _NAMES if mark in told), "Stable Diffusion web UI")
    if "Created Date" in settings and "Civitai resources" in settings:
        generator = "Civitai"
    negative_at = (_NEGATIVE_FLAT if parts.flat else _NEGATIVE).search(parts.head)
    prompt = parts.head[: negative_at.start()] if negative_at else parts.head
    negative = parts.head[negative_at.end() :] if negative_at else None
    if generator == "Draw Things" and not negative_at:  # its negative prompt is a line of its own after a dash
        prompt, _, negative = prompt.partition("\n-")
    model = settings.get("Model") or _civitai_model(parts.tail)
    return generation(generator, where, prompt, negative, model)


def _civitai_model(settings: str) -> str | None:
    """Name the checkpoint among the resources that Civitai lists, as JSON within the settings."""
    _, found, listed = settings.partition("Civitai resources: ")
    try:
        resources = json.JSONDecoder().raw_decode(listed)[0] if found else []
    except (ValueError, RecursionError):
        return None
    for item in resources if isinstance(resources, list) else ():
        if isinstance(item, dict) and item.get("type") == "checkpoint" and isinstance(item.get("modelName"), str):
            return str(item["modelName"])
    return None
