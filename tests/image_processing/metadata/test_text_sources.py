"""Texts that a file holds twice: which of them counts, and which extension belongs to the picture."""

import hashlib
import struct

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

IPTC, DIGEST = 0x404, 0x425
IPTC_TAG, PHOTOSHOP_TAG, XMP_TAG = 0x83BB, 0x8649, 0x02BC
FIRST, SECOND = "A" * 32, "0123456789ABCDEF0123456789ABCDEF"


def read(data):
    return metadata.read(BytesSource(data))


def codes(found):
    return [warning.code for warning in found.warnings]


def alternatives(name, words):
    return f"<dc:{name}><rdf:Alt><rdf:li xml:lang='x-default'>{words}</rdf:li></rdf:Alt></dc:{name}>"


def packet(*, words="", **attributes):
    """Write a packet with a description, and attributes of photoshop and xmpNote."""
    told = " ".join(f'{name.replace("_", ":")}="{value}"' for name, value in attributes.items())
    prefixes = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
    return b.rdf(alternatives("description", words) if words else "", told, prefixes)


def app13(*resources):
    return b.segment(0xED, b"Photoshop 3.0\0" + b.photoshop(*resources))


STREAM = b.iim((1, 90, b"\x1b%G"), (2, 120, b"From IPTC"), (2, 90, b"Oslo"))
OLDER = b.iim((2, 120, b"Before"))


@pytest.mark.parametrize(
    ("digest", "caption"),
    [
        (hashlib.md5(OLDER).digest(), "From IPTC"),
        (hashlib.md5(STREAM).digest(), "From XMP"),
        (hashlib.md5(STREAM + b"\0\0").digest(), "From XMP"),  # filled up since, or before
        (bytes(16), "From XMP"),
        (b"\1" * 15, "From XMP"),
        (None, "From XMP"),
    ],
)
def test_the_digest_of_iptc_tells_whether_xmp_is_stale(digest, caption):
    """A digest of another stream means that IPTC was changed later; zeros, half a digest or none say nothing."""
    resources = [(IPTC, STREAM)] + ([(DIGEST, digest)] if digest else [])
    found = read(b.jpeg(b.xmp_segment(packet(words="From XMP", photoshop_Country="Norway")), app13(*resources)))
    assert found.get("caption") == caption
    assert found.origins["caption"] == ("IPTC:Caption-Abstract" if "IPTC" in caption else "XMP-dc:description")
    assert (found.get("city"), found.get("country")) == ("Oslo", "Norway")  # what one alone holds is taken from it


def test_fresh_iptc_does_not_go_before_exif():
    """The digest compares IPTC with XMP alone."""
    exif = b.exif_segment(b.tiff([(0x8298, b.ASCII, "From Exif")]))
    fresh = app13((IPTC, b.iim((2, 116, b"From IPTC"))), (DIGEST, b"\1" * 16))
    xmp = b.xmp_segment(b.rdf(alternatives("rights", "From XMP")))
    assert read(b.jpeg(exif, xmp, fresh)).get("copyright") == "From Exif"
    assert read(b.jpeg(xmp, fresh)).get("copyright") == "From IPTC"


@pytest.mark.parametrize("first", [True, False])
def test_iptc_of_a_jpeg_lies_in_its_photoshop_segment(first):
    """Exif's tag of the same serves where the segment says nothing, wherever the two lie."""
    exif = b.exif_segment(b.tiff([(IPTC_TAG, b.UNDEFINED, b.iim((2, 120, b"Exif"), (2, 90, b"Oslo")))]))
    segment = app13((IPTC, b.iim((2, 120, b"Photoshop"))))
    found = read(b.jpeg(*((exif, segment) if first else (segment, exif))))
    assert (found.get("caption"), found.get("city")) == ("Photoshop", "Oslo")


