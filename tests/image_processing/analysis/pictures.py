"""Pictures that the tests of the analysis make for themselves."""

from __future__ import annotations

import numpy as np
from PIL import Image


def plain(colour, size=(60, 40), mode="RGB"):
    """Return one colour."""
    return Image.new(mode, size, colour)


def halves(left, right, size=(60, 40)):
    """Return two colours side by side."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def scene(size=(240, 160), turn=0.0):
    """Return something like a landscape: a graded sky, hills, a sun, a ground. `turn` changes its forms."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] / (height, width)[0]
    sky = np.stack([90 + 120 * y, 140 + 80 * y, 230 - 60 * y], -1)
    hills = y > 0.55 + 0.12 * np.sin(5 * x + turn) + 0.04 * np.sin(17 * x + 3 * turn)
    ground = np.stack([60 + 50 * np.sin(40 * x * y + turn), 110 - 40 * y, 40 + 20 * np.cos(30 * x)], -1)
    sun = (x - 1.1) ** 2 + (y - 0.2) ** 2 < 0.012
    pixels = np.where(hills[..., None], ground, sky)
    pixels = np.where(sun[..., None], (250, 214, 90), pixels)
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def noise(seed, size=(64, 48)):
    """Return pixels without order, always the same for a seed."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8))


def vignette(size=(80, 60)):
    """Return an opaque disc that fades into nothing, red, its hidden pixels green."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    away = np.hypot((x - size[0] / 2) / size[0], (y - size[1] / 2) / size[1])
    alpha = np.clip((0.4 - away) * 2000, 0, 255)
    pixels = np.zeros((size[1], size[0], 4))
    pixels[..., 0] = np.where(alpha > 0, 220, 0)
    pixels[..., 1] = np.where(alpha > 0, 20, 255)
    pixels[..., 3] = alpha
    return Image.fromarray(np.rint(pixels).astype(np.uint8))
