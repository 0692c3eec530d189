"""The trash: list it, restore from it, empty it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalice import Blueprint, Response

from chalicelib import storage
from chalicelib.api import paging, trash_bin
from chalicelib.api.http import media
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.db import keys
from chalicelib.processing import trash
from chalicelib.web import notices, wording
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.processing.trash import Entry
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

TRASH = "/trash"
SHOWN = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""Types that browsers show: thumbnails are gone, so the file itself is shown, if it is small."""

SHOWN_BYTES = 300_000  # a page has up to fifty


class Item(NamedTuple):
    """A file in the trash as its page shows it."""

    image_id: str
    version: str
    name: str
    title: str
    size: int
    days: int  # until it is gone
    reason: str
    src: str


@page(routes, "GET", TRASH)
def get_trash(call: PageCall) -> Response:
    """Show the trash."""
    return _shown(call)


@page(routes, "POST", "/trash/restore")
def post_restore(call: PageCall) -> Response:
    """Put an image back into the library."""
    form = call.form(page_requests.Restoration)
    try:
        trash_bin.restore(call.caller.owner, form.image_id, form.version)
    except Problem as problem:
        return _shown(call, CODES[problem.code][0], fault=problem.detail)
    return call.go(f"{TRASH}?{notices.query('restore', 1)}")


@page(routes, "GET", "/trash/empty")
def get_empty(call: PageCall) -> Response:
    """Ask whether all in the trash is to be deleted for good."""
    return call.render("trash_empty.html")


@page(routes, "POST", "/trash/empty")
def post_empty(call: PageCall) -> Response:
    """Delete all that is in the trash now."""
    done = trash_bin.empty(call.caller.owner)
    return call.go(f"{TRASH}?{notices.query('empty' if done else 'emptying')}")


def _shown(call: PageCall, status: int = 200, fault: str = "") -> Response:
    given = call.request.query_params
    cursor = given.get("cursor") if given else None
    query = image_requests.Listing(cursor=cursor)
    # a refused form shows the first page, whose links would lead to the form's address
    reads = call.reads
    try:
        after = paging.start(call, query) if reads else None
    except Problem:
        return call.go(TRASH)
    found = trash.newest(call.caller.owner, query.limit, after)
    links = paging.following(call, image_requests.Listing(), found.after)["links"] if reads else {}
    return call.render(
        "trash.html",
        status=status,
        headers={"Cache-Control": "no-store"},  # its addresses of files work for minutes
        items=[_item(entry) for entry in found.items],
        links=links,
        kept=trash.KEPT_SECONDS,
        notice=notices.read(given),
        fault=fault,
    )


def _item(entry: Entry) -> Item:
    facts = entry.facts
    name = facts.key.rpartition("/")[2]
    kind = media.BY_EXTENSION.get(name.rpartition(".")[2].lower(), "")
    left = (entry.expires - keys.now()).total_seconds() / 86400
    return Item(
        entry.image_id,
        entry.version,
        name,
        facts.title or facts.alt or name,
        entry.size,
        max(1, round(left)),
        wording.failure(facts.code) if facts.code else "",
        storage.link(entry.path, kind) if kind in SHOWN and entry.size <= SHOWN_BYTES else "",
    )
