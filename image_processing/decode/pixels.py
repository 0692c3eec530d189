"""Pixels, once and bounded: one decode at reduced scale, upright, in sRGB, eight bits a channel.

The cost of a decode is computed from the header; a file that would take more than `codec_limits.MAX_MEMORY` is
refused before a pixel is touched. Every error of a codec leaves here as one of Janus's own errors.
"""

from __future__ import annotations

import math
import warnings
from typing import IO, TYPE_CHECKING, Any, cast

import pillow_heif
from PIL import Image, PngImagePlugin

from image_processing import formats
from image_processing.colour import to_srgb
from image_processing.decode import (
    avif_alpha,
    bmff_primary,
    bmp_runs,
    codec_limits,
    codestreams,
    completeness,
    failures,
    frames,
    heif_thumbnails,
    jpeg2000,
    openjpeg,
    png_transparency,
    previews,
    tiff_samples,
    tones,
    upright,
)
from image_processing.errors import Corrupt, ImageError, NotDecodable, TooManyPixels
from image_processing.source import BytesSource, open_source

if TYPE_CHECKING:
    from image_processing.metadata.record import ImageMetadata
    from image_processing.source import Source

MAX_SIDE = 1280
"""Longest side of the image of `decode`, in pixels, unless told otherwise: that of the largest thumbnail."""

MAX_WHOLE_PIXELS = 24_000_000
"""Pixels up to which an image is worked on undiminished, where that is asked for."""

MAX_SCANNED_PIXELS = 2_000_000_000
"""Pixels times scans of a JPEG: a small file of many empty scans would otherwise cost minutes."""

# The one Pillow plugin that may open each format, and the bytes a pixel that decoding takes at its peak:
# Pillow's buffer (4) and what the codec holds besides, as measured. For JPEG and JPEG 2000 the pixels are those
# of the reduced scale.
_PLUGINS = {
    "JPEG": ("JPEG", 4),
    "PNG": ("PNG", 5),
    "GIF": ("GIF", 6),
    "BMP": ("BMP", 5),
    "TIFF": ("TIFF", 8),
    "WEBP": ("WEBP", 16),
    "HEIF": ("HEIF", 8),
    "AVIF": ("AVIF", 14),
    "JP2": ("JPEG2000", 24),
}
_DEEP_HEIF = 10  # of more than 8 bits a sample: the codec's copies on their way to 8 bits
_MAX_HALVINGS = 3  # by the codec
_DC_SCALE = 1 << _MAX_HALVINGS  # at which a JPEG's block is one pixel: its mean, the DC coefficient
_COEFFICIENT_BYTES = 2  # a sample of a progressive JPEG, all of which libjpeg keeps
_WHOLE = 32 << 20  # a file no larger is read in one piece, which ranged sources serve best
_STRIP_PIXELS = 1 << 20
_REDUCING_GAP = 1.5  # averaging by whole factors stops at this times the size aimed at; a filter does the rest
_SHARP_SIDE = 512  # up to here a sharper filter costs little; a larger side takes one twice as fast
_AS_STORED = frozenset({"HEIF", "AVIF"})  # their codecs get the picture without its transforms

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)
PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20  # generators write graphs of megabytes; Pillow would refuse the image
Image.MAX_IMAGE_PIXELS = formats.MAX_PIXELS // 2  # at twice this Pillow refuses, a frame beyond its canvas too


def check(metadata: ImageMetadata, max_side: int = MAX_SIDE) -> None:
    """Refuse from the header alone an image that cannot be decoded within bounds.

    Raises:
        NotDecodable: Janus reads this format's metadata, but not its pixels.
        TooManyPixels: decoding would take more than `codec_limits.MAX_MEMORY`, or it has more than
            `formats.MAX_PIXELS` pixels.

    """
    name = str(metadata.get("format"))
    if name in formats.RAW_FORMATS:
        return  # its preview is measured where it is found
    if name not in _PLUGINS:
        raise NotDecodable(
            f"The pixels of {name} files cannot be shown. Please send JPEG, PNG, WebP or HEIF.", metadata
        )
    width, height = metadata.get("stored_width"), metadata.get("stored_height")
    if width and height:
        size = int(width), int(height)
        _refuse_large(size, _cost(name, size, _scale(name, size, max_side), metadata.get("bit_depth")))


def whole_side(metadata: ImageMetadata) -> int:
    """Return the `max_side` at which every pixel is decoded; `MAX_SIDE` where that would take too much."""
    width, height = int(metadata.get("stored_width") or 0), int(metadata.get("stored_height") or 0)
    longest = max(width, height, MAX_SIDE)
    if not 0 < width * height <= MAX_WHOLE_PIXELS:
        return MAX_SIDE
    try:
        check(metadata, longest)
    except TooManyPixels:
        return MAX_SIDE
    return longest


