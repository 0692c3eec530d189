"""The OpenAPI document, and a viewer for it; no file comes from another host."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from chalice import Blueprint, Response

from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import HTML, Problem
from chalicelib.api.security.access import Access

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

STATIC = Path(__file__).parents[1] / "static"
CSS, SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
VIEWER = "flask_swagger_ui"  # a package that carries Swagger UI as it was built; its code is never run
ASSETS = {
    "page.css": (STATIC, CSS),
    "docs.js": (STATIC, SCRIPT),
    "swagger-ui.css": (None, CSS),
    "swagger-ui-bundle.js": (None, SCRIPT),
}
"""The files that the pages load, by name: folder (None is the viewer's) and media type."""

# Scripts and styles from here alone, none within the page; the viewer draws with images in its style
STRICT = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
KEPT = {"Cache-Control": "public, max-age=3600"}  # the same for all


class _File(NamedTuple):
    """A file's text, and its entity tag."""

    text: str
    tag: str


@endpoint(routes, "GET", "/docs", Access.PUBLIC, answers={200: Answer(media=("text/html",))}, tagged=True)
def get_docs(call: Call) -> Response:
    """Show the OpenAPI document in a viewer that can call every route."""
    return _page(call, "docs.html")


@endpoint(
    routes,
    "GET",
    "/docs/{asset}",
    Access.PUBLIC,
    answers={200: Answer(media=("text/css", "text/javascript"))},
    problems=["asset_not_found"],
    tagged=True,
)
def get_asset(call: Call, asset: str) -> Response:
    """Return a script or style sheet of the HTML pages."""
    if asset not in ASSETS:
        raise Problem("asset_not_found", "There is no such asset.")
    folder, content_type = ASSETS[asset]
    return _answer(call, _read((folder or viewer()) / asset), content_type, KEPT)


@endpoint(
    routes,
    "GET",
    "/v1/openapi.json",
    Access.PUBLIC,
    answers={200: Answer(media=(JSON,))},
    tagged=True,
)
def get_openapi(call: Call) -> Response:
    """Return the OpenAPI document of this API."""
    return _answer(call, _read(STATIC / "openapi.json"), JSON, KEPT)


def _page(call: Call, name: str) -> Response:
    filled = Template(_read(STATIC / name).text).substitute(root=call.link(""))
    return call.tagged_text(filled, HTML, headers=STRICT)


def _answer(call: Call, file: _File, content_type: str, headers: dict[str, str]) -> Response:
    return call.unless_known(
        Response(file.text, status_code=200, headers={**headers, "Content-Type": content_type, "ETag": file.tag})
    )


@cache
def _read(path: Path) -> _File:
    """Return a file, read once: a deployment does not change."""
    data = path.read_bytes()
    return _File(data.decode(), f'"{hashlib.sha256(data).hexdigest()[:32]}"')


@cache
def viewer() -> Path:
    """Return the folder of the viewer, the only part of its package that is deployed."""
    spec = find_spec(VIEWER)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{VIEWER} is not there: `make run` installs it, `make package` packs it")
    return Path(spec.submodule_search_locations[0]) / "dist"
