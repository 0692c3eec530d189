"""Text that people write, in one normal form and with something to see; safe file names; lists in words.

A file name comes in two forms. `shown` is the name as it was given, without deceptive or breaking characters, for
answers and downloads. `safe` is the last part of the object's key, where S3 and file systems accept fewer
characters.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_NAME_BYTES = 255  # as most file systems have it
MAX_ENDING_BYTES = 16  # of an extension that is kept when a name is cut
NAMELESS = "image"

_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_FORMATS = (  # zero-width and bidirectional controls, and other format characters (Cf); line separators (Zl, Zp)
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f"
)
_FILLERS = r"\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols of no ink
_SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_MARKS = (  # grapheme joiner, vowels of no ink, variation selectors
    r"\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f"
    "\U0001d159\U00016fe4\U000e0080-\U000e0fff"
)
VISIBLE = f"[^{_CONTROLS}{_FORMATS}{_FILLERS}{_SPACES}{_MARKS}]"
"""Regular expression of one character that can be seen; Python and JSON Schema (ECMA-262) read it alike.

Both read `\\uXXXX`, but no common escape beyond it: those characters stand for themselves.
"""

_DECEPTIVE = re.compile(rf"[{_CONTROLS}{_FORMATS}{_FILLERS}\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNSAFE = re.compile(r'[/"<>|?*:#%{}^`~\[\]]')  # "Creating object key names" of S3's guide, and Windows's names
_VIRAMA = 9  # canonical combining class
_ATTACHED = re.compile(  # continues a grapheme though no mark: Hangul, Thai and Lao vowels, skin tones
    "[\u0e33\u0eb3\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")  # two make one


def composed(text: str) -> str:
    """Return a text in Unicode's Normalization Form C: texts that look the same are equal."""
    return unicodedata.normalize("NFC", text)


def shown(filename: str) -> str:
    """Return a file name as it is shown: the last part of a path, in NFC, of up to `MAX_NAME_BYTES` in UTF-8.

    Letters and marks of every script and all punctuation stay. Invisible characters, and those that turn the
    direction of text so that another extension seems to be there, become `_`.
    """
    name = _DECEPTIVE.sub("_", composed(filename))
    return _cut(name.replace("\\", "/").rpartition("/")[2].strip(" .")) or NAMELESS


def safe(filename: str) -> str:
    """Return a file name as the last part of a key: as `shown`, and `_` for characters unsafe in S3 or Windows."""
    return _UNSAFE.sub("_", shown(filename))


def _cut(name: str) -> str:
    """Return a name without as many graphemes before its extension as are too many."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = f"{dot}{extension}" if stem and len(extension.encode()) < MAX_ENDING_BYTES else ""
    stem = name.removesuffix(ending)
    room = MAX_NAME_BYTES - len(ending.encode())
    kept = ""
    for grapheme in _graphemes(stem):
        if len((kept + grapheme).encode()) > room:
            break
        kept += grapheme
    kept = kept or stem.encode()[:room].decode(errors="ignore")  # of one grapheme without end
    return f"{kept.rstrip(' .')}{ending}"


def _graphemes(text: str) -> Iterator[str]:
    """Yield user-perceived characters (graphemes). Source: Unicode Standard Annex #29, in the main."""
    grapheme = ""
    for character in text:
        if grapheme and not _continues(grapheme, character):
            yield grapheme
            grapheme = ""
        grapheme += character
    if grapheme:
        yield grapheme


def _continues(grapheme: str, character: str) -> bool:
    kind = unicodedata.category(character)[0]
    if kind == "M" or _ATTACHED.match(character):
        return True
    if _FLAG.match(character):
        return bool(_FLAG.fullmatch(grapheme))
    marks = takewhile(lambda mark: unicodedata.category(mark)[0] == "M", reversed(grapheme))
    return kind == "L" and any(unicodedata.combining(mark) == _VIRAMA for mark in marks)


def enumerated(parts: Sequence[str], word: str = "and") -> str:
    """Return parts as a sentence has them: `a`, `a and b`, `a, b and c`; empty without any."""
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
