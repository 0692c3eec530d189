"""Documents come back as they were, with any compression; other bytes raise."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.db import document_codec
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
DOCUMENT = {"metadata": {"camera": {"make": "Janus"}, "place": {"city": "Zürich 🦊"}}, "warnings": [["a", "b"]]}


def text(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def deflated(data: bytes, dictionary: bytes) -> bytes:
    compressor = zlib.compressobj(9, zdict=dictionary)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.medium
@given(st.dictionaries(TEXT, VALUES, max_size=4))
@hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])  # a busy machine
def test_a_document_comes_back_as_it_was(document: dict[str, Any]) -> None:
    """Packing keeps every character and number, and `parts` are the same in pieces."""
    packed = document_codec.pack(document)
    assert document_codec.unpack(packed) == document
    assert {name: json.loads(bytes(part)) for name, part in document_codec.parts(packed).items()} == document


def test_an_item_without_a_document_has_an_empty_one() -> None:
    """A ticket and a tombstone carry none."""
    assert document_codec.unpack(None) == {}
    assert document_codec.parts(None) == {}


@pytest.mark.parametrize("level", [1, 6, 9])
def test_what_was_written_without_a_dictionary_is_read(level: int) -> None:
    """Records of before there was one are plain zlib streams, whose header has the level in other bits."""
    packed = zlib.compress(text(DOCUMENT), level)
    assert document_codec.unpack(packed) == DOCUMENT
    assert document_codec.parts(packed).keys() == DOCUMENT.keys()


def test_a_stored_document_is_read() -> None:
    """These bytes were written by an earlier release, with its only dictionary: they must be readable for ever."""
    stored = bytes.fromhex(
        "78f92881c291ab4639a90ee3bc4858b304e97e008534f0ba4be4531fa1a726451dde03ec9f67287c98bfac0b5c7f201d"
        "dd817136412dcaceec68a55450d9a1a394a8905c5aa2002c509462637570152c3057c127018df42c6a6b6b01f2c8449d"
    )
    expected = {
        "metadata": {"camera": {"make": "Janus", "model": "Two faces"}, "place": {"city": "Zürich 🦊"}},
        "origins": {"make": "Exif:Make"},
        "warnings": [["exif", "a cut tag"]],
        "tags": {"Exif": {"Make": "Janus", "FNumber": 2.8}},
    }
    assert document_codec.unpack(stored) == expected
    assert {name: json.loads(bytes(part)) for name, part in document_codec.parts(stored).items()} == expected


def test_each_dictionary_is_the_one_that_stored_documents_were_written_with() -> None:
    """Their bytes are frozen: each stored document needs its own for ever, and one changed byte loses them all."""
    frozen = {0x2881C291: "4baa52d89ec5727c5ab9f5504ebefd57056c3c5245b507ce3064950679814df6"}
    files = {number: path.read_bytes() for number, path in document_codec.DICTIONARIES.items()}
    assert {number: hashlib.sha256(data).hexdigest() for number, data in files.items()} == frozen
    assert [zlib.adler32(data) for data in files.values()] == list(files)


def test_a_document_names_the_dictionary_it_was_written_with() -> None:
    """The header of the stream tells (RFC 1950, section 2.2)."""
    packed = document_codec.pack(DOCUMENT)
    assert packed is not None
    assert packed[1] & 0x20
    assert packed[2:6].hex() == "2881c291"


def test_a_new_dictionary_needs_no_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that were written with the one before stay readable, beside those with the new one."""
    before = document_codec.pack(DOCUMENT)
    new = tmp_path / "new.zdict"
    new.write_bytes(b'{"metadata":{"camera":{"make":')
    monkeypatch.setitem(document_codec.DICTIONARIES, 0xA4810A34, new)
    monkeypatch.setattr(document_codec, "DICTIONARY", new)
    after = document_codec.pack(DOCUMENT)
    assert after is not None
    assert after[2:6].hex() == "a4810a34"
    assert document_codec.unpack(before) == document_codec.unpack(after) == DOCUMENT


@pytest.mark.parametrize("read", [document_codec.unpack, document_codec.parts])
def test_a_document_whose_dictionary_is_not_shipped_says_which(read: Callable[[bytes], Any]) -> None:
    """An older release meets documents of a newer one: the message names the remedy, not damage."""
    packed = deflated(text(DOCUMENT), b"another dictionary")
    with pytest.raises(document_codec.DocumentError) as raised:
        read(packed)
    assert str(raised.value) == (
        "the document needs the dictionary 442d0748, and this release has 2881c291 only: "
        "deploy a release that has it"
    )


