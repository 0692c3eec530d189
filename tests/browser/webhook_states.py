"""The pages of webhooks in every state that people meet; importing this adds them to `states.STATES`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.browser import people
from tests.browser.states import state
from tests.system import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.states import World
    from tests.browser.windows import Windows
    from tests.system import System

LIST = "/account/webhooks"
CLOSED = "http://127.0.0.1:9/a-receiver-that-does-not-answer"


class Hooks(NamedTuple):
    """Somebody with two webhooks: one whose receiver does not answer, one that is disabled."""

    person: Person
    failing: str  # path of its page
    delivery: str
    disabled: str


@cache
def hooks(system: System) -> Hooks:
    """Make them, once."""
    person = people.sign_up(system)
    body = {"url": CLOSED, "types": ["image.*", "theme.changed"], "description": "Site build"}
    failing, disabled = (
        person.call("POST", "/v1/webhooks", one)["webhook_id"] for one in (body, {"url": CLOSED, "types": ["*"]})
    )
    event_id = person.call("POST", f"/v1/webhooks/{failing}/test")["event_id"]
    path = f"/v1/webhooks/{failing}/deliveries/{event_id}"
    wait_until(lambda: person.call("GET", path)["attempts"])
    person.call("PATCH", f"/v1/webhooks/{disabled}", {"state": "disabled"})
    page = f"{LIST}/{failing}"
    return Hooks(person, page, f"{page}/deliveries/{event_id}", f"{LIST}/{disabled}")


def _of(path: str, name: str) -> None:
    def show(windows: Windows, world: World) -> Page:
        made = hooks(world.system)
        page = windows.open(made.person)
        page.goto(path.format(**made._asdict()))
        return page

    show.__name__ = f"show_{name}"
    state(show)


_of(LIST, "webhooks")
_of("{failing}", "webhook_failing")
_of("{failing}?state=failed", "webhook_without_failed_deliveries")
_of("{failing}/edit", "webhook_edit")
_of("{failing}/delete", "webhook_delete")
_of("{delivery}", "webhook_delivery")
_of("{disabled}", "webhook_disabled")


@state
def show_webhooks_with_faults(windows: Windows, world: World) -> Page:
    """Show the words about a URL that is not allowed, and about no type."""
    windows.expect("400")
    page = windows.open(world.nobody)
    page.goto(LIST)
    page.fill("#url", "https://10.0.0.1/")
    page.click("text=Make the webhook")
    page.wait_for_selector(".fault")
    return page


@state
def show_webhook_with_a_new_secret(windows: Windows, world: World) -> Page:
    """Show a secret that was made just now, beside which the former one signs."""
    made = hooks(world.system)
    page = windows.open(made.person)
    page.goto(made.failing)
    page.click("text=Make a new secret")
    page.wait_for_selector(".secret")
    page.evaluate("document.querySelector('main details').open = true")
    return page
