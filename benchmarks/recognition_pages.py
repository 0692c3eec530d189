"""The pages of `recognition`: lines in the machine's fonts, on paper and on photographs, a little askew."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (12, 14, 16, 20, 24, 28, 36, 48, 72)  # pixels of the em square
SMALL = 20  # pixels: smaller text is counted apart
ANGLE = 5.0  # degrees, at most
SIZE = (1120, 760)
FAMILIES = ("DejaVu*", "Liberation*", "Noto*", "Roboto*", "Open*", "Lato*")
LEFT_OUT = ("Symbol", "Math", "Emoji", "CJK")
SENTENCES = (
    "Harbour office, open 9:30 to 17:45",
    "The quick brown fox jumps over 13 lazy dogs",
    "Total: 248.60 EUR (incl. 19 % VAT)",
    "Platform 7, carriage 12, seats 34 and 35",
    "Please keep the fire exit clear at all times",
    "Order no. 4471-B shipped on 28 March",
    "Fresh bread & pastries every morning!",
    "Latitude 59.9139 N, longitude 10.7522 E",
    "Wash at 40 degrees with similar colours",
    "Call 555-0182 before you visit the museum",
    "Chapter 3: How lighthouses were built",
    "Best before 06/2027, store in a dry place",
)


class Line(NamedTuple):
    """A line of a page: its text, its font's size in pixels, and its rows before the page was turned."""

    text: str
    size: int
    top: float
    bottom: float


class Page(NamedTuple):
    """A picture of lines; it was turned by `angle` degrees, anticlockwise, around its middle."""

    name: str
    image: Image.Image
    lines: list[Line]
    angle: float

    def before_the_turn(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the picture was before it was turned."""
        turn = math.radians(self.angle)
        across, down = x - self.image.width / 2, y - self.image.height / 2
        return (
            self.image.width / 2 + across * math.cos(turn) - down * math.sin(turn),
            self.image.height / 2 + across * math.sin(turn) + down * math.cos(turn),
        )


def fonts(number: int) -> list[Path]:
    """Return fonts of this machine, at most `number`, each of another style."""
    found = {path.name: path for family in FAMILIES for path in Path("/usr/share/fonts").rglob(f"{family}.ttf")}
    names = [name for name in sorted(found) if not any(word in name for word in LEFT_OUT)]
    step = max(len(names) / number, 1.0)
    return [found[names[int(position * step)]] for position in range(min(number, len(names)))]


def draw(paths: list[Path], backgrounds: list[Image.Image]) -> Iterator[Page]:
    """Yield a page for each font, on paper if there are no backgrounds; the same ones each time."""
    kind = "photograph" if backgrounds else "plain"
    for number, path in enumerate(paths):
        chance = random.Random(f"{kind} {path.name}")
        angle = chance.uniform(-ANGLE, ANGLE)
        if backgrounds:
            paper = backgrounds[number % len(backgrounds)].resize(SIZE)
        else:
            paper = Image.new("RGB", SIZE, chance.choice(("#ffffff", "#f4efe4", "#20242c", "#d8e6d0")))
        ink = Image.new("L", SIZE)
        lines = list(_write(ImageDraw.Draw(ink), path, chance))
        turned = ink.rotate(angle, Image.Resampling.BICUBIC)
        grey = paper.convert("L")
        dark = sum(value * count for value, count in enumerate(grey.histogram())) > 128 * grey.width * grey.height
        paper.paste(Image.new("RGB", SIZE, "#101010" if dark else "#f8f8f8"), (0, 0), turned)
        yield Page(f"{kind} {path.stem}", paper, lines, angle)


def with_lines(photograph: Image.Image, path: Path, number: int = 20) -> Image.Image:
    """Return a photograph with lines of text over its whole height."""
    image = photograph.copy()
    pen = ImageDraw.Draw(image)
    step = image.height / (number + 1)
    for line in range(number):
        place = (60, round(step * (line + 0.5)))
        font = ImageFont.truetype(path, 24)
        pen.text(place, SENTENCES[line % len(SENTENCES)], "white", font, stroke_width=2, stroke_fill="black")
    return image


def _write(ink: ImageDraw.ImageDraw, path: Path, chance: random.Random) -> Iterator[Line]:
    """Write a line of each size, from the top down."""
    y = 76.0  # the corners are turned out of the picture
    for size in SIZES:
        font = ImageFont.truetype(path, size)
        text = chance.choice(SENTENCES)
        while ink.textlength(text, font) > SIZE[0] - 160:
            text = text[: text.rindex(" ")]
        ink.text((80, y), text, 255, font)
        yield Line(text, size, y - 0.15 * size, y + 1.35 * size)
        y += 1.6 * size + 14
