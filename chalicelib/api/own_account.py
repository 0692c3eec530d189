"""What a caller has, and the end of its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import jobs
from chalicelib.catalogue.index.usage import used_by_month
from chalicelib.db import accounts
from chalicelib.db.models import DELETING

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import account_responses


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


def delete(call: Call) -> None:
    """Delete the caller's account with all that belongs to it: closed at once, emptied by a job."""
    # The job first, which closes the account, too: were it the last, and did not happen, nobody could ask again.
    jobs.send("delete_account", owner=call.caller.owner, username=call.caller.username)
    accounts.change(call.caller.owner, state=DELETING)
