"""Where real files are: in the folder that JANUS_SHARED names, or in ../shared. None may be in the project."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("JANUS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
FIDELITY = SHARED / "fidelity"
CORPUS = FIDELITY / "corpus"
PHOTOGRAPHS = SHARED / "photos"


def files(folder: Path) -> list[Path]:
    """Return the paths of all files in a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
