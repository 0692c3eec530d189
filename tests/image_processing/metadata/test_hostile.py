"""Whatever arrives: an answer or a named refusal, soon, in little memory, the same by ranges as from memory."""

import json
import random
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.metadata import json_safe
from image_processing.source import BytesSource, RangeSource
from tests.image_processing import builders as b
from tests.image_processing.seeds import SEEDS


def answer(data):
    """Read as the service would, everything made JSON; None for a refusal."""
    try:
        found = metadata.read(BytesSource(data))
    except ImageError:
        return None
    told = [found.to_dict(), found.values, found.origins, found.raw, found.warnings]
    json.dumps(told, allow_nan=False, ensure_ascii=False).encode()  # no lone surrogates either
    return found


ESCAPED = r"\ud800 a \u0000\u0085 prompt"
PROMPTS = {
    "graph": (
        "prompt",
        '{"1":{"class_type": 1, "inputs": {"positive": [2]}}, "2": {"class_type": 1, "inputs": {"text": "HERE"}}}',
    ),
    "scheme": ("parameters", '{"prompt": "HERE", "base_model": "HERE", "version": "Fooocus"}'),
    "swarm": ("parameters", '{"sui_image_params": {"prompt": "HERE", "steps": NaN}}'),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_what_json_escapes_smuggle_in_is_removed(name):
    """A lone surrogate or a control character in a prompt would break whoever writes it as UTF-8."""
    key, value = PROMPTS[name]

    found = answer(b.png(b.chunk(b"tEXt", f"{key}\0{value.replace('HERE', ESCAPED)}".encode())))

    assert found.get("prompt") == "a … prompt"  # U+0085 is a Windows-1252 ellipsis that was taken for Latin-1


def test_normalized_values_are_capped_in_all():
    """Many long keywords are cut with a warning; what is short beside them stays."""
    items = "".join(f"<rdf:li>{'&quot;' * 9900}{n}</rdf:li>" for n in range(60))
    body = f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject><dc:title>A title</dc:title>"

    found = answer(b.png(b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b.rdf(body))))

    assert len(json.dumps(found.to_dict(), ensure_ascii=False).encode()) <= json_safe.MAX_TOTAL + 4096
    assert (found.get("title"), len(found.get("keywords")) > 5) == ("A title", True)
    assert "too_much" in {warning.code for warning in found.warnings}


@pytest.mark.parametrize("name", SEEDS)
def test_every_seed_is_read(name):
    """The files that are broken below are whole here."""
    assert answer(SEEDS[name]) is not None


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_changed_bytes_never_crash_the_reader(name, data):
    """Any bytes anywhere, any piece cut out or doubled."""
    file = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(file) - 1))
        body = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
        )
        file[at : at + data.draw(st.sampled_from([0, len(body), 20]))] = body
        file = file or bytearray(b"\0")
    answer(bytes(file))


