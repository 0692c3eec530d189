"""Dates in the forms that cameras and programs write."""

import pytest

from image_processing.metadata import dates


def moment(local, precision="second", fraction=None, offset=None):
    return dates.Moment(local, precision, fraction, offset)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020:02:03 04:05:06", moment("2020-02-03T04:05:06")),
        ("2020:02:03:04:05:06", moment("2020-02-03T04:05:06")),
        ("2020-02-03T04:05:06.789+02:00", moment("2020-02-03T04:05:06", fraction="789", offset="+02:00")),
        ("2020:02:03 04:05:06:789", moment("2020-02-03T04:05:06", fraction="789")),
        ("2020:02:03 04:05:06,789", moment("2020-02-03T04:05:06", fraction="789")),
        ("2020-02-03T04:05:06Z", moment("2020-02-03T04:05:06", offset="+00:00")),
        ("2020:02:03 04:05:06 GMT+2", moment("2020-02-03T04:05:06", offset="+02:00")),
        ("2020:02:03 04:05:06 UTC", moment("2020-02-03T04:05:06", offset="+00:00")),
        ("2020-02-03T04:05:06-0330", moment("2020-02-03T04:05:06", offset="-03:30")),
        ("2020-02-03T04:05Z", moment("2020-02-03T04:05:00", "minute", offset="+00:00")),
        ("2020-02-03", moment("2020-02-03", "day")),
        ("2020-02-03+02:00", moment("2020-02-03", "day", offset="+02:00")),  # XML Schema's date with its zone
        ("2020-02", moment("2020-02", "month")),
        ("1978", moment("1978", "year")),
        ("1978:00:00 00:00:00", moment("1978", "year")),
        ("1993:08:00 00:00:00", moment("1993-08", "month")),
        ("1993:08:     :  :  ", moment("1993-08", "month")),  # Exif asks for blanks where it is not known
        ("1993:08:22   :  :  ", moment("1993-08-22", "day")),
        ("2005: 1: 5 12: 3: 4", moment("2005-01-05T12:03:04")),
        ("2005:1:5 2:3:4", moment("2005-01-05T02:03:04")),
        ("2016:05:03 14-30-00", moment("2016-05-03T14:30:00")),
        ("2016-05-03-14-30-00", moment("2016-05-03T14:30:00")),
        ("2016-05-03 14.30.05", moment("2016-05-03T14:30:05")),
        ("20160503T143005Z", moment("2016-05-03T14:30:05", offset="+00:00")),
        ("20160503_143005", moment("2016-05-03T14:30:05")),
        ("20160503143005", moment("2016-05-03T14:30:05")),
        ("2015:08:22 24:08:19", moment("2015-08-22T00:08:19")),  # just after midnight of the day named
        ("2017:05:16 01:48:24 pm", moment("2017-05-16T13:48:24")),
        ("2017/05/16 1:48 PM", moment("2017-05-16T13:48:00", "minute")),
        ("2017-05-16 12:15:30 a.m.", moment("2017-05-16T00:15:30")),
        ("2017:05:16 12:15:30 PM", moment("2017-05-16T12:15:30")),
        ("2017:05:16 \u4e0b\u53481:48:24", moment("2017-05-16T13:48:24")),
        ("2017\u5e745\u670816\u65e5 13:48:24", moment("2017-05-16T13:48:24")),
        ("2015:08:22 10:59:60", moment("2015-08-22T11:00:00")),
        ("22/08/2015 10:15:30", moment("2015-08-22T10:15:30")),
        ("08/22/2015", moment("2015-08-22", "day")),
        ("Mon, 3 Feb 2020 04:05:06 GMT", moment("2020-02-03T04:05:06", offset="+00:00")),
        ("Sat, 15 Jun 2024 14:30:05 +0200", moment("2024-06-15T14:30:05", offset="+02:00")),
        ("Sat Jun 15 14:30:05 2024", moment("2024-06-15T14:30:05")),
        ("June 15, 2024", moment("2024-06-15", "day")),
        ("2020:02:03 04:05:06" + " " * 100_000, moment("2020-02-03T04:05:06")),
    ],
)
def test_dates_are_read_in_every_form(text, expected):
    """Exif, XMP, RFC 2822, and the slips of cameras; fraction and offset stay with the date they stand in."""
    assert dates.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "0001-01-01T00:00:00",  # .NET's date of nothing
        "2020:13:03 04:05:06",
        "2015:02:29 04:05:06",  # no leap year
        "2015:02:31",
        "2020:02:03 25:05:06",
        "2020:02:03 04:60:06",
        "2020:02:03 04:05:61",
        "08/09/2015",  # August or September
        "2015 was good",
        "2020:00:03",
        "yesterday",
        "",
    ],
)
def test_what_cannot_be_a_date_is_none(text):
    """Blanks and zeros are how cameras say that they do not know."""
    assert dates.parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Z", "+00:00"),
        ("UTC", "+00:00"),
        ("+02:00", "+02:00"),
        ("-03:30", "-03:30"),
        ("\u221203:00", "-03:00"),  # the typographic minus
        ("+2:00", "+02:00"),
        ("+2", "+02:00"),
        ("+02", "+02:00"),
        ("+0530", "+05:30"),
        ("+530", "+05:30"),
        ("+05:", "+05:00"),
        ("+02:0", "+02:00"),  # one byte short
        ("+05:3", "+05:30"),
        ("+05:4", "+05:45"),
        ("UTC+05:30", "+05:30"),
        ("-12:00", "-12:00"),
        ("+14:00", "+14:00"),
        ("+14:15", None),
        ("-12:15", None),
        ("+05:99", None),
        ("+05:2", None),
        ("02:00", None),  # which way?
        ("   :  ", None),
        ("", None),
    ],
)
def test_offsets_are_read_without_their_end(text, expected):
    """Only offsets that zones have."""
    assert dates.offset(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("78", "78"), ("050  ", "050"), ("12ms", "12"), ("ab", None), ("", None), ("1" * 20, "1" * 9)],
)
def test_fractions_are_digits(text, expected):
    """SubSecTime is ASCII that may be padded."""
    assert dates.fraction(text) == expected


def test_iptc_dates_join_their_times():
    """A date without a time is a date; "+0000" is written by programs that know no offset."""
    assert dates.iptc("20200203", "040506+0200") == moment("2020-02-03T04:05:06", offset="+02:00")
    assert dates.iptc("20200203", "040506+0000") == moment("2020-02-03T04:05:06")
    assert dates.iptc("20200203", None) == moment("2020-02-03", "day")
    assert dates.iptc("20200000", None) == moment("2020", "year")
    assert dates.iptc("000", "1") is None


@pytest.mark.parametrize(
    ("utc", "offset"),
    [
        ("02:05:06", "+02:00"),
        ("02:04:00", "+02:00"),  # a fix a minute old
        ("02:12:06", None),  # two hours less seven minutes
        ("01:50:06", None),  # 2:15 is no zone's: a fix a quarter of an hour old
        ("22:20:06", "+05:45"),  # the evening before, in Nepal
        ("09:35:06", None),  # -5:30 is no zone's either
        ("07:35:06", "-03:30"),
    ],
)
def test_the_difference_to_utc_is_an_offset_only_where_a_zone_has_it(utc, offset):
    """Two minutes are allowed for a slow fix."""
    day = "2020-02-02" if utc.startswith("22") else "2020-02-03"
    assert dates.difference("2020-02-03T04:05:06", f"{day}T{utc}Z") == offset
