"""Compile and pack a folder; show how large its parts are."""

from __future__ import annotations

import subprocess
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

from scripts.package import PackageError

if TYPE_CHECKING:
    from pathlib import Path

MAX_UNZIPPED_MB = 250  # AWS Lambda Developer Guide, "Lambda quotas"
MAX_DIRECT_MB = 50  # the same, for an upload that does not go through S3
_TIME = (1980, 1, 1, 0, 0, 0)  # the same contents make the same zip, and CloudFormation sees that nothing changed
_MB = 1_000_000


def compile_all(folder: Path, interpreter: str, there: str = "/var/task") -> None:
    """Write the .pyc of every module; nothing is compared with it at import, which Lambda's clocks could fail.

    Tracebacks show `there`, the folder on Lambda: by default that of functions.
    """
    command = [interpreter, "-m", "compileall", "-q", "-j", "0", "-s", str(folder), "-p", there]
    done = subprocess.run([*command, "--invalidation-mode", "unchecked-hash", str(folder)], check=False)  # noqa: S603
    if done.returncode:
        raise PackageError("a module cannot be compiled; see above")


def pack(folder: Path, target: Path) -> None:
    """Write a folder as a zip in which the same files always make the same bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # nothing in it is a program
            packed.writestr(entry, path.read_bytes())


def table(target: Path, owners: dict[str, str]) -> str:
    """Return a zip's sizes by part, the largest first, and their sums beside Lambda's limits."""
    unzipped, zipped = Counter[str](), Counter[str]()
    with zipfile.ZipFile(target) as packed:
        for entry in packed.infolist():
            top = entry.filename.partition("/")[0]
            part = owners.get(top, "janus")
            unzipped[part] += entry.file_size
            zipped[part] += entry.compress_size
    lines = [f"  {'part':<18}{'unzipped MB':>12}{'zipped MB':>12}"]
    lines += [
        f"  {part:<18}{size / _MB:>12.1f}{zipped[part] / _MB:>12.1f}" for part, size in unzipped.most_common()
    ]
    lines.append(f"  {'all':<18}{unzipped.total() / _MB:>12.1f}{target.stat().st_size / _MB:>12.1f}")
    lines.append(f"  {'limit':<18}{MAX_UNZIPPED_MB:>12}{MAX_DIRECT_MB:>12}  (zipped: only for uploads past S3)")
    return "\n".join(lines)


def unpacked_size(*targets: Path) -> int:
    """Return the bytes that zips take when they are unpacked."""
    size = 0
    for target in targets:
        with zipfile.ZipFile(target) as packed:
            size += sum(entry.file_size for entry in packed.infolist())
    return size


def check_size(*targets: Path) -> None:
    """Raise PackageError for zips that Lambda would refuse to unpack: a function's, and its layers'."""
    size = unpacked_size(*targets)
    if size > MAX_UNZIPPED_MB << 20:
        raise PackageError(f"{size / _MB:.1f} MB unzipped; Lambda takes {MAX_UNZIPPED_MB}")
