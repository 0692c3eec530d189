"""The images of one owner by upload: of the index `by_owner`, which has neither tickets nor tombstones."""

from __future__ import annotations

from typing import Any

from chalicelib.config import settings
from chalicelib.db import index_table
from chalicelib.db.models import Image, connection
from chalicelib.db.slices import Page, Slice


def read(owner: str, low: str, high: str, *, limit: int, descending: bool) -> Slice[dict[str, Any]]:
    """Return summaries of an owner's images by upload, in DynamoDB's JSON, from `low` to `high`, both included.

    Cost: 0.5 RRU per 4 KB of summaries.
    """
    answer = connection(settings().region).client.query(
        TableName=settings().images_table,
        IndexName="by_owner",
        KeyConditionExpression="#owner = :owner AND listed BETWEEN :low AND :high",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": owner}, ":low": {"S": low}, ":high": {"S": high}},
        Limit=limit,
        ScanIndexForward=not descending,
        ReturnConsumedCapacity="TOTAL",
    )
    return Slice(answer["Items"], "LastEvaluatedKey" in answer, answer["ConsumedCapacity"]["CapacityUnits"])


def newest(owner: str, limit: int, after: str | None = None) -> Page[Image]:
    """Return a page of an owner's images, newest upload first.

    `after` is the `after` of the page before. Cost: 0.5 RRU per 4 KB of summaries, 2.5 for a page of 50.
    """
    wanted = limit + (after is not None)  # its position is read again, and skipped, if it is still there
    found = read(owner, index_table.LEAST, after or index_table.MOST, limit=wanted, descending=True)
    items = [item for item in found.items if item["listed"]["S"] != after]
    shown = items[:limit]
    more = found.more or len(items) > limit
    return Page(
        [Image.from_raw_data(item) for item in shown], shown[-1]["listed"]["S"] if more and shown else None
    )
