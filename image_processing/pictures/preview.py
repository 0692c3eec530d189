"""A theme at work: the same small interface in light and in dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing import theme
from image_processing.pictures import svg
from image_processing.theme import pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

_HALF = (svg.INNER - 24) / 2
_BARS = (0.62, 0.95, 0.48, 0.78, 0.36, 0.68)


def draw(analysis: Mapping[str, Any], contrast: str = "aa") -> str:
    """Return the preview of the theme that grows from an analysis's palette."""
    built = theme.build(analysis, contrast)
    body = "".join(_mode(mode, svg.MARGIN + index * (_HALF + 24)) for index, mode in enumerate(built.modes))
    passing = [pair.ratio >= pair.required for mode in built.modes for pair in mode.pairs]
    roles = ", ".join(
        f"{family} {built.light.roles[family]} in light and {built.dark.roles[family]} in dark"
        for family in ("primary", "secondary", "accent")
    )
    told = f"WCAG 2.2 {contrast.upper()}: {sum(passing)} of {len(passing)} pairs pass"
    return svg.document(
        700,
        "Theme",
        f"A card, buttons, fields, notices and a chart in the theme's light and dark colours: {roles}. {told}.",
        body + svg.words(svg.WIDTH - svg.MARGIN, 48, told, "muted end"),
    )


def _mode(mode: theme.Mode, left: float) -> str:
    roles = mode.roles
    inner, wide = left + 24, _HALF - 48
    body = svg.rect(left, 72, _HALF, 596, rx=16, fill=roles["background"], class_="line")
    body += svg.words(inner, 106, mode.name.capitalize(), "strong", roles["text"])
    for index, role in enumerate(reversed(pairs.SURFACES)):
        body += svg.rect(
            left + _HALF - 44 - 24 * index, 92, 20, 20, rx=6, fill=roles[role], stroke=roles["outline"]
        )
    return body + _card(roles, inner, wide) + _notices(roles, inner, wide) + _chart(roles, inner, wide)


def _card(roles: Mapping[str, str], left: float, wide: float) -> str:
    body = svg.rect(left, 126, wide, 232, rx=12, fill=roles["surface"], stroke=roles["surface-sunken"])
    x = left + 20
    body += svg.words(x, 160, "A morning by the water", "title", roles["text"])
    body += svg.words(x, 184, "Words of the second level stay easy to read,", "", roles["text-muted"])
    body += (
        f'<text x="{svg.number(x)}" y="206" style="fill:{roles["text-subtle"]}">those of the third, too. <tspan '
    )
    body += f'style="fill:{roles["primary-text"]}" text-decoration="underline">And links.</tspan></text>\n'
    third = (wide - 40 - 24) / 3
    for index, family in enumerate(("primary", "secondary", "accent")):
        at = x + index * (third + 12)
        body += svg.rect(at, 226, third, 38, rx=9, fill=roles[family])
        body += svg.words(at + third / 2, 250, family.capitalize(), "strong middle", roles[f"on-{family}"])
        body += svg.rect(at, 274, third, 28, rx=14, fill=roles[f"{family}-container"])
        body += svg.words(at + third / 2, 293, "Chip", "small middle", roles[f"on-{family}-container"])
    half = (wide - 40 - 12) / 2
    body += svg.rect(x, 314, half, 32, rx=8, fill=roles["surface-raised"], stroke=roles["outline"])
    body += svg.words(x + 12, 335, "Text field", "small", roles["text-subtle"])
    focused = x + half + 12
    body += svg.rect(focused - 1, 313, half + 2, 34, rx=9, fill="none", stroke=roles["focus"], stroke_width=3)
    body += svg.rect(
        focused + 1.5, 315.5, half - 3, 29, rx=7, fill=roles["surface-raised"], stroke=roles["focus-inner"]
    )
    return body + svg.words(focused + 12, 335, "In focus", "small", roles["text"])


def _notices(roles: Mapping[str, str], left: float, wide: float) -> str:
    body = ""
    for index, (family, words) in enumerate(
        (("success", "Saved"), ("warning", "Almost full"), ("danger", "Not sent"))
    ):
        third = (wide - 24) / 3
        at = left + index * (third + 12)
        body += svg.rect(at, 374, third, 40, rx=10, fill=roles[f"{family}-container"])
        body += svg.circle(at + 18, 394, 5, fill=roles[f"on-{family}-container"])
        body += svg.words(at + 32, 399, words, "", roles[f"on-{family}-container"])
    return body


def _chart(roles: Mapping[str, str], left: float, wide: float) -> str:
    body = svg.rect(left, 430, wide, 170, rx=12, fill=roles["surface"], stroke=roles["surface-sunken"])
    step = (wide - 40 + 14) / len(pairs.SERIES)
    for index, (role, height) in enumerate(zip(pairs.SERIES, _BARS, strict=True)):
        body += svg.rect(
            left + 20 + index * step, 584 - 130 * height, step - 14, 130 * height, rx=5, fill=roles[role]
        )
    swatch = (wide - 5 * 6) / 6
    for index, family in enumerate(pairs.FAMILIES):
        at = left + index * (swatch + 6)
        body += svg.rect(at, 616, swatch, 32, rx=8, fill=roles[family])
        body += svg.words(at + swatch / 2, 636, roles[family], "tiny middle figure", roles[f"on-{family}"])
    return body
