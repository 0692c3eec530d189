"""The trash keeps deleted and refused files, and restores them, wherever either was interrupted."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import aws, storage
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.processing import copies, remove, trash
from tests import delivery
from tests.histories import (
    FIRST,
    SECOND,
    act,
    change_account,
    derived,
    failing_once,
    put,
    read,
    recount,
    refuse_deletion,
    told,
)
from tests.histories import (
    remove as remove_object,
)

pytestmark = pytest.mark.usefixtures("aws")
EDITS = {
    "title": "Harbour",
    "description": "At dawn.\n" * 500,
    "alt": "Boats, 日本",
    "tags": {"sea", "boats"},
    "visibility": "public",
}


def arrive(app: Any, key: str, data: bytes = FIRST) -> Any:
    """Upload a file, have it processed, and let its owner write on it; return the record."""
    put(key, data)
    delivery.deliver(app)
    assert images.edit(read(key), EDITS)
    return read(key)


def content(key: str) -> bytes | None:
    """Return the bytes of the object at a key, or None."""
    return storage.read_small(key)


def in_trash(owner: str) -> list[bytes | None]:
    """Return the bytes of the files in an owner's trash, as S3 lists them."""
    found = [item.key for item in storage.list_objects(f"trash/{owner}/")]
    return [content(key) for key in found if not key.endswith(".json")]


def written(image: Any) -> dict[str, Any]:
    """Return its owner's texts."""
    return {name: getattr(image, name) for name in EDITS}


def only(owner: str) -> trash.Entry:
    """Return the one file in an owner's trash."""
    (entry,) = trash.page(owner, 10).items
    return entry


def test_a_deleted_image_is_in_the_trash_with_what_its_owner_wrote(app: Any, owner: str, key: str) -> None:
    """The object is no longer under its key, record and derived files are gone; no event tells of the trash."""
    image = arrive(app, key)
    remove.discard(image)
    assert (content(key), in_trash(owner), derived(key)) == (None, [FIRST], set())
    (sent,) = delivery.receive()
    assert "ObjectRemoved" in sent["body"]
    assert delivery.give(app, sent) == []
    assert (read(key).state, read(key).title) == ("removed", None)
    entry = only(owner)
    assert (entry.image_id, entry.size, entry.facts.key, entry.facts.code) == (
        image.image_id,
        len(FIRST),
        key,
        None,
    )
    assert entry.facts.edits() == EDITS
    assert entry.expires - entry.trashed == timedelta(days=30)
    assert told(owner) == recount(owner) == (0, 0)  # it counts towards no quota


@pytest.mark.medium
def test_a_restored_image_is_under_its_key_with_what_its_owner_wrote(app: Any, owner: str, key: str) -> None:
    """It is processed anew; nothing of it is left in the trash; links from before stay ended."""
    image = arrive(app, key)
    remove.discard(image)
    delivery.deliver(app)
    assert trash.restore(only(owner))
    assert (content(key), in_trash(owner), list(storage.list_objects(f"trash/{owner}/"))) == (FIRST, [], [])
    assert (read(key).state, written(read(key))) == ("expected", EDITS)
    delivery.deliver(app)
    restored = read(key)
    assert (restored.state, restored.sha256) == ("ready", hashlib.sha256(FIRST).hexdigest())
    assert (restored.expires, restored.unsettled) == (None, None)
    assert written(restored) == EDITS
    assert restored.since > image.since
    assert len(derived(key)) == 3


def test_metadata_of_the_object_survive_trash_and_restoration(app: Any, owner: str, key: str) -> None:
    """Its type, and how far it was to be looked at."""
    storage.put(key, FIRST, "image/jpeg", storage.Noted("metadata"))
    delivery.deliver(app)
    remove.discard(read(key))
    assert trash.restore(only(owner))
    head = aws.client("s3").head_object(Bucket=settings().images_bucket, Key=key)
    assert (head["ContentType"], head["Metadata"]) == ("image/jpeg", {"janus-profile": "metadata"})
    delivery.deliver(app)


