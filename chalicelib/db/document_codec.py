"""Documents: the part of a record that no list shows, as JSON compressed with a preset dictionary.

Most of a document's text is the same in every other one: names of fields, of tags, of their sources. So zlib
begins with a text that has these, `documents.zdict` (RFC 1950, section 2.2, FDICT). It was chosen from documents
of photographs that the project had drawn: no part of anybody's image is in it. Of eleven photographs it makes
documents of 4.5 KB into 3.0 KB, in the mean (6.4 into 4.9 with the full analysis); one of 8 KB would save 80 % of
that, of 16 KB 95 %, and of 28 KB hardly more than its 24.

Each stream names its dictionary in its header (DICTID), or names none if it was written before there was one. So a
better dictionary is a new file in `DICTIONARIES`. It becomes `DICTIONARY` one release later, because functions of
the old release read new documents during a deployment. No dictionary is ever changed or removed.
"""

from __future__ import annotations

import json
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

MAX_TEXT_BYTES = 1 << 20  # of a document; an answer of Lambda has 6 MB
MAX_PACKED_BYTES = 128 << 10  # of a document, compressed; an item of DynamoDB has 400 KB
DICTIONARY = Path(__file__).with_name("documents.zdict")  # of the documents that are written
DICTIONARIES = {0x2881C291: DICTIONARY}  # of those that are read, each by its DICTID, the Adler-32 of its bytes
_HEADER = struct.Struct(">HI")  # CMF and FLG, DICTID
_FDICT = 0x20  # in FLG: a DICTID follows


class DocumentError(Exception):
    """An item's document cannot be read; the message says why."""


def pack(document: dict[str, Any]) -> bytes | None:
    """Return the compressed form in which an item carries its document, or None where that is too large."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    if len(text) > MAX_TEXT_BYTES:
        return None
    compressor = zlib.compressobj(9, zdict=_read(DICTIONARY))
    packed = compressor.compress(text) + compressor.flush()
    return packed if len(packed) <= MAX_PACKED_BYTES else None


def unpack(packed: bytes | None) -> dict[str, Any]:
    """Return the document that an item carries; empty where it has none. Raises DocumentError."""
    document: dict[str, Any] = msgspec.json.decode(_text(packed))
    return document


def parts(packed: bytes | None) -> dict[str, msgspec.Raw]:
    """Return a document, its parts as undecoded JSON: parts that are passed on unchanged need no decoding.

    Raises DocumentError.
    """
    return msgspec.json.decode(_text(packed), type=dict[str, msgspec.Raw])


def _text(packed: bytes | None) -> bytes:
    if packed is None:
        return b"{}"
    inflater = zlib.decompressobj(zdict=_dictionary(packed))
    try:
        text = inflater.decompress(
            packed, MAX_TEXT_BYTES + 1
        )  # with room to see the end of a text of exactly the limit
    except zlib.error as error:
        raise DocumentError(f"the document is damaged: {error}") from error
    if len(text) > MAX_TEXT_BYTES:
        raise DocumentError(f"the document has more than {MAX_TEXT_BYTES:,} bytes")
    if not inflater.eof:
        raise DocumentError("the document is cut short")
    return text


def _dictionary(packed: bytes) -> bytes:
    """Return the dictionary that a stream names, empty where it names none. Raises DocumentError."""
    if len(packed) < _HEADER.size:
        return b""
    header, dictionary_id = _HEADER.unpack_from(packed)
    if header % 31 or not header & _FDICT:  # FCHECK makes the header of a zlib stream a multiple of 31
        return b""
    if dictionary_id not in DICTIONARIES:
        shipped = ", ".join(f"{known:08x}" for known in DICTIONARIES)
        raise DocumentError(
            f"the document needs the dictionary {dictionary_id:08x}, and this release has {shipped} only: "
            "deploy a release that has it"
        )
    return _read(DICTIONARIES[dictionary_id])


@cache
def _read(path: Path) -> bytes:
    """Return a dictionary, read when the first document needs it."""
    return path.read_bytes()
