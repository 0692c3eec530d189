"""Image files whose pixels are all there, and files that lack some of them, in every way a format allows."""

import io
import struct
import zlib

from PIL import Image, ImageDraw, TiffImagePlugin

from tests.image_processing import builders
from tests.image_processing.builders import LONG, SHORT

SIZE = WIDTH, HEIGHT = 203, 150
ROWS = 32  # of a strip
TILE = 64
_CODES = {"tiff_lzw": 5, "tiff_adobe_deflate": 8, "packbits": 32773, "jpeg": 7, "group3": 3, "group4": 4, "raw": 1}
_STUDIO = {532: (5, (15, 235, 128, 240, 128, 240))}  # ReferenceBlackWhite, as video has it


def picture(mode="L", size=SIZE):
    """Draw a picture no two strips or tiles of which are alike, light at its lower edge."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 10, 160, 130), fill=(200, 60, 90))
    draw.line((0, 0, *size), fill=(20, 120, 220), width=9)
    return image.convert(mode)


def encoded(image, compression, **options):
    """Let Pillow write an image as the one strip of a TIFF: its bytes, and the JPEG tables where there are any."""
    out = io.BytesIO()
    image.save(out, "TIFF", compression=compression, strip_size=1 << 30, **options)
    out.seek(0)
    tags = TiffImagePlugin.TiffImageFile(out).tag_v2
    (start,), (size,) = tags[273], tags[279]
    return out.getvalue()[start : start + size], tags.get(347)


def _tags(mode, compression):
    samples = 3 if mode == "RGB" else 1
    return {
        256: (LONG, WIDTH),
        257: (LONG, HEIGHT),
        258: (SHORT, (1 if mode == "1" else 8,) * samples),
        259: (SHORT, _CODES[compression]),
        262: (SHORT, 2 if mode == "RGB" else 1),
        277: (SHORT, samples),
    }


def _cut(image, compression, width, height):
    boxes = [(x, y) for y in range(0, image.height, height) for x in range(0, image.width, width)]
    bottom = image.height if width == image.width else 1 << 30  # tiles are padded, the last strip is not
    made = [encoded(image.crop((x, y, x + width, min(y + height, bottom))), compression) for x, y in boxes]
    tables = made[0][1]
    return [part for part, _ in made], {347: (builders.UNDEFINED, tables)} if tables else {}


def strips(mode, compression, change=list, **options):
    """Write a TIFF of strips; `change` makes other strips of the sound ones."""
    parts, tables = _cut(picture(mode), compression, WIDTH, ROWS)
    rows = {278: (LONG, options.get("rows", ROWS))} if options.get("rows", ROWS) else {}
    return builders.tiff_image(change(parts), _tags(mode, compression) | rows | tables | options.get("tags", {}))


def tiles(mode, compression, change=list, tags=None):
    """Write a TIFF of tiles."""
    parts, tables = _cut(picture(mode), compression, TILE, TILE)
    tags = _tags(mode, compression) | tables | {322: (LONG, TILE), 323: (LONG, TILE)} | (tags or {})
    return builders.tiff_image(change(parts), tags, tiled=True)


def planes(compression, change=list, **options):
    """Write a TIFF of three planes."""
    parts, tables = [], {}
    for band in picture("RGB").split():
        plane, tables = _cut(band, compression, WIDTH, ROWS)
        parts += plane
    rows = {} if options.get("rows", ROWS) is None else {278: (LONG, ROWS)}
    tags = rows | tables | {284: (SHORT, 2)} | options.get("tags", {})
    return builders.tiff_image(change(parts), _tags("RGB", compression) | tags)


def old_jpeg(size=(TILE, TILE), interpretation=6, tags=None, *, tiled=False):
    """Write a TIFF of one strip or tile of old JPEG: a whole stream of 64 by 64 pixels."""
    out = io.BytesIO()
    picture("RGB", (TILE, TILE)).save(out, "JPEG", subsampling=0)
    sizes = {322: (LONG, TILE), 323: (LONG, TILE)} if tiled else {278: (LONG, TILE)}
    own = {256: (LONG, size[0]), 257: (LONG, size[1]), 259: (SHORT, 6), 262: (SHORT, interpretation)}
    tags = _tags("RGB", "raw") | own | sizes | {530: (SHORT, (1, 1))} | (tags or {})
    return builders.tiff_image([out.getvalue()], tags, tiled=tiled)


def ycbcr(compression, change=list, *, tiled=False):
    """Write a TIFF of YCbCr at 4:2:0 that is not JPEG: six bytes for each four pixels."""
    width, height, rows = (TILE, 12 * TILE, TILE) if tiled else (WIDTH, HEIGHT, ROWS)
    row = (width + 1) // 2 * 6
    data = Image.linear_gradient("L").resize((row, height // 2))
    parts, _ = _cut(data, compression, row, rows // 2)
    sizes = {322: (LONG, TILE), 323: (LONG, TILE)} if tiled else {278: (LONG, ROWS)}
    tags = {262: (SHORT, 6), 530: (SHORT, (2, 2))} | sizes | _STUDIO
    return builders.tiff_image(change(parts), _tags("RGB", compression) | tags, tiled=tiled)


def png(kept=None, mode=2, interlaced=0, size=(50, 40)):
    """Write a PNG whose compressed data end, as they should, after the rows that are kept."""
    samples = {0: 1, 2: 3, 6: 4}[mode]
    lines = [b"\0" + bytes([200, 100, 50, 255][:samples]) * size[0]] * size[1]
    if interlaced:
        lines = [
            b"\0" + bytes([200, 100, 50, 255][:samples]) * len(range(left, size[0], right))
            for left, top, right, down in _ADAM7
            for _ in range(top, size[1], down)
            if left < size[0]
        ]
    head = struct.pack(">IIBBBBB", *size, 8, mode, 0, 0, interlaced)
    data = zlib.compress(b"".join(lines[:kept]))
    return (
        b"\x89PNG\r\n\x1a\n"
        + builders.chunk(b"IHDR", head)
        + builders.chunk(b"IDAT", data)
        + builders.chunk(b"IEND", b"")
    )


_ADAM7 = (  # PNG, 8.2: first column and row, steps
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def jpeg2000(change=list):
    """Write a JPEG 2000 codestream of twelve tiles."""
    out = io.BytesIO()
    picture("RGB").save(out, "JPEG2000", no_jp2=True, tile_size=(TILE, TILE))
    data = out.getvalue()
    at = data.index(b"\xff\x90")
    head, parts = data[:at], []
    while data[at : at + 2] == b"\xff\x90":
        length = int.from_bytes(data[at + 6 : at + 10], "big")
        parts.append(data[at : at + length])
        at += length
    return head + b"".join(change(parts)) + data[at:]


def gif(codes):
    """Write a GIF of 8 by 8 pixels from LZW codes of three bits: 4 clears, 5 ends."""
    bits = sum(code << 3 * place for place, code in enumerate(codes))
    data = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
    screen = struct.pack("<HHBBB", 8, 8, 0x81, 0, 0) + bytes((0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255))
    frame = b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + bytes((2, len(data))) + data
    return b"GIF89a" + screen + frame + b"\0;"


def runs(body):
    """Write a run-length encoded BMP of 8 by 8 pixels."""
    head = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + head + bytes(1024) + body


def _halved(parts):
    return [*parts[:2], parts[2][: len(parts[2]) // 2], *parts[3:]]


def _shorter(mode, compression, rows=8):
    """Put a sound strip of fewer rows in the place of the third."""
    fewer, _ = encoded(picture(mode).crop((0, 64, WIDTH, 64 + rows)), compression)
    return lambda parts: [*parts[:2], fewer, *parts[3:]]


def _one_row_less(parts):
    """Take the last row of data units from the third strip of YCbCr."""
    row = (WIDTH + 1) // 2 * 6
    less, _ = encoded(Image.linear_gradient("L").resize((row, ROWS // 2 - 1)), "tiff_lzw")
    return [*parts[:2], less, *parts[3:]]


def _predicted(_parts):
    image = picture("L")
    boxes = [(0, y, WIDTH, min(y + ROWS, HEIGHT)) for y in range(0, HEIGHT, ROWS)]
    return [encoded(image.crop(box), "tiff_lzw", tiffinfo={317: 2})[0] for box in boxes]


def _narrower(parts):
    narrow, _ = encoded(picture("L").crop((0, 64, WIDTH - 60, 96)), "jpeg")
    return [*parts[:2], narrow, *parts[3:]]


def reversed_bits(parts):
    """Store the bits of each byte last first, as FillOrder 2 says."""
    return [bytes(int(f"{byte:08b}"[::-1], 2) for byte in part) for part in parts]


_PLANES = {262: (SHORT, 6), 530: (SHORT, (1, 1))}
_FILL = {266: (SHORT, 2)}
_MISSING = {
    "strips": lambda parts: parts[:3],
    "empty": lambda parts: [*parts[:2], b"", *parts[3:]],
}

SOUND = {
    **{
        f"{code} {mode} strips": strips(mode, code)
        for code in ("raw", "tiff_lzw", "jpeg")
        for mode in ("L", "RGB")
    },
    **{f"{code} strips": strips("L", code) for code in ("packbits", "tiff_adobe_deflate")},
    **{f"{code} tiles": tiles("L", code) for code in ("raw", "tiff_lzw", "jpeg")},
    **{f"{code} planes": planes(code) for code in ("raw", "tiff_lzw", "jpeg")},
    **{f"{code} YCbCr": ycbcr(code) for code in ("tiff_lzw", "tiff_adobe_deflate", "packbits")},
    **{f"{code} planes of YCbCr": planes(code, tags=_PLANES) for code in ("tiff_lzw", "jpeg")},
    "lzw YCbCr tiles": ycbcr("tiff_lzw", tiled=True),
    "lzw with a predictor": strips("L", "tiff_lzw", _predicted, tags={317: (SHORT, 2)}),
    "old jpeg strip": old_jpeg(),
    "old jpeg tile": old_jpeg(tiled=True),
    "old jpeg without strips": old_jpeg(tags={273: None, 279: None, 513: (LONG, 8), 514: (LONG, 9999)}),
    "group3 strips": strips("1", "group3"),
    "group4 strips": strips("1", "group4"),
    "group4 tiles": tiles("1", "group4"),
    "group4 white is zero": strips("1", "group4", tags={262: (SHORT, 0)}),
    "group4 bits reversed": strips("1", "group4", reversed_bits, tags=_FILL),
    "group4 bits reversed tiles": tiles("1", "group4", reversed_bits, tags=_FILL),
    "lzw tiles listed as strips": builders.tiff_image(
        _cut(picture("L"), "tiff_lzw", TILE, TILE)[0],
        _tags("L", "tiff_lzw") | {322: (LONG, TILE), 323: (LONG, TILE)},
    ),
    "png": png(),
    "png interlaced": png(interlaced=1),
    "png of one row interlaced": png(interlaced=1, size=(50, 1)),
    "jp2": jpeg2000(),
    "gif": gif([4, *([1, 4] * 64), 5]),
    "bmp": runs(b"\x08\1\0\0" * 8 + b"\0\1"),
}

SHORT_FILES = {
    "group4 cut": strips("1", "group4", _halved),
    "group4 first cut": strips("1", "group4", lambda parts: [parts[0][:8], *parts[1:]]),
    "group4 all cut": strips("1", "group4", lambda parts: [part[: len(part) // 2] for part in parts]),
    "group4 of fewer rows": strips("1", "group4", _shorter("1", "group4")),
    "group4 of two rows less": strips("1", "group4", _shorter("1", "group4", ROWS - 2)),
    "group4 without rows per strip": strips("1", "group4", rows=None),
    "group4 of more rows per strip": strips("1", "group4", rows=48),
    "group4 bits reversed cut": strips("1", "group4", lambda parts: reversed_bits(_halved(parts)), tags=_FILL),
    "group4 tile cut": tiles("1", "group4", _halved),
    "group4 missing": strips("1", "group4", _MISSING["strips"]),
    "jpeg of fewer rows": strips("L", "jpeg", _shorter("L", "jpeg")),
    "jpeg of fewer columns": strips("L", "jpeg", _narrower),
    "jpeg without rows per strip": strips("L", "jpeg", rows=None),
    "jpeg of more rows per strip": strips("L", "jpeg", rows=48),
    "jpeg cut": strips("L", "jpeg", _halved),
    "jpeg cut before its scan": strips("L", "jpeg", lambda parts: [parts[0][:12], *parts[1:]]),
    "jpeg tile cut": tiles("L", "jpeg", _halved),
    "jpeg tile of fewer rows": tiles("L", "jpeg", lambda parts: [_shorter("L", "jpeg")([b""] * 3)[2], *parts[1:]]),
    "jpeg planes without rows per strip": planes("jpeg", rows=None),
    **{f"{code} YCbCr cut": ycbcr(code, _halved) for code in ("tiff_lzw", "tiff_adobe_deflate", "packbits")},
    **{
        f"{code} {name}": strips("L", code, change)
        for code in ("raw", "tiff_lzw", "jpeg", "packbits")
        for name, change in _MISSING.items()
    },
    **{f"{code} planes of YCbCr cut": planes(code, _halved, tags=_PLANES) for code in ("tiff_lzw", "jpeg")},
    "lzw YCbCr of one row less": ycbcr("tiff_lzw", _one_row_less),
    "lzw YCbCr tile cut": ycbcr("tiff_lzw", _halved, tiled=True),
    "lzw YCbCr last tile cut": ycbcr("tiff_lzw", lambda parts: [*parts[:-1], parts[-1][:40]], tiled=True),
    "old jpeg tile missing": old_jpeg((TILE + 16, TILE), tiled=True),
    "old jpeg strip missing": old_jpeg((TILE, TILE + 16)),
    "raw planes missing": planes("raw", lambda parts: parts[:7]),
    "raw tiles missing": tiles("L", "raw", lambda parts: parts[:7]),
    "raw cut": strips("L", "raw", _halved),
    "png": png(20),
    "png with alpha": png(20, mode=6),
    "png grey": png(39, mode=0),
    "png interlaced": png(-1, interlaced=1),
    "png interlaced of odd height": png(-1, interlaced=1, size=(50, 41)),
    "png of one row interlaced": png(3, interlaced=1, size=(50, 1)),
    "jp2 without a tile": jpeg2000(lambda parts: parts[:5] + parts[6:]),
    "jp2 without its last tiles": jpeg2000(lambda parts: parts[:7]),
    "gif": gif([4, 1, 4, 1, 4, 1, 4, 1, 5]),
    "bmp": runs(b"\4\1\0\0\4\1"),
    "bmp within a run": runs(b"\x08\1\0\0" * 7 + b"\0\x08\1\1\1"),
    "bmp within a move": runs(b"\4\1\0\2\1"),
}

# Files whose directory Pillow and libtiff read differently: one takes the first of two tags, the other the last.
ODD = {
    "two depths, 1 last": tiles("L", "tiff_lzw", tags={258: [(SHORT, 8), (SHORT, 1)]}),
    "two depths, 8 last": tiles("L", "tiff_lzw", tags={258: [(SHORT, 1), (SHORT, 8)]}),
    "two depths, 16 first": tiles("L", "tiff_lzw", tags={258: [(SHORT, 16), (SHORT, 8)]}),
    "two counts of samples": tiles("RGB", "packbits", tags={277: [(SHORT, 1), (SHORT, 3)]}),
    "two interpretations": tiles("RGB", "tiff_lzw", tags={262: [(SHORT, 6), (SHORT, 2)]}),
    "old jpeg that says grey": old_jpeg(interpretation=1, tiled=True),
    "two rows per strip": strips("L", "jpeg", tags={278: [(LONG, HEIGHT), (LONG, ROWS)]}),
    "rows per strip as bytes": strips("L", "jpeg", tags={278: (builders.UNDEFINED, bytes((ROWS, 0, 0, 0)))}),
}
