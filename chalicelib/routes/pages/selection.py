"""Actions on the images that are selected in the library, and their files to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from chalice import Blueprint, Response

from chalicelib import storage
from chalicelib.api import bulk_actions
from chalicelib.api.http import media
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import images
from chalicelib.db.models import FAILED, READY, REFUSALS
from chalicelib.web import notices
from chalicelib.web.page import LIBRARY, page
from chalicelib.web.sign_in_form import local

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


class File(NamedTuple):
    """A file to download."""

    image_id: str
    name: str
    size: int | None
    href: str


@page(routes, "POST", "/library/actions")
def post_actions(call: PageCall) -> Response:
    """Tag, untag, show, hide or delete the images that are checked, and lead back with a notice."""
    back = local(call.fields.get("next", [""])[-1])
    if back.partition("?")[0] != LIBRARY:
        back = LIBRARY
    if not call.fields.get("images"):
        return _told(call, back, notices.query("none"))
    form = call.form(page_requests.Selection)
    action = _action(form)
    if action is None:
        return _told(call, back, notices.query("tags"))
    results = bulk_actions.act(call, action)
    done = sum(one["status"] < 300 for one in results)
    return _told(call, back, notices.query(form.action, done, len(results) - done))


@page(routes, "POST", "/library/download")
def post_download(call: PageCall) -> Response:
    """List the files of the images that are checked, each as a link that works for a while."""
    chosen = list(dict.fromkeys(call.fields.get("images", ())))
    if not chosen:
        return call.go(f"{LIBRARY}?{notices.query('none')}")
    form = call.form(page_requests.Download)
    known = {image.image_id: image for image in images.get_many(dict.fromkeys(form.images))}
    own = [known[name] for name in chosen if name in known and known[name].owner == call.caller.owner]
    there = [image for image in own if image.state in (READY, FAILED) and image.code not in REFUSALS]
    files = [
        File(
            image.image_id,
            (name := cards.card(image).name),
            None if image.size is None else int(image.size),
            storage.link(image.key, image.mime_type or media.UNKNOWN_IMAGE, filename=name, shown=False),
        )
        for image in there
    ]
    return call.render(
        "download.html", headers={"Cache-Control": "no-store"}, files=files, lasts=settings().link_seconds
    )


def _action(form: page_requests.Selection) -> image_requests.BulkAction | None:
    """Return the action of a form, as the API knows it; None where its tags cannot be such."""
    action: dict[str, Any] = {"images": form.images}
    match form.action:
        case "show" | "hide":
            action |= {"action": "show", "visibility": "public" if form.action == "show" else "private"}
        case "tag" | "untag":
            tags = [tag.strip() for tag in form.tags.split(",")]
            action |= {"action": form.action, "tags": [tag for tag in tags if tag]}
        case "delete":
            action |= {"action": "delete"}
    try:
        return msgspec.convert(action, image_requests.BulkAction)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        return None


def _told(call: PageCall, back: str, notice: str) -> Response:
    return call.go(f"{back}{'&' if '?' in back else '?'}{notice}")
