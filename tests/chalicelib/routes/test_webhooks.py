"""Webhooks over HTTP: the bounds of requests, and lists page by page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from chalicelib.extensions.integrations import webhooks
from tests import delivery
from tests.chalicelib.dynamodb import asked

if TYPE_CHECKING:
    from tests.conftest import User


@pytest.fixture
def path(api: str, user: User) -> str:
    """Return the address of a webhook of the user."""
    made = user.http.post(f"{api}/v1/webhooks", json={"url": "https://example.org/", "types": ["image.*"]})
    assert made.status_code == 201
    return f"{api}/v1/webhooks/{made.json()['webhook_id']}"


@pytest.mark.parametrize(
    ("since", "detail"),
    [
        (
            "",
            "In the body: since: Expected a time with its zone (RFC 3339), such as `2026-11-29T12:00:00Z`.",
        ),
        ("2026-11-29T12:00:00", "In the body: since: Expected a time with its zone (RFC 3339)"),
        ("1999-12-31T23:59:59Z", "In the body: since: Expected a time with its zone (RFC 3339)"),
        ("2026-02-31T12:00:00Z", "In the body: since: No calendar has the day of 2026-02-31T12:00:00Z."),
        (5, "In the body: since: Expected a time with its zone (RFC 3339)"),
    ],
)
def test_a_time_that_is_none_is_refused(path: str, user: User, since: Any, detail: str) -> None:
    """With words for people; nothing is delivered again."""
    answer = user.http.post(f"{path}/replay", json={"since": since})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/since"]
    assert delivery.receive(settings().jobs_queue) == []


@pytest.mark.parametrize(
    ("body", "since"),
    [
        ({}, None),
        ({"since": None}, None),
        ({"since": "2026-11-29T12:00:00Z"}, 1795953600.0),
        ({"since": "2026-11-29T13:00:00.500+01:00"}, 1795953600.5),
        ({"since": "2000-01-01T00:00:00-23:59"}, 946771140.0),
    ],
)
def test_a_replay_is_a_job_of_the_webhook(
    path: str, user: User, body: dict[str, Any], since: float | None
) -> None:
    """Since a time, in seconds since 1970; without one, of all that failed."""
    answer = user.http.post(f"{path}/replay", json=body)
    assert (answer.status_code, answer.json()) == (202, {"job": "replay_deliveries"})
    (job,) = delivery.receive(settings().jobs_queue)
    told = json.loads(job["body"])
    assert (told["job"], told["owner"], told.get("since")) == ("replay_deliveries", user.owner, since)
    assert told["webhook_id"] == path.rpartition("/")[2]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"until": "2026-11-29T12:00:00Z"}, "#/until"),
        ({"since": "2026-11-29T12:00:00Z", "until": "2026-11-29T12:00:00Z"}, "#/until"),
        ({"since": "2026-11-29T12:00:00Z", "until": "2026-11-29T12:59:59+01:00"}, "#/until"),
        ({"since": "2026-11-29T12:00:00Z", "until": "2026-02-31T12:00:00Z"}, "#/until"),
        ({"since": "2026-11-29T12:00:00Z", "until": "soon"}, "#/until"),
    ],
)
def test_a_period_that_is_none_is_refused(path: str, user: User, body: dict[str, str], pointer: str) -> None:
    """Its end comes after its beginning, which it needs."""
    answer = user.http.post(f"{path}/replay", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert delivery.receive(settings().jobs_queue) == []


def test_a_replay_of_a_period_tells_the_job_its_end(path: str, user: User) -> None:
    body = {"since": "2026-11-29T12:00:00Z", "until": "2026-11-29T12:00:00.500Z"}
    assert user.http.post(f"{path}/replay", json=body).status_code == 202
    (job,) = delivery.receive(settings().jobs_queue)
    told = json.loads(job["body"])
    assert (told["since"], told["until"]) == (1795953600.0, 1795953600.5)


def test_an_event_on_its_way_is_not_replayed(path: str, user: User) -> None:
    """Its next attempt comes by itself; an event that the webhook never got is unknown."""
    event_id = user.http.post(f"{path}/test").json()["event_id"]
    assert len(delivery.receive(settings().deliveries_queue)) == 1
    pending = user.http.post(f"{path}/deliveries/{event_id}/replay")
    assert (pending.status_code, pending.json()["code"]) == (409, "delivery_pending")
    absent = user.http.post(f"{path}/deliveries/{event_id[:-1]}{'0' if event_id[-1] != '0' else '1'}/replay")
    assert (absent.status_code, absent.json()["code"]) == (404, "delivery_not_found")


def test_tests_and_replays_have_a_limit_of_their_own(
    path: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sends requests to somebody else; other changes of the webhook are not counted with them."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"send": (3, 86_400)})
    sent = user.http.post(f"{path}/test")
    event_id = sent.json()["event_id"]
    assert sent.headers["RateLimit-Policy"] == '"send";q=3;w=86400'
    user.http.post(f"{path}/deliveries/{event_id}/replay")
    user.http.post(f"{path}/replay", json={})
    for address in ("test", "replay", f"deliveries/{event_id}/replay"):
        assert user.http.post(f"{path}/{address}", json={}).status_code == 429
    assert user.http.get(path).status_code == 200
    assert user.http.patch(path, json={"description": "other"}).status_code == 200
    assert user.http.post(f"{path}/secret").status_code == 200
    delivery.receive(settings().jobs_queue)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"url": "http://example.org/"}, "endpoint_not_allowed", "#/url"),
        ({"types": ["film.*"]}, "invalid_request", "#/types"),
        ({"types": []}, "invalid_request", "#/types"),
    ],
)
def test_a_fault_has_its_place(  # noqa: PLR0913, PLR0917  the parts of a case
    path: str, api: str, user: User, body: Any, code: str, pointer: str
) -> None:
    """Of a new webhook, and of a change."""
    whole = {"url": "https://example.org/", "types": ["*"], **body}
    for answer in (user.http.patch(path, json=body), user.http.post(f"{api}/v1/webhooks", json=whole)):
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        ((error),) = answer.json()["errors"]
        assert error["pointer"] == pointer
        assert error["detail"] in answer.json()["detail"]
        assert len(error["detail"]) > 20


def test_deliveries_are_listed_page_by_page(path: str, api: str, user: User) -> None:
    """The link to the next page names the webhook; another webhook's list does not take its cursor."""
    sent = [user.http.post(f"{path}/test").json()["event_id"] for _ in range(3)]
    found: list[str] = []
    following = f"{path}/deliveries?limit=1"
    while following:
        page = user.http.get(following).json()
        found += [one["event_id"] for one in page["deliveries"]]
        following = api + page["links"]["next"] if "next" in page["links"] else ""
    assert found == sorted(sent, reverse=True)
    made = user.http.post(f"{api}/v1/webhooks", json={"url": "https://example.org/", "types": ["image.*"]}).json()
    first = user.http.get(f"{path}/deliveries?limit=1").json()["links"]["next"]
    other = first.replace(path.rpartition("/")[2], made["webhook_id"])
    assert user.http.get(api + other).json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("body", [{"url": "https://new.example.org/"}, {"state": "enabled"}])
def test_a_change_that_may_mend_it_begins_anew(path: str, user: User, body: dict[str, str]) -> None:
    """A new address, or being enabled, ends the pause and forgets the failures, in one write."""
    webhook_id = path.rpartition("/")[2]
    paused = {
        "failing_since": "2026-11-01T00:00:00.000Z",
        "failures": 9,
        "paused_until": "2099-01-01T00:00:00.000Z",
    }
    stored = webhooks.change(user.owner, webhook_id, **paused)
    assert stored is not None
    webhooks.note_end(stored, webhooks.FAILING)
    assert user.http.get(path).json()["disabled_because"] == "failing"
    with asked("UpdateItem") as writes:
        shown = user.http.patch(path, json=body).json()
    assert len([write for write in writes if "accounts" in write["TableName"]]) == 1
    assert not shown.keys() & paused.keys()
    assert shown["state"] == ("enabled" if "state" in body else "disabled")
