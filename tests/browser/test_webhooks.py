"""A webhook from its making to a replay, in a browser: with keys alone, and without JavaScript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import people
from tests.browser.windows import PHONE
from tests.chalicelib.extensions.integrations.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser

PLAIN: dict[str, Any] = {"java_script_enabled": False, **PHONE}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return an endpoint on this machine, which first fails."""
    made = Receiver()
    made.answers.append((410, {}))
    yield made
    made.close()


def press(page: Page, name: str, role: Any = "button") -> None:
    """Focus a control by its name, and press Enter."""
    control = page.get_by_role(role, name=name, exact=True)
    control.focus()
    control.press("Enter")


def until(page: Page, words: str) -> None:
    """Look again until the page has some words."""
    for _ in range(40):
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"no {words!r} in: {page.inner_text('main')}")


@pytest.mark.parametrize("options", [{}, PLAIN], ids=["keys alone", "no scripts, a phone"])
def test_the_whole_way(windows: Windows, system: System, receiver: Receiver, options: dict[str, Any]) -> None:
    """Make it, send a test that fails, enable it again, deliver again all that failed, delete it."""
    page = windows.open(people.sign_up(system), **options)
    page.goto("/account")
    press(page, "Webhooks and deliveries", "link")
    page.wait_for_url("**/account/webhooks")
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_label("Description").fill("Site build")
    page.get_by_label("image.ready").press("Space")
    press(page, "Make the webhook")
    page.wait_for_selector(".secret code")
    assert page.inner_text(".secret code").startswith("whsec_")

    press(page, "Send a test")
    page.wait_for_url("**/deliveries/evt_*")
    until(page, "410 Gone")
    press(page, "The webhook", "link")
    until(page, "Its endpoint answered 410 Gone")
    press(page, "Enable")
    page.wait_for_url("**?done=webhook-enabled")
    press(page, "Failed", "link")
    page.wait_for_url("**?state=failed#deliveries")
    assert page.locator("a.event").count() == 1
    press(page, "Deliver again all that failed")
    page.wait_for_url("**?done=webhook-replays")
    until(page, "204 No Content")
    assert page.locator("a.event").count() == 1
    assert [json.loads(one.body)["type"] for one in receiver.requests] == ["webhook.test"] * 2
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1

    press(page, "Delete", "link")
    page.wait_for_url("**/delete")
    press(page, "Delete the webhook")
    page.wait_for_url("**/account/webhooks?done=webhook-deleted")
    assert page.locator(".hooks").count() == 0
