"""Stages on AWS have nothing of the offline AWS: Chalice's commands for them do not even import it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.package import PackageError, build

PROJECT = Path(__file__).parents[2]
CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["package", "deploy"])
def test_chalice_imports_nothing_offline(tmp_path: Path, command: str) -> None:
    """`chalice package` and `chalice deploy` load the app of stage prod without moto and chalicelib.offline."""
    project = project_without_requirements(tmp_path)
    out = [str(tmp_path / "out")] if command == "package" else []
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-c",
            CHALICE,
            "--project-dir",
            project,
            command,
            "--stage",
            "prod",
            *out,
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # nobody answers: `deploy` ends there, its app loaded
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_MAX_ATTEMPTS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {
        line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")
    }
    assert "chalicelib.routes.images" in imported, done.stderr[-2000:]
    assert not [
        name for name in imported if name.partition(".")[0] == "moto" or name.startswith("chalicelib.offline")
    ]
    assert (done.returncode == 0) == (command == "package"), done.stdout


def test_an_offline_stage_is_not_packaged() -> None:
    """Stage dev has nothing to deploy, and the message says so."""
    with pytest.raises(PackageError, match="offline"):
        build.stage_settings(PROJECT, "dev")


def test_an_unknown_stage_is_named() -> None:
    """A stage that is not in the configuration is refused with those that are."""
    with pytest.raises(PackageError, match=r"no stage 'staging'.*prod"):
        build.stage_settings(PROJECT, "staging")


def project_without_requirements(folder: Path) -> str:
    """Copy the project, so that Chalice leaves no trace in it and has nothing to download."""
    project = folder / "project"
    for name in (".chalice", "chalicelib", "vendor"):
        shutil.copytree(PROJECT / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "deploy*"))
    shutil.copy2(PROJECT / "app.py", project / "app.py")
    (project / "requirements.txt").touch()
    return str(project)
