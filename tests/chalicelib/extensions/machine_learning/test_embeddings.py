"""A vector follows its image: one for each content that is there, none of what is gone, within the budget."""

from __future__ import annotations

import io
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from PIL import Image

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, spending
from chalicelib.db.annotation_codec import Decisions, Findings
from chalicelib.extensions.machine_learning import account, pending, recognize, vectors
from chalicelib.offline import provisioning
from chalicelib.processing import delete_account, remove
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_recognize import LONG, get, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.chalicelib.extensions.machine_learning.conftest import Bench, Models
    from tests.embeddings import Server

NOTE = "amazon.titan-embed-image-v1/da44d055"  # sha256sum of the index's ARN, its first eight digits
RED, BLUE = "#ff0000", "#0000ff"


@pytest.fixture
def server(models: Models, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Switch search by meaning on."""
    with embeddings.serve(monkeypatch) as running:
        yield running


def findings(bench: Bench, image_id: str) -> Findings:
    found = bench.findings(image_id)
    assert found is not None
    return found


def settle(bench: Bench) -> None:
    """Follow changes, and do what they ask for, until nothing is left."""
    bench.follow()
    while bench.recognize():
        bench.follow()


def made(bench: Bench, data: bytes = plain(RED), name: str = "photo.png") -> str:
    """Return an image that has its vector."""
    image_id = bench.put(data, name)
    settle(bench)
    return image_id


def name_of(image_id: str) -> str:
    """Return the name of the vector of an image as it is now."""
    return f"{image_id}.{get(image_id).sha256[:32]}"


def failing(bench: Bench, count: int = 1) -> list[str]:
    """Give the one message that waits to the function as its attempt of that number; return those that failed."""
    (message,) = bench.waiting()
    message["attributes"]["ApproximateReceiveCount"] = str(count)
    return delivery.give(bench.app, message, function="recognize")


def test_an_image_gets_one_vector(server: Server, models: Models, bench: Bench) -> None:
    """After the models here; its findings note model and index, and the price."""
    image_id = made(bench)
    assert server.actions == ["InvokeModel", "PutVectors"]
    (vector,) = server.vectors.values()
    assert vector["key"] == name_of(image_id)
    assert vector["metadata"] == {"owner": bench.owner, "model": "amazon.titan-embed-image-v1"}
    assert vector["data"]["float32"][:4] == pytest.approx([1, 0, 0, 0], abs=0.02)
    found = findings(bench, image_id)
    assert found.models == {"text": "reader/1", "face": "finder/1", "embedding": NOTE}
    assert (found.skipped, found.cost, spending.spent("embeddings")) == ({}, 60, 60)
    assert [one.kind for one in found.found] == ["text"]
    images.touch(image_id)
    settle(bench)
    assert len(server.asked) == 2  # nothing is left to do


def test_the_pixels_alone_are_sent(server: Server, bench: Bench) -> None:
    """Upright and reduced, without the file's metadata: the stand-in checks size and format."""
    picture = Image.new("RGB", (2000, 900), RED)
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif)
    made(bench, file.getvalue())
    (sent, _) = server.asked
    assert sent.body.keys() == {"inputImage"}


def test_a_stage_makes_none_unless_it_says_so(server: Server, bench: Bench) -> None:
    """And no budget and no index are needed then; images of before get theirs by a `reindex` once it does."""
    server.change(embeddings="")
    for name in ("embeddings_budget", "vector_index"):
        del vars(settings())[name]
    image_id = made(bench)
    assert (server.asked, findings(bench, image_id).skipped) == ([], {})
    remove.remove(get(image_id))
    settle(bench)
    other = made(bench, plain(BLUE), "other.png")
    server.change(embeddings=embeddings.MODEL, embeddings_budget=60, vector_index=embeddings.INDEX)
    images.touch(other)
    settle(bench)
    assert list(server.vectors) == [name_of(other)]
    assert findings(bench, other).cost == 60