@pytest.mark.medium
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_late_events_of_before_a_restoration_change_nothing(
    app: Any, key: str, owner: str, order: tuple[int, ...]
) -> None:
    """That of the first upload, that of the deletion, and that of the restoration, in any order, and twice."""
    created = act(key, "first")
    assert delivery.give(app, created) == []
    assert images.edit(read(key), EDITS)
    remove.discard(read(key))
    (removed,) = delivery.receive()
    assert trash.restore(only(owner))
    (restored,) = delivery.receive()
    sent = [created, removed, restored]
    for index in [*order, *reversed(order)]:
        assert delivery.give(app, sent[index]) == []
    assert (read(key).state, written(read(key))) == ("ready", EDITS)
    newest = json.loads(restored["body"])["Records"][0]["s3"]["object"]["sequencer"]
    assert read(key).sequencer == keys.order(newest)


@pytest.mark.medium
def test_a_restoration_whose_event_was_first_still_brings_the_edits_back(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """The image is processed before its ticket is written: then the record is edited, and newer edits stay."""
    remove.discard(arrive(app, key))
    delivery.deliver(app)
    real = copies.copy_version

    def processed_at_once(*arguments: Any, **named: Any) -> bool:
        done = real(*arguments, **named)
        delivery.deliver(app)
        assert images.edit(read(key), {"title": "Newer"})
        return done

    monkeypatch.setattr(copies, "copy_version", processed_at_once)
    assert trash.restore(only(owner))
    assert (read(key).state, written(read(key))) == ("ready", {**EDITS, "title": "Newer"})


@pytest.mark.medium
def test_a_restoration_whose_event_was_lost_is_found_by_the_sweep(app: Any, owner: str, key: str) -> None:
    """A ticket that stands in a tombstone's place does not hide the object."""
    from chalicelib.processing import reconcile

    remove.discard(arrive(app, key))
    delivery.deliver(app)
    trash.restore(only(owner))
    delivery.receive()
    (body,) = reconcile.compare(storage.list_objects(key)).messages
    assert delivery.give(app, delivery.message(body)) == []
    assert (read(key).state, written(read(key))) == ("ready", EDITS)


@pytest.mark.medium
def test_a_newer_object_under_the_key_is_not_overwritten(app: Any, owner: str, key: str, monkeypatch: Any) -> None:
    """Neither one that is there already nor one that arrives meanwhile; the trash keeps its own."""
    remove.discard(arrive(app, key))
    delivery.deliver(app)
    put(key, SECOND)
    with pytest.raises(trash.TakenError):
        trash.restore(only(owner))
    remove_object(key)
    find = storage.find

    def arrived_meanwhile(name: str) -> Any:
        found = find(name)
        put(key, SECOND)
        return found

    monkeypatch.setattr(storage, "find", arrived_meanwhile)
    with pytest.raises(trash.TakenError):
        trash.restore(only(owner))
    assert (content(key), in_trash(owner)) == (SECOND, [FIRST])


@pytest.mark.medium
def test_an_upload_that_arrives_during_a_deletion_is_not_deleted(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """Before the object is copied, or after it: the newer one is under the key."""
    image = arrive(app, key)
    real = copies.copy_version

    def overtaken(*arguments: Any) -> bool:
        put(key, SECOND)
        return real(*arguments)

    monkeypatch.setattr(copies, "copy_version", overtaken)
    with pytest.raises(storage.ObjectChangedError):
        remove.discard(image)
    assert (content(key), in_trash(owner)) == (SECOND, [])
    with pytest.raises(storage.ObjectChangedError):
        remove.discard(image)
    delivery.deliver(app)

    def overtaken_after(*arguments: Any) -> bool:
        done = real(*arguments)
        put(key, FIRST)
        return done

    monkeypatch.setattr(copies, "copy_version", overtaken_after)
    with pytest.raises(storage.ObjectChangedError):
        remove.discard(read(key))
    assert (content(key), in_trash(owner)) == (FIRST, [SECOND])


@pytest.mark.medium
def test_versions_of_one_image_lie_side_by_side(app: Any, owner: str, key: str, monkeypatch: Any) -> None:
    """A later deletion destroys nothing of an earlier one; the newest is restored, unless told which."""
    remove.discard(arrive(app, key, FIRST))
    delivery.deliver(app)
    image, find = arrive(app, key, SECOND), storage.find
    with monkeypatch.context() as later:  # S3 tells times by the second
        later.setattr(storage, "find", lambda name: later_by_an_hour(find(name)))
        remove.discard(image)
    delivery.deliver(app)
    older, newer = trash.page(owner, 10).items
    assert (older.size, newer.size) == (len(FIRST), len(SECOND))
    assert trash.find(owner, image.image_id) == newer
    assert trash.find(owner, image.image_id, older.version) == older
    assert trash.find(owner, image.image_id, "no-such") is None
    assert trash.restore(older)
    delivery.deliver(app)
    assert (content(key), in_trash(owner)) == (FIRST, [SECOND])


@pytest.mark.medium
def test_versions_of_the_same_second_lie_side_by_side(app: Any, owner: str, key: str, monkeypatch: Any) -> None:
    """Their contents tell them apart."""
    now, find = keys.now().replace(microsecond=0), storage.find
    monkeypatch.setattr(storage, "find", lambda name: (found := find(name)) and found._replace(last_modified=now))
    for data in (FIRST, SECOND):
        remove.discard(arrive(app, key, data))
        delivery.deliver(app)
    assert sorted(in_trash(owner), key=str) == sorted([FIRST, SECOND], key=str)


def later_by_an_hour(found: Any) -> Any:
    return found._replace(last_modified=found.last_modified + timedelta(hours=1))


@pytest.mark.medium
@pytest.mark.parametrize("name", ["odd\x01folder/a.jpg", "naïve-日本語-🦊 %20+.jpg", "a?b#c&d.jpg"])
def test_an_object_goes_to_the_trash_and_back_whatever_its_key(app: Any, owner: str, name: str) -> None:
    """Its key is in its facts, and in no key of the trash."""
    key = f"uploads/{owner}/{name}"
    remove.discard(arrive(app, key))
    delivery.deliver(app)
    assert in_trash(owner) == [FIRST]
    assert trash.restore(only(owner))
    delivery.deliver(app)
    assert (read(key).state, content(key)) == ("ready", FIRST)


@pytest.mark.medium
def test_a_refused_upload_is_in_the_trash_with_why(app: Any, owner: str, key: str) -> None:
    """Its owner's texts are there, too; restored, it is admitted like any upload."""
    arrive(app, key)
    change_account(owner, quota_images=0, quota_bytes=0)
    refused = SECOND + bytes(len(FIRST))
    put(key, refused)
    delivery.deliver(app)
    assert (read(key).code, content(key), in_trash(owner)) == ("quota_exceeded", None, [refused])
    entry = only(owner)
    assert (entry.facts.code, entry.facts.edits()) == ("quota_exceeded", EDITS)
    change_account(owner, quota_images=10, quota_bytes=10**6)
    delivery.deliver(app)
    assert trash.restore(entry)
    delivery.deliver(app)
    assert (read(key).state, read(key).expires, written(read(key))) == ("ready", None, EDITS)


def test_a_file_too_large_for_the_trash_is_deleted_and_that_is_said(
    app: Any, owner: str, monkeypatch: Any, caplog: Any
) -> None:
    """To the byte; S3 itself would copy up to 5 GB."""
    assert trash.MAX_BYTES == 1024**3 < copies.MAX_BYTES
    monkeypatch.setattr(trash, "MAX_BYTES", len(FIRST))
    change_account(owner, state="disabled")
    small, large = (f"uploads/{owner}/{name}.jpg" for name in ("small", "large"))
    put(small, FIRST)
    put(large, FIRST + b"0")
    delivery.deliver(app)
    assert in_trash(owner) == [FIRST]
    assert content(large) is None
    assert read(small).reason == "The account is not active. The file is in the trash."
    assert read(large).reason == (
        "The account is not active. The file was deleted: it is too large for the trash."
    )
    assert [item.key for item in caplog.records if item.message == "too_large_for_the_trash"] == [large]


def test_what_is_30_days_old_is_not_there(app: Any, owner: str, key: str, monkeypatch: Any) -> None:
    """Also where nobody expires it, as offline; a second before, it is."""
    remove.discard(arrive(app, key))
    entry = only(owner)
    now = entry.trashed + timedelta(days=30)
    monkeypatch.setattr(keys, "now", lambda: now - timedelta(seconds=1))
    assert only(owner) == entry
    monkeypatch.setattr(keys, "now", lambda: now)
    assert trash.page(owner, 10).items == []
    assert trash.find(owner, entry.image_id) is None


@pytest.mark.medium
def test_emptying_spares_what_came_later_and_other_owners(app: Any, owner: str, monkeypatch: Any) -> None:
    """Slice by slice, each of which may be done twice."""
    monkeypatch.setattr(trash, "SLICE", 2)
    for number in range(3):
        remove.discard(arrive(app, f"uploads/{owner}/{number}.jpg"))
    remove.discard(arrive(app, f"uploads/{owner}0/other.jpg"))
    trashed = only(f"{owner}0").trashed.timestamp()
    assert run({"owner": owner, "until": trashed - 60}) == 4
    assert len(in_trash(owner)) == 3
    run({"owner": owner, "until": trashed + 60})
    assert list(storage.list_objects(f"trash/{owner}/")) == []
    assert len(in_trash(f"{owner}0")) == 1


def run(arguments: dict[str, Any]) -> int:
    """Empty a trash to the end, each slice twice; return how many slices it took."""
    slices, left = 0, json.loads(json.dumps(arguments))
    while left is not None:
        trash.empty(left)
        slices, left = slices + 1, trash.empty(left)
    return slices


CALLS = [
    (storage, "find", 1),
    (storage, "put", 1),
    (copies, "copy_version", 1),
    (storage, "delete_version", 1),
    (images, "put_newer", 1),
    (storage, "list_objects", 1),
]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("module", "name", "nth"), CALLS)
def test_a_deletion_that_crashes_anywhere_loses_nothing(  # noqa: PLR0913, PLR0917  each stands on its own
    app: Any, owner: str, key: str, monkeypatch: Any, module: Any, name: str, nth: int, moment: str
) -> None:
    """At every moment the file is under its key or in the trash; done again, it is in the trash once."""
    image = arrive(app, key)
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing_once(getattr(module, name), nth, moment))
        with pytest.raises(ConnectionError):
            remove.discard(image)
    assert FIRST in (content(key), *in_trash(owner))
    remove.discard(image)
    delivery.deliver(app)
    assert (content(key), in_trash(owner), read(key).state, derived(key)) == (None, [FIRST], "removed", set())
    assert only(owner).facts.edits() == EDITS


