"""No vector outlives its image, content or note: not of a run that was killed, late, or without an answer."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib import storage
from chalicelib.db import accounts, annotation_codec, images
from chalicelib.db.annotation_codec import Decisions
from chalicelib.extensions.machine_learning import recognition_switch, recognize, vectors
from chalicelib.processing import delete_account, remove
from tests import delivery
from tests.chalicelib.extensions.machine_learning.test_embeddings import (
    BLUE,
    RED,
    failing,
    findings,
    made,
    name_of,
    server,
    settle,
)
from tests.chalicelib.extensions.machine_learning.test_recognize import LONG, get, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chalicelib.extensions.machine_learning.conftest import Bench, Models
    from tests.embeddings import Server

__all__ = ["server"]


def gone(bench: Bench, image_id: str) -> None:
    storage.delete([get(image_id).key])
    delivery.deliver(bench.app)


def deleted(bench: Bench, image_id: str) -> None:
    remove.remove(get(image_id))
    delivery.deliver(bench.app)


def trashed(bench: Bench, image_id: str) -> None:
    remove.discard(get(image_id))
    delivery.deliver(bench.app)


def stopped(bench: Bench, image_id: str) -> None:
    image = get(image_id)
    decisions = annotation_codec.pack_decisions(Decisions(image.sha256, stopped=True))
    assert images.edit(image, {"annotations": None, "decisions": decisions})


def switched_off(bench: Bench, image_id: str) -> None:
    accounts.standing(bench.owner)
    accounts.change(bench.owner, recognition=False)
    assert recognition_switch.apply_recognition({"owner": bench.owner}) is None


def account_deleted(bench: Bench, image_id: str) -> None:
    """Do the first round of the job, in which the images go."""
    accounts.standing(bench.owner)
    left: dict[str, Any] | None = {"owner": bench.owner, "username": bench.owner}
    while left is not None and "not_before" not in left:
        left = delete_account.delete_account(left)
    delivery.deliver(bench.app)


def broken(bench: Bench, image_id: str) -> None:
    """Another object comes under the key, which is no image."""
    bench.put(b"no image")


@pytest.mark.medium
@pytest.mark.parametrize("end", [gone, deleted, trashed, stopped, switched_off, account_deleted])
def test_no_vector_outlives_what_it_is_of(server: Server, bench: Bench, end: Callable[[Bench, str], None]) -> None:
    """Removed from the bucket, by the API, without annotations, with recognition off, with the account."""
    stays = made(bench, plain(BLUE), "stays.png") if end not in (switched_off, account_deleted) else None
    image_id = made(bench)
    end(bench, image_id)
    settle(bench)
    assert list(server.vectors) == ([name_of(stays)] if stays else [])
    assert server.actions.count("DeleteVectors") == 1


@pytest.mark.medium
def test_a_broken_object_takes_the_vector_along_once_another_has_come(server: Server, bench: Bench) -> None:
    """A failed record keeps its annotations: the same content again has its vector, another one its own."""
    image_id = made(bench)
    first = name_of(image_id)
    broken(bench, image_id)
    settle(bench)
    assert vectors.key_of(get(image_id)) is None
    bench.put(plain(RED))
    settle(bench)
    assert list(server.vectors) == [first]
    assert vectors.key_of(get(image_id)) == first
    broken(bench, image_id)
    bench.put(plain(BLUE))
    settle(bench)
    assert list(server.vectors) == [name_of(image_id)] != [first]


@pytest.mark.medium
def test_a_deletion_in_the_meantime_leaves_none(
    server: Server, models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vector is put, and its record is gone: the run deletes its own."""
    image_id = bench.put(plain(RED))
    (message,) = bench.waiting()
    real = vectors.put

    def put(*given: Any) -> None:
        real(*given)
        storage.delete([get(image_id).key])
        delivery.deliver(bench.app)

    monkeypatch.setattr(vectors, "put", put)
    assert delivery.give(bench.app, message, function="recognize") == []
    assert server.vectors == {}


