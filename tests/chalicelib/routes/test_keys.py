"""API keys over HTTP: the access they give, and their secrets, which are shown once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.cache import Memory
from chalicelib.db import accounts, api_keys, keys
from chalicelib.db.models import DISABLED, ApiKey
from tests import delivery, samples

if TYPE_CHECKING:
    from tests.conftest import User


def make(api: str, user: User, *scopes: str, **more: Any) -> Any:
    body = {"name": "machine", "scopes": scopes or ["read", "write"], **more}
    answer = user.http.post(f"{api}/v1/users/me/keys", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def call(
    api: str, key: str | bytes, method: str = "GET", path: str = "/v1/images", **more: Any
) -> requests.Response:
    return requests.request(method, api + path, headers={"X-API-Key": key}, timeout=10, **more)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process remember no key, as one that has just begun."""
    monkeypatch.setattr(api_keys, "_known", Memory(0))
    monkeypatch.setattr(api_keys, "_noted", Memory())


@pytest.mark.usefixtures("forgetful")
def test_a_key_opens_what_its_scopes_say(api: str, user: User) -> None:
    """Its owner's images, to read or to write, found by the index alone."""
    ticket = {"images": [{"filename": "a.jpg"}]}
    reading, writing = make(api, user, "read")["key"], make(api, user, "write")["key"]
    assert call(api, reading).status_code == 200
    assert call(api, writing, "POST", json=ticket).status_code == 201
    for answer in (call(api, reading, "POST", json=ticket), call(api, writing)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_key_is_shown_once_and_kept_as_a_hash(api: str, user: User) -> None:
    """Neither list nor table has it; its prefix tells which it is."""
    answer = user.http.post(f"{api}/v1/users/me/keys", json={"name": "ci", "scopes": ["read", "read"]})
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    listed = user.http.get(f"{api}/v1/users/me/keys")
    (shown,) = listed.json()["keys"]
    assert {**shown, "key": made["key"]} == made
    assert (shown["name"], shown["scopes"]) == ("ci", ["read"])
    assert made["key"].startswith(f"{shown['prefix']}_")
    secret = made["key"].removeprefix(f"{shown['prefix']}_")
    item = ApiKey.get(keys.account(user.owner), keys.api_key(made["key_id"]))
    assert secret not in listed.text + json.dumps(item.serialize())


def test_nothing_personal_is_open_to_a_key(api: str, user: User) -> None:
    """No key makes, lists or revokes keys, changes or deletes the account."""
    made = make(api, user)
    for method, path, body in (
        ("GET", "/v1/users/me/keys", None),
        ("POST", "/v1/users/me/keys", {"name": "x", "scopes": ["read"]}),
        ("DELETE", made["links"]["self"], None),
        ("PATCH", "/v1/users/me", {"display_name": "x"}),
        ("DELETE", "/v1/users/me", None),
        ("POST", "/v1/auth/logout/everywhere", None),
    ):
        answer = call(api, made["key"], method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path


@pytest.mark.medium
@pytest.mark.usefixtures("forgetful")
def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(api: str, user: User) -> None:
    """Unknown, wrong, malformed, expired, revoked: one and the same 401."""
    made, revoked, expired = (make(api, user) for _ in range(3))
    assert user.http.delete(api + revoked["links"]["self"]).status_code == 204
    item = ApiKey.get(keys.account(user.owner), keys.api_key(expired["key_id"]))
    item.update([ApiKey.expires.set(keys.now())])
    wrong = made["key"][:-1] + ("A" if made["key"][-1] != "A" else "B")
    unknown = "janus_aaaaaaaaaaaaaaaa_" + made["key"][-43:]
    tried = [
        wrong,
        unknown,
        "",
        "janus",
        "janus__",
        "é",
        "x" * 5000,
        made["prefix"],
        revoked["key"],
        expired["key"],
    ]
    answers = [call(api, key.encode()) for key in tried]
    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.json()["detail"], answer.headers["WWW-Authenticate"]) for answer in answers}) == 1
    assert call(api, made["key"]).status_code == 200


