"""BlazeFace, the face detector of MediaPipe, in NumPy (Bazarevsky et al., 2019; the short-range model of 2021).

A stem, 16 blocks of a depthwise and a pointwise convolution beside a shortcut, and a head on each of two grids, of
8 and of 16 pixels. All are convolutions, so that a picture of any size is searched at once; the model was trained
on faces in 128 pixels.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from image_processing.recognition.models import FACE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STRIDE: Final = 16  # height and width of the input are multiples of it

_STRIDES: Final = (1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)  # of the blocks
_FINE, _COARSE = 11, 16  # the blocks before the two heads
_HEADS: Final = (33, 34, 35, 36)  # convolutions: scores on the fine and the coarse grid, then places on both
_ANCHORS: Final = ((8, 2), (16, 6))  # pixels of a grid's cells, and answers in each


def find(pixels: Floats) -> tuple[Floats, Floats]:
    """Return the boxes of all answers, [number, (left, top, right, bottom)] in pixels, and their scores, 0 to 1.

    `pixels` is [height, width, (red, green, blue)], -1 to 1.
    """
    values = _convolve_stem(pixels)
    grids = []
    for number, stride in enumerate(_STRIDES):
        values = _block(np.maximum(values, 0), number, stride)
        if number + 1 in (_FINE, _COARSE):
            grids.append(np.maximum(values, 0))
    boxes, scores = [], []
    for number, (grid, (cell, answers)) in enumerate(zip(grids, _ANCHORS, strict=True)):
        rows, columns = grid.shape[:2]
        logits = _pointwise(grid, _HEADS[number]).reshape(-1)
        places = _pointwise(grid, _HEADS[number + 2]).reshape(rows, columns, answers, -1)
        x = places[..., 0] + (np.arange(columns)[None, :, None] + 0.5) * cell
        y = places[..., 1] + (np.arange(rows)[:, None, None] + 0.5) * cell
        across, down = places[..., 2] / 2, places[..., 3] / 2
        boxes.append(np.stack([x - across, y - down, x + across, y + down], -1).reshape(-1, 4))
        scores.append(1 / (1 + np.exp(-logits.clip(-50, 50))))
    return np.concatenate(boxes).astype(np.float32), np.concatenate(scores)


def _convolve_stem(pixels: Floats) -> Floats:
    """Convolve 5 x 5 with a stride of 2; one pixel is added before, two after."""
    kernel, bias = _weights()[0]
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    padded = np.pad(pixels, ((1, 2), (1, 2), (0, 0)))
    side = kernel.shape[1]
    shifted = [
        padded[y : y + 2 * rows : 2, x : x + 2 * columns : 2].reshape(rows * columns, -1)
        for y in range(side)
        for x in range(side)
    ]
    patches = np.concatenate(shifted, axis=1)
    answer: Floats = patches @ kernel.reshape(len(kernel), -1).T + bias
    return answer.reshape(rows, columns, -1)


def _block(values: Floats, number: int, stride: int) -> Floats:
    """Return a block's output: its convolutions, added to its input, which is pooled and widened to suit."""
    kernel, bias = _weights()[1 + 2 * number]
    changed = _pointwise(_depthwise(values, kernel, bias, stride), 2 + 2 * number)
    if stride == 2:
        rows, columns, channels = values.shape
        values = values.reshape(rows // 2, 2, columns // 2, 2, channels).max(axis=(1, 3))
    changed[..., : values.shape[2]] += values
    return changed


def _depthwise(values: Floats, kernel: Floats, bias: Floats, stride: int) -> Floats:
    """Convolve each channel 3 x 3; with a stride of 2 all added pixels are after the others."""
    before = 1 if stride == 1 else 0
    padded = np.pad(values, ((before, 1), (before, 1), (0, 0)))
    rows, columns = values.shape[0] // stride, values.shape[1] // stride
    total = np.empty((rows, columns, values.shape[2]), np.float32)
    total[:] = bias
    for y in range(3):
        for x in range(3):
            total += padded[y : y + stride * rows : stride, x : x + stride * columns : stride] * kernel[y, x]
    return total


def _pointwise(values: Floats, number: int) -> Floats:
    """Convolve 1 x 1."""
    kernel, bias = _weights()[number]
    answer: Floats = values @ kernel.reshape(len(kernel), -1).T + bias
    return answer


@cache
def _weights() -> list[tuple[Floats, Floats]]:
    """Return kernel and bias of each convolution, in the model's order; see `scripts/face_model.py`."""
    path = FACE.path()
    if path is None:
        raise FileNotFoundError(f"{FACE.name} is not installed")
    with np.load(path) as arrays:
        names = sorted(name.partition(".")[0] for name in arrays if name.endswith(".kernel"))
        return [
            (arrays[f"{name}.kernel"].astype(np.float32), arrays[f"{name}.bias"].astype(np.float32))
            for name in names
        ]
