"""Every decision about an event: the item that stands, the object that is there, the quota."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.catalogue.index import usage
from chalicelib.db.models import Image
from chalicelib.processing import quota
from chalicelib.processing.decide import Arrived, Gone, ObjectEvent, Process, Refuse, Skip, decide, keeps
from chalicelib.storage import ObjectSummary

NOON, EVENING = datetime(2026, 11, 29, 12, tzinfo=UTC), datetime(2026, 11, 29, 18, tzinfo=UTC)
FULL = quota.Refusal("quota_exceeded", "No room.")
CAME = ObjectEvent("bucket", "uploads/o/a.jpg", "o", True, NOON, "5")
WENT = CAME._replace(created=False)


def item(state: str = "ready", order: str | None = "4", etag: str | None = "old", **more: Any) -> Image:
    return Image("image", owner="o", key=CAME.key, state=state, sequencer=order, etag=etag, size=100, **more)


def there(etag: str = "new", size: int = 100) -> ObjectSummary:
    return ObjectSummary(CAME.key, size, etag, EVENING)


TICKET = item("expected", None, None)
TOMBSTONE = item("removed", "4", None)
REFUSED = item("failed", "5", "new", code="quota_exceeded")
INTERRUPTED = item("failed", "5", None, code="interrupted")


@pytest.mark.parametrize(
    ("standing", "event", "stored", "expected"),
    [
        # an object has come
        (None, CAME, there(), Process()),
        (TICKET, CAME, there(), Process()),
        (TOMBSTONE, CAME, there(), Process()),
        (item(), CAME, there(), Process()),
        (item(order="5"), CAME, there(), Skip("event_outdated", "5")),  # told again
        (item(order="6"), CAME, there(), Skip("event_outdated", "6")),
        (item("removed", "6", None), CAME, there(), Skip("event_outdated", "6")),
        (INTERRUPTED, CAME, there(), Process()),  # tried again
        (item("failed", "6", None, code="interrupted"), CAME, there(), Skip("event_outdated", "6")),
        (REFUSED, CAME, there(), Skip("event_outdated", "5", expel=True)),  # perhaps not yet in the trash
        (item("failed", "6", "x", code="quota_exceeded"), CAME, there(), Skip("event_outdated", "6")),
        (None, CAME, None, Skip("object_gone")),
        (item(), CAME, None, Skip("object_gone")),
        # an object has gone
        (None, WENT, None, Gone()),
        (item(), WENT, None, Gone()),
        (item(order="6"), WENT, None, Gone()),  # the condition of the write knows better
        (REFUSED, WENT, None, Skip("refused_object_gone")),
        (item(etag="new"), WENT, there("new"), Skip("older_version_removed")),
        (item(etag="old"), WENT, there("new"), Arrived(CAME._replace(time=EVENING))),
        (None, WENT, there("new"), Arrived(CAME._replace(time=EVENING))),
        (REFUSED, WENT, there("new"), Arrived(CAME._replace(time=EVENING))),
    ],
)
def test_with_room_for_all(
    standing: Image | None, event: ObjectEvent, stored: ObjectSummary | None, expected: Any
) -> None:
    """The newest event wins, and a removal says nothing of another version."""
    assert decide(standing, event, lambda: stored, lambda _: None) == expected


@pytest.mark.parametrize(
    ("standing", "stored", "asked"),
    [
        (None, there(size=100), usage.Amount(1, 100)),
        (TICKET, there(size=100), usage.Amount(1, 100)),
        (TOMBSTONE, there(size=100), usage.Amount(1, 100)),
        (item("failed", "4", "x", code="quota_exceeded"), there(size=100), usage.Amount(1, 100)),
        (item("failed", "4", "x", code="corrupt"), there(size=101), usage.Amount(0, 1)),
        (item(), there(size=101), usage.Amount(0, 1)),
        (item(), there(size=100), None),  # a replacement that is no larger
        (item(), there(size=99), None),
        (item(etag="new"), there("new", size=1000), None),  # let in before
        (item("failed", "5", None, code="interrupted"), there(size=1000), None),  # its object was never opened
    ],
)
def test_without_room(standing: Image | None, stored: ObjectSummary, asked: usage.Amount | None) -> None:
    """An object that adds something is refused; the quota is asked for what it adds."""
    questions: list[usage.Amount] = []

    def room(amount: usage.Amount) -> quota.Refusal:
        questions.append(amount)
        return FULL

    decision = decide(standing, CAME, lambda: stored, room)
    assert (decision, questions) == ((Refuse(FULL), [asked]) if asked else (Process(), []))


def test_an_outdated_event_asks_for_nothing() -> None:
    """Neither the bucket nor the quota."""

    def never(*_: Any) -> Any:
        raise AssertionError

    assert decide(item(order="6"), CAME, never, never) == Skip("event_outdated", "6")


@pytest.mark.parametrize(
    ("standing", "stored", "expected"),
    [
        (None, None, False),
        (item(), None, True),
        (item(etag="new"), there("new"), True),
        (item(etag="old"), there("new"), False),
        (TICKET, None, False),
        (TOMBSTONE, None, False),
        (REFUSED, None, False),
        (INTERRUPTED, None, False),
        (item("failed", code="corrupt"), None, True),
    ],
)
def test_an_interrupted_attempt_leaves_what_is_known(
    standing: Image | None, stored: Any, *, expected: bool
) -> None:
    """A record of the object that is there, or may be."""
    assert keeps(standing, stored) is expected
