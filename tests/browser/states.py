"""Every page in every state that people meet: each a function that opens a window and leads it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests import authenticator, samples
from tests.browser import people
from tests.browser.windows import drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

    Show = Callable[[Windows, "World"], Page]

NOTHING = "a" * 26  # an id that no image has
SEEN = [
    {"kind": "text", "value": "Fish & Chips", "box": {"left": 0.1, "top": 0.02, "width": 0.5, "height": 0.05}},
    {"kind": "text", "value": "Open at dawn", "box": {"left": 0.1, "top": 0.08, "width": 0.5, "height": 0.05}},
    {"kind": "face", "box": {"left": 0.2, "top": 0.4, "width": 0.2, "height": 0.15}},
    {"kind": "face", "box": {"left": 0.7, "top": 0.4, "width": 0.2, "height": 0.15}},
    {"kind": "code", "value": "https://a.example", "box": {"left": 0.8, "top": 0.8, "width": 0.1, "height": 0.1}},
    {"kind": "label", "value": "harbour"},
]  # fmt: skip


class World(NamedTuple):
    """The people whose pages are shown, and the images that these are about."""

    system: System
    demo: Person  # with an album, which is only looked at
    album: list[str]
    nobody: Person  # with an empty library
    other: Person  # with an image of every kind, and a file in the trash
    ready: str
    failed: str
    expected: str
    unlucky: Person  # whose only image has a record that cannot be read
    broken: str
    share: str  # the path of a shared page
    busy: System | None  # takes two guesses of a passphrase an hour

    @classmethod
    def make(
        cls, system: System, album: tuple[Person, list[str]], nobody: Person, busy: System | None = None
    ) -> World:
        """Upload what the states need."""
        other = people.sign_up(system)
        files = {
            "ready.jpg": samples.photo(1),
            "broken.jpg": samples.photo(2)[:3000],
            "gone.jpg": samples.photo(3),
        }
        sent = other.upload(files.items())
        ready = sent["ready.jpg"]
        words = {"title": "Boats", "alt": "Boats at dawn.", "tags": ["sea"], "visibility": "public"}
        other.call("PATCH", f"/v1/images/{ready}", {**words, "description": "Drawn for a test."})
        other.call("PATCH", f"/v1/images/{ready}/annotations", {"additions": SEEN})
        other.call("DELETE", f"/v1/images/{sent['gone.jpg']}")
        ticket = other.call("POST", "/v1/images", {"images": [{"filename": "later.jpg"}]})["images"][0]
        made = other.call("POST", f"/v1/images/{ready}/shares", {"scope": "original", "expires_in": 3600})
        share = f"/s/{made['token']}"
        unlucky = people.sign_up(system)  # nobody walks from a library into that page
        damaged = unlucky.upload([("damaged.jpg", samples.photo(4))])["damaged.jpg"]
        _damage(system, damaged)
        failed, expected = sent["broken.jpg"], ticket["image_id"]
        return cls(system, *album, nobody, other, ready, failed, expected, unlucky, damaged, share, busy)


def _damage(system: System, image_id: str) -> None:
    dynamodb = system.client("dynamodb")
    table = next(name for name in dynamodb.list_tables()["TableNames"] if name.endswith("-images"))
    dynamodb.update_item(
        TableName=table,
        Key={"image_id": {"S": image_id}},
        UpdateExpression="SET document = :none",
        ExpressionAttributeValues={":none": {"B": b"none"}},
    )


STATES: list[Show] = []


def state(show: Show) -> Show:
    """Add a state to the list."""
    STATES.append(show)
    return show


def _of(path: str, name: str, whose: str | None = None) -> None:
    """Add the state of a page that needs nothing but to be opened."""

    def show(windows: Windows, world: World) -> Page:
        person = None if whose is None else getattr(world, whose)
        page = windows.open(person)
        page.goto(path.format(**world._asdict(), first=world.album[0], nothing=NOTHING))
        return page

    show.__name__ = f"show_{name}"
    state(show)


_of("/", "start")
_of("/sign-up", "sign_up")
_of("/confirm", "confirm")
_of("/resend", "resend")
_of("/forgot", "forgot")
_of("/reset", "reset")
_of("{share}", "shared")
_of("/p/{ready}", "public")
_of("/upload", "upload", "nobody")
_of("/library", "library_empty", "nobody")
_of("/library", "library_full", "demo")
_of("/library?sort=-taken&text=dusk", "library_searched", "demo")
_of("/library?format=PNG&orientation=landscape", "library_filtered", "demo")
_of("/library?text=zeppelin", "library_nothing_found", "demo")
_of("/library?iso=many&taken_from=yesterday", "library_wrong_filter", "demo")
_of("/library/filters", "filters", "demo")
_of("/trash", "trash_full", "other")
_of("/trash", "trash_empty", "nobody")
_of("/trash/empty", "trash_confirm", "other")
_of("/images/{first}", "image_of_the_album", "demo")
_of("/images/{failed}", "image_failed", "other")
_of("/images/{expected}", "image_expected", "other")
_of("/images/{ready}/edit", "image_edit_page", "other")
_of("/account", "account", "other")
_of("/account/second-factor", "second_factor_off", "other")


@state
def show_arrived(windows: Windows, world: World) -> Page:
    """Show that a file has arrived by the form alone, while it is read."""
    page = windows.open(world.nobody)
    page.route("**/_/images/*", lambda _: None)  # never answered
    page.goto(f"/upload/arrived?key=uploads/{world.nobody.owner}/later.jpg")
    return page


@state
def show_sign_in_with_a_fault(windows: Windows, world: World) -> Page:
    """Show the words about a wrong passphrase."""
    windows.expect("401")
    page = windows.open()
    page.goto("/sign-in")
    page.fill("#username", "demo")
    page.fill("#password", "not the passphrase")
    page.click("main button[type=submit]")
    page.wait_for_selector("[role=alert]")
    return page


@state
def show_sign_up_with_faults(windows: Windows, world: World) -> Page:
    """Show the words about a bad address and a short passphrase."""
    windows.expect("400")
    page = windows.open()
    page.goto("/sign-up")
    page.fill("#email", "somebody@nowhere")
    page.fill("#password", "short")
    page.click("main button[type=submit]")
    page.wait_for_selector("[aria-invalid]")
    return page


@state
def show_confirm_after_sign_up(windows: Windows, world: World) -> Page:
    """Show the form that asks for the code of the mail."""
    page = windows.open()
    page.goto("/sign-up")
    page.fill("#email", f"{NOTHING}@example.org")
    page.fill("#password", people.PASSPHRASE)
    page.click("main button[type=submit]")
    page.wait_for_selector("#code")
    return page


@state
def show_library_panels_open(windows: Windows, world: World) -> Page:
    """Show the filters one after the other; the last one stays open, with its counts."""
    page = windows.open(world.demo)
    page.goto("/library")
    for panel in page.locator("details.filter").all():
        panel.locator("summary").click()
    page.locator("details.filter[data-panel=colour] summary").click()
    page.wait_for_selector("details.filter[open] .options small")
    return page


@state
def show_library_account_menu(windows: Windows, world: World) -> Page:
    """Show the menu of the account."""
    page = windows.open(world.demo)
    page.goto("/library")
    page.click(".top-end details summary")
    return page


@state
def show_library_selection(windows: Windows, world: World) -> Page:
    """Show the bar of a selection, with its menu of tags."""
    page = windows.open(world.demo)
    page.goto("/library")
    page.locator(".shot a").first.focus()
    page.keyboard.press("x")
    page.click("#selection summary")
    return page


@state
def show_keys(windows: Windows, world: World) -> Page:
    """Show the list of keys."""
    page = windows.open(world.demo)
    page.goto("/library")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    return page


@state
def show_uploads_under_way(windows: Windows, world: World) -> Page:
    """Show the panel of uploads while the storage takes its time."""
    page = windows.open(people.sign_up(world.system))
    page.goto("/library")
    page.route("**/janus-dev-images*", lambda _: None)  # never answered
    drop(page, [(f"{number}.jpg", "image/jpeg", samples.photo(number)) for number in range(6)])
    page.wait_for_selector(".uploads .sending")
    return page


@state
def show_uploads_done(windows: Windows, world: World) -> Page:
    """Show the panel of uploads once one image is ready and another file has failed."""
    page = windows.open(people.sign_up(world.system))
    page.goto("/library")
    drop(page, [("1.jpg", "image/jpeg", samples.photo(7)), ("2.jpg", "image/jpeg", b"no image at all")])
    page.wait_for_selector(".uploads .ready", timeout=60_000)
    page.wait_for_selector(".uploads .failed", timeout=60_000)
    return page


@state
def show_image_with_everything_open(windows: Windows, world: World) -> Page:
    """Show an image with its provenance, sources and metadata unfolded, and the contrast AAA."""
    page = windows.open(world.other)
    page.goto(f"/images/{world.ready}?contrast=aaa")
    page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")
    return page


@state
def show_image_with_boxes(windows: Windows, world: World) -> Page:
    """Show all boxes in the picture, one of them selected."""
    page = windows.open(world.other)
    page.goto(f"/images/{world.ready}")
    for switch in page.locator(".switches button").all():
        switch.click()
    page.click("#seen .line >> nth=1")
    page.wait_for_selector(".box.on")
    return page


@state
def show_image_edited_in_place(windows: Windows, world: World) -> Page:
    """Show the form between the words that it is for."""
    page = windows.open(world.other)
    page.goto(f"/images/{world.ready}")
    page.keyboard.press("e")
    page.wait_for_selector("#edit-here")
    return page


@state
def show_image_with_a_new_share(windows: Windows, world: World) -> Page:
    """Show a share link that was made just now."""
    page = windows.open(world.other)
    page.goto(f"/images/{world.ready}")
    page.click("#share-form button")
    page.wait_for_selector("#made input")
    return page


@state
def show_account_with_a_new_key(windows: Windows, world: World) -> Page:
    """Show an API key that was made just now."""
    page = windows.open(world.other)
    page.goto("/account")
    page.fill("#name", "Backup")
    page.click("text=Make a key")
    page.wait_for_selector(".secret")
    return page


@state
def show_account_with_leave_open(windows: Windows, world: World) -> Page:
    """Show the words about a wrong user name, below the deletion of the account."""
    windows.expect("400")
    page = windows.open(world.other)
    page.goto("/account")
    page.click("summary:has-text('Delete my account')")
    page.fill("#username", "somebody else")
    page.click("text=Delete the account and all images")
    page.wait_for_selector("[aria-invalid]")
    return page


@state
def show_second_factor_set_up(windows: Windows, world: World) -> Page:
    """Show the QR code and the secret, with a code that is too short."""
    windows.expect("400")
    page = windows.open(world.other)
    page.goto("/account/second-factor")
    page.click("text=Set it up")
    page.fill("#code", "12")
    page.click("text=Turn it on")
    page.wait_for_selector("[aria-invalid]")
    return page


@state
def show_second_factor_on(windows: Windows, world: World) -> Page:
    """Show that sign-ins need a code."""
    person, api = people.sign_up(world.system), world.system.api
    secret = authenticator.enrol(api, person.tokens["access_token"])
    person.tokens = authenticator.log_in(api, person.name, person.passphrase, secret)
    page = windows.open(person)
    page.goto("/account/second-factor")
    return page


@state
def show_sign_in_with_a_code(windows: Windows, world: World) -> Page:
    """Show the second step of a sign-in."""
    person = people.sign_up(world.system)
    authenticator.enrol(world.system.api, person.tokens["access_token"])
    page = windows.open()
    page.goto("/sign-in")
    page.fill("#username", person.name)
    page.fill("#password", person.passphrase)
    page.click("main button[type=submit]")
    page.wait_for_selector("#code")
    return page


def _error(path: str, name: str, status: int, whose: str | None = None) -> None:
    def show(windows: Windows, world: World) -> Page:
        windows.expect(str(status))
        page = windows.open(None if whose is None else getattr(world, whose))
        answer = page.goto(path.format(nothing=NOTHING))
        assert answer is not None
        assert answer.status == status
        return page

    show.__name__ = f"show_error_{name}"
    state(show)


_error("/images/{nothing}", "no_image", 404, "demo")
_error("/s/{nothing}", "expired_link", 404)
_error("/p/{nothing}", "not_public", 404)


@state
def show_error_too_many_requests(windows: Windows, world: World) -> Page:
    """Show the refusal of one request too many, in a system that takes two guesses an hour."""
    assert world.busy is not None
    windows.expect("401|429")
    page = windows.open()
    page.goto(f"{world.busy.api}/sign-in")
    for _ in range(3):
        page.fill("#username", "nobody")
        page.fill("#password", "not the passphrase")
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    page.wait_for_selector("text=Try again")
    assert page.inner_text(".message-code") == "429"
    return page


@state
def show_error_failed(windows: Windows, world: World) -> Page:
    """Show that something went wrong: a record that nobody can read."""
    windows.expect("500")
    page = windows.open(world.unlucky)
    answer = page.goto(f"/images/{world.broken}")
    assert answer is not None
    assert answer.status == 500
    return page


@state
def show_unreached(windows: Windows, world: World) -> Page:
    """Show what a script tells where the service cannot be reached, and that the browser is offline."""
    windows.expect("net::ERR")
    page = windows.open(world.other)
    page.goto(f"/images/{world.ready}")
    page.context.set_offline(True)
    page.click("[data-edit-page]")
    page.wait_for_selector(".toast:has-text('seem to be offline')")
    page.wait_for_selector("#offline")
    return page


@state
def show_library_unreached(windows: Windows, world: World) -> Page:
    """Show a library that goes no further: the message, and the link that stays."""
    windows.expect("net::ERR")
    page = windows.open(world.demo)
    page.route("**/library?*cursor*", lambda route: route.abort())
    page.goto("/library")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_selector(".pager:not(.live) [rel=next]")
    return page


@state
def show_image_late(windows: Windows, world: World) -> Page:
    """Show the words about a file that does not come."""
    page = windows.open(world.other)
    page.goto(f"/images/{world.expected}?tried=9")
    page.wait_for_selector("#late")
    return page


@state
def show_arrived_late(windows: Windows, world: World) -> Page:
    """Show the words about a file that nobody reads."""
    page = windows.open(world.nobody)
    page.goto(f"/upload/arrived?key=uploads/{world.nobody.owner}/later.jpg&tried=9")
    page.wait_for_selector("#late")
    return page


@state
def show_alike(windows: Windows, world: World) -> Page:
    """Show the images that are nearly the same, on their own page."""
    page = windows.open(world.demo)
    page.goto(f"/images/{world.album[0]}/alike")
    return page


@state
def show_error_forged_form(windows: Windows, world: World) -> Page:
    """Show the refusal of a form without its token."""
    windows.expect("403")
    page = windows.open(world.demo)
    page.goto("/account")
    page.evaluate("document.querySelector('form[action$=everywhere] [name=form_token]').value = 'another'")
    page.click("text=Sign out everywhere")
    page.wait_for_selector("text=was not accepted")
    return page