RESTORING = [
    (storage, "find", 1),
    (copies, "copy_version", 1),
    (images, "get", 1),
    (images, "revive", 1),
    (storage, "delete", 1),
]


@pytest.mark.medium
@pytest.mark.parametrize("between", [True, False], ids=["processed", "not processed"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("module", "name", "nth"), RESTORING)
def test_a_restoration_that_crashes_anywhere_loses_nothing(  # noqa: PLR0913, PLR0917  each stands on its own
    app: Any,
    owner: str,
    key: str,
    monkeypatch: Any,
    module: Any,
    name: str,
    nth: int,
    moment: str,
    *,
    between: bool,
) -> None:
    """Done again, or done already, the image is back with its edits, and no longer in the trash."""
    remove.discard(arrive(app, key))
    delivery.deliver(app)
    entry = only(owner)
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing_once(getattr(module, name), nth, moment))
        with pytest.raises(ConnectionError):
            trash.restore(entry)
    assert FIRST in (content(key), *in_trash(owner))
    if between:
        delivery.deliver(app)
    for again in trash.page(owner, 10).items:
        assert trash.restore(again)
    delivery.deliver(app)
    assert (content(key), in_trash(owner)) == (FIRST, [])
    assert (read(key).state, written(read(key))) == ("ready", EDITS)


