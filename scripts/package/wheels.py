"""Check that the wheels are all there and are made for Lambda.

Chalice drops a wheel that is too new for the runtime's glibc with a warning only, and builds packages without one;
so this checks the result. Source of the tags: PEP 425, PEP 600, and "Binary distribution format" of the Python
Packaging User Guide.
"""

from __future__ import annotations

import csv
import sys
from importlib.metadata import PathDistribution, distributions
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.package import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PYTHON = sys.version_info[:2]
_ABI = f"cp{PYTHON[0]}{PYTHON[1]}"
GLIBC_MINOR = 26 if PYTHON < (3, 12) else 34  # Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has 2.34
LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "sys_platform": "linux",
}


def read_requirements(file: Path) -> list[Requirement]:
    """Return the requirements of a file that hold on Lambda."""
    lines = (line.partition(" #")[0].strip() for line in file.read_text().splitlines())
    return [found for line in lines if line and line[0] != "#" and _holds(found := Requirement(line))]


def installed(folder: Path) -> dict[str, PathDistribution]:
    """Return the distributions in a folder by their canonical names."""
    found = (item for item in distributions(path=[str(folder)]) if isinstance(item, PathDistribution))
    return {canonicalize_name(item.name): item for item in found}


def files(distribution: PathDistribution) -> list[PurePosixPath]:
    """Return the files that a distribution's RECORD lists beside each other, there or not."""
    lines = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    return [path for line in lines if line and ".." not in (path := PurePosixPath(line[0])).parts]


def owners(folder: Path) -> dict[str, str]:
    """Return which distribution each name at the top of a folder belongs to."""
    return {
        file.parts[0]: name for name, distribution in installed(folder).items() for file in files(distribution)
    }


def closure(requirements: Iterable[Requirement], folder: Path) -> dict[str, list[Requirement]]:
    """Return every distribution that requirements lead to, with the requirements on it."""
    present = installed(folder)
    wanted: dict[str, list[Requirement]] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        wanted.setdefault(name, []).append(requirement)
        for extra in ("", *requirement.extras):
            if name in present and (name, extra) not in seen:
                seen.add((name, extra))
                needs = (Requirement(text) for text in present[name].requires or ())
                waiting.extend(need for need in needs if _holds(need, extra))
    return wanted


def check(folder: Path, requirements: Iterable[Requirement]) -> None:
    """Raise PackageError, naming everything that is wrong with the distributions in a folder."""
    problems = list(_problems(folder, requirements))
    if problems:
        raise PackageError("".join(f"\n  - {problem}" for problem in sorted(problems)))


def _problems(folder: Path, requirements: Iterable[Requirement]) -> Iterator[str]:
    present, fit = installed(folder), set(_lambda_tags())
    for name, needs in closure(requirements, folder).items():
        if name not in present:
            asked = ", ".join(map(str, needs))
            yield f"{asked} is not there: no wheel of it suits {_ABI} and glibc 2.{GLIBC_MINOR}"
            continue
        distribution = present[name]
        for need in needs:
            if not need.specifier.contains(distribution.version, prereleases=True):
                yield f"{name} {distribution.version} is not the one that {need} asks for"
        own = _wheel_tags(distribution)
        if not own & fit:
            local = any(tag.platform.startswith("linux_") for tag in own)
            made = "was built on this machine" if local else "is made for another one"
            yield f"{name} {distribution.version} {made}: {' '.join(sorted(map(str, own)))}"
        yield from (f"{name}: {wrong}" for wrong in _wrong_modules(distribution, folder))


def _wrong_modules(distribution: PathDistribution, folder: Path) -> Iterator[str]:
    """Yield the faults of a distribution's compiled modules and libraries."""
    right = f"cpython-{PYTHON[0]}{PYTHON[1]}-x86_64-linux-gnu"
    for file in files(distribution):
        if file.suffix in (".dylib", ".pyd", ".dll"):
            yield f"{file} is for another system"
        elif ".so" in file.suffixes:
            if not (folder / file).is_file():
                yield f"{file} is missing"
            if ".cpython-" in file.name and right not in file.name:
                yield f"{file} is not for {right}"


def _holds(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**LAMBDA, "extra": extra})


def _wheel_tags(distribution: PathDistribution) -> set[tags.Tag]:
    lines = (distribution.read_text("WHEEL") or "").splitlines()
    return {tag for line in lines if line.startswith("Tag:") for tag in tags.parse_tag(line[4:].strip())}


def _lambda_tags() -> Iterator[tags.Tag]:
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC_MINOR, 4, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
    yield from tags.cpython_tags(PYTHON, platforms=platforms)
    yield from tags.compatible_tags(PYTHON, _ABI, platforms)
