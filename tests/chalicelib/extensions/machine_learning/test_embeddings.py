"""An image gets its vector from its pixels alone, within the budget, and no failure costs other findings."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from chalicelib import aws as clients
from chalicelib.config import settings
from chalicelib.db import images, spending
from chalicelib.extensions.machine_learning import paid
from chalicelib.offline import provisioning
from chalicelib.processing import remove
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_recognize import get, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.db.annotation_codec import Findings
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


@pytest.mark.medium
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


@pytest.mark.medium
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


@pytest.mark.medium
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


@pytest.mark.medium
def test_an_upload_may_ask_to_stay_here(server: Server, bench: Bench) -> None:
    """As for every service."""
    image_id = bench.put(plain(RED), recognition="local")
    settle(bench)
    assert (server.asked, findings(bench, image_id).skipped) == ([], {"embedding": "upload"})
    images.touch(image_id)
    settle(bench)
    assert server.asked == []


@pytest.mark.medium
@pytest.mark.parametrize("action", ["InvokeModel", "PutVectors"])
def test_an_outage_costs_no_findings(server: Server, models: Models, bench: Bench, action: str) -> None:
    """One more attempt comes by the queue, then a `reindex` may; a model that failed is not paid."""
    server.failures[action] = [(503, "ServiceUnavailableException")] * 4
    image_id = bench.put(plain(RED))
    assert failing(bench) != []
    found = findings(bench, image_id)
    cost = 60 if action == "PutVectors" else 0
    assert ([one.kind for one in found.found], found.skipped, found.cost) == (
        ["text"],
        {"embedding": "unavailable"},
        cost,
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


@pytest.mark.medium
def test_a_refusal_does_not_come_again_by_itself(server: Server, bench: Bench) -> None:
    """Such as one that lacks a permission."""
    server.failures["InvokeModel"] = [(403, "AccessDeniedException")]
    image_id = made(bench)
    assert (findings(bench, image_id).skipped, server.vectors) == ({"embedding": "refused"}, {})


@pytest.mark.medium
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


def test_both_requests_take_twelve_seconds_at_most(aws: str) -> None:
    """With a second between two attempts at the embedding: less than the function keeps in reserve."""
    from chalicelib.events import recognition

    assert (clients.HURRIED["bedrock-runtime"], clients.HURRIED["s3vectors"]) == ((1, 3, 1), (1, 2, 1))
    assert paid.PAUSE_SECONDS == 1
    assert (1 + 3) * 2 + 1 + (1 + 2) == 12
    assert recognition.RESERVE_SECONDS > 12
