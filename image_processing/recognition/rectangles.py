"""Rotated rectangles: the smallest around points, and the picture within one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from image_processing.recognition.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle around (x, y), in pixels; its width lies at `angle` to the right, at most 45 degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float  # radians, clockwise

    def grown(self, distance: float) -> Rectangle:
        """Return it with each side moved outwards."""
        return replace(self, width=self.width + 2 * distance, height=self.height + 2 * distance)

    def scaled(self, across: float, down: float) -> Rectangle:
        """Return it in a picture that is so many times as wide and high; the two differ by little."""
        both = math.sqrt(across * down)
        return replace(
            self, x=self.x * across, y=self.y * down, width=self.width * both, height=self.height * both
        )

    def corners(self) -> Floats:
        """Return the corners, [4, (x, y)], clockwise from the upper left one."""
        along = np.array([math.cos(self.angle), math.sin(self.angle)]) * self.width / 2
        down = np.array([-math.sin(self.angle), math.cos(self.angle)]) * self.height / 2
        corners: Floats = np.array([-along - down, along - down, along + down, down - along])
        corners += (self.x, self.y)
        return corners

    def box(self, width: int, height: int) -> Box:
        """Return the upright box around it, within a picture of that size, in fractions of it."""
        corners = np.clip(self.corners() / (width, height), 0.0, 1.0)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return Box(float(left), float(top), float(right - left), float(bottom - top))


def smallest(points: NDArray[np.int64]) -> Rectangle:
    """Return the rectangle of least area around the centres of pixels.

    One of its sides lies on a side of their convex hull (Freeman and Shapira, 1975).
    """
    hull = _hull(points).astype(np.float64)
    sides = np.roll(hull, -1, axis=0) - hull
    angles = np.unique(np.round(np.arctan2(sides[:, 1], sides[:, 0]) % (math.pi / 2), 9))
    cosines, sines = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along = cosines * hull[:, 0] + sines * hull[:, 1]
    down = -sines * hull[:, 0] + cosines * hull[:, 1]
    widths, heights = np.ptp(along, axis=1), np.ptp(down, axis=1)
    best = int(np.argmin(widths * heights))
    u, v = (along[best].min() + along[best].max()) / 2, (down[best].min() + down[best].max()) / 2
    cosine, sine, angle = float(cosines[best, 0]), float(sines[best, 0]), float(angles[best])
    width, height = float(widths[best]), float(heights[best])
    if angle > math.pi / 4:
        angle, width, height = angle - math.pi / 2, height, width
    return Rectangle(float(cosine * u - sine * v), float(sine * u + cosine * v), width, height, angle)


def _hull(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the corners of the convex hull, in order (Andrew's monotone chain)."""
    ordered = np.unique(points, axis=0).tolist()
    if len(ordered) < 3:
        return np.array(ordered)
    halves = []
    for sequence in (ordered, ordered[::-1]):
        half: list[list[int]] = []
        for x, y in sequence:
            while len(half) > 1 and (
                (half[-1][0] - half[-2][0]) * (y - half[-2][1]) <= (half[-1][1] - half[-2][1]) * (x - half[-2][0])
            ):
                half.pop()
            half.append([x, y])
        halves += half[:-1]
    return np.array(halves)


def mean(values: NDArray[np.float32], rectangle: Rectangle) -> float:
    """Return the mean of a map within a rectangle, from at most 16 rows of 64 samples."""
    across = np.linspace(-0.5, 0.5, min(max(int(rectangle.width), 2), 64)) * rectangle.width
    down = np.linspace(-0.5, 0.5, min(max(int(rectangle.height), 2), 16))[:, None] * rectangle.height
    cosine, sine = math.cos(rectangle.angle), math.sin(rectangle.angle)
    x = np.rint(rectangle.x + across * cosine - down * sine).astype(np.intp)
    y = np.rint(rectangle.y + across * sine + down * cosine).astype(np.intp)
    return float(values[y.clip(0, values.shape[0] - 1), x.clip(0, values.shape[1] - 1)].mean())


def cut(image: Image.Image, rectangle: Rectangle, resample: Image.Resampling) -> Image.Image:
    """Return the picture within a rectangle, turned upright, at its own resolution."""
    width, height = max(round(rectangle.width), 1), max(round(rectangle.height), 1)
    if abs(math.sin(rectangle.angle)) * max(width, height) < 1.0:  # under a pixel askew
        corners = rectangle.corners()
        left, top = np.rint(corners.min(axis=0)).clip(0, (image.width - 1, image.height - 1)).astype(int).tolist()
        right, bottom = np.rint(corners.max(axis=0)).astype(int).tolist()
        right, bottom = min(max(right, left + 1), image.width), min(max(bottom, top + 1), image.height)
        return image.crop((left, top, right, bottom))
    cosine, sine = math.cos(rectangle.angle), math.sin(rectangle.angle)
    (left, top), *_ = rectangle.corners().tolist()
    return image.transform(
        (width, height), Image.Transform.AFFINE, (cosine, -sine, left, sine, cosine, top), resample
    )
