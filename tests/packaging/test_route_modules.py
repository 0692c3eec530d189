"""The table of the package: the module of each route, which loads with the first request for one of its routes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from app import app
from chalicelib.routes import on_demand
from scripts.package import route_modules
from tests.packaging.lambda_events import request
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Ask = Callable[..., "Answered"]

PROGRAM = """
import gc, json, pathlib, sys
from chalicelib.routes import on_demand
table, events = json.load(sys.stdin)
on_demand.TABLE = pathlib.Path(table)
from app import app
answers = [app(event, None) for event in events]
routes = {path: sorted(methods) for path, methods in app.routes.items()}
endpoints = [(route.method, route.path) for route in sys.modules["chalicelib.api.endpoint"].ROUTES]
told = {"answers": answers, "routes": routes, "modules": sorted(sys.modules), "endpoints": endpoints}
json.dump({**told, "collects": gc.isenabled(), "frozen": gc.get_freeze_count()}, sys.stdout)
"""
FAILS_ONCE = """
from chalicelib.api import endpoint as module
declare, left = module.endpoint, {"/v1/status/ready", "/v1/trash/{image_id}/restore"}
def endpoint(blueprint, method, path, *given, **options):
    if path in left:
        left.remove(path)
        raise OSError("Too many open files")
    return declare(blueprint, method, path, *given, **options)
module.endpoint = endpoint
"""
"""The second declaration of a module fails once, and that of another, which a module of pages imports."""
ROUTES, PAGES = "chalicelib.routes", "chalicelib.routes.pages"


class Answered(NamedTuple):
    """A process that was asked: answers, routes (methods by path), declarations, modules, garbage collector."""

    answers: list[dict[str, Any]]
    routes: dict[str, list[str]]
    modules: set[str]
    endpoints: list[list[str]]  # method and path
    collects: bool
    frozen: int


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the table as the package does."""
    folder = tmp_path_factory.mktemp("function")
    written = folder / "chalicelib" / "routes" / on_demand.TABLE.name
    written.parent.mkdir(parents=True)
    route_modules.write(folder)
    return written


@pytest.fixture
def ask(table: Path) -> Ask:
    """Return a way to give requests to a new process with the table."""

    def ask(*events: dict[str, Any], table: Path = table, first: str = "") -> Answered:
        told = run(first + PROGRAM, json.dumps([str(table), events]))
        return Answered(**{**told, "modules": {*told["modules"]}})

    return ask


def run(program: str, given: str) -> Any:
    """Return the JSON that a program prints in a new process, without any address of AWS."""
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "JANUS_STAGE": "prod", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=given,
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_table_has_every_route(table: Path) -> None:
    """Those of the API, pages, and routes for scripts; with HEAD beside each GET."""
    known = json.loads(table.read_text())
    served = {(path, method) for path, methods in app.routes.items() for method in methods}
    assert {(path, method) for path, methods in known.items() for method in methods} == {
        (path, method) for path, method in served if method != "OPTIONS"
    }
    assert known["/v1/images"] == {
        "GET": f"{ROUTES}.catalogue",
        "HEAD": f"{ROUTES}.catalogue",
        "POST": f"{ROUTES}.images",
    }
    assert known["/library"] == {"GET": f"{PAGES}.library", "HEAD": f"{PAGES}.library"}
    assert known["/_/images"] == {"POST": f"{PAGES}.scripts"}


def test_a_request_loads_its_own_module_of_routes(ask: Ask) -> None:
    """No other, no page, and no function of events; a second request needs no more."""
    answered = ask(request("GET", "/v1/status"), request("GET", "/v1/status"))
    assert [answer["statusCode"] for answer in answered.answers] == [200, 200]
    assert json.loads(answered.answers[1]["body"])["status"] == "alive"
    loaded = {name for name in answered.modules if name.startswith((f"{ROUTES}.", "chalicelib.events"))}
    assert loaded == {f"{ROUTES}.on_demand", f"{ROUTES}.status"}
    assert not answered.modules & {"chalicelib.web", "chalicelib.catalogue", "chalicelib.processing"}
    assert answered.routes == {
        "/v1/status": ["GET", "HEAD", "OPTIONS"],
        "/v1/status/ready": ["GET", "HEAD", "OPTIONS"],
    }


