"""Starts, restarts, reloads and ends of `chalice local`: nothing is lost, and nothing is left."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.offline import launch, process_lifetime, provisioning
from tests import servers
from tests.system import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.system import System


with_and_without_autoreload = pytest.mark.parametrize(
    "arguments",
    [[], pytest.param(["--no-autoreload"], marks=pytest.mark.slow)],  # with it there is one process more to end
    ids=["autoreload", "no autoreload"],
)


def upload(system: System, photo: Path, keys: list[str]) -> None:
    """Put a photograph under each key, ten at a time."""
    s3, data = system.client("s3"), photo.read_bytes()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=provisioning.BUCKET, Key=key, Body=data), keys))


def ready(system: System, keys: list[str]) -> bool:
    """Tell whether every key has its record."""
    records = system.records()
    return all(records.get(key) == "ready" for key in keys)


@pytest.mark.slow
def test_state_survives_a_restart(start: Callable[..., System], tmp_path: Path, photo: Path) -> None:
    """After Ctrl-C and a new start the object, its record and a changed password are still there."""
    key = "uploads/demo/kept.jpg"
    first = start(tmp_path, "--no-autoreload").ready()
    upload(first, photo, [key])
    wait_until(lambda: ready(first, [key]))
    cognito = first.client("cognito-idp")
    cognito.change_password(
        PreviousPassword=provisioning.DEMO.password, ProposedPassword="Another-1-word", AccessToken=first.token()
    )
    first.stop(signal.SIGINT)
    second = start(tmp_path, "--no-autoreload").ready()
    s3 = second.client("s3")
    assert s3.get_object(Bucket=provisioning.BUCKET, Key=key)["Body"].read() == photo.read_bytes()
    token = second.token(provisioning.User("demo", "Another-1-word"))
    listed = requests.get(f"{second.api}/v1/images", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert [image["key"] for image in listed.json()["images"]] == [key]


@pytest.mark.slow
def test_settings_of_the_shell_do_not_lead_out(start: Callable[..., System], tmp_path: Path, photo: Path) -> None:
    """Regions, profiles, endpoints and proxies of the user's shell change nothing: no call leaves the machine."""
    nowhere = "http://127.0.0.1:9"
    system = start(
        tmp_path,
        "--no-autoreload",
        AWS_REGION="eu-west-1",
        AWS_DEFAULT_REGION="eu-west-1",
        AWS_PROFILE="work",
        AWS_SESSION_TOKEN="real",
        AWS_ENDPOINT_URL_S3=nowhere,
        AWS_ENDPOINT_URL_SQS=nowhere,
        HTTP_PROXY=nowhere,
        http_proxy=nowhere,
        no_proxy="example.org",
    ).ready()
    upload(system, photo, ["uploads/demo/here.jpg"])
    wait_until(lambda: ready(system, ["uploads/demo/here.jpg"]))


@pytest.mark.slow
def test_kill_in_the_middle_of_many_uploads(start: Callable[..., System], tmp_path: Path, photo: Path) -> None:
    """Kill every process at once during 200 uploads; acknowledged ones have a record after the next start."""
    first = start(tmp_path, "--no-autoreload").ready()
    s3, data, acknowledged = first.client("s3"), photo.read_bytes(), set()

    def put(number: int) -> None:
        key = f"uploads/demo/{number:03}.jpg"
        try:
            s3.put_object(Bucket=provisioning.BUCKET, Key=key, Body=data)
        except Exception:
            return  # the kill reached it
        acknowledged.add(key)
        if len(acknowledged) == 120:
            killer.start()

    killer = threading.Thread(target=first.kill)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(200)))
    killer.join()
    assert 120 <= len(acknowledged) < 200
    second = start(tmp_path, "--no-autoreload").ready()
    wait_until(lambda: ready(second, sorted(acknowledged)), 180)
    everything = [f"uploads/demo/{number:03}.jpg" for number in range(200)]
    upload(second, photo, [key for key in everything if key not in acknowledged])
    wait_until(lambda: ready(second, everything), 180)


@pytest.mark.slow
def test_reload_keeps_the_state_and_loses_no_message(
    start: Callable[..., System], project: Path, tmp_path: Path, photo: Path
) -> None:
    """While images arrive the code changes: the offline AWS goes on, and every image gets its record."""
    system = start(tmp_path).ready()
    server = system.server
    keys = [f"uploads/demo/{number:02}.jpg" for number in range(40)]
    uploads = threading.Thread(target=upload, args=(system, photo, keys))
    uploads.start()
    time.sleep(1.1)  # the watcher compares times of change
    os.utime(project / "app.py")
    uploads.join()
    system.ready(times=2)
    assert system.server == server
    wait_until(lambda: ready(system, keys))


@pytest.mark.slow
def test_only_code_is_watched(start: Callable[..., System], project: Path, tmp_path: Path) -> None:
    """Files that tools and people write into the project, caches, environments, downloads, cause no reload."""
    system = start(tmp_path).ready()
    time.sleep(1.5)
    for name in ("ticket.json", "theme.css", "photo.jpg", "notes.py"):
        (project / name).write_text("written")
    for name in (".cache", "__pycache__", ".venv/lib"):
        (project / name).mkdir(parents=True, exist_ok=True)
        (project / name / "written.py").write_text(str(time.time()))
    time.sleep(3)
    assert system.output.count("# Read the records") == 1
    os.utime(project / "app.py")
    system.ready(times=2)


