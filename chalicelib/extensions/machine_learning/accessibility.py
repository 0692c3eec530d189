"""Audit a picture for people who see it badly or not at all: its text alternative, its texts, its colours.

What is measured is told as measured; what is only likely is `suspected`. WCAG 2.2 exempts text that nobody needs,
such as a sign in the background of a photograph (1.4.3, "Incidental"): whether a text matters, a person decides.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from chalicelib.catalogue.index import terms
from image_processing.theme import series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chalicelib.catalogue.index.image_annotations import Annotation, Annotations

TEXT_CONTRAST, LARGE_TEXT_CONTRAST = 4.5, 3.0  # least contrast: WCAG 2.2, 1.4.3
LARGE_TEXT: Final = 24.0  # CSS pixels, 18 points, from which on the lower contrast is enough
SMALL_TEXT: Final = 12.0  # CSS pixels below which a line is called small; WCAG has no least size
LINE_OF_FONT: Final = 1.25  # height of a found line, with its margin, by the size of its font
DEFAULT_WIDTH: Final = 1200  # CSS pixels that a wide picture is taken to be shown at

MIN_SHARE: Final = 0.005  # of the picture, of a colour that may carry meaning
MIN_CHROMA: Final = 0.06  # OKLCH, of a colour that is told by its hue
APART, ALIKE = 20.0, 10.0  # CIEDE2000: colours that differ at a glance, colours that are taken for one
MAX_ENTROPY: Final = 4.0  # bits of L*: charts have about 1 to 3, eleven photographs had 5.3 and more


class Finding(NamedTuple):
    """Something that keeps people from the picture."""

    code: str  # alt_missing, text_not_in_alt, text_contrast, text_small, colors_alike
    criterion: str | None  # of WCAG 2.2
    suspected: bool
    detail: str
    facts: Mapping[str, Any]


def shown_width(width: int | None, asked: int | None) -> int:
    """Return the width in CSS pixels for which sizes of text are judged."""
    return asked or min(width or DEFAULT_WIDTH, DEFAULT_WIDTH)


def audit(
    alt: str | None, found: Annotations, analysis: Mapping[str, Any], ratio: float | None, width: int
) -> list[Finding]:
    """Return all findings about a picture.

    `analysis` is that of the record, empty where there is none; `ratio` is the picture's height by its width, None
    if unknown, and `width` the CSS pixels that it is shown at.
    """
    texts = [one for one in found.shown if one.kind == "text"]
    return [
        *_of_alt(alt, texts),
        *(finding for one in texts for finding in _of_text(one, ratio, width)),
        *_of_colours(analysis),
    ]


def _of_alt(alt: str | None, texts: Sequence[Annotation]) -> Iterator[Finding]:
    if not alt:
        yield Finding(
            "alt_missing",
            "1.1.1",
            suspected=False,
            detail="The image has no text alternative. Write one, or show the image as decoration.",
            facts={},
        )
        return
    known = set(terms.asked(alt))
    missing = [one.value for one in texts if (words := terms.asked(one.value)) and not known.intersection(words)]
    if missing:
        yield Finding(
            "text_not_in_alt",
            "1.1.1",
            suspected=True,
            detail=f"No word of {_lines(len(missing))} of text in the picture is in its text alternative.",
            facts={"texts": missing},
        )


def _of_text(one: Annotation, ratio: float | None, width: int) -> Iterator[Finding]:
    contrast, height = one.details.get("contrast"), one.details.get("height")
    size = round(height * ratio * width / LINE_OF_FONT, 1) if height and ratio else None
    told: dict[str, Any] = {"annotation_id": one.annotation_id, "text": one.value}
    if one.box is not None:
        told["box"] = {name: getattr(one.box, name) for name in one.box.__struct_fields__}
    if size is not None:
        told["size"] = size
    required = LARGE_TEXT_CONTRAST if size is not None and size >= LARGE_TEXT else TEXT_CONTRAST
    if contrast is not None and contrast < required:
        measured = {name: one.details[name] for name in ("text_colour", "background") if name in one.details}
        yield Finding(
            "text_contrast",
            "1.4.3",
            suspected=False,
            detail=f"A text has a contrast of {contrast:.2f}:1 to what is behind it; it needs {required:g}:1.",
            facts={**told, **measured, "contrast": contrast, "required": required},
        )
    if size is not None and size < SMALL_TEXT:
        yield Finding(
            "text_small",
            None,
            suspected=False,
            detail=f"A text has {size:g} pixels at a width of {width}; below {SMALL_TEXT:g} it is hard to read.",
            facts=told,
        )


def _of_colours(analysis: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the pairs of hues of a drawing that people with a colour-vision deficiency take for one."""
    if not analysis or analysis["structure"]["entropy"] > MAX_ENTROPY:
        return
    hues: list[str] = []
    for swatch in analysis["palette"]:  # the most common first; those near to it are its edges
        if swatch["share"] >= MIN_SHARE and swatch["oklch"][1] >= MIN_CHROMA:
            hue = swatch["hex"]
            hues += [hue] if all(series.distances((hue, one))["normal"] >= ALIKE for one in hues) else []
    for one, other in itertools.combinations(hues, 2):
        seen = series.distances((one, other))
        if seen.pop("normal") >= APART and (alike := [name for name, value in seen.items() if value < ALIKE]):
            yield Finding(
                "colors_alike",
                "1.4.1",
                suspected=True,
                detail=f"{one} and {other} look alike with a colour-vision deficiency ({', '.join(alike)}): if "
                "they mean different things, tell them apart by more than colour.",
                facts={"colors": [one, other], "deficiencies": alike},
            )


def _lines(number: int) -> str:
    return "a line" if number == 1 else f"{number} lines"
