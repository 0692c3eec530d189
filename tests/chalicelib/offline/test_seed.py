"""`make seed` beside a running `chalice local`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests

from chalicelib.commands import seed
from chalicelib.offline import launch, provisioning
from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system import System


def run(state: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program as `make seed` does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_"))}
    return subprocess.run(
        [sys.executable, "-m", "chalicelib.commands.seed"],
        cwd=PROJECT,
        env={**environment, "JANUS_STAGE": "dev", "JANUS_STATE": str(state), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_a_system_it_says_how_to_start_one(tmp_path: Path) -> None:
    """And does nothing."""
    done = run(tmp_path / "state")
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.medium
def test_a_port_without_a_system_is_named(tmp_path: Path) -> None:
    """With the command that starts one there; no other system is seeded instead."""
    done = run(tmp_path / "state", JANUS_PORT="9", XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "The offline system does not run on port 9: start it with `make run PORT=9`." in done.stderr


def test_a_system_is_found_by_the_port_of_its_api(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any state and project; not by a port that it had before."""
    home = system.state.with_name(f"{system.state.name}-home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("JANUS_STATE", str(tmp_path / "another"))
    port = system.api.rpartition(":")[2]
    found = launch.find(port)
    assert found is not None
    assert (found.folder, found.endpoint) == (system.state, system.endpoint)
    assert launch.find() is None
    (home / "janus" / "ports" / "1").symlink_to(system.state)
    assert launch.find("1") is None
    assert launch.find("2") is None


@pytest.mark.slow
def test_seeds_of_a_running_system(system: System, tmp_path: Path) -> None:
    """Another process fills the running system; a second run finds all done; an admin sees everything."""
    port = {
        "JANUS_PORT": system.api.rpartition(":")[2],
        "XDG_STATE_HOME": str(system.state.with_name(f"{system.state.name}-home")),
    }
    done = run(tmp_path / "another", **port)
    assert done.returncode == 0, done.stderr
    assert f"done: {len(seed.PEOPLE)} users" in done.stdout
    again = run(system.state)
    assert again.stdout.splitlines()[-1] == "done: 0 users, 0 objects, 0 dates, 0 tags, 0 removals, 0 states"
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {system.token(provisioning.ADMIN)}"
        users = http.get(f"{system.api}/v1/admin/users?limit=100").json()["users"]
        states = {user["owner"]: user["state"] for user in users}
        assert {person.name: person.state for person in seed.PEOPLE}.items() <= states.items()
        for person in seed.PEOPLE:
            found = http.get(f"{system.api}/v1/admin/images?owner={person.name}&limit=100").json()["images"]
            assert len(found) == person.photographs + 1
            assert {image["uploaded"][:4] for image in found} == {"2026"}
    someone = provisioning.User(seed.PEOPLE[0].username, seed.PASSWORD)
    assert system.token(someone)
