"""A record outlives later events: removals of other versions, and failures of the environment."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest

from chalicelib import storage
from chalicelib.db import document_codec, images, keys
from chalicelib.processing import decide, ingest, s3_events
from tests import delivery
from tests.histories import FIRST, SECOND, act, derived, last_attempt, put, read, removal, remove

pytestmark = pytest.mark.usefixtures("aws")
EDITS = {"title": "Harbour", "tags": {"sea", "boats"}, "visibility": "public"}


def arrive(app: Any, key: str, data: bytes = FIRST) -> Any:
    """Upload a file, have it processed, and let its owner write on it; return the record."""
    put(key, data)
    delivery.deliver(app)
    assert images.edit(read(key), EDITS)
    return read(key)


def again(image: Any) -> dict[str, Any]:
    """Return the message that has an image processed again."""
    return delivery.message(s3_events.compose(image.key, keys.order_after(image.sequencer), keys.now()))


def written(image: Any) -> dict[str, Any]:
    """Return its owner's texts."""
    return {name: getattr(image, name) for name in EDITS}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_removal_of_an_older_version_leaves_the_record_as_it_is(app: Any, key: str) -> None:
    """Its object is still there: so are document, thumbnails, edits, and since when it is shared."""
    image = arrive(app, key)
    files = derived(key)
    assert delivery.give(app, removal(key, keys.order_after(image.sequencer))) == []
    assert read(key).attribute_values == image.attribute_values
    assert derived(key) == files
    assert len(files) == 3


@pytest.mark.medium
def test_the_removal_of_the_newest_version_brings_the_one_before_it_back(app: Any, key: str) -> None:
    """The object under the key is another than the record's: it is read, and the edits stay."""
    arrive(app, key, FIRST)
    put(key, SECOND)
    delivery.deliver(app)
    image = read(key)
    put(key, FIRST)
    delivery.receive()  # S3 sends no creation of it
    assert delivery.give(app, removal(key, keys.order_after(image.sequencer))) == []
    standing = read(key)
    assert (standing.state, standing.sha256) == ("ready", digest(FIRST))
    assert (written(standing), standing.since) == (EDITS, image.since)
    assert standing.uploaded == keys.timestamp(storage.find(key).last_modified)


@pytest.mark.medium
def test_the_removal_of_a_delete_marker_brings_the_image_back(app: Any, key: str) -> None:
    """A tombstone does not outlive that its object is there again."""
    arrive(app, key)
    remove(key)
    delivery.deliver(app)
    buried = read(key)
    assert buried.state == "removed"
    put(key, FIRST)
    delivery.receive()
    assert delivery.give(app, removal(key, keys.order_after(buried.sequencer))) == []
    assert (read(key).state, read(key).sha256) == ("ready", digest(FIRST))
    assert len(derived(key)) == 3


@pytest.mark.medium
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_removals_of_old_versions_may_come_in_any_order_with_the_overwrite(
    app: Any, key: str, order: tuple[int, ...]
) -> None:
    """Late, and each of them twice: the newest object has the record, and the edits are there."""
    image = arrive(app, key)
    overwritten = act(key, "second")
    late = keys.order_after(image.sequencer)
    sent = [removal(key, late), overwritten, removal(key, keys.order_after(late))]
    for index in [*order, *reversed(order)]:
        assert delivery.give(app, sent[index]) == []
    standing = read(key)
    assert (standing.state, standing.sha256, written(standing)) == ("ready", digest(SECOND), EDITS)
    named = {item["key"] for item in document_codec.unpack(standing.document)["thumbnails"].values()}
    assert {keys.derived_prefix(standing.image_id) + path for path in derived(key)} == named


@pytest.mark.medium
def test_a_removal_older_than_the_record_changes_nothing_where_another_object_stands(app: Any, key: str) -> None:
    """The event of that object is on its way."""
    image = arrive(app, key)
    put(key, SECOND)
    (created,) = delivery.receive()
    assert delivery.give(app, removal(key, "0" * 32)) == []
    assert read(key).attribute_values == image.attribute_values
    assert delivery.give(app, created) == []
    assert (read(key).sha256, written(read(key))) == (digest(SECOND), EDITS)


def test_an_object_that_goes_while_its_removal_is_looked_at_is_buried_by_its_own_event(
    app: Any, key: str, monkeypatch: Any
) -> None:
    """The look at the bucket is as of then; what happens after it has an event of its own."""
    image = arrive(app, key)
    find = storage.find

    def removed_meanwhile(name: str) -> Any:
        found = find(name)
        remove(name)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(storage, "find", removed_meanwhile)
        assert delivery.give(app, removal(key, keys.order_after(image.sequencer))) == []
    assert read(key).state == "ready"
    delivery.deliver(app)
    assert (read(key).state, derived(key)) == ("removed", set())


