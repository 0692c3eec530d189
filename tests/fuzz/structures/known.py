"""Kinds of bombs that are known, each as its generator makes it: tried first, for chance may not come to them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from tests.fuzz.structures import gif, heif, jp2, jpeg, png, tiff, webp, zeros
from tests.fuzz.structures.boxes import box

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE = 10_900  # pixels of a side: just below what is refused at sight


def _coded(form: str, side: int, *told: bytes) -> bytes:
    configuration, data = heif.coded(form, side)
    return heif.file(form, [heif.Item(heif.CODECS[form][1], data, (configuration, *told))], 1)


def _derived(form: str, *items: heif.Item) -> bytes:
    """Write a coded image of 64 by 64, and the images derived from it; the last is shown."""
    configuration, data = heif.coded(form, 64)
    tile = heif.Item(heif.CODECS[form][1], data, (configuration, heif.ispe(64, 64)))
    return heif.file(form, [tile, *items], len(items) + 1)


def _tiff(compression: int, piece: bytes, tile: int, *, samples: int = 3, bits: int = 8) -> bytes:
    entries: dict[int, tiff.Entry] = {
        256: (4, [64]),
        257: (4, [64]),
        258: (3, [bits] * samples),
        259: (3, [compression]),
        262: (3, [2 if samples >= 3 else 1]),
        277: (3, [samples]),
        322: (4, [tile]),
        323: (4, [tile]),
        324: (4, [16]),
        325: (4, [len(piece)]),
    }
    if samples > 3:
        entries[338] = (3, [0] * (samples - 3))
    return tiff.write(entries, piece)


def _png(size: tuple[int, int], *before: bytes, raw: int = 0, interlace: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, interlace)
    pixels = zeros.deflated(raw or (3 * size[0] + 1) * size[1])
    chunks = [png.chunk(b"IHDR", head), *before, png.chunk(b"IDAT", pixels), png.chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _gif(screen: tuple[int, int], frame: tuple[int, int], count: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return head + (b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + gif.pixels(*frame)) * count + b"\x3b"


def _jp2(size: int, tile: int, components: int = 3, **fields: Any) -> bytes:
    stream = jp2.Stream((size, size), (tile, tile), components)._replace(**fields)
    return jp2.boxed(stream, (size, size), 3)


KNOWN: dict[str, Callable[[], bytes]] = {
    "jpeg: a progressive frame behind a restart marker": lambda: jpeg.flat(
        (_LARGE, _LARGE), frame=jpeg.PROGRESSIVE, sampling=(0x11,) * 3, hidden=True
    ),
    "jpeg: baseline scans of one component each": lambda: jpeg.flat(
        (_LARGE, _LARGE), sampling=(0x11,) * 4, scans=4
    ),
    "jpeg: a thousand scans": lambda: jpeg.flat((4096, 4096), frame=jpeg.PROGRESSIVE, scans=1000),
    "jpeg: arithmetic coding": lambda: jpeg.flat((_LARGE, _LARGE), frame=0xCA, sampling=(0x11,) * 3),
    "jpeg: sampling of 4 by 4": lambda: jpeg.flat((_LARGE, _LARGE), sampling=(0x44, 0x11, 0x11)),
    "jpeg: lines told at the end": lambda: jpeg.flat((_LARGE, _LARGE), dnl=True),
    "jpeg: restarts": lambda: jpeg.flat((_LARGE, _LARGE), restart=1),
    "heif: an overlay of 20,000": lambda: _derived(
        "HEIF", heif.Item(b"iovl", heif.overlay(20_000, 20_000, [(0, 0)]), (heif.ispe(64, 64),), (1,))
    ),
    "heif: an overlay of 4,000 images": lambda: _derived(
        "HEIF", heif.Item(b"iovl", heif.overlay(4000, 4000, [(0, 0)] * 4000), (heif.ispe(64, 64),), (1,) * 4000)
    ),
    "heif: a grid of 100 by 100": lambda: _derived(
        "HEIF", heif.Item(b"grid", heif.grid(100, 100, 6400, 6400), (heif.ispe(64, 64),), (1,) * 10_000)
    ),
    "heif: a grid larger than its tiles": lambda: _derived(
        "HEIF", heif.Item(b"grid", heif.grid(1, 1, 20_000, 20_000), (heif.ispe(64, 64),), (1,))
    ),
    "heif: a chain of identities": lambda: _derived(
        "HEIF", *(heif.Item(b"iden", b"", (heif.ispe(64, 64),), (n,)) for n in range(1, 2000))
    ),
    "heif: an identity of itself": lambda: _derived("HEIF", heif.Item(b"iden", b"", (heif.ispe(64, 64),), (2,))),
    "heif: overlays of overlays": lambda: _derived(
        "HEIF",
        *(
            heif.Item(b"iovl", heif.overlay(1000, 1000, [(0, 0)] * 8), (heif.ispe(64, 64),), (n,) * 8)
            for n in range(1, 9)
        ),
    ),
    "heif: an aperture larger than its image": lambda: _coded(
        "HEIF", 64, heif.ispe(64, 64), heif.clap(20_000, 20_000)
    ),
    "avif: a grid larger than its tiles": lambda: _derived(
        "AVIF", heif.Item(b"grid", heif.grid(100, 100, 6400, 6400), (heif.ispe(64, 64),), (1,) * 10_000)
    ),
    "jp2: tiles of a pixel": lambda: _jp2(255, 1, 30),
    "jp2: components": lambda: _jp2(255, 255, 16_384),
    "jp2: many tiles, cut short": lambda: _jp2(255, 1)[:300],
    "jp2: layers": lambda: _jp2(1000, 1000, layers=65_535),
    "jp2: levels": lambda: _jp2(1000, 10, levels=32),
    "jp2: precincts of a pixel": lambda: _jp2(4000, 4000, precinct=0x00),
    "jp2: small code blocks": lambda: _jp2(4000, 4000, precinct=0x22),
    "jp2: subsampling": lambda: _jp2(65_000, 65_000, step=(255, 255)),
    "jp2: 64 pixels told of 5,000": lambda: jp2.boxed(jp2.Stream((5000, 5000), (5000, 5000), 4), (64, 64), 3),
    "tiff: a tile of 16,384": lambda: _tiff(tiff.DEFLATE, zeros.deflated(3 << 28), 1 << 14),
    "tiff: a tile of samples": lambda: _tiff(tiff.DEFLATE, zeros.deflated(1 << 28), 1 << 12, samples=255),
    "tiff: a tile of 64 bits": lambda: _tiff(tiff.DEFLATE, zeros.deflated(1 << 28), 1 << 13, bits=64),
    "tiff: a JPEG of 65,500 in a tile": lambda: _tiff(
        tiff.JPEG, jpeg.flat((65_500, 65_500), sampling=(0x11,) * 3), 256
    ),
    "tiff: a progressive JPEG in a tile": lambda: _tiff(
        tiff.JPEG, jpeg.flat((_LARGE, _LARGE), frame=jpeg.PROGRESSIVE, sampling=(0x11,) * 3), _LARGE // 16 * 16
    ),
    "tiff: a tile of LZMA": lambda: _tiff(tiff.LZMA, zeros.lzma_packed(64 << 20), 1 << 14),
    "png: rows without an end": lambda: _png((100, 100), raw=2 << 30),
    "png: a profile that grows": lambda: _png((64, 64), png.chunk(b"iCCP", b"icc\0\0" + zeros.deflated(1 << 30))),
    "png: texts that grow": lambda: _png(
        (64, 64), *[png.chunk(b"zTXt", b"k\0\0" + zeros.deflated(15 << 20))] * 100
    ),
    "png: interlaced": lambda: _png((8000, 8000), interlace=1),
    "gif: a million frames": lambda: _gif((16, 16), (16, 16), 200_000),
    "gif: a frame beyond the screen": lambda: _gif((1, 1), (8000, 8000), 1),
    "gif: a screen beyond its frame": lambda: _gif((8000, 8000), (1, 1), 1),
    "webp: frames of 16,383": lambda: webp.animation((16, 16), (16_383, 16_383), 100),
    "webp: a picture larger than its canvas": lambda: webp.extended((64, 64), (16_383, 16_383)),
    "webp: a canvas larger than its picture": lambda: webp.extended((16_383, 16_383), (64, 64)),
    "raw: a preview of 10,900": lambda: tiff.write(
        {
            256: (4, [64]),
            257: (4, [64]),
            50_706: (1, [1, 4, 0, 0]),
            513: (4, [16]),
            514: (4, [len(preview := jpeg.flat((_LARGE, _LARGE), frame=jpeg.PROGRESSIVE, sampling=(0x11,) * 3))]),
        },
        preview,
    ),
    "jxl: boxes": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"jxlp") * 100_000,
    # last, for they are encoded, which takes a while
    "heif: 64 pixels told of 10,880": lambda: _coded("HEIF", 10_880, heif.ispe(64, 64)),
    "avif: 64 pixels told of 10,880": lambda: _coded("AVIF", 10_880, heif.ispe(64, 64)),
}
