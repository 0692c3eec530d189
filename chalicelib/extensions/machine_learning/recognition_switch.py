"""The switch of an account: off, models look at none of its images, and what they found is deleted."""

from __future__ import annotations

from typing import Any

from chalicelib import jobs
from chalicelib.db import images, owner_lists
from chalicelib.db.models import FAILED, READY
from chalicelib.extensions.machine_learning import pending, recognize

PAGE = 100  # images in one slice of the job


def apply_recognition(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Do one slice of the job for the images of `owner`, those after `after`; return the next one.

    Where models may look at them, they are asked to, else annotations and decisions are deleted: as stage and
    account say when a slice is done. Cost: 0.5 RRU per 4 KB of records; a message, or 1 WRU per KB, an image.
    """
    owner = arguments["owner"]
    page = owner_lists.newest(owner, PAGE, arguments.get("after"))
    found = list(images.get_many(image.image_id for image in page.items))
    if recognize.permitted(owner):
        pending.request(image.image_id for image in found if pending.is_wanted(image))
    else:
        for image in found:
            if image.state in (READY, FAILED) and (image.annotations is not None or image.decisions is not None):
                recognize.forget(image.image_id)
                if image.blurred is not None:
                    jobs.send("blur_faces", image_id=image.image_id)  # which deletes copies of faces nobody knows
    return None if page.after is None else {"owner": owner, "after": page.after}
