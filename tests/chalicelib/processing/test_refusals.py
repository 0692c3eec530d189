"""Uploads that may not stay: over a quota, or of an account that is not active."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.catalogue.index.usage import NOTHING
from chalicelib.config import settings
from chalicelib.db import accounts, admin_lists, images, keys
from chalicelib.processing import quota, remove, s3_events
from tests import delivery, samples
from tests.histories import (
    FIRST,
    SECOND,
    act,
    change_account,
    derived,
    failing_once,
    last_attempt,
    put,
    read,
    recount,
    removal,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Upload = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def upload(app: Any, stream: Callable[[], None]) -> Upload:
    """Return what uploads a file and delivers all events that this leads to; it returns the record."""

    def upload(key: str, data: bytes = FIRST) -> Any:
        put(key, data)
        delivery.deliver(app)
        delivery.deliver(app)
        stream()
        return read(key)

    return upload


def test_an_upload_over_the_quota_of_images_is_refused_and_removed(upload: Upload, owner: str) -> None:
    """Its record says so, with a code; the others stay; the event of its removal leaves the record as it is."""
    change_account(owner, quota_images=2)
    names = [f"uploads/{owner}/{number}.jpg" for number in range(3)]
    assert [upload(name).state for name in names] == ["ready", "ready", "failed"]
    refused = read(names[2])
    assert (refused.code, refused.size, storage.open_object(names[2])) == ("quota_exceeded", len(FIRST), None)
    assert refused.reason == "The account has 2 of 2 images allowed. The file is in the trash."
    assert timedelta(days=13, hours=23) < refused.expires - keys.now() <= timedelta(days=14)
    assert told(owner) == recount(owner) == (2, 2 * len(FIRST))


def test_a_ticket_from_before_lets_nothing_in(api: str, user: Any, upload: Upload) -> None:
    """What is uploaded with it counts as any other upload."""
    asked = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}]})
    key = asked.json()["images"][0]["upload"]["fields"]["key"]
    change_account(user.owner, quota_images=0)
    refused = upload(key)
    assert (refused.state, refused.code, storage.open_object(key)) == ("failed", "quota_exceeded", None)


@pytest.mark.medium
def test_an_upload_over_the_quota_of_bytes_is_refused_and_removed(upload: Upload, owner: str) -> None:
    """To the byte: what fits exactly stays."""
    change_account(owner, quota_bytes=2 * len(FIRST))
    states = [upload(f"uploads/{owner}/{number}.jpg").state for number in range(3)]
    assert states == ["ready", "ready", "failed"]
    assert read(f"uploads/{owner}/2.jpg").code == "quota_exceeded"
    assert told(owner) == recount(owner)


@pytest.mark.medium
def test_where_one_was_deleted_another_has_room(upload: Upload, stream: Callable[[], None], owner: str) -> None:
    """And a key that was refused once is taken, then, as any other."""
    change_account(owner, quota_images=1)
    first, second = f"uploads/{owner}/1.jpg", f"uploads/{owner}/2.jpg"
    assert [upload(name).state for name in (first, second)] == ["ready", "failed"]
    remove.remove(read(first))
    stream()
    assert upload(second).state == "ready"
    assert read(second).expires is None
    assert told(owner) == recount(owner) == (1, len(FIRST))


@pytest.mark.parametrize("state", ["disabled", "deleting", "deleted"])
def test_an_upload_of_an_account_that_is_not_active_is_refused_and_removed(
    upload: Upload, owner: str, key: str, state: str
) -> None:
    """An upload ticket outlives the account's good standing."""
    change_account(owner, state=state)
    refused = upload(key)
    assert (refused.state, refused.code, storage.open_object(key)) == ("failed", "account_not_active", None)
    assert told(owner) == NOTHING


@pytest.mark.medium
def test_an_owner_without_an_account_has_the_default_quotas_and_gets_no_account(
    upload: Upload, owner: str, key: str, monkeypatch: Any
) -> None:
    """Whoever may write into the bucket names owners at will."""
    assert upload(key).state == "ready"
    assert accounts.get(owner) is None
    monkeypatch.setitem(vars(settings()), "quota_images", 1)
    assert upload(f"uploads/{owner}/second.jpg").code == "quota_exceeded"
    assert accounts.get(owner) is None


def test_its_owner_can_delete_the_record_of_a_refused_upload(upload: Upload, owner: str, key: str) -> None:
    """It is a record as any other, though its object is gone."""
    change_account(owner, quota_images=0)
    remove.remove(upload(key))
    assert read(key).state == "removed"
    assert told(owner) == NOTHING


def test_what_was_let_in_once_stays_when_its_event_comes_again(
    app: Any, upload: Upload, owner: str, key: str
) -> None:
    """A lowered quota or a disabled account takes nothing away: an admin's new look at an image is no upload."""
    image = upload(key)
    change_account(owner, quota_images=0, state="disabled")
    again = s3_events.compose(key, keys.order_after(image.sequencer), keys.now())
    assert delivery.give(app, delivery.message(again)) == []
    assert (read(key).state, read(key).sequencer > image.sequencer) == ("ready", True)
    assert storage.open_object(key) is not None
    assert told(owner) == recount(owner) == (1, len(FIRST))


