"""Uploads that may not stay: over a quota, or of an account that is not active."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chalicelib import ingest, storage
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys, usage
from chalicelib.events import notifications
from tests import delivery
from tests.histories import FIRST, SECOND, act, change_account, derived, failing_once, put, read, recount

pytestmark = pytest.mark.usefixtures("aws")


def upload(app: Any, key: str, data: bytes = FIRST) -> Any:
    """Upload a file, deliver its event and every event that this leads to; return its record."""
    put(key, data)
    delivery.deliver(app)
    delivery.deliver(app)
    return read(key)


def test_an_upload_over_the_quota_of_images_is_refused_and_removed(app: Any, owner: str) -> None:
    """Its record says so, with a code; the others stay; the event of its removal leaves the record as it is."""
    change_account(owner, quota_images=2)
    names = [f"uploads/{owner}/{number}.jpg" for number in range(3)]
    assert [upload(app, name).state for name in names] == ["ready", "ready", "failed"]
    refused = read(names[2])
    assert (refused.code, refused.size, storage.open_object(names[2])) == ("quota_exceeded", len(FIRST), None)
    assert refused.reason == "Of 2 images that the account may have, 3 are there. The file was removed."
    assert refused.expires is not None
    assert usage.total(owner) == recount(owner) == (2, 2 * len(FIRST))


def test_an_upload_over_the_quota_of_bytes_is_refused_and_removed(app: Any, owner: str) -> None:
    """To the byte: what fits exactly stays."""
    change_account(owner, quota_bytes=2 * len(FIRST))
    states = [upload(app, f"uploads/{owner}/{number}.jpg").state for number in range(3)]
    assert states == ["ready", "ready", "failed"]
    assert read(f"uploads/{owner}/2.jpg").code == "quota_exceeded"
    assert usage.total(owner) == recount(owner)


def test_where_one_was_deleted_another_has_room(app: Any, owner: str) -> None:
    """And a key that was refused once is taken, then, as any other."""
    change_account(owner, quota_images=1)
    first, second = f"uploads/{owner}/1.jpg", f"uploads/{owner}/2.jpg"
    assert [upload(app, name).state for name in (first, second)] == ["ready", "failed"]
    ingest.remove(read(first))
    assert upload(app, second).state == "ready"
    assert read(second).expires is None
    assert usage.total(owner) == recount(owner) == (1, len(FIRST))


@pytest.mark.parametrize("state", ["disabled", "deleting", "deleted"])
def test_an_upload_of_an_account_that_is_not_active_is_refused_and_removed(
    app: Any, owner: str, key: str, state: str
) -> None:
    """An upload ticket outlives the account's good standing."""
    change_account(owner, state=state)
    refused = upload(app, key)
    assert (refused.state, refused.code, storage.open_object(key)) == ("failed", "account_not_active", None)
    assert usage.total(owner) == usage.NOTHING


def test_an_owner_without_an_account_has_the_default_quotas_and_gets_no_account(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """Whoever may write into the bucket names owners at will."""
    assert upload(app, key).state == "ready"
    assert accounts.get(owner) is None
    monkeypatch.setitem(vars(settings()), "quota_images", 1)
    assert upload(app, f"uploads/{owner}/second.jpg").code == "quota_exceeded"
    assert accounts.get(owner) is None


def test_its_owner_can_delete_the_record_of_a_refused_upload(app: Any, owner: str, key: str) -> None:
    """It is a record as any other, though its object is gone."""
    change_account(owner, quota_images=0)
    ingest.remove(upload(app, key))
    assert read(key).state == "removed"
    assert usage.total(owner) == usage.NOTHING


def test_what_was_let_in_once_stays_when_its_event_comes_again(app: Any, owner: str, key: str) -> None:
    """A lowered quota or a disabled account takes nothing away: an admin's new look at an image is no upload."""
    image = upload(app, key)
    change_account(owner, quota_images=0, state="disabled")
    again = notifications.compose(key, keys.order_after(image.sequencer), keys.now())
    assert delivery.give(app, delivery.message(again)) == []
    assert (read(key).state, read(key).sequencer > image.sequencer) == ("ready", True)
    assert storage.open_object(key) is not None
    assert usage.total(owner) == recount(owner) == (1, len(FIRST))


HISTORIES = [
    ("first",),
    ("first", "second"),
    ("first", "remove"),
    pytest.param(("first", "remove", "second"), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("history", HISTORIES, ids="-".join)
def test_every_order_of_events_of_refused_uploads_ends_the_same(
    app: Any, owner: str, history: tuple[str, ...]
) -> None:
    """Late and twice, in each order, and the events of our own removals: nothing stays, nothing is counted."""
    change_account(owner, quota_images=0)
    for number, order in enumerate(itertools.permutations(range(len(history)))):
        key = f"uploads/{owner}/{number}.jpg"
        sent = [act(key, step) for step in history]
        for index in [*order, *reversed(order)]:
            assert delivery.give(app, sent[index]) == []
        delivery.deliver(app)
        image = read(key)
        assert storage.open_object(key) is None
        assert derived(key) == set()
        if history[-1] != "remove":
            assert (image.state, image.code) == ("failed", "quota_exceeded")
    assert usage.total(owner) == recount(owner) == usage.NOTHING


CALLS = [
    (usage, "_write", 1), (usage, "_write", 2), (usage, "_read", 1), (usage, "_read", 2), (usage, "by_month", 1),
    (images, "put_newer", 1), (storage, "delete_version", 1), (storage, "list_objects", 1),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name", "nth"), CALLS)
@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_refusal_that_crashes_anywhere_is_completed_by_the_next_attempt(  # noqa: PLR0913, PLR0917
    app: Any, owner: str, monkeypatch: Any, module: Any, name: str, nth: int, moment: str
) -> None:
    """The record, the removal, the count: all three, whichever was done before; the image before it is cleared."""
    key = f"uploads/{owner}/photo.jpg"
    assert upload(app, key).state == "ready"
    change_account(owner, quota_images=0)
    put(key, SECOND)
    (sent,) = delivery.receive()
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing_once(getattr(module, name), nth, moment))
        assert delivery.give(app, sent) == [sent["messageId"]]
        assert delivery.give(app, sent) == []
    delivery.deliver(app)
    assert (read(key).state, read(key).code) == ("failed", "quota_exceeded")
    assert (storage.open_object(key), derived(key)) == (None, set())
    assert usage.total(owner) == usage.NOTHING


def test_a_newer_file_that_arrives_during_a_refusal_is_decided_by_its_own_event(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """The refusal removes the file that it is about, and no other."""
    change_account(owner, quota_images=0)
    put(key, FIRST)
    real = storage.delete_version

    def overtaken(*arguments: Any) -> None:
        monkeypatch.undo()
        change_account(owner, quota_images=1)
        put(key, SECOND)
        real(*arguments)

    monkeypatch.setattr(storage, "delete_version", overtaken)
    (sent,) = delivery.receive()
    assert delivery.give(app, sent) == []
    delivery.deliver(app)
    assert (read(key).state, read(key).size) == ("ready", len(SECOND))
    assert usage.total(owner) == recount(owner) == (1, len(SECOND))
