"""Geohashes and covers: every place that is asked for lies in a range, and little else does."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.index import geohash

latitudes = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 0.0, 89.999, -89.999])
longitudes = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 0.0, 179.999, -179.999])
HALF_ROUND = 20037.0


def holds(ranges, latitude, longitude):
    """Tell whether a key of a place, as an edge has it, lies in one of the ranges."""
    key = f"{geohash.geohash(latitude, longitude)}#{'z' * 26}"
    return any(found.low <= key <= found.high for found in ranges)


def number(hash_):
    """Return a geohash as the number that its digits are."""
    value = 0
    for digit in hash_:
        value = value * 32 + "0123456789bcdefghjkmnpqrstuvwxyz".index(digit)
    return value


def share(ranges):
    """Return how much of the Earth's rectangle of degrees the ranges hold, 0 to 1."""
    return sum(number(found.high[:12]) - number(found.low) + 1 for found in ranges) / 2**60


def is_sound(ranges, cut=None):
    """Tell whether there are one to eight ranges, disjoint, none beside another but where one was cut."""
    ends = sorted((number(found.low), number(found.high[:12])) for found in ranges)
    apart = all(
        earlier[1] + 1 < later[0] or (earlier[1] == cut and earlier[1] < later[0])
        for earlier, later in pairwise(ends)
    )
    return 1 <= len(ranges) <= 8 and apart and all(low <= high for low, high in ends)


def destination(latitude, longitude, kilometres, bearing):
    """Return the place at a distance in a direction (radians), on the sphere."""
    angle, start = kilometres / geohash.EARTH_RADIUS, math.radians(latitude)
    sine = math.sin(start) * math.cos(angle) + math.cos(start) * math.sin(angle) * math.cos(bearing)
    end = math.asin(max(-1, min(1, sine)))
    east = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(start), math.cos(angle) - math.sin(start) * math.sin(end)
    )
    return math.degrees(end), (longitude + math.degrees(east) + 180) % 360 - 180


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (57.64911, 10.40744, "u4pruydqqvj"),  # Niemeyer's own example
        (42.6, -5.6, "ezs42"),  # Wikipedia's
        (37.8324, 112.5584, "ww8p1r4t8"),
        (-25.382708, -49.265506, "6gkzwgjzn820"),
        (-90, -180, "0" * 12),
        (90, 180, "z" * 12),
        (0, 0, "s" + "0" * 11),
    ],
)
def test_a_geohash_is_the_published_one(latitude, longitude, expected):
    """Digit by digit, to any length."""
    for length in range(1, len(expected) + 1):
        assert geohash.geohash(latitude, longitude, length) == expected[:length]


@given(latitudes, longitudes, st.integers(1, 12))
def test_a_place_lies_in_the_rectangle_of_its_geohash(latitude, longitude, length):
    """Of any length; one digit more lies inside."""
    hash_ = geohash.geohash(latitude, longitude, length)
    west, south, east, north = geohash.bounds(hash_)
    assert west - 1e-12 <= longitude <= east
    assert south - 1e-12 <= latitude <= north
    outer = geohash.bounds(hash_[:-1]) if length > 1 else geohash.Bounds(-180, -90, 180, 90)
    assert outer.west <= west < east <= outer.east
    assert outer.south <= south < north <= outer.north


def test_the_rectangle_of_a_geohash_is_the_published_one():
    """Wikipedia's worked example, ezs42."""
    assert geohash.bounds("ezs42") == pytest.approx((-5.625, 42.583, -5.581, 42.627), abs=6e-4)


@pytest.mark.parametrize("hash_", ["", "a", "u4pi", "U4P", "s" * 13, "é", "\0"])
def test_what_is_no_geohash_is_refused(hash_):
    """By a ValueError."""
    with pytest.raises(ValueError, match="geohash"):
        geohash.bounds(hash_)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((48.8566, 2.3522), (51.5074, -0.1278), 343.56),  # Paris, London
        ((0, 0), (0, 180), math.pi * geohash.EARTH_RADIUS),
        ((90, 0), (90, 135), 0),
        ((10, 179.5), (10, -179.5), 109.505),
        ((-90, 12), (90, -77), math.pi * geohash.EARTH_RADIUS),
    ],
)
def test_a_distance_is_that_on_the_sphere(one, other, expected):
    """Both ways; over the date line and the poles."""
    assert geohash.distance(*one, *other) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert geohash.distance(*other, *one) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.medium
@settings(max_examples=60)
@given(latitudes, longitudes, st.floats(0, HALF_ROUND) | st.floats(0, 5), st.integers(0))
@example(90.0, 0.0, 100.0, 1)
@example(-90.0, 180.0, 1.0, 2)
@example(0.0, 180.0, 0.001, 3)
@example(89.9, 30.0, 50.0, 4)
@example(10.0, 20.0, HALF_ROUND, 5)
@example(45.0, -180.0, 0.0, 6)
def test_every_place_within_the_radius_lies_in_a_range(latitude, longitude, radius, seed):
    """Most of all those near its rim; in up to eight disjoint ranges, the nearest first, cut at the centre."""
    ranges = geohash.near(latitude, longitude, radius)
    centre = geohash.geohash(latitude, longitude)
    assert is_sound(ranges, number(centre))
    assert ranges[0].high == f"{centre}~"
    distances = [round(found.distance, 6) for found in ranges]
    assert distances == sorted(distances)
    assert ranges[0].distance == pytest.approx(0, abs=1e-6)
    assert holds(ranges, latitude, longitude)
    chance = random.Random(seed)
    for part in [1 - 1e-9] * 12 + [0.999] * 4 + [chance.random() for _ in range(8)]:
        place = destination(latitude, longitude, part * radius, chance.uniform(0, 2 * math.pi))
        if geohash.distance(latitude, longitude, *place) <= radius:
            assert holds(ranges, *place), place


