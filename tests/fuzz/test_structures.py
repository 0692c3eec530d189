"""Files that agree with their own lies: honest ones are sound, and none breaks a promise of the readers."""

import contextlib
import ctypes
import io
import os
import platform
import signal
import warnings
import zlib

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.errors import ImageError
from image_processing.source import BytesSource
from tests import samples
from tests.fuzz import process, structured
from tests.fuzz.structures import GENERATORS, boxes, jpeg, zeros
from tests.fuzz.structures.dice import Dice
from tests.fuzz.structures.known import KNOWN

M_MMAP_THRESHOLD = -3  # malloc.h
OPENED = sorted(GENERATORS.keys() - {"raw", "jxl"})  # what Pillow knows
pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs an account of a child's memory")


@pytest.mark.parametrize("name", OPENED)
def test_honest_files_are_sound(name):
    """Where the lie is the truth a decoder finds the pixels, of the size that the file tells."""
    for seed in range(8):
        data = GENERATORS[name](Dice(seed, honest=True))
        found = metadata.read(BytesSource(data))
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert image.size == (found.get("width"), found.get("height")), seed


@pytest.mark.parametrize("name", ["raw", "jxl"])
def test_honest_files_that_pillow_does_not_know_are_read(name):
    """A RAW file tells its size and has a preview that can be shown; a JPEG XL tells its size."""
    for seed in range(8):
        found = metadata.read(BytesSource(data := GENERATORS[name](Dice(seed, honest=True))))
        assert 1 <= found.get("width") <= 64, seed
        assert found.warnings == (), seed
        if name == "raw":
            assert pixels.decode(BytesSource(data), found).mode == "RGB"


@pytest.mark.parametrize("name", GENERATORS)
def test_lies_are_read_or_refused(name):
    """For any file, reading gives an answer or a refusal with a name."""
    for seed in range(5):
        with contextlib.suppress(ImageError):
            metadata.read(BytesSource(GENERATORS[name](Dice(seed))))


def test_the_same_seed_makes_the_same_file():
    """A fuzzer's finding can be made again from its number."""
    for name, make in GENERATORS.items():
        assert make(Dice(5)) == make(Dice(5)), name


def test_most_files_tell_a_lie():
    """Chance is not honest: most of its files differ from what an honest one may be."""
    lies = [Dice(seed).lie(0, 1, often=1.0) for seed in range(100)]
    assert 60 < sum(lies) < 100
    assert [Dice(seed, honest=True).lie(0, 1, often=1.0) for seed in range(100)] == [0] * 100


def test_a_flat_jpeg_is_whole_at_any_size():
    """The blocks of a large image are there, not guessed: a decoder has nothing to warn of."""
    with (
        warnings.catch_warnings(),
        Image.open(io.BytesIO(jpeg.flat((3000, 2000), sampling=(0x22, 0x11, 0x11)))) as image,
    ):
        warnings.simplefilter("error")
        image.load()
    assert (image.size, image.getextrema()) == ((3000, 2000), ((128, 128), (128, 128), (128, 128)))


def test_a_hidden_frame_may_lie_behind_any_rubbish():
    """The hidden part is longer than a segment can declare: the longest hides a part of it."""
    data = jpeg.flat((8, 8), before=b"x" * 100_000, hidden=True)
    assert data[:6] == b"\xff\xd8\xff\xd0\xff\xff"


@pytest.mark.parametrize("count", [0, 1, 65_521, (1 << 20) - 1, 1 << 20, 3_000_001])
def test_zeros_inflate_to_zeros(count):
    """A stream that is put together inflates as one that was deflated, its check value too."""
    assert zlib.decompress(zeros.deflated(count)) == bytes(count)


def test_boxes_are_found_by_their_path():
    """A box in a box, and in one with version and flags."""
    data = boxes.box(b"ftyp", b"heic") + boxes.full(b"meta", boxes.full(b"hdlr"), boxes.box(b"iprp", b"here"))
    assert boxes.find(data, b"meta", b"iprp") == b"here"
    with pytest.raises(KeyError):
        boxes.find(data, b"meta", b"iloc")


@pytest.mark.medium
def test_what_breaks_a_promise_is_kept(tmp_path, capsys, monkeypatch):
    """A file over a limit is written and told; one within it is not."""
    monkeypatch.setattr(process, "MAX_GROWTH", 40)
    files = [
        ("small", samples.jpeg((64, 64))),
        ("large", jpeg.flat((4000, 4000), frame=jpeg.PROGRESSIVE, sampling=(0x11,) * 3, hidden=True)),
    ]

    count, kept = structured.run(files, tmp_path, 60)

    assert count == 2
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["large"] == [kept[0].name.split("-")[0]]
    assert kept[0].read_bytes() == files[1][1]
    assert "MB" in capsys.readouterr().out


@pytest.mark.medium
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc's malloc")
def test_memory_that_the_parent_has_freed_counts(tmp_path):
    """A child inherits its parent's free memory; it still grows by the 96 MB of coefficients that it reads."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
    libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
    blocks = [libc.malloc(1 << 20) for _ in range(200)]
    for block in blocks:
        ctypes.memset(block, 1, 1 << 20)
    for block in blocks[:-1]:  # the last one keeps the others from going back to the system
        libc.free(block)
    path = tmp_path / "image"
    path.write_bytes(jpeg.flat((4000, 4000), frame=jpeg.PROGRESSIVE, sampling=(0x11,) * 3, hidden=True))

    cost = process.run(path)

    libc.free(blocks[-1])
    libc.mallopt(M_MMAP_THRESHOLD, 128 << 10)
    assert cost.megabytes > 80


def test_what_leaks_is_a_broken_promise(tmp_path, monkeypatch):
    """An exception that is none of Janus's own, a signal, and too much time are told."""
    path = tmp_path / "image"
    path.write_bytes(samples.jpeg())
    monkeypatch.setattr(process, "main", lambda _: dict[str, int]()["leaked"])
    assert "KeyError('leaked')" in str(process.run(path).broken(0))
    monkeypatch.setattr(process, "main", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    assert process.run(path).broken(0) == "ended by SIGKILL"
    monkeypatch.setattr(process, "main", lambda _: print("{}") or 0)
    monkeypatch.setattr(process, "MAX_SECONDS", -1)
    assert str(process.run(path).broken(0)).startswith("took ")


@pytest.mark.slow
def test_known_bombs_break_no_promise(tmp_path):
    """Every kind that is known is read or refused in time and memory."""
    files = [(name.replace(" ", "-"), make()) for name, make in KNOWN.items()]

    count, kept = structured.run(files, tmp_path, 600)

    assert (count, kept) == (len(files), [])
