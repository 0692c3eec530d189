"""Positions, altitudes and times of GPS, from Exif and from XMP."""

import pytest

from image_processing.metadata import gps
from tests.image_processing import builders as b
from tests.image_processing.metadata.told import read

DEGREES = ((60, 1), (30, 1), (3600, 100))  # 60.51
HERE = [(1, b.ASCII, "N"), (2, b.RATIONAL, DEGREES), (3, b.ASCII, "W"), (4, b.RATIONAL, DEGREES)]


def test_a_position_is_decimal_degrees_with_its_sign():
    """South and west are negative."""
    found = read(gps=HERE)
    assert (found.get("gps_latitude"), found.get("gps_longitude")) == (60.51, -60.51)


def without(tag):
    return [entry for entry in HERE if entry[0] != tag]


@pytest.mark.parametrize(
    "entries",
    [
        without(1),
        without(4),
        [(1, b.ASCII, "N"), (2, b.RATIONAL, ((0, 1),) * 3), (3, b.ASCII, "E"), (4, b.RATIONAL, ((0, 1),) * 3)],
        [*without(2), (2, b.RATIONAL, ((91, 1), (0, 1), (0, 1)))],
        [*without(2), (2, b.RATIONAL, ((0, 0), (0, 0), (0, 0)))],
    ],
)
def test_a_position_that_cannot_be_is_none(entries):
    """No hemisphere, half a position, (0, 0), beyond the pole, zero over zero."""
    found = read(gps=sorted(entries))
    assert "gps_latitude" not in found.values
    assert "gps_longitude" not in found.values


def test_zero_on_one_axis_is_a_place():
    """Greenwich and the equator exist."""
    found = read(gps=[*without(4), (4, b.RATIONAL, ((0, 1),) * 3)])
    assert found.get("gps_longitude") == 0


@pytest.mark.parametrize(
    ("north", "east", "zone"),
    [
        (41, 12, "Europe/Rome"),
        (-33, 151, "Australia/Sydney"),
        (36, -115, "America/Los_Angeles"),
        (40, -30, "Etc/GMT+2"),  # in the Atlantic
    ],
)
def test_a_position_tells_its_time_zone(north, east, zone):
    """By its IANA name, marked as derived."""
    latitude, longitude = (((abs(whole), 1), (30, 1), (0, 1)) for whole in (north, east))
    found = read(
        gps=[
            (1, b.ASCII, "S" if north < 0 else "N"),
            (2, b.RATIONAL, latitude),
            (3, b.ASCII, "W" if east < 0 else "E"),
            (4, b.RATIONAL, longitude),
        ]
    )
    assert (found.get("time_zone"), found.origins["time_zone"]) == (zone, "derived:GPS position")


def test_without_a_position_there_is_no_time_zone():
    """Half a position is none, and an offset is no zone."""
    found = read((), [(0x9003, b.ASCII, "2020:02:03 04:05:06"), (0x9011, b.ASCII, "+02:00")], without(4))
    assert "time_zone" not in found.values


def at(north, east):
    """Return the GPS entries of a position in whole degrees and hundredths of seconds."""
    latitude, longitude = (((round(abs(value) * 360_000), 360_000), (0, 1), (0, 1)) for value in (north, east))
    return [
        (1, b.ASCII, "S" if north < 0 else "N"),
        (2, b.RATIONAL, latitude),
        (3, b.ASCII, "W" if east < 0 else "E"),
        (4, b.RATIONAL, longitude),
    ]


NAMES = (
    "gps_country_code",
    "gps_country",
    "gps_region",
    "gps_city",
    "gps_district",
    "gps_city_population",
    "gps_city_distance",
)


