"""The library in Chromium: selecting, acting and undoing, more on scrolling, filters, keys; nothing moves."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import piexif
import pytest
from PIL import Image
from playwright.sync_api import expect

from chalicelib import aws
from chalicelib.config import settings
from tests import delivery
from tests.browser.windows import Windows
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

    from tests.conftest import User

__all__ = ["place"]

pytestmark = pytest.mark.browser

PROGRESS = """() => {
  window.said = [];
  const count = document.querySelector("[data-count]");
  new MutationObserver(() => {
    const heard = !count.closest("[inert]") && count.closest("[aria-live]") !== null;
    window.said.push([count.textContent, heard, document.activeElement.textContent]);
  }).observe(count, { childList: true });
}"""

WATCH = """window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture
def own(browser: Browser, api: str) -> Iterator[Windows]:
    """Return windows in which no script may fail, and no policy be broken."""
    windows = Windows(browser, api)
    yield windows
    windows.close()
    assert windows.faults() == []


@pytest.fixture
def page(own: Windows, user: User) -> Page:
    """Return a page of the user, who is signed in."""
    found = own.open()
    found.add_init_script(WATCH)
    found.goto("/sign-in")
    found.fill("#username", user.owner)
    found.fill("#password", "Test-pass-12")
    found.click("form.form button[type=submit]")
    found.wait_for_url("**/library")
    return found


def fill(place: Place, number: int, months: int = 3) -> list[str]:
    """Upload small images, spread over months; return their ids, the newest first."""
    sent = []
    for count in range(number):
        data = io.BytesIO()
        date = (
            f"2024:{1 + count * months // number:02d}:{1 + count % 28:02d} 10:{count % 60:02d}:{count // 60:02d}"
        )
        exif = piexif.dump({"Exif": {piexif.ExifIFD.DateTimeOriginal: date.encode()}})
        shape = ((30, 20), (20, 30), (24, 24))[count % 3]
        Image.new("RGB", shape, (count * 5 % 256, 120, 200)).save(data, "JPEG", exif=exif)
        answer = place.http.post(
            f"{place.api}/v1/images?filename=image-{count}.jpg",
            data=data.getvalue(),
            headers={"Content-Type": "application/octet-stream"},
        )
        sent.append((date, str(answer.json()["image_id"])))
    delivery.deliver(place.app)
    place.follow()
    return [image_id for _, image_id in sorted(sent, reverse=True)]


def slowly(route: Route) -> None:
    """Let a short answer wait, so that the end of the page is in sight before more is there."""
    time.sleep(0.4)
    route.continue_(url=route.request.url.replace("limit=100", "limit=20"))


def order(page: Page) -> list[str]:
    """Return the ids of the figures, in the order of the page."""
    found: list[str] = page.evaluate("[...document.querySelectorAll('.shot')].map((one) => one.dataset.imageId)")
    return found


def focused(page: Page) -> Any:
    """Return the image that has the focus."""
    return page.evaluate("document.activeElement.closest('.shot')?.dataset.imageId ?? null")