def test_the_dictionary_makes_documents_smaller() -> None:
    """The text of every photograph's record costs little."""
    tags = ("Make", "Model", "ExposureTime", "FNumber", "PhotographicSensitivity", "DateTimeOriginal", "LensModel")
    document = {
        "origins": {tag.lower(): f"Exif:{tag}" for tag in tags},
        "warnings": [],
        "tags": {"Exif": {"Make": "Sony"}},
    }
    packed = document_codec.pack(document)
    assert packed is not None
    assert len(packed) < 0.8 * len(zlib.compress(text(document), 9))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda packed: packed[:4], id="cut in the header"),
        pytest.param(lambda packed: packed[:2] + b"\0" + packed[3:], id="another dictionary"),
        pytest.param(lambda packed: packed[:-5], id="cut short"),
        pytest.param(lambda packed: packed[:20], id="cut within"),
        pytest.param(lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]), id="another checksum"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"no zlib stream", id="something else"),
    ],
)
@pytest.mark.parametrize("read", [document_codec.unpack, document_codec.parts])
def test_what_cannot_be_read_says_so(read: Callable[[bytes], Any], spoil: Callable[[bytes], bytes]) -> None:
    """No part of a damaged document is taken for the document."""
    packed = document_codec.pack(DOCUMENT)
    assert packed is not None
    with pytest.raises(document_codec.DocumentError):
        read(spoil(packed))


def test_a_header_alone_is_cut_short() -> None:
    """Its dictionary is there, its document is not."""
    with pytest.raises(document_codec.DocumentError, match=r"^the document is cut short$"):
        document_codec.unpack(bytes.fromhex("78f92881c291"))


def test_damage_is_not_taken_for_a_dictionary() -> None:
    """A text that is no zlib stream has no dictionary to look for, whatever its sixth bit says."""
    with pytest.raises(document_codec.DocumentError, match=r"^the document is damaged"):
        document_codec.unpack(b"no zlib stream")


@pytest.mark.medium
@pytest.mark.parametrize(
    "dictionary",
    [pytest.param(None, marks=pytest.mark.slow), document_codec.DICTIONARY],
    ids=["plain", "with the dictionary"],
)
def test_a_bomb_is_refused_at_the_limit(dictionary: Path | None) -> None:
    """256 MB of blanks are not read beyond the limit; an error tells that there would be more."""
    compressor = zlib.compressobj(9, zdict=dictionary.read_bytes()) if dictionary else zlib.compressobj(9)
    bomb = b"".join(compressor.compress(b" " * (1 << 20)) for _ in range(256)) + compressor.flush()
    with pytest.raises(document_codec.DocumentError, match=r"more than 1,048,576 bytes"):
        document_codec.unpack(bomb)


def test_the_longest_document_is_read_and_one_longer_is_not_written() -> None:
    """The limit of writing is the limit of reading, to the byte."""
    room = document_codec.MAX_TEXT_BYTES - len('{"a":""}')
    packed = document_codec.pack({"a": "x" * room})
    assert document_codec.unpack(packed) == {"a": "x" * room}
    assert document_codec.pack({"a": "x" * (room + 1)}) is None
    assert document_codec.pack({"a": "ü" * (room // 2)}) is not None  # two bytes each, in UTF-8


def test_the_largest_packed_document_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is still written, one byte more is not."""
    assert document_codec.MAX_PACKED_BYTES == 131_072
    packed = document_codec.pack(DOCUMENT)
    assert packed is not None
    monkeypatch.setattr(document_codec, "MAX_PACKED_BYTES", len(packed))
    assert document_codec.pack(DOCUMENT) == packed
    monkeypatch.setattr(document_codec, "MAX_PACKED_BYTES", len(packed) - 1)
    assert document_codec.pack(DOCUMENT) is None


def test_what_hardly_compresses_is_not_written_beyond_an_item_s_room() -> None:
    """An item of DynamoDB has 400 KB for everything."""
    noise = "".join(hashlib.sha256(bytes([high, low])).hexdigest() for high in range(40) for low in range(256))
    assert len(noise) < document_codec.MAX_TEXT_BYTES
    assert document_codec.pack({"a": noise}) is None


def test_the_dictionary_is_read_with_the_first_document_only() -> None:
    """Importing the module reads no file: a cold start that shows no record does not pay for it."""
    script = (
        "import sys; from pathlib import Path; opened = []\n"
        "sys.addaudithook(lambda event, got: opened.append(str(got[0])) if event == 'open' else None)\n"
        "from chalicelib.db import document_codec\n"
        "assert not [name for name in opened if name.endswith('.zdict')]\n"
        "for _ in range(3): document_codec.unpack(document_codec.pack({'a': 1}))\n"
        "assert len([name for name in opened if name.endswith('.zdict')]) == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
