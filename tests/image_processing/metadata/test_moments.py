"""The moment of taking: date, fraction, offset and zone that belong together."""

import pytest

from tests.image_processing import builders as b
from tests.image_processing.metadata.told import read

TAKEN, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
PHOTOSHOP = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'


def taken(date="2020:02:03 04:05:06", *more):
    return [(TAKEN, b.ASCII, date), *more]


def gps(*, at=None, utc=None, day="2020:02:03"):
    """Write GPS entries of a position in whole degrees, and of a time."""
    entries = []
    if at:
        (north, east) = at
        entries += [
            (1, b.ASCII, "N" if north >= 0 else "S"),
            (2, b.RATIONAL, (abs(north), 0, 0)),
            (3, b.ASCII, "E" if east >= 0 else "W"),
            (4, b.RATIONAL, (abs(east), 0, 0)),
        ]
    if utc:
        entries += [(7, b.RATIONAL, utc), (0x1D, b.ASCII, day)]
    return entries


def told(found):
    return tuple(found.get(name) for name in ("date_taken", "date_subsec", "date_offset", "taken_at"))


BERLIN, TOKYO, ATLANTIC = (52, 13), (36, 139), (30, -40)


def test_the_moment_of_taking_joins_date_fraction_and_offset():
    """OffsetTimeOriginal belongs to it, not OffsetTime."""
    found = read(
        exif=taken(
            "2020:02:03 04:05:06",
            (0x9010, b.ASCII, "+09:00"),
            (0x9011, b.ASCII, "+02:00"),
            (0x9291, b.ASCII, "78"),
        )
    )
    assert told(found) == ("2020-02-03T04:05:06", "78", "+02:00", "2020-02-03T04:05:06.78+02:00")


def test_a_time_without_an_offset_stays_local():
    """It is never taken for UTC."""
    assert told(read(exif=taken())) == ("2020-02-03T04:05:06", None, None, "2020-02-03T04:05:06")


def test_fraction_and_offset_stand_in_the_date_itself():
    """An Exif date written as ISO 8601."""
    found = read(exif=taken("2020-02-03T04:05:06.25+01:00"))
    assert told(found) == ("2020-02-03T04:05:06", "25", "+01:00", "2020-02-03T04:05:06.25+01:00")
    assert found.origins["date_offset"] == "Exif:DateTimeOriginal"


def test_another_moment_lends_nothing():
    """The scan of an old print has a date, a fraction and an offset of its own; OffsetTime is the change's."""
    found = read(
        [(CHANGED, b.ASCII, "2021:01:01 00:00:00")],
        taken("1987:07:04 18:20:00", (0x9010, b.ASCII, "+09:00")),
        xmp=b.rdf(attributes='xmp:CreateDate="2019-03-02T10:11:12.25-05:00"'),
    )
    assert told(found) == ("1987-07-04T18:20:00", None, None, "1987-07-04T18:20:00")


def test_the_same_moment_told_again_lends_fraction_and_offset():
    """To the second the same: what was never changed has OffsetTime for its DateTime."""
    found = read(
        [(CHANGED, b.ASCII, "2020:02:03 04:05:06")], taken("2020:02:03 04:05:06", (0x9010, b.ASCII, "+09:00"))
    )
    assert (found.get("date_offset"), found.origins["date_offset"]) == ("+09:00", "Exif:DateTime")
    found = read(
        exif=taken(), xmp=b.rdf(attributes=f'{PHOTOSHOP} photoshop:DateCreated="2020-02-03T04:05:06.5+01:00"')
    )
    assert told(found)[1:3] == ("5", "+01:00")
    assert found.origins["date_subsec"] == "XMP-photoshop:DateCreated"


def test_iptc_tells_an_offset_but_not_utc():
    """Programs without an offset write +0000."""
    utc, east = (b.iim((2, 55, b"20200203"), (2, 60, b"040506" + zone)) for zone in (b"+0000", b"+0100"))
    assert read(iptc=utc).get("date_offset") is None
    assert read(iptc=east).get("date_offset") == "+01:00"
    assert read(exif=taken(), iptc=east).get("date_offset") == "+01:00"


def test_a_date_is_as_precise_as_it_is_told():
    """A year alone is a date; taken_at says no more."""
    found = read(xmp=b.rdf(attributes='xmp:CreateDate="1978"'))
    assert (found.get("date_taken"), found.get("date_precision"), found.get("taken_at")) == (
        "1978",
        "year",
        "1978",
    )
    assert read(exif=taken()).get("date_precision") == "second"


def test_the_time_of_a_date_comes_from_the_source_that_has_it():
    """IPTC keeps day and time apart, and XMP may have the day alone; midnight there means no time."""
    day = b.rdf(attributes=f'{PHOTOSHOP} photoshop:DateCreated="2006-10-29"')
    morning = read(xmp=day, iptc=b.iim((2, 55, b"20061029"), (2, 60, b"062751-0500")))
    assert told(morning) == ("2006-10-29T06:27:51", None, "-05:00", "2006-10-29T06:27:51-05:00")
    midnight = read(xmp=day, iptc=b.iim((2, 55, b"20061029"), (2, 60, b"000000+0000")))
    assert told(midnight) == ("2006-10-29", None, None, "2006-10-29")
    another = read(xmp=day, iptc=b.iim((2, 55, b"20061030"), (2, 60, b"062751-0500")))
    assert told(another)[0] == "2006-10-29"


