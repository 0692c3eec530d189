"""The page about the fields (docs/fields.md), made from the table and from the reasons for its order."""

from __future__ import annotations

from image_processing.enumerations import WORDS
from image_processing.metadata.fields import FIELDS, Field
from image_processing.metadata.kinds import KINDS
from image_processing.metadata.source_types import VERDICTS

_INTRODUCTION = """\
# Fields

Made by `make docs`; do not edit. A field is there only when the image tells it.
Of several sources the first that has a value wins; the record says which it was. Fields marked *private* are left
out by `to_dict(private=False)` and `--public`.

## Which source wins, and why

- **Measurements of a device** (camera, exposure, GPS): Exif over XMP. The camera wrote Exif; XMP is a copy that
  editors make and sometimes let fall behind. Of two Exif blocks the first wins; a later one only fills in
  missing values.
- **Texts by people** (title, caption, keywords, places, credit): XMP over IPTC over Exif, as the Metadata
  Working Group advises for text; XMP has a character set, and cameras fill Exif's ImageDescription with
  defaults. Copyright and artist come from Exif first: cameras are set up with them.
- **When it was taken**: DateTimeOriginal, else DateTimeDigitized, else XMP's and IPTC's. Fraction and offset
  are fields of their own; `taken_at` joins them. A time without an offset is local time, never taken for UTC.
- **Forms of dates**: hour 24 is the hour after midnight of the day named, second 60 the next minute; am and pm,
  a third colon before the fraction, blanks for zeros, hyphens in the time, RFC 1123 and month names are read.
  ExifTool repeats such texts as they stand. A date is as precise as it was written (`date_precision`): "1978" is
  a date. A date that does not exist (31 February) is none, and the next source is asked.
- **Parts of one moment**: a fraction or an offset counts only with the date it belongs to: it stands in the same
  text, or in the tag made for it (OffsetTimeOriginal for DateTimeOriginal, OffsetTime for DateTime). Another date
  lends its own only where it is the same to the second. ExifTool shows each tag by itself. IPTC's "+0000" is no
  offset: programs that know none write it.
- **Offset**, in this order: with the date; the difference to a GPS time (or to the UTC that Samsung's phones
  write) where a zone has such an offset, two minutes allowed, and where a position is known only an offset of its
  zone; a date that tells the same moment; the time zone of the position. Derived offsets are marked so in
  the origins, and private. Where GPS time and zone contradict each other there is no offset. An offset in the
  file that contradicts them stays. Both are the warning `time_zone`.
- **Orientation and size**: `width` and `height` are as displayed. In HEIF, AVIF and JPEG XL viewers apply the
  container's own transform, and Exif's orientation is not applied on top of it.
- **HEIF and AVIF, displayed area**: clean aperture (`clap`), rotation (`irot`) and mirror (`imir`) apply in the
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
- **Animations**: `duration` is the sum of the frames' delays. A GIF has `has_alpha` where a pixel of a frame
  shows through to nothing: where its frames do not cover the screen, or use the transparent colour there. ExifTool
  and others report a colour that is merely declared, which most animations do to leave pixels as they were. Of
  more than 256 KB of frame data the declaration counts, until the decode of a still one corrects it (origin
  `pixels`).
- **GPS**: a coordinate needs its hemisphere. Zero on one axis is a place; receivers without a fix write
  (0, 0), which is dropped, as is anything out of range. The raw tags keep it. Latitude and longitude come from
  one source; altitude, time and direction too, unless both sources mean the same place. A sign and a hemisphere
  say the same thing once: -79.08 west is 79.08 degrees west. XMP's coordinates are read in every form (`37.775N`,
  `61 deg 49' 12" N`); minutes above 60 are none.
- **Impossible values** are not told: all bits set (a focus at infinity, an unknown exposure), an exposure
  compensation beyond 20 EV, a rating outside -1 to 5, a negative code. An altitude of 4,294,967,284 m is a signed
  number in an unsigned field: -12 m. ExifTool shows them. The bounds are in `kinds.KINDS` and in the schema.
- **Contradictions**: where two sources that mean the same thing differ, the record says so in `conflicts`: the
  field, each source with its value, and which was chosen. Rounding, case, blanks, a coarser date, and a text that
  IPTC's length limits cut are no contradiction.
- **Time zone**: `time_zone` is the zone that covers the position, by its IANA name; where several do (Xinjiang,
  disputed land), the first by name. The boundaries are those of timezone-boundary-builder, in the package `tzfpy`,
  true to some 110 m (© OpenStreetMap contributors, Open Database License 1.0); the offsets are those of the IANA
  time zone database, in the package `tzdata`. An offset that is derived from a zone is one that is certain: there
  is none at sea, where `time_zone` is nautical (`Etc/GMT+2`) and ships keep a time of their own; none before 1970;
  none at a wall time that clocks skip or show twice; none where zones overlap and differ. (ExifTool, where its
  Geolocation is asked for, tells the zone of the nearest city, across borders, too.)
- **Place names**: `gps_country_code`, `gps_country`, `gps_region`, `gps_city`, `gps_district`,
  `gps_city_population` and `gps_city_distance` name the place of the position; `city`, `state`, `country` and
  `country_code` are those that the file itself names, of the place shown. They come from GeoNames' 170,000
  places of 1,000 and more people (https://www.geonames.org, CC BY 4.0), with GeoNames' names, mostly English
  ones. The country is that of the time zone's boundaries, never that of the nearest city, which may lie across
  a border; where zones of several countries overlap, the nearest city decides. The city is the nearest place of
  the country within 50 km. A quarter is told as `gps_district`, and its city as `gps_city`: a place that
  GeoNames calls a section of a populated place, or one in the core of a city with ten times as many people.
  Coastal waters belong to their country; beyond them there is no country, and a city only within 50 km. Far
  from every city the country stands alone.
- **An offset that is derived**, from the place or from GPS time, tells of the place: without private fields there
  is no `date_offset` then, and `taken_at` is local.
- **ISO**: 65535 means "see the fuller tags" (Exif 3.0), which are then taken.
- **Text** is UTF-8 where its bytes are, even cut within the last character, against any declared set (IPTC's 1:90,
  Latin-1 in PNG); else it is in the declared set, else in Windows-1252. Control characters are removed; those of
  0x80 to 0x9F, which no text holds, are given as the characters of Windows-1252 that they stand for (ExifTool
  leaves them, so that "mayor's" is shown as "mayors"). UTF-8 that was coded twice stays as it is unless such
  controls prove it.
- **Coded text** (UserComment, GPSProcessingMethod, GPSAreaInformation, Windows's XP tags): the whole text tells
  how it is coded, even against its code, byte order mark and block. Of UTF-16 in both orders, UTF-8,
  Windows-1252 and, after the code JIS, ISO-2022-JP, Shift JIS and EUC-JP, that reading counts whose characters
  are the most usual and of the fewest scripts; where two are equal, the declared one. Without a code the text
  begins at once, an umlaut too. ExifTool tries the byte order alone, and takes UTF-8 after the code UNICODE, as
  Exif 3.0 has it, for UTF-16.
- **Ends of text**: texts of Exif, of type ASCII and UTF-8 (129) alike, and of IPTC end at their first NUL, as the
  bytes after it are leftovers of memory; Copyright has two parts, photographer's and editor's, joined by a line
  end, of which a blank one is none.
- **Copies of a payload**: XMP, ICC and IPTC count from the container's own place before a copy elsewhere, which
  only fills in missing values: in JPEG the segments APP1, APP2 and APP13 before the tags of Exif, in TIFF IPTC's
  tag (33723) before Photoshop's resources (34377), in PNG the chunks iTXt and eXIf, wherever they lie, before raw
  profiles (for IPTC, the places that MWG Guidelines 2.0 name). Of several XMP packets the first wins.
- **Stale XMP**: where Photoshop's digest (resource 0x0425) is not the MD5 of IPTC, IPTC was changed after XMP was
  last brought in line with it, and IPTC goes before XMP for fields that both hold (MWG Guidelines 2.0,
  "Reconciliation"). A digest that is equal, absent, or sixteen zeros leaves XMP first. ExifTool shows both and
  leaves the choice to the reader.
- **Extended XMP** of JPEG is the one whose GUID the first packet names in `xmpNote:HasExtendedXMP`; its parts are
  put together by their offsets, up to the first that is missing. Others are left behind by earlier programs and
  are not read, with the warning `xmp_extension`.
- **XMP namespaces** are known without the last stroke, in any case and with https, and the old prefix `xap`
  without a declaration; wrappers of other names, padding by NULs, UTF-16 and UTF-32 do not matter.
- **IPTC of type LONG** whose bytes were turned around in groups of four is turned back.
- **PNG texts**: keywords count in any case and spelling ("Creation time", "creation_time"); of translations the
  one without a language counts, else English, else the first. A raw profile is told by its content, not by its
  keyword, and its length is not believed.
- **Resolution** counts only with a unit: Exif, then JFIF, pHYs and so on, all as pixels an inch.
- **Lens and serial number**: the maker notes serve only where the standard tags are silent.
- **Rating**: stars from XMP, then from Exif. Microsoft's percentages (`RatingPercent`, `MicrosoftPhoto:Rating`)
  come last and become stars by the ranges of Windows: 1 to 12 is one star, to 37 two, to 62 three, to 87 four,
  up to 100 five.
- **Provenance**: each source speaks for a verdict, and the strongest wins: `ai_generated` over `ai_assisted`
  over `edited` over `captured` over `unknown`. Nothing is verified.
- **Digital source types** (IPTC NewsCodes) are read from XMP and C2PA, written as an address, as a code or as a
  bare word. {source_types}
- **C2PA**: a source type counts wherever an action names it: at the action, in its parameters
  (`com.adobe.digitalSourceType`), at its software agent, or in the template of its kind. An action that begins an
  image (`c2pa.created`, `c2pa.opened`) speaks for all of it; any other makes a generated source type
  `ai_assisted`. A parent ingredient and the metadata assertions speak for all of the image too; other
  ingredients speak for a part.
- **A generator's own note** makes an image `ai_generated`. It is `ai_assisted` where the source type in XMP says
  that only a part was generated, and where a camera took the image and the generator left no more than its name.
- **ComfyUI**: prompts are followed from the saved image to the last sampler with words, and from its two sides
  to the texts. The sides are never exchanged: a negative side without words (`ConditioningZeroOut`) gives no
  negative prompt. Combined conditionings give their texts a line each. A sampler that only mends details
  (FaceDetailer) counts after the others. Texts that another model wrote during the run are not in the file. The
  graph that was run counts before the workflow of the editor, in which muted nodes give nothing and bypassed
  nodes hand on their input.
- **Infotext** (AUTOMATIC1111 and others) is found in PNG text, Exif, XMP and comments. The last line with
  `Steps:` and at least three usual settings, among them the sampler or the seed, parts the prompts from the
  settings; in PNG's `parameters` one such setting is enough.
- **Names of generators** count where programs sign: Software, Make, CreatorTool. Names of companies and
  everyday words (OpenAI, Flux) in credits, artists and captions do not. Grok is told by the pair of a signature in
  ImageDescription and a UUID as Artist; either alone is nothing.
- **China's AIGC label** (GB 45438-2025) makes an image `ai_generated` with the label 1; 2 (possibly) and 3
  (suspected) are no claims.
"""


