"""Write JPEG 2000 of any offsets, tiles and subsampling, without loss, with OpenJPEG's encoder.

Pillow's own encoder writes no component of fewer samples than the image. The library is the one that it carries.
"""

import ctypes

import numpy as np
from PIL import _imaging

GREY, RGB, SYCC, CMYK = 2, 1, 3, 5  # openjpeg.h, OPJ_COLOR_SPACE
_POINTER = ctypes.c_void_p
_CHUNK = 1 << 16


class _Component(ctypes.Structure):
    """opj_image_cmptparm_t."""

    _fields_ = tuple((name, ctypes.c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd"))


class _Made(ctypes.Structure):
    """opj_image_comp_t."""

    _fields_ = (
        *_Component._fields_,
        ("resno_decoded", ctypes.c_uint32),
        ("factor", ctypes.c_uint32),
        ("data", ctypes.POINTER(ctypes.c_int32)),
        ("alpha", ctypes.c_uint16),
    )


class _Image(ctypes.Structure):
    """opj_image_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("x0", "y0", "x1", "y1", "numcomps")),
        ("color_space", ctypes.c_int),
        ("comps", ctypes.POINTER(_Made)),
        ("icc_profile_buf", _POINTER),
        ("icc_profile_len", ctypes.c_uint32),
    )


class _Parameters(ctypes.Structure):
    """opj_cparameters_t, as far as it is set here."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("tile_size_on", "cp_tx0", "cp_ty0", "cp_tdx", "cp_tdy")),
        *((name, ctypes.c_int) for name in ("cp_disto_alloc", "cp_fixed_alloc", "cp_fixed_quality")),
        ("cp_matrice", _POINTER),
        ("cp_comment", _POINTER),
        ("csty", ctypes.c_int),
        ("prog_order", ctypes.c_int),
        ("poc", ctypes.c_char * (148 * 32)),
        ("numpocs", ctypes.c_uint32),
        ("tcp_numlayers", ctypes.c_int),
        ("tcp_rates", ctypes.c_float * 100),
        ("tcp_distoratio", ctypes.c_float * 100),
        ("numresolution", ctypes.c_int),
        ("cblockw_init", ctypes.c_int),
        ("cblockh_init", ctypes.c_int),
        ("mode", ctypes.c_int),
        ("irreversible", ctypes.c_int),
        ("rest", ctypes.c_char * (32 << 10)),
    )


def samples(plane, step, offset):
    """Average a plane, whose first pixel lies at an offset, over the blocks that begin at multiples of a step."""
    for axis, (size, start) in enumerate(zip(reversed(step), reversed(offset), strict=True)):
        first, length = -start % size, plane.shape[axis]
        edges = np.arange(first, length, size)
        counts = np.diff(np.append(edges, length))
        kept = np.moveaxis(plane, axis, 0)[first:].astype(float)
        sums = np.add.reduceat(kept, edges - first, axis=0)
        plane = np.moveaxis(sums / counts[:, None], 0, axis)
    return np.round(plane).astype(int)


def write(  # noqa: PLR0913  a file differs in as many ways
    planes,
    *,
    steps=None,
    offset=(0, 0),
    tile=None,
    tile_offset=(0, 0),
    levels=5,
    space=RGB,
    depth=8,
    signed=False,
    alpha=None,
    boxed=True,
):
    """Write planes of the image's size, each averaged to the samples that its step leaves.

    `offset` is XOsiz and YOsiz, `steps` are XRsiz and YRsiz of each component, `alpha` is the index of one.
    """
    library = _library()
    height, width = planes[0].shape
    steps = steps or [(1, 1)] * len(planes)
    kept = [samples(plane, step, offset) for plane, step in zip(planes, steps, strict=True)]
    made = (_Component * len(planes))(
        *(
            _Component(*step, item.shape[1], item.shape[0], *offset, depth, depth, signed)
            for step, item in zip(steps, kept, strict=True)
        )
    )
    image = library.opj_image_create(len(planes), made, space)
    told = image.contents
    told.x0, told.y0, told.x1, told.y1 = *offset, offset[0] + width, offset[1] + height
    for index, item in enumerate(kept):
        np.ctypeslib.as_array(told.comps[index].data, item.shape)[:] = item
        told.comps[index].alpha = index == alpha
    parameters = _Parameters()
    library.opj_set_default_encoder_parameters(ctypes.byref(parameters))
    assert (parameters.numresolution, parameters.cblockw_init, parameters.cblockh_init) == (6, 64, 64)
    # Each component has a sample at each resolution: else OpenJPEG's encoder loses what is left at odd places
    most = min(*(side for item in kept for side in item.shape), *(tile or ())).bit_length()
    parameters.numresolution = min(levels + 1, most)
    parameters.tcp_numlayers = parameters.cp_disto_alloc = 1
    if tile:
        parameters.tile_size_on = 1
        parameters.cp_tdx, parameters.cp_tdy = tile
        parameters.cp_tx0, parameters.cp_ty0 = tile_offset
    data = _encoded(library, image, parameters, 2 if boxed else 0)
    library.opj_image_destroy(image)
    return data


def _encoded(library, image, parameters, kind):
    out, at = bytearray(), 0

    def _write(buffer, length, _):
        nonlocal at
        out[at : at + length] = ctypes.string_at(buffer, length)
        at += length
        return length

    def _skip(length, _):
        return length if _seek(at + length, None) else -1

    def _seek(position, _):
        nonlocal at
        out.extend(bytes(max(0, position - len(out))))
        at = position
        return 1

    kinds = (_POINTER, ctypes.c_size_t), (ctypes.c_int64,), (ctypes.c_int64,)
    returned = ctypes.c_size_t, ctypes.c_int64, ctypes.c_int
    callbacks = [
        ctypes.CFUNCTYPE(result, *taken, _POINTER)(function)  # type: ignore[call-overload]
        for result, taken, function in zip(returned, kinds, (_write, _skip, _seek), strict=True)
    ]
    stream = library.opj_stream_create(_CHUNK, 0)
    for name, callback in zip(("write", "skip", "seek"), callbacks, strict=True):
        getattr(library, f"opj_stream_set_{name}_function")(_POINTER(stream), callback)
    codec = library.opj_create_compress(kind)
    assert library.opj_setup_encoder(_POINTER(codec), ctypes.byref(parameters), image)
    assert library.opj_start_compress(_POINTER(codec), image, _POINTER(stream))
    assert library.opj_encode(_POINTER(codec), _POINTER(stream))
    assert library.opj_end_compress(_POINTER(codec), _POINTER(stream))
    library.opj_stream_destroy(_POINTER(stream))
    library.opj_destroy_codec(_POINTER(codec))
    return bytes(out)


def _library():
    library = ctypes.CDLL(_imaging.__file__)
    library.opj_image_create.restype = ctypes.POINTER(_Image)
    library.opj_stream_create.restype = library.opj_create_compress.restype = _POINTER
    return library