@pytest.mark.parametrize(
    ("arguments", "send", "number"),
    [
        pytest.param([], os.kill, signal.SIGTERM, marks=pytest.mark.slow),
        ([], os.kill, signal.SIGKILL),
        ([], os.killpg, signal.SIGINT),
        pytest.param(["--no-autoreload"], os.killpg, signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(["--no-autoreload"], os.killpg, signal.SIGHUP, marks=pytest.mark.slow),
    ],
    ids=["terminated", "killed", "Ctrl-C", "Ctrl-C, no autoreload", "terminal closed"],
)
@pytest.mark.slow
def test_nothing_is_left_running(
    start: Callable[..., System], tmp_path: Path, arguments: list[str], send: Any, number: int
) -> None:
    """However `chalice local` ends, its worker and the offline AWS end with it."""
    system = start(tmp_path, *arguments).ready()
    server = system.server["pid"]
    send(system.process.pid, number)
    system.process.wait(timeout=10)
    process_lifetime.wait_for_end(server)
    wait_until(lambda: not in_group(system.process.pid))
    assert not (tmp_path / "server.json").exists()
    system._reader.join()
    assert "Traceback" not in system.output


@with_and_without_autoreload
@pytest.mark.slow
def test_end_of_the_aws_alone(start: Callable[..., System], tmp_path: Path, arguments: list[str]) -> None:
    """Where the offline AWS is killed, `chalice local` ends with one message that says so."""
    system = start(tmp_path, *arguments).ready()
    os.kill(system.server["pid"], signal.SIGKILL)
    assert system.process.wait(timeout=10) != 0
    wait_until(lambda: not in_group(system.process.pid))
    system._reader.join()
    assert system.output.count("The offline AWS has ended") == 1
    assert "Traceback" not in system.output


def in_group(group: int) -> bool:
    """Tell whether a process group still has members."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def foreign() -> Iterator[int]:
    """Run a web server that says yes to everything; return its port."""

    class Yes(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Yes)
    stop = servers.start(server)
    yield server.server_port
    stop()


@pytest.mark.slow
@with_and_without_autoreload
def test_foreign_server_on_the_aws_port(
    start: Callable[..., System], tmp_path: Path, foreign: int, arguments: list[str]
) -> None:
    """A port that belongs to something else is named, and the start fails; it is never used as ours."""
    system = start(tmp_path, *arguments, JANUS_AWS_PORT=str(foreign))
    assert system.process.wait(timeout=30) != 0
    system._reader.join()
    assert f"Port {foreign}" in system.output
    assert "JANUS_AWS_PORT" in system.output
    assert "Traceback" not in system.output


@pytest.mark.slow
@with_and_without_autoreload
def test_api_port_in_use(start: Callable[..., System], tmp_path: Path, foreign: int, arguments: list[str]) -> None:
    """A port of the API that is taken is named, the start fails, and the offline AWS ends too."""
    system = start(tmp_path, *arguments, "--port", str(foreign))
    assert system.process.wait(timeout=30) != 0
    system._reader.join()
    assert f"port {foreign}" in system.output
    assert "Traceback" not in system.output
    wait_until(lambda: not (tmp_path / "server.json").exists())


@pytest.mark.slow
def test_state_in_use(system: System, start: Callable[..., System]) -> None:
    """A second `chalice local` with the same state is refused; the first goes on."""
    second = start(system.state, "--no-autoreload")
    assert second.process.wait(timeout=30) != 0
    second._reader.join()
    assert "Another `chalice local` is running" in second.output
    assert system.token()


@pytest.mark.medium
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("JANUS_AWS_PORT", "http", "must be a port number"),
        ("JANUS_STATE", "/proc/1/janus", "cannot be kept"),
        ("JANUS_STATE", str(launch.PROJECT / "state"), "within the project"),
    ],
)
def test_settings_that_cannot_be(
    start: Callable[..., System], tmp_path: Path, name: str, value: str, shown: str
) -> None:
    """A setting that makes no sense is named, and the start fails."""
    system = start(tmp_path, "--no-autoreload", **{name: value})
    assert system.process.wait(timeout=30) != 0
    system._reader.join()
    assert shown in system.output
    assert "Traceback" not in system.output


def test_folder_of_others_is_not_touched(tmp_path: Path) -> None:
    """A folder with other files in it is refused, and stays as open as it was."""
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").touch()
    for made in ("[]", "7", '{"format": 1}', "{"):
        with pytest.raises(FileExistsError, match="other files"):
            launch.prepare(tmp_path)
        (tmp_path / "format.json").write_text(made)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "files",
    [{}, {"format.json": '{"format": 0, "moto": "1"}', "objects": ""}, {"server.err": "", "lock": ""}],
    ids=["new", "ours", "refused for its port"],
)
def test_folder_of_ours_is_closed(tmp_path: Path, files: dict[str, str]) -> None:
    """A folder that is empty, or that the offline AWS has written, is taken and closed to others."""
    folder = tmp_path / "more" / "state"
    folder.mkdir(parents=True, mode=0o755)
    for name, text in files.items():
        (folder / name).write_text(text)
    launch.prepare(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_server_of_a_stale_state_file_is_not_ours(foreign: int) -> None:
    """A server at the port of an old state file must know the secret address."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    assert not launch._is_ours({"port": port, "nonce": "x", "proof": "y"})
    assert not launch._is_ours({"port": foreign, "nonce": "x", "proof": "y"})
    assert not launch._is_ours({})


@pytest.mark.parametrize("handles", ["pidfd_open", "no such thing"])
def test_waiting_for_the_end_of_a_process(monkeypatch: pytest.MonkeyPatch, handles: str) -> None:
    """The wait lasts as long as the process, also where the system has no handles for processes."""
    if handles != "pidfd_open":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    waiter = threading.Thread(target=process_lifetime.wait_for_end, args=(process.pid,))
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    process.communicate(b"\n")
    waiter.join(5)
    assert not waiter.is_alive()
    process_lifetime.wait_for_end(process.pid)