@pytest.mark.parametrize(
    ("north", "east", "names"),
    [
        (38.7139, -9.1335, ("PT", "Portugal", "Lisbon", "Lisbon", "Baixa", 518_000, 0.4)),
        (45.44, 12.34, ("IT", "Italy", "Veneto", "Venice", None, 51_300, 0.7)),
        (38.7, -9.9, (None, None, None, "Azoia", None, 2280, 37.7)),  # in the Atlantic
        (48.85341, 2.3488, ("FR", "France", "Île-de-France", "Paris", None, 2_140_000, 0.0)),
        (23.0, 10.0, ("DZ", "Algeria", None, None, None, None, None)),  # in the Sahara
        (40.0, -30.0, (None,) * 7),
    ],
)
def test_a_position_tells_the_names_of_its_place(north, east, names):
    """Marked as derived, by whose data; a name that is not known is left out."""
    found = read(gps=at(north, east))
    assert tuple(found.get(name) for name in NAMES) == names
    known = [name for name in NAMES if found.get(name) is not None]
    assert {name: found.origins[name] for name in known} == dict.fromkeys(known, "derived:GPS position, GeoNames")
    assert {*NAMES} & {*found.values} == {*known}


def test_names_of_the_place_are_private():
    """As the position is: without private fields none is left."""
    found = read(gps=at(38.7139, -9.1335))
    assert found.to_dict()["place"]["gps_city"] == "Lisbon"
    assert "place" not in found.to_dict(private=False)


def test_names_that_the_file_tells_stay_beside_those_of_the_position():
    """The photographer's city is the place shown; that of the position is where the camera stood."""
    xmp = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Alfama"/></rdf:RDF>'
    )
    found = read(gps=at(38.7139, -9.1335), xmp=xmp)
    assert (found.get("city"), found.get("gps_city")) == ("Alfama", "Lisbon")


def test_depth_below_the_sea_is_negative():
    """The reference tells the side."""
    found = read(gps=[(5, 1, b"\1"), (6, b.RATIONAL, [(125, 10)])])
    assert found.get("gps_altitude") == -12.5


def test_xmp_tells_a_position_too():
    """Degrees and decimal minutes with the hemisphere in one text."""
    found = read(xmp=b.rdf(attributes='exif:GPSLatitude="59,54.6N" exif:GPSLongitude="10,45.0E"'))
    assert (found.get("gps_latitude"), found.get("gps_longitude")) == (59.91, 10.75)


@pytest.mark.parametrize(
    ("text", "reference", "limit", "degrees"),
    [
        ("37.775N", None, 90, 37.775),
        ("122.4183W", None, 180, -122.4183),
        ("122,25.098W", None, 180, -122.4183),
        ("37,30,36S", None, 90, -37.51),
        ("61 deg 49' 12.00\" N", None, 90, 61.82),
        ("61 deg 30'", "N", 90, 61.5),
        ("61\u00b049\u203212\u2033N", None, 90, 61.82),
        ("N 61.5", None, 90, 61.5),
        ("S37 30 36", None, 90, -37.51),
        ("37/1,30/1,36/1", "S", 90, -37.51),
        ("43.0764", "N", 90, 43.0764),
        ("-79.077", None, 180, -79.077),
        ("+79.077", None, 180, 79.077),
        ("-79.077", "W", 180, -79.077),  # the sign and the hemisphere say the same thing once
        ("79.077", "W", 180, -79.077),
        ("-79.077", "E", 180, -79.077),  # a default reference beside a signed number
        ("0,0.0N", None, 90, 0),
        ("37,75.5N", None, 90, None),  # 75.5 minutes
        ("95,0.0N", None, 90, None),
        ("45.5E", None, 90, None),  # a longitude is no latitude
        ("37,30,36", None, 90, None),  # no hemisphere
        ("37/0,30/1N", None, 90, None),
        ("N 61.5 S", None, 90, None),
        ("north", None, 90, None),
        ("1" + " " * 10_000, "N", 90, 1.0),
    ],
)
def test_coordinates_are_read_in_every_form(text, reference, limit, degrees):
    """XMP Specification part 2, 1.3.4.5, and the forms that programs write in its place."""
    expected = None if degrees is None else pytest.approx(degrees, abs=1e-9)
    assert gps.coordinate(text, reference, limit) == expected


def test_the_sign_of_any_part_counts_once():
    """-37 degrees 30 minutes south are 37.5 degrees south."""
    assert gps.coordinate((-37.0, 30.0, 0.0), "S", 90) == -37.5
    assert gps.coordinate((-37.0, -30.0, 0.0), "N", 90) == -37.5
    assert gps.coordinate((37.0, 30.0), "N", 90) == 37.5


