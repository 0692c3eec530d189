"""The sweep finds objects without an event, and leaves known ones alone."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import aws, storage
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.events import sweep
from chalicelib.processing import remove
from tests import delivery, samples
from tests.histories import change_account

pytestmark = pytest.mark.usefixtures("aws")
EVENT = {
    "version": "0", "account": "1", "region": "us-east-1", "detail": {}, "detail-type": "Scheduled Event",
    "source": "aws.events", "time": "2026-01-09T12:00:00Z", "id": "1", "resources": [],
}  # fmt: skip


def run(app: Any, milliseconds: int = 60_000) -> dict[str, int]:
    context = SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: milliseconds)
    answer: dict[str, int] = app.handler_map["sweep"](EVENT, context)
    return answer


def put(key: str, data: bytes) -> None:
    aws.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=data)


def settle(app: Any) -> None:
    """Bring the bucket, which other tests use too, to a state without missing events: their leftovers go."""
    storage.delete_prefix("")
    delivery.receive()
    assert run(app)["queued"] == 0


def read(key: str) -> Any:
    return images.get(keys.image_id(settings().images_bucket, key), consistent=True)


@pytest.mark.medium
def test_an_object_whose_event_was_lost_gets_its_record(app: Any, key: str) -> None:
    """An object in the bucket is found, queued once, and known from then on."""
    settle(app)
    put(key, samples.jpeg())
    delivery.receive()
    assert run(app)["queued"] == 1
    delivery.deliver(app)
    assert read(key).state == "ready"
    assert run(app)["queued"] == 0


@pytest.mark.medium
def test_an_upload_through_a_ticket_whose_event_was_lost_gets_its_record(app: Any, owner: str, key: str) -> None:
    """The ticket's item stands for the image by then, and knows nothing of its object."""
    settle(app)
    images.expect(keys.image_id(settings().images_bucket, key), owner, key)
    put(key, samples.jpeg())
    delivery.receive()
    assert run(app)["queued"] == 1
    delivery.deliver(app)
    assert read(key).state == "ready"


@pytest.mark.medium
def test_an_overwrite_whose_event_was_lost_is_found(app: Any, key: str) -> None:
    """A record of older bytes is brought up to date, within the same second too."""
    settle(app)
    put(key, samples.jpeg(seed=1))
    delivery.deliver(app)
    newer = samples.jpeg(seed=2)
    put(key, newer)
    delivery.receive()
    assert run(app)["queued"] == 1
    delivery.deliver(app)
    assert read(key).sha256 == hashlib.sha256(newer).hexdigest()
    assert run(app)["queued"] == 0


@pytest.mark.medium
def test_an_event_that_was_only_late_still_counts(app: Any, key: str) -> None:
    """After the sweep was faster, the real event leads to the same record."""
    settle(app)
    put(key, samples.jpeg())
    late = delivery.receive()
    run(app)
    delivery.deliver(app)
    assert delivery.give(app, *late) == []
    assert read(key).state == "ready"
    assert run(app)["queued"] == 0


def test_a_deletion_is_not_undone(app: Any, key: str) -> None:
    """A removed image has no object, and so the sweep sees nothing of it."""
    settle(app)
    put(key, samples.jpeg())
    delivery.deliver(app)
    remove.remove(read(key))
    delivery.deliver(app)
    assert run(app)["queued"] == 0
    assert read(key).state == "removed"


@pytest.mark.medium
def test_an_upload_lost_after_a_deletion_is_found(app: Any, key: str) -> None:
    """A tombstone does not hide a newer object."""
    settle(app)
    put(key, samples.jpeg())
    delivery.deliver(app)
    remove.remove(read(key))
    put(key, samples.jpeg())
    delivery.receive()
    assert run(app)["queued"] == 1
    delivery.deliver(app)
    assert read(key).state == "ready"


@pytest.mark.medium
def test_objects_of_an_inactive_account_are_passed_over(app: Any, owner: str) -> None:
    """Neither queued nor deleted: they are found once the account is active again."""
    settle(app)
    change_account(owner, state="disabled")
    put(f"uploads/{owner}/lost.jpg", samples.jpeg())
    put(f"uploads/{owner}-active/lost.jpg", samples.jpeg())
    delivery.receive()
    assert run(app) == {"seen": 2, "queued": 1, "inactive": 1}
    delivery.deliver(app)
    assert storage.find(f"uploads/{owner}/lost.jpg") is not None
    assert read(f"uploads/{owner}/lost.jpg") is None
    change_account(owner, state="active")
    assert run(app) == {"seen": 2, "queued": 1, "inactive": 0}
    delivery.deliver(app)
    assert read(f"uploads/{owner}/lost.jpg").state == "ready"


def test_a_failed_image_is_settled_too(app: Any, key: str) -> None:
    """A fault of a file is not mended by looking again."""
    settle(app)
    put(key, b"no image")
    delivery.deliver(app)
    assert run(app)["queued"] == 0


@pytest.mark.medium
def test_a_run_that_ends_early_is_continued_by_the_next(app: Any, owner: str, monkeypatch: Any) -> None:
    """The marker in the bucket says where."""
    settle(app)
    monkeypatch.setattr(sweep, "BATCH", 2)
    for number in range(3):
        put(f"uploads/{owner}/{number}.jpg", samples.jpeg())
    delivery.receive()
    total = len(list(storage.list_objects(keys.UPLOADS)))
    first = run(app, milliseconds=1)
    assert first["seen"] == 2
    assert storage.read_small(sweep.MARKER)
    second = run(app)
    assert first["seen"] + second["seen"] == total
    assert storage.read_small(sweep.MARKER) is None
    assert first["queued"] + second["queued"] == 3
    delivery.deliver(app)