def test_keys_lead_from_image_to_image_and_select(page: Page, place: Place) -> None:
    """Arrows by order and by row; x selects, Escape clears, Enter opens, / searches, ? tells them all."""
    ids = fill(place, 6, months=1)
    page.goto("/library")
    page.keyboard.press("ArrowRight")
    assert focused(page) == ids[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(page.locator("#selection")).to_be_visible()
    assert page.locator("[data-count]").inner_text() == "2 selected"
    page.keyboard.press("ArrowLeft")
    assert focused(page) == ids[1]
    page.keyboard.press("Escape")
    expect(page.locator("#selection")).to_be_hidden()
    page.keyboard.press("?")
    assert {"Search", "Select the image", "Clear the selection"} <= set(
        page.locator("dialog dd").all_inner_texts()
    )
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("image-3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/library?text=image-3")
    expect(page.locator("#search")).to_have_value("image-3")


def test_a_range_is_selected_tagged_and_made_public(page: Page, place: Place) -> None:
    """With Shift; while some are selected, a click selects another. The figures show what has changed."""
    ids = fill(place, 6, months=1)
    page.goto("/library")
    page.locator(".shot input").nth(0).check(force=True)
    page.locator(".shot input").nth(2).click(modifiers=["Shift"], force=True)
    page.locator(".shot a").nth(4).click()
    assert page.locator("[data-count]").inner_text() == "4 selected"
    page.locator("#selection summary").click()
    page.fill("#tags", "blue, sea")
    page.click("#selection button[value=tag]")
    expect(page.locator(".toast")).to_have_text("4 images tagged.")
    page.click("#selection button[value=show]")
    expect(page.locator(".shot .public")).to_have_count(4)
    assert order(page) == ids
    shown = [place.get(f"/v1/images/{one}").json() for one in ids]
    assert [one.get("tags", []) for one in shown] == [["blue", "sea"]] * 3 + [[]] + [["blue", "sea"]] + [[]]
    assert [one["visibility"] for one in shown] == ["public"] * 3 + ["private", "public", "private"]


def test_a_deletion_is_undone(page: Page, place: Place) -> None:
    """The images go at once, and come back to their places; the headings count."""
    ids = fill(place, 6, months=2)
    page.goto("/library")
    for number in (0, 4):
        page.locator(".shot input").nth(number).check(force=True)
    page.click("#selection button[value=delete]")
    expect(page.locator(".shot")).to_have_count(4)
    assert page.locator(".month small").all_inner_texts() == ["2 images", "2 images"]
    assert len(place.get("/v1/trash").json()["images"]) == 2
    page.click("text=Undo")
    expect(page.locator(".shot")).to_have_count(6)
    assert order(page) == ids
    assert page.locator(".month small").all_inner_texts() == ["3 images", "3 images"]
    expect(page.locator(".toast", has_text="2 images restored.")).to_be_visible()
    assert place.get("/v1/trash").json()["images"] == []


def test_originals_are_saved_one_after_another(page: Page, place: Place) -> None:
    """Under their names, with the progress read aloud; the focus stays, then goes to the image selected last."""
    ids = fill(place, 2, months=1)
    page.goto("/library")
    for number in range(2):
        page.locator(".shot input").nth(number).check(force=True)
    names = []
    page.on("download", lambda file: names.append(file.suggested_filename))
    page.evaluate(PROGRESS)
    page.click("#selection >> text=Download")
    expect(page.locator(".toast", has_text="2 images sent to your downloads.")).to_be_visible()
    assert sorted(names) == ["image-0.jpg", "image-1.jpg"]
    assert page.locator(".shot input:checked").count() == 0
    assert page.evaluate("window.said.slice(0, 2)") == [
        [f"Saving {number} of 2", True, "Download"] for number in (1, 2)
    ]
    assert focused(page) == ids[1]


def test_a_file_that_cannot_be_saved_is_told_and_stays_selected(own: Windows, page: Page, place: Place) -> None:
    """The others are saved, and the page stays: an address that fails would take its place."""
    own.expect("40[34]")  # of S3, for an object that is gone
    ids = fill(place, 3, months=1)
    page.goto("/library")
    for number in range(3):
        page.locator(".shot input").nth(number).check(force=True)
    lost = place.get(f"/v1/images/{ids[1]}").json()
    aws.client("s3").delete_object(Bucket=settings().images_bucket, Key=lost["key"])
    names = []
    page.on("download", lambda file: names.append(file.suggested_filename))
    page.click("#selection >> text=Download")
    told = page.locator(".toast", has_text="2 images sent to your downloads. 1 image could not be read.")
    expect(told).to_be_visible()
    assert len(names) == 2
    assert lost["name"] not in names
    assert page.url.endswith("/library")
    expect(page.locator("#selection >> text=Download")).to_be_focused()
    left = page.locator(".shot:has(input:checked)")
    assert left.evaluate_all("shots => shots.map((shot) => shot.dataset.imageId)") == [ids[1]]


def test_originals_that_a_page_cannot_list_are_told(page: Page, place: Place) -> None:
    """After the session has ended elsewhere, say, and nothing is unselected."""
    fill(place, 2, months=1)
    page.goto("/library")
    for number in range(2):
        page.locator(".shot input").nth(number).check(force=True)
    page.route("**/library/download", lambda route: route.fulfill(content_type="text/html", body="<main></main>"))
    page.click("#selection >> text=Download")
    told = "0 images sent to your downloads. 2 images could not be read: you are signed out."
    expect(page.locator(".toast", has_text=told)).to_be_visible()
    assert page.locator(".shot input:checked").count() == 2


def test_scrolling_brings_more_and_nothing_moves(page: Page, place: Place) -> None:
    """Months go on over pages, are counted once whole, and rows that are in sight stay as they are."""
    ids = fill(place, 120, months=2)
    page.route("**/library?*cursor*", slowly)
    page.goto("/library?limit=20")
    while page.locator(".pager [rel=next]").count():
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(60)
    assert order(page) == ids
    assert page.locator(".month small").all_inner_texts() == ["60 images", "60 images"]
    assert page.locator(".month h2").count() == 2
    assert page.evaluate("window.shifts") < 0.004  # 0.0002 are those of a font
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.evaluate(
        "[...document.querySelectorAll('.shot')].map((one) => one.getBoundingClientRect().height)"
    )
    assert min(heights) > 190
    assert max(heights) < 420


def test_an_upload_takes_its_place_in_the_gallery(page: Page, place: Place) -> None:
    """In an empty library, and by its date in another; other figures stay, those that are selected too."""
    page.goto("/library")
    expect(page.locator("text=Your library is empty")).to_be_visible()
    ids = fill(place, 3, months=3)
    tell = "(ids) => document.dispatchEvent(new CustomEvent('janus:ready', { detail: ids }))"
    page.evaluate(tell, ids)
    expect(page.locator(".shot")).to_have_count(3)
    page.locator(".shot input").nth(2).check(force=True)
    late = fill(place, 3, months=1)
    page.evaluate(tell, late)
    expect(page.locator(".shot")).to_have_count(6)
    records = [place.get(f"/v1/images/{one}").json() for one in order(page)]
    taken = [one["taken"] for one in records]
    assert taken == sorted(taken, reverse=True)
    assert page.locator(".month small").all_inner_texts() == ["1 image", "1 image", "4 images"]
    assert page.locator(".shot input:checked").evaluate_all("(all) => all.map((one) => one.value)") == [ids[2]]


def test_a_panel_is_filled_when_it_is_opened(page: Page, place: Place) -> None:
    """With values and counts; each is a link."""
    fill(place, 3, months=1)
    page.goto("/library")
    page.locator("summary", has_text="File").click()
    page.locator(".filter[open] .options a", has_text="JPEG").click()
    page.wait_for_url("**/library?format=JPEG")
    assert len(order(page)) == 3
    page.locator(".chip.on").click()
    page.wait_for_url("**/library")
