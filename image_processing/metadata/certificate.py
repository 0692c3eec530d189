"""Name whom an X.509 certificate speaks for (RFC 5280): a walk through DER (ITU-T X.690), no more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata import text

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIZE = 1 << 16  # bytes; certificates have some thousand
MAX_ELEMENTS = 200
MAX_NAMES = 200  # of a subject
_VERSION = 0xA0
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_CHARSETS = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}  # BMPString, UniversalString; the others are ASCII or UTF-8


class _Element(NamedTuple):
    tag: int
    body: bytes


_NOTHING = _Element(0, b"")


def subject(certificate: bytes) -> str | None:
    """Give "common name (organisation)" of the subject, or the one there is, or None."""
    if len(certificate) > MAX_SIZE:
        return None
    outer = next(_elements(certificate), None)
    signed = next(_elements(outer.body), None) if outer else None
    parts = list(_elements(signed.body)) if signed else []
    if parts and parts[0].tag == _VERSION:
        parts = parts[1:]
    if len(parts) < 5:  # serial number, signature algorithm, issuer, validity, subject
        return None
    names = dict(islice(_attributes(parts[4].body), MAX_NAMES))
    common, organisation = names.get(_COMMON_NAME), names.get(_ORGANISATION)
    if common and organisation and common != organisation:
        return f"{common} ({organisation})"
    return common or organisation


def _attributes(name: bytes) -> Iterator[tuple[bytes, str]]:
    for relative in _elements(name):
        for pair in _elements(relative.body):
            kind, value = (*islice(_elements(pair.body), 2), _NOTHING, _NOTHING)[:2]
            yield kind.body, text.clean(value.body[:256].decode(_CHARSETS.get(value.tag, "utf-8"), "replace"))


def _elements(data: bytes) -> Iterator[_Element]:
    at = 0
    for _ in range(MAX_ELEMENTS):
        if at + 2 > len(data):
            return
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4:
                return
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        yield _Element(tag, data[at : at + length])
        at += length
