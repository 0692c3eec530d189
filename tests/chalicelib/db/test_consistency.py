"""Which reads are consistent, and cost twice as much, as DynamoDB is asked (moto answers all of them so)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.db import accounts, api_keys, claims, images, index_table, keys, rate_counters, shares
from chalicelib.db.models import Image
from tests.chalicelib.dynamodb import READS, asked

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = Image("a" * 26, owner="nobody", key="uploads/nobody/a.jpg", sequencer=keys.order("5"), since="2026")


@pytest.mark.parametrize(
    ("read", "consistent"),
    [
        pytest.param(lambda: images.get("a" * 26), False, id="an image that is shown"),
        pytest.param(lambda: images.get_present("a" * 26), False, id="one that must be there"),
        pytest.param(lambda: images.get("a" * 26, consistent=True), True, id="one that is changed"),
        pytest.param(lambda: images.get_present("a" * 26, consistent=True), True, id="one that is shared"),
        pytest.param(lambda: accounts.get("nobody"), False, id="an account that is remembered"),
        pytest.param(lambda: accounts.get("nobody", consistent=True), True, id="one that is changed"),
        pytest.param(lambda: rate_counters.taken("read", "nobody", 1), True, id="a limit"),
        pytest.param(lambda: claims.get_replay("none"), True, id="a first answer"),
        pytest.param(lambda: index_table.get("none", "none"), True, id="a count"),
        pytest.param(lambda: index_table.read("none"), False, id="a list"),
        pytest.param(lambda: index_table.read("none", consistent=True), True, id="a list that is deleted"),
        pytest.param(lambda: api_keys.of("nobody"), True, id="the keys of an owner"),
        pytest.param(lambda: shares.of(IMAGE), True, id="the links to an image"),
    ],
)
def test_a_read_is_consistent_where_something_is_decided_on_it(
    aws: str, read: Callable[[], Any], *, consistent: bool
) -> None:
    """And costs half as much everywhere else."""
    with asked(*READS) as requests:
        read()
    assert [request.get("ConsistentRead", False) for request in requests] == [consistent]
