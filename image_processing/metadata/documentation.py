"""The page about the fields (docs/fields.md), made from the table and from the reasons for its order."""

from __future__ import annotations

from image_processing.metadata.convert import KINDS
from image_processing.metadata.fields import FIELDS, Field
from image_processing.metadata.source_types import VERDICTS

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
- **GPS**: a coordinate needs its hemisphere. Zero on one axis is a place; (0, 0) is what a receiver without a
  fix writes and is dropped, as is anything out of range. The raw tags keep it.
- **ISO**: 65535 means "see the fuller tags" (Exif 3.0), which are then taken.
- **Text**: UTF-8 first, then what the standard says (IPTC's declared set, Latin-1 in PNG, Windows-1252 for
  bytes that are neither), control characters removed.
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


def markdown() -> str:
    """Write the page."""
    pieces = [_INTRODUCTION.replace("{source_types}", _source_types())]
    for group in dict.fromkeys(field.group for field in FIELDS):
        pieces.append(
            f"\n## {group.capitalize()}\n\n| field | type | meaning | sources, first wins |\n|---|---|---|---|\n"
        )
        pieces += [_row(field) for field in FIELDS if field.group == group]
    return "".join(pieces)


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
