"""Event types and events: patterns, ids, sizes of the examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.extensions.integrations import event, event_types
from tests.event_names import NAMES

NOON = datetime(2026, 11, 29, 12, 0, 0, 250_000, tzinfo=UTC)


def test_every_type_that_is_promised_exists() -> None:
    assert event_types.CHOICES == NAMES
    assert set(event_types.TYPES) == {*NAMES, "webhook.test"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_example_is_small_and_of_its_type(name: str) -> None:
    kind = event_types.TYPES[name]
    told = event.make(name, "anna", NOON, kind.example)
    assert len(told.body) < 20_000
    payload = json.loads(told.body)
    assert payload["type"] == name
    assert payload["schema"] == 1
    assert payload["timestamp"] == "2026-11-29T12:00:00.250Z"
    assert payload["id"] == told.event_id


IMAGE: dict[str, object] = {
    "image_id": "mzxw6ytboi4dqnrshe2tgmzuga",
    "version": "0000000000000000000000000000000000004711",
    "name": "harbour.jpg",
    "links": {"image": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga"},
}
SHARE = {
    "image_id": "mzxw6ytboi4dqnrshe2tgmzuga",
    "share_id": "nbswy3dpeb3w64tmmqqho2lumu",
    "scope": "thumbnails",
    "expires": "2026-12-06T12:00:00.000Z",
    "links": {"image": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga"},
}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("image.expected", {**IMAGE, "expires": "2026-11-29T12:15:00.000Z"}),
        ("image.failed", {**IMAGE, "code": "corrupt", "reason": "The image data is broken."}),
        ("image.removed", IMAGE),
        ("image.shared", {**SHARE, "version": "0" * 39 + "1"}),
        ("share.revoked", {**SHARE, "version": "0" * 39 + "2"}),
        (
            "theme.changed",
            {
                **IMAGE,
                "links": {
                    "image": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga",
                    "theme": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga/theme?format=dtcg",
                },
                "changes": [{"path": "light.color.primary", "before": "#2a6f97", "after": "#8a3b12"}],
                "truncated": False,
            },
        ),
        ("duplicate.found", {**IMAGE, "duplicates": ["ijqxgzjtgi4dcnbvgyztqojxgm"]}),
        (
            "quota.near",
            {
                "images": 91_000,
                "quota_images": 100_000,
                "bytes": 45_000_000_000,
                "quota_bytes": 100_000_000_000,
                "percent": 91,
            },
        ),
        ("job.finished", {"job": "empty_trash", "slices": 3}),
        ("account.deleted", {"owner": "0b9d7a52-8f0e-4c7b-9d53-3f5a1f4b2c10"}),
    ],
)
def test_an_example_tells_what_such_an_event_would(name: str, data: dict[str, object]) -> None:
    """Its figures agree, and its lists are not empty."""
    assert json.loads(event.make(name, "anna", NOON, event_types.TYPES[name].example).body)["data"] == data


@pytest.mark.parametrize(
    ("patterns", "asked", "not_asked"),
    [
        ({"image.ready"}, {"image.ready"}, {"image.failed", "share.revoked"}),
        (
            {"image.*"},
            {name for name in NAMES if name.startswith("image.")},
            {"share.revoked", "theme.changed"},
        ),
        ({"*"}, set(NAMES), set()),
        ({"*.deleted", "quota.near"}, {"account.deleted", "quota.near"}, {"image.removed"}),
    ],
)
def test_patterns_choose_types(patterns: set[str], asked: set[str], not_asked: set[str]) -> None:
    assert {name for name in NAMES if event_types.matches(patterns, name)} == asked
    assert not any(event_types.matches(patterns, name) for name in not_asked)


@pytest.mark.parametrize("text", ["image.ready", "image.*", "*", "*.revoked", "i*.ready"])
def test_patterns_that_name_a_type_are_accepted(text: str) -> None:
    assert event_types.is_pattern(text)


@pytest.mark.parametrize(
    "text", ["", "image", "image.gone", "Image.ready", "image.[r]eady", "image.read?", "image.ready "]
)
def test_patterns_that_name_no_type_are_refused(text: str) -> None:
    assert not event_types.is_pattern(text)


def test_a_test_event_needs_no_pattern() -> None:
    assert event_types.matches(set(), "webhook.test")
    assert not event_types.is_pattern("webhook.test")


def test_an_event_told_again_is_the_same_event() -> None:
    data = event_types.AccountData(owner="anna")
    first = event.make("account.deleted", "anna", NOON, data, "cause")
    again = event.make("account.deleted", "anna", NOON, data, "cause")
    assert first.event_id == again.event_id
    assert first.body == again.body


@pytest.mark.parametrize(
    ("owner", "time", "cause"),
    [("bert", NOON, "cause"), ("anna", NOON + timedelta(milliseconds=1), "cause"), ("anna", NOON, "other")],
)
def test_other_events_have_other_ids(owner: str, time: datetime, cause: str) -> None:
    data = event_types.AccountData(owner="anna")
    first = event.make("account.deleted", "anna", NOON, data, "cause")
    assert event.make("account.deleted", owner, time, data, cause).event_id != first.event_id


def test_ids_sort_by_time() -> None:
    data = event_types.AccountData(owner="anna")
    times = [NOON + timedelta(seconds=seconds) for seconds in (0, 1, 60, 86_400, 10**9)]
    ids = [event.make("account.deleted", "anna", time, data).event_id for time in times]
    assert ids == sorted(ids)
    assert ids[1] < event.earliest_id(times[2]) <= ids[2]


def test_data_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"image\.removed carries RemovedData, not AccountData"):
        event.make("image.removed", "anna", NOON, event_types.AccountData(owner="anna"))


@pytest.mark.parametrize(
    "text", ["", "evt_", "evt_0", "evt_" + "0" * 35, "evt_" + "0" * 37, "evt_" + "G" * 36, "xxx_" + "0" * 36]
)
def test_texts_that_are_no_ids(text: str) -> None:
    assert not event.is_event_id(text)


def test_a_text_that_is_an_id() -> None:
    assert event.is_event_id("evt_" + "0123456789ab" * 3)


def test_an_event_that_is_told_late_keeps_the_id_of_its_beginning() -> None:
    """So that it is the same however late it is told; its own time is that of the telling."""
    data = event_types.AccountData(owner="anna")
    late = NOON + timedelta(hours=1)
    found = event.make("account.deleted", "anna", late, data, since=NOON)
    assert found.event_id == event.make("account.deleted", "anna", NOON, data).event_id
    assert json.loads(found.body)["timestamp"] == "2026-11-29T13:00:00.250Z"
