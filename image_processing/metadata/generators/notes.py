"""The places of a file where generators write, read once for all readers: as text, and as JSON objects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Tags = Mapping[str, Mapping[str, Any]]  # group -> tag -> value

MAX_JSON = 1 << 20  # characters
MAX_TEXT = 10_000

_PLACES = {
    "PNG": ("parameters", "prompt", "workflow", "Comment", "Description", "AIGC"),
    "Exif": ("UserComment", "ImageDescription", "Make", "Model", "DocumentName", "XPComment"),
    "File": ("Comment",),
    "GIF": ("Comment",),
    "XMP-exif": ("UserComment",),
    "XMP-dc": ("description",),
    "XMP-TC260": ("AIGC",),
    "IPTC": ("Caption-Abstract",),
}
# ComfyUI's WebP files say which of its two graphs a tag of Exif holds; some labels are glued to their JSON
_LABEL = re.compile(r"\s*(?:(?:prompt|workflow)\s*:|AIGC\s*:?)\s*(?=[{\"])", re.IGNORECASE)


class Generation(NamedTuple):
    """How an image was generated, as far as the generator tells."""

    generator: str
    where: str  # the tag that says so
    prompt: str | None = None
    negative_prompt: str | None = None
    model: str | None = None
    named: bool = False  # whether a name is all that tells


class Notes:
    """The tags of a file.

    `texts` are those in a place of generators, by "Group:Tag", and `objects` the JSON objects among them.
    """

    def __init__(self, tags: Tags) -> None:
        self.tags = tags
        self.texts = dict(self.each(_PLACES))
        self.objects: dict[str, dict[str, Any]] = {
            where: found for where, value in self.texts.items() if "{" in value and (found := parse(value))
        }

    def text(self, group: str, tag: str) -> str:
        """Give a tag as text: of alternatives (XMP) the default, of a list the first."""
        return _plain(self.tags[group].get(tag)) if group in self.tags else ""

    def each(self, places: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """Give every text that stands in these tags of these groups, by "Group:Tag"."""
        for group, names in places.items():
            if group in self.tags:
                tags = self.tags[group]
                for name in names:
                    if name in tags and (found := _plain(tags[name])):
                        yield f"{group}:{name}", found


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = value.get("x-default") or next(iter(value.values()), None)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value if isinstance(value, str) else ""


def parse(value: Any) -> dict[str, Any]:
    """Parse an object, after a label too, and one that is a JSON text itself; else give an empty one.

    NaN is let pass: ComfyUI writes it.
    """
    for _ in range(2):
        if not isinstance(value, str) or len(value) > MAX_JSON:
            break
        label = _LABEL.match(value)
        value = value[label.end() :] if label else value.strip()
        if not value.startswith(("{", '"')):
            break
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            break
    return value if isinstance(value, dict) else {}


def generation(
    generator: str, where: str, prompt: Any = None, negative: Any = None, model: Any = None
) -> Generation:
    """Make a generation of values as they are in a file: only texts, cut when too long."""
    return Generation(clip(generator) or "unknown", where, clip(prompt), clip(negative), clip(model))


def clip(value: Any) -> str | None:
    """Give a text cleaned and cut, or None."""
    return text.clean(value[: 2 * MAX_TEXT])[:MAX_TEXT] or None if isinstance(value, str) else None
