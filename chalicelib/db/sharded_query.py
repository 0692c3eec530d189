"""Indexes whose hash keys carry a shard, read as one list."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pynamodb.expressions.condition import Condition


def page(  # noqa: PLR0913  a query has as many parts
    index: Any,
    shards: Iterable[str],
    names: Sequence[str],
    limit: int,
    after: str | None = None,
    *,
    condition: Condition | None = None,
    descending: bool = False,
) -> Page[Any]:
    """Return a page of an index's entries under several hash keys, in the order of its range key.

    `names` are the attributes that a position in the index consists of: its hash key, its range key, the table's
    keys. Each shard goes on after the last of its items that was shown, so nothing is shown twice or left out,
    however many range keys are equal. Cost: a query of up to `limit` items for each shard.
    """
    positions: dict[str, list[str]] = json.loads(after) if after else {}
    found: list[list[tuple[str, Any]]] = []
    more = False
    for shard in shards:
        start = None
        if shard in positions:
            start = {name: {"S": value} for name, value in zip(names, (shard, *positions[shard]), strict=True)}
        query = index.query(
            shard, condition, scan_index_forward=not descending, limit=limit, last_evaluated_key=start
        )
        found.append([(shard, item) for item in query])
        more = more or query.last_evaluated_key is not None
    merged = list(heapq.merge(*found, key=lambda pair: getattr(pair[1], names[1]), reverse=descending))
    for shard, item in merged[:limit]:
        positions[shard] = [getattr(item, name) for name in names[1:]]
    goes_on = more or len(merged) > limit
    following = json.dumps(positions, ensure_ascii=False, separators=(",", ":")) if goes_on else None
    return Page([item for _, item in merged[:limit]], following)
