"""An image's page in Chromium: edited in place, shared, copied from, walked through, and waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import delivery, samples
from tests.browser.windows import Windows
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import User

__all__ = ["place"]

pytestmark = pytest.mark.browser

SHIFTS = """new Promise((told) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => told(sum), 600);
})"""


@pytest.fixture(params=["light", "dark"])
def screen(request: pytest.FixtureRequest, browser: Browser, api: str, user: User) -> Iterator[Page]:
    """Return a browser's page of somebody who is signed in; the test fails where the console tells of a fault."""
    windows = Windows(browser, api)
    windows.expect("412")  # of the lost update
    shown = windows.open(color_scheme=request.param, permissions=["clipboard-read", "clipboard-write"])
    shown.goto("/sign-in")
    shown.fill("#username", user.owner)
    shown.fill("#password", "Test-pass-12")
    shown.click("button[type=submit]")
    shown.wait_for_url("**/library")
    yield shown
    windows.close()
    assert windows.faults() == []


def test_texts_are_edited_in_place(screen: Page, place: Place) -> None:
    """By keyboard alone; Escape gives up, and markup stays text."""
    image_id = place.upload(samples.photo())
    screen.goto(f"/images/{image_id}")
    screen.keyboard.press("e")
    screen.fill("#title", "Never")
    screen.keyboard.press("Escape")
    screen.wait_for_selector("#edit-here", state="detached")
    assert screen.inner_text("h1") == "photo.jpg"
    assert screen.evaluate("document.activeElement.textContent") == "Edit"
    screen.keyboard.press("Enter")
    screen.fill("#title", "Boats <b>at</b> dawn")
    screen.fill("#tags", "sea\nearly")
    screen.select_option("#visibility", "public")
    screen.focus("#title")
    screen.keyboard.press("Enter")
    screen.wait_for_selector("#edit-here", state="detached")
    assert screen.inner_text("h1") == "Boats <b>at</b> dawn"
    assert screen.title() == "Boats <b>at</b> dawn · Janus"
    assert screen.inner_text("#texts").split() == ["early", "sea"]
    assert screen.inner_text("#who").startswith("Public")
    assert place.get(f"/v1/images/{image_id}").json()["tags"] == ["early", "sea"]


def test_a_lost_update_is_told_in_place(screen: Page, place: Place) -> None:
    """One's own text stays in its field, beside the one that is stored now."""
    image_id = place.upload(samples.photo())
    screen.goto(f"/images/{image_id}")
    screen.click("[data-edit-page]")
    screen.fill("#title", "Mine")
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"title": "Theirs"})
    screen.click("#edit-here button[type=submit]")
    screen.wait_for_selector("#edit-here [role=alert]")
    assert screen.input_value("#title") == "Mine"
    assert "Now stored: Theirs" in screen.inner_text("#edit-here")
    screen.click("#edit-here button[type=submit]")
    screen.wait_for_selector("#edit-here", state="detached")
    assert screen.inner_text("h1") == "Mine"


def test_a_link_is_made_and_revoked_in_place(screen: Page, place: Place) -> None:
    """Its address is there to copy, at once."""
    image_id = place.upload(samples.photo())
    screen.goto(f"/images/{image_id}")
    screen.click("#share-form button")
    screen.wait_for_selector("#share-list li")
    address = screen.input_value("#made input")
    assert address.startswith(f"{place.api}/s/")
    screen.click("#made button")
    assert screen.evaluate("navigator.clipboard.readText()") == address
    screen.click("#share-list button")
    screen.wait_for_selector("text=Nobody has a link to this image.")
    assert place.get(f"/v1/images/{image_id}/shares").json() == {"shares": []}
    colour = screen.locator("[data-copy] button").first
    colour.click()
    assert screen.evaluate("navigator.clipboard.readText()") == colour.inner_text()


def test_arrows_lead_to_the_next_image_and_back(screen: Page, place: Place) -> None:
    """In the list that the image was opened from; nothing moves while a page comes."""
    first, second = (place.upload(samples.photo(seed), f"{seed}.jpg") for seed in (1, 2))
    place.follow()
    screen.goto(f"/images/{second}?sort=-uploaded")
    assert screen.evaluate(SHIFTS) <= 0.02
    screen.keyboard.press("ArrowRight")
    screen.wait_for_url(f"**/images/{first}?sort=-uploaded")
    screen.keyboard.press("ArrowLeft")
    screen.wait_for_url(f"**/images/{second}?sort=-uploaded")
    screen.keyboard.press("?")
    assert "Next image" in screen.inner_text("dialog")
    screen.keyboard.press("Escape")
    screen.keyboard.press("l")
    screen.wait_for_url("**/library?sort=-uploaded")


def test_an_image_appears_once_it_is_there(screen: Page, place: Place, app: Any) -> None:
    """Without a hand; its own theme comes with it."""
    asked = {"images": [{"filename": "later.jpg"}]}
    ticket = place.http.post(f"{place.api}/v1/images", json=asked).json()["images"][0]
    screen.goto(f"/images/{ticket['image_id']}")
    assert screen.inner_text(".no-picture").strip() == "On its way …"
    from chalicelib import storage

    storage.put(ticket["key"], samples.photo(), "image/jpeg", storage.Noted(name="later.jpg"))
    delivery.deliver(app)
    screen.wait_for_selector("img.picture", timeout=15000)
    screen.wait_for_load_state()  # of the page's own colours
    background = screen.evaluate("getComputedStyle(document.body).backgroundColor")
    screen.goto("/library")
    assert screen.evaluate("getComputedStyle(document.body).backgroundColor") != background


def test_images_that_are_nearly_the_same_come_as_one_scrolls_to_them(screen: Page, place: Place) -> None:
    """Only then are they looked for; nothing moves, and the heading is one among those of the page."""
    first, second = place.upload(samples.photo(), "one.jpg"), place.upload(samples.photo(), "again.jpg")
    place.follow()
    looked: list[str] = []
    screen.on("request", lambda request: looked.append(request.url) if "/alike" in request.url else None)
    screen.goto(f"/images/{first}")
    screen.wait_for_load_state("networkidle")
    assert looked == []
    screen.locator("#alike").scroll_into_view_if_needed()
    found = screen.locator("#alike li a")
    found.wait_for()
    assert found.get_attribute("href") == f"/images/{second}"
    assert screen.locator("h1").count() == 1
    assert screen.inner_text("#alike h2") == "Nearly the same"
    assert screen.evaluate(SHIFTS) <= 0.02
    assert len(looked) == 1


def test_the_link_to_alike_images_hands_its_focus_on(screen: Page, place: Place) -> None:
    """Whoever comes by the keyboard goes on from the heading that takes its place."""
    image_id = place.upload(samples.photo())
    screen.goto(f"/images/{image_id}")
    screen.wait_for_load_state("networkidle")
    screen.locator("[data-alike]").focus()
    screen.locator("[data-alike]").wait_for(state="detached")
    assert screen.evaluate("document.activeElement.textContent") == "Nearly the same"
