"""`make` installs with something to see: how far it is on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from scripts import install
from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
