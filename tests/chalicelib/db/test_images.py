"""The table of images: newer events win, documents come back whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.db import conditional, images, keys
from chalicelib.db.create_tables import create_tables
from chalicelib.db.models import FAILED, PUBLIC, READY, REMOVED, Image, connection
from tests.chalicelib.damage import damaged

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
    """An earlier event changes nothing."""
    assert images.put_newer(make(owner, "a", "02", size=2))
    assert not images.put_newer(make(owner, "a", "01", size=1))
    assert images.put_newer(make(owner, "a", "03", size=3))
    image = images.get(keys.image_id("bucket", f"uploads/{owner}/a"), consistent=True)
    assert image is not None
    assert image.size == 3


def units_told(monkeypatch: pytest.MonkeyPatch, units: float) -> list[int]:
    """Let DynamoDB count units for each batch that is read; return the numbers of keys, one for each batch."""
    client, asked = connection("us-east-1").client, list[int]()
    call = client.batch_get_item

    def called(**request: Any) -> Any:
        ((_, wanted),) = request["RequestItems"].items()
        asked.append(len(wanted["Keys"]))
        return call(**request) | {"ConsumedCapacity": [{"CapacityUnits": units}]}

    monkeypatch.setattr(client, "batch_get_item", called)
    return asked


@pytest.mark.parametrize(
    ("units", "read", "spent"),
    [(9.9, 12, 29.7), (10.0, 10, 20.0), (19.9, 10, 39.8), (20.0, 5, 20.0), (105.0, 5, 105.0)],
)
def test_items_are_looked_up_until_a_budget_is_spent(
    owner: str, monkeypatch: pytest.MonkeyPatch, units: float, read: int, spent: float
) -> None:
    """Five at a time, in the order of their ids: the batch that reaches 20 units is the last."""
    made = [make(owner, f"{number}", "01") for number in range(12)]
    for image in made:
        images.put_newer(image)
    asked = units_told(monkeypatch, units)
    found, cost = images.look_up([image.image_id for image in made], 20.0)
    assert found.keys() == {image.image_id for image in made[:read]}
    assert cost == pytest.approx(spent)
    assert asked == [5, 5, 2][: len(asked)]


def test_an_item_that_cannot_be_read_is_left_out(owner: str, caplog: pytest.LogCaptureFixture) -> None:
    """The others are found."""
    good, bad = make(owner, "good", "01"), make(owner, "bad", "01")
    for image in (good, bad):
        images.put_newer(image)
    with damaged(bad.image_id, "size", {"S": "many"}):
        found, _ = images.look_up([bad.image_id, good.image_id, bad.image_id], 20.0)
    assert list(found) == [good.image_id]
    assert [(one.message, vars(one)["image_id"]) for one in caplog.records] == [
        ("record_unreadable", bad.image_id)
    ]


def test_a_ticket_never_replaces_a_record(owner: str) -> None:
    """The upload may be faster than the ticket's own item."""
    record = make(owner, "a", "01")
    images.put_newer(record)
    images.expect(record.image_id, owner, record.key)
    standing = images.get(record.image_id, consistent=True)
    assert standing is not None
    assert standing.state == READY


def test_a_repeated_ticket_lasts_as_long_as_a_new_one(owner: str) -> None:
    """The item of the first request stays, with its owner's texts."""
    key = f"uploads/{owner}/a"
    first = images.expect(keys.image_id("bucket", key), owner, key)
    assert images.edit(first, {"title": "Harbour"})
    first.update([Image.expires.set(keys.now())])
    again = images.expect(first.image_id, owner, key)
    assert again.expires is not None
    assert again.expires - keys.now() > timedelta(minutes=14)
    assert (again.title, again.since) == ("Harbour", first.since)


WRITTEN = {
    "title": "Harbour", "description": "At dawn", "alt": "Boats", "tags": {"sea", "dawn"}, "visibility": PUBLIC,
}  # fmt: skip


def test_what_the_owner_wrote_outlives_the_record(owner: str) -> None:
    """A ticket's too; everything else of the record before is gone."""
    key = f"uploads/{owner}/a"
    ticket = images.expect(keys.image_id("bucket", key), owner, key)
    assert images.edit(ticket, {"title": "Harbour", "tags": {"sea"}})
    first = make(owner, "a", "01", size=1, width=7, published="derived/x")
    assert images.put_newer(first)
    assert (first.title, first.tags) == ("Harbour", {"sea"})
    assert images.edit(first, WRITTEN)
    for sequencer, state in (("02", FAILED), ("02", READY), ("03", READY)):
        assert images.put_newer(make(owner, "a", sequencer, state, size=2))
    standing = images.get(first.image_id, consistent=True)
    assert standing is not None
    assert {name: getattr(standing, name) for name in WRITTEN} == WRITTEN
    assert (standing.edits, standing.since, standing.size) == (2, ticket.since, 2)
    assert (standing.expires, standing.width, standing.published, standing.unsettled) == (None, None, None, None)


def test_a_tombstone_ends_what_the_owner_wrote(owner: str) -> None:
    """A later object under the same key begins anew, and is another life of the image."""
    first = make(owner, "a", "01")
    images.put_newer(first)
    images.edit(first, WRITTEN)
    images.bury(first.image_id, owner, first.key, keys.order("02"))
    second = make(owner, "a", "03")
    assert images.put_newer(second)
    assert all(getattr(second, name) is None for name in [*WRITTEN, "edits"])
    assert second.since != first.since


