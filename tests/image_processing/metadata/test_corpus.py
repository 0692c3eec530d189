"""Real files, where they are at hand: JANUS_SHARED or ../shared names the folder that holds fidelity/."""

import pytest

from benchmarks import fidelity
from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.source import BytesSource, RangeSource

HOME = fidelity.corpus()
pytestmark = pytest.mark.skipif(HOME is None, reason="the shared corpus is not here")


def files():
    return sorted(path for path in (HOME / "corpus").rglob("*") if path.is_file())


def test_every_real_file_is_read_or_refused_by_name():
    """No file of the corpus crashes the reader, and ranges tell the same as the whole."""
    read = 0
    for path in files():
        data = path.read_bytes()
        ranged = RangeSource(len(data), lambda offset, length, data=data: data[offset : offset + length])
        try:
            found = metadata.read(BytesSource(data))
        except ImageError as refusal:
            with pytest.raises(type(refusal)):
                metadata.read(ranged)
            continue
        assert metadata.read(ranged).values == found.values, path
        read += 1
    assert read > 900
