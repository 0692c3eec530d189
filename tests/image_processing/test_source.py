"""Reading by ranges: the same bytes from memory, a file or ranges, in few requests."""

import tracemalloc

import pytest

from image_processing.source import BytesSource, FileSource, RangeSource, WindowSource, open_source

DATA = bytes(range(256)) * 2000  # 512,000 bytes


def ranged(data=DATA):
    return RangeSource(len(data), lambda offset, length: data[offset : offset + length])


@pytest.fixture(params=["bytes", "file", "open file", "range", "window"])
def source(request, tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    if request.param == "file":
        with FileSource(path) as opened:
            yield opened
    elif request.param == "open file":
        with path.open("rb") as file:
            yield FileSource(file)
    else:
        yield {
            "bytes": BytesSource(DATA),
            "range": ranged(),
            "window": WindowSource(BytesSource(b"before" + DATA + b"behind"), 6, len(DATA)),
        }[request.param]


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        (0, 10),
        (65_530, 20),
        (100_000, 300_000),
        (511_990, 100),
        (512_000, 1),
        (600_000, 5),
        (-1, 5),
        (7, 0),
        (7, -3),
    ],
)
def test_every_source_gives_the_same_bytes(source, offset, length):
    """A read gives the bytes asked for, fewer only at the end, none for what makes no sense."""
    expected = DATA[offset : offset + length] if offset >= 0 and length > 0 else b""
    assert source.read(offset, length) == expected
    assert source.size == len(DATA)


def test_an_opened_source_reads_and_seeks_like_a_file(source):
    """Pillow can use any source."""
    with open_source(source) as file:
        assert file.read(4) == DATA[:4]
        file.seek(-4, 2)
        assert file.read() == DATA[-4:]
        with pytest.raises((OSError, ValueError)):
            file.seek(-1)


def test_ranges_are_few_and_never_fetched_twice():
    """Small reads in one place are one request; what was fetched is kept."""
    source = ranged()
    for offset in range(0, 4000, 10):
        source.read(offset, 10)
    assert source.requests == 1
    source.read(300_000, 10)
    source.read(300_005, 100)
    assert source.requests == 2
    assert source.fetched < 20_000


def test_a_small_object_is_fetched_in_one_request():
    """An object that is hardly more than its head comes whole."""
    source = ranged(DATA[:60_000])
    source.read(59_000, 10)
    source.read(0, 10)
    assert (source.requests, source.fetched) == (1, 60_000)


def test_a_source_that_serves_less_than_it_promised_ends():
    """An object that shrank meanwhile gives what there is and does not hang."""
    source = RangeSource(1_000_000, lambda offset, length: DATA[offset : offset + length])
    assert source.read(500_000, 100_000) == DATA[500_000:]


def test_a_reader_that_hops_through_a_large_object_makes_few_requests():
    """However many parts an object has, and however far they lie apart: requests are what costs on S3."""
    for hop in (30, 5012, 42_000, 300_000):
        source = RangeSource(200 << 20, lambda _, length: bytes(length))
        for offset in range(0, min(200 << 20, 5000 * hop), hop):
            source.read(offset, 8)
        assert source.requests < 100, hop
        assert source.fetched <= source.size


def test_little_of_a_large_object_is_kept():
    """What was read is forgotten in time: the cache has a size."""
    tracemalloc.start()
    source = RangeSource(1 << 30, lambda _, length: bytes(length))
    for offset in range(0, 1 << 28, 1 << 17):
        source.read(offset, 8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
