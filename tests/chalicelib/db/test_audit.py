"""The audit trail: its end is known as such."""

from __future__ import annotations

import pytest

from chalicelib.db import audit

pytestmark = pytest.mark.usefixtures("aws")


def test_nothing_follows_the_last_entry(owner: str) -> None:
    """A page that holds all of them has no `after`; one that ends before has its last entry's."""
    for action in ("first", "second"):
        audit.write(owner, action, "nobody", {})
    whole = audit.newest(10_000)
    assert {entry.action for entry in whole.items if entry.actor == owner} == {"first", "second"}
    assert whole.after is None
    begun = audit.newest(1)
    assert (len(begun.items), begun.after) == (1, whole.items[0].item)
