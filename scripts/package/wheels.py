"""Download the wheels of a target, and check that they are all there and are made for it.

The check looks at the result alone: what pip chose, and what its wheels say of themselves. Source of the tags:
PEP 425, PEP 600, and "Binary distribution format" of the Python Packaging User Guide.
"""

from __future__ import annotations

import csv
import os
import subprocess
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

    from scripts.package.target import Target


def download(target: Target, lock: Path, folder: Path) -> None:
    """Unpack the wheels that a lock names for a target into a folder; pip compares each hash.

    Raises PackageError where one is not to be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder.with_name(f"{folder.name}-requirements.txt")
    wanted.write_text("\n".join(locked(target, lock)))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(wanted)]
    command += ["--target", str(folder), "--implementation", "cp", "--python-version", str(target.runtime)[6:]]
    command += [word for platform in target.platforms for word in ("--platform", platform)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    wanted.unlink()
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise PackageError(f"no wheels for {target.runtime} on {target.architecture}:\n{said}")


def locked(target: Target, lock: Path) -> Iterator[str]:
    """Yield the requirements of a lock that hold there, with their hashes and without their markers.

    pip would take the markers for those of the Python that runs it.
    """
    for entry in lock.read_text().replace("\\\n", " ").splitlines():
        if entry and entry[0] not in "# ":
            text, *hashes = entry.split("--hash=")
            requirement = Requirement(text)
            if target.needs(requirement):
                requirement.marker = None
                yield " ".join([str(requirement), *(f"--hash={digest.strip()}" for digest in hashes)])


def read_requirements(file: Path, target: Target) -> list[Requirement]:
    """Return the requirements of a file that hold for a target."""
    lines = (line.partition(" #")[0].strip() for line in file.read_text().splitlines())
    return [found for line in lines if line and line[0] != "#" and target.needs(found := Requirement(line))]


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


def closure(requirements: Iterable[Requirement], folder: Path, target: Target) -> dict[str, list[Requirement]]:
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
                waiting.extend(need for need in needs if target.needs(need, extra))
    return wanted


def check(folder: Path, requirements: Iterable[Requirement], target: Target, *, alone: bool = False) -> None:
    """Raise PackageError, naming everything that is wrong with the distributions in a folder.

    `alone`: those that the requirements name need no others beside them.
    """
    asked = list(requirements)
    wanted = closure(asked, folder, target)
    if alone:
        wanted = {name: needs for name, needs in wanted.items() if set(needs) & set(asked)}
    problems = list(_problems(folder, wanted, target))
    if problems:
        raise PackageError("".join(f"\n  - {problem}" for problem in sorted(problems)))


def _problems(folder: Path, wanted: dict[str, list[Requirement]], target: Target) -> Iterator[str]:
    present, fit = installed(folder), set(target.tags())
    for name, needs in wanted.items():
        if name not in present:
            asked = ", ".join(map(str, needs))
            yield f"{asked} is not there: no wheel of it suits {target.abi} and glibc 2.{target.glibc_minor}"
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
        yield from (f"{name}: {wrong}" for wrong in _wrong_modules(distribution, folder, target))


def _wrong_modules(distribution: PathDistribution, folder: Path, target: Target) -> Iterator[str]:
    """Yield the faults of a distribution's compiled modules and libraries."""
    right = f"cpython-{target.abi[2:]}-{target.machine}-linux-gnu"
    for file in files(distribution):
        if file.suffix in (".dylib", ".pyd", ".dll"):
            yield f"{file} is for another system"
        elif ".so" in file.suffixes:
            if not (folder / file).is_file():
                yield f"{file} is missing"
            if ".cpython-" in file.name and right not in file.name:
                yield f"{file} is not for {right}"


def _wheel_tags(distribution: PathDistribution) -> set[tags.Tag]:
    lines = (distribution.read_text("WHEEL") or "").splitlines()
    return {tag for line in lines if line.startswith("Tag:") for tag in tags.parse_tag(line[4:].strip())}
