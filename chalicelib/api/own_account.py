"""What a caller has, and the end of its account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from chalicelib import jobs
from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index.usage import used_by_month
from chalicelib.db import accounts
from chalicelib.db.models import DELETING

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import account_responses
    from chalicelib.api.schemas.image_requests import ProfileChange
    from chalicelib.db.models import Profile


def usage(owner: str) -> account_responses.Usage:
    """Return the usage of an owner's images, by month of upload, and the quotas."""
    months, standing = used_by_month(owner), accounts.standing(owner)
    return {
        "images": sum(amount.images for amount in months.values()),
        "bytes": sum(amount.bytes for amount in months.values()),
        "months": [
            {"month": month, "images": amount.images, "bytes": amount.bytes} for month, amount in months.items()
        ],
        "quota": {"images": standing.quota_images, "bytes": standing.quota_bytes},
    }


def change(owner: str, asked: ProfileChange) -> Profile | None:
    """Change the given attributes of an account, and return it; a job carries out a changed `recognition`.

    Raises Problem (400) where none is given.
    """
    changes: dict[str, Any] = {} if asked.display_name is UNSET else {"display_name": asked.display_name}
    if asked.recognition is not UNSET:
        changes["recognition"] = None if asked.recognition else False
    if not changes:
        raise Problem("invalid_request", "The body is empty: send `display_name`, `recognition`, or both.")
    profile = accounts.change(owner, **changes)
    if asked.recognition is not UNSET:
        jobs.send("apply_recognition", owner=owner)
    return profile


def delete(call: Call) -> None:
    """Delete the caller's account with all that belongs to it: closed at once, emptied by a job."""
    # The job first, which closes the account, too: were it the last, and did not happen, nobody could ask again.
    jobs.send("delete_account", owner=call.caller.owner, username=call.caller.username)
    accounts.change(call.caller.owner, state=DELETING)
