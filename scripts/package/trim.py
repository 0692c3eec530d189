"""Remove files that no function needs."""

from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING, Any

from scripts.package import wheels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from packaging.requirements import Requirement

    from scripts.package.target import Target

SERVICES = {
    "bedrock-runtime",
    "cognito-idp",
    "dynamodb",
    "events",
    "rekognition",
    "s3",
    "s3vectors",
    "secretsmanager",
    "sqs",
}
"""The services of which `chalicelib` makes clients. botocore describes over 400 services in 20 MB."""

NUMPY = ("f2py", "fft", "polynomial", "random")
"""Parts of NumPy that no function uses: NumPy itself loads them only where they are asked for."""

_FOLDERS = (
    *("boto3/data", "boto3/examples", "bin", "*.data", "**/tests", "**/test", "**/include"),
    *(f"numpy/{part}" for part in NUMPY),
)
_FILES = (
    *("botocore/data/*/*/examples-1.json*", "**/*.pyi", "**/py.typed", "**/*.pxd", "**/*.pyx", "**/*.[ch]"),
    *("numpy/_core/_simd*.so", "numpy/_core/_*_tests*.so"),  # of NumPy's own tests
)
_METADATA = ("METADATA", "WHEEL", "licenses", "LICENSE*", "COPYING*", "NOTICE*")  # the licences ask to stay


def trim(folder: Path, requirements: Iterable[Requirement], target: Target) -> None:
    """Remove Chalice's command line, unused services, tests, types, headers and installers' records."""
    _trim_endpoints(folder / "botocore" / "data" / "endpoints.json")
    for path in list(_unneeded(folder, requirements, target)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # with a folder that went before
    _trim_descriptions(folder / "botocore" / "data")
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _trim_endpoints(path: Path) -> None:
    """Leave the endpoints of our services: botocore reads this file, over a megabyte, before its first request."""
    known = json.loads(path.read_bytes())
    for partition in known["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in sorted(SERVICES & services.keys())}
    path.write_text(json.dumps(known, separators=(",", ":")))


def _trim_descriptions(data: Path) -> None:
    """Empty the documentation in the descriptions of services, and leave their compression out.

    It is most of them, and a client reads its own description before its first request.
    """
    for packed in data.glob("*/*/*.json.gz"):
        described = json.loads(gzip.decompress(packed.read_bytes()), object_hook=_undocumented)
        packed.with_suffix("").write_text(json.dumps(described, separators=(",", ":")))
        packed.unlink()


def _undocumented(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a description with its documentation emptied; a member of that name is kept."""
    if isinstance(part.get("documentation"), str):
        part["documentation"] = ""  # botocore reads some of them, and needs the key
    return part


def _unneeded(folder: Path, requirements: Iterable[Requirement], target: Target) -> Iterator[Path]:
    yield from _command_line(folder, requirements, target)
    for pattern in (*_FOLDERS, *_FILES):
        yield from folder.glob(pattern)
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            yield service
    for record in folder.glob("*.dist-info"):
        kept = {path for pattern in _METADATA for path in record.glob(pattern)}
        yield from (path for path in record.iterdir() if path not in kept)


def _command_line(folder: Path, requirements: Iterable[Requirement], target: Target) -> Iterator[Path]:
    """Yield files that only Chalice's command line needs: its app.py needs the standard library alone."""
    kept = wheels.closure([need for need in requirements if need.name != "chalice"], folder, target)
    for name, distribution in wheels.installed(folder).items():
        if name not in kept and name != "chalice":
            yield from (folder / file for file in wheels.files(distribution))
