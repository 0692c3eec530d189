"""Bytes to text: UTF-8 first, then the standard's encoding, never mojibake; control characters removed."""

from __future__ import annotations

import codecs
import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_C1 = re.compile("[\x80-\x9f]")
_WINDOWS = {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)}
_CUT = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_TELLING = (b"\xe2\x80", b"\xf0\x9f")  # how quotation marks and emoji begin: no text in cp1252 ends so
_ALL_WINDOWS = bytes(ord("?") if byte in b"\x81\x8d\x8f\x90\x9d" else byte for byte in range(256))
MAX_STRAYS = 1000  # bytes looked at one by one


def _latin(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are no UTF-8 as the most likely characters, one by one."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("latin", _latin)


def clean(text: str) -> str:
    """Remove control characters (not line ends and tabs) and the blanks around.

    C1 controls are no text, but characters that were taken for Latin-1, and are given back as those.
    """
    if not text.isprintable():
        if _C1.search(text):
            text = _without_c1(text)
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def _without_c1(text: str) -> str:
    """Undo the reading of UTF-8 or, where it is none, of Windows-1252 as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text.translate(_WINDOWS)


def decode(data: bytes, fallback: str = "cp1252") -> str:
    """Decode text as UTF-8 if it is that, else in the declared set, the `fallback`, else as Windows-1252.

    UTF-8 that was cut within a character, or holds a few stray bytes, is still UTF-8.
    """
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if fallback not in ("cp1252", "utf-8") and _damaged_utf8(data) is None:
        try:
            return clean(data.decode(fallback))
        except UnicodeDecodeError:
            pass
    return clean(lenient(data))


def lenient(data: bytes) -> str:
    """Decode bytes that are not quite UTF-8: as that where most of them are, else as Windows-1252."""
    found = _damaged_utf8(data)
    return data.decode("cp1252", "replace") if found is None else found


def _damaged_utf8(data: bytes) -> str | None:
    """Decode bytes most of whose characters beyond ASCII are UTF-8; None where they are not."""
    cut = _CUT.search(data)
    whole = data[: cut.start()] if cut else data
    kept = whole.decode("utf-8", "ignore")
    size = len(kept.encode())
    found, strays = len(kept) - len(kept.encode("ascii", "ignore")), len(whole) - size
    if strays == 0 and (found or (cut and cut[0].startswith(_TELLING))):
        return kept
    return mixed(data) if found > strays else None


def mixed(data: bytes) -> str:
    """Decode UTF-8 with stray bytes of cp1252 in it; where those are many, all of it is cp1252."""
    strays = len(data) - len(data.decode("utf-8", "ignore").encode())
    if strays <= MAX_STRAYS:
        return data.decode("utf-8", "latin")
    return data.translate(_ALL_WINDOWS).decode("cp1252")


def until_nul(data: bytes) -> bytes:
    """Cut a C string at its end."""
    end = data.find(b"\0")
    return data if end < 0 else data[:end]


def utf16(data: bytes, default: str = "utf-16-le") -> str:
    """Decode UTF-16 with or without a byte order mark, up to its first NUL."""
    if data[:2] == b"\xff\xfe":
        default, data = "utf-16-le", data[2:]
    elif data[:2] == b"\xfe\xff":
        default, data = "utf-16-be", data[2:]
    return clean(data.decode(default, "replace").split("\0", 1)[0].rstrip("\ufffd"))


def printable(data: bytes, least: float = 0.9) -> bool:
    """Tell whether bytes read as ASCII text."""
    if not data:
        return False
    return sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data) >= least * len(data)
