"""Shapes are the clusters of DBSCAN as its paper defines them; layers count outlines from the frame inwards."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from image_processing.analysis import analyse
from image_processing.analysis import shapes as shape_layers
from image_processing.analysis.sample import take
from tests.image_processing.analysis import pictures


def found(image):
    return shape_layers.find(take(image))


def plainly(places, seen, reach, crowd):
    """Return DBSCAN's clusters by comparing every point with every other, and which points are cores."""
    rows, columns = seen.shape
    y, x = np.mgrid[0:rows, 0:columns]
    points = np.concatenate((places, x[..., None] / reach, y[..., None] / reach), -1)[seen]
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    near = squares <= 1
    core = near.sum(1) >= crowd
    cluster = np.full(len(points), -1)
    for start in range(len(points)):
        if not core[start] or cluster[start] >= 0:
            continue
        cluster[start], waiting = start, [start]
        while waiting:
            reached = near[waiting.pop()] & core & (cluster < 0)
            cluster[reached] = start
            waiting += np.flatnonzero(reached).tolist()
    for point in np.flatnonzero(~core):
        if (near[point] & core).any():
            cluster[point] = cluster[np.where(near[point] & core, squares[point], np.inf).argmin()]
    whole, cores = np.full(seen.shape, -1), np.zeros(seen.shape, bool)
    whole[seen], cores[seen] = cluster, core
    return whole, cores


@pytest.mark.parametrize("seed", range(12))
def test_clusters_are_those_of_the_plain_algorithm(seed):
    """Cores, borders and noise, in lumps and strews of any density, some pixels hidden."""
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 19, 2)
    places = random.normal(0, 0.4, (rows, columns, 3)) + random.integers(0, 3, (rows, columns, 1)) // 2
    seen = random.random((rows, columns)) < 0.9
    reach, crowd = random.choice([1.0, 2.3, 4.0]), int(random.integers(2, 8))
    ours, (theirs, _) = shape_layers.clusters(places, seen, reach, crowd), plainly(places, seen, reach, crowd)

    pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    assert np.array_equal(ours < 0, theirs < 0)
    sizes = np.bincount(ours[ours >= 0])
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


def test_the_plain_algorithm_meets_every_kind_of_point():
    """So that agreeing with it says something."""
    random = np.random.default_rng(3)
    places, seen = random.normal(0, 0.4, (18, 18, 3)), np.ones((18, 18), bool)
    theirs, cores = plainly(places, seen, 2.3, 7)

    assert cores.any()
    assert (theirs < 0).any()
    assert ((theirs >= 0) & ~cores).any()
    assert len(np.unique(theirs)) > 3


def test_shapes_are_told_with_colour_share_and_place():
    """Two halves are two shapes, each a box of its own, and both meet the frame."""
    one, other = found(pictures.halves((200, 30, 40), (20, 60, 200), (100, 40)))["shapes"]

    assert {one["hex"], other["hex"]} == {"#c81e28", "#143cc8"}
    assert one["share"] == other["share"] == 0.5
    boxes = {shape["hex"]: (shape["box"], shape["x"], shape["y"], shape["layer"]) for shape in (one, other)}
    assert boxes == {
        "#c81e28": ([0.0, 0.0, 0.5, 1.0], 0.25, 0.5, 0),
        "#143cc8": ([0.5, 0.0, 0.5, 1.0], 0.75, 0.5, 0),
    }


def test_what_lies_within_another_lies_a_layer_further():
    """A ring within a ring within a ground; and a second shape on the ground, of the ring's colour."""
    image = pictures.plain((20, 30, 60), (200, 120))
    image.paste((240, 200, 60), (20, 20, 100, 100))
    image.paste((180, 30, 30), (40, 40, 80, 80))
    image.paste((240, 200, 60), (140, 40, 170, 80))
    shapes = found(image)["shapes"]

    assert [(shape["hex"], shape["layer"]) for shape in shapes] == [
        ("#141e3c", 0), ("#f0c83c", 1), ("#b41e1e", 2), ("#f0c83c", 1)
    ]  # fmt: skip
    assert shapes[2]["box"] == [0.2, 0.333, 0.2, 0.333]


def test_scattered_pixels_are_no_outline():
    """Noise around a shape does not put it a layer further."""
    image = pictures.noise(4, (120, 120))
    image.paste((250, 250, 250), (40, 40, 80, 80))
    told = found(image)

    assert [shape["layer"] for shape in told["shapes"]] == [0]
    assert told["scattered"] == pytest.approx(1 - 1600 / 14400, abs=0.02)


def test_hidden_pixels_are_outside():
    """A disc before nothing is the only shape, and a hole in it is no part of it."""
    pixels = np.asarray(pictures.vignette()).copy()
    pixels[28:32, 38:42, 3] = 0
    told = found(Image.fromarray(pixels))

    assert [shape["layer"] for shape in told["shapes"]] == [0]
    assert told["shapes"][0]["share"] == pytest.approx(1, abs=0.01)
    assert told["map"][0][0] == told["map"][24][32] == "."
    assert found(pictures.plain((1, 2, 3, 0), mode="RGBA"))["shapes"] == []


def test_the_map_draws_the_shapes():
    """A character a cell, the larger shape being 0."""
    told = found(pictures.halves((0, 0, 0), (255, 255, 255), (240, 120)))

    assert (told["columns"], told["rows"]) == (64, 32)
    assert set(told["map"]) == {"0" * 32 + "1" * 32}


def test_layers_come_where_they_are_asked_for():
    """They cost time and room; the rest of the analysis is the same, but its maps are finer."""
    image = pictures.scene()
    plain, asked = analyse(image), analyse(image, layers=True)

    assert "layers" not in plain
    assert asked.pop("layers") == shape_layers.find(take(image))
    assert (plain["maps"].pop("columns"), asked["maps"].pop("columns")) == (24, 48)
    assert {name: asked[name] for name in asked if name != "maps"} == {
        name: plain[name] for name in plain if name != "maps"
    }
