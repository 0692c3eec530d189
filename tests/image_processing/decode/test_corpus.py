"""Sound files of the shared corpus are shown: nothing that Pillow loads is called broken."""

from __future__ import annotations

import io
import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pillow_heif
import pytest
from PIL import Image

from image_processing import examine
from image_processing.errors import ImageError, NotDecodable
from image_processing.source import BytesSource
from tests.real_files import CORPUS, FIDELITY
from tests.shared import needs_corpus

if TYPE_CHECKING:
    from pathlib import Path

MOST_PIXELS = 30_000_000  # of what is loaded here, without a sandbox


def files() -> list[Path]:
    """Return the files that the oracle lists, in its order."""
    told = json.loads((FIDELITY / "oracle_dev.json").read_text())
    return [CORPUS / entry["repo"].replace("/", "+") / entry["path"] for entry in told.values()]


def loads(data: bytes) -> bool:
    """Tell whether Pillow, asked without further ado, opens and loads the first image."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height <= MOST_PIXELS:
                    image.load()
        except Exception:  # plugins leak all kinds
            return False
    return True


def outcome(path: Path, profile: str) -> str:
    """Return "ready", or the code of the refusal."""
    try:
        examine.examine(BytesSource(path.read_bytes()), profile)
    except NotDecodable:
        return "ready"  # with the warning `not_decodable`
    except ImageError as error:
        return error.code
    return "ready"


@pytest.mark.slow
@needs_corpus
@pytest.mark.parametrize("profile", [examine.STANDARD, examine.FULL])
def test_no_file_that_pillow_loads_is_called_broken(profile):
    """The same recipe as that of the worker and of the commands, over all files, sound or not."""
    pillow_heif.register_heif_opener()
    paths = [path for path in files() if loads(path.read_bytes())]
    assert len(paths) > 600

    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(paths, pool.map(lambda path: outcome(path, profile), paths), strict=True))

    assert {str(path): code for path, code in outcomes.items() if code != "ready"} == {}
