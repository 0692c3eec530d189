"""Messages of SQS: notifications of S3, and everything else by its name."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.db import keys
from chalicelib.offline.provisioning import BUCKET
from chalicelib.processing import s3_events

pytestmark = pytest.mark.usefixtures("aws")


def body(**changes: Any) -> str:
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-09T12:00:00.000Z",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": "uploads/demo/a.jpg"}},
        **changes,
    }
    return json.dumps({"Records": [record]})


def stored(**changes: Any) -> dict[str, Any]:
    return {"bucket": {"name": BUCKET}, "object": {"key": "uploads/demo/a.jpg", **changes}}


def test_every_record_of_a_message_counts() -> None:
    """Created and removed come in one message too."""
    first, second = json.loads(body()), json.loads(body(eventName="ObjectRemoved:Delete"))
    events = list(s3_events.parse(json.dumps({"Records": first["Records"] + second["Records"]})))
    assert [(event.created, event.owner) for event in events] == [(True, "demo"), (False, "demo")]


def test_keys_are_decoded_as_s3_encodes_them() -> None:
    """A plus sign is a space, and percent signs are UTF-8."""
    (event,) = s3_events.parse(body(s3=stored(key="uploads/demo/a+b%2Bc%20%F0%9F%A6%8A.jpg")))
    assert event.key == "uploads/demo/a b+c 🦊.jpg"


def test_an_event_without_a_sequencer_stands_by_its_time() -> None:
    """Offline emulators send none."""
    (event,) = s3_events.parse(body())
    assert event.order == keys.order_at(datetime(2026, 1, 9, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "janus"}),
        body(eventName="ObjectTagging:Put"),
        body(s3={"bucket": {"name": "another"}, "object": {"key": "uploads/demo/a.jpg"}}),
        body(s3=stored(key="derived/x/small.webp")),
        body(s3=stored(key="uploads/a.jpg")),
        body(s3=stored(key="uploads/demo/" + "x" * 1100)),
        json.dumps({"Records": []}),
    ],
    ids=["test event", "tagging", "foreign bucket", "derived", "no owner", "too long", "empty"],
)
def test_what_is_no_upload_is_passed_over(text: str) -> None:
    """It is done with, and not tried again."""
    assert list(s3_events.parse(text)) == []


@pytest.mark.parametrize(
    ("key", "event", "level"),
    [
        ("uploads/a.jpg", "upload_without_owner", "WARNING"),
        ("uploads//a.jpg", "upload_without_owner", "WARNING"),
        ("uploads/demo/", "object_is_no_upload", "INFO"),
        ("uploads/demo/" + "x" * 1100, "upload_key_too_long", "WARNING"),
        ("derived/x/small.webp", "object_is_no_upload", "INFO"),
    ],
)
def test_the_log_says_why_an_object_is_no_upload(
    caplog: pytest.LogCaptureFixture, key: str, event: str, level: str
) -> None:
    """By a name to search for, with the key and, where an upload was meant, the remedy."""
    with caplog.at_level("INFO", "janus"):
        assert list(s3_events.parse(body(s3=stored(key=key)))) == []
    (record,) = caplog.records
    assert (record.message, record.levelname) == (event, level)
    assert vars(record)["key"] == key[:1024]
    if event == "upload_without_owner":
        assert "uploads/OWNER/" in vars(record)["hint"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        "null",
        '{"Records": {}}',
        '{"Records": [1]}',
        '{"Records": [{}]}',
        "[" * 100_000,
        body(eventTime="yesterday"),
        body(eventTime="2026-01-09T12:00:00"),
        body(eventName=7),
        body(s3=stored(key=7)),
        body(s3=stored(key="uploads/demo/%ff")),
        body(s3=stored(sequencer="xyz")),
        body(s3=stored(sequencer=5)),
        body(s3=None),
    ],
)
def test_a_malformed_message_is_named_so(text: str) -> None:
    """It raises one error, and the dead-letter queue will keep it."""
    with pytest.raises(s3_events.MalformedMessageError):
        list(s3_events.parse(text))


@pytest.mark.medium
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["Records", "s3", "bucket", "object", "key", "name", "eventName", "eventTime"]),
                inner,
            )
        ),
    )
)
def test_no_message_does_anything_else(message: Any) -> None:
    """Any JSON is events, nothing, or malformed."""
    with contextlib.suppress(s3_events.MalformedMessageError):
        list(s3_events.parse(json.dumps(message)))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_what_the_sweep_writes_is_read_back(name: str) -> None:
    """A composed message names the same key and order."""
    key, order = f"uploads/demo/{name}", keys.order("0055AED6DCD90281E5")
    if keys.owner_of(key) is None:
        return
    (event,) = s3_events.parse(s3_events.compose(key, order, datetime(2026, 1, 9, tzinfo=UTC)))
    assert (event.key, event.order, event.created) == (key, order, True)
