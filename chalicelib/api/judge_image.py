"""Write and withdraw an admin's judgement of an image, of the content that the admin has looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chalicelib.api import edit_image, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import admin_record
from chalicelib.db import images, judgements, keys
from chalicelib.db.judgements import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.api.call import Call
    from chalicelib.db.models import Image


def judge(call: Call, image_id: str, verdict: str, note: str | None) -> Image:
    """Write the caller's verdict about an image's present content, and return the new image.

    The same verdict and note of the same admin again change nothing. Raises Problem: 404, 409 for an image whose
    content was not read, and 412 for another state than If-Match names, or where others were faster every time.
    """

    def change(image: Image) -> str:
        if find_image.require_processed(image).sha256 is None:
            raise Problem(
                "image_not_read",
                "The image failed before its content was read: its record has the reason. Nothing can be judged.",
            )
        made = Judgement(image.sha256, verdict, call.caller.owner, keys.timestamp(keys.now()), note)
        standing = judgements.judgement_of(image.judgement, image.sha256)
        repeated = standing is not None and replace(made, time=standing.time) == standing
        return str(image.judgement) if repeated else judgements.pack(made)

    return _write(call, image_id, change)


def withdraw(call: Call, image_id: str) -> None:
    """Remove the judgement of an image, if there is one: models and owner decide. Raises Problem: 404, 412."""
    _write(call, image_id, lambda _: None)


def _write(call: Call, image_id: str, change: Callable[[Image], str | None]) -> Image:
    def write(image: Image) -> bool:
        call.require_match(admin_record.record(call, image))
        judgement = change(image)
        return judgement == image.judgement or images.judge(image, judgement)

    return edit_image.written(lambda: find_image.of_anybody(image_id, consistent=True), write)
