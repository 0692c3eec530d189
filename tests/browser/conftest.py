"""A real browser: Debian's chromium, without a window."""

from __future__ import annotations

import html
import http.server
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests import servers
from tests.browser import people, webhook_states
from tests.browser.windows import FLAGS, Windows
from tests.system import PROJECT, System

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

UNLIMITED = ",".join(f"{kind}=1000000/60" for kind in ("read", "write", "public", "shared", "auth"))
assert webhook_states  # it adds its pages to the states of all
FAILED = pytest.StashKey[bool]()

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><pre id="result"></pre>
<script type="module">
const done = (value) => { document.getElementById("result").textContent = JSON.stringify(value); };
const run = async () => { %s };
run().then(done, (error) => done({ failed: String(error) }));
</script>"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return the one browser of all windows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the whole system, for all tests of this process; limits would stop the many tests at one address."""
    state = tmp_path_factory.mktemp("browser") / "state"
    started = System(PROJECT, state, RATE_LIMITS=UNLIMITED).ready()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def album(system: System) -> tuple[people.Person, list[str]]:
    """Return the demo account with the images of an album, which tests only look at; the oldest first."""
    return people.keep_an_album(system)


@pytest.fixture(scope="session")
def person(system: System) -> people.Person:
    """Return somebody with an empty library, which tests leave empty."""
    return people.sign_up(system)


@pytest.fixture
def windows(browser: Browser, system: System, request: pytest.FixtureRequest) -> Iterator[Windows]:
    """Return what opens windows; a fault in one of them fails the test, and a failed test leaves pictures."""
    made = Windows(browser, system.api)
    yield made
    faults = made.faults()
    if faults or request.node.stash.get(FAILED, False):
        made.picture(re.sub(r"[^a-z0-9-]+", "_", request.node.name.lower()).strip("_"))
    made.close()
    assert faults == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know that their test has failed."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def pages() -> Iterator[dict[str, Any]]:
    """Serve pages on a port of their own: what a test puts in the dictionary, by its path; `port` is there."""
    held: dict[str, Any] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = held[self.path].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held["port"] = server.server_port
        stop = servers.start(server)
        yield held
        stop()


@pytest.fixture
def run(chromium: str, pages: dict[str, Any], tmp_path: Path) -> Callable[[str, str], Any]:
    """Return a way to run a script's body in a page of a host, and to get its result."""

    def in_page(host: str, script: str) -> Any:
        pages["/page"] = PAGE % script
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=20000", "--dump-dom", f"http://{host}:{pages['port']}/page",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        result = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
        assert result, done.stderr[-2000:]
        return json.loads(html.unescape(result[1]))

    return in_page
