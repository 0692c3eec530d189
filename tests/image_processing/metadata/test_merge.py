"""Judgement: which source wins, and what is derived."""

import pytest

from image_processing import metadata
from image_processing.metadata import dates, gps
from image_processing.source import BytesSource
from tests.image_processing import builders as b

DEGREES = ((60, 1), (30, 1), (3600, 100))  # 60.51
HERE = [(1, b.ASCII, "N"), (2, b.RATIONAL, DEGREES), (3, b.ASCII, "W"), (4, b.RATIONAL, DEGREES)]


def read(ifd0=(), exif=(), gps=(), xmp=None, iptc=None):
    segments = [b.exif_segment(b.tiff(ifd0, exif, gps))]
    if xmp:
        segments.append(b.xmp_segment(xmp))
    if iptc:
        segments.append(b.segment(0xED, b"Photoshop 3.0\0" + b.photoshop((0x404, iptc))))
    return metadata.read(BytesSource(b.jpeg(*segments)))


def test_what_a_device_measures_comes_from_exif_first():
    """XMP is a copy that may lag behind."""
    found = read([(0x10F, b.ASCII, "Camera")], xmp=b.rdf(attributes='tiff:Make="Copy" tiff:Model="Only here"'))
    assert (found.get("make"), found.origins["make"]) == ("Camera", "Exif:Make")
    assert (found.get("model"), found.origins["model"]) == ("Only here", "XMP-tiff:Model")


def test_what_people_write_comes_from_xmp_over_iptc_over_exif():
    """Cameras fill Exif's description with defaults."""
    description = "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>Mine</rdf:li></rdf:Alt></dc:description>"
    default, iptc = [(0x10E, b.ASCII, "OLYMPUS DIGITAL CAMERA")], b.iim((2, 120, b"Wire"))
    assert read(default, xmp=b.rdf(description), iptc=iptc).get("caption") == "Mine"
    assert read(default, iptc=iptc).get("caption") == "Wire"
    assert read(default).origins["caption"] == "Exif:ImageDescription"


def test_the_moment_of_taking_joins_date_fraction_and_offset():
    """OffsetTimeOriginal belongs to it, not OffsetTime."""
    found = read(
        (),
        [
            (0x9003, b.ASCII, "2020:02:03 04:05:06"),
            (0x9291, b.ASCII, "78"),
            (0x9011, b.ASCII, "+02:00"),
            (0x9010, b.ASCII, "+09:00"),
        ],
    )
    assert (found.get("date_taken"), found.get("date_subsec"), found.get("date_offset")) == (
        "2020-02-03T04:05:06",
        "78",
        "+02:00",
    )
    assert found.get("taken_at") == "2020-02-03T04:05:06.78+02:00"


def test_a_time_without_an_offset_stays_local():
    """It is never taken for UTC."""
    found = read((), [(0x9003, b.ASCII, "2020:02:03 04:05:06")])
    assert found.get("taken_at") == "2020-02-03T04:05:06"
    assert found.get("date_offset") is None


def clock(hour, minute, second=6):
    return [(7, b.RATIONAL, ((hour, 1), (minute, 1), (second, 1))), (0x1D, b.ASCII, "2020:02:03")]


@pytest.mark.parametrize(
    ("utc", "offset"),
    [((2, 5), "+02:00"), ((2, 4), "+02:00"), ((9, 35), "-05:30"), ((2, 12), None), ((20, 5), None)],
)
def test_a_gps_time_of_the_same_moment_tells_the_offset(utc, offset):
    """Only a whole quarter of an hour that is a zone counts, and it is marked as derived."""
    found = read((), [(0x9003, b.ASCII, "2020:02:03 04:05:06")], clock(*utc))
    assert found.get("date_offset") == offset
    assert found.origins.get("date_offset") == (offset and "derived:GPS time")


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


def test_depth_below_the_sea_is_negative():
    """The reference tells the side."""
    found = read(gps=[(5, 1, b"\1"), (6, b.RATIONAL, [(125, 10)])])
    assert found.get("gps_altitude") == -12.5


