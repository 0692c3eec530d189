"""What reading costs at most: for each loop of each reader the worst file of 200 MB, and what is kept of it."""

import struct
import time
from pathlib import Path

import pytest

from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.metadata.budget import Budget, Exhausted, Metered
from image_processing.source import BytesSource, RangeSource
from tests.image_processing import builders as b
from tests.image_processing.metadata.floods import FLOODS, GIF, SIZE, Flood

MAX_SECONDS = 10
MAX_MEMORY = 100  # megabytes
LONG = {  # half a second or more each
    *("TIFF: Photoshop's texts", "TIFF: IPTC", "GIF: blocks of a byte", "JPEG: comments of controls"),
    *("PNG: texts that grow", "PNG: profiles of many texts"),
    *("JPEG: stuffed bytes", "JPEG: fill bytes", "JPEG: stray markers", "JPEG: Canon's lens, again and again"),
    *("JPEG: Olympus's directory in itself", "PNG: texts of controls", "PNG: NULs", "PNG: XMP of ampersands"),
    *("GIF: frames", "GIF: comments of controls", "GIF: XMP byte by byte", "GIF: extensions", "HEIF: tracks"),
    *("HEIF: headers of tracks", "HEIF: XMP", "JP2: headers", "JP2: resolutions", "JP2: IPTC", "CR3: boxes"),
    *("CR3: boxes of directories", "PNG: damaged texts", "MRW: blocks of Exif"),
}


def answer(source):
    """Read as the service would; of a refused file what was read."""
    try:
        return metadata.read(source)
    except ImageError as error:
        return error.metadata


def resident(name):
    """Tell a size of this process in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in FLOODS]
)
def test_no_file_keeps_a_reader_busy(name):
    """However many parts a file has or claims: reading ends in time."""
    source = Flood(*FLOODS[name])

    started = time.process_time()
    answer(source)

    assert time.process_time() - started < MAX_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CR3: boxes", "JP2: resolutions", "GIF: frames", "JPEG: stray markers"])
def test_no_file_keeps_a_reader_busy_by_ranges(name):
    """What is kept of an object of S3 is found as fast as it is in memory."""
    source = Flood(*FLOODS[name])
    ranged = RangeSource(source.size, source.read)

    started = time.process_time()
    answer(ranged)

    assert time.process_time() - started < MAX_SECONDS
    assert ranged.requests < 200


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's account of memory")
@pytest.mark.parametrize(
    "name",
    [
        *("JPEG: Exif in parts", "JPEG: Exif directories upon each other", "PNG: a raw profile of few digits"),
        *("PNG: JUMBF that nests", "HEIF: extents", "PNG: CBOR whose keys double"),
    ],
)
def test_no_file_fills_the_memory(name):
    """What is held at a time is bounded, too."""
    source = Flood(*FLOODS[name])
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = resident("VmRSS")
    answer(source)

    assert resident("VmHWM") - before < MAX_MEMORY


@pytest.mark.medium
def test_what_was_found_before_the_budget_ended_is_kept():
    """The picture of a JPEG is told even where its index of pictures is too much."""
    found = metadata.read(Flood(*FLOODS["JPEG: counts of pictures"]))

    assert (found.get("width"), found.get("height"), found.get("encoding")) == (40, 30, "baseline")
    assert [warning.code for warning in found.warnings] == ["too_complex"]


@pytest.mark.slow
def test_what_was_counted_before_the_budget_ended_is_kept():
    """A GIF of more frames than are counted is still a GIF with its size, and says what is missing."""
    found = metadata.read(Flood(b"GIF89a" + struct.pack("<HH", 7, 5) + bytes(3), b.GIF_FRAME, 60_000_000))

    assert (found.get("width"), found.get("height"), found.get("animated")) == (7, 5, True)
    assert found.get("frame_count") > 100_000
    assert [warning.code for warning in found.warnings] == ["too_complex"]


@pytest.mark.medium
def test_the_largest_sound_animation_is_counted_whole():
    """A GIF of 200 MB in full sub-blocks stays within the budget: every frame counts, and nothing is warned of."""
    frame = b"\x2c" + bytes(9) + b"\x08" + (b"\xff" + bytes(255)) * 10_000 + b"\0"
    count = (SIZE - len(GIF) - 1) // len(frame)

    found = metadata.read(Flood(GIF, frame, len(GIF) + count * len(frame)))

    assert found.get("frame_count") == count == 78
    assert {warning.code for warning in found.warnings} == {"truncated"}  # it has no trailer


def test_a_budget_is_spent_to_its_last_step():
    """As many steps as there are, and not one more; sixteen bytes that are decoded are a step."""
    budget = Budget(5)
    budget.spend(2)
    budget.spend(1, decoded=47)
    with pytest.raises(Exhausted):
        budget.spend(decoded=0)


def test_a_metered_source_gives_the_same_bytes_and_charges_for_them():
    """A read is a step, and one more for each 4096 bytes; one that gives nothing is a step too."""
    budget = Budget(5)
    source = Metered(BytesSource(bytes(5000)), budget)

    assert (source.size, source.read(10, 20), source.read(0, 5000)) == (5000, bytes(20), bytes(5000))
    assert budget.left == 2
    assert source.read(5000, 1) == b""
    assert budget.left == 1
    source.read(0, 1)
    with pytest.raises(Exhausted):
        source.read(0, 1)


def test_stray_bytes_are_skipped_however_many():
    """A comment behind more than a block of stray bytes is found, wherever the block ends."""
    for count in (0, 1, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 131_070):
        found = metadata.read(BytesSource(b.jpeg(frame=b.sof() + b"x" * count + b.segment(0xFE, b"Hello"))))
        assert found.get("comment") == "Hello", count
        assert ("stray_bytes" in {warning.code for warning in found.warnings}) == (count > 0)


@pytest.mark.parametrize("fill", [b"\xff", b"\xff\0", b"\xff\xd0", b"\xff\xff\1"])
def test_fill_bytes_and_markers_without_length_are_no_stray_bytes(fill):
    """They may stand before any marker (ITU-T T.81, B.1.1.2), even in more than a block."""
    for count in (1, 2, 32_768, 65_533, 70_001):
        found = metadata.read(BytesSource(b.jpeg(frame=b.sof() + fill * count + b.segment(0xFE, b"Hello"))))
        assert (found.get("comment"), found.warnings) == ("Hello", ()), count
