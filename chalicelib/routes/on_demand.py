"""Modules of routes, each loaded with the first request for one of its routes.

Loading all of them takes half of a cold start's CPU time, and a request needs one. So a package has a table of the
routes with their modules (`scripts/package/route_modules.py`). Where there is none, `app` loads all of them.
"""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from chalice import Chalice, Response
    from chalice.app import Request

    from chalicelib.api.endpoint import Route

    Modules = Mapping[str, Mapping[str, str]]
    Next = Callable[[Request], Response]

TABLE = Path(__file__).with_name("route_modules.json")
NEEDED_BY_ALL = "chalicelib.api.endpoint"


def modules() -> Modules | None:
    """Return the names of the modules by path and method of their routes; None outside of a package."""
    known: Modules | None = json.loads(TABLE.read_bytes()) if TABLE.exists() else None
    return known


def loader(app: Chalice, known: Modules) -> Callable[[Request, Next], Response]:
    """Return the middleware that registers the blueprint of a request's route, if no request has done so.

    The modules that all routes need load here: Lambda may start a function before there is a request for it.
    """
    gc.disable()  # to look for garbage among modules, which all stay, would take a twentieth of the time
    declared = import_module(NEEDED_BY_ALL).ROUTES
    gc.freeze()
    gc.enable()
    registered: set[str] = set()

    def load(request: Request, get_response: Next) -> Response:
        methods = known.get(request.context["resourcePath"], {})
        # a preflight, and the refusal of a method that the path lacks, name the methods of all
        needed = {methods[request.method]} if request.method in methods else {*methods.values()}
        for name in sorted(needed - registered):
            app.register_blueprint(_import(name, declared).routes)
            registered.add(name)
        return get_response(request)

    return load


def _import(name: str, declared: list[Route]) -> ModuleType:
    """Return a module. Raises the errors of its import, whose next attempt then declares the same routes anew."""
    try:
        return import_module(name)
    except Exception:
        declared[:] = [route for route in declared if route.view.__module__ in sys.modules]
        raise