def test_xmp_tells_a_position_too():
    """Degrees and decimal minutes with the hemisphere in one text."""
    found = read(xmp=b.rdf(attributes='exif:GPSLatitude="59,54.6N" exif:GPSLongitude="10,45.0E"'))
    assert (found.get("gps_latitude"), found.get("gps_longitude")) == (59.91, 10.75)


def test_regions_and_their_names_are_private():
    """Faces carry names that must not be published."""
    area = "<a:Area xmlns:s='http://ns.adobe.com/xmp/sType/Area#' s:x='0.5' s:y='0.4' s:w='0.1' s:h='0.2'/>"
    packet = b.rdf(
        "<a:Regions rdf:parseType='Resource'><a:RegionList><rdf:Bag><rdf:li rdf:parseType='Resource'>"
        f"<a:Name>Ann</a:Name><a:Type>Face</a:Type>{area}</rdf:li></rdf:Bag></a:RegionList></a:Regions>",
        prefixes='xmlns:a="http://www.metadataworkinggroup.com/schemas/regions/"',
    )
    found = read(xmp=packet)
    assert found.get("regions") == [{"name": "Ann", "kind": "Face", "x": 0.5, "y": 0.4, "w": 0.1, "h": 0.2}]
    assert found.get("face_names") == ["Ann"]
    assert "face_names" not in found.to_dict(private=False).get("description", {})


def test_structures_are_told_readably():
    """Places, edits and a lens's reach come as what people would write."""
    event = "<rdf:li s:action='saved' s:softwareAgent='Editor 1' s:when='2020-02-03T04:05:06Z'/>"
    packet = b.rdf(
        f"<m:History xmlns:s='http://s/'><rdf:Seq>{event}</rdf:Seq></m:History>"
        "<e:LocationShown><rdf:Bag><rdf:li rdf:parseType='Resource'><e:City>Oslo</e:City></rdf:li></rdf:Bag>"
        "</e:LocationShown>",
        prefixes='xmlns:m="http://ns.adobe.com/xap/1.0/mm/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    )
    found = read((), [(0xA432, b.RATIONAL, ((24, 1), (70, 1), (28, 10), (28, 10)))], xmp=packet)
    assert found.get("edit_history") == ["saved, Editor 1, 2020-02-03T04:05:06Z"]
    assert found.get("location_shown") == {"City": "Oslo"}
    assert found.get("lens_specification") == "24-70mm f/2.8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020:02:03 04:05:06", "2020-02-03T04:05:06"),
        ("2020-02-03T04:05:06.789+02:00", "2020-02-03T04:05:06"),
        ("2020-02-03T04:05Z", "2020-02-03T04:05:00"),
        ("2020-02-03", "2020-02-03"),
        ("2020-02", "2020-02"),
        ("Mon, 3 Feb 2020 04:05:06 GMT", "2020-02-03T04:05:06"),
        ("0000:00:00 00:00:00", None),
        ("2020:13:03 04:05:06", None),
        ("2020:02:03 25:05:06", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_in_every_form_and_nonsense_is_none(text, expected):
    """Exif, XMP, RFC 2822; blanks and zeros are how cameras say that they do not know."""
    assert dates.local(text) == expected


def test_iptc_dates_join_their_times():
    """A date without a time is a date."""
    assert dates.iptc("20200203", "040506+0200") == "2020-02-03T04:05:06+02:00"
    assert dates.iptc("20200203", None) == "2020-02-03"
    assert dates.iptc("000", "1") is None


def test_a_gps_time_without_a_date_is_a_time():
    """The date is a tag of its own, and often missing."""
    assert gps.timestamp((4.0, 5.0, 6.5), None) == "04:05:06.500"
    assert gps.timestamp((4.0, 5.0, None), "2020:02:03") is None
    assert gps.timestamp((99.0, 5.0, 6.0), "2020:02:03") is None
