"""Run a function from an unpacked zip as Lambda does: its real runtime client, and a small runtime API for it.

The process sees the zip's folder, that of a layer, the standard library and, last, the runtime client: nothing of
the virtual environment. Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import sysconfig
import threading
import time
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from packaging.requirements import Requirement

from scripts.package import wheels
from scripts.package.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

START = """
import runpy, sys
*folders, client = sys.argv[1].split(":")
del sys.argv[1]
sys.path[:] = [*folders, *sys.path, client]
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
"""
ISOLATED = ("-I", "-S", "-B")  # no environment of Python's, no site-packages, no .pyc written
TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.02  # within which the server stops
CLIENT = Requirement("awslambdaric")


class FunctionError(Exception):
    """The function raised, or could not be loaded, or gave no answer."""


def gather_client(folder: Path) -> Path:
    """Link the runtime client and its dependencies, out of this interpreter's packages, into their own folder."""
    folder.mkdir(parents=True)
    packages = Path(sysconfig.get_paths()["platlib"])
    needed = wheels.closure([CLIENT], packages, Target.own())
    for top, name in wheels.owners(packages).items():
        if name in needed:
            (folder / top).symlink_to(packages / top)
    return folder


class Function:
    """One execution environment of a function, for as long as the context lasts."""

    def __init__(  # noqa: PLR0913  all that an execution environment is made of
        self,
        function: Path,
        client: Path,
        handler: str,
        environment: Mapping[str, str],
        *,
        layer: Path | None = None,
        quiet: bool = False,
    ) -> None:
        self._log = subprocess.DEVNULL if quiet else None
        self._api = _RuntimeApi()
        self._environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            **environment,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_address[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": "janus",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        }
        folders = ":".join(str(folder) for folder in (function, layer, client) if folder)
        self._command = [sys.executable, *ISOLATED, "-c", START, folders, handler]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._api.serve_forever, args=[_POLL_SECONDS], daemon=True).start()
        self._process = subprocess.Popen(self._command, env=self._environment, stderr=self._log)  # noqa: S603
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that the function runs in; only within the context."""
        assert self._process is not None
        return self._process

    def invoke(self, event: Any) -> Any:
        """Give the function an event; return its result. Raise FunctionError for its errors."""
        self._api.events.put(json.dumps(event).encode())
        end = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            try:
                answer = self._api.answers.get(timeout=0.05)
            except queue.Empty:
                if ended:
                    raise FunctionError(f"the process ended with {self.process.returncode}") from None
                continue
            if answer.kind == "error":
                raise FunctionError(json.dumps(answer.payload, indent=1))
            return answer.payload
        raise FunctionError(f"no answer within {TIMEOUT_SECONDS} s")

    def wait(self) -> None:
        """Wait until the function asks for its next event: it is loaded, or done with the last one."""
        if not self._api.asked.acquire(timeout=TIMEOUT_SECONDS):
            raise FunctionError(f"not ready within {TIMEOUT_SECONDS} s")

    def children_seconds(self) -> float:
        """Return the CPU seconds of the processes that the function has started, while they run: its sandbox's."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):  # another process, which has ended
                parts = path.read_text().rpartition(") ")[2].split()  # of proc(5), from the state on
                if int(parts[1]) == self.process.pid:
                    ticks += sum(int(part) for part in parts[11:15])  # its own, and those of the ended children
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """End the function; return the CPU seconds that it took in all (0 where it was ended before)."""
        seconds = 0.0
        if self.process.returncode is None:
            self.process.kill()
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            seconds = usage.ru_utime + usage.ru_stime
        self._api.events.put(None)
        self._api.shutdown()
        self._api.server_close()
        return seconds


class _RuntimeApi(ThreadingHTTPServer):
    """The server of the runtime client: hands out events, takes answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[bytes | None] = queue.Queue()
        self.answers: queue.Queue[_Answer] = queue.Queue()
        self.asked = threading.Semaphore(0)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let the end of a function, which drops its connection, pass in silence."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Answer(NamedTuple):
    kind: str  # "response" or "error"
    payload: Any


class _Handler(BaseHTTPRequestHandler):
    server: _RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer `/runtime/invocation/next` when there is an event."""
        self.server.asked.release()
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",  # without one the client crashes
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + TIMEOUT_SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:janus",
        }
        self._send(200, event, headers)

    def do_POST(self) -> None:
        """Take `/runtime/invocation/{id}/response`, `/error` and `/runtime/init/error`."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put(_Answer(self.path.rpartition("/")[2], json.loads(body or b"null")))
        self._send(202, b"{}", {})

    def log_message(self, *arguments: object) -> None:
        """Write no line for each request."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
