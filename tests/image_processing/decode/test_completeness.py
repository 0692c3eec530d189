"""A picture shows no pixel that its file does not hold: neither memory of the process nor the image before it."""

import io
import json
import os
import platform
import random
import subprocess
import sys

import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from image_processing import metadata
from image_processing.decode import pixels, tiff_parts
from image_processing.errors import ImageError, Truncated
from image_processing.source import BytesSource
from tests.image_processing import builders
from tests.image_processing.builders import LONG, SHORT
from tests.image_processing.decode import short_files
from tests.real_files import CORPUS, files
from tests.shared import needs_corpus

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc fills fresh memory")

# What glibc fills fresh and freed memory with, and how it hands it out.
MEMORIES = (
    {"MALLOC_PERTURB_": "85"},
    {"MALLOC_PERTURB_": "170"},
    {"GLIBC_TUNABLES": "glibc.malloc.perturb=51:glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=4096"},
)
DIGESTS = """
import hashlib, json, sys
from pathlib import Path
from image_processing import metadata
from image_processing.decode import pixels
from image_processing.errors import ImageError
from image_processing.source import FileSource
told = {}
for path in sys.stdin.read().splitlines():
    try:
        with FileSource(path) as source:
            image = pixels.decode(source, metadata.read(source))
            told[path] = [image.mode, image.size, hashlib.sha256(image.tobytes()).hexdigest()]
    except ImageError as error:
        told[path] = error.code
print(json.dumps(told))
"""


def decoded(data):
    source = BytesSource(data)
    return pixels.decode(source, metadata.read(source))


