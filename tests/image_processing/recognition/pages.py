"""Pictures of text and faces that the tests of recognition make for themselves."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FACE = Path(__file__).with_name("astronaut.jpg")
"""Eileen Collins, by NASA, in the public domain; a part of `skimage.data.astronaut()`, 320 pixels a side."""
FACE_BOX = (0.329, 0.235, 0.319, 0.319)
"""Left, top, width and height of the face in it, as MediaPipe 0.10.14 itself finds it, with a score of 0.971."""


def page(*lines, colour="#222222", paper="#ffffff", size=(640, 320), at=28):
    """Return lines of text in the font that Pillow carries, the first 30 pixels from the top."""
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((30, 30 + number * at * 2), line, colour, ImageFont.load_default(at))
    return image


def overlap(box, left, top, width, height):
    """Return the intersection over union of a box and another one."""
    across = min(box.left + box.width, left + width) - max(box.left, left)
    down = min(box.top + box.height, top + height) - max(box.top, top)
    shared = max(across, 0) * max(down, 0)
    return shared / (box.width * box.height + width * height - shared)
