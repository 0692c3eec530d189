"""After a sign-out, the key that leads back shows nobody the pages from before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests import samples
from tests.browser import people
from tests.browser.windows import FLAGS, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.people import Person
    from tests.system import System

pytestmark = pytest.mark.browser

NOT_WHOLE = "--disable-back-forward-cache"  # a flag that Playwright sets, and people's browsers lack


@pytest.fixture(scope="module")
def owner(system: System) -> tuple[Person, str]:
    """Return somebody with one image, whose sessions this module's tests may end."""
    person = people.sign_up(system)
    return person, person.upload([("boats.jpg", samples.photo())])["boats.jpg"]


@pytest.fixture(scope="module", params=["whole pages", "files"])
def keeping(request: pytest.FixtureRequest, chromium: str, browser: Browser) -> Iterator[Browser]:
    """Return a browser that keeps whole pages in memory, as people's do, and one that keeps files alone."""
    if request.param == "files":
        yield browser
        return
    started = browser.browser_type.launch(executable_path=chromium, args=FLAGS, ignore_default_args=[NOT_WHOLE])
    yield started
    started.close()


def opened(windows: Windows, system: System, owner: tuple[Person, str], **options: Any) -> Page:
    """Return a window in which somebody with a new session has gone from page to page."""
    person, image_id = owner
    page = windows.open(people.Person(system, person.name, person.passphrase), **options)
    for path in ("/library", f"/images/{image_id}", "/account"):
        page.goto(path)
    return page


def test_the_way_back_leads_to_the_sign_in(keeping: Browser, system: System, owner: tuple[Person, str]) -> None:
    """From the account, from an image and from the library: neither a title nor a thumbnail is shown."""
    windows = Windows(keeping, system.api)
    page = opened(windows, system, owner)
    page.click(".top-end details summary")
    page.click("text=Sign out")
    page.wait_for_url(f"{system.api}/")
    for _ in range(3):
        page.evaluate("history.back()")
        page.wait_for_url("**/sign-in?next=*")
        expect(page.locator("#password")).to_be_visible()
        assert page.locator(".shot, .stage, .avatar").count() == 0
    windows.close()
    assert windows.faults() == []


def test_without_scripts_the_pages_before_are_gone(
    keeping: Browser, system: System, owner: tuple[Person, str]
) -> None:
    """The browser is told to forget them (Clear-Site-Data); of those kept whole, it keeps the last one."""
    windows = Windows(keeping, system.api)
    page = opened(windows, system, owner, java_script_enabled=False)
    page.click(".top-end details summary")
    page.click("text=Sign out")
    page.wait_for_url(f"{system.api}/")
    for back in (-2, -1):  # the image, the library
        page.evaluate(f"history.go({back})")
        page.wait_for_url("**/sign-in?next=*")
        assert page.locator(".shot, .stage, .avatar").count() == 0
    windows.close()
    assert windows.faults() == []


def test_a_session_that_goes_on_is_not_disturbed(
    keeping: Browser, system: System, owner: tuple[Person, str]
) -> None:
    """The pages from before are there."""
    windows = Windows(keeping, system.api)
    page = opened(windows, system, owner)
    page.evaluate("history.go(-2)")  # a page that was kept whole tells of no load
    expect(page).to_have_url(f"{system.api}/library")
    expect(page.locator(".shot")).to_have_count(1)
    windows.close()
    assert windows.faults() == []
