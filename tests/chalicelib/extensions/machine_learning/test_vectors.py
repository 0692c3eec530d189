"""A vector follows its image: one for each content that is there, none of what is gone."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images
from chalicelib.db.annotation_codec import Decisions
from chalicelib.extensions.machine_learning import account, pending, recognize, vectors
from chalicelib.processing import delete_account, remove
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_embeddings import (
    BLUE,
    RED,
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


def test_another_content_gets_another_vector(server: Server, bench: Bench) -> None:
    """The old one goes; the same content again costs nothing."""
    image_id = made(bench)
    before = name_of(image_id)
    bench.put(plain(BLUE))
    settle(bench)
    assert list(server.vectors) == [name_of(image_id)] != [before]
    bench.put(plain(BLUE))
    settle(bench)
    assert list(server.vectors) == [name_of(image_id)]
    assert server.actions.count("InvokeModel") == 2


def test_another_index_is_filled_anew(server: Server, bench: Bench) -> None:
    """A note of an index that was deleted counts for nothing: the vector is made once more, in the new one."""
    image_id = made(bench)
    other = embeddings.INDEX + "-2"
    server.indexes[other] = {}
    server.change(vector_index=other)
    assert vectors.key_of(get(image_id)) is None
    for _ in range(2):
        images.touch(image_id)
        settle(bench)
        assert list(server.indexes[other]) == [name_of(image_id)]
        assert vectors.key_of(get(image_id)) == name_of(image_id)
        assert findings(bench, image_id).models["embedding"] == "amazon.titan-embed-image-v1/6df2aa31"
    assert server.actions.count("InvokeModel") == 2
    server.change(vector_index=embeddings.INDEX)
    assert vectors.key_of(get(image_id)) is None


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
    assert account.apply_recognition({"owner": bench.owner}) is None


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


@pytest.mark.parametrize("end", [gone, deleted, trashed, stopped, switched_off, account_deleted])
def test_no_vector_outlives_what_it_is_of(server: Server, bench: Bench, end: Callable[[Bench, str], None]) -> None:
    """Removed from the bucket, by the API, without annotations, with recognition off, with the account."""
    stays = made(bench, plain(BLUE), "stays.png") if end not in (switched_off, account_deleted) else None
    image_id = made(bench)
    end(bench, image_id)
    settle(bench)
    assert list(server.vectors) == ([name_of(stays)] if stays else [])
    assert server.actions.count("DeleteVectors") == 1


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


def test_a_change_that_cannot_be_read_blocks_no_shard(server: Server) -> None:
    """Its vectors are left; nothing is raised."""
    item = {"image_id": {"S": "a" * 26}, "state": {"S": "ready"}, "sha256": {"N": "1"}, "annotations": {"S": "x"}}
    record = {"dynamodb": {"OldImage": item, "SequenceNumber": "1"}}
    assert pending.request_changed([record]) == 0
    assert delivery.receive(settings().recognition_queue) == []


def test_moto_takes_and_deletes_the_same_vectors(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client speaks the protocol: this index is moto's, in the shape of AWS."""
    service = boto3.client("s3vectors", region_name="us-east-1")
    service.create_vector_bucket(vectorBucketName="janus-moto-vectors")
    service.create_index(
        vectorBucketName="janus-moto-vectors",
        indexName="janus-moto",
        dataType="float32",
        dimension=1024,
        distanceMetric="cosine",
    )
    found = service.get_index(vectorBucketName="janus-moto-vectors", indexName="janus-moto")
    index = found["index"]["indexArn"]
    monkeypatch.setitem(vars(settings()), "vector_index", index)
    monkeypatch.setitem(vars(settings()), "embeddings", embeddings.MODEL)
    image_id, content = "a" * 26, "0123456789abcdef" * 4
    key = f"{image_id}.0123456789abcdef0123456789abcdef"
    for _ in range(2):
        vectors.put(image_id, content, "ada", [0.25] * 1024)
    (vector,) = service.get_vectors(indexArn=index, keys=[key], returnData=True, returnMetadata=True)["vectors"]
    assert vector["data"]["float32"] == [0.25] * 1024
    assert vector["metadata"] == {"owner": "ada", "model": embeddings.MODEL}
    for _ in range(2):
        vectors.delete(image_id, content)
    assert service.list_vectors(indexArn=index)["vectors"] == []
    assert json.dumps(vector["key"]) == f'"{key}"'