def test_offline_it_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says: moto has no model."""
    monkeypatch.setenv("JANUS_EMBEDDINGS", embeddings.MODEL)
    assert provisioning.environment("", provisioning.Client("", "", ""))["JANUS_EMBEDDINGS"] == ""


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
    """A note of an index that was deleted counts for nothing."""
    image_id = made(bench)
    findings_before = findings(bench, image_id)
    server.change(vector_index=embeddings.INDEX + "-2")
    assert vectors.key_of(get(image_id)) is None
    assert pending.unasked(get(image_id)) == ("embedding",)
    server.change(vector_index=embeddings.INDEX)
    assert vectors.key_of(get(image_id)) == name_of(image_id)
    assert findings_before.models["embedding"] == NOTE


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


def lost(*_: Any) -> None:
    """Raise the error of a request whose answer did not arrive."""
    raise ReadTimeoutError(endpoint_url="https://s3vectors.us-east-1.api.aws")


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


def test_recognition_off_takes_the_vector_of_a_failed_image(server: Server, bench: Bench) -> None:
    """And its findings, which it would have kept for the same content."""
    image_id = made(bench)
    broken(bench, image_id)
    settle(bench)
    assert (get(image_id).state, len(server.vectors)) == ("failed", 1)
    switched_off(bench, image_id)
    settle(bench)
    assert (get(image_id).state, get(image_id).annotations, server.vectors) == ("failed", None, {})


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


def test_a_spent_budget_makes_no_more(server: Server, models: Models, bench: Bench) -> None:
    """The models here go on; a larger one makes those that are missing."""
    server.change(embeddings_budget=119)
    made(bench)
    other = made(bench, plain(BLUE), "other.png")
    found = findings(bench, other)
    assert (found.skipped, found.cost, len(found.found)) == ({"embedding": "budget"}, 0, 1)
    assert (len(server.vectors), spending.spent("embeddings")) == (1, 60)
    server.change(embeddings_budget=120)
    images.touch(other)
    settle(bench)
    assert (findings(bench, other).skipped, spending.spent("embeddings")) == ({}, 120)
    assert len(server.vectors) == 2


def test_an_upload_may_ask_to_stay_here(server: Server, bench: Bench) -> None:
    """As for every service."""
    image_id = bench.put(plain(RED), recognition="local")
    settle(bench)
    assert (server.asked, findings(bench, image_id).skipped) == ([], {"embedding": "upload"})
    images.touch(image_id)
    settle(bench)
    assert server.asked == []


@pytest.mark.parametrize("action", ["InvokeModel", "PutVectors"])
def test_an_outage_costs_no_findings(server: Server, models: Models, bench: Bench, action: str) -> None:
    """One more attempt comes by the queue, then a `reindex` may; a model that failed is not paid."""
    server.failures[action] = [(503, "ServiceUnavailableException")] * 4
    image_id = bench.put(plain(RED))
    assert failing(bench) != []
    found = findings(bench, image_id)
    paid = 60 if action == "PutVectors" else 0
    assert ([one.kind for one in found.found], found.skipped, found.cost) == (
        ["text"],
        {"embedding": "unavailable"},
        paid,
    )
    images.touch(image_id)
    bench.follow()
    assert failing(bench, count=2) == []
    server.failures.clear()
    images.touch(image_id)
    settle(bench)
    found = findings(bench, image_id)
    assert (found.skipped, found.models["embedding"], len(server.vectors)) == ({}, NOTE, 1)
    assert len(models.runs) == 1


def test_a_refusal_does_not_come_again_by_itself(server: Server, bench: Bench) -> None:
    """Such as one that lacks a permission."""
    server.failures["InvokeModel"] = [(403, "AccessDeniedException")]
    image_id = made(bench)
    assert (findings(bench, image_id).skipped, server.vectors) == ({"embedding": "refused"}, {})


@pytest.mark.parametrize("embedding", [[0.5] * 1023, [float("inf")] * 1024, "text", None])
def test_an_answer_of_another_shape_is_no_vector(server: Server, bench: Bench, embedding: Any) -> None:
    """The findings of the models here are written."""
    server.embeddings = [embedding]
    image_id = made(bench)
    assert (findings(bench, image_id).skipped, server.actions) == ({"embedding": "refused"}, ["InvokeModel"])


def test_nothing_is_asked_after_the_deadline(server: Server, bench: Bench) -> None:
    """The rest of the function's time is for the results."""
    import numpy as np

    from chalicelib.extensions.machine_learning import embeddings as asked

    image_id = bench.put(plain(RED))
    pixels = np.zeros((90, 90, 3), "uint8")
    assert asked.remember(get(image_id), pixels, 0.0).skipped == {"embedding": "unavailable"}
    assert server.asked == []
    bench.waiting()


def test_both_requests_take_twelve_seconds_at_most() -> None:
    """With botocore's second between two attempts: less than the function keeps in reserve."""
    waits = [clients.HURRIED[name] for name in ("bedrock-runtime", "s3vectors")]
    assert sum((connect + answer) * attempts + attempts - 1 for connect, answer, attempts in waits) == 12


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
