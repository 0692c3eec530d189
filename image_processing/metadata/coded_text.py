"""Texts whose coding a file declares and often gets wrong: the whole text tells in which way it reads as text."""

from __future__ import annotations

import re
import unicodedata

from image_processing.metadata import text

MAX_JUDGED = 512  # characters of a text that tell how it is coded

_CODE = re.compile(rb"(ASCII|UNICODE|JIS|)[\0 ]*", re.IGNORECASE)
_BLANKS_AS_DAGGERS = re.compile("\u2020{2,}$")  # 8-bit blanks that pad a text of 16-bit characters
_USUAL_LETTERS = b"abcdefghijklmnopqrstuvwxyz "
_OTHER_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_CODINGS = {  # by declared code; "utf-16" is that of the block's byte order, "utf-16-other" that of the other
    b"ASCII": ("utf-8", "cp1252", "utf-16", "utf-16-other"),
    b"UNICODE": ("utf-16", "utf-16-other", "utf-8", "cp1252"),
    b"JIS": ("iso2022_jp", "utf-8", "shift_jis", "euc_jp", "cp1252", "utf-16", "utf-16-other"),
    b"": ("utf-8", "cp1252", "utf-16", "utf-16-other"),
}
_SETS = ("gb2312", "shift_jis", "iso2022_kr", "big5")  # the characters in use, of the many that there are
_NO_TEXT = frozenset(("Cc", "Cs", "Co", "Cn"))  # controls, surrogates, private, unassigned (Unicode 4.5)

# bits that tell a character: of ASCII the usual, letters and digits, and others; of few and of many scripts
_USUAL, _PLAIN, _SIGN, _OTHER, _SCRIPT, _IN_SET, _RARE, _WRONG = 5, 6, 8, 10, 12, 13, 28, 20
_LATER = 8  # bits that a reading must save for each that is tried before it
_CODE_BITS = 64  # of eight bytes of rubbish


def comment(data: bytes, order: str) -> str:
    """Decode a text after an eight-byte character code (Exif 3.0, UserComment), or without one.

    `order` is the byte order of the block, "<" or ">".
    """
    head, body = data[:8], data[8:]
    found = _CODE.fullmatch(head) if len(head) == 8 else None
    if found:
        again = _CODE.fullmatch(body[:8]) if found[1] and len(body) >= 8 else None
        if again and again[1]:  # some writers put the code before a text that has one
            found, body = again, body[8:]
        return best(body, _CODINGS[found[1].upper()], order)[1]
    if head.startswith(b"\0") and head[::2] != bytes(4):  # a NUL and rubbish, as Canon writes
        return best(body, _CODINGS[b""], order)[1]
    whole = best(data, _CODINGS[b""], order)
    if any(byte < 32 and byte not in b"\t\n\r" for byte in head):  # rubbish in place of a code, or UTF-16 at once
        rest = best(body, _CODINGS[b""], order)
        return whole[1] if whole[0] <= rest[0] + _CODE_BITS else rest[1]
    return whole[1]


def windows(data: bytes, *, eight_bit: bool) -> str:
    """Decode a text of Windows's own tags (XPTitle and so on): UTF-16, little-endian in every block.

    `eight_bit` says that the tag is of a type of 8-bit characters.
    """
    return best(data, _CODINGS[b"ASCII" if eight_bit else b"UNICODE"], "<")[1]


def best(data: bytes, codings: tuple[str, ...], order: str) -> tuple[float, str]:
    """Decode bytes in the way that reads best over the whole text; of equal ways in the first.

    How well characters read as text is how few bits it takes to tell them: those of one script, or of the sets
    that China, Japan and Korea use, take few, characters of everywhere many, and the unassigned most.

    Returns:
        These bits, and the text.

    """
    data = _until_nul(data)
    eight_bit = data.rstrip(b"\0")
    same, other = ("utf-16-le", "utf-16-be") if order == "<" else ("utf-16-be", "utf-16-le")
    least, found = float("inf"), ""
    for place, coding in enumerate(codings):
        if coding.startswith("utf-16"):
            reading = data.decode(same if coding == "utf-16" else other, "replace")
            reading = _BLANKS_AS_DAGGERS.sub("", reading)
        else:
            try:
                reading = text.lenient(eight_bit) if coding == "cp1252" else eight_bit.decode(coding)
            except UnicodeDecodeError:
                continue
        bits = _bits(reading[:MAX_JUDGED].removeprefix("\ufeff")) + _LATER * place
        if bits < least:
            least, found = bits, reading
        if not place and reading.isascii() and reading.isprintable():  # nearly always
            break
    return least, text.clean(found.split("\0", 1)[0].rstrip("\ufffd"))


def _until_nul(data: bytes) -> bytes:
    """Cut where a NUL of 16 bits stands, in either byte order."""
    at = data.find(b"\0\0")
    while at & 1 and at > 0:
        at = data.find(b"\0\0", at + 1)
    return data if at < 0 else data[:at]


def _bits(found: str) -> int:
    """Count the bits that tell a text."""
    beyond = [] if found.isascii() else [character for character in found if character > "\x7f"]
    dense = "".join(character for character in beyond if "\u3000" <= character < "\ue000")
    scripts = {ord(character) >> 8 for character in beyond if not "\u3000" <= character < "\ue000"} - {0}
    unusual = found.encode("ascii", "ignore").translate(None, _USUAL_LETTERS)
    signs = unusual.translate(None, _OTHER_LETTERS)
    wrong = 0 if found.isprintable() else sum(map(_is_wrong, found))
    return (
        _USUAL * (len(found) - len(beyond) - len(unusual))
        + _PLAIN * (len(unusual) - len(signs))
        + _SIGN * len(signs)
        + _OTHER * (len(beyond) - len(dense))
        + _SCRIPT * len(scripts)
        + (min(_in_set(dense, name) for name in _SETS) if dense else 0)
        + _WRONG * (wrong + found.count("\ufffd"))
    )


def _is_wrong(character: str) -> bool:
    return unicodedata.category(character) in _NO_TEXT and character not in "\t\n\r"


def _in_set(dense: str, name: str) -> int:
    rare = len(dense) - len(dense.encode(name, "ignore").decode(name))
    return _IN_SET * len(dense) + (_RARE - _IN_SET) * rare
