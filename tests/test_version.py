"""One version of Janus: the API, its document, the command line and the project's metadata agree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import requests

from image_processing.version import VERSION

PROJECT = Path(__file__).parents[1]


def test_one_version_everywhere(api: str) -> None:
    """`/v1/status`, the document it serves, and `--version` name the same version."""
    status = requests.get(f"{api}/v1/status", timeout=10).json()["version"]
    document = requests.get(f"{api}/v1/openapi.json", timeout=10).json()["info"]["version"]
    command = subprocess.run(
        [sys.executable, "-m", "image_processing", "--version"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (status, document, command) == (VERSION, status, f"janus {status}\n")


def test_the_version_has_one_source() -> None:
    """pyproject.toml holds no number of its own: it points at the package."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "image_processing.version.VERSION"}