def test_garbage_is_collected_after_the_start(ask: Ask) -> None:
    """Of requests alone: the objects of the modules that were loaded before are no longer looked at."""
    answered = ask(request("GET", "/v1/status"))
    assert answered.collects
    assert answered.frozen > 10_000


@pytest.mark.medium
@pytest.mark.parametrize("step", [1, -1])
def test_the_routes_are_the_same_when_all_were_requested(table: Path, step: int) -> None:
    """Each with the methods that it has without a table, the preflights included, in whatever order they came."""
    program = (
        "import json, pathlib, sys, types, chalice; from chalicelib.routes import on_demand; "
        "app = chalice.Chalice('janus', configure_logs=False); known = json.loads(sys.stdin.read()); "
        "load = on_demand.loader(app, known); "
        "asked = [(path, method) for path, methods in known.items() for method in [*methods, 'OPTIONS']]; "
        f"[load(types.SimpleNamespace(context={{'resourcePath': path}}, method=method), lambda request: None) "
        f"for path, method in asked[::{step}]]; "
        "print(json.dumps({path: sorted(methods) for path, methods in app.routes.items()}))"
    )
    told = run(program, table.read_text())
    assert told == {path: sorted(methods) for path, methods in app.routes.items()}


@pytest.mark.medium
@pytest.mark.parametrize("before", [[], [("GET", "/v1/images")], [("POST", "/_/images")]])
def test_a_preflight_names_the_methods_of_all_modules(ask: Ask, before: list[tuple[str, str]]) -> None:
    """Those that are declared, no matter which of them was loaded before."""
    answered = ask(*(request(*event) for event in before), request("OPTIONS", "/v1/images"))
    told = answered.answers[-1]
    assert told["statusCode"] == 204
    assert {*told["headers"]["Access-Control-Allow-Methods"].split(", ")} == {"GET", "POST"}


def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(ask: Ask) -> None:
    """As if all modules were loaded."""
    (told,) = ask(request("DELETE", "/v1/images")).answers
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (405, "method_not_allowed")
    assert {*told["headers"]["Allow"].split(", ")} == {"GET", "HEAD", "POST", "OPTIONS"}


def test_a_module_that_fails_to_load_is_an_internal_error(ask: Ask, tmp_path: Path) -> None:
    """Of its own routes: the answer is a problem with a request id, and other routes go on."""
    broken = {
        "/v1/broken": {"GET": f"{ROUTES}.broken"},
        "/v1/status": {"GET": f"{ROUTES}.status"},
    }
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    events = [request("GET", "/v1/broken"), request("GET", "/v1/broken"), request("GET", "/v1/status")]
    answered = ask(*events, table=tmp_path / "broken.json")
    assert [answer["statusCode"] for answer in answered.answers] == [500, 500, 200]
    assert json.loads(answered.answers[1]["body"])["code"] == "internal_error"
    assert answered.answers[1]["headers"]["X-Request-Id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


@pytest.mark.medium
def test_a_module_that_failed_to_load_once_is_whole_the_next_time(ask: Ask) -> None:
    """With preflights for all its paths, and each route once; a module that imports another likewise."""
    paths = ("/v1/status", "/v1/status/ready", "/v1/trash")
    asked = [request("GET", "/v1/status"), request("GET", "/v1/status")]
    asked += [request("POST", "/_/images"), *(request("OPTIONS", path) for path in paths)]
    answered = ask(*asked, first=FAILS_ONCE)
    assert [answer["statusCode"] for answer in answered.answers] == [500, 200, 500, 204, 204, 204]
    assert answered.routes["/v1/status"] == answered.routes["/v1/status/ready"] == ["GET", "HEAD", "OPTIONS"]
    assert "OPTIONS" in answered.routes["/v1/trash"]
    declared = [tuple(one) for one in answered.endpoints]
    assert len(declared) == len({*declared})
    assert {("GET", path) for path in paths} <= {*declared}
