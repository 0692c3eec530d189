"""The record: JSON-safe, capped, documented."""

import json
from pathlib import Path

import pytest

from image_processing import metadata
from image_processing.metadata import record
from image_processing.metadata.kinds import KINDS
from image_processing.metadata.raw_tags import jsonable
from image_processing.source import BytesSource
from tests.image_processing import builders as b

FULL = b.jpeg(
    b.exif_segment(b.tiff([(0x10F, b.ASCII, "Maker")], [(0x9000, b.UNDEFINED, b"0232"), (0xA431, b.ASCII, "42")])),
    b.xmp_segment(b.rdf("<dc:subject><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></dc:subject>")),
)


def test_the_page_about_the_fields_is_current():
    """Run `python -m image_processing fields --markdown > docs/fields.md` when this fails."""
    page = Path(__file__).parents[3] / "docs" / "fields.md"
    assert page.read_text(encoding="utf-8") == metadata.documentation.markdown()


def test_every_field_is_named_once_and_has_a_kind():
    """The table is sound."""
    assert len(record.by_name) == len(record.FIELDS)
    assert {field.kind for field in record.FIELDS} <= KINDS.keys()
    assert all(field.meaning and ":" in (field.sources or ":") for field in record.FIELDS)


def test_every_value_is_in_the_table_and_knows_its_origin():
    """Nothing is told that is not documented."""
    found = metadata.read(BytesSource(FULL))
    assert found.values.keys() <= record.by_name.keys()
    assert found.values.keys() == found.origins.keys()
    assert found.values.keys() == {name for group in found.to_dict().values() for name in group}


def test_record_and_raw_are_json():
    """Both survive a round trip."""
    found = metadata.read(BytesSource(FULL))
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
    assert json.loads(json.dumps(found.raw, allow_nan=False)) == found.raw
    assert found.raw["Exif"]["ExifVersion"] == "hex:30323332"


def test_private_values_can_be_left_out():
    """Serial numbers stay at home."""
    found = metadata.read(BytesSource(FULL))
    assert found.to_dict()["camera"]["body_serial"] == "42"
    assert "body_serial" not in found.to_dict(private=False)["camera"]


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (
            "derived:time zone of the place",
            {"date_taken": "2024-07-01T12:00:00", "taken_at": "2024-07-01T12:00:00.5"},
        ),
        ("derived:GPS time", {"date_taken": "2024-07-01T12:00:00", "taken_at": "2024-07-01T12:00:00.5"}),
        (
            "Exif:OffsetTimeOriginal",
            {
                "date_taken": "2024-07-01T12:00:00",
                "date_offset": "+02:00",
                "taken_at": "2024-07-01T12:00:00.5+02:00",
            },
        ),
    ],
)
def test_an_offset_from_a_private_source_is_private(origin, shown):
    """It tells of the place, and so do the time zone and the joined date; one that the file tells does not."""
    time = {
        "date_taken": "2024-07-01T12:00:00",
        "date_offset": "+02:00",
        "taken_at": "2024-07-01T12:00:00.5+02:00",
        "time_zone": "Europe/Rome",
    }
    found = metadata.ImageMetadata(time, dict.fromkeys(time, "Exif:DateTimeOriginal") | {"date_offset": origin})
    assert found.to_dict(private=False) == {"time": shown}
    assert found.to_dict() == {"time": time}


def test_the_schema_describes_the_record():
    """Groups and fields are those of the table."""
    schema = record.schema()
    found = metadata.read(BytesSource(FULL)).to_dict()
    assert found.keys() <= schema["properties"].keys()
    for group, values in found.items():
        assert values.keys() <= schema["properties"][group]["properties"].keys()
    assert schema["properties"]["exposure"]["properties"]["iso"] == {
        "type": "integer",
        "minimum": 1,
        "description": record.by_name["iso"].meaning + " (ISO)",
    }


def test_raw_values_are_capped_each_and_in_all():
    """What is cut says so."""
    raw = jsonable({"G": {"text": "x" * 5000, "bytes": bytes(100), "list": list(range(100)), "nan": float("nan")}})
    assert raw["G"]["text"].endswith("… (5000 characters in all)")
    assert raw["G"]["bytes"].endswith("… (100 bytes in all)")
    assert raw["G"]["list"][-1] == "… (100 in all)"
    assert raw["G"]["nan"] is None
    many = jsonable({"G": {f"tag{n}": "x" * 1900 for n in range(1000)}})
    assert "Truncated" in many
    assert len(json.dumps(many)) < 250_000
