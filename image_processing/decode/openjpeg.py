"""Decode JPEG 2000 with the OpenJPEG that Pillow is linked with, called by itself.

Pillow's own plugin rounds a reduced size otherwise than OpenJPEG, ignores image offsets where it reduces, and
takes subsampled components for whole ones. Here each component comes as OpenJPEG gives it (ISO/IEC 15444-1, B.2),
and is put on the image's grid.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, _imaging

from image_processing.errors import NotDecodable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from image_processing.source import Source

_J2K, _JP2 = 0, 2  # openjpeg.h, OPJ_CODEC_FORMAT
_UNTOLD, _RGB, _SYCC, _CMYK = (-1, 0), 1, 3, 5  # OPJ_COLOR_SPACE
_COLOURS = {
    -1: (1, 3),
    0: (1, 3),
    _RGB: (1, 3),
    2: (1,),
    _SYCC: (3,),
    _CMYK: (4,),
}  # channels that a space may have
_PARAMETERS = 16 << 10  # bytes, more than any opj_dparameters_t
_CHUNK = 1 << 16
_END = ctypes.c_size_t(-1).value
_ALPHA = (1, 2)  # ISO/IEC 15444-1, I.5.3.6: opacity, premultiplied opacity
_DEPTH = 8
_DEEPEST = 16  # bits that are scaled exactly; of more, the highest

_POINTER = ctypes.c_void_p
_READ = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
_SKIP = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)
_SEEK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, ctypes.c_void_p)
_TELL = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_void_p)


class _Component(ctypes.Structure):
    """opj_image_comp_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd")),
        *((name, ctypes.c_uint32) for name in ("resno_decoded", "factor")),
        ("data", ctypes.POINTER(ctypes.c_int32)),
        ("alpha", ctypes.c_uint16),
    )


class _Image(ctypes.Structure):
    """opj_image_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("x0", "y0", "x1", "y1", "numcomps")),
        ("color_space", ctypes.c_int),
        ("comps", ctypes.POINTER(_Component)),
        ("icc_profile_buf", ctypes.POINTER(ctypes.c_uint8)),
        ("icc_profile_len", ctypes.c_uint32),
    )


_PROTOTYPES: dict[str, tuple[Any, ...]] = {  # what a function returns, and what it takes
    "opj_stream_create": (_POINTER, ctypes.c_size_t, ctypes.c_int),
    "opj_stream_destroy": (None, _POINTER),
    "opj_stream_set_read_function": (None, _POINTER, _READ),
    "opj_stream_set_skip_function": (None, _POINTER, _SKIP),
    "opj_stream_set_seek_function": (None, _POINTER, _SEEK),
    "opj_stream_set_user_data": (None, _POINTER, _POINTER, _POINTER),
    "opj_stream_set_user_data_length": (None, _POINTER, ctypes.c_uint64),
    "opj_set_default_decoder_parameters": (None, _POINTER),
    "opj_create_decompress": (_POINTER, ctypes.c_int),
    "opj_destroy_codec": (None, _POINTER),
    "opj_set_error_handler": (ctypes.c_int, _POINTER, _TELL, _POINTER),
    "opj_setup_decoder": (ctypes.c_int, _POINTER, _POINTER),
    "opj_read_header": (ctypes.c_int, _POINTER, _POINTER, ctypes.POINTER(ctypes.POINTER(_Image))),
    "opj_set_decoded_resolution_factor": (ctypes.c_int, _POINTER, ctypes.c_uint32),
    "opj_decode": (ctypes.c_int, _POINTER, _POINTER, ctypes.POINTER(_Image)),
    "opj_end_decompress": (ctypes.c_int, _POINTER, _POINTER),
    "opj_image_destroy": (None, ctypes.POINTER(_Image)),
}


@cache
def _library() -> Any:
    """Find OpenJPEG's functions where Pillow's extension finds them.

    Raises:
        NotDecodable: this build of Pillow has no OpenJPEG 2, or keeps it to itself.

    """
    library = ctypes.CDLL(_imaging.__file__)
    try:
        for name, (returned, *taken) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returned, taken
    except AttributeError as error:
        raise NotDecodable("JPEG 2000 is not decoded here. Please send JPEG, PNG or WebP.") from error
    return library


def decode(source: Source, halvings: int, size: tuple[int, int]) -> Image.Image:
    """Decode an image at reduced resolution, as L, LA, RGB, RGBA or CMYK of eight bits, of `size` pixels.

    Its sides are halved `halvings` times by the codec, then each component is resized, also where it has fewer
    samples than the image. Palettes and channel definitions are applied; sYCC becomes RGB. `info` holds the ICC
    profile, if there is one.

    Raises:
        NotDecodable: the components make no picture of a kind that is known.
        OSError: the codestream is damaged.
        MemoryError: the decoder had not enough.

    """
    library, messages = _library(), list[str]()
    with ExitStack() as stack:
        stream = library.opj_stream_create(_CHUNK, 1)
        stack.callback(library.opj_stream_destroy, stream)
        reader = _Reader(source)
        library.opj_stream_set_read_function(stream, reader.read)
        library.opj_stream_set_skip_function(stream, reader.skip)
        library.opj_stream_set_seek_function(stream, reader.seek)
        library.opj_stream_set_user_data(stream, None, None)
        library.opj_stream_set_user_data_length(stream, source.size)
        codec = library.opj_create_decompress(_J2K if source.read(0, 2) == b"\xff\x4f" else _JP2)
        stack.callback(library.opj_destroy_codec, codec)
        tell = _TELL(lambda text, _: messages.append(text.decode("utf-8", "replace")))
        library.opj_set_error_handler(codec, tell, None)
        parameters = ctypes.create_string_buffer(_PARAMETERS)
        library.opj_set_default_decoder_parameters(parameters)
        image = ctypes.POINTER(_Image)()
        stack.callback(library.opj_image_destroy, image)
        if not (
            library.opj_setup_decoder(codec, parameters)
            and library.opj_read_header(stream, codec, ctypes.byref(image))
            and library.opj_set_decoded_resolution_factor(codec, halvings)  # cp_reduce tells wrong widths
            and library.opj_decode(codec, stream, image)
            and library.opj_end_decompress(codec, stream)
        ):
            text = " ".join(messages)
            raise MemoryError if "memory" in text.lower() else OSError(text)
        return _picture(image.contents, halvings, size)


class _Reader:
    """Callbacks that read a source in order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0
        self.read, self.skip, self.seek = _READ(self._read), _SKIP(self._skip), _SEEK(self._seek)

    def _read(self, buffer: int, length: int, _: object) -> int:
        data = self._source.read(self._at, length)
        ctypes.memmove(buffer, data, len(data))
        self._at += len(data)
        return len(data) or _END

    def _skip(self, length: int, _: object) -> int:
        self._at += length
        return length

    def _seek(self, offset: int, _: object) -> int:
        self._at = offset
        return 1


