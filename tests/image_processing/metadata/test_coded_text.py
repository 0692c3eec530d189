"""Texts whose coding is declared wrongly or not at all: the text that a person would read comes out."""

# ruff: noqa: RUF001 -- quotation marks and dashes are what these texts are about

import struct
import time

import pytest

from image_processing import metadata
from image_processing.metadata import coded_text, iptc, text, xmp
from image_processing.metadata.findings import Findings
from image_processing.source import BytesSource
from tests.image_processing import builders as b

USER_COMMENT, XP_TITLE, COPYRIGHT, ARTIST, PROCESSING, UTF8 = 0x9286, 0x9C9B, 0x8298, 0x13B, 0x1B, 129
SCRIPTS = (
    "Hello",
    "Grüße aus Köln",
    "猫と山, best quality\nSteps: 20",
    "猫と山",
    "故宫博物院",
    "臺灣麵包",
    "안녕하세요",
    "Привет из Москвы",
    "Ελλάδα",
    "שלום",
    "مرحبا",
    "สวัสดี",
    "नमस्ते",
    "Tiếng Việt",
    "Žáková",
    "🐱🐶",
    "Zwei Katzen 🐱🐱 – “süß”",
)


def comment(body, order="<", kind=b.UNDEFINED):
    block = b.tiff((), [(USER_COMMENT, kind, body)], order=order)
    return metadata.read(BytesSource(b.jpeg(b.exif_segment(block)))).get("user_comment")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("padding", [b"", b"\0\0", bytes(9), b"    "])
@pytest.mark.parametrize("words", SCRIPTS)
def test_unicode_is_read_in_either_byte_order_and_as_utf_8(words, padding, mark):
    """The whole text tells its byte order, with and without a mark, in a block of either, padded or not."""
    bodies = [(mark + words).encode("utf-16-le"), (mark + words).encode("utf-16-be"), (mark + words).encode()]
    found = {comment(b"UNICODE\0" + body + padding, order) for order in "<>" for body in bodies}
    assert found == {words}


@pytest.mark.parametrize("code", [b"Unicode\0", b"UNICODE "])
def test_unicode_that_lost_its_last_byte_loses_one_character(code):
    """Cameras of one maker write the code in small letters, and a text one byte too short."""
    words = "Garten in Kyoto (Kyōto) (京都市) „Test“"
    assert comment(code + words.encode("utf-16-le")[:-1]) == words[:-1]


def test_marks_alone_tell_their_byte_order():
    """The other order reads as symbols that nobody writes."""
    bodies = ["!!!".encode("utf-16-le"), "!!!".encode("utf-16-be")]
    assert {comment(b"UNICODE\0" + body, order) for order in "<>" for body in bodies} == {"!!!"}


@pytest.mark.parametrize("code", [b"ASCII\0\0\0", b"ASCII   ", b"ascii\0\0\0", bytes(8), b" " * 8])
@pytest.mark.parametrize("words", ["Hello", "Hello there", "Grüße aus Köln", "Übersicht vom Turm"])
def test_eight_bit_and_sixteen_bit_text_is_read_after_other_codes(words, code):
    """After ASCII or no code, text is UTF-8, Windows-1252 or UTF-16."""
    found = {comment(code + words.encode(way)) for way in ("utf-8", "cp1252", "utf-16-le", "utf-16-be")}
    assert found == {words}


@pytest.mark.parametrize("words", ["山の上の雲と海", "カメラで撮影しました。", "Hello from Tokyo"])
def test_japanese_text_is_read_in_every_coding_it_has(words):
    """The code JIS means ISO-2022-JP, and is put before texts in all the others."""
    found = {comment(b"JIS     " + words.encode(way)) for way in ("iso2022_jp", "shift_jis", "euc_jp", "utf-8")}
    assert found == {words}


@pytest.mark.parametrize("kind", [b.ASCII, UTF8, b.UNDEFINED, 1])
@pytest.mark.parametrize("way", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    "words", ["Übersicht vom Turm", "Ärger", "Öl", "été à la mer", "Hi", "ASCII art of a cat"]
)
def test_text_without_a_code_begins_at_once(words, way, kind):
    """An umlaut in the first eight bytes is no code; nor is a word that begins as one does."""
    assert comment(words.encode(way) + b"\0", kind=kind) == words


def test_text_without_a_code_may_be_utf_16():
    """Its zeros are no rubbish in place of a code."""
    words = "Žáková na horách"
    assert {comment(words.encode(f"utf-16-{end}")) for end in ("le", "be")} == {words}


def test_rubbish_in_place_of_a_code_is_no_text():
    """Canon writes a NUL and seven bytes of memory."""
    assert comment(b"\0\x91xyz\x02\x03\x04Hello there") == "Hello there"
    assert comment(b"\0rubbishHello there") == "Hello there"
    assert comment(b"\x01\x02\x03\x04\x05\x06\x07\x08Hello there") == "Hello there"


def test_a_code_written_twice_is_no_text():
    """A library puts the code before a text to which an app gave one already."""
    assert comment(b"ASCII\0\0\0ASCII\0\0\0Hello") == "Hello"
    assert comment(b"UNICODE\0ASCII\0\0\0Hello") == "Hello"


def test_rubbish_after_the_end_is_no_text():
    """A NUL ends a text; the rest of the field is what lay in memory."""
    assert comment(b"ASCII\0\0\0Hello\0garbage") == "Hello"
    assert comment(b"UNICODE\0" + "Hello".encode("utf-16-le") + b"\0\0garbage!") == "Hello"


def test_other_coded_texts_are_read_alike():
    """GPSProcessingMethod has the same codes, and the same faults."""
    gps = [(PROCESSING, b.UNDEFINED, b"UNICODE\0" + "Réseau".encode("utf-16-be"))]
    found = metadata.read(BytesSource(b.jpeg(b.exif_segment(b.tiff(gps=gps)))))
    assert found.raw["GPS"]["GPSProcessingMethod"] == "Réseau"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("words", SCRIPTS)
