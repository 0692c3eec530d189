"""JPEG 2000 of any size, offset and subsampling shows the picture that it was made of, at any scale."""

import itertools
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from image_processing import metadata
from image_processing.decode import jpeg2000, openjpeg, pixels
from image_processing.errors import NotDecodable
from image_processing.source import BytesSource
from tests.image_processing.builders import box
from tests.image_processing.decode import jpeg2000_files as files

WHOLE = 1 << 20
PERIOD = 200  # pixels of a wave
CLOSE = 2.5  # 255ths of a channel, in the mean: about one unit of colour difference
LARGE = [2560, 2561, 2563, *range(5119, 5130), 8184, 8191, 8192, 8193]
# What the image is made of: colour space, XRsiz and YRsiz of each component.
KINDS = {
    "grey": (files.GREY, [(1, 1)]),
    "colours": (files.RGB, [(1, 1)] * 3),
    "4:2:0": (files.SYCC, [(1, 1), (2, 2), (2, 2)]),
    "4:2:2": (files.SYCC, [(1, 1), (2, 1), (2, 1)]),
    "4:1:0": (files.SYCC, [(1, 1), (4, 2), (4, 2)]),
    "all halved": (files.RGB, [(2, 2)] * 3),
    "halved grey": (files.GREY, [(2, 2)]),
}
OFFSETS = [(0, 0), (1, 1), (2, 0), (0, 3), (5, 7), (13, 64), (255, 1)]  # XOsiz, YOsiz


