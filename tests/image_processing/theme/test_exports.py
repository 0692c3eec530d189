"""A theme's files: every one carries the very colours that were proven, in a form its reader accepts."""

import json
import re
from html.parser import HTMLParser

import pytest
from coloraide import Color

from image_processing import theme
from image_processing.theme import exports, pairs
from tests.image_processing.theme import dtcg, palettes

PALETTES = {**palettes.DEGENERATE, "earth": palettes.EARTH}
VOID = {"meta", "link", "br", "hr", "img", "input"}


@pytest.fixture(params=list(PALETTES.values()), ids=list(PALETTES))
def built(request):
    return theme.build(request.param)


@pytest.fixture
def earth():
    return theme.build(palettes.EARTH)


def declarations(css, selector):
    """Return the declarations of the rules with exactly this selector, the last one counting."""
    found = {}
    for rule in re.finditer(rf"^ *{re.escape(selector)} \{{\n(.*?)\}}", css, re.DOTALL | re.MULTILINE):
        found |= dict(re.findall(r"--color-([\w-]+): (.+?);", rule[1]))
    return found


def names(built, mode):
    """Return what every file must say of a mode: roles and ramps by name."""
    ramps = {f"{family}-{step}": colour for family, ramp in built.ramps.items() for step, colour in ramp.items()}
    return {**mode.roles, **ramps}


def test_custom_properties_carry_both_modes(built):
    """`light-dark()` has the light and the dark colour of each role; the fallbacks have the same."""
    css = exports.write(built, "css")
    modern = declarations(css, ":root, [data-theme]")
    assert modern == {
        role: f"light-dark({built.light.roles[role]}, {built.dark.roles[role]})" for role in pairs.ROLES
    }
    assert declarations(css, ':root, [data-theme="light"]') == built.light.roles
    assert declarations(css, ':root:not([data-theme="light"])') == built.dark.roles
    assert declarations(css, '[data-theme="dark"]') == built.dark.roles
    assert len(declarations(css, ":root")) == 77
    assert css.count("{") == css.count("}")


@pytest.mark.parametrize("form", ["css", "tailwind"])
def test_one_mode_alone_says_nothing_of_the_other(earth, form):
    """`mode=dark` is a style sheet of the dark colours only."""
    css = exports.write(earth, form, "dark")
    assert "color-scheme: dark;" in css
    assert "light" not in css
    shown = declarations(css, ":root") | declarations(css, "@theme static")
    assert shown == names(earth, earth.dark)


def test_tailwind_gets_every_colour_as_a_theme_variable(built):
    """`@theme` declares roles and ramps at the top level; the dark mode overrides the roles."""
    css = exports.write(built, "tailwind")
    assert declarations(css, "@theme static") == names(built, built.light)
    assert declarations(css, '[data-theme="dark"]') == built.dark.roles
    assert css.count("{") == css.count("}")


def test_tailwinds_dark_variant_leaves_light_islands_alone(earth):
    """What lies in `data-theme="light"` within a dark part is light, as its colours are."""
    variant = exports.write(earth, "tailwind").partition("@custom-variant dark")[2]
    assert '&:not([data-theme="light"], [data-theme="light"] *) {' in variant
    assert (
        '&:is([data-theme="dark"], [data-theme="dark"] *)'
        ':not([data-theme="dark"] [data-theme="light"], [data-theme="dark"] [data-theme="light"] *) {'
    ) in variant


def test_a_resolver_document_gives_the_tokens_of_each_mode(built):
    """By the rules of the specification, light and dark; without an input the default, light."""
    document = json.loads(exports.write(built, "dtcg"))
    for mode in built.modes:
        found = dtcg.resolve(document, theme=mode.name)
        expected = {f"color.{role}": colour for role, colour in mode.roles.items()}
        expected |= {
            f"ramp.{family}.{step}": c for family, ramp in built.ramps.items() for step, c in ramp.items()
        }
        assert {name: value["hex"] for name, value in found.items()} == expected
    assert dtcg.resolve(document) == dtcg.resolve(document, theme="light")