def test_a_key_can_expire(api: str, user: User) -> None:
    """The time is shown, and within bounds."""
    assert "expires" not in make(api, user)
    assert make(api, user, expires_in=3600)["expires"] > keys.timestamp(keys.now())
    for seconds in (0, 59, -1, 10**12, "3600"):
        body = {"name": "x", "scopes": ["read"], "expires_in": seconds}
        assert user.http.post(f"{api}/v1/users/me/keys", json=body).json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x"}, {"name": "", "scopes": ["read"]}, {"name": "x", "scopes": []}]
    + [{"name": "x", "scopes": ["admin"]}, {"name": "x", "scopes": ["read"], "owner": "other"}],
)
def test_what_describes_no_key_is_refused(api: str, user: User, body: dict[str, Any]) -> None:
    """400, and no key is made."""
    assert user.http.post(f"{api}/v1/users/me/keys", json=body).json()["code"] == "invalid_request"
    assert user.http.get(f"{api}/v1/users/me/keys").json()["keys"] == []


def test_a_key_that_is_not_there_and_a_key_of_another_look_the_same(
    api: str, user: User, other_user: User
) -> None:
    """404, and the other's goes on working."""
    made = make(api, other_user)
    for path in (made["links"]["self"], "/v1/users/me/keys/aaaaaaaaaaaaaaaa", "/v1/users/me/keys/%2e%2e"):
        answer = user.http.delete(api + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "key_not_found")
    assert call(api, made["key"]).status_code == 200


def test_an_owner_has_only_so_many_keys(api: str, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, and not kept; revoking one makes room."""
    monkeypatch.setattr(api_keys, "MOST", 2)
    made = [make(api, user) for _ in range(2)]
    answer = user.http.post(f"{api}/v1/users/me/keys", json={"name": "x", "scopes": ["read"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "quota_exceeded")
    assert len(user.http.get(f"{api}/v1/users/me/keys").json()["keys"]) == 2
    user.http.delete(api + made[0]["links"]["self"])
    make(api, user)


@pytest.mark.usefixtures("forgetful")
def test_the_use_of_a_key_is_noted_without_a_write_per_request(
    api: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once an hour and process."""
    made = make(api, user)
    assert "last_used" not in made
    writes: list[str] = []
    update = ApiKey.update

    def note(self: ApiKey, *arguments: Any, **named: Any) -> Any:
        writes.append(self.item)
        return update(self, *arguments, **named)

    monkeypatch.setattr(ApiKey, "update", note)
    for _ in range(5):
        assert call(api, made["key"]).status_code == 200
    assert len(writes) == 1
    (shown,) = user.http.get(f"{api}/v1/users/me/keys").json()["keys"]
    assert shown["last_used"] >= shown["created"]


def test_a_remembered_key_costs_no_read(api: str, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """For `account_seconds`; the comparison is made with every request."""
    made = make(api, user)
    monkeypatch.setattr(ApiKey, "query", None)
    assert call(api, made["key"]).status_code == 200
    assert call(api, made["key"][:-2] + "xx").status_code == 401


def test_a_key_of_a_disabled_account_is_worth_nothing(api: str, user: User) -> None:
    """As its owner's token is."""
    made = make(api, user)
    accounts.change(user.owner, state=DISABLED)
    answer = call(api, made["key"])
    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


def test_browsers_may_send_a_key(api: str) -> None:
    """The preflight allows the header."""
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    answer = requests.options(f"{api}/v1/images", headers=headers, timeout=10)
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_a_key_that_only_writes_sees_no_record(api: str, app: Any, user: User) -> None:
    """It may change an image, and even a change of nothing shows it nothing."""
    sent = user.http.post(f"{api}/v1/images", data=samples.photo(), headers={"Content-Type": "image/jpeg"}).json()
    delivery.deliver(app)
    path, key = f"/v1/images/{sent['image_id']}", make(api, user, "write")["key"]
    for change in ({}, {"title": "Harbour"}):
        answer = call(api, key, "PATCH", path, json=change)
        assert (answer.status_code, answer.content) == (204, b"")
    shown = user.http.get(api + path)
    assert (shown.json()["title"], shown.headers["ETag"]) == ("Harbour", answer.headers["ETag"])
