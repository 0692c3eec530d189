"""Boxes in the picture of an image, in Chromium: switched by kind, selected with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.db.annotation_codec import Box, Found
from tests import samples
from tests.browser.test_image import SHIFTS, screen
from tests.browser.windows import PHONE, Windows
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import annotate

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["place", "screen"]

pytestmark = pytest.mark.browser

LINE = Found("text", "Fish & Chips", 0.93, Box(0.1, 0.25, 0.5, 0.1), None, {"contrast": 7.0, "height": 0.1})
FACES = Found("face", "", 0.8, Box(0.2, 0.5, 0.2, 0.2)), Found("face", "", 0.7, Box(0.6, 0.5, 0.2, 0.2))
CODE = Found("code", "https://example.org/", 1.0, Box(0.75, 0.8, 0.2, 0.15), None, {"format": "QRCode"})

TOP = "document.querySelector('.frame').getBoundingClientRect().top"


@pytest.fixture
def image_id(place: Place) -> str:
    """Return an image with a line of text, two faces and a code."""
    made = place.upload(samples.photo())
    annotate(made, LINE, *FACES, CODE)
    return made


def shown(page: Page) -> list[str]:
    """Return the labels of the boxes that are to be seen, from top to bottom."""
    return [box.text_content() or "" for box in page.locator(".box").all() if box.is_visible()]


def pressed(page: Page) -> list[str]:
    """Return the switches and lines that are pressed, as they read."""
    found = page.locator("#image [aria-pressed=true]").all()
    return [" ".join((one.text_content() or "").split()) for one in found]


def places(page: Page) -> list[Any]:
    """Return where the parts of the page are."""
    parts = (".picture", ".switches", "h1", "#seen", "#share-form", "#alike")
    return [page.locator(part).bounding_box() for part in parts]


def test_kinds_are_switched_on_and_off_by_keyboard(screen: Page, image_id: str) -> None:
    """Off at first, each by itself, in the order of the page; nothing moves."""
    screen.goto(f"/images/{image_id}")
    names = [" ".join(one.inner_text().split()) for one in screen.locator(".switches button").all()]
    assert names == ["Text 1", "Faces 2", "Codes 1"]
    assert (shown(screen), pressed(screen)) == ([], [])
    assert screen.evaluate(SHIFTS) <= 0.02
    before = places(screen)
    screen.focus(".switches button >> nth=0")
    screen.keyboard.press("Space")
    assert (shown(screen), pressed(screen)) == (["Fish & Chips"], ["Text 1"])
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    assert (shown(screen), pressed(screen)) == (["Fish & Chips", "Face", "Face"], ["Text 1", "Faces 2"])
    screen.keyboard.press("Shift+Tab")
    screen.keyboard.press("Space")
    assert (shown(screen), pressed(screen)) == (["Face", "Face"], ["Faces 2"])
    assert places(screen) == before


def test_a_box_is_where_its_model_found_it(screen: Page, image_id: str) -> None:
    """In fractions of the picture as it is shown."""
    screen.goto(f"/images/{image_id}")
    screen.click("text=Codes 1")
    picture, box = screen.locator(".picture").bounding_box(), screen.locator(".box:visible").bounding_box()
    assert picture is not None
    assert box is not None
    fractions = (
        (box["x"] - picture["x"]) / picture["width"],
        (box["y"] - picture["y"]) / picture["height"],
        box["width"] / picture["width"],
        box["height"] / picture["height"],
    )
    assert fractions == pytest.approx((0.75, 0.8, 0.2, 0.15), abs=0.003)


def test_a_line_selects_its_box_and_a_box_its_line(screen: Page, image_id: str) -> None:
    """One at a time, also of a kind that is off; Escape, and a second time, undo it."""
    screen.goto(f"/images/{image_id}")
    screen.focus("#seen .line >> nth=0")
    screen.keyboard.press("Enter")
    assert (shown(screen), pressed(screen)) == (["Fish & Chips"], ["Fish & Chips score 0.93"])
    assert screen.locator(".box.on").all_inner_texts() == ["Fish & Chips"]
    screen.keyboard.press("Escape")
    assert (shown(screen), pressed(screen)) == ([], [])
    screen.click("text=Text 1")
    screen.click("text=Codes 1")
    screen.locator(".box:visible").first.click()
    assert pressed(screen) == ["Text 1", "Codes 1", "Fish & Chips score 0.93"]
    assert screen.locator("#seen .line >> nth=0").is_visible()
    screen.click("#seen .line >> nth=2")
    assert pressed(screen) == ["Text 1", "Codes 1", "2"]
    assert screen.locator(".box.on").all_inner_texts() == ["Face", "Face"]
    screen.click("text=Faces 2")
    screen.click("text=Faces 2")
    assert pressed(screen) == ["Text 1", "Codes 1"]


def test_a_page_remembers_its_switches(screen: Page, image_id: str) -> None:
    """Read again, and on the way back from another page; a page that is opened anew starts without."""
    screen.goto(f"/images/{image_id}")
    screen.click("text=Faces 2")
    screen.reload()
    assert (shown(screen), pressed(screen)) == (["Face", "Face"], ["Faces 2"])
    screen.goto("/library")
    screen.go_back()
    screen.wait_for_selector(".box:visible")
    assert pressed(screen) == ["Faces 2"]
    screen.goto("/library")
    screen.goto(f"/images/{image_id}")
    assert (shown(screen), pressed(screen)) == ([], [])


def test_labels_cover_neither_boxes_nor_each_other(screen: Page, place: Place) -> None:
    """One without room comes with the pointer, or once its box is selected; none leaves the picture."""
    image_id = place.upload(samples.photo(size=(900, 700)))
    lines = [
        Found("text", f"Line number {number}", 0.9, Box(0.1, 0.04 + number * 0.06, 0.8, 0.05))
        for number in range(6)
    ]
    annotate(image_id, *lines, Found("code", "x" * 300, 1.0, Box(0.85, 0.9, 0.1, 0.05)))
    screen.goto(f"/images/{image_id}")
    screen.click("text=Text 6")
    screen.click("text=Codes 1")
    labels = [one for one in screen.locator(".box-label").all() if one.is_visible()]
    areas = [one.bounding_box() for one in labels] + [one.bounding_box() for one in screen.locator(".box").all()]
    frame = screen.locator(".picture").bounding_box()
    assert 1 <= len(labels) < 7
    for number, one in enumerate(areas[: len(labels)]):
        assert one is not None
        assert frame is not None
        assert one["x"] >= frame["x"] - 1
        assert one["x"] + one["width"] <= frame["x"] + frame["width"] + 1
        assert not [other for other in areas[:number] + areas[number + 1 :] if other and meet(one, other)]
    hidden = screen.locator(".box:has(.crowded)").last
    hidden.hover()
    assert hidden.locator(".box-label").is_visible()


def meet(one: Any, other: Any) -> bool:
    """Tell whether two rectangles have more than their edges in common."""
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return bool(across > 1 and down > 1)


def test_on_a_phone_a_line_leads_to_the_picture(browser: Browser, api: str, screen: Page, image_id: str) -> None:
    """The picture is far above the list there; a box that is tapped stays in sight."""
    phone = Windows(browser, api)
    page = phone.open(**PHONE)
    page.context.add_cookies(screen.context.cookies())  # type: ignore[arg-type]
    page.goto(f"/images/{image_id}")
    page.locator("text=Text 1").tap()
    page.locator(".box:visible").tap()
    assert pressed(page) == ["Text 1", "Fish & Chips score 0.93"]
    assert page.evaluate(TOP) >= 0
    page.locator("#seen .line >> nth=2").tap()
    assert page.locator(".box.on").all_inner_texts() == ["Face", "Face"]
    page.wait_for_function(f"{TOP} >= 0")
    phone.close()
    assert phone.faults() == []


def test_without_scripts_the_list_is_as_it_was(browser: Browser, api: str, screen: Page, image_id: str) -> None:
    """No button that would do nothing."""
    plain = Windows(browser, api)
    page = plain.open(java_script_enabled=False)
    page.context.add_cookies(screen.context.cookies())  # type: ignore[arg-type]
    page.goto(f"/images/{image_id}")
    assert not [one for one in page.locator(".switches button").all() if one.is_visible()]
    told = [" ".join(line.split()) for line in page.locator("#seen dl > div").all_inner_texts()]
    assert told == ["Text Fish & Chips score 0.93", "Code https://example.org/ score 1.00", "Faces 2"]
    assert page.locator("#seen button").count() == 0
    plain.close()
    assert plain.faults() == []
