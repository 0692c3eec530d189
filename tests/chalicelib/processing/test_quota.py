"""What exceeds a quota: at the bound, below it and above it, for images and for bytes."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import aws as clients
from chalicelib.catalogue.index.usage import Amount
from chalicelib.db import accounts
from chalicelib.db.accounts import Standing
from chalicelib.db.index_table import Transaction
from chalicelib.processing import quota

ACCOUNT = Standing("active", None, quota_images=10, quota_bytes=5000, signed_out=None)


def count(owner: str, **numbers: int) -> None:
    """Count images and bytes of an owner."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "total#"), numbers)
    assert transaction.commit()


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (Amount(2, 0), None),
        (Amount(3, 0), "The account has 8 of 10 images allowed."),
        (Amount(0, 1000), None),
        (Amount(0, 1001), "The account has 4,000 of 5,000 bytes allowed."),
        (Amount(2, 1000), None),
        (Amount(3, 1001), "The account has 8 of 10 images allowed."),
        (Amount(2, 1001), "The account has 4,000 of 5,000 bytes allowed."),
    ],
)
def test_a_quota_is_met_to_the_image_and_to_the_byte(
    aws: str, owner: str, asked: Amount, refusal: str | None
) -> None:
    """8 of 10 images are there, the two that were refused not counted, and 4,000 of 5,000 bytes."""
    count(owner, images=10, refused=2, bytes=4000)
    assert quota.used(owner) == Amount(8, 4000)
    assert quota.exceeded(owner, ACCOUNT, asked) == refusal


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (Amount(0, 0), None),
        (Amount(-1, -1), None),
        (Amount(0, 1), "The account has 6,000 of 5,000 bytes allowed."),
        (Amount(1, 0), "The account has 12 of 10 images allowed."),
    ],
)
def test_who_asks_for_no_more_exceeds_nothing(aws: str, owner: str, asked: Amount, refusal: str | None) -> None:
    """Even beyond the quota, which an admin may have lowered."""
    count(owner, images=12, bytes=6000)
    assert quota.exceeded(owner, ACCOUNT, asked) == refusal


def test_nothing_is_used_where_nothing_was_counted(aws: str, owner: str) -> None:
    """Neither images nor bytes; one image more than the quota is refused all the same."""
    assert quota.used(owner) == Amount(0, 0)
    assert quota.exceeded(owner, ACCOUNT, Amount(10, 5000)) is None
    assert quota.exceeded(owner, ACCOUNT, Amount(11, 0)) == ("The account has 0 of 10 images allowed.")


@pytest.mark.parametrize(
    ("state", "allowed", "change"),
    [("active", 1, {"quota_images": {"N": "2"}}), ("disabled", 2, {"state": {"S": "active"}})],
)
def test_a_refusal_heeds_what_an_admin_has_just_changed(
    aws: str, owner: str, state: str, allowed: int, change: dict[str, Any]
) -> None:
    """It moves the file to the trash, so a cached account is not enough, as it is for an admission."""
    accounts.standing(owner)
    accounts.change(owner, state=state, quota_images=allowed)
    count(owner, images=1, bytes=4000)
    refused = quota.refusal(owner, Amount(1, 100))
    assert refused is not None
    assert refused.code == ("quota_exceeded" if state == "active" else "account_not_active")
    for name, value in change.items():  # by another process
        clients.client("dynamodb").update_item(
            TableName="janus-dev-accounts",
            Key={"holder": {"S": f"owner:{owner}"}, "item": {"S": "profile"}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )
    assert quota.refusal(owner, Amount(1, 100)) is None