@pytest.mark.parametrize("form", ["dtcg", "figma"])
def test_a_token_file_holds_one_mode(built, form):
    """Its components say the same 8-bit colours as its hex, by another implementation."""
    for mode in built.modes:
        found = dtcg.tokens(json.loads(exports.write(built, form, mode.name)))
        assert {name: value["hex"] for name, value in found.items() if name.startswith("color.")} == {
            f"color.{role}": colour for role, colour in mode.roles.items()
        }
        for value in found.values():
            components = [0 if component == "none" else component for component in value["components"]]
            shown = Color(value["colorSpace"], components).convert("srgb").clip()
            assert shown.to_string(hex=True, compress=False) == value["hex"]
            assert form == "dtcg" or value["colorSpace"] == "srgb"  # all that Figma imports


@pytest.mark.parametrize(
    "broken",
    [
        {"color": {"a": {"$value": {"colorSpace": "oklch", "components": [0.5, 0.1, 360]}, "$type": "color"}}},
        {"color": {"a": {"$value": {"colorSpace": "srgb", "components": [0.5, 1.1, 0]}, "$type": "color"}}},
        {"color": {"a": {"$value": {"colorSpace": "srgb", "components": [0.5, 1]}, "$type": "color"}}},
        {"color": {"a": {"$value": "#ffffff", "$type": "color"}}},
        {"color": {"a.b": {"$value": {"colorSpace": "srgb", "components": [0, 0, 0]}, "$type": "color"}}},
        {"color": {"a": {"$value": {"colorSpace": "srgb", "components": [0, 0, 0]}}}},
    ],
)
def test_the_validator_refuses_what_the_specification_refuses(broken):
    """A component out of range or missing, a bare string, a dot in a name, no type."""
    with pytest.raises(dtcg.InvalidTokensError):
        dtcg.tokens(broken)


def test_figma_is_told_to_be_asked_mode_by_mode(earth):
    """A Figma file is one mode of a collection."""
    with pytest.raises(exports.OneModeNeededError, match="one file a mode"):
        exports.write(earth, "figma")


def test_plain_json_has_everything(built):
    """Seeds with the image's colours behind them, ramps, roles, the tightest pair of each role, the series."""
    document = json.loads(exports.write(built, "json"))
    assert document["contrast"] == "aa"
    for mode in built.modes:
        shown = document["modes"][mode.name]
        assert shown["roles"] == mode.roles
        assert list(shown["least"]) == list(pairs.ROLES)
        assert all(least["passes"] and least["ratio"] >= least["required"] for least in shown["least"].values())
        assert set(shown["series"]["least"]) == {"normal", "protan", "deutan", "tritan"}
    assert {int(step) for step in document["ramps"]["primary"]} == set(built.ramps["primary"])


def test_the_report_names_every_pair(built):
    """With the colours it was measured on; no figure is rounded up."""
    document = json.loads(exports.write(built, "contrast"))
    assert document["passes"] is True
    for mode in built.modes:
        shown = document["modes"][mode.name]["pairs"]
        assert len(shown) == len(pairs.TABLE)
        for pair, measured in zip(shown, mode.pairs, strict=True):
            assert pair["colours"] == [mode.roles[measured.foreground], mode.roles[measured.background]]
            assert measured.ratio - 0.01 < pair["ratio"] <= measured.ratio


class Outline(HTMLParser):
    """Checks that elements nest, and counts them."""

    def __init__(self):
        super().__init__()
        self.open, self.count = [], {}

    def handle_starttag(self, tag, _attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("mode", exports.MODES)
def test_the_report_is_a_page_of_its_own(built, mode):
    """Well nested, a row for each role of each mode, nothing fetched from elsewhere, no script."""
    page = exports.write(built, "contrast-page", mode)
    outline = Outline()
    outline.feed(page)
    modes = 2 if mode == "both" else 1
    assert outline.open == []
    assert outline.count["section"] == modes
    assert outline.count["tr"] == modes * (len(pairs.ROLES) + 1)
    assert "script" not in outline.count
    assert not re.search(r"https?:|url\(|@import", page)


def test_exports_are_the_same_every_time():
    """Byte by byte, so that an ETag holds."""
    for form in exports.FORMATS:
        first, second = (exports.write(theme.build(palettes.EARTH), form, "dark") for _ in range(2))
        assert first == second
