"""The receivers of docs/webhooks.md verify real deliveries with the official libraries, and refuse all others."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from chalicelib.config import settings
from chalicelib.extensions.integrations import webhooks
from tests import delivery
from tests.system import PROJECT, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import User

FRONTEND = PROJECT / "docs" / "frontend"


def program(language: str) -> str:
    """Return the receiver of the page in a language."""
    page = (PROJECT / "docs" / "webhooks.md").read_text()
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return str(found)


class Program(NamedTuple):
    """A receiver in a process of its own."""

    process: subprocess.Popen[str]
    lines: list[str]
    reader: threading.Thread

    @classmethod
    def start(cls, command: Sequence[str], port: int, secret: str, folder: Path) -> Program:
        """Start it, and wait until it listens."""
        environment = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": secret}
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        lines: list[str] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        wait_until(lambda: listens(port))
        return cls(process, lines, reader)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        self.reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def listens(port: int) -> bool:
    """Tell whether somebody answers at a port; a request without a signature is refused."""
    try:
        return requests.post(f"http://127.0.0.1:{port}/", data=b"{}", timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def hook(aws: str, user: User, port: int) -> webhooks.Made:
    """Return a webhook of a user that leads to the port."""
    assert aws
    return webhooks.make(user.owner, f"http://127.0.0.1:{port}/", ["*"], None)


def receives(api: str, app: Any, user: User, hook: webhooks.Made, receiver: Program) -> None:
    """Send a test, one under both keys of a rotation, and one that the receiver's secret does not sign."""
    path = f"{api}/v1/webhooks/{hook.item.webhook_id}"

    def state_of_a_test() -> tuple[str, str, list[Any]]:
        event_id = user.http.post(f"{path}/test").json()["event_id"]
        for item in delivery.receive(settings().deliveries_queue):
            assert delivery.give(app, item, function="deliver_events") == []
        shown = user.http.get(f"{path}/deliveries/{event_id}").json()
        return event_id, shown["state"], [attempt["status"] for attempt in shown["attempts"]]

    first, state, statuses = state_of_a_test()
    assert (state, statuses) == ("delivered", [204])
    assert user.http.post(f"{path}/secret").status_code == 200
    second, state, statuses = state_of_a_test()
    assert (state, statuses) == ("delivered", [204])
    for _ in range(3):
        assert user.http.post(f"{path}/secret").status_code == 200  # the receiver's is none of the last four now
    _, state, statuses = state_of_a_test()
    assert (state, statuses) == ("pending", [401])
    receiver.stop()
    assert receiver.lines == [f"webhook.test {first}\n", f"webhook.test {second}\n"]


def test_the_receiver_in_python(  # noqa: PLR0913, PLR0917  the system's parts
    api: str, app: Any, user: User, hook: webhooks.Made, port: int, tmp_path: Path
) -> None:
    """As the page shows it, with standardwebhooks of PyPI."""
    (tmp_path / "receiver.py").write_text(program("python"))
    receiver = Program.start([sys.executable, "receiver.py"], port, hook.keys.secret, tmp_path)
    try:
        receives(api, app, user, hook, receiver)
    finally:
        receiver.process.kill()


@pytest.mark.slow  # npm and a compiler
def test_the_receiver_in_typescript(api: str, app: Any, user: User, hook: webhooks.Made, port: int) -> None:
    """As the page shows it, compiled strictly, with standardwebhooks of npm."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine")
    if not (FRONTEND / "node_modules" / "standardwebhooks").exists():
        subprocess.run(["npm", "ci", "--omit=optional", "--silent"], cwd=FRONTEND, check=True, timeout=300)
    folder = FRONTEND / "build" / "receiver"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "receiver.ts").write_text(program("ts"))
    options = ["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck", "--types", "node"]
    subprocess.run(["npx", "tsc", "build/receiver/receiver.ts", *options], cwd=FRONTEND, check=True, timeout=120)
    receiver = Program.start(["node", "receiver.js"], port, hook.keys.secret, folder)
    try:
        receives(api, app, user, hook, receiver)
    finally:
        receiver.process.kill()