def test_a_judgement_outlives_the_end_of_an_image(owner: str) -> None:
    """The tombstone has it, again after a second removal, and so has the next record."""
    first = make(owner, "a", "01", sha256="ab", format="JPEG", document=b"1", code="none")
    images.put_newer(first)
    assert images.judge(first, "an admin's")
    for order in ("02", "03"):
        assert images.bury(first.image_id, owner, first.key, keys.order(order))
    standing = connection("us-east-1").client.get_item(
        TableName=Image.Meta.table_name, Key={"image_id": {"S": first.image_id}}
    )["Item"]
    assert standing.keys() == {
        "image_id", "owner", "key", "state", "sequencer", "changed", "expires", "judgement",
    }  # fmt: skip
    assert standing["judgement"] == {"S": "an admin's"}
    assert not images.bury(first.image_id, owner, first.key, keys.order("02"))
    second = make(owner, "a", "04")
    assert images.put_newer(second)
    assert second.judgement == "an admin's"


def test_an_edit_of_what_has_changed_meanwhile_is_refused(owner: str) -> None:
    """By another edit, by a new object, by the end of the image; nothing is written then."""
    image = make(owner, "a", "01")
    images.put_newer(image)
    stale = [*images.get_many([image.image_id]), *images.get_many([image.image_id])]
    assert images.edit(image, {"title": "First"})
    assert not images.edit(stale[0], {"title": "Second"})
    images.put_newer(make(owner, "a", "02"))
    assert not images.edit(image, {"title": "Third"})
    images.bury(image.image_id, owner, image.key, keys.order("03"))
    assert not images.edit(stale[1], {"title": "Fourth"})
    standing = images.get(image.image_id, consistent=True)
    assert standing is not None
    assert (standing.state, standing.title) == (REMOVED, None)


def test_an_edit_has_its_number_and_its_time(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is one more; `changed` is the moment of the last."""
    image = make(owner, "a", "01")
    images.put_newer(image)
    monkeypatch.setattr(keys, "now", lambda: datetime(2031, 5, 1, 10, tzinfo=UTC))
    assert images.edit(image, {"title": "a"})
    assert (image.edits, image.changed) == (1, "2031-05-01T10:00:00.000Z")
    monkeypatch.setattr(keys, "now", lambda: datetime(2031, 5, 1, 11, tzinfo=UTC))
    assert images.edit(image, {"title": "b"})
    standing = images.get(image.image_id, consistent=True)
    assert standing is not None
    assert (standing.edits, standing.changed, standing.title) == (2, "2031-05-01T11:00:00.000Z", "b")


def test_a_sealed_image_is_edited_after_a_minute(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deletion that has not happened by then was killed; one that ends otherwise lifts its seal itself."""
    image = make(owner, "a", "01")
    images.put_newer(image)
    noon = datetime(2031, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(keys, "now", lambda: noon)
    assert images.seal(image)
    monkeypatch.setattr(keys, "now", lambda: noon + timedelta(seconds=59))
    assert not images.edit(image, {"title": "early"})
    monkeypatch.setattr(keys, "now", lambda: noon + timedelta(seconds=60))
    assert images.edit(image, {"title": "late"})
    assert images.seal(image)
    images.unseal(image)
    assert images.edit(image, {"title": "at once"})


def test_null_takes_away_what_was_written(owner: str) -> None:
    """One attribute; the others stay."""
    image = make(owner, "a", "01")
    images.put_newer(image)
    images.edit(image, WRITTEN)
    assert images.edit(image, {"title": None, "tags": None})
    assert (image.title, image.tags, image.alt, image.edits) == (None, None, "Boats", 2)


def test_what_is_published_is_of_one_revision(owner: str) -> None:
    """The first file that is made for it stands, and a newer record has none."""
    image = make(owner, "a", "01", etag="e")
    images.put_newer(image)
    other = images.get(image.image_id, consistent=True)
    assert other is not None
    assert images.publish(image, "derived/1")
    assert not images.publish(other, "derived/2")
    images.put_newer(make(owner, "a", "02", etag="f"))
    assert not images.publish(image, "derived/3")
    standing = images.get(image.image_id, consistent=True)
    assert standing is not None
    assert standing.published is None


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


def test_a_write_that_failed_is_not_called_refused(owner: str) -> None:
    """An item of more than 400 KB is an error of DynamoDB's, whatever the condition is."""
    image = make(owner, "a", "01")
    images.put_newer(image)
    with pytest.raises(UpdateError, match="size"):
        images.edit(image, {"title": "x" * (401 << 10)})


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ({"title": "Boats", "tags": None, "expires": None, "width": None}, True),
        ({"title": "Boats", "width": 7}, False),
        ({"title": "Harbour"}, False),
        ({"title": None}, False),
        ({"tags": {"sea"}}, False),
        ({}, True),
    ],
)
def test_a_write_was_done_where_the_item_holds_all_its_values(values: dict[str, Any], *, held: bool) -> None:
    """Those that it set, and none for those that it removed; where there is no item, it was not."""
    assert conditional._holds(Image("a" * 26, title="Boats"), values) is held
    assert not conditional._holds(None, values)


def test_making_the_tables_twice_changes_nothing() -> None:
    """Set-up is idempotent: `aws` has made them already."""
    assert create_tables() == []
