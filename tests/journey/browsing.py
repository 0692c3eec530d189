"""Steps: the pages, as a browser without scripts uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journey.people import PASSPHRASE
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.journey.state import Journey


def browse(journey: Journey) -> None:
    """Sign in through the form, look at the library and an image, write on it, sign out."""
    target, person = journey.target, journey.traveller
    visitor = Visitor(target.api, target.headers)
    assert visitor.get("/").status_code == 200  # and a cookie is set
    for path in ("/", "/sign-in", f"/s/{journey.link}", "/v1/status", f"/v1/shared/{journey.link}/thumbnail"):
        get, head = visitor.get(path), visitor.head(path)
        assert (head.status_code, head.content) == (get.status_code, b""), (path, head.status_code, head.content)
        for name in ("Content-Type", "Cache-Control", "Content-Security-Policy", "ETag"):
            assert head.headers.get(name) == get.headers.get(name), (path, name, head.headers)
    asked = visitor.get("/library")
    assert asked.status_code == 303, asked.text
    assert asked.headers["Location"] == f"{target.prefix}/sign-in?next=%2Flibrary", asked.headers
    signed_in = visitor.sign_in(person.email, PASSPHRASE, "%2Flibrary")
    assert (signed_in.status_code, signed_in.headers.get("Location")) == (303, f"{target.prefix}/library")
    library = visitor.get("/library")
    assert library.status_code == 200, library.text[:500]
    for name in ("harbour", "crimson", "dunes", "photo", "twin"):
        assert journey.ids[next(one for one in journey.ids if one.startswith(name))] in library.text, name
    page = f"/images/{journey.ids['dunes.webp']}"
    shown = visitor.get(page)
    assert "dunes.webp" in shown.text, shown.text[:500]
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'"), shown.headers
    written = visitor.send(f"{page}/edit", page, title="Sand and wind")
    assert written.status_code == 303, written.text[:500]
    assert person.get(journey.image("dunes.webp"))["title"] == "Sand and wind"
    assert "Sand and wind" in visitor.get(page).text
    stylesheet = visitor.get(f"{page}/theme.css")
    assert stylesheet.headers["Content-Type"] == "text/css; charset=utf-8", stylesheet.headers
    assert visitor.get(f"/images/{'a' * 26}").status_code == 404
    forged = visitor.post("/sign-out", {"form_token": "0" * 64})
    assert forged.status_code == 403, forged.text[:500]
    assert visitor.send("/library", "/sign-out").status_code == 303
    assert visitor.get("/library").status_code == 303
