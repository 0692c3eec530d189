# ruff: noqa: INP001  a program, no package
"""Make the sample images: `python samples/make.py`. They are drawn here, and so free of anyone's rights (MIT).

The same program makes the same pictures; the five formats, sizes and sorts of metadata are there to show Janus.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import NamedTuple

import pillow_heif
from PIL import ExifTags, Image, ImageDraw, ImageFilter, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational as Ratio

FOLDER = Path(__file__).parent
Colour = tuple[int, int, int]


class Light(NamedTuple):
    """The colours of an hour: sky from top to horizon, its sun or moon, the farthest and the nearest land."""

    zenith: Colour
    horizon: Colour
    disc: Colour
    far: Colour
    near: Colour


DUSK = Light((38, 52, 98), (255, 172, 120), (255, 232, 190), (158, 116, 142), (36, 34, 62))
NOON = Light((52, 128, 204), (214, 236, 246), (255, 252, 236), (226, 196, 148), (178, 122, 70))
NIGHT = Light((6, 10, 30), (44, 62, 110), (236, 238, 226), (34, 46, 82), (8, 12, 26))
DAWN = Light((96, 120, 178), (255, 214, 202), (255, 244, 214), (164, 150, 176), (62, 92, 92))


def main() -> None:
    """Write the samples beside this file."""
    pillow_heif.register_heif_opener()
    harbour = scene((1600, 1066), DUSK, seed=7, water=True)
    boats(harbour)
    harbour.save(
        FOLDER / "harbour.jpg",
        quality=84,
        exif=exif("Harbour at dusk", "2024:09:14 19:42:31", "+02:00", (53.5436, 9.9667)),
        xmp=xmp("Harbour at dusk", "Boats come home under the evening sky.", ["harbour", "boats", "dusk"]),
        progressive=True,
    )
    dunes = scene((1280, 854), NOON, seed=21, water=False)
    dunes.save(
        FOLDER / "dunes.webp",
        quality=80,
        exif=exif("Dunes at noon", "2023:06:21 12:05:10", "-03:00", (-2.4858, -43.1284)),
        xmp=xmp("Dunes at noon", "Sand, wind and nothing else.", ["dunes", "sand"]),
    )
    night = scene((1200, 800), NIGHT, seed=4, water=True)
    stars(night)
    night.save(FOLDER / "moonrise.heic", quality=60, exif=exif("Moonrise", "2024:01:25 21:10:00", "+00:00", None))
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Title", "Emblem", lang="en")
    info.add_itxt("XML:com.adobe.xmp", xmp("Emblem", "A lighthouse, cut out.", ["lighthouse"]).decode())
    lighthouse((512, 512)).save(FOLDER / "emblem.png", pnginfo=info, optimize=True, dpi=(144, 144))
    frames = [scene((360, 240), mixed(DAWN, DUSK, step / 7), seed=11, water=True) for step in range(8)]
    frames[0].save(FOLDER / "day.gif", save_all=True, append_images=frames[1:], duration=180, loop=0)


def scene(size: tuple[int, int], light: Light, *, seed: int, water: bool) -> Image.Image:
    """Draw a sky with its sun or moon, ridges that fade with distance, and water that mirrors them."""
    width, height = size
    chance = random.Random(seed)  # noqa: S311  a picture, no secret
    shore = int(height * (0.62 if water else 1.0))
    picture = gradient((width, height), light.zenith, light.horizon, shore)
    disc = Image.new("L", size)
    x, y, radius = width * chance.uniform(0.25, 0.75), shore * 0.42, height * 0.055
    ImageDraw.Draw(disc).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    glow = disc.filter(ImageFilter.GaussianBlur(radius * 1.6)).point(lambda value: min(255, value * 2))
    picture.paste(Image.new("RGB", size, light.disc), mask=glow)
    picture.paste(Image.new("RGB", size, light.disc), mask=disc.filter(ImageFilter.GaussianBlur(1)))
    draw = ImageDraw.Draw(picture)
    for layer in range(5):
        share = layer / 4
        base = shore * (0.62 + 0.4 * share)
        waves = [(chance.uniform(0.6, 3.5), chance.uniform(0, 6.3), chance.uniform(0.2, 1)) for _ in range(4)]
        ridge = [
            (
                x,
                base
                - height * 0.045 * sum(high * math.sin(x / width * fast * 6.3 + at) for fast, at, high in waves),
            )
            for x in range(0, width + 1, 2)
        ]
        draw.polygon([*ridge, (width, shore), (0, shore)], fill=blend(light.far, light.near, share))
    if water:
        mirror = picture.crop((0, 2 * shore - height, width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        mirror = mirror.filter(ImageFilter.GaussianBlur(height / 300))
        picture.paste(Image.blend(mirror, Image.new("RGB", mirror.size, light.near), 0.28), (0, shore))
        draw = ImageDraw.Draw(picture)
        for _ in range(90):
            across, down = chance.uniform(0, width), shore + (height - shore) * chance.random() ** 2
            long = width * 0.04 * (down - shore + 8) / (height - shore)
            draw.line((across, down, across + long, down), fill=blend(light.horizon, light.near, 0.45))
    return picture


def boats(picture: Image.Image) -> None:
    """Draw three boats with masts and riding lights."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    for x, y, size in ((0.22, 0.75, 0.09), (0.58, 0.69, 0.055), (0.79, 0.82, 0.13)):
        left, top, long = x * width, y * height, size * width
        keel, mast = top + long * 0.16, left + long * 0.45
        hull = [(left, top), (left + long, top), (left + long * 0.86, keel), (left + long * 0.12, keel)]
        draw.polygon(hull, fill=(24, 22, 40))
        draw.line((mast, top, mast, top - long * 0.9), fill=(24, 22, 40), width=max(2, int(long / 45)))
        sail = [(mast + 4, top - long * 0.85), (mast + 4, top - 6), (mast + long * 0.42, top - 6)]
        draw.polygon(sail, fill=(233, 214, 196))
        lamp, head = max(2, long / 40), top - long * 0.93
        draw.ellipse((mast - lamp, head, mast + lamp, head + 2 * lamp), fill=(255, 226, 150))


