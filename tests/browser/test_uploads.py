"""Uploads that must not be lost: two hundred at once, a broken file among them, a tab that is closed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from chalicelib.offline import provisioning
from tests import samples
from tests.browser import people
from tests.browser.windows import drop
from tests.system import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Route

    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

LONG = 240_000  # milliseconds, for two hundred images on a busy machine
STATES = "all => all.map(row => [row.querySelector('.upload-name').textContent, row.className])"


def small(number: int) -> tuple[str, str, bytes]:
    """Return a file to drop."""
    return f"{number:03}.jpg", "image/jpeg", samples.jpeg(seed=number)


def test_two_hundred_files_arrive(windows: Windows, system: System) -> None:
    """One that is no image fails with its reason; all others are ready, in the panel and in the library."""
    person = people.sign_up(system)
    page = windows.open(person)
    page.goto("/library")
    files = [small(number) for number in range(200)]
    files[77] = ("077.jpg", "image/jpeg", b"\xff\xd8\xff no image at all")
    drop(page, files)
    expect(page.locator(".uploads .ready, .uploads .failed")).to_have_count(200, timeout=LONG)
    told = dict(page.eval_on_selector_all(".uploads .upload", STATES))
    assert {name for name, state in told.items() if "failed" in state} == {"077.jpg"}
    assert len(page.text_content(".uploads .failed .upload-note") or "") > 10  # the reason
    assert page.inner_text(".uploads h2") == "199 of 200 images added"
    states = {card["name"]: card["state"] for card in person.images()}
    assert states == {name: "failed" if name == "077.jpg" else "ready" for name, _, _ in files}
    expect(page.locator(".shot")).to_have_count(200)


def test_a_closed_tab_loses_nothing_that_was_told_as_done(windows: Windows, system: System) -> None:
    """Leaving warns while files are being sent; those that the panel told as arrived are in the library."""
    person = people.sign_up(system)
    page = windows.open(person)
    page.goto("/library")
    sent = itertools.count()

    def some(route: Route) -> None:
        if next(sent) < 20:  # the others are under way when the tab closes
            route.continue_()

    page.route(f"**/{provisioning.BUCKET}", some)
    drop(page, [small(number) for number in range(60)])
    page.wait_for_selector(".uploads .ready", timeout=LONG)
    warned: list[str] = []

    def leave(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.mouse.click(5, 5)  # browsers warn only where somebody has done something
    told = dict(page.eval_on_selector_all(".uploads .upload", STATES))
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert warned == ["beforeunload"]
    done = {name for name, state in told.items() if "ready" in state}
    arrived = done | {name for name, state in told.items() if "reading" in state}
    assert done

    def states() -> dict[str, str]:
        return {card["name"]: card["state"] for card in person.images()}

    found = states()
    assert {name: found.get(name) for name in done} == dict.fromkeys(done, "ready")
    wait_until(lambda: all(states().get(name) == "ready" for name in arrived), 120)


def test_a_connection_that_breaks_off_is_tried_again(windows: Windows, system: System) -> None:
    """A file's first attempt never reaches the storage; it arrives by itself, and others do not wait for it."""
    person = people.sign_up(system)
    page = windows.open(person)
    page.goto("/library")
    windows.expect("ERR_CONNECTION_RESET")
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if broken:
            route.continue_()
        else:
            broken.append("once")
            route.abort("connectionreset")

    page.route("**/janus-dev-images*", break_once)
    drop(page, [small(1), small(2)])
    expect(page.locator(".uploads .ready")).to_have_count(2, timeout=LONG)
    assert sorted(card["name"] for card in person.images()) == ["001.jpg", "002.jpg"]
