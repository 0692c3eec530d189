"""Pages that wait for an event that never comes: they ask more and more slowly, then say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import samples
from tests.browser import people
from tests.browser.windows import drop

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

STEP_MS = 4_000


def pass_time(page: Page, until: str, most_ms: int) -> int:
    """Let a page's clock run until something is in sight; return the milliseconds that have passed there."""
    for passed in range(STEP_MS, most_ms, STEP_MS):
        page.clock.run_for(STEP_MS)
        page.wait_for_timeout(30)  # for the answers, which take no time there
        if page.locator(until).is_visible():
            return passed
    raise AssertionError(f"after {most_ms} ms the page still waits")


@pytest.mark.parametrize("path", ["/images/{id}", "/upload/arrived?key=uploads/{owner}/later.jpg"])
def test_a_file_that_never_comes(windows: Windows, person: Person, path: str) -> None:
    """Some twenty questions in two and a half minutes of pauses; then the words and the next step."""
    windows.expect("404")  # there is no record of a file that nobody has read
    ticket = person.call("POST", "/v1/images", {"images": [{"filename": "later.jpg"}]})["images"][0]
    page = windows.open(person)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/_/images/" in request.url else None)
    page.clock.install()
    page.goto(path.format(id=ticket["image_id"], owner=person.owner))
    expect(page.locator("#soon")).to_be_visible()
    assert 150_000 <= pass_time(page, "#late", 300_000) < 260_000  # with the time that answers take
    expect(page.locator("#soon")).to_be_hidden()
    expect(page.locator(".spinner")).to_have_count(0)
    assert 15 < len(asked) < 40
    before = len(asked)
    page.clock.run_for(60_000)
    page.wait_for_timeout(100)
    assert len(asked) == before
    page.click("text=Look again")
    expect(page.locator("#soon")).to_be_visible()


def test_uploads_that_nobody_reads(windows: Windows, system: System) -> None:
    """After five minutes without news, the panel says so; looking again finds what has come meanwhile."""
    person = people.sign_up(system)
    page = windows.open(person)
    page.clock.install()
    page.goto("/library")
    page.route("**/_/changes?*", lambda route: route.fulfill(json={"changes": [], "cursor": "c", "links": {}}))
    page.route("**/_/images/*", lambda route: route.fulfill(json={"state": "expected"}))
    drop(page, [("lost.jpg", "image/jpeg", samples.photo(11))])
    page.clock.run_for(1_000)
    expect(page.locator(".upload.reading")).to_be_visible()
    assert 290_000 < pass_time(page, ".upload.late", 400_000) < 330_000
    assert page.inner_text(".uploads h2") == "0 of 1 image added"
    assert "Reading it takes longer than usual" in page.inner_text(".upload-note")
    page.unroute("**/_/images/*")
    page.click(".upload-state >> text=Look again")
    expect(page.locator(".upload.reading")).to_be_visible()
    pass_time(page, ".upload.ready", 400_000)
