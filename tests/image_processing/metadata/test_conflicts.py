"""Contradictions between sources are told: the field, what each says, which was chosen."""

from tests.image_processing import builders as b
from tests.image_processing.metadata.told import read

PHOTOSHOP = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
TAKEN = (0x9003, b.ASCII, "2002:09:01 09:19:43")


def captioned(text):
    return b.rdf(
        f"<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>{text}</rdf:li></rdf:Alt></dc:description>"
    )


def conflicts(*args, **kwargs):
    return [conflict.to_dict() for conflict in read(*args, **kwargs).conflicts]


def test_two_captions_contradict_each_other():
    """The record says both, and whose it took."""
    assert conflicts([(0x10E, b.ASCII, "Created with GIMP")], xmp=captioned("A squirrel")) == [
        {
            "field": "caption",
            "chosen": "XMP-dc:description",
            "claims": [
                {"source": "XMP-dc:description", "value": "A squirrel"},
                {"source": "Exif:ImageDescription", "value": "Created with GIMP"},
            ],
        }
    ]


def test_one_source_or_two_that_agree_are_no_conflict():
    """Blanks, case, and what IIM cuts off do not count."""
    long = "A squirrel that sits upon a fence and looks into the camera"
    assert conflicts([(0x10E, b.ASCII, "A squirrel")]) == []
    assert conflicts([(0x10E, b.ASCII, "a  SQUIRREL")], xmp=captioned("A squirrel")) == []
    assert conflicts(xmp=captioned(long), iptc=b.iim((2, 120, long[:40].encode()))) == []
    assert (
        conflicts(exif=[(0x829D, b.RATIONAL, [(28, 10)])], xmp=b.rdf(attributes='exif:FNumber="2801/1000"')) == []
    )


def test_dates_of_the_same_meaning_are_compared():
    """A day that is not told as finely agrees; the date of a scan is another thing."""
    created = '{0} photoshop:DateCreated="{1}" xmp:CreateDate="2019-01-01T00:00:00"'
    other, same = (b.rdf(attributes=created.format(PHOTOSHOP, day)) for day in ("2002-09-16", "2002-09-01"))
    assert conflicts(exif=[TAKEN], xmp=same) == []
    assert conflicts(exif=[TAKEN], xmp=other) == [
        {
            "field": "date_taken",
            "chosen": "Exif:DateTimeOriginal",
            "claims": [
                {"source": "Exif:DateTimeOriginal", "value": "2002-09-01T09:19:43"},
                {"source": "XMP-photoshop:DateCreated", "value": "2002-09-16"},
            ],
        }
    ]


def place(north, east):
    return [(1, b.ASCII, "N"), (2, b.RATIONAL, (north, 0, 0)), (3, b.ASCII, "E"), (4, b.RATIONAL, (east, 0, 0))]


def test_two_places_contradict_each_other_in_the_axis_pair():
    """A position is one thing of two numbers."""
    elsewhere = b.rdf(attributes='exif:GPSLatitude="50,0.0N" exif:GPSLongitude="60,0.0E"')
    found = conflicts(gps=place(10, 60), xmp=elsewhere)
    assert [(conflict["field"], conflict["chosen"]) for conflict in found] == [
        ("gps_latitude", "GPS:GPSLatitude"),
        ("gps_longitude", "GPS:GPSLongitude"),
    ]
    assert found[0]["claims"] == [
        {"source": "GPS:GPSLatitude", "value": 10},
        {"source": "XMP-exif:GPSLatitude", "value": 50},
    ]
    assert conflicts(gps=place(50, 60), xmp=elsewhere) == []


def test_an_offset_that_contradicts_the_place_names_all_claims():
    """The camera's clock showed another zone's time: no source was chosen."""
    tokyo = [*place(36, 139), (7, b.RATIONAL, (8, 19, 43)), (0x1D, b.ASCII, "2002:09:01")]
    assert conflicts(exif=[TAKEN], gps=tokyo) == [
        {
            "field": "date_offset",
            "claims": [
                {"source": "derived:GPS time", "value": "+01:00"},
                {"source": "derived:time zone of the position", "value": "+09:00"},
            ],
        }
    ]


def test_a_hostile_text_is_cut():
    """A conflict shows the beginning of a text."""
    claims = conflicts([(0x10E, b.ASCII, "x" * 5000)], xmp=captioned("y" * 5000))[0]["claims"]
    assert [len(claim["value"]) for claim in claims] == [200, 200]
