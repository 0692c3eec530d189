"""The list of routes beside them, chalicelib/routes/README.md."""

from __future__ import annotations

import inspect
from itertools import groupby

from scripts.document import operations

_HEAD = """\
# Routes

Made by `make docs`; do not edit. The requests and answers of each route are in the OpenAPI document,
`GET /v1/openapi.json`, which `/docs` shows; `chalicelib/api/endpoint.py` describes the declaration.
"""


def readme() -> str:
    """Write the page: every route, its callers, its action, and its own codes."""
    pieces = [_HEAD]
    for name, routes in groupby(sorted(operations.routes(), key=operations.tag), operations.tag):
        pieces.append(f"\n## {name}\n\n| route | for | action | errors of its own |\n|---|---|---|---|\n")
        for route in routes:
            does = " ".join(inspect.cleandoc(str(route.view.__doc__)).partition("\n\n")[0].split())
            own = ", ".join(f"`{code}`" for code in route.problems)
            pieces.append(f"| `{route.method} {route.path}` | {route.access.value} | {does} | {own} |\n")
    return "".join(pieces)
