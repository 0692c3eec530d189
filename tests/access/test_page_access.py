"""Who may open which page: every one, and every route for scripts, held against the table of docs/access.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.web.page import PAGES
from tests.access.conftest import World, make_world
from tests.access.page_requests import ask, browser
from tests.access.test_access import ALLOWED, PAGE_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # every page, by everybody: a minute

SIGN_IN = "sign in"
NOT_READY = 409  # the page is open to the caller, its image is not
ENDS = ("/delete", "/revoke", "/restore", "/empty", "/everywhere", "/replay", "/second-factor/code")
OPEN = ("/p/", "/s/")  # pages that show the owner's image to everybody


def cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield each page with everybody who may come, and the expected answer."""
    for (method, path), row in PAGE_TABLE.items():
        for who, expected in row.items():
            yield method, path, who, expected


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
    answer = ask(api, browser(api, person), method, path, place, person)
    to_sign_in = answer.headers.get("Location", "").startswith("/sign-in?next=")
    if expected == SIGN_IN:
        assert (answer.status_code, to_sign_in) == (303, True), answer.text
    elif expected == ALLOWED:
        assert answer.status_code < 400 or answer.status_code == NOT_READY, answer.text
        assert not to_sign_in
        if method == "GET" and who != "owner" and not path.startswith(OPEN):
            assert place.places["image_id"] not in answer.text
            assert place.owner.owner not in answer.text
            assert place.places["webhook_id"] not in answer.text
    else:
        assert str(answer.status_code) == expected, answer.text
