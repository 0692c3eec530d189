"""Crops of an image's page, in Chromium: the browser shows the part that the API tells, and the line is copied."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from chalicelib.db.annotation_codec import Box, Found
from tests.browser.test_image import screen
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import annotate

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["place", "screen"]

pytestmark = pytest.mark.browser

FACE = Box(0.72, 0.4, 0.1, 0.2)
RED = (1112, 234, 1352, 567)  # its head: 0.695, 0.26, 0.845 and 0.63 of 1,600 x 900 pixels


def picture() -> bytes:
    """Return a grey picture with a red head."""
    made = Image.new("RGB", (1600, 900), (128, 128, 128))
    made.paste((220, 0, 0), RED)
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def red_part(shot: bytes) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the red part of a picture, whose corners are those of the page."""
    red, green, _ = Image.open(io.BytesIO(shot)).convert("RGB").split()
    found = ImageChops.subtract(red, green).point(lambda value: 255 * (value > 100)).getbbox()
    assert found is not None
    return found


def test_the_browser_shows_heads_whole(screen: Page, place: Place) -> None:
    """At the height that it has in the picture, and within the frame; nothing is wider than the page."""
    image_id = place.upload(picture(), "head.png")
    annotate(image_id, Found("face", "", 0.9, FACE))
    screen.goto(f"/images/{image_id}")
    crops = screen.locator("#crops img")
    assert crops.count() == 4
    for one, ratio in zip(crops.all(), (1, 4 / 5, 16 / 9, 9 / 16), strict=True):
        one.scroll_into_view_if_needed()
        screen.wait_for_function("(one) => one.complete && one.naturalWidth", arg=one.element_handle())
        area = one.bounding_box()
        assert area is not None
        assert area["width"] / area["height"] == pytest.approx(ratio, rel=0.01)
        left, top, right, bottom = red_part(one.screenshot())
        assert top / area["height"] == pytest.approx(0.26, abs=0.02)
        assert bottom / area["height"] == pytest.approx(0.63, abs=0.02)
        assert (right - left) / area["height"] == pytest.approx(0.15 * 16 / 9, abs=0.02)
    wide = screen.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_the_line_is_copied_by_keyboard(screen: Page, place: Place) -> None:
    """As every other text of the page that one copies."""
    image_id = place.upload(picture(), "head.png")
    annotate(image_id, Found("face", "", 0.9, FACE))
    screen.goto(f"/images/{image_id}")
    screen.focus("#crops .copy >> nth=0")
    screen.keyboard.press("Enter")
    screen.wait_for_selector("text=Copied")
    assert screen.evaluate("navigator.clipboard.readText()") == "object-fit: cover; object-position: 82% 50%"
    screen.keyboard.press("Tab")
    assert screen.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Copy object-fit: cover; object-position: 86% 50%"
    )
