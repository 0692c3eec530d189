"""The locks: hashes for everything, the pinned versions of the requirements, and the same ones for Lambda."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from tests.packaging.conftest import Built

PROJECT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def entries(name: str) -> list[str]:
    """Return the logical lines of a requirements file, comments left out."""
    lines = (line.partition(" #")[0].strip() for line in (PROJECT / name).read_text().splitlines())
    return "\n".join(line for line in lines if line and line[0] != "#").replace("\\\n", " ").splitlines()


def pins(name: str, python: str) -> dict[str, str]:
    """Return the version of each distribution on Lambda's system under a Python, as a file pins it."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    found = {}
    for entry in entries(name):
        if entry.startswith("-r "):
            found.update(pins(entry[3:], python))
            continue
        requirement = Requirement(entry.partition(" --hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{entry} is not pinned"
            found[canonicalize_name(requirement.name)] = specifier.version
    return found


@pytest.mark.parametrize(
    "name",
    ["requirements.lock", "requirements-dev.lock", "requirements-deployed.lock", "requirements-recognition.lock"],
)
def test_every_locked_distribution_has_hashes(name: str) -> None:
    """Pip refuses an artefact that no hash names, so nothing is installed that was not seen when locking."""
    locked = entries(name)
    assert len(locked) >= {"requirements-recognition.lock": 4}.get(name, 31)
    assert [entry for entry in locked if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_have_the_versions_of_the_requirements(python: str) -> None:
    """A pin that changed without `make lock` fails here, under each Python."""
    for requirements, lock in (
        ("requirements.txt", "requirements.lock"),
        ("requirements-dev.txt", "requirements-dev.lock"),
        ("requirements-deployed.txt", "requirements-deployed.lock"),
        ("requirements-recognition.txt", "requirements-recognition.lock"),
    ):
        asked, locked = pins(requirements, python), pins(lock, python)
        assert {name: locked.get(name) for name in asked} == asked


@pytest.mark.parametrize("python", PYTHONS)
def test_lambda_gets_the_versions_that_are_tested(python: str) -> None:
    """Every distribution in Lambda's lock, transitive ones included, has the same version where the tests run."""
    deployed, tested = pins("requirements.lock", python), pins("requirements-dev.lock", python)
    assert {name: tested.get(name) for name in deployed} == deployed


@pytest.mark.slow
def test_the_zip_has_the_locked_versions(built: Built) -> None:
    """Chalice installs from the lock: every distribution in the zip has exactly its version."""
    locked = pins("requirements.lock", f"{sys.version_info.major}.{sys.version_info.minor}")
    packed = {canonicalize_name(found.name): found.version for found in distributions(path=[str(built.function)])}
    assert len(packed) > 15
    assert {name: locked.get(name) for name in packed} == packed
