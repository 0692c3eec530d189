"""The annotations of an image, as its item carries them: what models found, and what its owner decided about it.

Two attributes, so that a model's run and a person's decision never overwrite each other. Both name the content
that they are about (the SHA-256 of the object): under another object they mean nothing. MessagePack arrays,
compressed: a field may be added at the end, none removed or moved.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b32encode
from typing import Any

import msgspec
from msgspec import MsgspecError, Struct
from msgspec.structs import replace

from chalicelib.logs import logger

MAX_FOUND = 200  # findings of an image that are kept, those of the highest scores
KEPT_FIRST = ("unsafe", "face")
MAX_BYTES = 20_000  # of all findings, compressed
MAX_DECISIONS = 200
MAX_VALUE = 2000  # characters; the longest QR code has 4,296
MAX_DETAILS = 1000  # bytes of JSON; larger ones are dropped
MAX_UNPACKED = 2 << 20  # bytes: 200 findings of the longest values in the widest characters, and their decisions
_ID_BYTES = 10

CONFIRMED, CORRECTED, REMOVED, ADDED = "confirmed", "corrected", "removed", "added"
"""What an owner decided about an annotation; an added one is the owner's alone."""


class DamagedDecisionsError(Exception):
    """An owner's decisions cannot be read; the message says why."""


class TooManyDecisionsError(Exception):
    """An image's decisions are more than its item may carry."""


class Box(Struct, array_like=True, frozen=True):
    """A rectangle in fractions of the upright picture's width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Found(Struct, array_like=True, frozen=True):
    """One thing that a model found."""

    kind: str
    value: str
    score: float
    box: Box | None = None
    language: str | None = None
    details: dict[str, Any] = {}
    run: str = ""  # its name in `Findings.models`, where that is not its kind


class Findings(Struct, array_like=True, frozen=True):
    """All findings in one content; `models` has each run, most of them by their kind, as "model/version"."""

    content: str
    models: dict[str, str] = {}
    found: tuple[Found, ...] = ()
    cut: int = 0  # findings that were left out, because they are too many or too large
    skipped: dict[str, str] = {}  # runs of services that gave no findings, and why
    cost: int = 0  # of services, micro-dollars


class Decision(Struct, array_like=True, frozen=True):
    """A decision about one annotation, which it describes as it was then, or an annotation of the owner's own."""

    annotation_id: str
    verdict: str
    kind: str
    found: str  # its value as the model read it; of an added one, as it was written
    box: Box | None = None
    value: str | None = None  # corrected
    language: str | None = None


class Decisions(Struct, array_like=True, frozen=True):
    """An owner's decisions about one content; `stopped`: all was deleted, and no model is to look again."""

    content: str
    made: tuple[Decision, ...] = ()
    stopped: bool = False


_pack = msgspec.msgpack.Encoder().encode
_findings = msgspec.msgpack.Decoder(Findings).decode
_decisions = msgspec.msgpack.Decoder(Decisions).decode


def pack_findings(findings: Findings) -> bytes:
    """Return the form in which an item carries findings: beyond bounds, the lowest scores are left out.

    Those of the kinds `KEPT_FIRST` go last, however many labels or lines a picture has: who may see it, and what
    is blurred, depends on them. The order stays. Long values are cut, large details dropped, characters that no
    UTF-8 has replaced.
    """

    def weight(index: int) -> tuple[bool, float, int]:
        found = findings.found[index]
        return found.kind not in KEPT_FIRST, -found.score, index

    kept = sorted(range(len(findings.found)), key=weight)[:MAX_FOUND]
    while True:
        found = tuple(_bounded(findings.found[index]) for index in sorted(kept))
        cut = findings.cut + len(findings.found) - len(kept)
        packed = zlib.compress(_pack(replace(findings, found=found, cut=cut)), 9)
        if len(packed) <= MAX_BYTES or not kept:
            return packed
        kept = kept[: len(kept) * 9 // 10]


def pack_decisions(decisions: Decisions) -> bytes:
    """Return the form in which an item carries decisions. Raises TooManyDecisionsError beyond the bounds."""
    packed = zlib.compress(_pack(decisions), 9)
    if len(decisions.made) > MAX_DECISIONS or len(packed) > MAX_BYTES:
        raise TooManyDecisionsError
    return packed


def findings_of(packed: bytes | None, content: str | None) -> Findings | None:
    """Return the findings that an item carries of a content; None where it has none, or they are damaged."""
    try:
        found: Findings | None = _of(_findings, packed, content)
    except (zlib.error, MsgspecError):  # the next run finds them anew
        logger.exception("findings_unreadable", extra={"content": content})
        return None
    return found


def findings_in(packed: bytes | None) -> Findings | None:
    """Return the findings that an item carries, of any content; None where it has none, or they are damaged."""
    try:
        return None if packed is None else _read(_findings, packed)
    except (zlib.error, MsgspecError):  # `findings_of` logs it
        return None


def decisions_of(packed: bytes | None, content: str | None) -> Decisions | None:
    """Return the decisions that an item carries of a content, or None. Raises DamagedDecisionsError."""
    try:
        made: Decisions | None = _of(_decisions, packed, content)
    except (zlib.error, MsgspecError) as error:
        raise DamagedDecisionsError(str(error)) from error
    return made


def finding_id(found: Found) -> str:
    """Return the name of a finding: the same for the same kind, value and box, to a thousandth of a side."""
    box = found.box and [
        round(1000 * side) for side in (found.box.left, found.box.top, found.box.width, found.box.height)
    ]
    digest = hashlib.sha256(_pack([found.kind, found.value, box])).digest()
    return b32encode(digest[:_ID_BYTES]).decode().lower()


def _of(decode: Any, packed: bytes | None, content: str | None) -> Any:
    if packed is None or content is None:
        return None
    read = _read(decode, packed)
    return read if read.content == content else None


def _read(decode: Any, packed: bytes) -> Any:
    return decode(zlib.decompressobj().decompress(packed, MAX_UNPACKED))


def _bounded(found: Found) -> Found:
    value = found.value.encode(errors="replace").decode()[:MAX_VALUE]
    details = found.details
    try:
        small = len(msgspec.json.encode(details)) <= MAX_DETAILS
    except (TypeError, ValueError, UnicodeEncodeError):
        small = False
    return replace(found, value=value, details=details if small else {})
