"""The keyboard alone: Tab reaches everything, the focus is always to be seen, keys do as their list says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import states

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

MOST = 500  # steps of a walk
NAMED = """
const named = (element) => {
  const form = element.form?.getAttribute("action") || "";
  const words = element.textContent.trim().slice(0, 40) || element.ariaLabel || element.name || element.id;
  return [element.localName, form, element.getAttribute("href") || "", element.value || "", words].join(" | ");
};"""
REACHABLE = f"""() => {{
  {NAMED}
  const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
  return [...all].filter((element) => !element.disabled && element.tabIndex >= 0 && !element.closest("[inert]")
    && element.checkVisibility({{ visibilityProperty: true }})).map(named);
}}"""
HERE = f"""() => {{
  {NAMED}
  const element = document.activeElement;
  if (element === document.body) return null;
  const seen = [element, element.closest(".shot"), element.parentElement].filter(Boolean).some((one) => {{
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
  }});
  const box = element.getBoundingClientRect();
  const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [named(element), seen, within && box.width > 0];
}}"""


def walk(page: Page) -> tuple[set[str], set[str], set[str]]:
    """Press Tab once around the page; return its stops, those that never show the focus, those out of sight.

    A field for a date has several stops, of which the last, its calendar, shows the focus by itself.
    """
    reached: dict[str, list[bool]] = {}
    sights: set[str] = set()
    first = None
    for step in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None:
            continue
        name, seen, within = here
        if name == first and step > len(reached):
            return (
                set(reached),
                {name for name, shown in reached.items() if not any(shown)},
                reached.keys() - sights,
            )
        first = first or name
        reached.setdefault(name, []).append(seen)
        if within:
            sights.add(name)
    raise AssertionError(f"no end after {MOST} steps")


@pytest.fixture(scope="session")
def world(system: System, album: tuple[Person, list[str]], person: Person) -> states.World:
    """Return what the pages are about."""
    return states.World.make(system, album, person)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "show",
    [
        show
        for show in states.STATES
        if show.__name__.removeprefix("show_")
        in {"start", "sign_up", "upload", "library_filtered", "library_empty", "account", "trash_full", "shared",
            "image_with_a_new_share", "image_edited_in_place", "filters", "error_expired_link", "webhooks",
            "webhook_with_a_new_secret", "webhook_delivery"}
    ],
    ids=lambda show: show.__name__.removeprefix("show_"),
)  # fmt: skip
def test_tab_reaches_everything(windows: Windows, world: states.World, show: states.Show, width: int) -> None:
    """Links, buttons, fields; each shows that it has the focus, and is in sight then."""
    page = show(windows, world)
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.activeElement.blur()")
    alike = page.locator("[data-alike]")
    if alike.count():  # gone once it was in sight
        alike.scroll_into_view_if_needed()
        alike.wait_for(state="detached")
        page.evaluate("scrollTo(0, 0)")
    expected = set(page.evaluate(REACHABLE))
    reached, unseen, outside = walk(page)
    assert expected - reached == set()
    assert unseen == set()
    assert outside == set()


def test_the_first_stop_leads_past_the_menus(windows: Windows, album: tuple[Person, list[str]]) -> None:
    """Tab, Enter: the next stop is in the main part."""
    page = windows.open(album[0])
    page.goto("/library")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_keys_are_listed_and_work(windows: Windows, album: tuple[Person, list[str]]) -> None:
    """The dialog keeps the focus, Escape gives it back; letters in a field are letters."""
    page = windows.open(album[0])
    page.goto("/library")
    page.locator(".shot a").first.focus()
    page.keyboard.press("?")
    assert page.locator("dialog dd", has_text="Search").count() == 1
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("document.activeElement.closest('.shot') !== null")
    page.keyboard.press("/")
    page.keyboard.type("x/?")
    assert page.input_value("#search") == "x/?"
    assert page.locator("dialog").count() == 0


def test_a_menu_gives_the_focus_back(windows: Windows, album: tuple[Person, list[str]]) -> None:
    """Escape closes it."""
    page = windows.open(album[0])
    page.goto("/library")
    page.locator(".top-end summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.localName") == "summary"
    assert page.locator(".top-end details[open]").count() == 0


def test_an_image_is_shared_with_keys_alone(windows: Windows, world: states.World) -> None:
    """From the library to a link in the clipboard's reach: arrows, Enter, Tab."""
    page = windows.open(world.other)
    page.goto("/library")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/*")
    page.goto(f"/images/{world.ready}")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Make a link":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#made input")
    assert page.evaluate("document.activeElement.value").startswith(f"{world.system.api}/s/")
