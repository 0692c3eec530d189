"""The layers of luminance as masks: every pixel in one of ten, and in the map of them all."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from image_processing.__main__ import main
from image_processing.analysis import masks
from image_processing.colour import contrast, spaces
from tests.image_processing.analysis import pictures


def mapped(image, side=640):
    """Return the map of an image as a browser sees it, and as its indices."""
    found = masks.layers(image, side)
    drawn = Image.open(io.BytesIO(found.data))
    assert drawn.format == "PNG"
    assert drawn.size == (found.width, found.height)
    return np.asarray(drawn.convert("RGBA")), np.asarray(drawn)


def test_a_mask_holds_what_has_its_luminance():
    """By WCAG's formula in scalar form, pixel by pixel; the ten of them share the image out."""
    image = pictures.noise(3, (23, 17))
    stack = np.stack([np.asarray(masks.mask(image, layer)) for layer in range(10)])

    assert set(np.unique(stack)) == {0, 255}
    assert (stack.sum(0) == 255).all()
    for y, x in ((0, 0), (5, 7), (16, 22), (9, 1)):
        colour = spaces.to_hex(tuple(value / 255 for value in image.getpixel((x, y))))
        assert stack[min(int(contrast.luminance(colour) * 10), 9), y, x] == 255


def test_translucent_pixels_are_in_a_mask_in_part():
    """As much as they are opaque; hidden ones not at all."""
    image = Image.new("RGBA", (2, 1), (255, 255, 255, 100))
    image.putpixel((1, 0), (255, 255, 255, 0))

    assert np.asarray(masks.mask(image, 9)).tolist() == [[100, 0]]


def test_the_map_holds_all_layers():
    """Each a step of grey above the one before it, as the masks say; what is hidden is 0 and transparent."""
    image = pictures.vignette()
    colours, index = mapped(image)
    hidden = np.asarray(image)[..., 3] == 0

    assert np.array_equal(index == 0, hidden)
    assert np.array_equal(colours[..., 3] == 0, hidden)
    for layer in range(10):
        assert np.array_equal(index == layer + 1, np.asarray(masks.mask(image, layer)) > 0)
    assert np.array_equal(colours[~hidden][:, 0], masks.STEP * index[~hidden])
    assert len(masks.layers(pictures.noise(1, (1500, 1000)), 640).data) < 200_000


@pytest.mark.medium
def test_the_map_is_no_larger_than_asked():
    """640 pixels at the longer side, unless told otherwise; nothing is enlarged."""
    image = pictures.scene((1200, 800))

    assert mapped(image)[1].shape == (427, 640)
    assert mapped(image, 90)[1].shape == (60, 90)
    assert mapped(pictures.plain((9, 9, 9), (3, 5)))[1].shape == (5, 3)


@pytest.mark.parametrize("layer", [-1, 10])
def test_there_are_ten_layers(layer):
    """Any other is refused."""
    with pytest.raises(ValueError, match="0 to 9"):
        masks.mask(pictures.scene(), layer)


def test_the_command_writes_masks(tmp_path, capsys):
    """All and the map, or those that are asked for; the names are printed."""
    path, folder = tmp_path / "scene.png", tmp_path / "new" / "masks"
    pictures.scene().save(path)

    assert main(["masks", str(path), "--layer", "7", "--layer", "2", "--output", str(folder)]) == 0
    assert capsys.readouterr().out.split() == [str(folder / f"scene.layer-{layer}.png") for layer in (2, 7)]
    assert main(["masks", str(path), "--output", str(folder)]) == 0
    assert len(capsys.readouterr().out.split()) == len(list(folder.iterdir())) == 11
    assert np.array_equal(
        np.asarray(Image.open(folder / "scene.layer-7.png")) == 255,
        np.asarray(Image.open(folder / "scene.layers.png")) == 8,
    )


def test_the_command_refuses_what_is_no_image(tmp_path, capsys):
    """With its code; a layer that does not exist is a misuse."""
    (tmp_path / "notes.txt").write_text("no image")

    assert main(["masks", str(tmp_path / "notes.txt")]) == 1
    assert "notes.txt: refused: " in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["masks", "x.png", "--layer", "10"])
