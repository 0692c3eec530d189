"""A record in a form for people: a headline, then the fields, group by group."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from image_processing.errors import ImageError
from image_processing.metadata import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TextIO

MAX_VALUE = 160  # characters

_BOLD, _DIM, _PLAIN = "\033[1m", "\033[2m", "\033[0m"
_FIELDS = {field.name: field for field in FIELDS}
_UNITS = {"seconds": "s", "pixels": "px", "degrees": "°", "metres": "m", "millions": "MP"}
_IN_HEADLINE = frozenset({"format", "width", "height", "size", "mime_type", "megapixels"})


def text(record: Mapping[str, Any], *, colour: bool) -> str:
    """Set out a record (path, groups of values, warnings) in lines, in colour for a terminal."""
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if colour else ("", "", "")
    lines = [f"{bold}{printable(record['path'])}{plain}  {_headline(record)}"]
    for group, values in record.items():
        if not isinstance(values, dict) or group == "raw":
            continue
        shown = [(name, value) for name, value in values.items() if name not in _IN_HEADLINE or group == "decoded"]
        for index, (name, value) in enumerate(shown):
            heading = group if index == 0 else ""
            lines.append(f"  {dim}{heading:<12}{plain}{name.replace('_', ' '):<24}{_value(name, value)}")
    lines += [f"  {'! warning':<12}{printable(warning['text'])}" for warning in record.get("warnings", ())]
    return "\n".join(lines) + "\n"


def refusal(path: Path, error: ImageError | OSError) -> str:
    """Say in a line that a file was refused, and why."""
    reason = f"{error} ({error.code})" if isinstance(error, ImageError) else error.strerror or str(error)
    return printable(f"{path}: refused: {reason}")


def printable(value: str) -> str:
    """Make a text safe to print: a file's name or caption must not steer the terminal."""
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else " " if c in "\n\t" else f"\\u{ord(c):04x}" for c in value)


def wants_colour(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal, and its user has not asked for no colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _headline(record: Mapping[str, Any]) -> str:
    file, image = record.get("file", {}), record.get("image", {})
    parts = [file.get("format")]
    if "width" in image:
        parts.append(f"{image['width']} x {image['height']}")
    if "size" in file:
        parts.append(_bytes(file["size"]))
    return ", ".join(filter(None, parts))


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def _value(name: str, value: Any) -> str:
    unit = _FIELDS[name].unit if name in _FIELDS else ""
    if name == "exposure_time" and 0 < value < 0.3:
        shown = f"1/{round(1 / value)}"
    elif isinstance(value, bool):
        shown = "yes" if value else "no"
    elif isinstance(value, float):
        shown = f"{value:.6f}".rstrip("0").rstrip(".")
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        shown = ", ".join(value)
    else:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = printable(shown)
    shown = shown if len(shown) <= MAX_VALUE else shown[: MAX_VALUE - 1] + "…"
    named = unit[:1].isalpha() and isinstance(value, int | float) and name != "iso"
    return f"{shown} {_UNITS.get(unit, unit)}" if named else shown
