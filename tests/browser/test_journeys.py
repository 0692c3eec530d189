"""The ways of people through the pages, on a desktop and on a phone."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from chalicelib.offline.provisioning import CODE
from tests import authenticator, samples
from tests.browser import people
from tests.browser.windows import DEVICES, drop
from tests.system import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

SEND = "main form.form button[type=submit]"
READY = 60_000  # milliseconds, for images to be read on a busy machine


def sign_in(page: Page, person: Person) -> None:
    """Fill in the form to sign in, and send it."""
    page.fill("#username", person.name)
    page.fill("#password", person.passphrase)
    page.click(SEND)


def shown(page: Page) -> list[str]:
    """Return the ids of the images in the gallery, in its order."""
    return page.eval_on_selector_all(".shot", "shots => shots.map(shot => shot.dataset.imageId)")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_an_account_to_a_link_taken_back(windows: Windows, device: str, scheme: Any) -> None:
    """Sign up, confirm, sign in, drop files, open one, edit it, share it, and take the link back."""
    page = windows.open(**DEVICES[device], color_scheme=scheme)
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    email = f"{uuid.uuid4().hex[:12]}@example.org"
    page.fill("#email", email)
    page.fill("#password", people.PASSPHRASE)
    page.click(SEND)
    page.wait_for_selector("#code")
    assert page.input_value("#username") == email
    page.fill("#code", CODE)
    page.click(SEND)
    page.wait_for_selector("text=Your account is open.")
    page.fill("#password", people.PASSPHRASE)
    page.click(SEND)
    page.wait_for_url("**/library")
    assert page.inner_text("main h2") == "Your library is empty"

    drop(page, [(f"boat-{number}.jpg", "image/jpeg", samples.photo(number)) for number in range(3)])
    expect(page.locator(".shot img")).to_have_count(3, timeout=READY)
    page.locator(".uploads button", has_text="Close").click()
    page.locator(".shot a").first.click()
    page.wait_for_url("**/images/*")

    page.click("[data-edit-page]")
    page.fill("#title", "Boats at dawn")
    page.fill("#tags", "sea\nearly")
    page.click("#edit-here button[type=submit]")
    page.wait_for_selector("#edit-here", state="detached")
    assert page.inner_text("h1") == "Boats at dawn"
    assert page.locator("#texts .chip").all_inner_texts() == ["early", "sea"]

    page.click("#share-form button")
    page.wait_for_selector("#share-list li")
    address = page.input_value("#made input")
    guest = windows.open(**DEVICES[device], color_scheme=scheme)
    guest.goto(address)
    assert "Boats at dawn" in guest.inner_text("main")
    assert guest.evaluate("document.querySelector('main img').naturalWidth") > 0
    page.click("#share-list button")
    page.wait_for_selector("text=Nobody has a link to this image.")
    windows.expect("404")
    gone = guest.reload()
    assert gone is not None
    assert gone.status == 404
    assert guest.inner_text("h1") == "This link no longer works"


@pytest.mark.parametrize("device", DEVICES)
def test_a_selection_is_tagged_shown_deleted_and_brought_back(
    windows: Windows, system: System, device: str
) -> None:
    """With the keyboard and by clicks; the trash restores what the undo did not."""
    person = people.sign_up(system)
    sent = person.upload((f"{number}.jpg", samples.photo(number)) for number in range(4))
    page = windows.open(person, **DEVICES[device])
    page.goto("/library")
    before = shown(page)
    assert set(before) == set(sent.values())

    page.locator(".shot a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    assert page.inner_text("#selection .selected") == "2 selected"
    page.locator(".shot a").nth(2).click()  # while images are selected, a click selects another
    assert page.inner_text("#selection .selected") == "3 selected"
    page.click("#selection summary")
    page.fill("#tags", "harbour, blue")
    page.click("text=Add to the images")
    page.wait_for_selector("text=3 images tagged.")
    page.click("#selection >> text=Make public")
    page.wait_for_selector("text=3 images made public.")
    cards = {card["image_id"]: card for card in person.images()}
    assert [cards[one]["tags"] for one in before] == [["blue", "harbour"]] * 3 + [[]]
    assert [cards[one]["visibility"] for one in before] == ["public"] * 3 + ["private"]
    assert page.locator(".shot .public").count() == 3
    page.click("#selection >> text=Make private")
    page.wait_for_selector("text=3 images made private.")

    page.click("#selection >> text=Delete")
    page.wait_for_selector("text=3 images moved to the trash.")
    assert shown(page) == before[3:]
    page.click(".toast >> text=Undo")
    page.wait_for_selector("text=3 images restored.")
    assert shown(page) == before

    page.keyboard.press("Escape")
    page.locator(".shot a").first.focus()
    page.keyboard.press("x")
    page.click("#selection >> text=Delete")
    page.wait_for_selector("text=1 image moved to the trash.")
    page.goto("/trash")
    assert page.locator(".bin-list li").count() == 1
    page.click(".bin-list button")
    page.wait_for_selector("text=The trash is empty.")
    wait_until(lambda: page.goto("/library") and set(shown(page)) == set(before))  # a restored file is read again


@pytest.mark.parametrize("device", DEVICES)
def test_filters_are_addresses(windows: Windows, album: tuple[Person, list[str]], device: str) -> None:
    """A value of a panel finds as many images as it says; its address brings them back, the back key leads out."""
    page = windows.open(album[0], **DEVICES[device])
    page.goto("/library")
    everything = shown(page)
    panels = page.eval_on_selector_all("details.filter", "all => all.map(one => one.dataset.panel)")
    tried = 0
    for panel in panels:
        page.click(f"details[data-panel={panel}] summary")
        counted = page.locator(f"details[data-panel={panel}] .options a:has(small)")
        page.wait_for_selector(f"details[data-panel={panel}] [data-more]", state="detached")
        values = [
            (place, int(words.replace(",", "")))
            for place, words in enumerate(counted.locator("small").all_inner_texts())
        ]
        few = [(place, number) for place, number in values if 0 < number <= 50]
        if not few:
            page.keyboard.press("Escape")
            continue
        place, number = few[0]
        counted.nth(place).click()
        page.wait_for_url("**/library?*")
        assert len(shown(page)) == number, page.url
        assert page.locator(".chip.on").count() == 1, page.url
        found = shown(page)
        page.reload()
        assert shown(page) == found
        page.go_back()
        page.wait_for_url("**/library")
        page.wait_for_load_state()
        assert shown(page)[: len(everything)] == everything
        tried += 1
    assert tried >= 5, panels


@pytest.mark.parametrize("device", DEVICES)
def test_words_are_searched_for(windows: Windows, album: tuple[Person, list[str]], device: str) -> None:
    """By the key or a touch; a word that nothing has offers the way out."""
    person, images = album
    named = {card["image_id"] for card in person.images() if "kyoto" in card["title"].lower()}
    page = windows.open(person, **DEVICES[device])
    page.goto("/library")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("kyoto")
    page.keyboard.press("Enter")
    page.wait_for_url("**/library?*text=kyoto*")
    assert set(shown(page)) == named
    assert named < set(images)
    page.fill("#search", "zeppelin")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Nothing found")
    page.click("text=Clear all filters")
    page.wait_for_selector(".shot")
    assert "text=" not in page.url


def test_more_comes_on_scrolling(windows: Windows, album: tuple[Person, list[str]]) -> None:
    """Every image once; then there is no next page."""
    person, images = album
    page = windows.open(person)
    page.goto("/library")
    first = shown(page)
    assert 40 <= len(first) <= 50  # the last row of fifty waits for the rest of it
    for _ in range(20):
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(100)
    page.wait_for_selector(".pager [rel=next]", state="detached")
    every = shown(page)
    assert every[: len(first)] == first
    assert sorted(every) == sorted(images)


def test_a_deep_link_is_kept_over_the_sign_in(windows: Windows, album: tuple[Person, list[str]]) -> None:
    """An image with the list that it was opened from; after the sign-out everywhere, no window is signed in."""
    person, images = album
    page = windows.open()
    page.goto(f"/images/{images[3]}?sort=-taken")
    assert "/sign-in?next=" in page.url
    sign_in(page, person)
    page.wait_for_url(f"**/images/{images[3]}?sort=-taken")


def test_signing_out_everywhere_ends_every_window(windows: Windows, system: System) -> None:
    """Another browser of the same person is led to the sign-in; signing in again works."""
    person = people.sign_up(system)
    one, other = windows.open(), windows.open()
    for page in (one, other):
        page.goto("/sign-in")
        sign_in(page, person)
        page.wait_for_url("**/library")
    one.goto("/account")
    one.click("text=Sign out everywhere")
    one.wait_for_url(re.compile(r":\d+/$"))
    other.goto("/library")
    assert "/sign-in?next=" in other.url
    sign_in(other, person)
    other.wait_for_url("**/library")


@pytest.mark.parametrize("device", DEVICES)
def test_a_second_factor_is_turned_off_with_passphrase_and_code(
    windows: Windows, system: System, device: str
) -> None:
    """A wrong passphrase is told at its field, and nothing has changed; then both are right."""
    windows.expect("401")
    person = people.sign_up(system)
    secret = authenticator.enrol(system.api, person.tokens["access_token"])
    person.tokens = authenticator.log_in(system.api, person.name, person.passphrase, secret)
    page = windows.open(person, **DEVICES[device])
    page.goto("/account")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_label("Passphrase").fill("loud-lakes-at-noon")
    page.get_by_label("Code").fill(authenticator.code(secret, 1))
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_label("Passphrase")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("The second factor is on")).to_be_visible()
    page.get_by_label("Passphrase").fill(person.passphrase)
    page.get_by_label("Code").fill(authenticator.code(secret, 1))
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("The second factor is off")).to_be_visible()
    assert page.url.endswith("/account/second-factor")


def test_a_session_is_renewed_while_files_are_sent(windows: Windows, system: System) -> None:
    """The access token expires after the first file: the rest arrive all the same, without another sign-in."""
    person = people.sign_up(system)
    page = windows.open(person)
    page.goto("/library")
    drop(page, [("before.jpg", "image/jpeg", samples.photo(1))])
    page.wait_for_selector(".uploads .ready", timeout=READY)
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1}).encode()).decode().rstrip("=")
    expired: Any = {**person.cookies[0], "value": f"eyJhbGciOiJSUzI1NiJ9.{claims}.AAAA"}
    page.context.add_cookies([expired])
    drop(page, [(f"after-{number}.jpg", "image/jpeg", samples.photo(number)) for number in range(2, 5)])
    expect(page.locator(".uploads .ready")).to_have_count(4, timeout=READY)
    renewed = {one["name"]: one["value"] for one in page.context.cookies()}["janus-access"]
    assert renewed not in (expired["value"], person.cookies[0]["value"])
    assert len(person.images()) == 4
