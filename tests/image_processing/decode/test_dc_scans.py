"""A progressive JPEG decoded to an eighth needs the scans of its DC coefficients alone."""

from __future__ import annotations

import functools
import io

import numpy as np
import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import codestreams, pixels
from image_processing.errors import Truncated
from image_processing.source import BytesSource
from tests.image_processing.analysis import pictures


@functools.cache
def scene():
    return pictures.scene((2400, 1600))


def jpeg(**options):
    out = io.BytesIO()
    scene().save(out, "JPEG", **{"quality": 90, "progressive": True, **options})
    return out.getvalue()


def decoded(data):
    source = BytesSource(data)
    return np.asarray(pixels.decode(source, metadata.read(source), 256)).astype(int)


@pytest.mark.medium
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_rows": 1}])
def test_the_small_image_is_nearly_that_of_all_scans(options):
    """Luminance is the same; colour loses half its resolution where it had but half to begin with."""
    data = jpeg(**options)
    lean = codestreams.jpeg_dc_scans(data)
    baseline = decoded(jpeg(progressive=False, **options))

    assert len(lean) < len(data) / 2
    assert codestreams.jpeg_dc_scans(lean) == lean
    assert np.abs(decoded(data) - baseline).mean() < 2
    assert decoded(lean) == pytest.approx(decoded(data))


@pytest.mark.medium
def test_colour_profiles_stay():
    """They are needed for the colours."""
    profile = b"p" * 300
    lean = codestreams.jpeg_dc_scans(jpeg(icc_profile=profile))

    assert Image.open(io.BytesIO(lean)).info["icc_profile"] == profile


def test_other_files_come_back_as_they_are():
    """Baseline, cut short, damaged, not a JPEG at all."""
    progressive = jpeg()
    for data in (jpeg(progressive=False), progressive[: len(progressive) // 2], b"", b"\xff\xd8\xff", bytes(99)):
        assert codestreams.jpeg_dc_scans(data) == data


def test_a_file_cut_short_is_still_refused():
    """Its DC scans may be whole; the image is not."""
    data = jpeg()
    with pytest.raises(Truncated):
        decoded(data[: len(data) * 3 // 4])


def test_broken_bytes_never_crash_it():
    """Any byte may be any other."""
    data, random = jpeg(quality=30), np.random.default_rng(5)
    for _ in range(150):
        broken = bytearray(data)
        for at in random.integers(0, 1200, 3).tolist():
            broken[at] = int(random.integers(256))
        assert len(codestreams.jpeg_dc_scans(bytes(broken))) <= len(data)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [(None, "assumed"), (b"x" * 200, "unusable")],
)
def test_how_colours_came_about_is_said(profile, expected):
    """No profile is assumed to be sRGB; a broken one is said to be."""
    data = jpeg(**({"icc_profile": profile} if profile else {}))
    source = BytesSource(data)

    assert pixels.decode(source, metadata.read(source), 256).info == {"colour_managed": expected}