def decode(source: Source, metadata: ImageMetadata, max_side: int = MAX_SIDE) -> Image.Image:
    """Decode the first (or primary) image once, at reduced scale.

    Returns an upright image in sRGB, mode RGB or RGBA, no side longer than `max_side` pixels, never enlarged. Its
    `info` holds but `colour_managed`: "srgb" or "converted" by the image's profile, "assumed" where it has none,
    "unusable" where that is broken or for other channels; and of a file of more images "rest", a hash of all after
    the first (`frames.digest`); and `tone_mapped` where samples without an agreed white were stretched (`tones`).
    Of a RAW file it is the largest preview embedded, of a HEIF file that is too large its largest thumbnail.

    Raises:
        NotDecodable, TooManyPixels: as `check`, once more on the codec's own reading of the header.
        Truncated, Corrupt: the pixels cannot be decoded.

    """
    name = str(metadata.get("format"))
    item = None  # of a HEIF file, where not its primary one is shown
    try:
        check(metadata, max_side)
    except TooManyPixels:
        thumbnail = heif_thumbnails.largest(source) if name == "HEIF" and source.size <= _WHOLE else None
        if thumbnail is None:
            raise
        source, item = thumbnail
    try:
        if name in formats.RAW_FORMATS:
            source, name = previews.largest(source, metadata), "JPEG"
        elif source.size <= _WHOLE:
            source = BytesSource(source.read(0, source.size))
        if name == metadata.get("format") == "JPEG":
            source = codestreams.with_height(source, int(metadata.get("stored_height") or 0))
        if name in _AS_STORED and item is None:
            source = bmff_primary.stored(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            area = tuple(metadata.get("clean_aperture") or ()) if item is None else ()
            image, turned = _decode(source, name, max_side, item, area)
            image = upright.turned(image, turned or metadata.get("orientation"))
            count = max(int(metadata.get(field) or 1) for field in ("frame_count", "page_count"))
            still = name != metadata.get("format")  # the preview of a RAW file
            if not still and (rest := frames.digest(source, _PLUGINS[name][0], count)) is not None:
                image.info["rest"] = rest
            return image
    except ImageError as error:
        error.metadata = metadata
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixels("The image has too many pixels. Please send a smaller one.", metadata) from error
    except Exception as error:  # codecs leak SyntaxError, struct.error, KeyError, RuntimeError and more
        raise failures.reason(error, metadata) from error


def _decode(
    source: Source, name: str, max_side: int, item: int | None = None, area: tuple[int, ...] = ()
) -> tuple[Image.Image, int | None]:
    """Decode and reduce an image, or an area of it; tell its orientation, too, where the plugin settles that.

    `item` is the number of a HEIF file's item that is shown in place of the primary one.
    """
    codec_limits.check(source, name, item)
    own = {"TIFF": tiff_samples.decode, "BMP": bmp_runs.decode}.get(name)
    if own and (whole := own(source)) is not None:
        return _finished(whole, max_side), None
    if name == "JP2":
        return _finished(_jpeg2000(source, max_side), max_side), None
    if name == "AVIF":
        source = avif_alpha.with_sizes(source)
    file = cast("IO[bytes]", open_source(source))
    with Image.open(file, formats=(_PLUGINS[name][0],)) as image:
        scale = _scale(name, image.size, max_side)
        cost, scans = _cost(name, image.size, scale, image.info.get("bit_depth")), 1
        cost += min(source.size, _WHOLE)
        if name == "JPEG" and _is_buffered(source, image.size):
            cost += math.prod(image.size) * len(image.getbands()) * _COEFFICIENT_BYTES
            if scale == _DC_SCALE and source.size <= _WHOLE and cost <= codec_limits.MAX_MEMORY:
                data = source.read(0, source.size)
                lean = codestreams.jpeg_dc_scans(data)
                if len(lean) < len(data):
                    return _decode(BytesSource(lean), name, max_side)
            scans = codestreams.jpeg_scans(source)
        _refuse_large(image.size, cost, scans)
        turned = None if item is None else 1  # the plugin turns the thumbnail of a HEIF file itself
        image.draft(None, _fit(image.size, max_side))
        covered = image.tile[0][1] if name == "GIF" and image.tile else None
        completeness.load(image, source)
        if name == "PNG":
            png_transparency.apply(image, source)
        shown = _cleared(image, covered) if covered else image
        return _finished(shown, max_side, area), turned


def _finished(image: Image.Image, max_side: int, area: tuple[int, ...] = ()) -> Image.Image:
    """Return a decoded image, or an area of it, reduced to fit and in sRGB."""
    small = to_srgb.converted(_shrink(image, max_side, area), image.info.get("icc_profile"))
    if tones.TONE_MAPPED in image.info:
        small.info[tones.TONE_MAPPED] = True
    return small


def _cleared(image: Image.Image, covered: tuple[int, int, int, int]) -> Image.Image:
    """Make the area outside the first frame of a GIF transparent, as browsers do; Pillow gives it a colour."""
    if covered == (0, 0, *image.size) or image.has_transparency_data:
        return image
    clear = Image.new("RGBA", image.size)
    clear.paste(image.crop(covered).convert("RGBA"), covered)
    clear.info = image.info
    return clear


def _is_buffered(source: Source, size: tuple[int, int]) -> bool:
    """Tell whether libjpeg keeps all coefficients of a JPEG; it must see the frame that Pillow sees."""
    frame = codestreams.jpeg_frame(source)
    if frame is None or (frame.width, frame.height) != size:
        raise Corrupt("The JPEG has no frame before its first scan. Please export the image again.")
    return frame.buffered


def _jpeg2000(source: Source, max_side: int) -> Image.Image:
    """Decode a JPEG 2000 image at a scale that fits, a palette's indices undiminished: they have no means."""
    siz = jpeg2000.siz(source)
    assert siz is not None  # as `codec_limits` has seen
    jpeg2000.check_size(source, siz)
    size = siz.width, siz.height
    target = _fit(size, max_side)
    halvings = min(jpeg2000.halvings(source, siz, target), _MAX_HALVINGS)
    if not halvings or jpeg2000.palette_channels(source):
        halvings, target = 0, size
    _refuse_large(size, _cost("JP2", size, 1 << halvings, None) + min(source.size, _WHOLE))
    return openjpeg.decode(source, halvings, target)


def _cost(name: str, size: tuple[int, int], scale: int, depth: int | None) -> int:
    """Tell the bytes that decoding at 1/scale takes at its peak; `depth` is the bits of a sample, where known."""
    a_pixel = _DEEP_HEIF if name == "HEIF" and (depth or 8) > 8 else _PLUGINS[name][1]
    return math.prod(size) * a_pixel // (scale * scale)


def _scale(name: str, size: tuple[int, int], max_side: int) -> int:
    """Tell by how much the codec itself can reduce an image that is to fit: DCT scaling, resolution levels."""
    if name not in ("JPEG", "JP2"):
        return 1
    target = _fit(size, max_side)
    ratio = min(size[0] // target[0], size[1] // target[1])
    return 1 << min(ratio.bit_length() - 1, _MAX_HALVINGS)


def _refuse_large(size: tuple[int, int], cost: int, scans: int = 1) -> None:
    pixels = math.prod(size)
    if pixels > formats.MAX_PIXELS or cost > codec_limits.MAX_MEMORY or pixels * scans > MAX_SCANNED_PIXELS:
        raise TooManyPixels(
            f"The image of {size[0]} by {size[1]} pixels is too large to decode. Please send a smaller one."
        )


def _fit(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    ratio = min(1.0, max_side / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _shrink(image: Image.Image, max_side: int, area: tuple[int, ...] = ()) -> Image.Image:
    """Reduce an image, or an area of it (left, top, width, height), to fit, as L, RGB, RGBA, CMYK or LAB.

    Strip by strip: there is no second copy at full size. An area that is not within the image does not count.
    """
    left, upper, width, height = area or (0, 0, *image.size)
    if left + width > image.width or upper + height > image.height:
        left, upper, width, height = 0, 0, *image.size
    target = _fit((width, height), max_side)
    factor = max(1, int(max(width, height) / (_REDUCING_GAP * max_side)))
    to_bytes = _converter(image)
    rows = max(1, _STRIP_PIXELS // (width * factor)) * factor
    extent = width / factor, height / factor  # of which the last blocks may be but a part
    if factor == 1 and rows >= height:
        whole = image if (width, height) == image.size else image.crop((left, upper, left + width, upper + height))
        return _resized(to_bytes(whole), target, extent)
    small: Image.Image | None = None
    for top in range(0, height, rows):
        box = left, upper + top, left + width, upper + min(height, top + rows)
        strip = to_bytes(image.crop(box)).reduce(factor)
        if small is None:
            small = Image.new(strip.mode, (strip.width, math.ceil(height / factor)))
        small.paste(strip, (0, top // factor))
    assert small is not None
    return _resized(small, target, extent)


def _resized(image: Image.Image, size: tuple[int, int], extent: tuple[float, float]) -> Image.Image:
    best = Image.Resampling.BICUBIC if max(size) <= _SHARP_SIDE else Image.Resampling.HAMMING
    return image if image.size == size else image.resize(size, best, (0, 0, *extent))


def _converter(image: Image.Image) -> Any:
    """Choose how strips of an image become eight bits a channel in a mode that can be averaged."""
    if image.mode.startswith("I;16"):
        transparent = image.info.get("transparency")
        return lambda strip: _grey(strip, transparent)
    if image.mode in ("L", "RGB", "CMYK", "LAB") and not image.has_transparency_data:
        return lambda strip: strip
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode == "1" else "RGB"
    return lambda strip: strip.convert(mode)


def _grey(strip: Image.Image, transparent: int | None) -> Image.Image:
    """Return grey of 16 bits as L, or as LA where one sample is transparent."""
    grey = strip.convert("I").point(lambda value: value * (255 / 65535)).convert("L")
    if transparent is None:
        return grey
    return Image.merge("LA", (grey, png_transparency.alpha_of_grey(strip, transparent)))
