"""Requests to pages, as people's browsers send them: with cookies, a form token, and good fields."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import requests

from chalicelib.offline.provisioning import CODE, DEMO
from tests import authenticator
from tests.access.conftest import PASSWORD, World, call, person
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.access.conftest import Person


def browser(api: str, person: Person | None) -> Visitor:
    """Return somebody's browser, with the cookies of a session unless it is a visitor's."""
    visitor = Visitor(api)
    if person is not None:
        visitor.session.cookies.set("janus-access", person.access)
        visitor.session.cookies.set("janus-refresh", person.refresh)
    return visitor


def form_token(visitor: Visitor) -> str:
    """Return the token that a page gives to somebody's forms."""
    for page, mark in (("/account", 'data-form-token="'), ("/sign-in", 'name="form_token" value="')):
        text = visitor.get(page).text
        if mark in text:
            return text.partition(mark)[2].partition('"')[0]
    raise AssertionError("no page has a form")


def ask(  # noqa: PLR0913, PLR0917
    api: str,
    visitor: Visitor,
    method: str,
    path: str,
    world: World,
    person: Person | None,
    *,
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Open a page, or send its form or a script's request to it, with good fields for the world's things.

    Without `token`, one of the visitor's own is sent; an empty one is left out. `headers` replace the usual ones.
    """
    places = {**world.places, "version": "0" * 12, "name": "palette.svg" if "pictures" in path else "janus.css"}
    if "/trash/" in path:
        places["image_id"] = places["trashed_id"]
    url, told = api + path.format(**places), {"Origin": api, **(headers or {})}
    if method in ("GET", "HEAD"):
        return visitor.session.request(method, url, params=_query(path, world), allow_redirects=False, timeout=20)
    given = form_token(visitor) if token is None else token
    if path.startswith("/_/"):
        body = _body(path, places) if method != "DELETE" and not path.endswith("/restore") else None
        told |= {"X-Form-Token": given} if given else {}
        return visitor.session.request(method, url, json=body, headers=told, timeout=20)
    fields = {"form_token" if given else "none": given, **_fields(api, path, world, person)}
    return visitor.session.post(url, data=fields, headers=told, allow_redirects=False, timeout=20)


def _query(path: str, world: World) -> dict[str, str]:
    key = f"uploads/{world.owner.owner}/photo.jpg"
    return {"/upload/arrived": {"key": key}, "/library/figures": {"ids": world.places["image_id"]}}.get(path, {})


def _body(path: str, places: dict[str, str]) -> Any:
    return {
        "/_/images": {"images": [{"filename": "a.jpg"}]},
        "/_/images/actions": {"action": "tag", "images": [places["image_id"]], "tags": ["a"]},
        "/_/images/{image_id}": {"title": "Harbour"},
        "/_/images/{image_id}/shares": {"scope": "thumbnails"},
    }[path]


def _fields(api: str, path: str, world: World, person: Person | None) -> dict[str, Any]:
    """Return the fields of a form; a form that needs some and is not named here is refused, and fails."""
    name, image = f"new-{uuid.uuid4().hex[:12]}@example.org", world.places["image_id"]
    if path in ("/confirm", "/reset"):
        _auth(api, "signup", email=name, password=PASSWORD)
    if path == "/reset":
        _auth(api, "confirm", username=name, code=CODE)
        _auth(api, "forgot", username=name)
    fields: dict[str, dict[str, Any]] = {
        "/sign-in": {"username": DEMO.name, "password": DEMO.password},
        "/sign-up": {"email": name, "password": PASSWORD},
        "/confirm": {"username": name, "code": CODE},
        "/resend": {"username": name},
        "/forgot": {"username": name},
        "/reset": {"username": name, "code": CODE, "password": PASSWORD},
        "/account/keys": {"name": "Camera", "scopes": ["read"]},
        "/account/second-factor/code": _set_up(api, path, person),
        "/account/second-factor/remove": {"password": PASSWORD, "code": "123456"},
        "/sign-in/code": _second_step(api, path),
        "/account/delete": {"username": person.owner if person else ""},
        "/account/webhooks": {"url": "https://example.org/", "types": ["*"]},
        "/account/webhooks/{webhook_id}": {"url": "https://example.org/", "types": ["*"]},
        "/account/webhooks/{webhook_id}/state": {"state": "enabled"},
        "/images/{image_id}": {"match": "*", "title": "Harbour", "visibility": "public"},
        "/images/{image_id}/shares": {"scope": "thumbnails", "expires_in": "3600"},
        "/library/actions": {"action": "tag", "images": [image], "tags": "a"},
        "/library/download": {"images": [image]},
        "/trash/restore": {"image_id": world.places["trashed_id"], "version": _version(api, world)},
    }
    return fields.get(path, {})


def _set_up(api: str, path: str, owner: Person | None) -> dict[str, str]:
    """Return a secret of a second factor that is being set up, and a code of it."""
    if owner is None or not path.endswith("/second-factor/code"):
        return {}
    headers = {"Authorization": f"Bearer {owner.access}"}
    made = requests.post(f"{api}/v1/users/me/second-factor", headers=headers, timeout=20).json()
    secret = made["secret"]
    return {"secret": secret, "code": authenticator.code(secret)}


def _second_step(api: str, path: str) -> dict[str, str]:
    """Return the second step of a sign-in of somebody new."""
    if path != "/sign-in/code":
        return {}
    made = person()
    secret = authenticator.enrol(api, made.access)
    body = {"username": made.owner, "password": PASSWORD}
    step = requests.post(f"{api}/v1/auth/login", json=body, timeout=20).json()
    return {"username": step["username"], "session": step["session"], "code": authenticator.code(secret)}


def _auth(api: str, step: str, **body: str) -> None:
    assert requests.post(f"{api}/v1/auth/{step}", json=body, timeout=20).ok


def _version(api: str, world: World) -> str:
    trashed = call(api, "GET", "/v1/trash", world.owner.headers)["images"]
    return str(trashed[0]["version"]) if trashed else "gone"
