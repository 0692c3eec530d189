"""Edit the owner's texts of an image, so that no edit overwrites another."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, structs

from chalicelib import texts
from chalicelib.api import file_links, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import image_record
from chalicelib.api.schemas import image_requests
from chalicelib.db import images
from chalicelib.db.models import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chalicelib.api.call import Call
    from chalicelib.db.models import Image

_ATTEMPTS = 8
_PAUSE_SECONDS = 0.02  # doubled with each attempt, and spread


def edit(call: Call, image_id: str, change: Callable[[Image], Mapping[str, Any]]) -> Image:
    """Write the values that `change` returns for the caller's image (by attribute), and return the new image.

    After another write in between, `change` is called again, on the image's new state. Raises Problem: 404, 412
    where others were faster every time, and the problems of `change`.
    """

    def write(image: Image) -> bool:
        changes = {name: value for name, value in change(image).items() if value != getattr(image, name)}
        return not changes or images.edit(image, changes)

    return written(lambda: find_image.own(call, image_id, consistent=True), write)


def written(find: Callable[[], Image], write: Callable[[Image], bool]) -> Image:
    """Return the image that `find` reads, once `write` has written it.

    `write` tells whether it did: after another write in between, both are called again, after a pause that grows.
    Raises Problem: 412 where others were faster every time, and those of both.
    """
    for attempt in range(_ATTEMPTS):
        image = find()
        if write(image):
            return image
        time.sleep(_PAUSE_SECONDS * (1 << attempt) * random.random())  # noqa: S311  no secret
    raise Problem("precondition_failed", "Other requests keep changing this image. Try again.")


def apply(call: Call, image_id: str, asked: image_requests.Edit, matching: str | None) -> Image:
    """Write the texts that a request has for the caller's image, and return the new image; omitted ones stay.

    `matching` names the state that the edit is of, if it names one. Raises Problem: 404, 412 for another state.
    """
    changes = {name: value for name, value in structs.asdict(asked).items() if value is not UNSET}
    if "tags" in changes:
        changes["tags"] = tag_set(changes["tags"] or ())
    if "visibility" in changes:
        changes["visibility"] = stored_visibility(changes["visibility"])

    def change(image: Image) -> dict[str, Any]:
        _require(call, image, matching)
        return changes

    image = edit(call, image_id, change)
    file_links.prepare_public(image)
    return image


def require_match(call: Call, image: Image) -> None:
    """Raise Problem (412) where If-Match is given and does not name this state of an image."""
    _require(call, image, call.header("if-match"))


def _require(call: Call, image: Image, matching: str | None) -> None:
    if matching is not None:
        call.require_match(image_record.record(call, image), matching)


def seal(call: Call, image_id: str) -> Image:
    """Return the caller's image in the state that If-Match names, and refuse edits of it until it is deleted.

    Raises Problem: 404, and 412 for another state, or where others were faster every time.
    """

    def write(image: Image) -> bool:
        require_match(call, image)
        return images.seal(image)

    return written(lambda: find_image.own(call, image_id, consistent=True), write)


def tag_set(tags: Iterable[str]) -> set[str] | None:
    """Return tags as they are stored: in NFC, with single spaces and none around, the case kept; None for none."""
    return {texts.composed(" ".join(tag.split())) for tag in tags} or None


def tagged(image: Image, more: Iterable[str]) -> set[str] | None:
    """Return an image's tags with some more; raise Problem (409) where they become too many."""
    tags = tag_set([*(image.tags or ()), *more])
    if tags and len(tags) > image_requests.MAX_TAGS:
        raise Problem(
            "too_many_tags", f"An image may have up to {image_requests.MAX_TAGS} tags. Remove some first."
        )
    return tags


def untagged(image: Image, fewer: Iterable[str]) -> set[str] | None:
    """Return an image's tags without some."""
    return ((tag_set(image.tags or ()) or set()) - (tag_set(fewer) or set())) or None


def stored_visibility(visibility: str | None) -> str | None:
    """Return a visibility as it is stored: private where there is none."""
    return PUBLIC if visibility == PUBLIC else None
