"""The page about the fields (docs/fields.md), made from the table and from the reasons for its order."""

from __future__ import annotations

from image_processing.metadata.convert import KINDS
from image_processing.metadata.fields import FIELDS, Field

_INTRODUCTION = """\
# Fields

Made by `python -m image_processing fields --markdown`; do not edit. A field is there only when the image tells it.
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
- **HEIF and AVIF, what is shown**: clean aperture (`clap`), rotation (`irot`) and mirror (`imir`) apply in the
  order in which the file lists them, in the record and in the decoded pixels alike. ExifTool reports the size
  before them (`ispe`); viewers show the one after them. An aperture that is not within the picture is ignored,
  with the warning `clean_aperture`. An identity (`iden`) has the size and the transforms of the picture it
  stands for, then its own; a grid or an overlay without a size of its own has that of its canvas, never a tile's.
- **TIFF**: a page is an image of the main chain of directories. Reduced images, masks and depth maps
  (NewSubfileType other than 0 and 2, the old SubfileType 2), SubIFDs and directories without a size are no pages.
  Sizes and orientation count in every type of number.
- **HEIF and AVIF, whose metadata**: Exif and XMP count when they describe the primary picture (`cdsc`), a picture
  it is made of, or its rendition with a gain map; without such, those that describe no picture count. ExifTool
  merges those of thumbnails, depth maps and other pictures in. An Exif item is read with and without the offset
  before its TIFF header.
- **After the pixels of a JPEG**: a height that the frame header leaves open is that of the DNL segment after the
  first scan (T.81, B.2.5), where ExifTool reports 0. A motion photo is one by Google's XMP, by Samsung's trailer
  (`MotionPhoto_Data`), or by an MP4 that follows the picture; in HEIF by the box `mpvd` or Samsung's trailer in
  `sefd`. The trailer's `Image_UTC_Data`, the moment of taking in milliseconds since 1970 in UTC, is the raw tag
  `Samsung:TimeStamp`. Of a source read by ranges only the last 4 KB count here (64 KB for a height), and the
  blocks that Samsung's directory names.
- **Animations**: `duration` is the sum of what the frames tell. A GIF has `has_alpha` where a pixel of a frame
  shows through to nothing: where its frames do not cover the screen, or use the transparent colour there. ExifTool
  and others report a colour that is merely declared, which most animations do to leave pixels as they were. Of
  more than 256 KB of frame data the declaration counts, until the decode of a still one corrects it (origin
  `pixels`).
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
