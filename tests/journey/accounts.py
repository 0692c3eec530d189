"""Steps: accounts, API keys, quotas and rate limits."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from tests.journey.people import PASSPHRASE, Person, wait_for
from tests.journey.uploading import copy_with_aws, post_with_ticket

if TYPE_CHECKING:
    from tests.journey.state import Journey

AUTH_LIMIT = 20  # requests a minute of an address, docs/api.md "Limits and quotas"


def sign_up(journey: Journey) -> None:
    """Sign up, confirm, log in, refresh; wrong passwords and tokens are refused."""
    traveller = journey.traveller
    challenge = traveller.refused("GET", "/v1/users/me", 401, "unauthorized").json()["challenge"]
    assert challenge.startswith("Bearer"), challenge
    traveller.sign_up()
    wrong = {"username": traveller.email, "password": "three quiet lakes at noom"}
    traveller.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=wrong)
    tokens = traveller.log_in()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600), tokens
    refresh = {"refresh_token": tokens["refresh_token"], "username": _claims(tokens["access_token"])["username"]}
    fresh = traveller.call("POST", "/v1/auth/refresh", json=refresh).json()
    assert fresh["access_token"] != tokens["access_token"]
    traveller.http.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    me = traveller.get("/v1/users/me")
    assert me["owner"] == _claims(tokens["access_token"])["sub"], me
    assert (me["role"], me["quota"]) == ("user", {"images": 100_000, "bytes": 100_000_000_000}), me
    traveller.http.headers["Authorization"] = f"Bearer {fresh['access_token']}x"
    traveller.refused("GET", "/v1/users/me", 401, "unauthorized")
    traveller.http.headers["Authorization"] = f"Bearer {fresh['access_token']}"


def others_sign_up(journey: Journey) -> None:
    """Let a guest and an admin sign up; an operator puts the admin into the group."""
    for person in (journey.guest, journey.admin):
        person.sign_up()
    journey.target.make_admin(journey.admin.email)
    for person in (journey.guest, journey.admin):
        person.log_in()
    assert journey.admin.get("/v1/users/me")["role"] == "admin"
    journey.traveller.refused("GET", "/v1/admin/users", 403, "forbidden")
    totals = journey.admin.get("/v1/admin/analytics/uploads")
    journey.before = {"images": totals["images"], "bytes": totals["bytes"]}


def keys(journey: Journey) -> None:
    """Make an API key, use it within its scope, revoke it; a second one lives as long as the account."""
    traveller = journey.traveller
    made = traveller.call("POST", "/v1/users/me/keys", 201, json={"name": "backup", "scopes": ["read"]}).json()
    machine = Person(journey.target, **{"X-API-Key": made["key"]})
    assert len(machine.pages("/v1/images?limit=100")) == 6
    machine.refused("PATCH", journey.image("harbour.jpg"), 403, "forbidden", json={"title": "No"})
    machine.refused("GET", "/v1/users/me/keys", 403, "forbidden")
    (known,) = traveller.get("/v1/users/me/keys")["keys"]
    assert (known["name"], known["prefix"]) == ("backup", made["prefix"]), known
    assert "key" not in known, known
    traveller.call("DELETE", f"/v1/users/me/keys/{made['key_id']}", 204)
    _wait_locked(machine)
    kept = traveller.call("POST", "/v1/users/me/keys", 201, json={"name": "kept", "scopes": ["write"]}).json()
    journey.key = Person(journey.target, **{"X-API-Key": kept["key"]})
    journey.key.call("PATCH", journey.image("crimson.png"), 204, json={"alt": "A red area"})
    assert traveller.get(journey.image("crimson.png"))["alt"] == "A red area"


def quota(journey: Journey) -> None:
    """Refuse tickets and uploads of a guest whose quota is full; restore the refused file when there is room."""
    guest, account = journey.guest, f"/v1/admin/users/{journey.guest.owner}"
    changed = journey.admin.call("PATCH", account, json={"quota_images": 1}).json()
    assert (changed["quota_images"], changed["quota_bytes"]) == (1, 100_000_000_000), changed
    first = post_with_ticket(guest, "first.png", journey.files["crimson.png"])
    guest.settled(first)
    wait_for("the first image is counted", lambda: guest.get("/v1/users/me/usage")["images"] == 1)
    wanted = {"images": [{"filename": "second.png"}]}
    wait_for("tickets are refused", lambda: _status(guest, "POST", "/v1/images", wanted) == 403)
    guest.refused("POST", "/v1/images", 403, "quota_exceeded", json=wanted)
    second = copy_with_aws(guest, "second.jpg", journey.files["photo.jpg"])
    (trashed,) = wait_for("the second is in the trash", lambda: guest.get("/v1/trash")["images"])
    assert (trashed["name"], trashed["code"]) == ("second.jpg", "quota_exceeded"), trashed
    refused = guest.settled(second, "failed")
    assert refused["code"] == "quota_exceeded", refused
    journey.admin.call("PATCH", account, json={"quota_images": None})
    restore = trashed["links"]["restore"]
    wait_for("there is room again", lambda: _status(guest, "POST", restore) == 202)
    wait_for("the second is ready", lambda: guest.get(f"/v1/images/{second}")["state"] == "ready")
    assert guest.get("/v1/trash")["images"] == []


def rate_limit(journey: Journey) -> None:
    """Call for tokens until the address is over its limit; call last, for it refuses all that follows."""
    stranger = journey.stranger
    wrong = {"username": stranger.email, "password": PASSPHRASE}
    for _ in range(AUTH_LIMIT + 1):
        answer = stranger.http.post(journey.target.address("/v1/auth/login"), json=wrong, timeout=60)
        if answer.status_code == 429:
            break
        assert answer.status_code == 401, answer.text
        assert answer.headers["RateLimit-Policy"] == f'"auth";q={AUTH_LIMIT};w=60', answer.headers
    refused = stranger.refused("POST", "/v1/auth/login", 429, "too_many_requests", json=wrong)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60, refused.headers
    stranger.call("GET", "/v1/status")  # other classes of routes have their own limits


def _wait_locked(machine: Person) -> None:
    wait_for("a revoked key is refused", lambda: _status(machine, "GET", "/v1/images?limit=1") == 401)
    machine.refused("GET", "/v1/images?limit=1", 401, "unauthorized")


def _status(person: Person, method: str, path: str, body: object = None) -> int:
    return person.http.request(method, person.target.address(path), json=body, timeout=60).status_code


def _claims(token: str) -> dict[str, str]:
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims
