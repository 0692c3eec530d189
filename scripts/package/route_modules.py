"""The table by which the API function loads a module of routes only when one of its routes is requested."""

from __future__ import annotations

import json
import pkgutil
from collections import defaultdict
from importlib import import_module
from typing import TYPE_CHECKING

from chalicelib import routes
from chalicelib.api.endpoint import ROUTES, served
from chalicelib.routes import on_demand
from chalicelib.web.page import PAGES

if TYPE_CHECKING:
    from pathlib import Path


def table() -> dict[str, dict[str, str]]:
    """Return the name of the module of each route, by path and method.

    Preflights are left out: they concern all modules of a path.
    """
    for module in pkgutil.walk_packages(routes.__path__, f"{routes.__name__}."):
        import_module(module.name)
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    declared = [(route.path, route.method, route.view.__module__) for route in ROUTES]
    for path, method, name in (*declared, *((page.path, page.method, page.module) for page in PAGES)):
        found[path] |= dict.fromkeys(served(method), name)
    return dict(found)


def write(function: Path) -> None:
    """Write the table into the folder of a function."""
    path = function.joinpath(*routes.__name__.split("."), on_demand.TABLE.name)
    path.write_text(json.dumps(table(), sort_keys=True, separators=(",", ":")))
