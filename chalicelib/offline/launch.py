"""Find the offline AWS of this `chalice local`, or start it."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.offline import process_lifetime, server

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 4566
ERRORS = "server.err"
API = "api.port"
_BEFORE_THE_STATE = {ERRORS, server.LOG, "lock"}  # files left by a start that is refused for its port


class Box(NamedTuple):
    """The offline AWS as it runs."""

    endpoint: str
    folder: Path
    log: Path
    pid: int


def state_folder() -> Path:
    """Return where the state lives: JANUS_STATE, or a folder for this project under the XDG state home."""
    if chosen := os.environ.get("JANUS_STATE"):
        return Path(chosen).expanduser().resolve()
    return _home() / f"{PROJECT.name}-{hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]}"


def _home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "janus"


def find_or_start() -> Box:
    """Return the box of this `chalice local`: the one that an earlier worker left to it, or a new one.

    Ends the process with a message where the port or the state is another's.
    """
    folder, parent = state_folder(), process_lifetime.chalice_local()
    if folder == PROJECT or PROJECT in folder.parents:
        process_lifetime.fail(
            f"JANUS_STATE={folder} lies within the project: every change there would reload the app."
        )
    try:
        prepare(folder)
    except OSError as error:
        process_lifetime.fail(f"The state cannot be kept in {folder}: {error}. JANUS_STATE names another folder.")
    known = _read(folder / "server.json")
    if known.get("parent") != parent or not _is_ours(known):
        known = _start(folder, _port(), parent)
    return _box(folder, known)


def announce(box: Box, port: int) -> None:
    """Note on which port the API serves a box, for the programs that are started beside it."""
    (box.folder / API).write_text(str(port))
    link = _home() / "ports" / str(port)
    with suppress(OSError):  # a home that cannot be written to; JANUS_STATE finds the box all the same
        link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(box.folder)


def find(port: str | None = None) -> Box | None:
    """Return the box that runs with this project's state, started by any process, or None.

    With the port of an API, return the box that this API serves, of any state and project.
    """
    folder = state_folder() if port is None else (_home() / "ports" / port).resolve()
    known = _read(folder / "server.json")
    if not _is_ours(known) or (port is not None and api_port(folder) != port):
        return None
    return _box(folder, known)


def api_port(folder: Path) -> str | None:
    """Return the port on which the API serves the box of a folder, or did last; None where it never has."""
    try:
        return (folder / API).read_text()
    except OSError:
        return None


def prepare(folder: Path) -> None:
    """Make the folder, open to its owner only; raise OSError where that cannot be or it holds something else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError("it belongs to another user")
    strange = {path.name for path in folder.iterdir()} - _BEFORE_THE_STATE
    if strange and not _read(folder / "format.json").keys() >= {"format", "moto"}:
        raise FileExistsError(f"it holds other files, such as {min(strange)}")
    folder.chmod(0o700)


def _box(folder: Path, known: dict[str, Any]) -> Box:
    return Box(f"http://{server.HOST}:{known['port']}", folder, folder / server.LOG, known["pid"])


def _port() -> int:
    text = os.environ.get("JANUS_AWS_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or int(text) > 65535:
        process_lifetime.fail(f"JANUS_AWS_PORT must be a port number, not {text!r}.")
    return int(text)


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _is_ours(known: dict[str, Any]) -> bool:
    """Tell whether the server that the state folder speaks of answers at its secret address."""
    connection = http.client.HTTPConnection(server.HOST, known.get("port", 0), timeout=5)
    try:
        connection.request("GET", server.IDENTITY_PATH + known["nonce"])
        return bool(connection.getresponse().read(1024).decode() == known["proof"])
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _start(folder: Path, port: int, parent: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "chalicelib.offline", "--folder", str(folder)]
    command += ["--port", str(port), "--parent", str(parent)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    errors = folder / ERRORS
    errors.touch(mode=0o600)
    errors.chmod(0o600)
    with errors.open("ab") as stderr:  # it may be another's that runs
        process = subprocess.Popen(  # noqa: S603  our own module
            command,
            cwd=PROJECT,
            env=environment,  # moto's own botocore stumbles over a profile that it does not find
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C in the terminal ends `chalice local`, and that ends the server
        )
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
    known: dict[str, Any] = json.loads(line) if line else {"error": None}
    if "error" in known:
        process.wait()
        process_lifetime.fail(_reason(known["error"], folder, port))
    for notice in known["notices"]:
        print(f"janus: {notice}", file=sys.stderr)  # noqa: T201
    return known


def _reason(error: str | None, folder: Path, port: int) -> str:
    if error == server.PORT_IN_USE:
        return (
            f"Port {port}, meant for the offline AWS, is in use by another program. "
            f"Stop that one, or choose another port: JANUS_AWS_PORT={port + 1}."
        )
    if error == server.STATE_IN_USE:
        return (
            f"Another `chalice local` is running with the state in {folder}. "
            "Stop that one, or choose another state and other ports: "
            "JANUS_STATE=~/janus-2 JANUS_AWS_PORT=4567 make run PORT=8001"
        )
    errors = folder / ERRORS
    return f"The offline AWS did not start; {errors} says why:\n{errors.read_text()[-2000:]}"
