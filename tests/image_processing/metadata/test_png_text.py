"""Texts and raw profiles of PNG: by any keyword and header, in any language, and which of two counts."""

import zlib

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

TITLE = "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>Own</rdf:li></rdf:Alt></dc:description>"
CITY = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Oslo"'


def read(data):
    return metadata.read(BytesSource(data))


MAKER, OTHER = b.tiff([(0x10F, b.ASCII, "Maker")]), b.tiff([(0x10F, b.ASCII, "Other"), (0x110, b.ASCII, "Model")])


def raw(data, keyword="Raw profile type exif", head="\nexif\n{:8}\n", kind=b"zTXt", *, spaced=False):
    """Write a raw profile as text."""
    value = (head.format(len(data)) + (data.hex(" ") if spaced else data.hex()) + "\n").encode()
    before = {b"tEXt": b"\0", b"zTXt": b"\0\0", b"iTXt": b"\0\0\0\0\0"}[kind]
    return b.chunk(kind, keyword.encode() + before + (zlib.compress(value) if kind == b"zTXt" else value))


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
@pytest.mark.parametrize(
    "head",
    [
        *("\nexif\n{:8}\n", "\ngeneric profile\n{:8}\n", "\nexif  \n  {}  \n", "exif {} "),
        *("\n\nExif\nprofile\n\n{:8}\n", "\n8bim profile\n99999\n", "\nexif\n0\n"),
    ],
)
def test_a_raw_profile_is_read_after_any_header(head, kind):
    """Its name may have blanks and line ends in it, and its length may be wrong."""
    assert read(b.png(raw(MAKER, head=head, kind=kind))).get("make") == "Maker"
    assert read(b.png(raw(b"Exif\0\0" + MAKER, head=head, kind=kind, spaced=True))).get("make") == "Maker"


@pytest.mark.parametrize(
    "keyword",
    ["Raw profile type exif", "raw profile type EXIF", "Raw profile  type  exif ", "Raw profile type APP1",
     "Raw profile type generic profile", "Raw profile type exif profile", "Raw profile type xmp"],
)  # fmt: skip
def test_a_raw_profile_is_told_by_its_content(keyword):
    """Its keyword is written in many ways, and is wrong at times."""
    assert read(b.png(raw(MAKER, keyword))).get("make") == "Maker"


def test_half_a_byte_at_the_end_of_a_raw_profile_is_left_out():
    """A profile that was cut after an odd number of digits is read up to there."""
    cut = raw(MAKER, kind=b"tEXt")[8:-4].rstrip(b"\n") + b"4"
    assert read(b.png(b.chunk(b"tEXt", cut))).get("make") == "Maker"


@pytest.mark.parametrize(
    "data",
    [
        b"http://ns.adobe.com/xap/1.0/\0" + b.rdf(TITLE.replace("Own", "Told")),
        b.rdf(TITLE.replace("Own", "Told")),
        b.iim((2, 120, b"Told")),
        b.photoshop((0x404, b.iim((2, 120, b"Told")))),
        b"Photoshop 3.0\0" + b.photoshop((0x404, b.iim((2, 120, b"Told")))),
    ],
)
@pytest.mark.parametrize("name", ["exif", "APP1", "iptc", "8bim", "xmp", "generic profile"])
def test_other_raw_profiles_are_told_by_their_content(name, data):
    """XMP in a profile called "exif", IPTC with and without Photoshop's resources around it."""
    assert read(b.png(raw(data, f"Raw profile type {name}", f"\n{name}\n{{:8}}\n"))).get("caption") == "Told"


@pytest.mark.parametrize("behind", [True, False])
def test_a_chunk_of_its_own_goes_before_a_raw_profile(behind):
    """Exif in eXIf, before or after the pixels, and XMP in iTXt win; the profiles fill in what they lack."""
    own = [b.chunk(b"eXIf", MAKER), b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b.rdf(TITLE))]
    profiles = [raw(OTHER), raw(b.rdf(TITLE.replace("Own", "Raw"), CITY), "Raw profile type xmp", "\nxmp\n{}\n")]
    found = read(b.png(*profiles, *(() if behind else own), after=own if behind else ()))
    assert [found.get(name) for name in ("make", "model", "caption", "city")] == ["Maker", "Model", "Own", "Oslo"]


@pytest.mark.parametrize(
    "key", [b"Creation Time", b"Creation time", b"creation_time", b"CreationTime", b"create-date"]
)
def test_keywords_of_png_are_read_in_any_spelling(key):
    """Case, blanks and lines between words differ from program to program."""
    assert (
        read(b.png(b.chunk(b"tEXt", key + b"\x002020-01-02T03:04:05"))).get("date_taken") == "2020-01-02T03:04:05"
    )


def translated(language, words):
    return b.chunk(b"iTXt", b"Title\0\0\0" + language + b"\0Titel\0" + words.encode())


@pytest.mark.parametrize(
    ("chunks", "title"),
    [
        ([translated(b"de", "Hütte"), translated(b"", "Hut")], "Hut"),
        ([translated(b"de", "Hütte"), translated(b"x-default", "Hut")], "Hut"),
        ([translated(b"de", "Hütte"), translated(b"en-GB", "Hut")], "Hut"),
        ([translated(b"de", "Hütte"), translated(b"fr", "Chalet")], "Hütte"),
        ([translated(b"de", "Hütte")], "Hütte"),
    ],
)
def test_text_without_a_language_goes_before_translations(chunks, title):
    """Then English, then the first; each translation stays in the raw tags."""
    found = read(b.png(*chunks))
    assert found.get("title") == title
    assert found.raw["PNG"]["Title-de"] == "Hütte"
