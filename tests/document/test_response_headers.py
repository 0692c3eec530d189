"""Every header that the OpenAPI document promises, of every route and status, is sent by the real system."""

from __future__ import annotations

import dataclasses
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.awsrequest import AWSResponse

from chalicelib.api import idempotency
from chalicelib.api.presenters import record_export
from chalicelib.api.security import rate_limit
from chalicelib.config import RATE_LIMITS, settings
from chalicelib.db import accounts, claims
from chalicelib.processing import trash
from tests import authenticator, delivery, samples
from tests.access.conftest import PASSWORD, World, make_world, person
from tests.access.test_access import body_of
from tests.document.test_openapi import DOCUMENT, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = ("POST", "PUT", "PATCH")
ENDING = {
    ("DELETE", "/v1/admin/images/{image_id}/judgement"),
    ("DELETE", "/v1/images/{image_id}"),
    ("DELETE", "/v1/images/{image_id}/shares/{share_id}"),
    ("DELETE", "/v1/trash"),
    ("DELETE", "/v1/trash/{image_id}"),
    ("DELETE", "/v1/users/me"),
    ("DELETE", "/v1/users/me/keys/{key_id}"),
    ("DELETE", "/v1/webhooks/{webhook_id}"),
    ("POST", "/v1/trash/{image_id}/restore"),
    ("POST", "/v1/admin/users/{owner}/trash/{image_id}/restore"),
    ("POST", "/v1/auth/logout/everywhere"),
    ("POST", "/v1/auth/confirm"),
    ("POST", "/v1/auth/reset"),
    ("POST", "/v1/auth/second-factor"),
    ("PUT", "/v1/users/me/second-factor"),
}
"""Routes that are called last, or in an order of their own."""
STATIC = {("GET", path) for path in ("/docs", "/docs/{asset}", "/v1/openapi.json", "/v1/status")}
"""Routes that call no service of AWS, and so are never over capacity; the gateway may be."""
UNLIMITED = ("GET", "/v1/status")
NOT_READY = {
    ("GET", f"/v1/images/{{image_id}}/{part}")
    for part in ("masks", "original", "pictures/{name}", "similar", "tags", "theme", "thumbnail")
} | {("GET", "/v1/public/images/{image_id}/file"), ("GET", "/v1/shared/{token}/file")}
NOT_READY |= {(method, "/v1/images/{image_id}/annotations") for method in ("GET", "PATCH", "DELETE")}
NOT_READY |= {("GET", f"/v1/images/{{image_id}}/{part}") for part in ("accessibility", "crops")}
NOT_READY |= {("PUT", "/v1/admin/images/{image_id}/judgement")}
NOT_BLURRED = {("GET", f"/v1/shared/{{token}}{part}") for part in ("", "/thumbnail", "/theme", "/pictures/{name}")}
NOT_BLURRED |= {("GET", "/oembed")}
FACE = {"kind": "face", "box": {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.2}}
IN_PROGRESS = {("POST", path) for path in ("/v1/images", "/v1/images/actions", "/v1/trash/{image_id}/restore")}
WRONG: dict[str, dict[str, Any]] = {
    "/v1/auth/login": {"json": {"username": "nobody", "password": PASSWORD}},
    "/v1/auth/second-factor": {"json": {"username": "nobody", "session": "s" * 20, "code": "123456"}},
    "/v1/auth/refresh": {"json": {"refresh_token": "none"}},
    "/v1/auth/logout": {"json": {"refresh_token": "none"}},
}
"""Refusals of routes without tokens."""

Place = tuple[str, str, str]


def promised() -> dict[Place, set[str]]:
    """Return the headers of each answer: method, path and status."""
    found = {}
    for (method, path), operation in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            assert "$ref" not in answer
            found[method, path, status] = {*answer.get("headers", {})}
    return found


PROMISED = promised()


