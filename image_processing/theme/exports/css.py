"""Style sheets: custom properties, and Tailwind's theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from image_processing.theme import Mode, Theme


_LIGHT, _DARK = '[data-theme="light"]', '[data-theme="dark"]'


def custom_properties(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return `--color-*` properties for `:root`.

    With both modes the system's wish decides, or `data-theme="light"` or `"dark"` on any element: by
    `light-dark()` (CSS Color 5) where it is known, by a media query elsewhere.
    """
    head = f"/* Colours from an image: WCAG 2.2 {theme.contrast.upper()}, see the contrast report. */\n"
    ramps = _declarations(_ramps(theme))
    if len(modes) == 1:
        roles = _declarations(_roles(modes[0]))
        return f"{head}{_rule(':root', f'color-scheme: {modes[0].name};', *ramps, *roles)}"
    light, dark = (_declarations(_roles(mode)) for mode in modes)
    return head + "\n".join(
        [
            _rule(":root", "color-scheme: light dark;", *ramps),
            _rule(f":root, {_LIGHT}", *light),
            "@media (prefers-color-scheme: dark) {\n" + _indented(_rule(f":root:not({_LIGHT})", *dark)) + "}\n",
            _rule(_DARK, *dark),
            "@supports (color: light-dark(white, black)) {\n"
            + _indented(_rule(":root, [data-theme]", *_declarations(_both(modes))))
            + "}\n",
            _rule(_LIGHT, "color-scheme: light;"),
            _rule(_DARK, "color-scheme: dark;"),
        ]
    )


def tailwind(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return Tailwind 4's `@theme`, to be imported after `tailwindcss`: `bg-surface`, `text-on-primary`, ...

    The utilities follow the mode by themselves, as in `custom_properties`.
    """
    head = f"/* Colours from an image: WCAG 2.2 {theme.contrast.upper()}. For Tailwind CSS 4. */\n"
    first = _rule("@theme static", *_declarations(_ramps(theme)), *_declarations(_roles(modes[0])))
    if len(modes) == 1:
        return head + first + "\n" + _rule(":root", f"color-scheme: {modes[0].name};")
    light, dark = (_declarations(_roles(mode)) for mode in modes)
    rules = [
        _rule(":root", "color-scheme: light dark;"),
        "@media (prefers-color-scheme: dark) {\n" + _indented(_rule(":root", *dark)) + "}\n",
        _rule(_LIGHT, "color-scheme: light;", *light),
        _rule(_DARK, "color-scheme: dark;", *dark),
    ]
    variant = (
        "@custom-variant dark {\n"
        "  @media (prefers-color-scheme: dark) {\n"
        f"    &:not({_within(_LIGHT)}) {{ @slot; }}\n"
        "  }\n"
        f"  &:is({_within(_DARK)}):not({_within(f'{_DARK} {_LIGHT}')}) {{ @slot; }}\n"
        "}\n"
    )
    return head + first + "\n@layer theme {\n" + _indented("\n".join(rules)) + "}\n\n" + variant


def _within(selector: str) -> str:
    """Return a list of selectors: an element and all that is in it."""
    return f"{selector}, {selector} *"


def _roles(mode: Mode) -> dict[str, str]:
    return {f"--color-{role}": colour for role, colour in mode.roles.items()}


def _ramps(theme: Theme) -> dict[str, str]:
    return {
        f"--color-{family}-{step}": colour for family, ramp in theme.ramps.items() for step, colour in ramp.items()
    }


def _both(modes: Sequence[Mode]) -> dict[str, str]:
    light, dark = (_roles(mode) for mode in modes)
    return {name: f"light-dark({light[name]}, {dark[name]})" for name in light}


def _declarations(values: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value};" for name, value in values.items()]


def _rule(selector: str, *declarations: str) -> str:
    return selector + " {\n" + "".join(f"  {line}\n" for line in declarations) + "}\n"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
