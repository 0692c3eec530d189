"""Delete an account with all that belongs to it: a job of small slices, each of which may be done twice.

The account is closed first, so that nothing is added any more. Upload tickets, caches of other processes and
events on their way outlive that for a while. So there are two rounds, the second when all of these have expired.
The event of an object's removal buries the record, even after a late event of its creation. Tombstones, tickets,
and the closed account itself, which outlives its tokens, stay for a time, and then expire.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from chalicelib import aws, storage
from chalicelib.catalogue.index import change_feed, counters, entries
from chalicelib.catalogue.repair import recount_owner
from chalicelib.config import settings
from chalicelib.db import accounts, images, index_table, keys, owner_lists
from chalicelib.db.models import DELETED, DELETING, REMOVED
from chalicelib.extensions.integrations import deliveries, eventbridge, outbox, webhooks
from chalicelib.processing import remove, trash

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[dict[str, Any], str | None], str | None]

PAGE = 50  # images in one slice: half a second each, at the worst, within the function's two minutes
OBJECTS = 1000
ENTRIES = 500  # of the catalogue; a query brings 1 MB at most
MARGIN_SECONDS = 60  # after the expiry of tickets from before the account was closed
MAX_DELAY_SECONDS = 900  # SQS's limit
KEPT_DAYS = 40  # a closed account stays; Cognito's refresh tokens live for 30


class LeftoverError(Exception):
    """Objects of an account are still in the bucket after both rounds; the message names the remedy."""


def delete_account(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Do one slice of deleting the account of `owner`, whom the issuer calls `username`; return the next slice.

    `step` counts the steps of both rounds; `after` is the position in its step, `not_before` a time
    (seconds since 1970) to wait for.
    """
    owner, number = arguments["owner"], arguments.get("step", 0)
    if not _closed(owner):
        return None
    wait = arguments.get("not_before", 0) - time.time()
    if wait > 0:
        return {**arguments, "delay": min(MAX_DELAY_SECONDS, math.ceil(wait))}
    kept = ("owner", "username", "not_before")
    left = {name: arguments[name] for name in kept if name in arguments}
    after = STEPS[number % len(STEPS)](arguments, arguments.get("after"))
    if after is not None:
        return {**left, "step": number, "after": after}
    if number + 1 == len(STEPS):
        spent = settings().ticket_seconds + settings().account_seconds + MARGIN_SECONDS
        return {**left, "step": number + 1, "not_before": time.time() + spent}
    if number + 1 < 2 * len(STEPS):
        return {**left, "step": number + 1}
    _check(owner)
    # at the time that the message names: told twice, the event is the same
    outbox.tell_parting(owner, keys.at(arguments.get("not_before", time.time())))
    accounts.change(
        owner,
        state=DELETED,
        expires=keys.now() + timedelta(days=KEPT_DAYS),
        **dict.fromkeys(("directory", "name", "display_name", "role", "quota_images", "quota_bytes")),
    )
    return None


def _closed(owner: str) -> bool:
    """Close an account to every further call; False where it is deleted already."""
    profile = accounts.get(owner, consistent=True)
    if profile is None or profile.state == DELETED:
        return False
    if profile.state != DELETING:
        accounts.change(owner, state=DELETING)
    return True


def _check(owner: str) -> None:
    """Raise LeftoverError while objects of an owner are in the bucket."""
    left = next(storage.list_objects(f"{keys.UPLOADS}{owner}/"), None)
    if left is not None:
        raise LeftoverError(
            f"{left.key!r} could not be deleted, but all else of {owner} is: delete what is under "
            f"{keys.UPLOADS}{owner}/ by hand, then redrive the job."
        )


def _images(arguments: dict[str, Any], after: str | None) -> str | None:
    page = owner_lists.newest(arguments["owner"], PAGE, after)
    for image in images.get_many(image.image_id for image in page.items):
        if image.state != REMOVED:
            with suppress(storage.ObjectChangedError):  # a newer one has come: the next step deletes it
                remove.remove(image)
    return page.after


def _objects(arguments: dict[str, Any], after: str | None) -> str | None:
    prefix = f"{keys.UPLOADS}{arguments['owner']}/"
    found = [item.key for item in islice(storage.list_objects(prefix, after or ""), OBJECTS)]
    with suppress(storage.NotDeletedError):  # the rest must go all the same; `_check` tells of it in the end
        storage.delete(found)
    return found[-1] if len(found) == OBJECTS else None


def _trash(arguments: dict[str, Any], after: str | None) -> str | None:
    left = trash.empty({"owner": arguments["owner"], "until": math.inf, "after": after or ""})
    return left["after"] if left else None


def _webhooks(arguments: dict[str, Any], _after: str | None) -> str | None:
    """Delete deliveries, and take the webhooks along that are told of the account's end."""
    owner = arguments["owner"]
    known = [item.webhook_id for item in webhooks.of(owner)] + [one.webhook_id for one in webhooks.parted(owner)]
    for webhook_id in (*known, eventbridge.DESTINATION):
        if deliveries.forget(owner, webhook_id, ENTRIES):
            return "more"
    webhooks.part(owner)
    return None


def _items(arguments: dict[str, Any], _after: str | None) -> str | None:
    return "more" if accounts.delete_items(keys.account(arguments["owner"])) else None


def _catalogue(arguments: dict[str, Any], _after: str | None) -> str | None:
    """Remove the owner's counters and lists; index entries of images go as the catalogue follows their removal."""
    owner = arguments["owner"]
    recount_owner.forget(owner)
    for list_key in (counters.holder(owner), entries.same(owner), entries.words(owner)):
        found = index_table.read(list_key, limit=ENTRIES, consistent=True)
        index_table.write({}, [(list_key, item.entry) for item in found.items])
        if found.more:
            return "more"
    return None if change_feed.forget(owner) else "more"


def _user(arguments: dict[str, Any], _after: str | None) -> None:
    if settings().user_pool is None:
        return
    cognito = aws.client("cognito-idp")
    with suppress(cognito.exceptions.UserNotFoundException):
        cognito.admin_delete_user(UserPoolId=settings().user_pool, Username=arguments["username"])


STEPS: tuple[Step, ...] = (_images, _objects, _trash, _webhooks, _items, _catalogue, _user)
"""The steps of one round; a step returns the position of its next slice, or None when it is done."""
