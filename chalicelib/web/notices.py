"""Notices: what a form has done, told on the page that it leads to, by parameters of its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from chalicelib.api.schemas import image_requests
from chalicelib.web import wording

if TYPE_CHECKING:
    from chalice.app import MultiDict

NAMES = ("done", "images", "refused")
_WORDS = {
    "tag": "{} tagged.",
    "untag": "Tags taken from {}.",
    "show": "{} made public.",
    "hide": "{} made private.",
    "delete": "{} moved to the trash.",
    "restore": "{} restored. It is read anew, and is back in the library in a moment.",
    "empty": "The trash is empty.",
    "emptying": "The trash is being emptied.",
    "webhook-saved": "The webhook is saved. Events follow it within half a minute.",
    "webhook-enabled": "The webhook is enabled.",
    "webhook-disabled": "The webhook is disabled.",
    "webhook-deleted": "The webhook is deleted.",
    "webhook-replay": "The event is being delivered again.",
    "webhook-replays": "The events are being delivered again. The list shows each as it goes.",
    "webhook-test": "A test event is on its way.",
    "none": "No image is selected. Check some, then choose what to do with them.",
    "tags": (
        "Write one tag or more, with commas between them. "
        f"Each may have up to {image_requests.MOST_OF_TAG} characters."
    ),
}
_UNDONE = frozenset({"none", "tags"})


class Notice(NamedTuple):
    """The words of a notice, where its link leads and how it is called, and whether it tells of a fault."""

    words: str
    href: str
    label: str
    fault: bool


def query(done: str, images: int = 0, refused: int = 0) -> str:
    """Return the parameters that tell of something done for so many images, and refused for others."""
    told = {"done": done, "images": images, "refused": refused}
    return urlencode({name: value for name, value in told.items() if value})


def read(given: MultiDict | None) -> Notice | None:
    """Return the notice of an address; None without one. No text of the address is shown: only known words."""
    done, images, refused = (given.get(name, "") if given else "" for name in NAMES)
    if done not in _WORDS:
        return None
    words = _WORDS[done].format(wording.count(_number(images), "image"))
    if _number(refused):
        words += f" {wording.count(_number(refused), 'image')} could not be changed."
    trash = done == "delete"
    return Notice(words, "/trash" if trash else "", "Open the trash" if trash else "", done in _UNDONE)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
