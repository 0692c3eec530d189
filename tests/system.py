"""The whole offline system as its user starts it: `chalice local`, a process group of its own, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import requests
from botocore.config import Config

from chalicelib.offline import provisioning
from chalicelib.offline.process_lifetime import wait_for_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
LOCAL = (sys.executable, str(Path(sys.executable).with_name("chalice")), "local", "--port", "0")


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return the condition's value once it is true; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while (began := time.monotonic()) < deadline:
        if found := condition():
            return found
        time.sleep(max(0.05, time.monotonic() - began))  # what is waited for needs the processor too
    raise AssertionError(f"not within {seconds} s: {condition}")


def clients(endpoint: str) -> Callable[[str], Any]:
    """Return a maker of boto3 clients for an offline AWS."""

    def make(service: Any) -> Any:
        return boto3.client(
            service,
            provisioning.REGION,
            endpoint_url=endpoint,
            aws_access_key_id="offline",
            aws_secret_access_key="offline",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
        )

    return make


def clone_to(folder: Path) -> Path:
    """Copy the project as it is, with the packages installed, and without what git ignores; return the folder."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    known = subprocess.run(listed, cwd=PROJECT, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(known).split("\0")):
        if os.path.lexists(PROJECT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name, follow_symlinks=False)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (folder / ".venv" / "installed").touch()
    return folder


def heed_signals() -> None:
    """Undo the settings of `nohup` and `&`: else processes started here ignore Ctrl-C and a closed terminal."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


FOREIGN = ("AWS_", "JANUS_WEBHOOKS_", "RATE_LIMITS")
"""What other tests set in this process, and a system of its own must not have."""


class System:
    """One `chalice local`, in a process group of its own, on free ports."""

    def __init__(
        self, project: Path, state: Path, *arguments: str, command: Sequence[str] = LOCAL, **variables: str
    ) -> None:
        heed_signals()
        self.project, self.state = project, state
        self._lines: list[str] = []
        self._tokens: dict[str, str] = {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        environment |= {
            "JANUS_STATE": str(state),
            "JANUS_AWS_PORT": "0",
            "JANUS_RECOGNITION": "off",  # models take time
            "XDG_STATE_HOME": str(state.with_name(f"{state.name}-home")),
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self._lines.extend(self.process.stdout)

    @property
    def output(self) -> str:
        """All that it has printed."""
        return "".join(self._lines)

    def ready(self, times: int = 1) -> System:
        """Wait until it has said for the `times`-th time where it is."""
        deadline = time.monotonic() + START_SECONDS
        while self.output.count("# Read the records") < times:
            if self.process.poll() is not None or time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                raise AssertionError(self.output)
            time.sleep(0.05)
        return self

    @property
    def api(self) -> str:
        """Address of the API, as it was last said."""
        return str(re.findall(r"  Start +(http://[\d.:]+)", self.output)[-1])

    @property
    def endpoint(self) -> str:
        """Address of the offline AWS, as it was last said."""
        return str(re.findall(r"  S3 +(http://[\d.:]+)", self.output)[-1])

    @property
    def server(self) -> dict[str, Any]:
        """The offline AWS's description of itself."""
        known: dict[str, Any] = json.loads((self.state / "server.json").read_text())
        return known

    def token(self, user: provisioning.User = provisioning.DEMO) -> str:
        """Log in."""
        answer = requests.post(
            f"{self.api}/v1/auth/login", json={"username": user.name, "password": user.password}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def records(self) -> dict[str, str]:
        """Return the demo user's images: state by key."""
        found: dict[str, str] = {}
        path = "/v1/images?limit=100"
        if not self._tokens.get(self.api):
            self._tokens[self.api] = self.token()
        headers = {"Authorization": f"Bearer {self._tokens[self.api]}"}
        while path:
            page = requests.get(self.api + path, headers=headers, timeout=10).json()
            found |= {image["key"]: image["state"] for image in page["images"]}
            path = page["links"].get("next")
        return found

    def client(self, service: str) -> Any:
        """Return a boto3 client of its offline AWS."""
        return clients(self.endpoint)(service)

    def kill(self) -> None:
        """End every process of it at once, as no process can resist."""
        server = self.server["pid"]
        os.kill(server, signal.SIGKILL)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_for_end(server)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """End it as its user would; return when nothing of it runs any more."""
        server = self.state / "server.json"
        pid = json.loads(server.read_text())["pid"] if server.exists() else None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal_number)
        self.process.wait(timeout=20)
        if pid is not None:
            wait_for_end(pid)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
