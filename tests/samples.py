"""Small image files, made for the tests."""

from __future__ import annotations

import io
from typing import Any

import piexif
from PIL import Image


def picture(size: tuple[int, int] = (64, 48), seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Return a colourful picture; another seed, another picture."""
    gradient = Image.linear_gradient("L").resize(size)
    bands = [
        gradient,
        gradient.rotate(90 + seed % 90),
        gradient.point(lambda value: (value * 3 + seed * 40) % 256),
    ]
    return Image.merge("RGB", bands).convert(mode)


def jpeg(size: tuple[int, int] = (64, 48), seed: int = 0, **options: Any) -> bytes:
    """Return a JPEG."""
    return _encoded(picture(size, seed), "JPEG", **options)


def photo(seed: int = 0) -> bytes:
    """Return a JPEG with Exif: a camera, a date with its offset, a place, and lying on its side."""
    exif = {
        "0th": {
            piexif.ImageIFD.Make: b"Janus",
            piexif.ImageIFD.Model: b"Two Faces",
            piexif.ImageIFD.Orientation: 6,
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: b"2026:01:09 12:30:15",
            piexif.ExifIFD.SubSecTimeOriginal: b"25",
            piexif.ExifIFD.OffsetTimeOriginal: b"+01:00",
            piexif.ExifIFD.ExposureTime: (1, 250),
            piexif.ExifIFD.FNumber: (28, 10),
            piexif.ExifIFD.ISOSpeedRatings: 200,
        },
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N",
            piexif.GPSIFD.GPSLatitude: ((41, 1), (53, 1), (24, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"E",
            piexif.GPSIFD.GPSLongitude: ((12, 1), (29, 1), (6, 1)),
        },
    }
    return jpeg((1600, 1200), seed, exif=piexif.dump(exif))


def png(size: tuple[int, int] = (64, 48), seed: int = 0, mode: str = "RGB", **options: Any) -> bytes:
    """Return a PNG."""
    return _encoded(picture(size, seed, mode), "PNG", **options)


def _encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
