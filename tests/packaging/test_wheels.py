"""A package that would not work on Lambda is refused, with the reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from scripts.package import PackageError, trim, wheels
from scripts.package.target import Target

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target("python3.13")
ABI, SUFFIX = "cp313", "cpython-313-x86_64-linux-gnu.so"
PURE = "py3-none-any"
NEEDED = [Requirement("good[fast]==1.0")]


def test_wheels_for_lambda_pass(tmp_path: Path) -> None:
    """Pure wheels, compiled ones for the runtime and its glibc, and those for the stable ABI are taken."""
    unpack(tmp_path, "good", PURE, requires=["quick; extra == 'fast'", "stable"])
    unpack(tmp_path, "quick", f"{ABI}-{ABI}-manylinux_2_17_x86_64", files=[f"quick/_quick.{SUFFIX}"])
    unpack(tmp_path, "stable", "cp311-abi3-manylinux2014_x86_64", files=["stable/_stable.abi3.so"])
    wheels.check(tmp_path, NEEDED, TARGET)


def test_a_dropped_wheel_is_named(tmp_path: Path) -> None:
    """A requirement of a requirement that Chalice left out is missed."""
    unpack(tmp_path, "good", PURE, requires=["dropped>=2"])
    with pytest.raises(PackageError, match=r"dropped>=2 is not there"):
        wheels.check(tmp_path, NEEDED, TARGET)


def test_requirements_of_other_systems_are_not_missed(tmp_path: Path) -> None:
    """Requirements of Windows only, or of an extra that nobody asked for, may be absent."""
    unpack(tmp_path, "good", PURE, requires=["windows; sys_platform == 'win32'", "slow; extra == 'slow'"])
    wheels.check(tmp_path, NEEDED, TARGET)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (f"{ABI}-{ABI}-linux_x86_64", "was built on this machine"),
        (f"{ABI}-{ABI}-manylinux_2_39_x86_64", "is made for another"),
        (f"{ABI}-{ABI}-manylinux_2_17_aarch64", "is made for another"),
        (f"{ABI}-{ABI}-musllinux_1_2_x86_64", "is made for another"),
        ("cp39-cp39-manylinux_2_17_x86_64", "is made for another"),
    ],
)
def test_a_wheel_for_something_else_is_refused(tmp_path: Path, tag: str, said: str) -> None:
    """Built from source, for a newer glibc, another processor, another libc or another Python: none of it runs."""
    unpack(tmp_path, "good", tag)
    with pytest.raises(PackageError, match=said):
        wheels.check(tmp_path, NEEDED, TARGET)


def test_a_module_for_another_python_is_refused(tmp_path: Path) -> None:
    """A compiled module that Python would never find is named."""
    unpack(tmp_path, "good", PURE, files=["good/_good.cpython-39-x86_64-linux-gnu.so"])
    with pytest.raises(PackageError, match=r"_good\.cpython-39"):
        wheels.check(tmp_path, NEEDED, TARGET)


def test_a_missing_module_is_refused(tmp_path: Path) -> None:
    """A compiled module that the wheel lists must be there."""
    unpack(tmp_path, "good", PURE, files=[f"good/_good.{SUFFIX}"])
    (tmp_path / "good" / f"_good.{SUFFIX}").unlink()
    with pytest.raises(PackageError, match="is missing"):
        wheels.check(tmp_path, NEEDED, TARGET)


def test_another_version_than_the_pinned_is_refused(tmp_path: Path) -> None:
    """The pinned versions are deployed."""
    unpack(tmp_path, "good==1.1", PURE)
    with pytest.raises(PackageError, match=r"good 1\.1 is not the one"):
        wheels.check(tmp_path, NEEDED, TARGET)


def test_trimming_keeps_what_functions_need(tmp_path: Path) -> None:
    """Chalice's command line goes, with what it alone needs; what another requirement shares with it stays."""
    unpack(tmp_path, "chalice", PURE, requires=["prompt", "shared"])
    unpack(tmp_path, "good", PURE, requires=["shared"])
    for name in ("prompt", "shared"):
        unpack(tmp_path, name, PURE)
    for service in ("s3", "ec2"):
        (tmp_path / "botocore" / "data" / service).mkdir(parents=True)
        (tmp_path / "botocore" / "data" / service / "service-2.json").touch()
    endpoints = tmp_path / "botocore" / "data" / "endpoints.json"
    partition: dict[str, Any] = {
        "partition": "aws",
        "regions": {"eu-central-1": {}},
        "services": {"s3": {"endpoints": {}}},
    }
    unused = {"ec2": {"endpoints": {}}}
    known = {**partition, "services": {**partition["services"], **unused}}
    endpoints.write_text(json.dumps({"partitions": [known], "version": 3}))
    trim.trim(tmp_path, [Requirement("chalice==1.0"), Requirement("good==1.0")], TARGET)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".dist-info") == [
        "botocore",
        "chalice",
        "good",
        "shared",
    ]
    assert {path.name for path in (tmp_path / "botocore" / "data").iterdir()} == {"s3", "endpoints.json"}
    assert json.loads(endpoints.read_text()) == {"partitions": [partition], "version": 3}
    assert (tmp_path / "good-1.0.dist-info" / "METADATA").exists()


def unpack(
    folder: Path, pinned: str, tag: str, *, requires: list[str] | None = None, files: list[str] | None = None
) -> None:
    """Write a distribution, of version 1.0 unless pinned, as an unpacked wheel leaves it."""
    name, _, version = pinned.partition("==")
    version = version or "1.0"
    record = folder / f"{name}-{version}.dist-info"
    record.mkdir()
    needs = "".join(f"Requires-Dist: {need}\n" for need in requires or [])
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
    (record / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    listed = [f"{name}/__init__.py", *(files or [])]
    for file in listed:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()
    listed += [f"{record.name}/{file}" for file in ("METADATA", "WHEEL", "RECORD")]
    (record / "RECORD").write_text("".join(f"{file},,\n" for file in listed))