@pytest.mark.parametrize("order", ["<", ">"])
def test_iptc_of_a_tiff_lies_in_its_own_tag(order):
    """Photoshop's resources serve where the tag says nothing, and hold the digest of the tag."""
    resources = b.photoshop((IPTC, b.iim((2, 120, b"Photoshop"), (2, 90, b"Oslo"))), (DIGEST, b"\1" * 16))
    entries = [(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (XMP_TAG, 1, packet(words="From XMP"))]
    entries += [(PHOTOSHOP_TAG, 1, resources), (IPTC_TAG, b.UNDEFINED, STREAM)]
    found = read(b.tiff(entries, order=order))
    assert (found.get("caption"), found.get("city")) == ("From IPTC", "Oslo")


def test_the_digest_of_a_tiff_is_that_of_its_own_tag():
    """The stream in Photoshop's resources is another copy, of which it says nothing."""
    digest = hashlib.md5(STREAM).digest()
    resources = b.photoshop((IPTC, b.iim((2, 120, b"Photoshop"))), (DIGEST, digest))
    entries = [(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (XMP_TAG, 1, packet(words="From XMP"))]
    entries += [(IPTC_TAG, b.UNDEFINED, STREAM), (PHOTOSHOP_TAG, 1, resources)]
    assert read(b.tiff(entries)).get("caption") == "From XMP"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", [True, False])
def test_iptc_of_type_long_is_read_in_either_byte_order(turned, order):
    """TIFF declares IPTC as LONG, and some writers turn its bytes around."""
    stream = STREAM + bytes(-len(STREAM) % 4)
    if turned:
        stream = b"".join(stream[at : at + 4][::-1] for at in range(0, len(stream), 4))
    numbers = struct.unpack(f"{order}{len(stream) // 4}I", stream)
    found = read(b.tiff([(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (IPTC_TAG, b.LONG, numbers)], order=order))
    assert (found.get("caption"), found.get("city")) == ("From IPTC", "Oslo")


def test_iptc_is_cut_at_its_first_nul():
    """Fields of fixed length are filled up with what lay in memory."""
    found = read(b.jpeg(app13((IPTC, b.iim((2, 120, b"Caption\0rest"), (2, 25, b"one\0\0"), (2, 25, b"\0"))))))
    assert (found.get("caption"), found.get("keywords")) == ("Caption", ["one"])


def test_photoshop_resources_go_on_from_segment_to_segment():
    """A resource may be parted between two segments; a segment may begin with a resource of its own."""
    whole = b.photoshop((IPTC, b.iim((2, 120, b"x" * 300))), (0x40B, b"a.com"))
    parts = [b.segment(0xED, b"Photoshop 3.0\0" + part) for part in (whole[:100], whole[100:])]
    assert read(b.jpeg(*parts)).get("caption") == "x" * 300
    found = read(b.jpeg(app13((0x40B, b"a.com")), app13((IPTC, b.iim((2, 120, b"Second"))))))
    assert (found.get("caption"), found.raw["Photoshop"]["URL"]) == ("Second", "a.com")


@pytest.mark.parametrize("padding", [b"", b"\0\0"])
def test_photoshop_resources_are_found_after_a_wrong_padding(padding):
    """A body of odd length ought to be followed by one zero."""
    data = b"8BIM\x04\x0b\0\0\0\0\0\5a.com" + padding + b.photoshop((IPTC, b.iim((2, 120, b"Found"))))
    assert read(b.jpeg(b.segment(0xED, b"Photoshop 3.0\0" + data))).get("caption") == "Found"


def test_payloads_of_the_jpeg_go_before_those_in_exif():
    """Exif may hold XMP and Photoshop's resources as tags, which are older copies."""
    entries = [(XMP_TAG, 1, packet(words="In Exif", photoshop_City="Oslo"))]
    found = read(b.jpeg(b.exif_segment(b.tiff(entries)), b.xmp_segment(packet(words="In its segment"))))
    assert (found.get("caption"), found.get("city")) == ("In its segment", "Oslo")


def extension(guid, body, offset=0, full=None):
    head = guid.encode() + struct.pack(">II", len(body) if full is None else full, offset)
    return b.segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + head + body)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("named", [SECOND, SECOND.lower()])
def test_the_extension_is_the_one_that_the_packet_names(named, place):
    """Programs leave extensions of earlier states behind, before or after the right one."""
    main = b.xmp_segment(packet(xmpNote_HasExtendedXMP=named))
    stale = extension(FIRST, packet(words="Stale", photoshop_City="Staletown"))
    segments = [stale, extension(SECOND, packet(words="Right"))]
    segments.insert(place, main)
    found = read(b.jpeg(*segments))
    assert (found.get("caption"), found.get("city")) == ("Right", None)


def test_an_extension_that_no_packet_names_is_left_out():
    """A program that wrote a new packet without one left it behind."""
    found = read(b.jpeg(b.xmp_segment(packet(photoshop_City="Oslo")), extension(FIRST, packet(words="Stale"))))
    assert (found.get("caption"), found.get("city")) == (None, "Oslo")
    assert codes(found) == ["xmp_extension"]


def test_an_extension_that_is_missing_is_a_warning():
    """The packet names one that is not there."""
    found = read(b.jpeg(b.xmp_segment(packet(words="Here", xmpNote_HasExtendedXMP=FIRST))))
    assert found.get("caption") == "Here"
    assert codes(found) == ["xmp_extension"]


BODY = packet(words="Far out", photoshop_City="Oslo")
AT = BODY.index(b"<rdf:Alt>")
PARTS = [(0, BODY[:AT]), (AT, BODY[AT : AT + 40]), (AT + 40, BODY[AT + 40 :])]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2, 1, 0), (2, 2, 1, 0)])
def test_parts_of_an_extension_come_in_any_order_and_twice(order):
    """Their offsets put them together."""
    parts = [extension(FIRST, PARTS[n][1], PARTS[n][0], len(BODY)) for n in order]
    found = read(b.jpeg(*parts, b.xmp_segment(packet(xmpNote_HasExtendedXMP=FIRST))))
    assert (found.get("caption"), found.get("city")) == ("Far out", "Oslo")
    assert codes(found) == []


