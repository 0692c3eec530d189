"""The page about the fields (docs/fields.md), made from the table and from the reasons for its order."""

from __future__ import annotations

from image_processing.metadata.convert import KINDS
from image_processing.metadata.fields import FIELDS, Field

_INTRODUCTION = """\
# Fields

Made by `make docs`; do not edit. A field is there only when the image tells it.
Of several sources the first that has a value wins; the record says which it was. Fields marked *private* are left
out by `to_dict(private=False)` and `--public`.

## Which source wins, and why

- **What a device measures** (camera, exposure, GPS): Exif over XMP. The camera wrote Exif; XMP is a copy that
  editors make and sometimes let fall behind. Of two Exif blocks the first wins; a later one only fills in what
  it lacks.
- **What people write** (title, caption, keywords, places, credit): XMP over IPTC over Exif, as the Metadata
  Working Group advises for text; XMP has a character set, and cameras fill Exif's ImageDescription with
  defaults. Copyright and artist come from Exif first: cameras are set up with them.
- **When it was taken**: DateTimeOriginal, else DateTimeDigitized, else XMP's and IPTC's. Fraction and offset
  are fields of their own; `taken_at` joins them. A time without an offset is local time, never taken for UTC.
  Where a GPS time of the same moment is there, a whole quarter of an hour's difference within 14 hours tells
  the offset, marked as derived. A date that cannot be (month 13) is none.
- **Orientation and size**: `width` and `height` are as displayed. In HEIF, AVIF and JPEG XL the container's own
  transform is what viewers apply, and Exif's orientation is not applied on top of it.
- **GPS**: a coordinate needs its hemisphere. Zero on one axis is a place; (0, 0) is what a receiver without a
  fix writes and is dropped, as is anything out of range. The raw tags keep it.
- **ISO**: 65535 means "see the fuller tags" (Exif 3.0), which are then taken.
- **Text**: UTF-8 first, then what the standard says (IPTC's declared set, Latin-1 in PNG, Windows-1252 for
  bytes that are neither), control characters removed.
- **Resolution** counts only with a unit: Exif, then JFIF, pHYs and so on, all as pixels an inch.
- **Lens and serial number**: the maker notes serve only where the standard tags are silent.
"""


def markdown() -> str:
    """Write the page."""
    pieces = [_INTRODUCTION]
    for group in dict.fromkeys(field.group for field in FIELDS):
        pieces.append(
            f"\n## {group.capitalize()}\n\n| field | type | meaning | sources, first wins |\n|---|---|---|---|\n"
        )
        pieces += [_row(field) for field in FIELDS if field.group == group]
    return "".join(pieces)


def _row(field: Field) -> str:
    unit = f" ({field.unit})" if field.unit else ""
    private = " *private*" if field.private else ""
    sources = (
        ", ".join(f"`{source}`" for source in field.sources.split(" | ")) if field.sources else "the file itself"
    )
    kind = KINDS[field.kind].json["type"]
    return f"| `{field.name}` | {kind} | {field.meaning}{unit}{private} | {sources} |\n"
