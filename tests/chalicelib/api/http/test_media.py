"""Media types as they are sent, and those under which images are stored."""

from __future__ import annotations

import pytest

from chalicelib.api.http import media


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("image/jpeg", "image/jpeg"),
        (" Image/JPEG ", "image/jpeg"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/json ;charset=utf-8;x=y", "application/json"),
        ("", ""),
    ],
)
def test_a_media_type_has_no_parameters_and_small_letters(header: str, media_type: str) -> None:
    """RFC 9110, section 8.3.1."""
    assert media.bare(header) == media_type


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("image/apng", "image/png"),
        ("image/vnd.mozilla.apng", "image/png"),
        ("image/x-png", "image/png"),
        ("image/tif", "image/tiff"),
        ("image/x-tiff", "image/tiff"),
        ("image/x-bmp", "image/bmp"),
        ("image/x-ms-bmp", "image/bmp"),
        ("image/jpx", "image/jp2"),
        ("image/jpeg2000", "image/jp2"),
        ("image/heic-sequence", "image/heic"),
        ("image/heif-sequence", "image/heif"),
        ("image/avif-sequence", "image/avif"),
        ("image/jpeg", "image/jpeg"),
        ("image/heic", "image/heic"),
        ("application/octet-stream", "application/octet-stream"),
    ],
)
def test_other_names_lead_to_the_registered_one(sent: str, stored: str) -> None:
    """Every name is accepted, and an image is stored under the registered one."""
    assert media.kept(sent) == stored
    assert sent in media.ACCEPTED_IMAGES


@pytest.mark.parametrize("sent", ["text/html", "image/svg+xml", "video/mp4", "image/*", ""])
def test_no_other_type_is_an_image_s(sent: str) -> None:
    """Though one without a registered name is stored as it is."""
    assert media.kept(sent) == sent
    assert sent not in media.ACCEPTED_IMAGES