@pytest.mark.medium
def test_a_killed_run_leaves_none(
    server: Server, models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between vector and note, then deleted, or switched off: the change or the next attempt clears it."""
    image_id = bench.put(plain(RED))
    (message,) = bench.waiting()

    def killed(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(images, "annotate", killed)
        with pytest.raises(SystemExit):
            recognize.recognize(image_id, time.monotonic() + LONG)
    assert list(server.vectors) == [name_of(image_id)]
    accounts.standing(bench.owner)
    accounts.change(bench.owner, recognition=False)
    message["attributes"]["ApproximateReceiveCount"] = "2"
    assert delivery.give(bench.app, message, function="recognize") == []
    assert server.vectors == {}
    accounts.change(bench.owner, recognition=None)
    with monkeypatch.context() as patched:
        patched.setattr(images, "annotate", killed)
        with pytest.raises(SystemExit):
            recognize.recognize(image_id, time.monotonic() + LONG)
    assert len(server.vectors) == 1
    gone(bench, image_id)
    settle(bench)
    assert server.vectors == {}


def lost(*_: Any) -> None:
    """Raise the error of a request whose answer did not arrive."""
    raise ReadTimeoutError(endpoint_url="https://s3vectors.us-east-1.api.aws")


@pytest.mark.medium
def test_annotations_deleted_during_a_run_stay_deleted(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their owner deletes them after the vector is put, and before the findings are written."""
    image_id = bench.put(plain(RED))
    (message,) = bench.waiting()
    real = vectors.put

    def put(*given: Any) -> None:
        real(*given)
        stopped(bench, image_id)

    monkeypatch.setattr(vectors, "put", put)
    assert delivery.give(bench.app, message, function="recognize") == []
    assert server.vectors == {}
    settle(bench)
    image = get(image_id)
    assert (image.annotations, server.vectors) == (None, {})
    decisions = annotation_codec.decisions_of(image.decisions, image.sha256)
    assert decisions == Decisions(image.sha256, (), stopped=True)


@pytest.mark.medium
def test_a_vector_put_after_a_deletion_goes_though_its_answer_was_lost(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message that the deletion sent was done with before the vector was there: the run deletes its own."""
    image_id = bench.put(plain(RED))
    (message,) = bench.waiting()
    real = vectors.put

    def put(*given: Any) -> None:
        gone(bench, image_id)
        settle(bench)
        real(*given)
        lost()

    monkeypatch.setattr(vectors, "put", put)
    delivery.give(bench.app, message, function="recognize")
    assert server.actions.count("PutVectors") == 1
    assert server.vectors == {}


@pytest.mark.medium
@pytest.mark.parametrize("end", [stopped, switched_off])
def test_a_vector_whose_note_is_lacking_goes_with_the_findings(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch, end: Callable[[Bench, str], None]
) -> None:
    """It was put in both attempts, and neither had an answer."""
    image_id = bench.put(plain(RED))
    real = vectors.put
    monkeypatch.setattr(vectors, "put", lambda *given: lost(real(*given)))
    assert failing(bench) != []
    images.touch(image_id)
    bench.follow()
    assert failing(bench, count=2) == []
    found = findings(bench, image_id)
    assert ("embedding" in found.models, found.skipped) == (False, {"embedding": "unavailable"})
    assert list(server.vectors) == [name_of(image_id)]
    end(bench, image_id)
    settle(bench)
    assert (server.vectors, get(image_id).annotations) == ({}, None)


@pytest.mark.medium
def test_a_vector_of_a_killed_run_goes_where_there_were_no_findings(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another attempt: the owner's decision that nobody looks again asks for its deletion, once."""
    image_id = bench.put(plain(RED))
    (message,) = bench.waiting()
    with monkeypatch.context() as patched:
        patched.setattr(images, "annotate", lambda *_: sys.exit())
        with pytest.raises(SystemExit):
            delivery.give(bench.app, message, function="recognize")
    assert list(server.vectors) == [name_of(image_id)]
    assert images.edit(get(image_id), {"title": "A title"})
    bench.follow()
    assert bench.waiting() == []
    stopped(bench, image_id)
    settle(bench)
    assert server.vectors == {}
    assert images.edit(get(image_id), {"title": "Another title"})
    bench.follow()
    assert bench.waiting() == []


@pytest.mark.medium
def test_recognition_off_takes_the_vector_of_a_failed_image(server: Server, bench: Bench) -> None:
    """And its findings, which it would have kept for the same content."""
    image_id = made(bench)
    broken(bench, image_id)
    settle(bench)
    assert (get(image_id).state, len(server.vectors)) == ("failed", 1)
    switched_off(bench, image_id)
    settle(bench)
    assert (get(image_id).state, get(image_id).annotations, server.vectors) == ("failed", None, {})


@pytest.mark.medium
def test_a_late_message_deletes_no_vector_that_is_back(server: Server, bench: Bench) -> None:
    """The same content under the same key again: what the record notes stays, what a run is to make as well."""
    image_id = made(bench)
    content = get(image_id).sha256
    recognize.forget_vector(image_id, content)
    assert list(server.vectors) == [name_of(image_id)]
    assert images.annotate(get(image_id), {"annotations": None})
    recognize.forget_vector(image_id, content)
    assert list(server.vectors) == [name_of(image_id)]
    stopped(bench, image_id)
    recognize.forget_vector(image_id, content)
    recognize.forget_vector(image_id, content)
    assert server.vectors == {}


@pytest.mark.medium
def test_a_failed_deletion_comes_again(server: Server, bench: Bench) -> None:
    """By the queue."""
    image_id = made(bench)
    gone(bench, image_id)
    bench.follow()
    server.failures["DeleteVectors"] = [(503, "ServiceUnavailableException")]
    (message,) = bench.waiting()
    assert delivery.give(bench.app, message, function="recognize") != []
    assert len(server.vectors) == 1
    assert delivery.give(bench.app, message, function="recognize") == []
    assert server.vectors == {}
