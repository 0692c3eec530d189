"""A server that answers as Amazon Bedrock and Amazon S3 Vectors are documented to: moto lacks model and queries.

The model knows colours alone: a picture is its mean colour, and a text the sum of the colours that it names.
Vectors are compared one by one. Sources: Amazon Bedrock User Guide, "Amazon Titan Multimodal Embeddings G1";
Amazon S3 API Reference, PutVectors, DeleteVectors, QueryVectors.
"""

from __future__ import annotations

import base64
import io
import math
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from PIL import Image

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import Spending
from tests import local_service
from tests.local_service import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    import pytest

MODEL = "amazon.titan-embed-image-v1"
INDEX = "arn:aws:s3vectors:us-east-1:123456789012:bucket/janus-test-vectors/index/janus-test"
COLOURS = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}
DIMENSION = 1024
DOLLAR = 1_000_000


class Asked(NamedTuple):
    """One request: its action, and its body."""

    action: str
    body: dict[str, Any]


class Server:
    """The vectors that are stored, and the requests that were sent; a test may have some fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.asked: list[Asked] = []
        self.vectors: dict[str, dict[str, Any]] = {}  # of the stage's index
        self.indexes = {INDEX: self.vectors}  # a test may add another
        self.failures: dict[str, list[tuple[int, str]]] = {}  # statuses and codes by action, of the next requests
        self.embeddings: list[Any] = []  # that the next requests are answered with
        self.page = DIMENSION  # vectors in one answer of a query
        self.silent: set[str] = set()  # actions that have no answer while the server runs
        self.ended = threading.Event()

    def change(self, **values: Any) -> None:
        """Set settings of the stage."""
        for name, value in values.items():
            self._monkeypatch.setitem(vars(settings()), name, value)

    @property
    def actions(self) -> list[str]:
        """The actions that were asked for, in their order."""
        return [one.action for one in self.asked]

    def answer(self, path: str, _headers: Message, body: dict[str, Any]) -> Answer:
        """Return the answer to a request."""
        action = "InvokeModel" if path.endswith("/invoke") else path[1:]
        self.asked.append(Asked(action, body))
        if action in self.silent:
            self.ended.wait()
        if self.failures.get(action):
            status, code = self.failures[action].pop(0)
            return Answer(status, {"message": "no"}, error=code)
        if action == "InvokeModel":
            return self._embed(unquote(path), body)
        if body.get("indexArn") not in self.indexes:
            return Answer(404, {"message": "no such index"}, error="NotFoundException")
        told = {"PutVectors": self._put, "DeleteVectors": self._delete, "QueryVectors": self._query}[action](body)
        return Answer(200, told)

    def _embed(self, path: str, body: dict[str, Any]) -> Answer:
        assert path == f"/model/{MODEL}/invoke"
        assert body.pop("embeddingConfig") == {"outputEmbeddingLength": DIMENSION}
        if self.embeddings:
            return Answer(200, {"embedding": self.embeddings.pop(0)})
        if "inputImage" in body:
            with Image.open(io.BytesIO(base64.b64decode(body["inputImage"]))) as opened:
                assert opened.format == "JPEG"
                assert max(opened.size) <= 1280
                mean = opened.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
            assert isinstance(mean, tuple)
            seen = [part / 255 for part in mean]
            return Answer(200, {"embedding": _padded(seen), "inputTextTokenCount": 0})
        named = [COLOURS.get(word, (0.0, 0.0, 0.0)) for word in body["inputText"].split()]
        seen = [sum(part) for part in zip(*named, strict=True)]
        return Answer(200, {"embedding": _padded([*seen, 0.0 if any(seen) else 1.0])})

    def _put(self, body: dict[str, Any]) -> dict[str, Any]:
        for one in body["vectors"]:
            assert len(one["data"]["float32"]) == DIMENSION
            self.indexes[body["indexArn"]][one["key"]] = one
        return {}

    def _delete(self, body: dict[str, Any]) -> dict[str, Any]:
        for key in body["keys"]:
            self.indexes[body["indexArn"]].pop(key, None)
        return {}

    def _query(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = body["queryVector"]["float32"]
        near = [
            {"key": one["key"], "distance": 1 - _cosine(one["data"]["float32"], wanted)}
            for one in self.indexes[body["indexArn"]].values()
            if _holds(body["filter"], one["metadata"])
        ]
        near.sort(key=lambda one: one["distance"])
        start = int(body.get("nextToken", "0"))
        end = min(start + self.page, body["topK"])
        told = {"vectors": near[start:end], "distanceMetric": "cosine"}
        return {**told, "nextToken": str(end)} if end < min(len(near), body["topK"]) else told


def _padded(numbers: list[float]) -> list[float]:
    return numbers + [0.0] * (DIMENSION - len(numbers))


def _cosine(one: list[float], other: list[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def _holds(condition: dict[str, Any], metadata: dict[str, str]) -> bool:
    """Tell whether metadata holds to a filter: Amazon S3 User Guide, "Metadata filtering"."""
    if "$and" in condition:
        return all(_holds(part, metadata) for part in condition["$and"])
    ((name, wanted),) = condition.items()
    return metadata.get(name) == wanted["$eq"]


@contextmanager
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run both services on a free port, lead the clients there, and switch the search on, for a dollar a month."""
    service = Server(monkeypatch)
    with local_service.serve(service.answer) as address:
        for name in ("BEDROCK_RUNTIME", "S3VECTORS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", address)
        aws.client.cache_clear()
        service.change(recognition=True, embeddings=MODEL, embeddings_budget=DOLLAR)
        service.change(embeddings_cutoff=0.2, vector_index=INDEX)
        Spending(keys.spending("embeddings"), f"{keys.now():%Y-%m}").delete()
        try:
            yield service
        finally:
            service.ended.set()
            aws.client.cache_clear()
