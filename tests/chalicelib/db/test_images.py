"""The table of images: what is newer wins, lists are stable, documents come back whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.db import images, keys
from chalicelib.db.models import FAILED, READY, Image
from chalicelib.db.setup import create_tables

pytestmark = pytest.mark.usefixtures("aws")


def make(owner: str, name: str, sequencer: str, state: str = READY, **attributes: Any) -> Image:
    key = f"uploads/{owner}/{name}"
    return Image(
        keys.image_id("bucket", key),
        owner=owner,
        key=key,
        state=state,
        sequencer=keys.order(sequencer),
        uploaded=f"2026-01-01T00:00:{int(sequencer, 16) % 60:02d}.000Z",
        **attributes,
    )


def test_an_older_write_is_refused(owner: str) -> None:
    """What tells of an earlier event changes nothing."""
    assert images.put_newer(make(owner, "a", "02", size=2))
    assert not images.put_newer(make(owner, "a", "01", size=1))
    assert images.put_newer(make(owner, "a", "03", size=3))
    image = images.get(keys.image_id("bucket", f"uploads/{owner}/a"), consistent=True)
    assert image is not None
    assert image.size == 3


def test_a_ticket_never_replaces_a_record(owner: str) -> None:
    """The upload may be faster than the ticket's own item."""
    record = make(owner, "a", "01")
    images.put_newer(record)
    images.expect(record.image_id, owner, record.key)
    standing = images.get(record.image_id, consistent=True)
    assert standing is not None
    assert standing.state == READY


def test_an_expired_ticket_and_a_tombstone_are_not_there(owner: str) -> None:
    """DynamoDB's expiry lags by days, so reading looks at the time itself."""
    identifier, key = keys.image_id("bucket", f"uploads/{owner}/a"), f"uploads/{owner}/a"
    ticket = images.expect(identifier, owner, key)
    assert images.get_present(identifier) is not None
    ticket.expires = keys.now() - timedelta(seconds=1)
    ticket.save()
    assert images.get_present(identifier) is None
    images.bury(identifier, owner, key, keys.order("05"))
    assert images.get_present(identifier) is None
    assert images.get(identifier) is not None


def test_pages_cover_a_list_once_newest_first(owner: str) -> None:
    """Every image is shown exactly once, tickets and tombstones not at all."""
    for number in range(1, 8):
        images.put_newer(make(owner, str(number), f"{number:02X}", FAILED if number == 3 else READY))
    images.expect(keys.image_id("bucket", f"uploads/{owner}/t"), owner, f"uploads/{owner}/t")
    images.bury(make(owner, "7", "07").image_id, owner, f"uploads/{owner}/7", keys.order("08"))
    shown, after = [], None
    while True:
        page = images.newest(owner, 2, after)
        shown += [image.key.rpartition("/")[2] for image in page.images]
        after = page.after
        if after is None:
            break
    assert shown == ["6", "5", "4", "3", "2", "1"]


def test_a_document_comes_back_as_it_was(owner: str) -> None:
    """Packing keeps every character."""
    document = {"metadata": {"place": {"city": "Zürich 🦊"}}, "warnings": [["a", "b"]]}
    assert images.unpack(make(owner, "a", "01", document=images.pack(document))) == document
    assert images.unpack(make(owner, "b", "01")) == {}


def test_making_the_tables_twice_changes_nothing() -> None:
    """Set-up is idempotent: `aws` has made them already."""
    assert create_tables() == []
