"""ICC profiles of published copies: the colours stay, and nothing that tells one display from another."""

import io
import struct

from PIL import Image, ImageChops, ImageCms

from image_processing.colour import icc_profile
from tests import samples
from tests.image_processing.builders import with_tag

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
SERIAL = b"SERIAL-0815"


def tags(profile: bytes) -> set[bytes]:
    count = int.from_bytes(profile[128:132], "big")
    return {profile[132 + 12 * number : 136 + 12 * number] for number in range(count)}


def converted(profile: bytes) -> Image.Image:
    """Return a picture in a profile's colours as another space has them."""
    source, target = (ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (profile, LAB))
    made = ImageCms.profileToProfile(samples.picture(), source, target, outputMode="LAB")
    assert made is not None
    return made


def test_colours_stay_as_they_were() -> None:
    """A colour engine reads the copy, and every pixel comes out the same."""
    copied = icc_profile.clean(with_tag(SRGB, b"mmod", SERIAL))
    assert ImageChops.difference(converted(copied), converted(SRGB)).getbbox() is None
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(copied)))
    assert name == ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(SRGB)))


def test_what_names_a_display_is_left_out() -> None:
    """Known or not; and what lies between the tags, or behind them."""
    for tag in (b"mmod", b"targ", b"vcgt", b"meta", b"zzzz"):
        copied = icc_profile.clean(with_tag(SRGB, tag, SERIAL) + SERIAL)
        assert SERIAL not in copied
        assert tags(copied) <= tags(SRGB)
    longer = SRGB + SERIAL
    assert SERIAL not in icc_profile.clean(len(longer).to_bytes(4, "big") + longer[4:])


def test_cleaning_again_changes_nothing() -> None:
    """Tags that share a value share it still, so that the copy is no larger than it was."""
    copied = icc_profile.clean(SRGB)
    assert len(copied) <= len(SRGB)
    assert icc_profile.clean(copied) == copied
    assert {b"rTRC", b"gTRC", b"bTRC", b"wtpt"} <= tags(copied)


def test_what_is_no_profile_is_left_out() -> None:
    """Too short, of another kind, with tags that reach out of it or cover each other many times over."""
    for data in (b"", SRGB[:100], SRGB[:36] + b"none" + SRGB[40:]):
        assert icc_profile.clean(data) == b""
    assert b"wtpt" not in tags(icc_profile.clean(SRGB.replace(b"wtpt", b"zzzz")))
    outside = with_tag(SRGB, b"A2B0", SERIAL)
    at = outside.index(b"A2B0")
    assert b"A2B0" not in tags(
        icc_profile.clean(outside[: at + 4] + struct.pack(">II", 1 << 31, 9) + outside[at + 12 :])
    )
    names = [b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2"]
    table = b"".join(struct.pack(">4sII", name, 128 + number, 9_000) for number, name in enumerate(names))
    body = SRGB[4:128] + struct.pack(">I", len(names)) + table + bytes(10_000)
    assert icc_profile.clean((len(body) + 4).to_bytes(4, "big") + body) == b""
