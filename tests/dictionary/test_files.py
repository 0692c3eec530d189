"""The made photographs are photographs: what cameras and programs say of theirs is read from them."""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource
from scripts.dictionary import cameras, files, packets

if TYPE_CHECKING:
    from image_processing.metadata import ImageMetadata


@pytest.fixture(scope="module")
def read() -> list[ImageMetadata]:
    """Return what is read of one photograph of each camera."""
    return [
        metadata.read(BytesSource(data)) for data in islice(files.photographs("tests", 1), len(cameras.CAMERAS))
    ]


@pytest.mark.slow
def test_they_are_read_without_a_warning(read: list[ImageMetadata]) -> None:
    """What a reader complains about would come into the dictionary."""
    assert [found.warnings for found in read if found.warnings] == []


@pytest.mark.slow
def test_each_has_its_camera_and_the_groups_are_all_there(read: list[ImageMetadata]) -> None:
    """Phones and cameras, with and without what a raw converter adds."""
    assert [found.get("model") for found in read] == [camera.model for camera in cameras.CAMERAS]
    groups = {
        "Exif",
        "GPS",
        "Thumbnail",
        "IPTC",
        "Photoshop",
        "ICC_Profile",
        "XMP-xmp",
        "XMP-crs",
        "XMP-xmpMM",
        "JFIF",
    }
    assert groups <= {group for found in read for group in found.raw}


@pytest.mark.parametrize("name", [packets.SRGB, packets.P3, packets.ADOBE])
def test_a_profile_is_one_that_colours_are_converted_with(name: str) -> None:
    """Not only its name is read."""
    data = files.jpeg(random.Random(name), files.profile(name), jfif=True)
    source = BytesSource(data)
    found = metadata.read(source)
    assert found.get("icc_profile") == name
    assert pixels.decode(source, found, pixels.MAX_SIDE).info["colour_managed"] != "assumed"
