"""Vectors lie in the stage's index: one for each content of an image, in the protocol of AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from chalicelib.config import settings
from chalicelib.db import images
from chalicelib.extensions.machine_learning import pending, vectors
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_embeddings import (
    BLUE,
    findings,
    made,
    name_of,
    server,
    settle,
)
from tests.chalicelib.extensions.machine_learning.test_recognize import get, plain

if TYPE_CHECKING:
    from tests.chalicelib.extensions.machine_learning.conftest import Bench
    from tests.embeddings import Server

__all__ = ["server"]


@pytest.mark.medium
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


@pytest.mark.medium
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


def test_a_change_that_cannot_be_read_blocks_no_shard(server: Server) -> None:
    """Its vectors are left; nothing is raised."""
    item = {"image_id": {"S": "a" * 26}, "state": {"S": "ready"}, "sha256": {"N": "1"}, "annotations": {"S": "x"}}
    record = {"dynamodb": {"OldImage": item, "SequenceNumber": "1"}}
    assert pending.request_changed([record]) == 0
    assert delivery.receive(settings().recognition_queue) == []


@pytest.mark.medium
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
