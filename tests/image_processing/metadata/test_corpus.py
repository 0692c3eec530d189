"""Real files, where they are at hand."""

from datetime import datetime, timedelta

import jsonschema
import pytest

from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.source import BytesSource, RangeSource
from tests.real_files import CORPUS, files
from tests.shared import needs_corpus

pytestmark = needs_corpus


@pytest.mark.medium
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


@pytest.mark.medium
def test_every_real_record_is_of_the_schema_and_no_offset_contradicts_its_gps_time():
    """Over the whole corpus: an offset that a clock and a receiver of the same day do not make is none."""
    validator = jsonschema.Draft202012Validator(metadata.schema())
    offsets = 0
    for path in files(CORPUS):
        try:
            found = metadata.read(BytesSource(path.read_bytes()))
        except ImageError as refusal:
            if refusal.metadata is None:
                continue
            found = refusal.metadata
        assert validator.is_valid(found.to_dict()), path
        offset, utc = found.get("date_offset"), found.get("gps_timestamp", "")
        if offset and "T" in utc:
            local = datetime.fromisoformat(found.get("date_taken") + offset)
            assert abs(local - datetime.fromisoformat(utc)) < timedelta(minutes=15), path
            offsets += 1
    assert offsets >= 10