@pytest.mark.parametrize(
    ("place", "date", "offset"),
    [
        (BERLIN, "2020:02:03 04:05:06", "+01:00"),
        (BERLIN, "2020:07:03 04:05:06", "+02:00"),
        (TOKYO, "2020:07:03 04:05:06", "+09:00"),
        (ATLANTIC, "2020:07:03 04:05:06", None),  # ships keep their own time
        (BERLIN, "2020:03:29 02:30:00", None),  # skipped that night
        (BERLIN, "2020:10:25 02:30:00", None),  # shown twice
    ],
)
def test_the_zone_of_the_place_gives_the_offset_of_that_day(place, date, offset):
    """Where nothing in the file tells it; marked as derived."""
    found = read(exif=taken(date), gps=gps(at=place))
    assert found.get("date_offset") == offset
    assert found.origins.get("date_offset") == (offset and "derived:time zone of the position")


def test_a_gps_time_decides_between_the_two_offsets_of_a_night():
    """At 02:30 after the clocks went back it was 01:30 UTC."""
    found = read(exif=taken("2020:10:25 02:30:00"), gps=gps(at=BERLIN, utc=(1, 30, 0), day="2020:10:25"))
    assert (found.get("date_offset"), found.origins["date_offset"]) == ("+01:00", "derived:GPS time")


def test_a_gps_time_tells_the_offset_without_a_position():
    """Where the difference is an offset that a zone has."""
    found = read(exif=taken(), gps=gps(utc=(2, 4, 0)))
    assert (found.get("date_offset"), found.origins["date_offset"]) == ("+02:00", "derived:GPS time")
    assert read(exif=taken(), gps=gps(utc=(1, 50, 6))).get("date_offset") is None


def test_a_stale_fix_leaves_the_offset_to_the_zone():
    """A fix of a quarter of an hour ago makes no offset of any zone."""
    found = read(exif=taken(), gps=gps(at=BERLIN, utc=(2, 50, 6)))
    assert (found.get("date_offset"), found.origins["date_offset"]) == (
        "+01:00",
        "derived:time zone of the position",
    )


def test_a_fix_of_another_day_tells_no_offset():
    """Nobody knows where the camera was by then."""
    found = read(exif=taken(), gps=gps(at=BERLIN, utc=(3, 5, 6), day="2020:02:05"))
    assert found.get("date_offset") is None
    assert warned(found) == ["The GPS data is of another day: the zone of its position gives no offset."]


def warned(found):
    return [warning.text for warning in found.warnings if warning.code == "time_zone"]


def test_a_camera_that_kept_another_zone_gets_no_offset_and_a_warning():
    """Its clock showed Berlin's time in Tokyo: neither zone is sure to be meant."""
    found = read(exif=taken(), gps=gps(at=TOKYO, utc=(3, 5, 6)))
    assert found.get("date_offset") is None
    assert warned(found) == ["GPS time and position contradict each other: date_taken has no offset."]
    assert found.get("time_zone") == "Asia/Tokyo"


def test_the_offset_in_the_file_comes_first_and_a_contradiction_is_a_warning():
    """With its own date; one that is borrowed comes after the GPS time."""
    own = taken("2020:02:03 04:05:06", (0x9011, b.ASCII, "+05:00"))
    found = read(exif=own, gps=gps(at=BERLIN, utc=(3, 5, 6)))
    assert found.get("date_offset") == "+05:00"
    assert warned(found) == ["The offset +05:00 of date_taken contradicts the GPS data."]
    assert not warned(
        read(exif=taken("2020:02:03 04:05:06", (0x9011, b.ASCII, "+01:00")), gps=gps(at=BERLIN, utc=(3, 5, 6)))
    )
    changed = [(CHANGED, b.ASCII, "2020:02:03 04:05:06")]
    lent = read(changed, taken("2020:02:03 04:05:06", (0x9010, b.ASCII, "+05:00")), gps(utc=(3, 5, 6)))
    assert lent.get("date_offset") == "+01:00"


def test_the_phones_own_utc_tells_the_offset():
    """Samsung's trailer has it in milliseconds; see test_jpeg for how it is read."""
    from image_processing.metadata.findings import Findings
    from image_processing.metadata.merge import merge

    findings = Findings()
    findings.put("Exif", "DateTimeOriginal", "2020:02:03 04:05:06")
    findings.put("Samsung", "TimeStamp", 1_580_670_306_123)  # 2020-02-02T19:05:06.123Z
    values, origins = merge(findings)
    assert (values["date_offset"], origins["date_offset"]) == ("+09:00", "derived:Samsung:TimeStamp")
