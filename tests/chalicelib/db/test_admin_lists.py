"""The list over all owners: which requests it makes of DynamoDB."""

from __future__ import annotations

import pytest

from chalicelib.db import admin_lists, images
from tests.chalicelib.db.test_images import make
from tests.chalicelib.dynamodb import asked

pytestmark = pytest.mark.usefixtures("aws")


def conditions(requests: list[dict[str, str]]) -> list[bool]:
    """Return of each query of a day whether it bounds the position."""
    return [" AND " in one["KeyConditionExpression"] for one in requests if one.get("IndexName") == "by_day"]


def test_only_later_pages_begin_after_a_position(owner: str) -> None:
    """DynamoDB refuses a position that is null; moto finds nothing, or everything."""
    for number in range(3):
        assert images.put_newer(make(owner, str(number), "01"))
    with asked("Query") as first:
        page = admin_lists.newest(2)
    assert conditions(first)[0] is False
    assert page.after is not None
    with asked("Query") as later:
        admin_lists.newest(2, page.after)
    assert conditions(later)[0] is True