def test_an_interrupted_reprocessing_keeps_what_is_known(app: Any, key: str, monkeypatch: Any) -> None:
    """The record stays ready with document, files and published copy, says both, and a redrive clears that."""
    image = arrive(app, key)
    assert images.publish(image, "derived/copy.jpg")
    before, files, sent = read(key), derived(key), again(image)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", away)
        assert delivery.give(app, last_attempt(sent)) == [sent["messageId"]]
    standing = read(key)
    assert standing.interrupted == standing.changed > before.changed
    assert standing.unsettled == keys.unsettled("failed", standing.image_id)
    kept = {**standing.attribute_values, "changed": before.changed}
    del kept["interrupted"], kept["unsettled"]
    assert kept == before.attribute_values
    assert derived(key) == files
    assert delivery.give(app, sent) == []
    mended = read(key)
    assert (mended.state, mended.interrupted, mended.unsettled, written(mended)) == ("ready", None, None, EDITS)
    assert mended.sequencer == keys.order_after(image.sequencer)


def test_an_interrupted_look_at_a_failed_file_keeps_why_it_failed(app: Any, key: str, monkeypatch: Any) -> None:
    """A fault of a file is final."""
    put(key, b"no image")
    delivery.deliver(app)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "open_object", away)
        assert delivery.give(app, last_attempt(again(read(key)))) == ["1"]
    assert (read(key).state, read(key).code, read(key).interrupted) == (
        "failed",
        "not_an_image",
        read(key).changed,
    )


@pytest.mark.parametrize("call", ["open_object", "put"])
def test_an_interrupted_first_look_at_a_new_object_keeps_what_is_true(
    app: Any, key: str, monkeypatch: Any, call: str
) -> None:
    """Nothing is known of an object that cannot be opened, and the record stays; one that is opened is another.

    Then document and thumbnails are of one that is gone, and are not shown; what its owner wrote is.
    """
    image = arrive(app, key)
    put(key, SECOND)
    (sent,) = delivery.receive()
    with monkeypatch.context() as broken:
        broken.setattr(storage, call, away)
        assert delivery.give(app, last_attempt(sent)) == [sent["messageId"]]
    standing = read(key)
    assert (written(standing), standing.since) == (EDITS, image.since)
    if call == "open_object":
        assert (standing.state, standing.sha256, standing.interrupted) == (
            "ready",
            digest(FIRST),
            standing.changed,
        )
    else:
        assert (standing.state, standing.code, standing.size) == ("failed", decide.INTERRUPTED, len(SECOND))
        assert (standing.document, standing.sha256, standing.published) == (None, None, None)
    assert delivery.give(app, sent) == []
    assert (read(key).state, read(key).sha256, read(key).interrupted) == ("ready", digest(SECOND), None)
    assert written(read(key)) == EDITS


def test_a_newer_record_is_not_said_to_be_interrupted(app: Any, key: str, monkeypatch: Any) -> None:
    """Another worker was faster: the last attempt is about a record that is no more."""
    image = arrive(app, key)
    newer, mark = act(key, "second"), images.mark_interrupted

    def late(standing: Any) -> bool:
        assert delivery.give(app, newer) == []
        return mark(standing)

    monkeypatch.setattr(images, "mark_interrupted", late)
    monkeypatch.setattr(storage, "open_object", failing_first(storage.open_object))
    assert delivery.give(app, last_attempt(again(image))) == ["1"]
    assert (read(key).sha256, read(key).interrupted, read(key).unsettled) == (digest(SECOND), None, None)


def test_a_record_of_the_same_event_is_not_said_to_be_interrupted(app: Any, key: str, monkeypatch: Any) -> None:
    """Another worker has completed it while the last attempt began: document and thumbnails stay."""
    put(key, FIRST)
    (sent,) = delivery.receive()
    real = storage.open_object

    def after_another(*told: Any) -> Any:
        monkeypatch.setattr(storage, "open_object", real)
        assert delivery.give(app, sent) == []
        monkeypatch.setattr(storage, "put", away)
        return real(*told)

    monkeypatch.setattr(storage, "open_object", after_another)
    assert delivery.give(app, last_attempt(sent)) == [sent["messageId"]]
    assert (read(key).state, read(key).code, read(key).sha256) == ("ready", None, digest(FIRST))


@pytest.mark.parametrize("last", [False, True])
def test_the_error_that_stopped_an_attempt_is_raised(key: str, monkeypatch: Any, *, last: bool) -> None:
    """As it is, for the log."""
    put(key, FIRST)
    (sent,) = delivery.receive()
    (event,) = s3_events.parse(sent["body"])
    monkeypatch.setattr(storage, "open_object", away)
    with pytest.raises(ConnectionError, match="S3 is away"):
        ingest.process(event, last_attempt=last)


def away(*_arguments: Any, **_named: Any) -> None:
    """Fail as while the world is away."""
    raise ConnectionError("S3 is away")


def failing_first(real: Any) -> Any:
    """Return a function whose first call fails."""
    calls = itertools.count()
    return lambda *told: real(*told) if next(calls) else away()