@pytest.mark.medium
@given(latitudes, longitudes, st.floats(0, HALF_ROUND), latitudes, longitudes)
def test_a_range_is_no_nearer_than_it_says(latitude, longitude, radius, other_latitude, other_longitude):
    """A place within the radius is at least as far away as its range, so that a search may stop early."""
    away = geohash.distance(latitude, longitude, other_latitude, other_longitude)
    if away <= radius:
        key = geohash.geohash(other_latitude, other_longitude)
        found = [each for each in geohash.near(latitude, longitude, radius) if each.low <= key <= each.high]
        assert len(found) == 1
        assert found[0].distance <= away + 1e-6


@pytest.mark.parametrize("pole", [90, -90])
def test_a_circle_over_a_pole_has_all_longitudes(pole):
    """Wherever around the pole its centre lies."""
    ranges = geohash.near(pole * 0.999, 77, 200)
    assert all(holds(ranges, pole * 0.9995, longitude) for longitude in range(-180, 181, 5))
    assert not holds(ranges, pole * 0.4, 77)


def test_a_circle_over_the_date_line_has_both_sides():
    """Fiji's."""
    ranges = geohash.near(-17, 179.9, 50)
    assert holds(ranges, -17, 180)
    assert holds(ranges, -17, -179.8)
    assert not holds(ranges, -17, 0)


@pytest.mark.medium
def test_covers_hold_little_besides():
    """In degrees, a cover is about half as large again as the circle or the box on average."""
    chance = random.Random(41)
    circles, boxes = [], []
    for _ in range(60):
        latitude, longitude = chance.uniform(-60, 60), chance.uniform(-170, 170)
        radius = 10 ** chance.uniform(-2, 2.5)
        degrees = math.degrees(radius / geohash.EARTH_RADIUS)
        ellipse = math.pi * degrees**2 / math.cos(math.radians(latitude))
        circles.append(share(geohash.near(latitude, longitude, radius)) * 360 * 180 / ellipse)
        width, height = degrees, degrees * chance.uniform(0.5, 2)
        ranges = geohash.box(longitude, latitude, longitude + width, latitude + height)
        boxes.append(share(ranges) * 360 * 180 / (width * height))
    assert min(circles + boxes) > 0.98
    assert sum(circles) / len(circles) < 1.6
    assert max(circles) < 2.5
    assert sum(boxes) / len(boxes) < 1.6
    assert max(boxes) < 3


@pytest.mark.medium
@settings(max_examples=60)
@given(longitudes, latitudes, longitudes, latitudes, st.integers(0))
@example(180.0, 0.0, -180.0, 0.0, 1)
@example(-180.0, -90.0, 180.0, 90.0, 2)
@example(7.5, 7.5, 7.5, 7.5, 3)
def test_every_place_in_a_box_lies_in_a_range(west, south, east, north, seed):
    """Corners, sides and inside; over the date line where west is more than east."""
    south, north = sorted((south, north))
    ranges = geohash.box(west, south, east, north)
    assert is_sound(ranges)
    assert ranges == sorted(ranges)
    chance = random.Random(seed)
    width = east - west if west <= east else east - west + 360
    for along in [0, 1, *(chance.random() for _ in range(8))]:
        for up in (0, 1, chance.random()):
            longitude = east if along == 1 else west + along * width
            longitude = longitude - 360 if longitude > 180 else longitude
            latitude = north if up == 1 else south + up * (north - south)
            if geohash.in_box(latitude, longitude, west, south, east, north):
                assert holds(ranges, latitude, longitude), (latitude, longitude)


def test_a_box_over_the_date_line_has_both_sides_alone():
    """West more than east."""
    ranges = geohash.box(170, -10, -170, 10)
    for longitude, expected in ((175, True), (-175, True), (180, True), (-180, True), (0, False), (160, False)):
        assert holds(ranges, 0, longitude) == expected
        assert geohash.in_box(0, longitude, 170, -10, -170, 10) == expected
    assert not geohash.in_box(11, 175, 170, -10, -170, 10)


def test_all_the_earth_is_one_range():
    """As a box; as a circle, it is cut at the centre."""
    assert geohash.box(-180, -90, 180, 90) == [geohash.Range("0" * 12, "z" * 12 + "~", 0.0)]
    halves = geohash.near(12, 34, HALF_ROUND)
    assert is_sound(halves, number(geohash.geohash(12, 34)))
    assert [(halves[0].low, halves[1].high)] == [("0" * 12, "z" * 12 + "~")]
    assert (len(halves), share(halves)) == (2, 1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 180.1, -181])
def test_what_is_no_place_is_refused(bad):
    """By a ValueError, in every coordinate."""
    for wrong in (
        lambda: geohash.geohash(bad, 0),
        lambda: geohash.geohash(0, bad),
        lambda: geohash.near(bad, 0, 1),
        lambda: geohash.near(0, bad, 1),
        lambda: geohash.box(bad, 0, 0, 0),
        lambda: geohash.box(0, 0, 0, bad),
    ):
        with pytest.raises(ValueError, match="place"):
            wrong()


def test_what_is_no_radius_box_or_length_is_refused():
    """By a ValueError."""
    for radius in (-1, math.nan):
        with pytest.raises(ValueError, match="radius"):
            geohash.near(0, 0, radius)
    with pytest.raises(ValueError, match="south"):
        geohash.box(0, 10, 0, 9)
    for length in (0, 13):
        with pytest.raises(ValueError, match="12"):
            geohash.geohash(0, 0, length)
