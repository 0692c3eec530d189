"""Bytes to text: UTF-8 first, then what the standard says, never mojibake; control characters removed."""

from __future__ import annotations

import codecs
import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")

_DEFINED = bytes(ord("?") if byte in b"\x81\x8d\x8f\x90\x9d" else byte for byte in range(256))  # in cp1252
MAX_STRAYS = 1000  # bytes looked at one by one


def _latin(error: UnicodeError) -> tuple[str, int]:
    """Take bytes that are no UTF-8 for what they most likely are, one by one."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("latin", _latin)


def clean(text: str) -> str:
    """Remove control characters (not line ends and tabs) and the blanks around."""
    if not text.isprintable():
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def decode(data: bytes, fallback: str = "cp1252") -> str:
    """Decode text whose character set is not told: UTF-8 if it is that, else `fallback`."""
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        return clean(data.decode(fallback))
    except UnicodeDecodeError:
        return clean(data.decode("latin-1"))


def mixed(data: bytes) -> str:
    """Decode UTF-8 with stray bytes of cp1252 in it; where those are many, all of it is cp1252."""
    strays = len(data) - len(data.decode("utf-8", "ignore").encode())
    if strays <= MAX_STRAYS:
        return data.decode("utf-8", "latin")
    return data.translate(_DEFINED).decode("cp1252")


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
