"""The machine that a package is built for: a Python of Lambda on one of its two processors.

Sources: "Lambda runtimes" and "Selecting and configuring an instruction set architecture", AWS Lambda Developer
Guide; PEP 425 and PEP 600 for the tags of wheels.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, cast

from packaging import markers, tags

from scripts.package import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
"""Those of Lambda that every wheel of `requirements.lock` exists for; the last is the default."""
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's architectures, and the names that wheels have for them; the first is the default."""


class Target(NamedTuple):
    """A runtime and an architecture of Lambda."""

    runtime: str = RUNTIMES[-1]
    architecture: str = next(iter(MACHINES))

    @classmethod
    def chosen(cls) -> Self:
        """Return the target that the variables RUNTIME and ARCHITECTURE name; raise PackageError for another."""
        given = cls()
        runtime = os.environ.get("RUNTIME") or given.runtime
        architecture = os.environ.get("ARCHITECTURE") or given.architecture
        if runtime not in RUNTIMES:
            raise PackageError(f"RUNTIME is one of {', '.join(RUNTIMES)}; not {runtime!r}")
        if architecture not in MACHINES:
            raise PackageError(f"ARCHITECTURE is one of {', '.join(MACHINES)}; not {architecture!r}")
        return cls(runtime, architecture)

    @classmethod
    def own(cls) -> Self:
        """Return the target of which this interpreter, on this machine, is one."""
        machines = {machine: name for name, machine in MACHINES.items()}
        runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return cls(runtime, machines.get(platform.machine(), cls().architecture))

    @property
    def version(self) -> tuple[int, int]:
        """Python's version."""
        major, minor = self.runtime.removeprefix("python").split(".")
        return int(major), int(minor)

    @property
    def abi(self) -> str:
        """The tag of Python's binary interface, such as cp314."""
        return "cp" + "".join(map(str, self.version))

    @property
    def machine(self) -> str:
        """The processor as wheels and Python name it."""
        return MACHINES[self.architecture]

    @property
    def glibc_minor(self) -> int:
        """Minor version of glibc: Amazon Linux 2 has 2.26, Amazon Linux 2023 has 2.34."""
        return 26 if self.version < (3, 12) else 34

    @property
    def platforms(self) -> list[str]:
        """The platforms of the wheels that run there, the best first."""
        older = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        found = []
        for minor in range(self.glibc_minor, 4, -1):
            found += [f"manylinux_2_{minor}_{self.machine}"]
            found += [f"{older[minor]}_{self.machine}"] if minor in older else []
        return found

    def tags(self) -> Iterator[tags.Tag]:
        """Yield the tags of the wheels that run there."""
        yield from tags.cpython_tags(self.version, platforms=self.platforms)
        yield from tags.compatible_tags(self.version, self.abi, self.platforms)

    def needs(self, requirement: Requirement, extra: str = "") -> bool:
        """Tell whether a requirement holds there."""
        version = self.runtime.removeprefix("python")
        there: dict[str, str] = {
            **cast("dict[str, str]", markers.default_environment()),
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
            "extra": extra,
        }
        return requirement.marker is None or requirement.marker.evaluate(there)

    def interpreter(self) -> str:
        """Return the path of an interpreter of this Python on this machine; raise PackageError where none is."""
        if self.version == sys.version_info[:2]:
            return sys.executable
        if (found := _interpreter(self.runtime)) is not None:
            return found
        here = [name for name in RUNTIMES if name == self.own().runtime or _interpreter(name)]
        remedy = f", or name a runtime that is here: RUNTIME={here[-1]}" if here else ""
        raise PackageError(
            f"{self.runtime} is to compile the modules, and this machine lacks it. Install it (for example with"
            f" `uv python install {self.runtime.removeprefix('python')}`){remedy}"
        )


def _interpreter(name: str) -> str | None:
    folder = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = folder.glob(f"{name.removeprefix('python')}.*/bin/python")
    for path in [shutil.which(name), *map(str, installed)]:
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return path  # a shim of pyenv is there for versions that are not chosen, too
    return None