def test_an_interrupted_image_is_never_refused_by_a_redrive(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """It was let in, whatever has become of account and quota while its message was among the dead letters."""
    put(key, FIRST)
    (sent,) = delivery.receive()
    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", failing_once(storage.put, 1, "before"))
        assert delivery.give(app, last_attempt(sent)) == [sent["messageId"]]
    assert (read(key).code, read(key).etag) == ("interrupted", storage.find(key).etag)
    change_account(owner, quota_images=0, state="disabled")
    assert delivery.give(app, sent) == []
    assert (read(key).state, storage.find(key).size) == ("ready", len(FIRST))


def test_an_image_that_could_not_even_be_opened_is_not_refused_by_a_redrive(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """Nor one of whose object an older version of the program noted no ETag."""
    put(key, FIRST)
    (sent,) = delivery.receive()
    with monkeypatch.context() as broken:
        broken.setattr(storage, "open_object", failing_once(storage.open_object, 1, "before"))
        assert delivery.give(app, last_attempt(sent)) == [sent["messageId"]]
    change_account(owner, quota_images=0, state="disabled")
    assert delivery.give(app, sent) == []
    assert (read(key).state, storage.find(key).size) == ("ready", len(FIRST))


LARGE = samples.jpeg((64, 48))


@pytest.mark.medium
@pytest.mark.parametrize(
    ("change", "larger"),
    [
        ({"quota_images": 0}, 0),
        ({"quota_bytes": 0}, 0),
        ({"state": "disabled"}, 0),
        ({"quota_images": 0}, 1),
        ({"quota_bytes": 0}, 1),
        ({"state": "disabled"}, 1),
    ],
    ids=str,
)
def test_a_replacement_no_larger_than_what_it_replaces_is_never_refused(
    upload: Upload, owner: str, key: str, change: dict[str, Any], larger: int
) -> None:
    """To the byte; a larger one is no further image, but more bytes, and an upload like any other."""
    before = LARGE + b"different."
    assert upload(key, before).state == "ready"
    change_account(owner, **change)
    replaced = upload(key, LARGE + bytes(10 + larger))
    refused = bool(larger) and "quota_images" not in change
    assert replaced.state == ("failed" if refused else "ready")
    assert (storage.find(key) is None) == refused
    assert upload(key, FIRST).state == ("failed" if refused else "ready")


def test_a_refused_file_that_comes_back_is_decided_anew(app: Any, owner: str, key: str) -> None:
    """As in a bucket with versions, where its delete marker is removed: S3 tells of a removal only."""
    change_account(owner, state="disabled")
    put(key, FIRST)
    delivery.deliver(app)
    refused = read(key)
    assert refused.code == "account_not_active"
    change_account(owner, state="active")
    delivery.deliver(app)
    put(key, FIRST)
    delivery.receive()
    assert delivery.give(app, removal(key, keys.order_after(refused.sequencer))) == []
    assert (read(key).state, read(key).etag, read(key).expires) == ("ready", refused.etag, None)


HISTORIES = [
    ("first",),
    ("first", "second"),
    ("first", "remove"),
    pytest.param(("first", "remove", "second"), marks=pytest.mark.slow),
]


@pytest.mark.medium
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
    assert told(owner) == recount(owner) == NOTHING


CALLS = [
    (quota, "used", 1), (images, "put_newer", 1), (storage, "delete_version", 1), (storage, "list_objects", 1),
]  # fmt: skip


@pytest.mark.medium
@pytest.mark.parametrize(("module", "name", "nth"), CALLS)
@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_refusal_that_crashes_anywhere_is_completed_by_the_next_attempt(  # noqa: PLR0913, PLR0917
    app: Any, upload: Upload, owner: str, monkeypatch: Any, module: Any, name: str, nth: int, moment: str
) -> None:
    """The record, the removal, the count: all three, whichever was done before; the image before it is cleared."""
    key = f"uploads/{owner}/photo.jpg"
    assert upload(key, min(FIRST, SECOND, key=len)).state == "ready"
    change_account(owner, quota_bytes=0)
    put(key, max(FIRST, SECOND, key=len))
    (sent,) = delivery.receive()
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing_once(getattr(module, name), nth, moment))
        assert delivery.give(app, sent) == [sent["messageId"]]
        assert delivery.give(app, sent) == []
    delivery.deliver(app)
    assert (read(key).state, read(key).code) == ("failed", "quota_exceeded")
    assert (storage.open_object(key), derived(key)) == (None, set())
    assert told(owner) == NOTHING


@pytest.mark.medium
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
    assert told(owner) == recount(owner) == (1, len(SECOND))


@pytest.mark.medium
def test_an_expired_record_is_in_no_list_though_it_is_still_in_the_table(
    api: str, user: Any, admin: Any, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB removes it within days; until it expires it is listed."""
    user.http.get(f"{api}/v1/images")
    change_account(user.owner, quota_images=0)
    living = upload(f"uploads/{user.owner}/living.jpg").image_id
    monkeypatch.setitem(vars(settings()), "tombstone_days", 0)
    expired = upload(f"uploads/{user.owner}/expired.jpg").image_id
    assert images.get(expired) is not None
    lists = [
        (user, "/v1/images"),
        (user, "/v1/images?sort=taken"),
        (user, "/v1/images?state=failed"),
        (admin, f"/v1/admin/images?owner={user.owner}"),
        (admin, "/v1/admin/images?limit=100"),
        (admin, "/v1/admin/unsettled?limit=100"),
    ]
    for who, path in lists:
        found = {image["image_id"] for image in who.http.get(api + path).json()["images"]}
        assert expired not in found, path
        assert living in found, path
    text = user.http.get(f"{api}/v1/users/me/export").text
    assert (living in text, expired in text) == (True, False)
    answer = admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": [expired]}).json()
    assert answer["images"][0]["code"] == "image_not_found"


@pytest.mark.medium
def test_an_expired_ticket_is_not_counted_as_expected(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is still in the table."""
    before = admin_lists.counts()["expected"].number
    images.expect(keys.image_id("bucket", owner), owner, f"uploads/{owner}/a.jpg")
    assert admin_lists.counts()["expected"].number == before + 1
    monkeypatch.setitem(vars(settings()), "ticket_seconds", -3600)
    assert admin_lists.counts()["expected"].number <= before