def xmp_position(latitude, longitude, more=""):
    return b.rdf(attributes=f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}" {more}')


def test_both_halves_of_a_position_come_from_one_source():
    """Exif lacks the hemisphere of its longitude, so XMP tells both; Exif's altitude belonged to its own place."""
    half = [*without(3), (5, 1, b"\0"), (6, b.RATIONAL, (900, 1))]
    found = read(gps=half, xmp=xmp_position("50,0.0N", "60,0.0E"))
    assert (found.get("gps_latitude"), found.get("gps_longitude")) == (50, 60)
    assert found.origins["gps_latitude"] == "XMP-exif:GPSLatitude"
    assert found.origins["gps_longitude"] == "XMP-exif:GPSLongitude"
    assert found.get("gps_altitude") is None


def test_a_source_of_another_place_adds_nothing():
    """The altitude in XMP is that of the place in XMP."""
    elsewhere = xmp_position("50,0.0N", "60,0.0E", 'exif:GPSAltitude="900/1"')
    assert read(gps=HERE, xmp=elsewhere).get("gps_altitude") is None
    here = xmp_position("60,30.6N", "60,30.6W", 'exif:GPSAltitude="900/1"')
    assert read(gps=HERE, xmp=here).get("gps_altitude") == 900


def test_xmp_tells_the_place_where_the_receiver_had_no_fix():
    """Zero and zero in Exif hide no position."""
    nowhere = [(1, b.ASCII, "N"), (2, b.RATIONAL, (0, 0, 0)), (3, b.ASCII, "E"), (4, b.RATIONAL, (0, 0, 0))]
    found = read(gps=nowhere, xmp=xmp_position("50,0.0N", "60,0.0E"))
    assert (found.get("gps_latitude"), found.get("gps_longitude")) == (50, 60)


@pytest.mark.parametrize(
    ("metres", "reference", "altitude"),
    [
        (8848.86, 0, 8848.86),
        (12.5, 1, -12.5),
        (-12.5, 1, -12.5),
        (-12.5, 0, -12.5),
        (4294967284.0, 0, -12.0),  # a signed number in an unsigned field
        (42949671.76, 0, -1.2),  # the same in hundredths
        (4294967295.0, 0, None),  # all bits set
        (2_000_000.0, 0, None),
    ],
)
def test_altitudes_are_signed_once(metres, reference, altitude):
    """GPSAltitudeRef and a sign say the same thing."""
    assert gps.altitude(metres, reference) == altitude


@pytest.mark.parametrize(
    ("value", "date", "utc"),
    [
        ((4.0, 5.0, 6.5), None, "04:05:06.500"),  # the date is a tag of its own, and often missing
        ((4.0, 5.0, 6.5), "2020:02:03", "2020-02-03T04:05:06.500Z"),
        ((12.0, 30.5, 0.0), "2024:05:05", "2024-05-05T12:30:30Z"),
        ((12.0, 59.0, 59.9997), "2024:05:05", "2024-05-05T13:00:00Z"),  # never second 60
        ((24.0, 0.0, 0.0), "2024:05:05", "2024-05-06T00:00:00Z"),
        ((24.0, 0.0, 0.0), None, None),
        ((4.0, 5.0, None), "2020:02:03", None),
        ((99.0, 5.0, 6.0), "2020:02:03", None),
        ((4.0, 5.0, 6.0), "2020:02:31", "04:05:06"),
        ((4.0, 5.0, 6.0), "20200203", "2020-02-03T04:05:06Z"),
        ((4.0, 5.0, 6.0), "0000:00:00", "04:05:06"),
        ("2015-08-22T10:15:30.50+02:00", None, "2015-08-22T08:15:30.500Z"),
        ("2015-08-22T10:15:30Z", None, "2015-08-22T10:15:30Z"),
        ("10:15:30", "2015:08:22", "2015-08-22T10:15:30Z"),
    ],
)
def test_gps_times_are_utc_that_exists(value, date, utc):
    """GPSTimeStamp is three numbers in Exif and a date with a time in XMP."""
    assert gps.timestamp(value, date) == utc
