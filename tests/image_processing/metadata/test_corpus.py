"""Real files, where they are at hand."""

import pytest

from benchmarks.shared import CORPUS, files
from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.source import BytesSource, RangeSource
from tests.shared import needs_corpus

pytestmark = needs_corpus


def test_every_real_file_is_read_or_refused_by_name():
    """No file of the corpus crashes the reader, and ranges tell the same as the whole."""
    read = 0
    for path in files(CORPUS):
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
