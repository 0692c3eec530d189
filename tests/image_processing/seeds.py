"""One small, whole file of every format that the reader knows, with metadata of every kind it can carry."""

import struct

from tests.image_processing import builders as b

EXIF = b.tiff(
    [(0x10F, b.ASCII, "NIKON CORPORATION"), (0x112, b.SHORT, 6), (0x11A, b.RATIONAL, [(300, 1)])],
    [
        (0x9003, b.ASCII, "2020:02:03 04:05:06"),
        (0x9286, b.UNDEFINED, b"ASCII\0\0\0Hi"),
        (0x927C, b.UNDEFINED, b"Nikon\0\2\x10\0\0" + b.tiff([(0x1D, b.ASCII, "777")])),
    ],
    [(1, b.ASCII, "N"), (2, b.RATIONAL, ((60, 1), (30, 1), (1, 1)))],
    [(0x103, b.SHORT, 6)],
)
XMP = b.rdf("<dc:subject><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></dc:subject>", 'xmp:Rating="4"')
IPTC = b"Photoshop 3.0\0" + b.photoshop((0x404, b.iim((2, 25, b"one"), (2, 55, b"20200203"))))
JXL = b"\0\0\0\x0cJXL \r\n\x87\n" + b.box(b"jxlc", b"\xff\x0a\x41\x05\0\0\0") + b.box(b"Exif", b"\0\0\0\0", EXIF)

SEEDS = {
    "jpeg": b.jpeg(
        b.exif_segment(EXIF),
        b.xmp_segment(XMP),
        b.segment(0xED, IPTC),
        b.segment(0xE2, b"ICC_PROFILE\0\1\1" + b.icc()),
    ),
    "png": b.png(
        b.chunk(b"eXIf", EXIF),
        b.chunk(b"tEXt", b"Title\0Hi"),
        b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    ),
    "webp": b.webp(b.vp8x(0x2C), (b"ICCP", b.icc(version=4)), b.VP8, (b"EXIF", EXIF), (b"XMP ", XMP)),
    "gif": b.gif(b"\x21\xfe\x02Hi\0", b.GIF_FRAME, b.GIF_FRAME),
    "tiff": EXIF + bytes(50),
    "tiff, big endian": b.tiff([(0x100, b.SHORT, 4), (0x101, b.SHORT, 3), (0x14A, b.LONG, 8)], order=">"),
    "bmp": b.bmp(),
    "heif": b.heif(
        items=[(b"Exif", b"", b"\0\0\0\0" + EXIF), (b"mime", b"application/rdf+xml", XMP)],
        properties=[b.box(b"irot", b"\1"), b.box(b"colr", b"prof", b.icc())],
    ),
    "jp2": b.jp2(b.box(b"res ", b.box(b"resc", bytes(10)))) + b.box(b"uuid", b"JpgTiffExif->JP2", EXIF),
    "jxl": JXL,
    "raf": b"FUJIFILMCCD-RAW ".ljust(84, b"0")
    + struct.pack(">III", 108, 2000, 99_999)
    + bytes(12)
    + b.jpeg(b.exif_segment(EXIF)),
    "crw": b"II\x0e\0\0\0HEAPCCDR"
    + struct.pack("<IIfi", 40, 30, 1, 90)
    + struct.pack("<HHII", 1, 0x1810, 16, 0)
    + struct.pack("<I", 16),
    "rw2": b"IIU\0" + b.tiff([(4, b.SHORT, 1), (5, b.SHORT, 2), (6, b.SHORT, 31), (7, b.SHORT, 42)])[4:],
    "mrw": b"\0MRM" + struct.pack(">I", len(EXIF) + 8) + b"\0TTW" + struct.pack(">I", len(EXIF)) + EXIF,
}
