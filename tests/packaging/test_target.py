"""The machine that a package is built for: its wheels, and the template's word for it."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from typing import TYPE_CHECKING, Any

import pytest

from scripts.lambda_runtime import ISOLATED
from scripts.package import PackageError, wheels
from scripts.package.target import MACHINES, RUNTIMES, Target
from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

LOCK = """\
# of a test
numpy==2.2.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.4.6 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
fast[speedups]==1.0 ; platform_machine == 'aarch64' \\
    --hash=sha256:dd
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:ee
"""


def test_the_default_is_the_newest_python_of_lambda() -> None:
    """On the processor that the tests run the zip on."""
    assert Target() == ("python3.14", "x86_64")
    assert RUNTIMES == ("python3.11", "python3.12", "python3.13", "python3.14")


def test_variables_choose_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make deploy RUNTIME=... ARCHITECTURE=...` sets them; an empty one chooses nothing."""
    monkeypatch.setenv("RUNTIME", "python3.12")
    monkeypatch.setenv("ARCHITECTURE", "arm64")
    assert Target.chosen() == ("python3.12", "arm64")
    monkeypatch.setenv("RUNTIME", "")
    monkeypatch.setenv("ARCHITECTURE", "")
    assert Target.chosen() == ("python3.14", "x86_64")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RUNTIME", "python3.10", r"RUNTIME is one of python3\.11, .*; not 'python3\.10'"),
        ("ARCHITECTURE", "aarch64", "ARCHITECTURE is one of x86_64, arm64; not 'aarch64'"),
    ],
)
def test_another_target_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """With those that there are."""
    monkeypatch.setenv(name, value)
    with pytest.raises(PackageError, match=said):
        Target.chosen()


def test_a_python_that_this_machine_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a remedy: it compiles the modules. A name on the PATH that starts nothing, as pyenv's, is no Python."""
    lacking = next(name for name in RUNTIMES if name != Target.own().runtime)
    shim = tmp_path / lacking
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert os.access(Target.own().interpreter(), os.X_OK)
    with pytest.raises(PackageError, match=f"{lacking} is to compile .* RUNTIME={Target.own().runtime}"):
        Target(lacking).interpreter()


@pytest.mark.parametrize(
    ("target", "best", "absent"),
    [
        (Target("python3.11"), "cp311-cp311-manylinux_2_26_x86_64", "cp311-cp311-manylinux_2_27_x86_64"),
        (Target("python3.12"), "cp312-cp312-manylinux_2_34_x86_64", "cp312-cp312-manylinux_2_35_x86_64"),
        (Target("python3.14", "arm64"), "cp314-cp314-manylinux_2_34_aarch64", "cp314-cp314-manylinux_2_34_x86_64"),
    ],
)
def test_wheels_suit_the_glibc_and_the_processor(target: Target, best: str, absent: str) -> None:
    """Python 3.11 has glibc 2.26 (Amazon Linux 2), later ones 2.34 (2023); older ABIs and glibc suit, too."""
    tags = [str(tag) for tag in target.tags()]
    assert tags[0] == best
    assert absent not in tags
    assert {f"cp311-abi3-manylinux2014_{target.machine}", "py3-none-any"} <= set(tags)


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        (Target("python3.11"), ["numpy==2.2.6 --hash=sha256:aa --hash=sha256:bb"]),
        (Target("python3.14"), ["numpy==2.4.6 --hash=sha256:cc"]),
        (
            Target("python3.14", "arm64"),
            ["numpy==2.4.6 --hash=sha256:cc", "fast[speedups]==1.0 --hash=sha256:dd"],
        ),
    ],
)
def test_the_lock_is_read_for_the_target(tmp_path: Path, target: Target, lines: list[str]) -> None:
    """Not for the Python that runs pip, nor for its machine; hashes stay."""
    (tmp_path / "lock").write_text(LOCK)
    assert list(wheels.locked(target, tmp_path / "lock")) == lines


def test_every_function_of_the_template_has_the_target(template: Any) -> None:
    """Its runtime and its architecture, whichever Python Chalice ran under."""
    functions = [made for made in template["Resources"].values() if made["Type"] == "AWS::Serverless::Function"]
    told = [(made["Properties"]["Runtime"], made["Properties"]["Architectures"]) for made in functions]
    assert told == [("python3.14", ["x86_64"])] * 5


@pytest.mark.slow
@pytest.mark.parametrize("architecture", MACHINES)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_all_wheels_exist_for_every_python_and_processor(tmp_path: Path, runtime: str, architecture: str) -> None:
    """Those of the lock, for each target; where its Python is on this machine, a theme is made with them alone."""
    target, folder = Target(runtime, architecture), tmp_path / "function"
    wheels.download(target, PROJECT / "requirements.lock", folder)
    wheels.check(folder, wheels.read_requirements(PROJECT / "requirements.txt", target), target)
    if sysconfig.get_platform() != f"linux-{target.machine}":
        return
    try:
        interpreter = target.interpreter()
    except PackageError:
        return
    program = (
        "import runpy, sys; function, project, out = sys.argv[1:]; sys.path[:0] = [function, project]; "
        "import app; sys.argv[1:] = ['theme', project + '/samples/harbour.jpg', '--output', out]; "
        "runpy.run_module('image_processing', run_name='__main__')"
    )
    made = tmp_path / "theme"
    command = [interpreter, *ISOLATED, "-c", program, str(folder), str(PROJECT), str(made)]
    subprocess.run(
        command, env={"JANUS_STAGE": "prod", "AWS_REGION": "us-east-1"}, check=True, capture_output=True
    )
    assert [path.stat().st_size > 1000 for path in made.glob("*.svg")]
