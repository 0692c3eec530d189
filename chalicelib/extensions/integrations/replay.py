"""The job that delivers events again: all that failed, or every event of a period."""

from __future__ import annotations

from typing import Any

from chalicelib.db import keys
from chalicelib.extensions.integrations import deliveries, outbox

PAGE = 100


def replay_deliveries(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Replay a page of the deliveries to a webhook of `owner`; return the next slice.

    With `since` (seconds since 1970) those of events since then and before `until`, or the beginning of the job,
    so that it does not follow events that come meanwhile; else those that failed. A delivery that is on its way
    stays as it is.
    """
    owner, webhook_id, moment = arguments["owner"], arguments["webhook_id"], arguments.get("since")
    after, until = arguments.get("after"), arguments.get("until") or max(keys.now().timestamp(), moment or 0)
    if moment is None:
        page = deliveries.page(owner, webhook_id, PAGE, after, failed=True)
    else:
        page = deliveries.between(owner, webhook_id, keys.at(moment), keys.at(until), limit=PAGE, after=after)
    for one in page.items:
        if moment is not None or one.state == deliveries.FAILED:
            outbox.replay(owner, webhook_id, one)
        else:  # delivered, or on its way: an earlier replay was ended in between
            deliveries.list_failed(owner, webhook_id, one.entry, failed=False)
    return {**arguments, "until": until, "after": page.after} if page.after else None