def in_each_memory(paths, memories=MEMORIES):
    """Decode files in processes whose memory differs: the digest of the pixels of each file."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, **memory},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for memory in memories
    ]
    names = "\n".join(map(str, paths))
    return [json.loads(process.communicate(names)[0]) for process in running]


def assert_the_same(told):
    first, *others = told
    assert {path for path in first if any(other[path] != first[path] for other in others)} == set()


@pytest.mark.parametrize("name", short_files.SHORT_FILES)
def test_a_file_that_lacks_pixels_is_refused(name):
    """A strip, tile, row or scan that is missing or short is never shown as black, grey, white or noise."""
    with pytest.raises(ImageError) as caught:
        decoded(short_files.SHORT_FILES[name])

    assert caught.value.code in ("truncated", "corrupt")


@pytest.mark.parametrize("name", short_files.SOUND)
def test_a_whole_file_is_decoded(name):
    """Each pixel is as Pillow, asked directly, decodes it."""
    data = short_files.SOUND[name]

    assert decoded(data).tobytes() == Image.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("reading", ["strips", "tiles"])
def test_group4_is_the_picture_that_was_written(reading):
    """Bilevel pixels, known from before they were compressed."""
    expected = short_files.picture("1").convert("RGB")

    assert decoded(getattr(short_files, reading)("1", "group4")).tobytes() == expected.tobytes()


def test_strips_without_sizes_end_where_the_next_begins():
    """Old writers leave StripByteCounts out; the strips are all there."""
    expected = short_files.picture("L").convert("RGB")

    assert decoded(short_files.strips("L", "tiff_lzw", tags={279: None})).tobytes() == expected.tobytes()


def bilevel(rows):
    """Write rows of a bilevel image, given as text, as Group 4: one strip."""
    image = Image.new("1", (len(rows[0]), len(rows)), 1)
    for y, row in enumerate(rows):
        for x, pixel in enumerate(row):
            image.putpixel((x, y), pixel == ".")
    part, _ = short_files.encoded(image, "group4")
    tags = {256: (LONG, image.width), 257: (LONG, image.height), 258: (SHORT, 1), 259: (SHORT, 4)}
    return builders.tiff_image([part], tags | {262: (SHORT, 1), 277: (SHORT, 1), 278: (LONG, image.height)})


@pytest.mark.parametrize("last", ["........", "#.......", "########", ".#.#.#.#", "#......#"])
@pytest.mark.parametrize("width", [1, 2, 8])
def test_group4_may_end_with_any_row(last, width):
    """A last row like one of those by which missing rows are found is no missing row."""
    rows = ["#.#.##..", ".######.", last]
    image = decoded(bilevel([row[:width] for row in rows]))

    found = ["".join(".#"[image.getpixel((x, y)) == (0, 0, 0)] for x in range(width)) for y in range(3)]
    assert found == [row[:width] for row in rows]


@pytest.mark.parametrize(
    ("mode", "value", "shown"),
    [
        ("1", 0, (0, 0, 0)),
        ("1", 255, (255, 255, 255)),
        ("L", 90, (90, 90, 90)),
        ("L", 165, (165, 165, 165)),
        ("LA", (90, 165), (90, 90, 90, 165)),
        ("P", 90, (90, 90, 90)),
        ("RGB", (90, 165, 90), (90, 165, 90)),
        ("RGB", (165, 90, 165), (165, 90, 165)),
        ("RGBA", (90, 165, 90, 165), (90, 165, 90, 165)),
        ("I;16", 90, (0, 0, 0)),
    ],
)
@pytest.mark.parametrize("size", [(20, 6), (20, 1), (1, 1)])
def test_a_png_may_end_with_any_row(mode, value, shown, size):
    """Rows of the values that mark unwritten memory are a picture like any other."""
    image = Image.new(mode, size, value)
    if mode == "P":
        image.putpalette([level for grey in range(256) for level in (grey, grey, grey)])
    out = io.BytesIO()
    image.save(out, "PNG")

    assert decoded(out.getvalue()).getextrema() == tuple((level, level) for level in shown)


@pytest.mark.parametrize("name", [*short_files.SHORT_FILES, *short_files.ODD])
def test_no_trace_of_another_image(name):
    """After an image of one colour in buffers of many sizes, no other image shows that colour."""
    mark = 0xA7
    for width in (short_files.WIDTH, short_files.TILE, 26, 8):
        size = width, short_files.HEIGHT
        for compression in ("tiff_lzw", "packbits"):
            part, _ = short_files.encoded(Image.new("L", size, mark), compression)
            code = {"tiff_lzw": 5, "packbits": 32773}[compression]
            tags = {256: (LONG, width), 257: (LONG, size[1]), 258: (SHORT, 8), 259: (SHORT, code), 262: (SHORT, 1)}
            assert decoded(builders.tiff_image([part], tags)).getpixel((1, 1)) == (mark, mark, mark)

    try:
        image = decoded((short_files.SHORT_FILES | short_files.ODD)[name])
    except ImageError:
        return
    rows = [image.crop((0, y, image.width, y + 1)) for y in range(image.height)]
    assert not [y for y, row in enumerate(rows) if row.getextrema() == ((mark, mark),) * 3]


@pytest.mark.medium
@needs_glibc
def test_no_picture_depends_on_fresh_memory(tmp_path):
    """The same file gives the same pixels whether fresh memory holds one byte or another."""
    written = {
        **{f"short {name}": data for name, data in short_files.SHORT_FILES.items()},
        **{f"sound {name}": data for name, data in short_files.SOUND.items()},
        **{f"odd {name}": data for name, data in short_files.ODD.items()},
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)

    told = in_each_memory(sorted(tmp_path.iterdir()), MEMORIES[:2])

    assert len(told[0]) == len(written)
    assert_the_same(told)


def test_strips_on_each_other_take_no_more_memory_than_the_file():
    """Of a thousand strips that all reach to the end of the file, each is read up to the next one."""
    part, _ = short_files.encoded(Image.new("L", (64, 1), 200), "tiff_lzw")
    parts = [part] * 999 + [part + bytes(1_000_000)]
    reaching = tuple(len(part) * (1000 - number) + 1_000_000 for number in range(1000))
    tags = {256: (LONG, 64), 257: (LONG, 1000), 258: (SHORT, 8), 259: (SHORT, 5), 262: (SHORT, 1), 278: (LONG, 1)}
    data = builders.tiff_image(parts, tags | {279: (LONG, reaching)})

    layout = tiff_parts.layout(TiffImageFile(io.BytesIO(data)))
    read = tiff_parts.read(layout, BytesSource(data))

    assert sum(map(len, read)) < len(data)
    assert decoded(data).getextrema() == ((200, 200),) * 3


def test_a_refusal_tells_what_to_do():
    """The message says that pixels are missing, and to export again."""
    with pytest.raises(Truncated, match=r"missing from the file\. Please export the image again\."):
        decoded(short_files.SHORT_FILES["group4 cut"])


def damaged(data, random_numbers):
    """Change numbers of a TIFF's directory, or leave out, double or move entries."""
    start = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[start : start + 2], "little")
    entries = [data[start + 2 + 12 * n : start + 14 + 12 * n] for n in range(count)]
    for _ in range(random_numbers.choice((1, 1, 2))):
        at = random_numbers.randrange(len(entries))
        entry = bytearray(entries[at])
        kind = random_numbers.randrange(4)
        if kind == 0:
            entry[2] = random_numbers.choice((1, 3, 4, 7, 9, 11, 16))
        else:
            entry[8:12] = random_numbers.choice((1, 2, 3, 8, 16, 32, 64, 150, 203)).to_bytes(4, "little")
        entries[at : at + (kind < 2)] = [bytes(entry)]
    directory = len(entries).to_bytes(2, "little") + b"".join(entries) + bytes(4)
    return data[:4] + len(data).to_bytes(4, "little") + data[8:] + directory


@needs_glibc
@pytest.mark.slow
def test_no_damaged_directory_shows_fresh_memory(tmp_path):
    """Pillow and libtiff read the same of a directory that one of them would take differently."""
    random_numbers = random.Random(20)
    for name, data in (short_files.SOUND | short_files.ODD).items():
        if data.startswith(b"II*"):
            for number in range(60):
                (tmp_path / f"{name} {number}").write_bytes(damaged(data, random_numbers))

    assert_the_same(in_each_memory(sorted(tmp_path.iterdir())))


@needs_corpus
@needs_glibc
@pytest.mark.slow
def test_no_real_file_shows_fresh_memory():
    """The files of the corpus, many of them broken, give the same pixels in each memory."""
    paths = files(CORPUS)

    told = in_each_memory(paths)

    assert len(told[0]) == len(paths)
    assert_the_same(told)