class Client:
    """A client that calls every route, and records the headers of the answers."""

    def __init__(self, api: str, world: World) -> None:
        self.api, self.world = api, world
        self.http = requests.Session()
        self.sent: defaultdict[Place, set[str]] = defaultdict(set)

    def ask(self, method: str, path: str, who: str | None = None, **options: Any) -> requests.Response:
        """Send a request that the route takes, unless told otherwise."""
        who = who or ("admin" if "/admin/" in path else "owner")
        places = {**self.world.places, **options.pop("places", {})}
        headers = {**self.world.credentials(who), **options.pop("headers", {})}
        if path == "/oembed":
            options.setdefault("params", {"url": f"{self.api}/p/{places['image_id']}"})
        if method in METHODS and not {"data", "json"} & options.keys():
            options["json"] = body_of(method, path, self.world)
        answer = self.http.request(
            method, self.api + path.format(**places), headers=headers, allow_redirects=False, timeout=20, **options
        )
        known = DOCUMENT["components"]["headers"].keys()
        self.sent[method, path, str(answer.status_code)] |= {name for name in known if name in answer.headers}
        return answer

    def twice(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request and send it again, by one Idempotency-Key."""
        headers = {**options.pop("headers", {}), idempotency.HEADER: str(uuid.uuid4())}
        self.ask(method, path, headers=headers, **options)
        return self.ask(method, path, headers=headers, **options)

    def missing(self, statuses: str) -> dict[Place, set[str]]:
        """Return the documented headers of answers with a status that begins so, which were not sent."""
        lacking = {
            place: names - self.sent[place] for place, names in PROMISED.items() if place[2].startswith(statuses)
        }
        return {place: names for place, names in lacking.items() if names}


@pytest.fixture
def client(api: str, app: Any) -> Iterator[Client]:
    """Return a client of a world of its own, whose published files are not made yet."""
    client = Client(api, make_world(api, app))
    with client.http:
        yield client


@pytest.mark.slow
def test_every_header_of_a_success_is_sent(client: Client, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entity tags, locations, links, limits: of 2xx, 302 and 304."""
    monkeypatch.setattr(record_export, "PAGE", 1)
    image: dict[str, Any] = {"data": samples.jpeg(seed=2), "headers": {"Content-Type": "image/jpeg"}}
    client.twice("POST", "/v1/images", **image)
    delivery.deliver(app)
    delivery.run_jobs(app)
    for method, path in OPERATIONS.keys() - ENDING:
        if {(method, path)} <= IN_PROGRESS:
            client.twice(method, path)
            continue
        client.ask(method, path)
        if (method, path, "304") in PROMISED:
            client.ask(method, path, headers={"If-None-Match": "*"})
        if (method, path, "302") in PROMISED:
            client.ask(method, path, params={"redirect": "false"})
    client.ask("PATCH", "/v1/images/{image_id}", "write key")
    client.ask("PATCH", "/v1/images/{image_id}/annotations", "write key")
    end(client, app, monkeypatch)
    assert client.missing("2") == {}
    assert client.missing("3") == {}


def end(client: Client, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign up, then restore and delete all that there is, the account last."""
    name = f"new-{uuid.uuid4().hex[:12]}@example.org"
    known = {"username": name, "code": "123456"}
    client.ask("POST", "/v1/auth/signup", json={"email": name, "password": PASSWORD})
    client.ask("POST", "/v1/auth/confirm", json=known)
    client.ask("POST", "/v1/auth/forgot", json={"username": name})
    client.ask("POST", "/v1/auth/reset", json={**known, "password": PASSWORD})
    secret = client.ask("POST", "/v1/users/me/second-factor", "another user").json()["secret"]
    code = {"code": authenticator.code(secret)}
    client.ask("PUT", "/v1/users/me/second-factor", "another user", json=code)
    who = {"username": client.world.another.owner}
    step = client.ask("POST", "/v1/auth/login", json={**who, "password": PASSWORD}).json()
    step = {"username": step["username"], "session": step["session"], "code": authenticator.code(secret, 1)}
    tokens = client.ask("POST", "/v1/auth/second-factor", json=step).json()
    client.world.another = dataclasses.replace(client.world.another, access=tokens["access_token"])
    gone: dict[str, Any] = {"places": {"image_id": client.world.places["trashed_id"]}}
    client.twice("POST", "/v1/trash/{image_id}/restore", **gone)
    for path in ("/v1/admin/users/{owner}/trash/{image_id}/restore", "/v1/trash/{image_id}/restore"):
        delivery.deliver(app)
        client.ask("DELETE", "/v1/images/{image_id}", **gone)
        client.ask("POST", path, **gone)
    delivery.deliver(app)
    client.ask("DELETE", "/v1/images/{image_id}", **gone)
    client.ask("DELETE", "/v1/trash/{image_id}", **gone)
    client.ask("DELETE", "/v1/admin/images/{image_id}/judgement")
    client.ask("DELETE", "/v1/images/{image_id}/shares/{share_id}")
    client.ask("DELETE", "/v1/users/me/keys/{key_id}")
    client.ask("DELETE", "/v1/webhooks/{webhook_id}")
    client.ask("DELETE", "/v1/trash")
    client.ask("DELETE", "/v1/images/{image_id}")
    with monkeypatch.context() as small:
        small.setattr(trash, "SLICE", 1)
        client.ask("DELETE", "/v1/trash")
    client.ask("POST", "/v1/auth/logout/everywhere", "another user")
    client.world.owner = client.world.disabled = person()
    client.ask("DELETE", "/v1/users/me")


@pytest.mark.medium
def test_every_header_of_a_refusal_is_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Challenge, Retry-After and limits; all other answers have the id of their request."""
    waiting = client.ask("POST", "/v1/images").json()["images"][0]["image_id"]
    for method, path in NOT_READY:
        places: dict[str, Any] = {} if path.endswith("/file") else {"places": {"image_id": waiting}}
        client.ask(method, path, **places)
    client.ask("PATCH", "/v1/images/{image_id}/annotations", json={"additions": [FACE]})
    token = client.ask("POST", "/v1/images/{image_id}/shares", json={"blur": "faces"}).json()["token"]
    for method, path in NOT_BLURRED:
        more: dict[str, Any] = {"params": {"url": f"{client.api}/s/{token}"}} if path == "/oembed" else {}
        assert client.ask(method, path, places={"token": token}, **more).status_code == 409, path
    with monkeypatch.context() as busy:
        busy.setattr(claims, "claim", lambda _claim: False)
        busy.setattr(claims, "get_replay", lambda _id: None)
        for method, path in IN_PROGRESS:
            client.ask(method, path, headers={idempotency.HEADER: "a"})
    for method, path, status in PROMISED:
        if status == "401":
            client.ask(method, path, "no token", **WRONG.get(path, {}))
    with monkeypatch.context() as away:
        away.setattr("botocore.httpsession.URLLib3Session.send", no_capacity)
        away.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
        away.setitem(vars(settings()), "rate_limits", {})
        for method, path in OPERATIONS.keys() - STATIC:
            if path == "/v1/images/actions":  # each image has a status of its own; the caller's account has not
                accounts.forget(client.world.owner.owner)
            client.ask(method, path, **WRONG.get(path, {}))
    with monkeypatch.context() as few:
        few.setattr(rate_limit, "limiter", rate_limit.Limiter())
        few.setitem(vars(settings()), "rate_limits", dict.fromkeys(RATE_LIMITS, (1, 86_400)))
        for method, path in (
            ("GET", "/v1/images"), ("POST", "/v1/images"), ("GET", "/v1/admin/system"), ("GET", "/docs"),
            ("POST", "/v1/auth/login"), ("GET", "/v1/public/images/{image_id}"),
            ("POST", "/v1/webhooks/{webhook_id}/test"), ("POST", "/v1/users/me/second-factor"),
        ):  # fmt: skip
            client.ask(method, path)
        for method, path in OPERATIONS.keys() - {UNLIMITED}:
            assert client.ask(method, path, **WRONG.get(path, {})).status_code == 429, (method, path)
    lacking = client.missing("4") | client.missing("5")
    for method, path in STATIC:
        del lacking[method, path, "503"]
    assert lacking.pop((*UNLIMITED, "429")) == {"Retry-After", "X-Request-Id"}
    assert {place: names for place, names in lacking.items() if names != {"X-Request-Id"}} == {}
    assert {"401", "429", "503"}.isdisjoint({status for _, _, status in lacking})


def no_capacity(_session: Any, request: Any) -> AWSResponse:
    """Answer as a service of AWS does that takes no more requests: JSON, or S3's XML."""
    if "X-Amz-Target" in request.headers:
        body = b'{"__type": "com.amazonaws#ThrottlingException", "message": "no"}'
        return AWSResponse(request.url, 400, {}, _Body(body))
    return AWSResponse(request.url, 503, {}, _Body(b"<Error><Code>SlowDown</Code><Message>no</Message></Error>"))


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Iterator[bytes]:
        yield self._data


@pytest.mark.medium
def test_every_refusal_tells_the_id_of_its_request(client: Client) -> None:
    """Which the logs have, too: one of each status that promises nothing else."""
    image = "/v1/images/{image_id}"
    for status, answer in (
        (400, client.ask("GET", "/v1/images", params={"limit": "0"})),
        (403, client.ask("GET", "/v1/admin/system", "owner")),
        (404, client.ask("GET", image, places={"image_id": "a" * 26})),
        (412, client.ask("PATCH", image, headers={"If-Match": '"none"'})),
        (413, client.ask("PATCH", "/v1/users/me", json={"display_name": "a" * 20_000})),
        (415, client.ask("PATCH", "/v1/users/me", data=b"a", headers={"Content-Type": "text/plain"})),
    ):
        assert answer.status_code == status
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
