"""What a theme promises, on any palette, measured on its final 8-bit colours."""

import itertools
import math
import re

import pytest
from coloraide import Color

from image_processing import theme
from image_processing.colour import spaces
from image_processing.theme import pairs, seeds
from tests.image_processing.theme import palettes

LEAST_DISTANCE = 6.5  # CIEDE2000 between chart series, by any vision; the benchmark reports the least it met


def check(palette, contrast):
    """Measure every promised pair with another implementation of WCAG's formula."""
    built = theme.build(palette, contrast)
    text = {"aa": 4.5, "aaa": 7.0}[contrast]
    for mode in built.modes:
        assert tuple(mode.roles) == pairs.ROLES
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in mode.roles.values())
        colours = {role: Color(colour) for role, colour in mode.roles.items()}
        for foreground, background, kind in pairs.TABLE:
            ratio = colours[foreground].contrast(colours[background], method="wcag21")
            assert ratio >= {"text": text, "non-text": 3, "focus ring": 9}[kind] * 0.9997, (foreground, background)
        for pair in mode.pairs:
            assert pair.ratio >= pair.required, pair
        assert min(mode.distances.values()) >= LEAST_DISTANCE
    return built


@pytest.mark.parametrize("contrast", theme.CONTRASTS)
@pytest.mark.parametrize("palette", palettes.DEGENERATE.values(), ids=palettes.DEGENERATE)
def test_any_image_gives_a_whole_theme(palette, contrast):
    """One colour, greys, neon, nothing at all: every role is there and every pair passes."""
    check(palette, contrast)


@pytest.mark.parametrize("contrast", theme.CONTRASTS)
@pytest.mark.parametrize("seed", range(12))
def test_every_pair_of_a_random_palette_passes(seed, contrast):
    """Text 4.5:1 or 7:1, parts of the interface 3:1, the focus ring 9:1, light and dark."""
    check(palettes.at_random(seed), contrast)


def test_the_table_has_every_pair_that_matters():
    """All text on all surfaces, words on fills and containers, fills, outlines, focus and series on surfaces."""
    table = {(foreground, background): kind for foreground, background, kind in pairs.TABLE}
    for surface in ("background", "surface-sunken", "surface", "surface-raised"):
        for role in ("text", "text-muted", "text-subtle", "primary-text", "danger-text"):
            assert table[role, surface] == "text"
        for role in ("primary", "accent-hover", "outline", "focus", "chart-1", "chart-6"):
            assert table[role, surface] == "non-text"
    assert table["on-primary", "primary"] == table["on-primary", "primary-hover"] == "text"
    assert table["on-warning-container", "warning-container"] == "text"
    assert {role for pair in table for role in pair} == set(pairs.ROLES)


@pytest.mark.parametrize("seed", range(30))
def test_hues_are_the_image_s(seed):
    """Fills keep the hue of a colour of the palette: within 12 degrees, where one can be seen."""
    palette = palettes.at_random(seed)
    own = [spaces.oklch_of_hex(colour)[2] for colour, _ in palette]
    built = theme.build(palette)
    for mode in built.modes:
        for family in ("primary", "secondary", "accent"):
            source = built.seeds[family].source
            assert source is None or source in [colour for colour, _ in palette]
            _, chroma, hue = spaces.oklch_of_hex(mode.roles[family])
            if chroma > 0.04:
                assert min(abs(seeds.turn(hue, other)) for other in own) <= 12


def test_a_colour_that_passes_as_it_is_stays_as_it_is():
    """The image's own green is the primary, to the digit."""
    assert theme.build(["#2e6b3a"]).light.roles["primary"] == "#2e6b3a"


@pytest.mark.parametrize("colour", ["#c1440e", "#0000ff", "#ffff00", "#00ff66", "#5e7d3a", "#112244"])
def test_an_image_of_one_hue_has_an_accent_of_another_lightness(colour):
    """In the same hue, told apart from the primary in both modes."""
    built = theme.build([colour])
    for mode in built.modes:
        primary, accent = (spaces.oklch_of_hex(mode.roles[role]) for role in ("primary", "accent"))
        assert abs(seeds.turn(primary[2], accent[2])) < 12
        assert abs(primary[0] - accent[0]) > 0.02


