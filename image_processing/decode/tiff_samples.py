"""Decode a TIFF whose samples Pillow has no mode for, or reads in the wrong way.

libtiff takes the compression away; here the bytes become samples of any number of bits, signed, or floating point,
in the file's own order of bytes, and the samples eight bits a channel (`tones` has the rule).
"""

from __future__ import annotations

import math
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from PIL import Image, TiffImagePlugin

from image_processing.decode import codec_limits, tiff_bytes, tiff_parts, tiff_ycbcr, tones
from image_processing.errors import Corrupt, NotDecodable
from image_processing.source import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from image_processing.decode.tiff_parts import Layout
    from image_processing.source import Source

_TAGS = (
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    277,
    278,
    279,
    284,
    317,
    320,
    322,
    323,
    324,
    325,
    338,
    339,
    530,
    532,
    34675,
)
_SIZE = (256, 257)
_PREDICTED = tiff_bytes.CODECS - {tiff_bytes.RAW, tiff_bytes.PACKBITS}
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3  # SampleFormat
_DIFFERENCE, _FLOAT_DIFFERENCE = 2, 3  # Predictor (TIFF Technical Note 3)
_COLOURS = {
    0: 1,
    1: 1,
    2: 3,
    3: 1,
    5: 4,
}  # PhotometricInterpretation: white is zero, black is zero, RGB, palette, CMYK
_PALETTE, _CMYK = 3, 5
_PREMULTIPLIED, _ALPHA = 1, 2  # ExtraSamples
_MAX_SAMPLES = 16
_FLOAT_BITS, _WORD_BITS = (16, 32, 64), (8, 16, 32, 64)
_WHITE_BITS = 16
_BLOCK = 1 << 17  # samples that are unpacked at once


class _Kind(NamedTuple):
    """How the samples of an image are stored."""

    bits: int
    form: int
    samples: int  # of a pixel
    colour: int
    planar: bool
    extra: tuple[int, ...]
    order: str

    @property
    def colours(self) -> int:
        return _COLOURS[self.colour]

    @property
    def alpha(self) -> int:
        """The kind of the first sample after the colours: alpha, premultiplied or not; 0 for neither."""
        if self.samples <= self.colours or self.colour in (_PALETTE, _CMYK):
            return 0
        told = self.extra[0] if self.extra else _ALPHA * (self.colour > 1)  # RGB of four samples
        return told if told in (_PREMULTIPLIED, _ALPHA) else 0

    @property
    def bands(self) -> int:
        """The samples of a pixel that are shown."""
        return self.colours + (self.alpha > 0)

    @property
    def white(self) -> int | None:
        """The sample that is white, None where none is agreed."""
        return (1 << self.bits) - 1 if self.form == _UNSIGNED and self.bits <= _WHITE_BITS else None


def decode(source: Source) -> Image.Image | None:
    """Decode the first image as stored: L, LA, RGB, RGBA or CMYK. None of a kind that Pillow decodes, or nobody.

    Its `info` has its profile, and "tone_mapped" where its samples were stretched.

    Raises:
        NotDecodable: YCbCr of a kind not known here, or decoding takes more than `codec_limits.MAX_MEMORY`.
        Truncated, Corrupt: strips or tiles are missing, short or damaged.

    """
    tags, order = _directory(source)
    if {*_SIZE} <= tags.keys() and tiff_ycbcr.is_ours(tags):
        return _with_profile(tiff_ycbcr.decode(source, tags), tags)
    kind = _kind(tags, order)
    if kind is None or not (_is_misread(kind, tags) or _is_unknown(source)):
        return None
    layout = tiff_parts.cut(tags, kind.samples)
    _check_cost(kind, layout)
    samples = np.empty((*layout.image[::-1], kind.bands), np.uint8 if kind.white else np.float32)
    for part, down, found in _parts(source, tags, kind, layout):
        _fill(_rows(samples, part, down, kind, layout), found, kind)
    return _with_profile(_image(samples, kind, tags), tags)