def stars(picture: Image.Image) -> None:
    """Draw stars, fewer near the horizon."""
    draw, chance = ImageDraw.Draw(picture), random.Random(3)  # noqa: S311
    for _ in range(160):
        x, y = chance.uniform(0, picture.width), picture.height * 0.34 * chance.random() ** 1.5
        draw.point((x, y), fill=(chance.randint(120, 255),) * 3)


def lighthouse(size: tuple[int, int]) -> Image.Image:
    """Draw a lighthouse on nothing at all: the alpha channel is the point."""
    picture = Image.new("RGBA", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(512, 260), (1010, 120), (1010, 400)], fill=(255, 214, 120, 90))
    draw.polygon([(400, 940), (624, 940), (580, 330), (444, 330)], fill=(244, 240, 232))
    for band in range(3):
        top = 430 + band * 180
        edge = (top - 330) * 44 / 610
        sides = [(444 - edge, top), (580 + edge, top), (586 + edge, top + 84), (438 - edge, top + 84)]
        draw.polygon(sides, fill=(198, 60, 52))
    draw.rectangle((430, 300, 594, 336), fill=(38, 44, 66))
    draw.rectangle((462, 224, 562, 300), fill=(255, 226, 140))
    draw.polygon([(448, 224), (576, 224), (512, 150)], fill=(198, 60, 52))
    draw.ellipse((250, 900, 774, 1010), fill=(58, 66, 88))
    return picture.resize(size, Image.Resampling.LANCZOS)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour, until: int) -> Image.Image:
    """Return a sky."""
    line = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        line.putpixel((0, y), blend(top, bottom, min(1, y / until) ** 1.3))
    return line.resize(size)


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def mixed(one: Light, other: Light, share: float) -> Light:
    """Return a light between two."""
    return Light(*(blend(a, b, share) for a, b in zip(one, other, strict=True)))


def exif(title: str, taken: str, offset: str, place: tuple[float, float] | None) -> Image.Exif:
    """Return the Exif block of a camera that there never was, at a place (latitude, longitude) or none."""
    block = Image.Exif()
    base, detail = ExifTags.Base, block.get_ifd(ExifTags.IFD.Exif)
    block[base.ImageDescription] = title
    block[base.Make], block[base.Model] = "Janus", "Two-Faced 1"
    block[base.Artist], block[base.Copyright] = "The Janus project", "MIT"
    block[base.Software], block[base.DateTime] = "samples/make.py", taken
    detail[base.DateTimeOriginal] = detail[base.DateTimeDigitized] = taken
    detail[base.OffsetTimeOriginal], detail[base.SubsecTimeOriginal] = offset, "250"
    detail[base.ExposureTime], detail[base.FNumber] = Ratio(1, 60), Ratio(28, 10)
    detail[base.ISOSpeedRatings], detail[base.FocalLength] = 400, Ratio(35)
    detail[base.FocalLengthIn35mmFilm], detail[base.LensModel] = 35, "Janus 35mm F2"
    if place is not None:
        gps = block.get_ifd(ExifTags.IFD.GPSInfo)
        latitude, longitude = place
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "NS"[latitude < 0], degrees(latitude)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "EW"[longitude < 0], degrees(longitude)
    return block


def degrees(angle: float) -> tuple[Ratio, Ratio, Ratio]:
    """Return an angle as Exif has it: degrees, minutes, seconds."""
    minutes, hundredths = divmod(round(abs(angle) * 3600 * 100), 6000)
    return Ratio(minutes // 60), Ratio(minutes % 60), Ratio(hundredths, 100)


def xmp(title: str, description: str, keywords: list[str]) -> bytes:
    """Return an XMP packet with Dublin Core's title, description and keywords."""
    words = "".join(f"<rdf:li>{word}</rdf:li>" for word in keywords)

    def text(value: str) -> str:
        return f'<rdf:Alt><rdf:li xml:lang="x-default">{value}</rdf:li></rdf:Alt>'

    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{text(title)}</dc:title><dc:description>{text(description)}</dc:description>"
        f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


if __name__ == "__main__":
    main()