def test_an_image_without_hues_gives_a_theme_without_hues():
    """Greys stay grey; only what warns and the charts are coloured."""
    roles = theme.build(palettes.DEGENERATE["greys"]).light.roles
    for role in ("background", "text", "primary", "accent", "secondary-container", "outline", "focus"):
        assert spaces.oklch_of_hex(roles[role])[1] < 0.001
    assert spaces.oklch_of_hex(roles["danger"])[1] > 0.05


def test_what_warns_is_told_apart_and_leans_towards_the_image():
    """Green, amber and red, at most 10 degrees from their places, on the image's side."""
    for hue, image in ((spaces.oklch_of_hex(image)[2], image) for image in ("#0055ff", "#ff7700", "#aa00aa")):
        for name, place in seeds.STATUS_HUES.items():
            seed = theme.build([image]).seeds[name]
            assert 0 < abs(seeds.turn(place, seed.hue)) <= 10
            assert math.copysign(1, seeds.turn(place, seed.hue)) == math.copysign(1, seeds.turn(place, hue))


def test_text_has_levels():
    """Text stands out more than muted text, and that more than subtle text, at both contrasts."""
    for contrast in theme.CONTRASTS:
        for mode in theme.build(palettes.EARTH, contrast).modes:
            ratio = {(pair.foreground, pair.background): pair.ratio for pair in mode.pairs}
            levels = [ratio[role, "surface"] for role in ("text", "text-muted", "text-subtle")]
            assert levels == sorted(levels, reverse=True)
            assert levels[0] - levels[2] > 3


def test_ramps_go_evenly_from_light_to_dark():
    """Eleven steps of falling lightness in one hue."""
    for family, ramp in theme.build(palettes.EARTH).ramps.items():
        lightness = [spaces.oklch_of_hex(colour)[0] for colour in ramp.values()]
        assert lightness == sorted(lightness, reverse=True)
        assert list(ramp) == [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950]
        hues = [hue for _, chroma, hue in map(spaces.oklch_of_hex, ramp.values()) if chroma > 0.03]
        assert all(abs(seeds.turn(hue, hues[0])) < 10 for hue in hues), family


def test_every_form_of_a_palette_is_the_same_palette():
    """Pairs, mappings, an analysis; the order does not count, the share does."""
    as_pairs = theme.build(palettes.EARTH)
    swatches = [{"hex": colour, "share": share, "name": "x"} for colour, share in palettes.EARTH]
    assert theme.build(swatches) == as_pairs
    assert theme.build({"version": 1, "palette": swatches}) == as_pairs
    assert theme.build(palettes.EARTH[::-1]).light.roles["primary"] == as_pairs.light.roles["primary"]
    assert theme.build({"version": 1}) == theme.build([])


@pytest.mark.parametrize("palette", [["red"], ["#12345"], [None], [7], [{}], [("#123456", 1, 2)], ["<script>"]])
def test_what_is_no_colour_is_refused(palette):
    """ValueError, whatever it is."""
    with pytest.raises(ValueError, match="not a colour"):
        theme.build(palette)


@pytest.mark.parametrize("share", [math.nan, math.inf, -1, 0, None, "x", 10**400])
def test_a_share_that_makes_no_sense_counts_for_nothing(share):
    """The theme is whole all the same."""
    check([("#3366aa", share), ("#aa6633", share)], "aa")


def test_an_endless_palette_is_cut():
    """Only the first colours are looked at."""
    assert theme.build(itertools.repeat("#336699")) == theme.build(["#336699"] * 32)


def test_another_contrast_is_refused():
    """Only AA and AAA are promised."""
    with pytest.raises(ValueError, match="contrast is one of aa, aaa"):
        theme.build([], "a")
