"""Nothing moves while a page comes, nor while more of the library comes on scrolling (Cumulative Layout Shift)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.states import World
from tests.browser.windows import DEVICES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

MOST = 0.02
SCREENS: dict[str, Any] = {**DEVICES, "tablet": {"viewport": {"width": 768, "height": 1024}}}
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (one.hadRecentInput) continue;
    const nodes = one.sources.map(({ node }) => node?.className || node?.localName || "");
    window.shifts.push({ at: one.startTime, by: one.value, nodes });
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="session")
def world(system: System, album: tuple[Person, list[str]], person: Person) -> World:
    """Return what the pages are about."""
    return World.make(system, album, person)


def shift(page: Page) -> tuple[float, list[object]]:
    """Return the CLS, that of the worst window of five seconds (https://web.dev/articles/cls), and its parts."""
    worst: tuple[float, list[object]] = (0.0, [])
    window: list[dict[str, float]] = []
    for one in page.evaluate("window.shifts"):
        if window and (one["at"] - window[-1]["at"] >= 1000 or one["at"] - window[0]["at"] >= 5000):
            window = []
        window.append(one)
        total = sum(part["by"] for part in window)
        if total > worst[0]:
            worst = total, list(window)
    return worst


@pytest.mark.parametrize("device", SCREENS)
@pytest.mark.parametrize("path", ["/", "/library", "/library?format=JPEG", "/images/{ready}", "{share}"])
def test_nothing_moves_while_a_page_comes(windows: Windows, world: World, path: str, device: str) -> None:
    """On the first visit, with nothing in the browser's cache."""
    page = windows.open(None if path in ("/", "{share}") else world.other, **SCREENS[device])
    page.add_init_script(WATCH)
    page.goto(path.format(**world._asdict()))
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    moved, parts = shift(page)
    assert moved <= MOST, parts


@pytest.mark.parametrize("device", SCREENS)
def test_nothing_moves_while_one_scrolls(windows: Windows, world: World, device: str) -> None:
    """Down to the end of the album, which is longer than a page, and up again."""
    page = windows.open(world.demo, **SCREENS[device])
    page.add_init_script(WATCH)
    page.goto("/library")
    page.wait_for_load_state("networkidle")
    for way in (1, -1):
        for _ in range(30):
            page.evaluate(f"scrollBy(0, {way * 500})")
            page.wait_for_timeout(60)
    page.wait_for_selector(".pager [rel=next]", state="detached")
    assert page.locator(".shot").count() == len(world.album)
    moved, parts = shift(page)
    assert moved <= MOST, parts


def test_what_changes_far_above_moves_nothing(windows: Windows, world: World) -> None:
    """Figures that come while one is at the end; on the way up, in jumps of two screens, nothing moves."""
    page = windows.open(world.demo)
    page.goto("/library")
    page.wait_for_load_state("networkidle")
    for _ in range(30):
        page.evaluate("scrollBy(0, 500)")
        page.wait_for_timeout(60)
    page.wait_for_selector(".shots.known")
    page.evaluate("""() => {
      const first = document.querySelector(".shots.known");
      for (let number = 0; number < 12; number += 1) first.prepend(first.firstElementChild.cloneNode(true));
    }""")
    page.wait_for_timeout(300)
    page.evaluate(WATCH)
    for _ in range(30):
        page.evaluate("scrollBy(0, -2 * innerHeight)")
        page.wait_for_timeout(60)
    assert page.evaluate("scrollY") == 0
    moved, parts = shift(page)
    assert moved <= MOST, parts


def test_a_shift_would_be_seen(windows: Windows) -> None:
    """A block that comes late, above the text, moves it: by far more than the limit."""
    page = windows.open()
    page.add_init_script(WATCH)
    page.goto("/")
    page.wait_for_timeout(600)
    page.evaluate("""() => {
      const late = document.createElement("div");
      late.style.height = "300px";
      document.querySelector("main").before(late);
    }""")
    page.wait_for_timeout(300)
    assert shift(page)[0] > MOST
