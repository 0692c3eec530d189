# ruff: noqa: INP001  a folder of programs, no package
"""Draw the albums that `make seed` uploads: the scenes of `make.py` at other hours, in other places and formats.

The same name makes the same album, to the byte where the libraries are the same.
"""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from PIL import PngImagePlugin

from samples import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

FORMATS = ("jpg", "jpg", "webp", "jpg", "png", "tif", "jpg", "gif")
SIZES = ((960, 640), (640, 960), (900, 900), (1200, 500))
LIGHTS = {"dawn": make.DAWN, "noon": make.NOON, "dusk": make.DUSK, "night": make.NIGHT}
FIRST_DAY = datetime(2026, 1, 10, 6, tzinfo=UTC)


class Place(NamedTuple):
    """Somewhere: its latitude and longitude in degrees, and the hours by which it is ahead of UTC."""

    name: str
    at: tuple[float, float]
    offset: int


PLACES = (
    Place("Lisbon", (38.7078, -9.1366), 0),
    Place("Tromso", (69.6489, 18.9551), 1),
    Place("Nairobi", (-1.2864, 36.8172), 3),
    Place("Kyoto", (35.0116, 135.7681), 9),
    Place("Valparaiso", (-33.0458, -71.6197), -4),
    Place("Wellington", (-41.2865, 174.7762), 12),
)


class Photograph(NamedTuple):
    """A file of an album."""

    name: str
    data: bytes
    content_type: str
    uploaded: datetime
    title: str
    tags: tuple[str, ...]


def photographs(name: str, number: int, days: int = 29) -> Iterator[Photograph]:
    """Yield an album's photographs, one every `days` from January 2026 on, most with a camera and a place."""
    for position in range(number):
        chance = random.Random(f"{name} {position}")  # noqa: S311  a picture, no secret
        ending = FORMATS[position % len(FORMATS)]
        hour, light = chance.choice(sorted(LIGHTS.items()))
        other = chance.choice(sorted(LIGHTS.values()))
        place = chance.choice(PLACES)
        water = chance.random() < 0.6
        colours = make.mixed(light, other, chance.uniform(0, 0.3))
        picture = make.scene(chance.choice(SIZES), colours, seed=chance.randrange(1000), water=water)
        if hour == "night":
            make.stars(picture)
        taken = FIRST_DAY + timedelta(days=days * position + chance.randrange(8), seconds=chance.randrange(43_200))
        title, tags = f"{place.name} at {hour}", (hour, "water" if water else "land", place.name.lower())
        known = chance.random() < 0.8  # some photographs do not say where they were taken
        data = encoded(picture, ending, title=title, taken=taken, place=place if known else None, tags=tags)
        content_type = {"jpg": "image/jpeg", "tif": "image/tiff"}.get(ending, f"image/{ending}")
        yield Photograph(
            f"{position + 1:02}-{place.name}-{hour}.{ending}".lower(),
            data,
            content_type,
            taken + timedelta(hours=chance.randrange(1, 60)),
            title,
            tags,
        )


def encoded(  # noqa: PLR0913  all that a file says
    picture: Image.Image, ending: str, *, title: str, taken: datetime, place: Place | None, tags: tuple[str, ...]
) -> bytes:
    """Return a picture as a file, with what its format can say of it."""
    offset = 0 if place is None else place.offset
    local = taken + timedelta(hours=offset)
    exif = make.exif(
        title,
        f"{local:%Y:%m:%d %H:%M:%S}",
        f"{'-' if offset < 0 else '+'}{abs(offset):02}:00",
        None if place is None else place.at,
    )
    xmp = make.xmp(title, f"{title}, drawn for the seeds of Janus.", list(tags))
    buffer = io.BytesIO()
    if ending == "jpg":
        picture.save(buffer, "JPEG", quality=82, exif=exif, xmp=xmp)
    elif ending == "webp":
        picture.save(buffer, "WEBP", quality=78, exif=exif, xmp=xmp)
    elif ending == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        picture.resize((picture.width // 2, picture.height // 2)).save(buffer, "PNG", pnginfo=info, exif=exif)
    elif ending == "tif":
        picture.save(buffer, "TIFF", compression="tiff_lzw", exif=exif)
    else:
        picture.quantize(64).save(buffer, "GIF", comment=title)
    return buffer.getvalue()