def _with_profile(image: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    image.info["icc_profile"] = tags.get(34675)
    return image


def _directory(source: Source) -> tuple[dict[int, Any], str]:
    file = cast("IO[bytes]", open_source(source))
    head = file.read(8)
    head += file.read(8) if head[2:3] == b"+" or head[3:4] == b"+" else b""
    found = TiffImagePlugin.ImageFileDirectory_v2(head)
    file.seek(found.next)
    found.load(file)
    return {tag: found[tag] for tag in _TAGS if tag in found}, "<" if head[:2] == b"II" else ">"


def _kind(tags: Mapping[int, Any], order: str) -> _Kind | None:
    """Tell how the samples are stored; None where it is a way that is not known here."""
    told_bits, forms, extra = tags.get(258, (1,)), tags.get(339, (_UNSIGNED,)), tags.get(338, ())
    samples, colour = tags.get(277, 1), tags.get(262, 0)
    told = (told_bits, forms, extra)
    if not all(isinstance(value, tuple) and all(isinstance(item, int) for item in value) for value in told):
        return None
    if not all(isinstance(tags.get(tag), int) for tag in _SIZE) or not {273, 324} & tags.keys():
        return None  # Exif alone, without an image
    if tags.get(259, 1) not in tiff_bytes.CODECS or colour not in _COLOURS or not isinstance(samples, int):
        return None
    if len({*told_bits}) != 1 or len({*forms}) != 1 or not _COLOURS[colour] <= samples <= _MAX_SAMPLES:
        return None
    kind = _Kind(told_bits[0], forms[0], samples, colour, tags.get(284) == 2 and samples > 1, extra, order)
    known = {
        _UNSIGNED: kind.bits <= _WHITE_BITS or kind.bits in (24, *_WORD_BITS),
        _SIGNED: kind.bits in _WORD_BITS,
        _FLOAT: kind.bits in _FLOAT_BITS,
    }
    if kind.bits < 1 or not known.get(kind.form) or (colour == _PALETTE and not kind.white):
        return None
    return kind


def _is_misread(kind: _Kind, tags: Mapping[int, Any]) -> bool:
    """Tell what is shown in the wrong way otherwise: of more than eight bits, all but plain grey, RGB and CMYK.

    `tiff_parts` writes its copy for libtiff in one order of bytes, whatever that of the file.
    """
    if kind.form == _UNSIGNED and kind.bits <= 8:
        return False
    plain = kind.form == _UNSIGNED and kind.bits == 16 and not kind.planar and kind.colour in (1, 2, _CMYK)
    swapped = kind.order == ">" and tags.get(259, 1) != tiff_bytes.RAW
    return not plain or swapped or tags.get(266, 1) != 1


def _is_unknown(source: Source) -> bool:
    try:
        TiffImagePlugin.TiffImageFile(cast("IO[bytes]", open_source(source)))
    except SyntaxError:
        return True
    return False


def _check_cost(kind: _Kind, layout: Layout) -> None:
    pixels = math.prod(layout.image)
    a_pixel = kind.bands * (2 if kind.white else 9) + 4  # what is filled, what is made of it, and Pillow's copy
    part = math.prod(layout.size) * kind.samples * kind.bits // 4  # as libtiff and as Pillow have it
    if pixels * a_pixel + part > codec_limits.MAX_MEMORY:
        width, height = layout.image
        raise NotDecodable(
            f"A TIFF of such samples takes too much memory at {width} x {height} pixels. Send a smaller one."
        )


def _parts(
    source: Source, tags: Mapping[int, Any], kind: _Kind, layout: Layout
) -> Iterator[tuple[int, int, NDArray[Any]]]:
    """Give the samples of each strip or tile that is shown: its number, the first of some rows, and these."""
    step = 1 if kind.planar else kind.samples
    across = layout.size[0] * step
    block = max(1, _BLOCK // across)
    row = math.ceil(across * kind.bits / 8)
    shown = layout.in_plane * (kind.bands if kind.planar else 1)
    predictor = tags.get(317, 1) if tags.get(259, 1) in _PREDICTED else 1
    sizes = [(row, layout.rows(part)) for part in range(shown)]
    for part, data in tiff_bytes.decompressed(source, tags, layout, sizes):
        rows = np.frombuffer(data, np.uint8).reshape(-1, row)
        for down in range(0, len(rows), block):
            some = rows[down : down + block]
            found = _samples(some, kind, predictor, step)[:, :across]
            yield part, down, found.reshape(len(some), layout.size[0], step)


def _samples(rows: NDArray[Any], kind: _Kind, predictor: int, step: int) -> NDArray[Any]:
    """Return the samples of some rows of bytes."""
    if kind.bits not in (24, *_WORD_BITS):
        bits = np.unpackbits(rows, axis=1)
        bits = bits[:, : bits.shape[1] // kind.bits * kind.bits].reshape(len(rows), -1, kind.bits)
        return bits @ (1 << np.arange(kind.bits, dtype=np.uint32)[::-1])
    size = kind.bits // 8
    if predictor == _FLOAT_DIFFERENCE:
        planes = _summed(rows, step).reshape(len(rows), size, -1)  # the highest byte of all samples comes first
        rows, order = np.ascontiguousarray(planes.transpose(0, 2, 1)).reshape(len(rows), -1), ">"
    else:
        order = kind.order
    if size == 3:
        triples = rows.reshape(len(rows), -1, 3).astype(np.uint32)
        return triples @ np.array((1, 1 << 8, 1 << 16)[:: 1 if order == "<" else -1], np.uint32)
    if predictor == _DIFFERENCE:  # of floating point, too, it is the difference of integers
        rows = _summed(rows.view(f"{order}u{size}").astype(f"=u{size}"), step)
        order = "="
    return rows.view(f"{order}{'?uif'[kind.form]}{size}")


def _summed(rows: NDArray[Any], step: int) -> NDArray[Any]:
    """Undo differences between neighbours of the same channel."""
    return rows.reshape(len(rows), -1, step).cumsum(axis=1, dtype=rows.dtype).reshape(len(rows), -1)


def _rows(canvas: NDArray[Any], part: int, down: int, kind: _Kind, layout: Layout) -> NDArray[Any]:
    """Return the rows of the canvas that a part fills, from its row `down` on."""
    plane, place = divmod(part, layout.in_plane)
    left, top = place % layout.across * layout.size[0], layout.top(part)
    first, count = (plane, 1) if kind.planar else (0, kind.bands)
    return canvas[top : top + layout.shown(part)][down:, left : left + layout.size[0], first : first + count]


def _fill(target: NDArray[Any], found: NDArray[Any], kind: _Kind) -> None:
    """Put samples into the canvas: as 8 bits where their white is known, else as they are."""
    found = found[: target.shape[0], : target.shape[1], : target.shape[2]]
    if kind.colour == _PALETTE:
        found = np.minimum(found, 255)
    elif kind.white:
        found = (found.astype(np.uint32) * 255 + kind.white // 2) // kind.white
    with np.errstate(over="ignore"):  # of 64 bits, a number beyond 32 is as good as infinite
        target[: len(found)] = found


def _image(samples: NDArray[Any], kind: _Kind, tags: Mapping[int, Any]) -> Image.Image:
    stretched = False
    if not kind.white:
        top = 1 if kind.form == _FLOAT else (1 << kind.bits - (kind.form == _SIGNED)) - 1
        samples, stretched = tones.eight_bits(samples, kind.colours, top)
    if kind.colour == 0:
        np.subtract(255, samples[..., 0], out=samples[..., 0])
    if kind.colour == _PALETTE:
        samples = _coloured(samples[..., 0], tags.get(320))
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "CMYK" if kind.colour == _CMYK else "RGBA"}[samples.shape[2]]
    if kind.alpha == _PREMULTIPLIED:
        _divide_by_alpha(samples)
    image = Image.frombuffer(
        mode, (samples.shape[1], samples.shape[0]), np.ascontiguousarray(samples).tobytes(), "raw", mode, 0, 1
    )
    if stretched:
        image.info[tones.TONE_MAPPED] = True
    return image


def _coloured(indices: NDArray[Any], colours: Any) -> NDArray[Any]:
    """Look indices up in a ColorMap: all reds, all greens, all blues, of 16 bits."""
    if not isinstance(colours, tuple) or not all(isinstance(value, int) for value in colours) or len(colours) % 3:
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    table = np.zeros((256, 3), np.uint8)
    known = np.array(colours, np.uint32).reshape(3, -1).T[:256] >> 8
    table[: len(known)] = known
    return cast("NDArray[Any]", table[indices])


def _divide_by_alpha(samples: NDArray[Any]) -> None:
    for row in samples:
        alpha = np.maximum(row[:, -1:], 1).astype(np.uint32)
        row[:, :-1] = np.minimum((row[:, :-1].astype(np.uint32) * 255 + alpha // 2) // alpha, 255)
