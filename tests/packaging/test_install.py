"""`make` finds Pythons, and installs with something to see: how far it is, on a terminal and elsewhere."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts import install
from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


PIP = [
    ("Collecting chalice==1.34.0 (from -r requirements.txt (line 5))", "1 packages found, now chalice"),
    ("  Downloading chalice-1.34.0-py3-none-any.whl (267 kB)", "1 packages found, downloading chalice 267 kB"),
    ("Requirement already satisfied: pip in ./.venv", "1 packages found, downloading chalice 267 kB"),
    ("Collecting numpy==2.2.6", "2 packages found, now numpy"),
    ("Installing collected packages: numpy, chalice, six", "Unpacking 3 packages"),
]


def test_lines_of_pip_become_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many packages there are so far, and which is at hand."""
    monkeypatch.setattr(install, "EVERY_SECONDS", 3600)
    progress = install.Progress()
    for line, shown in PIP:
        progress.heed(line + "\n")
        assert progress.doing == shown
    progress.end("Done")


@pytest.mark.medium
def test_a_failure_is_told_in_full(tmp_path: Path) -> None:
    """With pip's own words and its exit status, so that `make` stops; nothing is asked of the network."""
    (tmp_path / "requirements.txt").write_text("./nowhere\n")
    done = subprocess.run(
        [sys.executable, PROJECT / "scripts" / "install.py", "requirements.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Not installed:" in done.stdout
    assert "nowhere" in done.stderr


def python(path: Path, status: int = 0) -> Path:
    """Write a program that ends with a status, as an interpreter that runs does, or a shim without one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def pythons(tmp_path: Path) -> list[str]:
    """Return the Pythons that are found where nothing but those of a folder is installed."""
    environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "PYENV_ROOT": str(tmp_path / "pyenv")}
    command = [PROJECT / "scripts" / "pythons"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if str(tmp_path) in line]


def test_pythons_are_found_on_the_path_and_in_pyenv(tmp_path: Path) -> None:
    """Each version once, the newest last; one that does not run counts for nothing, nor does one before 3.11."""
    python(tmp_path / "bin" / "python3.13", status=127)  # a shim of pyenv for a version that is not chosen
    first = python(tmp_path / "bin" / "python3.12")
    python(tmp_path / "pyenv" / "versions" / "3.12.7" / "bin" / "python")
    last = python(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python")
    python(tmp_path / "pyenv" / "versions" / "3.14.1" / "bin" / "python", status=1)
    python(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python")
    assert pythons(tmp_path) == [f"3.12 {first}", f"3.13 {last}"]


def test_no_python_is_no_failure(tmp_path: Path) -> None:
    """`make` then goes on with the one that it has."""
    assert pythons(tmp_path) == []
