"""The layer has what recognizes and nothing else; it runs beside the zip, under Lambda's limit together."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from image_processing import recognition
from scripts.lambda_runtime import ISOLATED
from scripts.package import PackageError, archive, layer
from scripts.package.target import Target
from tests.image_processing.recognition.pages import FACE, page
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.packaging.conftest import Built

MAX_TOGETHER = 240_000_000  # bytes unpacked; Lambda takes 262,144,000


class OwnMachine(Target):
    """The Python that runs the tests, on a machine with the glibc of Amazon Linux 2023."""

    @property
    def glibc_minor(self) -> int:
        """That of Lambda from Python 3.12 on."""
        return 34

    def interpreter(self) -> str:
        """Whichever is here: what is compiled is not compared."""
        return sys.executable


@pytest.fixture
def gathered(tmp_path: Path) -> Path:
    """Return a folder in which each kept pattern has a file, and things that packages carry besides."""
    for name in (
        *layer._KEPT,
        "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "rapidocr/main.py",
        "a.dist-info/RECORD",
    ):
        path = tmp_path / name.replace("**/*", "LICENSE").replace("*", "a")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_only_what_is_needed_stays(gathered: Path) -> None:
    """The second copy of the runtime goes, as do the packages' own code and pip's records; licences stay."""
    layer.trim(gathered)
    kept = {path.relative_to(gathered).as_posix() for path in gathered.rglob("*") if path.is_file()}
    assert not {"onnxruntime/capi/libonnxruntime.so.1.32.0", "rapidocr/main.py", "a.dist-info/RECORD"} & kept
    assert {"a.dist-info/licenses/LICENSE", "onnxruntime/LICENSE", "zxingcpp/zxingcppa.so"} <= kept
    assert len(kept) == len(layer._KEPT)


def test_a_model_that_moved_is_missed(gathered: Path) -> None:
    """A later version of a package with another file name fails the build, not the function."""
    (gathered / "rapidocr/models/PP-OCRv6_det_small.onnx").unlink()
    with pytest.raises(PackageError, match=r"lacks rapidocr/models/PP-OCRv6_det_small\.onnx"):
        layer.trim(gathered)


@pytest.mark.parametrize(
    ("runtime", "supported"),
    [("python3.11", False), ("python3.12", True), ("python3.13", True), ("python3.14", True)],
)
def test_which_pythons_have_a_layer(runtime: str, supported: bool) -> None:  # noqa: FBT001
    """All whose Amazon Linux has glibc 2.28: that of Python 3.11 has 2.26."""
    assert layer.supported(Target(runtime, "x86_64")) is supported
    assert layer.supported(Target(runtime, "arm64")) is supported


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return what builds a layer in the same folder again, and tells how often it was gathered until now."""
    project, times = tmp_path / "project", []
    models = project / "image_processing/recognition"
    models.mkdir(parents=True)
    for path in (project / "requirements-recognition.txt", project / "requirements-recognition.lock"):
        path.write_text("onnxruntime==1.32.0\n")
    for name in ("blazeface.npz", "blazeface.LICENSE"):
        (models / name).write_text(name)

    def gather(_project: Path, python: Path, _target: Target) -> None:
        python.mkdir(parents=True)
        (python / "a.py").write_text("A = 1\n")
        times.append(python)

    def build(target: Target = Target()) -> int:  # noqa: B008  it never changes
        assert layer.build(project, tmp_path / "out/layer", target) == tmp_path / "out/layer.zip"
        return len(times)

    monkeypatch.setattr(layer, "gather", gather)
    (tmp_path / "out").mkdir()
    return build


def test_a_layer_is_kept_while_it_would_be_the_same(builds: Callable[..., int]) -> None:
    """Its wheels are 90 MB, and a project is deployed more often than they change."""
    assert [builds(), builds(), builds()] == [1, 1, 1]


@pytest.mark.parametrize(
    "file",
    [
        "requirements-recognition.lock",
        "requirements-recognition.txt",
        "image_processing/recognition/blazeface.npz",
        "image_processing/recognition/blazeface.LICENSE",
    ],
)
def test_other_sources_make_another_layer(builds: Callable[..., int], tmp_path: Path, file: str) -> None:
    """A wheel's new hash is enough."""
    builds()
    with (tmp_path / "project" / file).open("a") as more:
        more.write("# more\n")
    assert [builds(), builds()] == [2, 2]


def test_other_machines_have_other_layers(builds: Callable[..., int]) -> None:
    """Of another Python, or another processor."""
    targets = [Target("python3.13", "x86_64"), Target("python3.13", "arm64"), Target("python3.14", "arm64")]
    assert [builds(target) for target in targets] == [1, 2, 3]


@pytest.mark.parametrize("size", [None, 0, 20])
def test_a_damaged_layer_is_built_anew(builds: Callable[..., int], tmp_path: Path, size: int | None) -> None:
    """Removed, or cut short: a build that was stopped leaves such files."""
    builds()
    zipped = tmp_path / "out/layer.zip"
    whole = zipped.read_bytes()
    zipped.unlink() if size is None else zipped.write_bytes(whole[:size])
    assert builds() == 2
    assert zipped.read_bytes() == whole


@pytest.mark.slow
@pytest.mark.skipif(sysconfig.get_platform() != "linux-x86_64", reason="the layer runs on Linux on x86_64 only")
def test_the_layer_recognizes_beside_the_zip(built: Built, tmp_path: Path) -> None:
    """All kinds, in a process that sees zip and layer alone, as on Lambda; the zip alone recognizes nothing."""
    zipped = layer.build(PROJECT, tmp_path / "layer", OwnMachine.own())
    shutil.unpack_archive(zipped, tmp_path / "opt")
    image = page("Harbour office")
    image.save(tmp_path / "page.png")
    program = """
import json, sys
sys.path[:0] = sys.argv[2:]
from image_processing import recognition
kinds = sorted(recognition.available())
import numpy as np
from PIL import Image
read = lambda name: recognition.recognize(np.asarray(Image.open(name).convert("RGB")), kinds)
found = [one for name in json.loads(sys.argv[1]) for one in read(name)] if kinds else []
print(json.dumps([kinds, [[one.kind, one.value] for one in found]]))
"""
    files = json.dumps([str(tmp_path / "page.png"), str(FACE)])

    def run(*folders: Path) -> tuple[list[str], list[list[str]]]:
        command = [sys.executable, *ISOLATED, "-c", program, files, *map(str, folders)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={})
        kinds, found = json.loads(done.stdout)
        return kinds, found

    assert run(built.function) == ([], [])
    kinds, found = run(built.function, tmp_path / "opt" / "python")
    assert kinds == sorted(recognition.MODELS)
    assert ["text", "Harbour office"] in found
    assert ["face", ""] in found
    assert [kind for kind, _ in found].count("unsafe") == 2


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_zip_and_layer_fit_together(built: Built, tmp_path: Path, architecture: str) -> None:
    """Unpacked, for Lambda's latest Python: the zip of another Python differs from it by a few megabytes."""
    zipped = layer.build(PROJECT, tmp_path / "layer", OwnMachine(Target().runtime, architecture))
    assert 70_000_000 < archive.unpacked_size(zipped) < 100_000_000
    assert archive.unpacked_size(zipped, built.out / "deployment.zip") <= MAX_TOGETHER
