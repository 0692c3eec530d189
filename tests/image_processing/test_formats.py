"""Formats are told by content, and what is not taken is refused by name."""

import pytest

from image_processing.errors import FormatNotAccepted, ImageError, NotAnImage
from image_processing.formats import FORMATS, sniff
from image_processing.source import BytesSource
from tests.image_processing import builders as b


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b.jpeg(), "JPEG"),
        (b.png(), "PNG"),
        (b.webp(b.VP8), "WEBP"),
        (b.gif(b.GIF_FRAME), "GIF"),
        (b.tiff(), "TIFF"),
        (b.tiff(order=">"), "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),
        (b.bmp(), "BMP"),
        (b.heif(), "HEIF"),
        (b.heif(brand=b"avif"), "AVIF"),
        (b.box(b"ftyp", b"mif1\0\0\0\0mif1avif"), "AVIF"),
        (b.box(b"ftyp", b"mif1\0\0\0\0mif1heic"), "HEIF"),
        (b.box(b"ftyp", b"crx \0\0\0\1crx isom"), "CR3"),
        (b.jp2(), "JP2"),
        (b"\xff\x4f\xff\x51\0\x29", "JP2"),
        (b"\xff\x0a\0\0", "JXL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
        (b"II*\0\x10\0\0\0CR\2\0", "CR2"),
        (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"IIU\0\x18\0\0\0", "RW2"),
        (b"IIRO\x08\0\0\0", "ORF"),
    ],
)
def test_a_format_is_told_by_its_first_bytes(data, name):
    """Each accepted format is known by its signature."""
    assert sniff(BytesSource(data)) is FORMATS[name]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'>", "an SVG"),
        (b"\xef\xbb\xbf<svg>", "an SVG"),
        (b.box(b"ftyp", b"isom\0\0\2\0isommp42"), "a video (MP4 or QuickTime)"),
        (b.box(b"ftyp", b"qt  \0\0\0\0qt  "), "a video (MP4 or QuickTime)"),
        (b"8BPS\0\1", "a Photoshop (PSD)"),
        (b"\0\0\1\0\1\0", "an icon (ICO)"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a WAV audio"),
        (b"RIFF\0\0\0\0AVI LIST", "an AVI video"),
        (b"PK\3\4", "a ZIP or office document"),
        (b"ID3\3", "an MP3 audio"),
        (b"OggS", "an Ogg"),
        (b"%!PS-Adobe", "a PostScript"),
        (b"\xc5\xd0\xd3\xc6", "an EPS"),
        (b"v/1\1", "an OpenEXR"),
        (b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
        (b"\x8bJNG\r\n\x1a\n", "a JNG"),
        (b"qoif", "a QOI"),
        (b"<!DOCTYPE html><html>", "a web page (HTML)"),
    ],
)
def test_what_is_known_but_not_taken_is_refused_by_name(data, word):
    """The refusal says what was sent and what to send instead."""
    with pytest.raises(FormatNotAccepted) as refusal:
        sniff(BytesSource(data))
    assert str(refusal.value).startswith(f"This is {word} file. Please send JPEG, PNG")
    assert refusal.value.code == "format_not_accepted"


@pytest.mark.parametrize("data", [b"", b"hello, world", b"BM is how this text begins, and no bitmap", b"\xff\xd8"])
def test_what_is_no_image_is_refused(data):
    """Text, nothing at all, and two lucky bytes are no image."""
    with pytest.raises(NotAnImage) as refusal:
        sniff(BytesSource(data))
    assert refusal.value.code == "not_an_image"


def test_every_refusal_has_a_code_of_its_own():
    """Codes are how clients tell refusals apart."""
    codes = [error.code for error in ImageError.__subclasses__()]
    unreadable = ["not_an_image", "format_not_accepted", "truncated", "corrupt", "not_decodable"]
    assert sorted(codes) == sorted([*unreadable, "too_many_pixels", "too_complex", "too_large"])