def test_windows_texts_are_utf_16_in_either_order_or_utf_8(words, order):
    """XPTitle is little-endian in every block; some write it otherwise."""
    kinds = [(1, words.encode("utf-16-le")), (1, words.encode("utf-16-be")), (b.ASCII, words.encode())]
    for kind, body in kinds:
        block = b.tiff([(XP_TITLE, kind, body + b"\0\0")], order=order)
        assert metadata.read(BytesSource(b.jpeg(b.exif_segment(block)))).get("title") == words


def test_a_short_windows_text_of_an_eight_bit_type_is_eight_bit():
    """Two letters would be a Chinese character as well; the type decides."""
    block = b.tiff([(XP_TITLE, b.ASCII, "Hi")])
    assert metadata.read(BytesSource(b.jpeg(b.exif_segment(block)))).get("title") == "Hi"


@pytest.mark.parametrize("kind", [b.ASCII, UTF8])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Jana Žáková\0Editor\0", "Jana Žáková\nEditor"),
        (" \0Editor\0", "Editor"),
        ("\0Editor\0", "Editor"),
        ("Jana \0\0", "Jana"),
        ("Jana\0 \0", "Jana"),
        ("Jana\0", "Jana"),
        ("Jana", "Jana"),
    ],
)
def test_a_copyright_has_two_parts(body, expected, kind):
    """A NUL parts photographer from editor, in either type of text; a blank part is none."""
    block = b.tiff([(COPYRIGHT, kind, body.encode())])
    assert metadata.read(BytesSource(b.jpeg(b.exif_segment(block)))).get("copyright") == expected


def test_text_of_type_utf_8_ends_at_its_nul():
    """Exif 3.0 added a type for UTF-8; it ends as ASCII does."""
    block = b.tiff([(ARTIST, UTF8, "Jana Žáková\0rest".encode())])
    assert metadata.read(BytesSource(b.jpeg(b.exif_segment(block)))).get("artist") == "Jana Žáková"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"The mayor\x92s \x93plan\x94", "The mayor’s “plan”"),  # Windows-1252
        ("The mayor\x92s".encode(), "The mayor’s"),  # the same, taken for Latin-1 and made UTF-8
        ("mayor\xe2\x80\x99s".encode(), "mayor’s"),  # UTF-8 taken for Latin-1 and made UTF-8 again
        ("Ã¼ber".encode(), "Ã¼ber"),  # perhaps that, perhaps not: as it is
        (b"caf\xe9\x85", "café…"),
        ("Müller’s Straße 1".encode()[:-4], "Müller’s Stra"),  # cut within a character, as fields of 32 bytes are
        ("It’s".encode()[:-2], "It"),
        (b"Caf\xe9", "Café"),
        ("Žáková – Łódź".encode() + b" \x96 caf\xe9", "Žáková – Łódź – café"),  # two writers, two codings
        (b"a\x81b", "a\ufffdb"),  # Windows-1252 has no such character, and it is not passed over in silence
    ],
)
@pytest.mark.parametrize("declared", ["cp1252", "utf-8", "latin-1"])
def test_text_is_what_its_bytes_are_not_what_is_declared(data, expected, declared):
    """UTF-8 is known by its bytes; what is none is Windows-1252, of which nothing is lost."""
    assert text.decode(data, declared) == expected


@pytest.mark.parametrize("charset", [b"\x1b%G", b"\x1b.A", None])
@pytest.mark.parametrize("way", ["utf-8", "cp1252"])
def test_iptc_is_read_by_its_bytes_not_by_its_declaration(way, charset):
    """1:90 says UTF-8 or Latin-1, and is often left behind by a program that writes something else."""
    words = "The mayor’s “plan” for Zürich"
    declared = [(1, 90, charset)] if charset else []
    findings = Findings()
    iptc.read(b.iim(*declared, (2, 120, words.encode(way))), findings)
    assert findings.tags["IPTC"]["Caption-Abstract"] == words


def test_iptc_in_another_part_of_iso_8859_is_read_by_it():
    """ESC - L designates Cyrillic."""
    findings = Findings()
    iptc.read(b.iim((1, 90, b"\x1b-L"), (2, 90, "Москва".encode("iso8859-5"))), findings)
    assert findings.tags["IPTC"]["City"] == "Москва"


def test_xmp_holds_no_c1_controls():
    """Characters of Windows-1252 come as stray bytes, as references, or made UTF-8 as if they were Latin-1."""
    body = "<dc:title>The mayor@s, mayor\x92s, mayor&#146;s</dc:title>"
    findings = Findings()
    xmp.read(b.rdf(body).replace(b"@", b"\x92"), findings)
    assert findings.tags["XMP-dc"]["title"] == "The mayor’s, mayor’s, mayor’s"


def test_a_long_hostile_comment_is_read_quickly():
    """Every way is tried, and only the beginning is judged."""
    started = time.process_time()
    for body in (b"\xe0\xa4" * 32_000, bytes(range(1, 256)) * 250, b"\x00\x01" * 32_000, b"a\0\0" * 21_000):
        for code in (b"JIS\0\0\0\0\0", b"UNICODE\0", b"\x01\x02\x03\x04\x05\x06\x07\x08"):
            coded_text.comment(code + body, "<")
    assert time.process_time() - started < 2


def test_every_pair_of_bytes_is_some_text():
    """No comment, however short, breaks the reading."""
    for pair in range(0, 1 << 16, 7):
        assert isinstance(coded_text.comment(b"UNICODE\0" + struct.pack("<H", pair), "<"), str)
