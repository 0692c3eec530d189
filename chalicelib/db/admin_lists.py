"""Images of all owners, as an admin sees them: the newest, those that need a look, and how many came today."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.db import images, keys, sharded_query, upload_days
from chalicelib.db.models import EXPECTED, FAILED, Image
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pynamodb.expressions.condition import Condition

QUERIES = 64  # of one page; a day has up to 16 shards
COUNTED = 100  # items of a shard; a count that goes on is left


class Count(NamedTuple):
    """How many there are; at least so many where the count is not complete."""

    number: int
    complete: bool


class _Day(NamedTuple):
    """The newest images of a day, and whether that is all of them."""

    images: list[Image]
    complete: bool


def newest(limit: int, after: str | None = None) -> Page[Image]:
    """Return a page of all owners' images, newest upload first.

    A page may end early, even empty, and still have an `after`. Cost: at most 64 queries, few of which bring more
    than 4 KB.
    """
    noted = upload_days.before(after, QUERIES)
    at_the_end = len(noted) < QUERIES
    walked = [(day, list(group)) for day, group in groupby(noted, key=lambda shard: shard[:10])]
    if not at_the_end:
        walked.pop()  # some of its shards may be missing: it is the next page's first
    found: list[Image] = []
    for day, names in walked:
        part = _newest_of_day(names, limit - len(found), after)
        found += part.images
        if not part.complete or len(found) == limit:
            return Page(found, found[-1].listed)
        after = day
    return Page(found, None if at_the_end else after)


def unsettled(state: str, limit: int, after: str | None = None) -> Page[Image]:
    """Return a page of the images that are expected or failed, those that changed last first.

    Among the failed is a ready one whose last attempt to be read again was interrupted.

    A page may have fewer than `limit`: it leaves out images that have changed meanwhile. Cost: 8 queries of keys,
    and the items themselves.
    """
    names = ("unsettled", "changed", "image_id")
    page = sharded_query.page(
        Image.unsettled_index, keys.unsettled_shards(state), names, limit, after, descending=True
    )
    wanted = [item.image_id for item in page.items]
    known = {image.image_id: image for image in images.get_many(wanted)} if wanted else {}
    present = [known[image_id] for image_id in wanted if image_id in known]
    return Page([item for item in present if _is_unsettled(item, state) and images.is_present(item)], page.after)


def _is_unsettled(image: Image, state: str) -> bool:
    return image.unsettled == keys.unsettled(state, image.image_id)


def counts() -> dict[str, Count]:
    """Return how many images came today, and how many are failed or expected. Cost: at most 32 small queries.

    Tickets that have expired are not counted; the few records of refused files that have are, until they are gone.
    """
    living = Image.changed > keys.timestamp(keys.now() - images.ticket_life())
    today = keys.timestamp(keys.now())[:10]
    return {
        "uploaded_today": _count(
            Image.by_day, [name for name in upload_days.before(None, QUERIES) if name > today]
        ),
        FAILED: _count(Image.unsettled_index, keys.unsettled_shards(FAILED)),
        EXPECTED: _count(Image.unsettled_index, keys.unsettled_shards(EXPECTED), living),
    }


def _newest_of_day(names: Sequence[str], limit: int, after: str | None) -> _Day:
    """Return the newest of a day's shards after a position.

    Each shard is read as far as it probably reaches into the page; where one has more, the page ends with it.
    """
    condition = None if after is None else Image.listed < after
    share = min(limit, 2 * limit // len(names) + 4)
    found: list[Image] = []
    certain = ""
    for name in names:
        query = Image.by_day.query(name, condition, scan_index_forward=False, limit=share)
        part = list(query)
        if query.last_evaluated_key is not None and part:
            certain = max(certain, part[-1].listed)
        found += part
    merged = sorted((item for item in found if item.listed >= certain), key=lambda item: item.listed, reverse=True)
    return _Day(merged[:limit], not certain and len(merged) <= limit)


def _count(index: Any, names: Iterable[str], condition: Condition | None = None) -> Count:
    numbers = [sum(1 for _ in index.query(name, condition, limit=COUNTED)) for name in names]
    return Count(sum(numbers), all(number < COUNTED for number in numbers))