@pytest.mark.parametrize("name", SEEDS)
def test_every_cut_is_read_or_refused(name):
    """A file may end anywhere."""
    file = SEEDS[name]
    for end in range(0, len(file), max(len(file) // 200, 1)):
        answer(file[:end])


@pytest.mark.parametrize("name", SEEDS)
def test_noise_behind_a_signature_is_read_or_refused(name):
    """A signature promises nothing."""
    noise = random.Random(name)
    for _ in range(30):
        answer(SEEDS[name][: noise.randrange(8, 40)] + noise.randbytes(2000))


def nested_boxes(depth):
    body = b""
    for _ in range(depth):
        body = b.box(b"moov", b.box(b"trak", b.box(b"mdia", body)))
    return body


NOTHING = zlib.compress(bytes(8 << 20))
ZEROS = zlib.compress(b"A" * (8 << 20))
SHARED = struct.pack("<HHII", 1, 2, 20_000, 0)  # an entry whose value is the block itself
BOMBS = {
    "segments": b"\xff\xd8" + b.segment(0xE5, b"") * 300_000,
    "stray bytes": b"\xff\xd8\xff" + b"\0" * 3_000_000,
    "fill bytes": b"\xff\xd8" + b"\xff" * 500_000,
    "compressed texts": b.png(*[b.chunk(b"zTXt", b"k%d\0\0" % n + NOTHING) for n in range(40)]),
    "many packets": b.png(*[b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b.rdf("<xmp:a/>" * 20_000))] * 60),
    "many blocks": b.jpeg(
        *[b.exif_segment(b"II*\0\x08\0\0\0\xff\x07" + b"\1\0\2\0\0\xf0\0\0\0\0\0\0" * 2047)] * 300
    ),
    "stuffed bytes": b"\xff\xd8" + b"\xff\0" * 2_000_000,
    "markers alone": b"\xff\xd8" + b"\xff\x01x" * 1_000_000,
    "chunks": b"\x89PNG\r\n\x1a\n" + b.chunk(b"teSt", b"") * 150_000,
    "blocks": b"GIF89a" + bytes(7) + b.GIF_FRAME * 100_000,
    "sub-blocks": b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\1x" * 1_000_000,
    "directories": b"II*\0\x08\0\0\0"
    + b"".join(b.directory([(0x100, b.SHORT, 1)], 8 + 18 * n, following=26 + 18 * n) for n in range(20_000)),
    "boxes": b.box(b"ftyp", b"heic\0\0\0\0heic") + b.box(b"free") * 200_000,
    "nested boxes": b.box(b"ftyp", b"avis\0\0\0\0avis") + nested_boxes(300),
    "a size of zero": b.box(b"ftyp", b"heic\0\0\0\0heic") + bytes(8) * 1000,
    "stray bytes in XMP": b.png(
        *[b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<a>" + b"\xff" * (3 << 20)))] * 7
    ),
    "undefined bytes in XMP": b.jpeg(*[b.xmp_segment(b"<a>" + b"\x81" * 60_000)] * 400),
    "places of no size": b.box(b"ftyp", b"heic\0\0\0\0heic")
    + b.full(b"meta", b.full(b"iloc", b"\0\0\x10\0" + b"\0\1\0\0\1\0" * 4096) * 40),
    "places at the end": b.box(b"ftyp", b"heic\0\0\0\0heic")
    + b.full(b"meta", b.full(b"iloc", b"\x44\0\x10\0" + b"\0\1\0\0\1\0") * 40),
    "one item's associations": b.box(b"ftyp", b"heic\0\0\0\0heic")
    + b.full(
        b"meta",
        b.box(b"iprp", b.full(b"ipma", struct.pack(">I", 4096) + (b"\0\1\xff" + b"\2" * 255) * 4096) * 10),
    ),
    "a great count of items": b.box(b"ftyp", b"heic\0\0\0\0heic")
    + b.full(b"meta", b.full(b"iloc", b"\x44\0\xff\xff\xff\xff" * 3, version=2), b.full(b"iinf", b"\xff\xff" * 4)),
}


LONG_TO_TRACE = {"compressed texts", "many blocks", "chunks", "sub-blocks"}  # a second or more each


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_little_time(name):
    """However many parts a file claims or has."""
    started = time.process_time()
    answer(BOMBS[name])
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG_TO_TRACE else name for name in BOMBS]
)
def test_bombs_take_little_memory(name):
    """However many parts a file claims or has; all that it holds is traced, and that takes its time."""
    tracemalloc.start()
    answer(BOMBS[name][:1_000_000])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20


@pytest.mark.parametrize("name", sorted(SEEDS.keys() - {"crw"}))  # a CRW is read from its end
def test_ranges_tell_the_same_as_the_whole(name):
    """Reading on S3 finds what reading in memory finds."""
    file = SEEDS[name] + bytes(100_000)
    ranged = RangeSource(len(file), lambda offset, length: file[offset : offset + length])
    assert metadata.read(ranged).values == metadata.read(BytesSource(file)).values
    assert ranged.fetched < len(file)