@pytest.mark.parametrize("full", [0, 10, len(BODY) + 5, 0xFFFFFFFF])
def test_a_wrong_length_does_not_cut_an_extension(full):
    """The parts that are there count; that the length does not is a warning."""
    main = b.xmp_segment(packet(xmpNote_HasExtendedXMP=FIRST))
    found = read(b.jpeg(main, *(extension(FIRST, body, at, full) for at, body in PARTS)))
    assert found.get("caption") == "Far out"
    assert codes(found) == ["xmp_extension"]


def test_an_extension_is_read_up_to_a_part_that_is_missing():
    """Text after a gap is not joined to the text before it, and a text that is cut is none."""
    main = b.xmp_segment(packet(xmpNote_HasExtendedXMP=FIRST))
    at = BODY.index(b"Far out")
    parts = [extension(FIRST, BODY[:at] + b"Far", 0), extension(FIRST, BODY[at + 7 :], at + 7)]
    found = read(b.jpeg(main, *parts))
    assert (found.get("caption"), found.get("city")) == (None, "Oslo")
    assert "xmp_extension" in codes(found)


def test_parts_of_an_extension_may_overlap():
    """What one part says again is not read twice."""
    parts = [extension(FIRST, BODY[: AT + 20], 0, len(BODY)), extension(FIRST, BODY[AT:], AT, len(BODY))]
    found = read(b.jpeg(b.xmp_segment(packet(xmpNote_HasExtendedXMP=FIRST)), *parts))
    assert found.get("caption") == "Far out"
    assert codes(found) == []


@pytest.mark.parametrize(
    "head",
    [b"http://ns.adobe.com/xap/1.0/", b"http://ns.adobe.com/xap/1.0/ ", b"XMP\0://ns.adobe.com/xap/1.0/\0", b""],
)
def test_a_packet_is_found_after_a_damaged_signature(head):
    """The packet tells itself."""
    assert read(b.jpeg(b.segment(0xE1, head + packet(words="Found")))).get("caption") == "Found"


def test_of_several_packets_the_first_wins():
    """A later one fills in what the first lacks."""
    segments = [b.xmp_segment(packet(words="First")), b.xmp_segment(packet(words="Second", photoshop_City="Oslo"))]
    found = read(b.jpeg(*segments))
    assert (found.get("caption"), found.get("city")) == ("First", "Oslo")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packet: packet.replace("<?xpacket end", "\0\0\0<?xpacket end").encode(),
        lambda packet: packet.encode() + bytes(2000),
        lambda packet: ("\n\n" + packet).encode("utf-16-le"),
        lambda packet: ("\n\n" + packet).encode("utf-16-be"),
        lambda packet: ("\n" + packet).encode("utf-32-be"),
        lambda packet: packet.replace("x:xmpmeta", "x:xapmeta").encode(),
        lambda packet: packet.replace("x:xmpmeta", "xmpmeta").encode(),
        lambda packet: packet.replace("adobe:ns:meta/", "http://example.org/").encode(),
        lambda packet: packet.replace("</x:xmpmeta>", "").encode(),
        lambda packet: packet.replace("</x:xmpmeta>", "</x:xapmeta>").encode(),
        lambda packet: packet.replace("purl.org/dc/elements/1.1/", "purl.org/dc/elements/1.1").encode(),
        lambda packet: packet.replace("http://purl.org/dc", "https://purl.org/DC").encode(),
        lambda packet: packet.replace("rdf:", "").replace("xmlns:rdf", "xmlns").encode(),
    ],
)
def test_a_packet_is_read_in_any_wrapper_and_coding(spoil):
    """Wrappers of another name, not closed or of no namespace, and zeros for padding change nothing."""
    found = read(b.jpeg(b.xmp_segment(spoil(packet(words="Told").decode()))))
    assert found.get("caption") == "Told"


@pytest.mark.parametrize("where", [b"<?xpacket end", b"<rdf:Description", b"</x:xmpmeta>"])
def test_zeros_for_padding_are_no_damage(where):
    """Writers fill up a packet where they changed it."""
    found = read(b.jpeg(b.xmp_segment(packet(words="Told").replace(where, bytes(9) + where))))
    assert (found.get("caption"), codes(found)) == ("Told", [])


@pytest.mark.parametrize("declared", ['xmlns:xap="http://ns.adobe.com/xap/1.0/"', ""])
def test_the_old_prefix_of_xmp_is_read(declared):
    """XMP was once called XAP; its prefix is known even where it is not declared."""
    assert read(b.jpeg(b.xmp_segment(b.rdf("", 'xap:Rating="5"', declared)))).get("rating") == 5


@pytest.mark.parametrize("uri", ["http://ns.microsoft.com/photo/1.0/", "http://ns.microsoft.com/photo/1.0"])
def test_microsofts_rating_is_read(uri):
    """Windows writes its namespace with and without the last stroke."""
    found = read(b.jpeg(b.xmp_segment(b.rdf("", 'M:Rating="75"', f'xmlns:M="{uri}"'))))
    assert found.raw["XMP-MicrosoftPhoto"]["Rating"] == "75"
