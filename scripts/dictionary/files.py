"""Photographs that nobody took: drawn scenes, saved as cameras, phones and programs save them."""

from __future__ import annotations

import io
import random
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from samples import album, make
from scripts.dictionary import cameras, packets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

SIZES = ((1400, 1050), (1050, 1400), (1500, 1000), (1000, 1500), (1200, 1200), (1600, 900))


def photographs(name: str, rounds: int) -> Iterator[bytes]:
    """Yield files: in each round one of every camera, half as many without any metadata, and an album's."""
    for turn in range(rounds):
        for camera in cameras.CAMERAS:
            yield _taken(camera, random.Random(f"{name} {turn} {camera.model}"))  # noqa: S311  no secret
        for number in range(len(cameras.CAMERAS) // 2):
            yield _plain(random.Random(f"{name} {turn} {number}"))  # noqa: S311  no secret
        for photograph in album.photographs(f"{name} {turn}", 8):
            yield photograph.data


def _taken(camera: cameras.Camera, chance: random.Random) -> bytes:
    day = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(14 * 365 * 86400))
    offset = chance.choice(("+00:00", "+01:00", "+02:00", "+09:00", "-05:00", "-04:00", "-07:00"))
    tagged = cameras.exif(camera, f"{day:%Y:%m:%d %H:%M:%S}", offset, chance)
    head = _segment(0xE1, b"Exif\0\0" + tagged)
    taken = f"{day:%Y-%m-%dT%H:%M:%S}"
    if camera.phone:
        named = packets.P3 if camera.make == "Apple" else packets.GOOGLE
        if chance.random() < 0.5:
            head += _xmp(packets.phone(taken, camera.make, camera.model, chance))
    else:
        named = chance.choice((packets.SRGB, packets.SRGB, packets.ADOBE))
        if chance.random() < 0.6:
            head += _segment(0xED, packets.photoshop(taken, offset, chance))
            head += _xmp(packets.edited(taken, offset, camera.lens, chance))
    if chance.random() < 0.6:
        head += profile(named)
    return jpeg(chance, head, jfif=chance.random() < 0.3)


def _plain(chance: random.Random) -> bytes:
    """Return what is left of a photograph on the web: a JFIF header, a profile now and then."""
    known = chance.choice((packets.SRGB, packets.SRGB, packets.P3, packets.GOOGLE, None, None))
    return jpeg(chance, b"" if known is None else profile(known), jfif=True)


def jpeg(chance: random.Random, head: bytes, *, jfif: bool) -> bytes:
    """Return a drawn picture as JPEG, with segments behind its JFIF header, or in the place of that."""
    file = io.BytesIO()
    options: dict[str, Any] = {
        "subsampling": chance.choice(("4:2:0", "4:2:0", "4:2:2", "4:4:4")),
        "quality": chance.randrange(70, 98),
        "progressive": chance.random() < 0.3,
    }
    if jfif and chance.random() < 0.7:
        options["dpi"] = (72, 72) if chance.random() < 0.7 else (300, 300)
    _picture(chance).save(file, "JPEG", **options)
    data = file.getvalue()
    end = 4 + int.from_bytes(data[4:6], "big")  # of the JFIF segment, which Pillow writes first
    return data[: end if jfif else 2] + head + data[end:]


def _picture(chance: random.Random) -> Image.Image:
    """Return a scene in colours of any hue."""

    def colour() -> make.Colour:
        return chance.randrange(256), chance.randrange(256), chance.randrange(256)

    light = chance.choice((*album.LIGHTS.values(), make.Light(colour(), colour(), colour(), colour(), colour())))
    other = make.Light(colour(), colour(), colour(), colour(), colour())
    mixed = make.mixed(light, other, chance.uniform(0, 0.6))
    return make.scene(chance.choice(SIZES), mixed, seed=chance.randrange(10**6), water=chance.random() < 0.5)


def _xmp(packet: bytes) -> bytes:
    return _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def profile(name: str) -> bytes:
    """Return the segment of a colour profile."""
    return _segment(0xE2, b"ICC_PROFILE\0\1\1" + packets.profile(name))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
