"""IPTC, XMP and ICC: what they tell, their character sets, and what is broken or hostile in them."""

import struct
import time

import pytest

from image_processing.metadata import icc, iptc, photoshop, xmp
from image_processing.metadata.findings import Findings
from tests.image_processing import builders as b


def read(reader, data):
    findings = Findings()
    reader.read(data, findings)
    return findings


def test_iptc_repeats_what_may_be_repeated():
    """Keywords and by-lines are lists, other datasets the first value."""
    tags = read(iptc, b.iim((2, 25, b"one"), (2, 25, b"two"), (2, 90, b"Oslo"), (2, 90, b"Rome"))).tags["IPTC"]
    assert (tags["Keywords"], tags["City"]) == (["one", "two"], "Oslo")


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        (b"\x1b%G", "Åse".encode()),
        (b"\x1b.A", "Åse".encode("latin-1")),
        (None, "Åse".encode("cp1252")),
        (None, "Åse".encode()),
        (b"\x1b%G", "Åse".encode("cp1252")),
    ],
)
def test_iptc_text_follows_its_character_set(charset, body):
    """The declared set counts; UTF-8 is known where none is declared, Latin where the declaration lies."""
    datasets = [(2, 80, body)] if charset is None else [(1, 90, charset), (2, 80, body)]
    assert read(iptc, b.iim(*datasets)).tags["IPTC"]["By-line"] == ["Åse"]


def test_iptc_reads_extended_datasets():
    """A length may itself be four octets long."""
    data = b"\x1c\2\x78\x80\x04" + struct.pack(">I", 5) + b"Hello"
    assert read(iptc, data).tags["IPTC"]["Caption-Abstract"] == "Hello"


def test_damaged_iptc_keeps_what_came_before():
    """A length beyond the end stops the reading."""
    findings = read(iptc, b.iim((2, 90, b"Oslo")) + b"\x1c\2\x5a\x7f\xffRome")
    assert findings.tags["IPTC"]["City"] == "Oslo"
    assert findings.warnings[0].code == "iptc"


def test_photoshop_resources_are_walked_by_their_padding():
    """Names and bodies are padded to even lengths."""
    data = b"8BIM\x04\x0b\x03abc" + struct.pack(">I", 5) + b"a.com\0" + b.photoshop((0x40A, b"\1"))
    assert read(photoshop, data).tags["Photoshop"] == {"URL": "a.com", "CopyrightFlag": True}


LANGUAGES = (
    "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Hut</rdf:li>"
    "<rdf:li xml:lang='x-default'>Hat</rdf:li></rdf:Alt></dc:title>"
    "<dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two &amp; three</rdf:li></rdf:Bag></dc:subject>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32"])
def test_xmp_is_read_in_every_encoding_it_may_have(encoding):
    """Languages, bags and attributes come out the same."""
    packet = b.rdf(LANGUAGES, 'xmp:Rating="3"').decode().encode(encoding)
    tags = read(xmp, packet).tags
    assert tags["XMP-dc"] == {"title": {"de": "Hut", "x-default": "Hat"}, "subject": ["one", "two & three"]}
    assert tags["XMP-xmp"] == {"Rating": "3"}


def test_xmp_prefixes_are_the_standard_ones_whatever_the_file_calls_them():
    """The namespace decides."""
    packet = b.rdf("<x1:City>Oslo</x1:City>", prefixes='xmlns:x1="http://ns.adobe.com/photoshop/1.0/"')
    assert read(xmp, packet).tags["XMP-photoshop"] == {"City": "Oslo"}


def test_xmp_structures_nest():
    """Structures come as elements, as attributes, with parseType or a description of their own."""
    packet = b.rdf(
        "<e:One e:a='1'/><e:Two rdf:parseType='Resource'><e:a>2</e:a></e:Two>"
        "<e:Three><rdf:Description e:a='3'><e:b><rdf:Seq><rdf:li>4</rdf:li></rdf:Seq></e:b>"
        "</rdf:Description></e:Three>"
        "<e:Four rdf:resource='http://example.org/'/>"
        "<e:Five rdf:parseType='Resource'><rdf:value>5</rdf:value><e:q>x</e:q></e:Five>",
        prefixes='xmlns:e="http://example.org/e/"',
    )
    assert read(xmp, packet).tags["XMP-e"] == {
        "One": {"a": "1"},
        "Two": {"a": "2"},
        "Three": {"a": "3", "b": ["4"]},
        "Four": "http://example.org/",
        "Five": "5",
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packet: packet[: packet.index(b"</rdf:Description>")],
        lambda packet: packet.replace(b"&amp;", b"&"),
        lambda packet: packet.replace(b"</dc:subject>", b"\x01</dc:subject>"),
        lambda packet: packet + b"\0\0 trailing junk",
        lambda packet: b"junk before " + packet,
        lambda packet: packet.replace(b"xmlns:dc", b"xmlns:no"),
    ],
)
def test_broken_xmp_is_read_as_far_as_it_goes(spoil):
    """What stands before the damage, or despite it, is kept."""
    assert read(xmp, spoil(b.rdf(LANGUAGES))).tags["XMP-dc"]["subject"][0] == "one"


def test_xmp_in_latin_bytes_is_no_mojibake():
    """Stray bytes are taken for Windows-1252, the UTF-8 around them for UTF-8."""
    packet = b.rdf("<dc:title>Aim\u00e9 \u2192 Aim@</dc:title>").replace(b"@", b"\xe9")
    assert read(xmp, packet).tags["XMP-dc"]["title"] == "Aimé → Aimé"


def test_xmp_refuses_entities_and_document_types():
    """A billion laughs, or a file of this machine, are never expanded."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/passwd">]>' + b.rdf(
        "<xmp:Label>&a;&b;</xmp:Label>"
    )
    findings = read(xmp, bomb)
    assert findings.tags["XMP-xmp"] == {"Label": "&a;&b;"}
    assert findings.warnings[0].code == "xmp"


def test_xmp_that_nests_without_end_is_stopped():
    """Depth and number of elements are bounded."""
    started = time.process_time()
    read(xmp, b"<a>" * 200_000)
    read(xmp, b.rdf("<xmp:a/>" * 100_000))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("version", [2, 4])
def test_an_icc_profile_tells_its_name(version):
    """Version 2 describes itself in ASCII, version 4 in localized Unicode."""
    tags = read(icc, b.icc("Display P3", version)).tags["ICC_Profile"]
    assert (tags["ProfileDescription"], tags["ColorSpaceData"]) == ("Display P3", "RGB")
    assert tags["ProfileVersion"].startswith(f"{version}.")


def test_a_damaged_icc_profile_is_only_a_warning():
    """Neither rubbish nor offsets beyond the end break the reading."""
    assert read(icc, b"rubbish").warnings[0].code == "icc"
    profile = bytearray(b.icc())
    struct.pack_into(">II", profile, 136, 0x7FFFFFFF, 0x7FFFFFFF)
    assert "ProfileDescription" not in read(icc, bytes(profile)).tags["ICC_Profile"]
