"""What a theme promises, on any palette, measured on its final 8-bit colours."""

import itertools
import math
import re

import pytest
from coloraide import Color

from image_processing import theme
from image_processing.colour import spaces
from image_processing.theme import pairs, seeds, series, tones
from tests.image_processing.theme import bounds, palettes


def check(palette, contrast):
    """Measure every promised figure with another implementation of its formula."""
    built = theme.build(palette, contrast)
    assert built.contrast == contrast
    for mode in built.modes:
        assert tuple(mode.roles) == pairs.ROLES
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in mode.roles.values())
        assert [pair[:3] for pair in mode.pairs] == list(pairs.TABLE)
        for pair in mode.pairs:
            assert pair.ratio >= pair.required, pair
    assert bounds.short(bounds.measure(built)) == {}
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


def test_a_status_leans_towards_the_image():
    """Green, amber and red, at most 10 degrees from their hues, on the side of an image of another hue."""
    for image in ("#0055ff", "#00aacc", "#aa00aa"):
        hue = spaces.oklch_of_hex(image)[2]
        for name, place in {"success": 150, "warning": 75, "danger": 25}.items():
            seed = theme.build([image]).seeds[name]
            assert 0 < abs(seeds.turn(place, seed.hue)) <= 10
            assert math.copysign(1, seeds.turn(place, seed.hue)) == math.copysign(1, seeds.turn(place, hue))


@pytest.mark.parametrize("contrast", theme.CONTRASTS)
@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_a_status_gives_way_to_a_primary_of_its_hue(hue, contrast):
    """Told apart in both modes, by 30 degrees or a CIEDE2000 of 15; and still a green, an amber or a red."""
    for chroma in (0.07, 0.13, 0.20):
        colour = tones.reach((0.5, chroma, hue), [], darker=True)
        built = theme.build([colour], contrast)
        found = bounds.measure(built)["primary and status: of 30 degrees or CIEDE2000 15"]
        assert found[0] >= 1, colour
        for name, place in {"success": 150, "warning": 75, "danger": 25}.items():
            assert abs(seeds.turn(place, built.seeds[name].hue)) <= 40


def test_series_are_proven_whichever_set_is_taken():
    """Every set keeps lightness, chroma and distances by itself, in the same hues in light and dark."""
    for each in series.sets():
        for mode, colours in (("light", each.light), ("dark", each.dark)):
            assert bounds.short(bounds.of_series(mode, colours)) == {}
        for light, dark in zip(each.light, each.dark, strict=True):
            hues = (Color(colour).convert("oklch")["hue"] for colour in (light, dark))
            assert abs(seeds.turn(*hues)) <= 20
        for colour in each.light:
            assert Color(colour).contrast("#ececec", method="wcag21") >= 3
        for colour in each.dark:
            assert Color(colour).contrast("#242424", method="wcag21") >= 3


@pytest.mark.parametrize("seed", range(30))
def test_series_begin_with_the_image_s_hues(seed):
    """The first is the primary or near its hue; the second is near the next hue that the image has."""
    built = theme.build(palettes.at_random(seed))
    for mode in built.modes:
        for role, family, most in (("chart-1", "primary", 25), ("chart-2", "secondary", 45)):
            source = built.seeds[family]
            apart = abs(seeds.turn(source.hue, built.seeds["primary"].hue))
            if source.chroma >= 0.03 and (family == "primary" or apart >= 28):
                hue = Color(mode.roles[role]).convert("oklch")["hue"]
                assert abs(seeds.turn(hue, source.hue)) <= most


def test_the_primary_leads_the_series_where_it_can():
    """To the digit; a primary that none could tell from another series, or too dark to show, does not."""
    assert (
        sum(
            mode.roles["chart-1"] == mode.roles["primary"]
            for seed in range(40)
            for mode in theme.build(palettes.at_random(seed)).modes
        )
        >= 30
    )
    assert theme.build(["#0b0b0d"]).light.roles["chart-1"] != theme.build(["#0b0b0d"]).light.roles["primary"]


def test_the_series_of_a_grey_image_begin_with_blue():
    """Then orange, as charts commonly do."""
    for mode in theme.build(palettes.DEGENERATE["greys"]).modes:
        first, second = (Color(mode.roles[role]).convert("oklch")["hue"] for role in ("chart-1", "chart-2"))
        assert 230 < first < 280
        assert 30 < second < 80


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
