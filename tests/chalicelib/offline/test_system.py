"""`chalice local` as a newcomer meets it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import jwt
import pytest
import requests

from chalicelib.offline import provisioning, welcome
from tests.system import PROJECT, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system import System


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as in a new terminal: nothing set up, not in the project."""
    return subprocess.run(
        ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", f"HOME={folder}", "bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_object_becomes_a_record(system: System, photo: Path) -> None:
    """An object of any S3 client under uploads/ is ready in the API soon after."""
    key = "uploads/demo/any client + 100 %/é.jpg"
    system.client("s3").upload_file(str(photo), provisioning.BUCKET, key)
    wait_until(lambda: system.records().get(key) == "ready")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Upload with a ticket", "uploaded: 204"),
        pytest.param("Upload with the AWS command line", "upload: ", marks=pytest.mark.slow),
        pytest.param("Upload with boto3", "", marks=pytest.mark.slow),
        ("Read the records", '"images"'),
    ],
)
def test_printed_commands_work_as_printed(system: System, tmp_path: Path, title: str, shown: str) -> None:
    """Each of the four commands, pasted as it was printed, does as its title says."""
    command = welcome.commands(system.api, system.endpoint)[title]
    assert command in system.output
    key = "uploads/demo/harbour.jpg"
    system.client("s3").delete_object(Bucket=provisioning.BUCKET, Key=key)
    wait_until(lambda: key not in system.records())
    before = harbours(system)
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
    if title.startswith("Upload"):
        wait_until(lambda: harbours(system) == before + 1)


def harbours(system: System) -> int:
    """Count the samples that are ready."""
    return sum(key.endswith("harbour.jpg") and state == "ready" for key, state in system.records().items())


@pytest.mark.slow
def test_commands_take_a_file_with_a_difficult_name(system: System, tmp_path: Path, photo: Path) -> None:
    """The commands hold for files whose names have spaces."""
    for title, command in welcome.commands(system.api, system.endpoint, photo).items():
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{title}: {done.stderr}"
        assert "error" not in done.stdout.lower()


def test_every_printed_address_answers(system: System) -> None:
    """With 200, to a browser; the first is the page to begin at."""
    block = system.output.partition("Janus is running")[2].partition("# Upload")[0]
    addresses = re.findall(r"https?://[^\s'\"]+", block)
    assert addresses[:2] == [f"{system.api}/", f"{system.api}/docs"]
    for address in addresses:
        assert requests.get(address, timeout=10).status_code == 200, address
    port = system.api.rpartition(":")[2]
    assert f"make demo PORT={port}" in block
    assert f"make seed PORT={port}" in block


@pytest.mark.parametrize(("user", "groups"), [(provisioning.DEMO, []), (provisioning.ADMIN, ["admin"])])
def test_users_log_in(system: System, user: provisioning.User, groups: list[str]) -> None:
    """Both users that are printed can log in; their tokens name them as owners of keys do, and their groups."""
    claims = jwt.decode(system.token(user), options={"verify_signature": False})
    assert claims["sub"] == user.name
    assert claims.get("cognito:groups", []) == groups


def test_wrong_password(system: System) -> None:
    """A wrong password is no way in."""
    wrong = {"username": provisioning.DEMO.name, "password": "wrong"}
    assert requests.post(f"{system.api}/v1/auth/login", json=wrong, timeout=10).status_code == 401


def demo(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration beside a system, as `make demo` does."""
    return subprocess.run(
        [sys.executable, "-m", "chalicelib.commands.demo", *arguments],
        cwd=PROJECT,
        env={**os.environ, "JANUS_STATE": str(system.state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_demo_shows_the_records(system: System) -> None:
    """`make demo` finds the system that runs, uploads every sample, and ends with a table of ready records."""
    done = demo(system)
    assert done.returncode == 0, done.stderr
    table = done.stdout.partition("name ")[2]
    assert table.count(" ready ") == 5
    assert "Janus Two-Faced 1" in table
    assert "53.5436, 9.9667" in table


def test_demo_takes_folders_and_says_what_is_refused(system: System, tmp_path: Path, photo: Path) -> None:
    """All images below a folder; one that is refused, or not there, keeps no other from its record."""
    folder = tmp_path / "My  Photos"
    (folder / "2024").mkdir(parents=True)
    shutil.copy(photo, folder / "2024" / "B.JPG")
    shutil.copy(photo, folder / "good.jpg")
    (folder / "bad.jpg").write_text("no image")
    (folder / "empty.gif").touch()
    (folder / "drawing.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / ".hidden.jpg").touch()
    (folder / "notes.txt").write_text("no image, and not sent")
    done = demo(system, "--port", system.api.rpartition(":")[2], str(folder), str(tmp_path / "nowhere.jpg"))
    assert done.returncode == 1
    states = dict(re.findall(r"^(\S+) +(ready|failed: \w+)", done.stdout, re.MULTILINE))
    assert states == {
        "B.JPG": "ready",
        "good.jpg": "ready",
        "bad.jpg": "failed: not_an_image",
        "drawing.png": "failed: format_not_accepted",
    }
    refusals = dict(re.findall(r"^(?:.*/)?([\w.]+): (.*)$", done.stderr, re.MULTILINE))
    assert sorted(refusals) == ["bad.jpg", "drawing.png", "empty.gif", "nowhere.jpg"]
    assert refusals["nowhere.jpg"] == "There is no such file or folder."
    assert "smaller than the minimum" in refusals["empty.gif"]
    assert "This is an SVG file." in refusals["drawing.png"]


def test_demo_of_a_folder_with_no_images_says_so(system: System, tmp_path: Path) -> None:
    """And which files are images; a folder's name may have spaces, which `make` takes apart."""
    folder = tmp_path / "an empty folder"
    folder.mkdir()
    done = demo(system, *str(folder).split(" "))
    assert done.returncode == 1
    assert f"{folder}: No image is in this folder." in done.stderr
    assert ".jpeg" in done.stderr


def test_demo_says_what_to_do_when_nothing_runs() -> None:
    """Without a system, the demonstration names the command that starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "chalicelib.commands.demo", "--api", "http://127.0.0.1:9"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_state_is_private(system: System) -> None:
    """Nobody else on the machine can read the state, or write data that would be unpickled."""
    assert stat.S_IMODE(system.state.stat().st_mode) == 0o700
    for name in ("server.err", "server.json", "requests.log", "lock"):
        assert stat.S_IMODE((system.state / name).stat().st_mode) == 0o600


def test_web_pages_cannot_reset_it(system: System, photo: Path) -> None:
    """The interface of moto itself, which any page could call, is closed."""
    system.client("s3").upload_file(str(photo), provisioning.BUCKET, "other/kept.jpg")
    assert requests.post(f"{system.endpoint}/moto-api/reset", timeout=10).status_code == 404
    assert system.client("s3").head_object(Bucket=provisioning.BUCKET, Key="other/kept.jpg")["ContentLength"] > 0
