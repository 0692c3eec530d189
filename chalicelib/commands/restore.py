"""`make restore`: put lost items of a table back, out of a copy of it at an earlier time.

    JANUS_STAGE=prod python -m chalicelib.commands.restore [--credentials] COPY [OWNER ...]

COPY is the table that DynamoDB restored from point-in-time recovery (docs/deploying.md, "Restore"). An item that
the stage's table lacks, and an image or account of which it has a tombstone, is written again; an item that is
there stays as it is. API keys, share links and webhooks are left out unless `--credentials` is given: a missing
one may have been revoked. Nothing is deleted, and the stream brings restored records into the catalogue. It may be
stopped and started again.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.commands import stages
from chalicelib.config import settings
from chalicelib.db import conditional, judgements, keys
from chalicelib.db.models import DELETED, REMOVED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    Item = dict[str, Any]  # with DynamoDB's types

WRITERS = 8  # at once
BATCH = 200  # items in memory
CREDENTIALS = ("key#", "share#", "webhook#")  # how the items begin that open an account to others (db/keys.py)


def main(arguments: Sequence[str] | None = None) -> int:
    """Restore what the stage that JANUS_STAGE names has lost; return 0 when that was done."""
    asked = _parser().parse_args(arguments)
    try:
        stages.enter(settings().stage, asked.owners)
        table = _table(asked.copy)
    except stages.StageError as error:
        print(error, file=sys.stderr)
        return 2
    found, restored = restore(asked.copy, table, asked.owners, credentials=asked.credentials)
    print(f"{table}: {restored} of {found} items restored")
    return 0


def restore(copy: str, table: str, owners: Collection[str] = (), *, credentials: bool = False) -> tuple[int, int]:
    """Write a copy's items that a table lacks, of some owners or all; return how many were found and written.

    API keys, share links and webhooks only with `credentials`.

    Cost: 1 RRU per 8 KB of the copy, and 1 WRU per KB of each item, written or refused.
    """
    found = restored = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        for batch in aws.batches(_items(copy, owners, credentials=credentials), BATCH):
            found += len(batch)
            restored += sum(pool.map(lambda item: _put(table, item), batch))
    return found, restored


def _table(copy: str) -> str:
    """Return the table of the stage that a copy is of, by its keys; raise StageError where it is none of these."""
    if not copy:
        raise stages.StageError('Name the copy that DynamoDB has restored: make restore COPY="..." STAGE=prod')
    if copy in {settings().images_table, settings().accounts_table}:
        raise stages.StageError(f"{copy} is the stage's own table. Name the copy that DynamoDB has restored.")
    try:
        described = aws.client("dynamodb").describe_table(TableName=copy)["Table"]
    except (BotoCoreError, ClientError) as error:
        raise stages.StageError(f"The table {copy} is not found: {error}") from error
    named = [item["AttributeName"] for item in described["KeySchema"]]
    tables = {"image_id": settings().images_table, "holder": settings().accounts_table}
    if named[0] not in tables:
        raise stages.StageError(f"{copy} is a copy neither of the table of images nor of that of accounts.")
    return tables[named[0]]


def _items(copy: str, owners: Collection[str], *, credentials: bool) -> Iterator[Item]:
    """Yield the items of a copy that count: neither tombstones nor expired ones, and those of the owners."""
    left_out = () if credentials else CREDENTIALS
    now = int(keys.now().timestamp())
    holders = {keys.account(owner) for owner in owners}
    for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName=copy):
        for item in page["Items"]:
            owner, holder = (item.get(name, {}).get("S") for name in ("owner", "holder"))
            wanted = not owners or (holder in holders if holder is not None else owner in owners)
            state, name = (item.get(attribute, {}).get("S", "") for attribute in ("state", "item"))
            gone = state in (REMOVED, DELETED) or name.startswith(left_out)
            if wanted and not gone and int(item.get("expires", {}).get("N", now + 1)) > now:
                yield item


def _put(table: str, item: Item, read: str = "") -> bool:
    """Write an item that the table lacks, or has a tombstone of; tell whether it did.

    The judgements of an image that its tombstone has come back with those of the copy; they are `read` by then.
    """
    key, tombstone = ("image_id", REMOVED) if table == settings().images_table else ("holder", DELETED)
    try:
        aws.client("dynamodb").put_item(
            TableName=table,
            Item=item,
            ConditionExpression=f"attribute_not_exists({key}) OR (#state = :tombstone AND "
            "(attribute_not_exists(judgement) OR judgement = :read))",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":tombstone": {"S": tombstone}, ":read": {"S": read}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != conditional.REFUSED:
            raise
        standing = error.response.get("Item", {})
        if standing.get("state") == {"S": tombstone}:
            read = standing["judgement"]["S"]
            both = judgements.prevailing(item.get("judgement", {}).get("S"), read)
            return _put(table, {**item, "judgement": {"S": both}}, read)
        return aws.repeated(error)  # after a lost answer the item is there, as this wrote it
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.restore",
        description="Put lost items of a table back, out of a copy of it at an earlier time.",
    )
    parser.add_argument(
        "--credentials", action="store_true", help="API keys, share links and webhooks, too, even revoked ones"
    )
    parser.add_argument("copy", metavar="COPY", help="the table that DynamoDB restored")
    parser.add_argument("owners", nargs="*", metavar="OWNER", help="an owner's id (default: all owners)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
