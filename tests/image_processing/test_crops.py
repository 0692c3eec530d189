"""Crops of a ratio: which heads are whole, and which part of the picture CSS shows."""

from __future__ import annotations

import random
import sys
from math import isclose
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_processing.crops import Face, crop
from tests.image_processing.recognition.pages import FACE_BOX

if TYPE_CHECKING:
    from types import FrameType

EDGE = 1e-6  # fraction of a picture: far below a pixel
HEAD = (0.7, 0.15, 0.25)  # above, below and beside, by the box of a face


def head(box: tuple[float, ...]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the part of a head that is in the picture."""
    left, top, width, height = box
    above, below, beside = HEAD
    sides = (
        left - beside * width,
        top - above * height,
        left + width + beside * width,
        top + height + below * height,
    )
    return max(sides[0], 0), max(sides[1], 0), min(sides[2], 1), min(sides[3], 1)


def is_whole(box: tuple[float, ...], part: tuple[float, ...], edge: float = EDGE) -> bool:
    left, top, right, bottom = head(box)
    return (
        left >= part[0] - edge
        and top >= part[1] - edge
        and right <= part[0] + part[2] + edge
        and bottom <= part[1] + part[3] + edge
    )


def is_apart(box: tuple[float, ...], part: tuple[float, ...], edge: float) -> bool:
    """Tell whether no part of a head is in a crop, by a distance from it."""
    left, top, right, bottom = head(box)
    across = left >= part[0] + part[2] + edge or right <= part[0] - edge
    return across or top >= part[1] + part[3] + edge or bottom <= part[1] - edge


def shown(size: tuple[int, int], frame: tuple[float, float], position: str) -> tuple[float, float, float, float]:
    """Return the part of a picture that a frame shows under `object-fit: cover`, in fractions.

    CSS Images 3, 4.5: the picture is scaled to cover the frame; CSS Backgrounds 3, 3.6: a percentage aligns that
    point of the picture with the same point of the frame.
    """
    scale = max(frame[0] / size[0], frame[1] / size[1])
    drawn = size[0] * scale, size[1] * scale
    percent = [float(text.removesuffix("%")) for text in position.split()]
    left, top = ((frame[side] - drawn[side]) * percent[side] / 100 for side in (0, 1))
    return -left / drawn[0], -top / drawn[1], frame[0] / drawn[0], frame[1] / drawn[1]


def area(box: tuple[float, ...]) -> float:
    """Return the area of a box in the picture: 0 where a side is nothing but the noise of floats."""
    across, down = (min(box[side] + box[side + 2], 1) - max(box[side], 0) for side in (0, 1))
    return across * down if min(across, down) > 1e-9 else 0


def weight_of_whole(faces: list[Face], part: tuple[float, ...], edge: float = EDGE) -> float:
    return sum(area(one.box) * one.score for one in faces if is_whole(one.box, part, edge))


sides = st.integers(1, 20_000)
terms = st.one_of(st.sampled_from([1, 4, 5, 9, 16, 1.91]), st.floats(1, 9999.999))
boxes = st.tuples(st.floats(-0.3, 1.2), st.floats(-0.3, 1.2), st.floats(0, 0.6), st.floats(0, 0.6))
some_faces = st.lists(st.builds(Face, boxes, st.floats(0.1, 1)), max_size=8)


@given((sizes := st.tuples(sides, sides)), terms, terms, some_faces)
def test_a_crop_lies_within_and_has_its_ratio(
    size: tuple[int, int], across: float, down: float, faces: list[Face]
) -> None:
    """In fractions exactly, in pixels to the nearest; it takes the whole of one side."""
    found = crop(size, across / down, faces)
    left, top, width, height = found.part
    assert left >= 0
    assert top >= 0
    assert left + width <= 1 + 1e-12
    assert top + height <= 1 + 1e-12
    assert max(width, height) == 1
    assert isclose(width * size[0] / (height * size[1]), across / down, rel_tol=1e-9)
    x, y, wide, high = found.pixels
    assert min(wide, high) >= 1
    assert min(x, y) >= 0
    assert x + wide <= size[0]
    assert y + high <= size[1]
    assert abs(wide - max(width * size[0], 1)) <= 0.5
    assert abs(high - max(height * size[1], 1)) <= 0.5
    assert abs(x + wide / 2 - (left + width / 2) * size[0]) <= 1 + EDGE
    assert abs(y + high / 2 - (top + height / 2) * size[1]) <= 1 + EDGE


@given(sizes, terms, terms, some_faces, st.floats(0.5, 2000))
def test_css_shows_the_crop(
    size: tuple[int, int], across: float, down: float, faces: list[Face], scale: float
) -> None:
    """In a frame of its ratio, of any size."""
    found = crop(size, across / down, faces)
    frame = across * scale, down * scale
    assert shown(size, frame, found.object_position) == pytest.approx(found.part, abs=EDGE)


@pytest.mark.medium
@given(sizes, terms, terms, some_faces, st.randoms(use_true_random=False))
def test_no_other_place_keeps_more(
    size: tuple[int, int], across: float, down: float, faces: list[Face], chance: random.Random
) -> None:
    """Neither the middle nor any of 200 others, by the weight of the faces whose heads are whole."""
    found = crop(size, across / down, faces)
    own = weight_of_whole(faces, found.part)
    room = 1 - found.part[2], 1 - found.part[3]
    places = [0.0, 0.5, 1.0, *(chance.random() for _ in range(200))]
    for place in places:
        other = place * room[0], place * room[1], found.part[2], found.part[3]
        assert weight_of_whole(faces, other, 0) <= own + 1e-8


@given(st.integers(0, 2**32), st.sampled_from([1, 4 / 5, 16 / 9, 9 / 16]), st.integers(1, 6))
def test_of_like_heads_as_many_as_can_be_are_whole(seed: int, ratio: float, number: int) -> None:
    """Neither the middle nor any of 200 other places has more of them."""
    chance = random.Random(seed)
    faces = [Face((chance.random() * 0.9, chance.random() * 0.9, 0.1, 0.1), 0.9) for _ in range(number)]
    faces = [one for one in faces if 0.025 <= one.box[0] <= 0.875 and 0.07 <= one.box[1] <= 0.885]
    found = crop((1500, 1000), ratio, faces)
    room = 1 - found.part[2], 1 - found.part[3]
    for place in (0.5, *(chance.random() for _ in range(200))):
        other = place * room[0], place * room[1], found.part[2], found.part[3]
        assert sum(is_whole(one.box, other, 0) for one in faces) <= found.kept


@given(sizes, terms, terms, st.integers(0, 2**32), st.integers(0, 5))
def test_a_mirrored_picture_has_the_mirrored_crop(
    size: tuple[int, int], across: float, down: float, seed: int, number: int
) -> None:
    """Left to right; upside down a head would be another, since it reaches further above its face than below."""
    chance = random.Random(seed)
    faces = [
        Face(
            (chance.random(), chance.random(), 0.02 + chance.random() * 0.3, chance.random() * 0.3),
            chance.random(),
        )
        for _ in range(number)
    ]
    other = [Face((1 - x - width, y, width, height), score) for (x, y, width, height), score in faces]
    one, mirrored = crop(size, across / down, faces), crop(size, across / down, other)
    left, top, width, height = one.part
    assert mirrored.part == pytest.approx((1 - left - width, top, width, height), abs=EDGE)
    assert mirrored.position == pytest.approx((100 - one.position[0], one.position[1]), abs=1e-3)
    assert mirrored[3:] == one[3:]


@given(sizes, terms, terms, some_faces)
def test_heads_are_counted_once(size: tuple[int, int], across: float, down: float, faces: list[Face]) -> None:
    """Those of faces in the picture: whole, cut or outside."""
    found = crop(size, across / down, faces)
    inside = [one.box for one in faces if area(one.box) > 0]
    assert found.kept + found.cut + found.outside == len(inside)
    few, many = (sum(is_whole(box, found.part, edge) for box in inside) for edge in (-EDGE, EDGE))
    assert few <= found.kept <= many
    many, few = (sum(is_apart(box, found.part, edge) for box in inside) for edge in (-EDGE, EDGE))
    assert few <= found.outside <= many


@pytest.mark.parametrize(
    ("size", "ratio", "faces", "expected"),
    [
        # no faces: the middle
        ((4000, 3000), 16 / 9, [], ("50% 50%", (0, 0.125, 1, 0.75), (0, 0, 0))),
        ((4000, 3000), 9 / 16, [], ("50% 50%", (0.2890625, 0, 0.421875, 1), (0, 0, 0))),
        # a head that the middle keeps: the middle
        ((4000, 3000), 16 / 9, [(0.4, 0.4, 0.1, 0.1)], ("50% 50%", (0, 0.125, 1, 0.75), (1, 0, 0))),
        # a head from 0.1525 on, 0.185 high, with half of that as air: from 0.06 on, of a room of 0.25: 24 %
        ((4000, 3000), 16 / 9, [(0.4, 0.2225, 0.1, 0.1)], ("50% 24%", (0, 0.06, 1, 0.75), (1, 0, 0))),
        # from 0.0613 on, 24.52 %: 24 % has the air as well
        ((4000, 3000), 16 / 9, [(0.4, 0.2238, 0.1, 0.1)], ("50% 24%", (0, 0.06, 1, 0.75), (1, 0, 0))),
        # at the right, to 0.825 and air to 0.9: (0.9 - 0.421875) / 0.578125 = 82.70 %, so 83 %
        ((4000, 3000), 9 / 16, [(0.7, 0.4, 0.1, 0.1)], ("83% 50%", (0.47984375, 0, 0.421875, 1), (1, 0, 0))),
        # two heads from 0.16 to 0.615 that fit, but not with the air of either: 0.16 of a room of 0.5
        (
            (1000, 1000),
            2.0,
            [(0.2, 0.23, 0.1, 0.1), (0.7, 0.5, 0.1, 0.1)],
            ("50% 32%", (0, 0.16, 1, 0.5), (2, 0, 0)),
        ),
        # whole percents that floats miss by their last digit: 0.05 and 0.3 of a room of 0.5
        ((1000, 1000), 2.0, [(0.4, 0.18, 0.1, 0.08)], ("50% 10%", (0, 0.05, 1, 0.5), (1, 0, 0))),
        ((1000, 1000), 2.0, [(0.4, 0.4, 0.1, 0.4)], ("50% 60%", (0, 0.3, 1, 0.5), (0, 1, 0))),
        # two that do not fit together: the larger, whatever the middle is nearer to
        (
            (4000, 3000),
            9 / 16,
            [(0.8, 0.4, 0.1, 0.1), (0.0, 0.4, 0.12, 0.12)],
            ("0% 50%", (0, 0, 0.421875, 1), (1, 0, 1)),
        ),
        # a large face at the left against three small ones at the right: 0.0144 weighs more than 3 x 0.0016
        (
            (4000, 3000),
            9 / 16,
            [(0.0, 0.4, 0.12, 0.12), *((left, 0.4, 0.04, 0.04) for left in (0.7, 0.78, 0.86))],
            ("0% 50%", (0, 0, 0.421875, 1), (1, 0, 3)),
        ),
        # a head that stands out of the picture is cut by it, not by the crop
        ((1000, 2000), 1.0, [(0.4, 0.0, 0.2, 0.1)], ("50% 0%", (0, 0, 1, 0.5), (1, 0, 0))),
        # a head higher than the crop, from 0.19 to 0.74: the face, from 0.4 on, of a room of 0.6
        ((1000, 1000), 2.5, [(0.4, 0.4, 0.3, 0.3)], ("50% 50%", (0, 0.3, 1, 0.4), (0, 1, 0))),
        ((1000, 1000), 2.5, [(0.4, 0.1, 0.3, 0.35)], ("50% 16%", (0, 0.096, 1, 0.4), (0, 1, 0))),
        # a face higher than the crop, with its middle at 0.35: 0.25 of a room of 0.8, 31.25 %
        ((1000, 1000), 5.0, [(0.2, 0.1, 0.5, 0.5)], ("50% 31.25%", (0, 0.25, 1, 0.2), (0, 1, 0))),
        # the picture has the ratio already
        ((1600, 900), 16 / 9, [(0.0, 0.0, 0.1, 0.1)], ("50% 50%", (0, 0, 1, 1), (1, 0, 0))),
        ((1910, 1000), 1.91, [(0.9, 0.9, 0.3, 0.3)], ("50% 50%", (0, 0, 1, 1), (1, 0, 0))),
        # one pixel; the head with its air, 0 to 0.615, is higher than the crop: its middle
        ((1, 1), 16 / 9, [(0.2, 0.2, 0.2, 0.2)], ("50% 6%", (0, 0.02625, 1, 0.5625), (1, 0, 0))),
        # faces that are not in the picture at all, or have no area
        (
            (300, 100),
            1.0,
            [(1.2, 0.1, 0.2, 0.2), (0.1, 0.1, 0.0, 0.2)],
            ("50% 50%", (1 / 3, 0, 1 / 3, 1), (0, 0, 0)),
        ),
    ],
)
def test_crops_that_were_computed_by_hand(
    size: tuple[int, int],
    ratio: float,
    faces: list[tuple[float, float, float, float]],
    expected: tuple[str, tuple[float, ...], tuple[int, int, int]],
) -> None:
    """`object-position`, fractions, and heads kept, cut and outside."""
    found = crop(size, ratio, [Face(box) for box in faces])
    assert found.object_position == expected[0]
    assert found.part == pytest.approx(expected[1], abs=1e-9)
    assert (found.kept, found.cut, found.outside) == expected[2]


def test_the_surer_of_two_faces_is_kept() -> None:
    """Of the same size, at the two ends of a strip; where nothing tells them apart, the left one."""
    left, right = (0.05, 0.4, 0.1, 0.2), (0.85, 0.4, 0.1, 0.2)

    def kept(*scores: float) -> str:
        return crop((3000, 1000), 1, [Face(left, scores[0]), Face(right, scores[1])]).object_position

    assert (kept(0.9, 0.8), kept(0.8, 0.9), kept(0.9, 0.9)) == ("0% 50%", "100% 50%", "0% 50%")


def test_a_head_that_fits_exactly_is_whole() -> None:
    """Between two positions with four decimals, too: 0.0413579 of a room of 0.7 is 5.908271 %."""
    face = Face((0.0413579 + 0.05, 0.4, 0.2, 0.2))
    found = crop((1000, 300), 1, [face])
    assert (found.kept, found.cut) == (1, 0)
    assert found.object_position == "5.9083% 50%"


def test_the_head_of_a_photograph() -> None:
    """Eileen Collins, whose hair is full: its pixels, measured by hand, are within; the box of her face is not."""
    hair_and_chin = (0.261, 0.047, 0.722, 0.592)
    found = head(FACE_BOX)
    assert all(inner >= outer for inner, outer in zip(hair_and_chin[:2], found[:2], strict=True))
    assert all(inner <= outer for inner, outer in zip(hair_and_chin[2:], found[2:], strict=True))
    wide = crop((320, 320), 16 / 9, [Face(FACE_BOX)])
    assert (wide.kept, wide.cut) == (0, 1)  # 0.5625 of a picture: the head has 0.59 with its air
    assert wide.part[1] <= FACE_BOX[1]
    square = crop((320, 640), 1, [Face((FACE_BOX[0], FACE_BOX[1] / 2, FACE_BOX[2], FACE_BOX[3] / 2))])
    assert (square.kept, square.object_position) == (1, "50% 0%")


def instructions(size: tuple[int, int], ratio: float, faces: list[Face]) -> int:
    """Return how many instructions of Python a crop takes."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        crop(size, ratio, faces)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("ratio", [1, 9 / 16])
def test_twice_the_faces_take_twice_the_work(ratio: float) -> None:
    """Positions are found by sorting: comparing each with each face would take four times the work."""
    chance = random.Random(19)
    faces = [
        Face((chance.random(), chance.random(), chance.random() / 9, chance.random() / 9), chance.random())
        for _ in range(400)
    ]
    assert instructions((6000, 4000), ratio, faces) < 2.2 * instructions((6000, 4000), ratio, faces[:200])
