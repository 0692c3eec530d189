"""A server that answers as Amazon Rekognition is documented to: moto lacks one of three actions, and never fails.

Source: Amazon Rekognition API Reference, "Request syntax" and "Response syntax" of each action.
"""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import local_service
from tests.local_service import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

MODERATED = {
    "ModerationLabels": [
        {"Name": "Alcoholic Beverages", "ParentName": "Alcohol", "Confidence": 99.0, "TaxonomyLevel": 2},
        {"Name": "Alcohol", "ParentName": "", "Confidence": 99.0, "TaxonomyLevel": 1},
        {"Name": "Exposed Buttocks or Anus", "ParentName": "Explicit Nudity", "Confidence": 93.5},
        {"Name": "Explicit Nudity", "ParentName": "Explicit", "Confidence": 93.25, "TaxonomyLevel": 2},
        {"Name": "Explicit", "ParentName": "", "Confidence": 93.0, "TaxonomyLevel": 1},
        {"Name": "Violence", "ParentName": "", "Confidence": 60.0, "TaxonomyLevel": 1},
    ],
    "ModerationModelVersion": "7.0",
}
LABELLED = {
    "Labels": [
        {
            "Name": "Boat",
            "Confidence": 98.5,
            "Instances": [
                {
                    "BoundingBox": {"Left": 0.1, "Top": 0.2, "Width": 0.3, "Height": 0.25},
                    "Confidence": 97.5,
                },
                {
                    "BoundingBox": {"Left": 0.75, "Top": -0.125, "Width": 0.5, "Height": 0.25},
                    "Confidence": 60.0,
                },
            ],
            "Parents": [{"Name": "Vehicle"}],
        },
        {"Name": "Harbor", "Confidence": 91.25, "Instances": [], "Parents": []},
        {"Name": "Sky", "Confidence": 55.0},
    ],
    "LabelModelVersion": "3.0",
}
READ = {
    "TextDetections": [
        {
            "DetectedText": "Fish & Chips",
            "Type": "LINE",
            "Id": 0,
            "Confidence": 99.5,
            "Geometry": {"BoundingBox": {"Left": 0.25, "Top": 0.5, "Width": 0.5, "Height": 0.125}},
        },
        {
            "DetectedText": "Fish",
            "Type": "WORD",
            "Id": 1,
            "ParentId": 0,
            "Confidence": 99.5,
            "Geometry": {"BoundingBox": {"Left": 0.25, "Top": 0.5, "Width": 0.1, "Height": 0.125}},
        },
    ],
    "TextModelVersion": "3.1",
}


class Asked(NamedTuple):
    """One request: its action, its picture as bytes, the rest of its body."""

    action: str
    picture: bytes
    options: dict[str, Any]


class Server:
    """The answers of the service, which a test may change, and the requests that it was sent."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, Any] = {
            "DetectLabels": LABELLED,
            "DetectModerationLabels": MODERATED,
            "DetectText": READ,
        }
        self.failures: list[tuple[int, str]] = []  # statuses and codes that the next requests are answered with
        self.silent = threading.Event()  # once set, requests have no answer while the server runs
        self.ended = threading.Event()

    @property
    def actions(self) -> list[str]:
        """The actions that were asked for, in their order."""
        return [one.action for one in self.asked]

    def answer(self, action: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to a request."""
        picture = base64.b64decode(body.pop("Image")["Bytes"])
        self.asked.append(Asked(action, picture, body))
        if self.silent.is_set():
            self.ended.wait()
        if self.failures:
            status, code = self.failures.pop(0)
            return status, {"__type": code, "message": "no"}
        return 200, self.answers[action]


@contextmanager
def serve() -> Iterator[tuple[Server, str]]:
    """Run the service on a free port; yield it and its address."""
    service = Server()

    def answer(_path: str, headers: Message, body: dict[str, Any]) -> Answer:
        status, told = service.answer(headers["X-Amz-Target"].partition(".")[2], body)
        return Answer(status, told, "application/x-amz-json-1.1")

    with local_service.serve(answer) as address:
        try:
            yield service, address
        finally:
            service.ended.set()
