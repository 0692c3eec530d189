"""Recognition switched on, with two plain models in place of those that a machine may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import annotation_codec, images, keys
from image_processing import recognition
from image_processing.recognition.types import Annotation, Box
from tests import delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.db.annotation_codec import Findings


class Models:
    """Models that read the colours of a picture's corners: a text for each, and a face on a dark one."""

    def __init__(self) -> None:
        self.models = {"text": "reader/1", "face": "finder/1"}
        self.here = frozenset(self.models)
        self.runs: list[list[str]] = []
        self.sizes: list[tuple[int, ...]] = []

    def recognize(self, pixels: Any, kinds: Iterable[str]) -> list[Annotation]:
        """Return the first pixel as a text, and a face where the picture is dark."""
        kinds = list(kinds)
        self.runs.append(kinds)
        self.sizes.append(pixels.shape)
        found = []
        if "text" in kinds:
            value = "#{:02x}{:02x}{:02x}".format(*(int(part) for part in pixels[0, 0]))
            version = self.models["text"].partition("/")[2]
            found.append(
                Annotation("text", value, 0.9, Box(0.0, 0.0, 0.5, 0.5), "reader", version, "en", {"n": 1})
            )
        if "face" in kinds and pixels.mean() < 64:
            found.append(Annotation("face", "", 0.8, Box(-0.1, 0.25, 0.5, 1.5), "finder", "1"))
        return found


@pytest.fixture
def models(aws: str, monkeypatch: pytest.MonkeyPatch) -> Models:
    """Switch recognition on, with these models."""
    made = Models()
    monkeypatch.setitem(settings().__dict__, "recognition", True)
    monkeypatch.setattr(recognition, "MODELS", made.models)
    monkeypatch.setattr(recognition, "available", lambda: made.here)
    monkeypatch.setattr(recognition, "recognize", made.recognize)
    return made


class Bench:
    """An owner's images, and the queue of those that models are to look at."""

    def __init__(self, app: Any, owner: str, follow: Any) -> None:
        self.app, self.owner, self.follow = app, owner, follow

    def put(
        self, data: bytes, name: str = "photo.png", profile: str | None = None, recognition: str | None = None
    ) -> str:
        """Put an object, have it read and its record followed; return its image's id."""
        key = f"uploads/{self.owner}/{name}"
        storage.put(key, data, "image/png", storage.Noted(profile, recognition=recognition))
        delivery.deliver(self.app)
        self.follow()
        return keys.image_id(settings().images_bucket, key)

    def waiting(self) -> list[dict[str, Any]]:
        """Take the messages of the queue."""
        return delivery.receive(settings().recognition_queue)

    def recognize(self) -> int:
        """Give every message to the function, none of which may fail; return how many there were."""
        messages = self.waiting()
        for one in messages:
            assert delivery.give(self.app, one, function="recognize") == []
        return len(messages)

    def findings(self, image_id: str) -> Findings | None:
        """Return the findings of an image."""
        image = images.get(image_id, consistent=True)
        assert image is not None
        return annotation_codec.findings_of(image.annotations, image.sha256)


@pytest.fixture
def bench(app: Any, owner: str, stream: Any) -> Bench:
    """Return an owner's images."""
    return Bench(app, owner, stream)
