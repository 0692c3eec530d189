"""The list of routes beside them, chalicelib/routes/README.md."""

from __future__ import annotations

import inspect
from itertools import groupby

from scripts.document import operations

_HEAD = """\
# Routes

Made by `make docs`; do not edit. What each takes and answers is in the OpenAPI document, `GET /v1/openapi.json`,
which `/docs` shows; how it is declared, in `chalicelib/api/endpoint.py`.
"""


def readme() -> str:
    """Write the page: every route, who may call it, what it does, and the codes of its own."""
    pieces = [_HEAD]
    for name, routes in groupby(sorted(operations.routes(), key=operations.tag), operations.tag):
        pieces.append(f"\n## {name}\n\n| route | for | what it does | errors of its own |\n|---|---|---|---|\n")
        for route in routes:
            does = " ".join(inspect.cleandoc(str(route.view.__doc__)).partition("\n\n")[0].split())
            own = ", ".join(f"`{code}`" for code in route.problems)
            pieces.append(f"| `{route.method} {route.path}` | {route.access.value} | {does} | {own} |\n")
    return "".join(pieces)
