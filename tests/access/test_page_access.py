"""Who may open which page: every one, and every route for scripts, held against the table of docs/access.md."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.offline.provisioning import CODE, DEMO
from chalicelib.web.page import PAGES
from tests.access.conftest import PASSWORD, World, call, make_world
from tests.access.test_access import ALLOWED, PAGE_TABLE
from tests.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.access.conftest import Person

SIGN_IN = "sign in"
NOT_READY = 409  # the page is open to the caller, its image is not
ENDS = ("/delete", "/revoke", "/restore", "/empty", "/everywhere")
OPEN = ("/p/", "/s/")  # pages that show the owner's image to everybody


def cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield each page with everybody who may come, and the expected answer."""
    for (method, path), row in PAGE_TABLE.items():
        for who, expected in row.items():
            yield method, path, who, expected


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


def test_every_page_is_in_the_table(app: Any) -> None:
    """A page that nobody thought about fails here: add its row to the table "Pages" of docs/access.md."""
    pages = {(page.method, page.path) for page in PAGES}
    missing = [f"| {method} | `{path}` | sign in | ✓ | 404 |" for method, path in sorted(pages - set(PAGE_TABLE))]
    assert not missing, "rows that docs/access.md lacks; correct the answers:\n" + "\n".join(missing)
    assert set(PAGE_TABLE) == pages, "rows without a page"


@pytest.mark.parametrize(("method", "path", "who", "expected"), list(cells()))
def test_a_page_answers_as_the_table_says(  # noqa: PLR0913, PLR0917  a cell of the table
    api: str, app: Any, world: World, method: str, path: str, who: str, expected: str
) -> None:
    """Allowed means: opened, or done; and a page of one's own shows nothing of another's."""
    ends_it = method == "DELETE" or (method == "POST" and path.endswith(ENDS))
    place = make_world(api, app) if ends_it and expected == ALLOWED else world
    person = {"visitor": None, "owner": place.owner, "another user": place.another}[who]
    answer = _asked(api, browser(api, person), method, path, place, person)
    to_sign_in = answer.headers.get("Location", "").startswith("/sign-in?next=")
    if expected == SIGN_IN:
        assert (answer.status_code, to_sign_in) == (303, True), answer.text
    elif expected == ALLOWED:
        assert answer.status_code < 400 or answer.status_code == NOT_READY, answer.text
        assert not to_sign_in
        if method == "GET" and who != "owner" and not path.startswith(OPEN):
            assert place.places["image_id"] not in answer.text
            assert place.owner.owner not in answer.text
    else:
        assert str(answer.status_code) == expected, answer.text


def _asked(  # noqa: PLR0913, PLR0917
    api: str, visitor: Visitor, method: str, path: str, world: World, person: Person | None
) -> requests.Response:
    places = {**world.places, "version": "0" * 12, "name": "palette.svg" if "pictures" in path else "janus.css"}
    if "/trash/" in path:
        places["image_id"] = places["trashed_id"]
    query = {
        "/upload/arrived": {"key": f"uploads/{world.owner.owner}/photo.jpg"},
        "/library/figures": _figures(world),
    }
    url = api + path.format(**places)
    if method == "GET":
        return visitor.session.get(url, params=query.get(path), allow_redirects=False, timeout=20)
    token, own = form_token(visitor), {"Origin": api}
    if path.startswith("/_/"):
        headers = {**own, "X-Form-Token": token}
        body = _body(path, places) if method != "DELETE" and not path.endswith("/restore") else None
        return visitor.session.request(method, url, json=body, headers=headers, timeout=20)
    fields = {"form_token": token, **_fields(api, path, world, person)}
    return visitor.session.post(url, data=fields, headers=own, allow_redirects=False, timeout=20)


def _figures(world: World) -> dict[str, str]:
    return {"ids": world.places["image_id"]}


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
    return {
        "/sign-in": {"username": DEMO.name, "password": DEMO.password},
        "/sign-up": {"email": name, "password": PASSWORD},
        "/confirm": {"username": name, "code": CODE},
        "/resend": {"username": name},
        "/forgot": {"username": name},
        "/reset": {"username": name, "code": CODE, "password": PASSWORD},
        "/account/keys": {"name": "Camera", "scopes": ["read"]},
        "/account/delete": {"username": person.owner if person else ""},
        "/images/{image_id}": {"match": "*", "title": "Harbour", "visibility": "public"},
        "/images/{image_id}/shares": {"scope": "thumbnails", "expires_in": "3600"},
        "/library/actions": {"action": "tag", "images": [image], "tags": "a"},
        "/library/download": {"images": [image]},
        "/trash/restore": {"image_id": world.places["trashed_id"], "version": _version(api, world)},
    }.get(path, {})


def _auth(api: str, step: str, **body: str) -> None:
    assert requests.post(f"{api}/v1/auth/{step}", json=body, timeout=20).ok


def _version(api: str, world: World) -> str:
    trashed = call(api, "GET", "/v1/trash", world.owner.headers)["images"]
    return str(trashed[0]["version"]) if trashed else "gone"