def _picture(image: _Image, halvings: int, size: tuple[int, int]) -> Image.Image:
    components = [image.comps[index] for index in range(image.numcomps)]
    profile = ctypes.string_at(image.icc_profile_buf, image.icc_profile_len) if image.icc_profile_len else b""
    space = _CMYK if profile[16:20] == b"CMYK" else image.color_space
    steps = [(item.dx, item.dy) for item in components[:3]]
    if space in _UNTOLD and len(steps) == 3 and steps[0] != steps[1] == steps[2]:
        space = _SYCC  # as OpenJPEG's own tools take it: nobody halves green and blue alone
    colours = [item for item in components if item.alpha == 0]
    alphas = [item for item in components if item.alpha in _ALPHA]
    if len(colours) == len(components) in (2, 4) and space != _CMYK:
        alphas = [colours.pop()]
    if len(colours) not in _COLOURS.get(space, ()):
        raise NotDecodable(
            "JPEG 2000 of these colours is not decoded here. Please send grey or RGB, with or without alpha."
        )
    planes = [_plane(item, image, halvings, size) for item in colours]
    mode = "YCbCr" if space == _SYCC else {1: "L", 3: "RGB", 4: "CMYK"}[len(planes)]
    picture = Image.merge(mode, planes)
    if mode == "YCbCr":
        picture = picture.convert("RGB")
    if alphas and mode != "CMYK":
        picture.putalpha(_plane(alphas[0], image, halvings, size))
    if profile:
        picture.info["icc_profile"] = profile
    return picture


def _plane(component: _Component, image: _Image, halvings: int, size: tuple[int, int]) -> Image.Image:
    """Bring a component to eight bits and to the picture's size, each sample where it belongs."""
    left, right = _span(image.x0, image.x1, component.dx, halvings, component.w)
    top, bottom = _span(image.y0, image.y1, component.dy, halvings, component.h)
    if not component.data:
        raise OSError("a component without samples")
    samples = _eight_bits(component)
    if (left, top, right, bottom) == (0, 0, *size):
        return Image.fromarray(samples)
    around = Image.fromarray(np.pad(samples, 1, "edge"))  # the area may begin and end beyond the samples
    return around.resize(size, Image.Resampling.BICUBIC, (left + 1, top + 1, right + 1, bottom + 1))


def _span(start: int, end: int, step: int, halvings: int, count: int) -> tuple[float, float]:
    """Tell where, in samples from the first, an axis of the image begins and ends.

    A sample of a component stands for `step` points (B.2). Halving keeps its even samples, each a mean around its
    place (B.5, F.3): after r times, sample n lies where n * 2^r was, not in the middle of 2^r samples.

    Raises:
        NotDecodable: the component has no samples on this axis.
        OSError: it has not as many as it must have.

    """
    first, after = (_halved(-(-edge // step), halvings) for edge in (start, end))
    if first == after:
        raise NotDecodable("A component of the JPEG 2000 has no samples. Please send a larger image.")
    if count != after - first:
        raise OSError("a component of another size")
    begin, finish = ((edge / step - 0.5) / (1 << halvings) + 0.5 - first for edge in (start, end))
    return begin, finish


def _halved(coordinate: int, times: int) -> int:
    return -(-coordinate >> times)


def _eight_bits(component: _Component) -> NDArray[np.uint8]:
    samples = np.ctypeslib.as_array(component.data, (component.h, component.w))
    depth = component.prec
    if component.sgnd:
        samples += 1 << depth - 1
    np.clip(samples, 0, (1 << depth) - 1, out=samples)
    if depth > _DEEPEST:
        samples >>= depth - _DEEPEST
        depth = _DEEPEST
    if depth != _DEPTH:
        top = (1 << depth) - 1
        samples *= 255
        samples += top // 2
        samples //= top
    return samples.astype(np.uint8)
