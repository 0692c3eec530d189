"""Who may call which route: every one with every kind of credentials, held against the table of docs/access.md."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.api.endpoint import ROUTES
from chalicelib.offline.provisioning import DEMO
from chalicelib.web.page import PAGES
from tests.access.conftest import PASSWORD, World, log_in, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
COLUMNS = ("owner", "read key", "write key", "another user", "admin", "disabled user", "no token", "bad token")
BAD = (
    "expired",
    "of another issuer",
    "of another audience",
    "tampered",
    "alg none",
    "HS256 with the public key",
    "an id token",
)
ALLOWED = "✓"
LISTS = ("/v1/images", "/v1/trash", "/v1/users/me", "/v1/users/me/keys", "/v1/users/me/export", "/v1/webhooks")
NOT_FOR_THE_CALLER = {"invalid_code", "invalid_credentials", "image_not_ready"}  # refused for other reasons


def table(text: str, columns: tuple[str, ...]) -> dict[tuple[str, str], dict[str, str]]:
    """Return a table of the document: for each route the answer to each column."""
    rows = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"\| (GET|POST|PUT|PATCH|DELETE) \| `(/[^`]*)` \|(.*)\|", line):
            cells = [cell.strip() for cell in found[3].split("|")]
            rows[found[1], found[2]] = dict(zip(columns, cells, strict=True))
    return rows


_OF_ROUTES, _, _OF_PAGES = DOCUMENT.read_text().partition("## Pages")
TABLE = table(_OF_ROUTES, COLUMNS)
PAGE_TABLE = table(_OF_PAGES, ("visitor", "owner", "another user"))


def cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield each route with each kind of credentials, and the expected answer."""
    for (method, path), row in TABLE.items():
        for column, expected in row.items():
            for who in BAD if column == "bad token" else (column,):
                yield method, path, who, expected


def test_every_route_is_in_the_table(app: Any) -> None:
    """A route that nobody thought about in docs/access.md fails here, and so does a row without a route."""
    assert set(TABLE) == {(route.method, route.path) for route in ROUTES}
    beside = {"OPTIONS", "HEAD"}  # of every path; of every path that has GET
    served = {(method, path) for path, methods in app.routes.items() for method in methods if method not in beside}
    assert set(TABLE) == served - {(one.method, one.path) for one in PAGES}
    heads = {path for path, methods in app.routes.items() if "HEAD" in methods}
    assert heads == {path for method, path in {**TABLE, **PAGE_TABLE} if method == "GET"}


@pytest.mark.parametrize(("method", "path", "who", "expected"), list(cells()))
def test_a_route_answers_as_the_table_says(  # noqa: PLR0913, PLR0917  a cell of the table
    api: str, app: Any, http: requests.Session, world: World, method: str, path: str, who: str, expected: str
) -> None:
    """Allowed means: a valid request is not refused; and what another may ask for does not show the owner's."""
    ends_it = method == "DELETE" or path.endswith(("/everywhere", "/restore", "/replay"))
    place = make_world(api, app) if expected == ALLOWED and ends_it else world
    answer = http.request(
        method,
        api + path.format(**place.places | ({"image_id": place.places["trashed_id"]} if "/trash" in path else {})),
        params={"url": f"{api}/p/{place.places['image_id']}"} if path == "/oembed" else None,
        headers=place.credentials(who),
        json=body_of(method, path, place) if method in ("POST", "PUT", "PATCH") else None,
        allow_redirects=False,
        timeout=10,
    )
    if expected != ALLOWED:
        assert str(answer.status_code) == expected, answer.text
        if expected == "401":
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        return
    refused = answer.status_code >= 400 and answer.json()["code"] not in NOT_FOR_THE_CALLER
    assert not refused, answer.text
    if who in ("another user", "admin") and path in LISTS:
        assert place.owner.owner not in answer.text
        assert place.places["image_id"] not in answer.text
        assert place.places["trashed_id"] not in answer.text
        assert place.places["webhook_id"] not in answer.text


def body_of(method: str, path: str, world: World) -> Any:
    """Return a body that the route takes; a route that needs one and is not named here is refused, and fails."""
    name = f"new-{uuid.uuid4().hex[:12]}@example.org"
    if path == "/v1/auth/logout":
        return {"refresh_token": log_in(DEMO.name, DEMO.password).refresh}
    return {
        ("POST", "/v1/auth/signup"): {"email": name, "password": PASSWORD},
        ("POST", "/v1/auth/confirm"): {"username": name, "code": "123456"},
        ("POST", "/v1/auth/resend"): {"username": name},
        ("POST", "/v1/auth/login"): {"username": DEMO.name, "password": DEMO.password},
        ("POST", "/v1/auth/second-factor"): {"username": name, "session": "s" * 20, "code": "123456"},
        ("POST", "/v1/auth/refresh"): {"refresh_token": world.owner.refresh},
        ("POST", "/v1/auth/forgot"): {"username": name},
        ("POST", "/v1/auth/reset"): {"username": name, "code": "123456", "password": PASSWORD},
        ("POST", "/v1/images"): {"images": [{"filename": "a.jpg"}]},
        ("POST", "/v1/images/actions"): {"action": "tag", "images": [world.places["image_id"]], "tags": ["a"]},
        ("PATCH", "/v1/images/{image_id}"): {"title": "Harbour"},
        ("PATCH", "/v1/images/{image_id}/annotations"): {"additions": [{"kind": "label", "value": "Quay"}]},
        ("POST", "/v1/images/{image_id}/shares"): {"scope": "thumbnails"},
        ("PATCH", "/v1/users/me"): {"display_name": "Somebody"},
        ("PUT", "/v1/users/me/second-factor"): {"code": "123456"},
        ("POST", "/v1/users/me/second-factor/remove"): {"password": PASSWORD, "code": "123456"},
        ("POST", "/v1/users/me/keys"): {"name": "Camera", "scopes": ["write"]},
        ("POST", "/v1/webhooks"): {"url": "https://example.org/", "types": ["image.ready"]},
        ("PATCH", "/v1/webhooks/{webhook_id}"): {"description": "Site"},
        ("PATCH", "/v1/admin/users/{owner}"): {"quota_images": 1000},
        ("PUT", "/v1/admin/images/{image_id}/judgement"): {"verdict": "safe"},
        ("POST", "/v1/admin/backfill"): {"prefix": f"uploads/{world.owner.owner}/"},
        ("POST", "/v1/admin/images/reprocess"): {"images": [world.places["image_id"]]},
    }.get((method, path))
