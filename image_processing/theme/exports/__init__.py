"""A theme as files: style sheets, design tokens, plain JSON, and the proof of its contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from image_processing.theme.exports import css, report, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from image_processing.theme import Mode, Theme

JSON = "application/json"
TOKENS = "application/design-tokens+json"


class Export(NamedTuple):
    """A format: its writer, its media type, and the name of its file."""

    write: Callable[[Theme, Sequence[Mode]], str]
    content_type: str
    filename: str


FORMATS: Final = {
    "css": Export(css.custom_properties, "text/css; charset=utf-8", "theme.css"),
    "tailwind": Export(css.tailwind, "text/css; charset=utf-8", "theme.tailwind.css"),
    "json": Export(tokens.plain, JSON, "theme.json"),
    "dtcg": Export(tokens.dtcg, TOKENS, "theme.tokens.json"),
    "figma": Export(tokens.figma, TOKENS, "theme.figma.tokens.json"),
    "contrast": Export(report.as_json, JSON, "contrast.json"),
    "contrast-page": Export(report.as_page, "text/html; charset=utf-8", "contrast.html"),
}
"""Every format by its name."""

MODES: Final = ("both", "light", "dark")


class OneModeNeededError(ValueError):
    """The format holds one mode a file."""


def write(theme: Theme, form: str, mode: str = "both") -> str:
    """Return a theme in a format of `FORMATS`, in both modes or in one (`MODES`).

    Raises OneModeNeededError for "figma" in both: Figma imports a mode from a file of its own.
    """
    modes = theme.modes if mode == "both" else tuple(each for each in theme.modes if each.name == mode)
    if form == "figma" and len(modes) > 1:
        raise OneModeNeededError("Figma imports one file a mode: ask for light, and for dark.")
    return FORMATS[form].write(theme, modes)