_ENUMERATIONS = """
## Words for numbers

`metadata` has the numbers of the standards. The API shows the words for them beside it, in `words`, by group and
field.

| field | words |
|---|---|
"""


def markdown() -> str:
    """Write the page."""
    pieces = [_INTRODUCTION.replace("{source_types}", _source_types())]
    for group in dict.fromkeys(field.group for field in FIELDS):
        pieces.append(
            f"\n## {group.capitalize()}\n\n| field | type | meaning | sources, first wins |\n|---|---|---|---|\n"
        )
        pieces += [_row(field) for field in FIELDS if field.group == group]
    pieces.append(_ENUMERATIONS)
    pieces += [_words(field.name) for field in FIELDS if field.name in WORDS]
    return "".join(pieces)


def _words(name: str) -> str:
    """Write the words for the numbers of a field; those of the flash, which has one for each bit, in short."""
    if name == "flash":
        return (
            "| `flash` | by its bits: Fired or Did not fire; always on, always off or automatic; "
            "red-eye reduction; return light detected or not; or No flash function |\n"
        )
    return f"| `{name}` | {'; '.join(f'{number} {word}' for number, word in WORDS[name].items())} |\n"


def _source_types() -> str:
    """Say which digital source types speak for which verdict."""
    groups = dict.fromkeys(VERDICTS.values())
    said = (
        ", ".join(f"`{name}`" for name, verdict in VERDICTS.items() if verdict == group) + f" → `{group}`"
        for group in groups
    )
    return "\n  " + ";\n  ".join(said) + "."


def _row(field: Field) -> str:
    unit = f" ({field.unit})" if field.unit else ""
    private = " *private*" if field.private else ""
    sources = (
        ", ".join(f"`{source}`" for source in field.sources.split(" | ")) if field.sources else "the file itself"
    )
    kind = KINDS[field.kind].json["type"]
    return f"| `{field.name}` | {kind} | {field.meaning}{unit}{private} | {sources} |\n"