def waves(size, count):
    """Draw planes of smooth waves, each of its own phase."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    return [
        np.round(128 + 90 * np.sin(2 * np.pi * (x + y) / PERIOD + 2 * phase)).astype(np.uint8)
        for phase in range(count)
    ]


def picture(planes, space):
    """Show planes as RGB."""
    if len(planes) == 1:
        return Image.fromarray(planes[0]).convert("RGB")
    mode = "YCbCr" if space == files.SYCC else "RGB"
    return Image.merge(mode, [Image.fromarray(plane) for plane in planes]).convert("RGB")


def decoded(data, max_side=WHOLE):
    source = BytesSource(data)
    return pixels.decode(source, metadata.read(source), max_side)


def difference(one, other):
    """Return the mean difference of two images, in 255ths of a channel."""
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean()


def assert_the_picture(size, kind, offset, max_side, **options):
    """Check a file at full scale, and at reduced scale against the original averaged over boxes."""
    space, steps = KINDS[kind]
    planes = waves(size, len(steps))
    original = picture(planes, space)
    data = files.write(planes, space=space, steps=steps, offset=offset, **options)
    about = size, kind, offset, max_side, options

    full, small = decoded(data), decoded(data, max_side)

    assert full.size == size, about
    assert difference(full, original) <= (0 if steps[-1] == (1, 1) else CLOSE), about
    assert max(small.size) == min(max_side, max(size)), about
    assert difference(small, original.resize(small.size, Image.Resampling.BOX)) <= CLOSE, about


def has_samples(size, kind, offset):
    """Tell whether each component of an image has any."""
    return all(
        -(-start // step) < -(-(start + side) // step)
        for steps in KINDS[kind][1]
        for start, side, step in zip(offset, size, steps, strict=True)
    )


def shapes(lengths):
    """Give each length as a width, then as a height, of a thin image."""
    return ((length, 16) if across else (16, length) for length in lengths for across in (True, False))


@pytest.mark.parametrize("kind", KINDS)
def test_small_images_of_every_size_are_decoded(kind):
    """All sizes up to 64 with every offset, and reduced to a fifth."""
    for size, offset in zip(shapes(range(1, 65)), itertools.cycle(OFFSETS), strict=False):
        if has_samples(size, kind, offset):
            assert_the_picture(size, kind, offset, max(1, max(size) // 5))


@pytest.mark.medium
@pytest.mark.parametrize("kind", KINDS)
def test_large_images_are_decoded_at_reduced_scale(kind):
    """Sides that the reduction does not divide, as the standard profile reduces them."""
    lengths = LARGE if kind == "grey" else LARGE[list(KINDS).index(kind) :: 6]
    for size, offset in zip(shapes(lengths), itertools.cycle(OFFSETS), strict=False):
        assert_the_picture(size, kind, offset, pixels.MAX_SIDE)


@pytest.mark.parametrize(
    ("offset", "tile", "tile_offset"),
    [
        ((0, 0), (64, 64), (0, 0)),
        ((5, 7), (64, 64), (0, 0)),
        ((5, 7), (64, 48), (3, 2)),
        ((70, 99), (64, 48), (64, 80)),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_tiles_are_put_together(kind, offset, tile, tile_offset):
    """Tiles, the first cut off by the image's offset, are decoded at their places, reduced too."""
    assert_the_picture((180, 150), kind, offset, 60, tile=tile, tile_offset=tile_offset, levels=3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_images_around_every_multiple_of_eight_are_decoded(kind):
    """Every multiple of eight up to 8,192, one less and one more, each as one of the kinds, with every offset."""
    lengths = [length for middle in range(8, 8193, 8) for length in (middle - 1, middle, middle + 1)]
    mine = lengths[list(KINDS).index(kind) :: len(KINDS)]
    for index, (length, offset) in enumerate(zip(mine, itertools.cycle(OFFSETS), strict=False)):
        size = (length, 16) if index % 2 else (16, length)
        if has_samples(size, kind, offset):
            assert_the_picture(size, kind, offset, pixels.MAX_SIDE if length > 2560 else max(1, length // 5))


def boxed(codestream, size, components, *boxes, bits=7):
    """Put a codestream into a JP2 file, with boxes behind its "ihdr"."""
    ihdr = struct.pack(">IIHBBBB", size[1], size[0], components, bits, 7, 0, 0)
    head = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return head + box(b"jp2h", box(b"ihdr", ihdr), *boxes) + box(b"jp2c", codestream)


def colour(number):
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, number))


SRGB = colour(16)


def test_a_palette_is_applied_to_indices_that_no_reduction_has_mixed():
    """Reduced indices would be other colours: of stripes of the first and the third colour, the second."""
    size = 600, 40
    indices = np.zeros((40, 600), np.uint8)
    indices[:, ::2] = 2
    colours = [(200, 0, 0), (0, 255, 0), (0, 0, 200)]
    pclr = box(b"pclr", struct.pack(">HBBBB", 3, 3, 7, 7, 7) + bytes(itertools.chain(*colours)))
    cmap = box(b"cmap", bytes((0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2)))
    data = boxed(files.write([indices], space=files.GREY, boxed=False), size, 1, SRGB, pclr, cmap)

    small = decoded(data, 60)

    original = Image.fromarray(np.array(colours, np.uint8)[indices])
    assert difference(decoded(data), original) == 0
    assert difference(small, original.resize(small.size, Image.Resampling.BOX)) <= CLOSE


def test_a_palette_of_many_channels_is_not_decoded():
    """OpenJPEG would make a plane of each."""
    pclr = box(b"pclr", struct.pack(">HB", 1, 255) + b"\7" * 255 + b"\0" * 255)
    data = boxed(files.write(waves((8, 8), 1), space=files.GREY, boxed=False), (8, 8), 1, SRGB, pclr)

    with pytest.raises(NotDecodable, match="255 components"):
        decoded(data)


@pytest.mark.parametrize("boxes", [True, False])
@pytest.mark.parametrize(
    ("depth", "signed"), [(1, False), (4, False), (8, True), (12, False), (16, False), (16, True)]
)
@pytest.mark.parametrize("space", [files.GREY, files.RGB])
def test_samples_of_any_depth_are_shown_with_eight_bits(space, depth, signed, boxes):
    """The darkest is 0 and the brightest 255, in files and in bare codestreams."""
    top = (1 << depth) - 1
    ramp = np.linspace(0, top, 64).round().astype(int)[None].repeat(32, axis=0)
    planes = [ramp - (signed << depth - 1)] * (1 if space == files.GREY else 3)

    image = decoded(files.write(planes, space=space, depth=depth, signed=signed, boxed=boxes))

    assert np.abs(np.asarray(image)[0, :, 0] - ramp[0] * 255 / top).max() <= 0.5


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("boxes", [True, False])
def test_opacity_is_kept(count, boxes):
    """The last of two or four components is the opacity, told by "cdef" or by nothing."""
    planes = waves((70, 50), count)
    space = files.GREY if count == 2 else files.RGB
    data = files.write(planes, space=space, boxed=boxes, alpha=count - 1 if boxes else None)

    image = decoded(data)

    assert image.mode == "RGBA"
    assert np.array_equal(np.asarray(image)[..., 3], planes[-1])
    assert np.array_equal(np.asarray(image)[..., 0], planes[0])


def test_inks_are_shown():
    """The enumerated colour space 12 is CMYK: no ink is white."""
    plane = np.zeros((20, 20), np.uint8)
    inks = [plane, plane + 255, plane + 255, plane]
    data = boxed(files.write(inks, boxed=False), (20, 20), 4, colour(12))

    assert decoded(data).getpixel((5, 5)) == (255, 0, 0)


def test_components_of_different_depths_are_each_scaled():
    """Depths of their own ("bpcc"): five bits of red beside eight of green and blue."""
    planes = [np.full((16, 16), value, np.uint8) for value in (31, 128, 0)]
    stream = bytearray(files.write(planes, boxed=False))
    data = boxed(bytes(stream), (16, 16), 3, box(b"bpcc", bytes((4, 7, 7))), SRGB, bits=255)
    at = data.index(b"\xff\x51") + 40  # Ssiz of the first component; the coded bits stay, so its middle is 16
    data = data[:at] + b"\4" + data[at + 3 - 2 :]

    red, green, blue = decoded(data).getpixel((8, 8))

    assert (green, blue) == (128, 0)
    assert red == 0  # 31 - 128 + 16, clipped


def test_chroma_of_fewer_samples_in_a_bare_codestream_is_told_by_its_steps():
    """A codestream has no colour space: three components of which the last two are halved are YCbCr."""
    planes = waves((99, 67), 3)
    data = files.write(planes, space=files.SYCC, steps=KINDS["4:2:0"][1], boxed=False)

    assert difference(decoded(data), picture(planes, files.SYCC)) <= CLOSE


def test_an_embedded_profile_converts_the_colours():
    """A "colr" box may hold an ICC profile: here one whose red and green are exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"sRGB", b"ours")
    profile = (
        profile.replace(b"\0s\0R\0G\0B", b"\0o\0u\0r\0s")
        .replace(b"rXYZ", b"xXYZ")
        .replace(b"gXYZ", b"rXYZ")
        .replace(b"xXYZ", b"gXYZ")
    )
    planes = [np.full((16, 16), value, np.uint8) for value in (255, 0, 0)]
    data = boxed(files.write(planes, boxed=False), (16, 16), 3, box(b"colr", b"\2\0\0" + profile))

    image = decoded(data)

    assert image.info["colour_managed"] == "converted"
    assert np.abs(np.array(image.getpixel((3, 3))) - (0, 255, 0)).max() <= 2


@pytest.mark.parametrize("number", [1, 14, 24])
def test_colour_spaces_that_openjpeg_leaves_are_not_decoded(number):
    """CIELab shown as RGB would be another picture."""
    data = boxed(files.write(waves((16, 16), 3), boxed=False), (16, 16), 3, colour(number))

    with pytest.raises(NotDecodable, match=f"colour space {number} "):
        decoded(data)


def test_samples_of_more_bits_than_openjpeg_knows_are_not_decoded():
    """The format has up to 38 bits, OpenJPEG up to 31."""
    data = files.write(waves((16, 16), 1), space=files.GREY, boxed=False)
    at = data.index(b"\xff\x51") + 40

    with pytest.raises(NotDecodable, match="38 bits"):
        decoded(data[:at] + bytes((37,)) + data[at + 1 :])


def test_a_component_without_samples_is_not_decodable():
    """A step beyond the image leaves none: the file is sound, but nothing tells its grey."""
    data = files.write(waves((16, 16), 1), space=files.GREY, offset=(1, 1), boxed=False)
    at = data.index(b"\xff\x51") + 41

    with pytest.raises(NotDecodable, match="no samples"):
        decoded(data[:at] + b"\xff\xff" + data[at + 2 :])


def test_levels_are_those_of_the_component_and_tile_that_have_fewest():
    """COD of the main header tells five, COC of a component three, COD of a tile two."""
    whole = files.write(waves((256, 256), 3), tile=(128, 128), boxed=False)
    at = whole.index(b"\xff\x52")
    coc = b"\xff\x53" + struct.pack(">HBBBBBBB", 9, 1, 0, 3, 4, 4, 0, 1)
    tile_at = whole.index(b"\xff\x93")
    cod = b"\xff\x52" + struct.pack(">HBBHBBBBBB", 12, 0, 0, 1, 1, 2, 4, 4, 0, 1)
    length = int.from_bytes(whole[tile_at - 6 : tile_at - 2], "big") + len(cod)
    in_tile = (
        whole[: tile_at - 6] + struct.pack(">I", length) + whole[tile_at - 2 : tile_at] + cod + whole[tile_at:]
    )

    found = []
    for data in (whole, whole[:at] + coc + whole[at:], in_tile):
        source = BytesSource(data)
        siz = jpeg2000.siz(source)
        assert siz is not None
        found.append(jpeg2000.halvings(source, siz, (1, 1)))

    assert found == [5, 3, 2]


def test_without_openjpeg_no_pixel_is_decoded(monkeypatch):
    """A Pillow that was built without it has no such functions."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())

    with pytest.raises(NotDecodable):
        openjpeg._library.__wrapped__()


def test_a_profile_whose_primaries_make_no_white_is_left_aside():
    """Some encoders wrote profiles without primaries: the colours stay as they are, and are not made noise."""
    profile = (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        .tobytes()
        .replace(b"\0s\0R\0G\0B", b"\0o\0u\0r\0s")
    )
    for tag in (b"rXYZ", b"gXYZ", b"bXYZ"):
        at = int.from_bytes(profile[profile.index(tag) + 4 :][:4], "big") + 8
        profile = profile[:at] + bytes(12) + profile[at + 12 :]
    planes = [np.full((16, 16), value, np.uint8) for value in (250, 120, 30)]
    data = boxed(files.write(planes, boxed=False), (16, 16), 3, box(b"colr", b"\2\0\0" + profile))

    image = decoded(data)

    assert image.info["colour_managed"] == "unusable"
    assert image.getpixel((3, 3)) == (250, 120, 30)
