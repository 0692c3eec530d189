"""Files of 200 MB that are made while they are read: for each loop of each reader, what keeps it busy longest."""

from __future__ import annotations

import struct
import zlib

from tests.image_processing import builders as b

SIZE = 200_000_000
LIST, UNDEFINED, LONG, RATIONAL, ASCII = 16, 7, 4, 5, 2


class Flood:
    """A source that is a head, then one unit again and again."""

    ranged = False

    def __init__(self, head, unit, size=SIZE):
        self.head, self.unit, self.size = head, unit, size
        self._many = unit * max(2, (1 << 20) // len(unit))

    def read(self, offset, length):
        """Read as any source does."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        pieces = [self.head[offset : offset + length]]
        left = length - len(pieces[0])
        start = max(offset - len(self.head), 0) % len(self.unit)
        while left > 0:
            pieces.append(self._many[start : start + left])
            left -= len(pieces[-1])
            start = (start + len(pieces[-1])) % len(self.unit)
        return b"".join(pieces)


def entries(count, tag, kind, length, place=8):
    """Write a TIFF directory of equal entries."""
    return struct.pack("<H", count) + struct.pack("<HHII", tag, kind, length, place) * count + bytes(4)


def directories(count, tag, kind, length, each=2000):
    """Write a TIFF of directories one after the other, each of equal entries."""
    body, at = b"II*\0\x08\0\0\0", 8
    for _ in range(count):
        at += 6 + 12 * each
        body += entries(each, tag, kind, length)[:-4] + struct.pack("<I", at)
    return body


def noted(make, note):
    """Write an Exif block whose maker note lies at 64."""
    first = b.directory([(0x10F, ASCII, make), (0x8769, LONG, 46)], 8)
    return (b"II*\0\x08\0\0\0" + first).ljust(46, b"\0") + entries(1, 0x927C, UNDEFINED, 40_000, 64) + note


def tags_of(profile_tag, count):
    """Write an ICC profile of many tags that share one value of 64 long texts without a printable character."""
    texts = b"mluc\0\0\0\0" + struct.pack(">II", 64, 12) + struct.pack(">2s2xII", b"fr", 4000, 0) * 64
    head = bytes(36) + b"acsp" + bytes(88) + struct.pack(">I", count)
    return head + struct.pack(">4sII", profile_tag, 132 + 12 * count, 4096) * count + texts + b"\0\1" * 2000


def graph(nodes, inputs):
    """Write ComfyUI's graph: each node asks one of twenty, which all ask many."""
    many = ",".join(f'"i{n}":["{n}",0]' for n in range(inputs))
    asked = [f'"{n}":{{"class_type":1,"inputs":{{"positive":["big{n % 20}",0]}}}}' for n in range(nodes)]
    asking = [f'"big{n}":{{"class_type":1,"inputs":{{{many}}}}}' for n in range(20)]
    return ("{" + ",".join(asked + asking) + "}").encode()


def item_file(properties=(), associations=b"", count=0, references=(), *more):
    """Write a HEIF with the item 1 whose boxes are given."""
    ipma = b.full(b"ipma", struct.pack(">I", count) + associations, flags=1)
    return HEIF + b.full(
        b"meta",
        b.full(b"pitm", b"\0\1"),
        b.box(b"iprp", b.box(b"ipco", *properties), ipma),
        b.full(b"iref", *references),
        *more,
    )


def superbox(kind, *boxes):
    """Write a JUMBF superbox."""
    return b.box(b"jumb", b.box(b"jumd", kind, bytes(13)), *boxes)


def manifest(kind, content):
    """Write a C2PA store of one manifest that holds one box of CBOR."""
    return superbox(b"c2pa", superbox(b"c2ma", superbox(kind, b.box(b"cbor", content))))


def nested_keys(depth):
    """Write a CBOR mapping whose key is a mapping whose key is a mapping ..."""
    return b"\xa1" * depth + b"\x58\x64" + b"\xff" * 100 + b"\1" * depth


def certificates(count):
    """Write a COSE signature with a certificate whose subject is one of many names."""
    names = (b"\x31\x82\x7f\xf0" + (b"\x30\x82\1\x90" + b"\2\0" * 200) * 81)[:32_756] * count
    signed = b"\2\0\2\0\2\0\2\0" + b"\x30\x84" + struct.pack(">I", len(names)) + names
    for _ in range(2):
        signed = b"\x30\x84" + struct.pack(">I", len(signed)) + signed
    return b"\x82\x40\xa1\x18\x21\x5a" + struct.pack(">I", len(signed)) + signed


def extents(first, others):
    """Write a HEIF whose Exif item has one extent of a negative length, and many that are the whole file."""
    infe = b.full(b"infe", struct.pack(">HH", 1, 0), b"Exif", b"\0", version=2)
    places = struct.pack(">II", *first) + struct.pack(">II", 1, 190_000_000) * others
    iloc = b.full(b"iloc", b"\x44\0" + struct.pack(">HHHHH", 1, 1, 0, 0, others + 1) + places, version=1)
    return item_file((), b"", 0, (), b.full(b"iinf", b"\0\1", infe), iloc) + struct.pack(">I4s", 0, b"mdat")


CONTROLS = b"\1a" * 30_000
DATASETS = (b"\x1c\x02\x19\x1f\x40" + b"\1a" * 4000) * 1900
AMPERSANDS = b"<a>" + b"&" * 60_000
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")

JPEG = b"\xff\xd8" + b.sof()
PNG = b.png()[:33]
GIF = b"GIF89a" + bytes(7)
FRAME = b"\x2c" + bytes(9) + b"\x02"
WEBP = b"RIFF" + struct.pack("<I", SIZE - 8) + b.webp(b.vp8x(0x2E))[8:]
HEIF = b.box(b"ftyp", b"heic\0\0\0\0heic")
JP2 = b.jp2()
JXL = b"\0\0\0\x0cJXL \r\n\x87\n"
CR3 = b.box(b"ftyp", b"crx \0\0\0\0crx ")
RW2 = (b"IIU\0\x08\0\0\0" + entries(2048, 0x2E, UNDEFINED, 1 << 20, 24_590)).ljust(24_590, b"\0")
RAF = b"FUJIFILMCCD-RAW ".ljust(84, b"0") + struct.pack(">III", 108, 190_000_000, 108) + bytes(12)


def itxt(packet):
    """Write XMP in a PNG."""
    return b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


def text(value, keyword=b"k"):
    """Write a text in a PNG."""
    return b.chunk(b"tEXt", keyword + b"\0" + value)


FLOODS = {
    "JPEG: stray bytes before each segment": (JPEG, b"\xff\1x" * 4000 + b.segment(0xFE, b"c")),
    "JPEG: stray markers": (JPEG, b"\xff\1x"),
    "JPEG: stuffed bytes": (JPEG, b"\xff\0"),
    "JPEG: fill bytes": (JPEG, b"\xff"),
    "JPEG: comments of controls": (JPEG, b.segment(0xFE, CONTROLS)),
    "JPEG: Exif in parts": (
        JPEG + b.exif_segment(b"II*\0\x08\0\0\0" + bytes(60_000)),
        b.exif_segment(b"zz" + bytes(65_000)),
    ),
    "JPEG: Exif directories upon each other": (
        JPEG,
        b.exif_segment(
            b"II*\0\x50\0\0\0".ljust(80, b"P") + entries(2047, 0x14A, LONG, 16) + entries(3000, 1, 4, 16)
        ),
    ),
    "JPEG: Exif values of controls": (
        JPEG,
        b.exif_segment(b"II*\0\x08\0\0\0" + entries(70, 0x8298, ASCII, 60_000) + CONTROLS),
    ),
    "JPEG: Canon's lens, again and again": (
        JPEG,
        b.exif_segment(noted("Canon\0\0", entries(2047, 0x95, RATIONAL, 4000) + bytes(33_000))),
    ),
    "JPEG: Olympus's directory in itself": (
        JPEG,
        b.exif_segment(noted("OLYMPUS", b"OLYMP\0\1\0" + entries(2047, 0x2010, LONG, 1, 72) + bytes(33_000))),
    ),
    "JPEG: counts of pictures": (
        JPEG,
        b.segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + entries(2048, 0xB001, RATIONAL, 4000) + bytes(40_000)),
    ),
    "JPEG: XMP of ampersands": (JPEG, b.xmp_segment(AMPERSANDS)),
    "JPEG: small profiles": (JPEG, b.segment(0xE2, b"ICC_PROFILE\0\1\1" + tags_of(b"desc", 100))),
    "PNG: chunks": (PNG, b.chunk(b"teSt", b"")),
    "PNG: profiles of many texts": (PNG, b.chunk(b"iCCP", b"x\0\0" + zlib.compress(tags_of(b"desc", 100)))),
    "PNG: texts of controls": (PNG, text(b"\1a" * 500_000)),
    "PNG: a raw profile of few digits": (PNG, text(b"\nexif\n 1\n" + b"a-" * 4_000_000, b"Raw profile type exif")),
    "PNG: damaged texts": (PNG, b.chunk(b"zTXt", b"k\0\0\x78\1" + b"\0\0\0\xff\xff" * 1_600_000 + b"\7")),
    "PNG: texts that grow": (PNG, b.chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(8 << 20)))),
    "PNG: NULs": (PNG, b.chunk(b"iTXt", b"k\0\0\0\0\0" + bytes(8_000_000))),
    "PNG: XMP of ampersands": (PNG, itxt(b"<a>" + b"&" * 4_000_000)),
    "PNG: XMP of attributes": (PNG, itxt(b"<a " + b" ".join(b"a%d=''" % n for n in range(400_000)) + b"/>")),
    "PNG: XMP of elements": (PNG, itxt(b.rdf("<dc:a>x</dc:a>" * 19_000))),
    "PNG: XMP of comments": (PNG, itxt(b.rdf("<dc:a>" + "\n<!-- -->" * 400_000 + "</dc:a>"))),
    "PNG: a graph": (PNG, text(graph(8000, 1000), b"prompt")),
    "PNG: JSON that nests": (PNG, text(b'{"a":' + b"[" * 1_000_000, b"prompt")),
    "PNG: JUMBF that nests": (
        PNG,
        b.chunk(b"caBX", superbox(b"c2pa", *[superbox(b"c2ma", superbox(b"c2ma", bytes(1000)))] * 4000)),
    ),
    "PNG: CBOR whose keys double": (PNG, b.chunk(b"caBX", manifest(b"c2cl", nested_keys(25)))),
    "PNG: a certificate of names": (PNG, b.chunk(b"caBX", manifest(b"c2cs", certificates(200)))),
    "GIF: frames": (GIF, FRAME + b"\0"),
    "GIF: blocks of a byte": (GIF + FRAME, b"\1x"),
    "GIF: comments of controls": (GIF, b"\x21\xfe" + (b"\xff" + b"\1" * 255) * 256 + b"\0"),
    "GIF: XMP byte by byte": (GIF, b"\x21\xff\x0bXMP DataXMP" + b"\1x" * 2_000_000 + b"\0"),
    "GIF: extensions": (GIF, b"\x21\1\0"),
    "WebP: frames": (WEBP, b"ANMF" + bytes(4)),
    "WebP: profiles": (WEBP, b"ICCP" + struct.pack("<I", len(tags_of(b"desc", 100))) + tags_of(b"desc", 100)),
    "TIFF: texts": (directories(64, 0x8001, ASCII, 2000), b"\1a"),
    "TIFF: rationals": (directories(64, 0x8001, RATIONAL, 8000), b"\1a"),
    "TIFF: directories below each other": (directories(64, 0x14A, LONG, 16_000), b"\1a"),
    "TIFF: payloads at the end": (
        b"II*\0\x08\0\0\0" + entries(2048, 0x2BC, UNDEFINED, 16_000_000, SIZE - 15_999_000),
        b"\1a",
    ),
    "TIFF: Photoshop's texts": (
        (b"II*\0\x08\0\0\0" + entries(1, 0x8649, UNDEFINED, 16_000_000, 100)).ljust(100, b"\0"),
        b.photoshop((0x40B, CONTROLS)),
    ),
    "TIFF: IPTC": (
        (b"II*\0\x08\0\0\0" + entries(1, 0x83BB, UNDEFINED, 16_000_000, 100)).ljust(100, b"\0"),
        DATASETS[:8005],
    ),
    "HEIF: boxes": (HEIF, b.box(b"free")),
    "HEIF: tracks": (HEIF, b.box(b"moov", b.box(b"trak", b.box(b"mdia") * 4900) * 50)),
    "HEIF: headers of tracks": (HEIF, b.box(b"moov", b.box(b"trak", b.box(b"tkhd") * 4900) * 50)),
    "HEIF: XMP": (HEIF, b.box(b"uuid", XMP_UUID, b"<a>" + b"&" * 4_000_000)),
    "HEIF: kinds of auxiliary images": (
        item_file(
            [b.box(b"auxC", bytes(4_000_000))],
            (b"\0\2\xff" + b"\0\1" * 255) * 300,
            300,
            [b.box(b"auxl", struct.pack(">HHH", 2, 1, 1))] * 4000,
        ),
        b"\0",
    ),
    "HEIF: profiles of one item": (
        item_file([b.box(b"colr", b"prof" + bytes(4_000_000))], (b"\0\1\xff" + b"\0\1" * 255) * 300, 300),
        b"\0",
    ),
    "HEIF: properties of many references": (
        item_file(
            [b.box(b"free")] * 4900,
            b"".join(
                b"\0\2\xff" + struct.pack(">255H", *(1 + (255 * n + m) % 4900 for m in range(255)))
                for n in range(350)
            ),
            350,
            [b.box(b"auxl", struct.pack(">HHH", 2, 1, 1))] * 4000,
        ),
        b"\0",
    ),
    "HEIF: extents": (extents((0xF0000000, 0), 254), b"\0"),
    "JP2: headers": (JP2, b.box(b"jp2h", b.box(b"ihdr") * 4900)),
    "JP2: resolutions": (JP2, b.box(b"jp2h", b.box(b"res ", b.box(b"resc", b"\0\1" * 5) * 4900) * 40)),
    "JP2: IPTC": (JP2, b.box(b"uuid", IPTC_UUID, DATASETS)),
    "JXL: boxes": (JXL, b.box(b"jxlp")),
    "CR3: boxes of directories": (
        CR3,
        b.box(b"moov", b.box(b"uuid", CANON_UUID, b.box(b"CMT1", directories(4, 0x8001, ASCII, 40)) * 20)),
    ),
    "CR3: boxes": (CR3, b.box(b"uuid", bytes(24), b.box(b"PRVW") * 4900)),
    "RW2: previews": (RW2 + b.jpeg(*[b.xmp_segment(AMPERSANDS)] * 15), b"\0"),
    "RAF: a preview of stray bytes": (RAF + JPEG, b"\xff\1x"),
    "MRW: blocks of Exif": (
        b"\0MRM" + struct.pack(">I", SIZE),
        b"\0TTW" + struct.pack(">I", len(directories(20, 1, 3, 1))) + directories(20, 1, 3, 1),
    ),
    "CRW: records": (b"II\x0e\0\0\0HEAPCCDR", struct.pack("<HHII", 1000, 0x080A, 4096, 0)),
}