@pytest.mark.medium
def test_two_restorations_at_once_bring_one_image_back(app: Any, owner: str, key: str) -> None:
    """The second finds its work done, or the file gone."""
    remove.discard(arrive(app, key))
    delivery.deliver(app)
    entry = only(owner)
    assert trash.restore(entry)
    assert trash.restore(entry)
    remove_object(key)
    delivery.deliver(app)
    assert not trash.restore(entry)
    assert content(key) is None


def test_a_file_that_s3_will_not_delete_is_in_both_places(
    app: Any, owner: str, key: str, monkeypatch: Any
) -> None:
    """Then the deletion fails, and the image is still there."""
    image = arrive(app, key)
    refuse_deletion(monkeypatch, key)
    with pytest.raises(Exception, match="AccessDenied"):
        remove.discard(image)
    assert (content(key), in_trash(owner), read(key).state) == (FIRST, [FIRST], "ready")


def test_a_ticket_whose_upload_just_arrived_goes_to_the_trash_too(app: Any, owner: str, key: str) -> None:
    """It is deleted before it is processed: its event then finds a tombstone."""
    image = images.expect(keys.image_id(settings().images_bucket, key), owner, key)
    put(key, FIRST)
    remove.discard(image)
    delivery.deliver(app)
    assert (content(key), in_trash(owner), read(key).state) == (None, [FIRST], "removed")
