"""The ONNX runtime: one session for each model, on one thread."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import onnxruntime

from image_processing.recognition import weights

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from image_processing.recognition.models import File

    Floats = NDArray[np.float32]

onnxruntime.set_default_logger_severity(3)  # errors; else it warns of processors that it does not know


class Session:
    """A loaded model with one input and one output."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a function has few processors, or one
        options.enable_cpu_mem_arena = False  # an arena would keep the memory of the largest picture
        self._session = onnxruntime.InferenceSession(
            weights.read(path), options, providers=["CPUExecutionProvider"]
        )
        del self._session._model_bytes  # noqa: SLF001  kept for a change of providers: 55 MB of all models
        self._input = self._session.get_inputs()[0].name

    def run(self, values: Floats) -> Floats:
        """Return the output for an input, both with the batch as the first axis."""
        output: Floats = self._session.run(None, {self._input: values})[0]
        return output

    def metadata(self, name: str) -> str:
        """Return a text that the model carries; raise KeyError if it carries none of this name."""
        text: str = self._session.get_modelmeta().custom_metadata_map[name]
        return text


@cache
def session(file: File) -> Session:
    """Return the session of a model, loaded once a process; raise FileNotFoundError if it is not installed."""
    path = file.path()
    if path is None:
        raise FileNotFoundError(f"{file.name} of {file.package} is not installed")
    return Session(path)
