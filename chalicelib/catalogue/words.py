"""The words that an image is found by.

Every text is normalised alike: NFKC, case folded, spaces single, no control characters. A word is a run of letters,
marks and digits. Chinese, Japanese and Thai put no spaces between words: a run of their characters is taken as its
bigrams, each two characters that stand together, and a query's bigrams must all be there. Texts are hostile: no more
than the first few thousand characters are looked at, and whatever is left is UTF-8.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST = 2  # characters of a word, and of a query
MAX_LENGTH = 64  # characters of a word
MAX_WORDS = 40  # of an image; each costs a write
MAX_TEXT = 4096  # characters of a text that are looked at
MAX_TAGS = 1000  # tags and keywords of an image that are looked at

# Of a title: what stands in every second one. Anything longer would lose words that somebody looks for
_STOP = frozenset(
    "a an and at by for from in is of on or the to with"
    " das dem den der des die ein eine im mit und von"
    " de des du en et la le les un une"
    " del el los las con por y da do dos e il lo di".split()
)
# What cameras, phones and programs call a file, and numbers: nobody looks for them
_CAMERA = frozenset(
    "dcim dji dsc dscf dscn file fullsizerender gopr gp image images img mvimg original p pano photo pic picture pxl"
    " sam scan screenshot untitled unnamed vid wa whatsapp cimg imag imgp mvi pict hdr burst copy edit edited"
    " download jpeg jpg png heic".split()
)
_NUMBERED = re.compile(r"(?P<name>[^\W\d_]*)\d+")  # img1234, dsc01234, 20240131
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{6,}")

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
)
_RUN = re.compile(f"(?P<spaceless>[{_SPACELESS}]+)|[^{_SPACELESS}]+")


class Word(NamedTuple):
    """What an image is found by."""

    text: str
    tag: bool  # the whole of a tag, or of a keyword


def said(
    *, title: str | None, caption: str | None, keywords: Iterable[str], tags: Iterable[str], name: str
) -> list[Word]:
    """Return the words of an image, at most `MAX_WORDS`, each once.

    The owner's tags and the file's keywords are whole; besides, there is each single word of one that has more, of
    title, file name (`name`, or a key that ends in it) and caption, in this order until there are enough. Left out
    are single characters, the commonest words of titles, and of file names what cameras and numbers say.
    """
    found: dict[str, Word] = {}
    whole = [each for each in map(tag, _some([*_some(tags), *_some(keywords)])) if len(each) >= LEAST]
    for text in whole:
        found.setdefault(text, Word(text, tag=True))
        if len(found) == MAX_WORDS:
            return list(found.values())
    texts = (
        *((word for word in _words(text) if word not in _STOP) for text in whole),
        (word for word in _words(_normal(title)) if word not in _STOP),
        _of_name(name),
        (word for word in _words(_normal(caption)) if word not in _STOP),
    )
    for words in texts:
        for word in words:
            found.setdefault(word, Word(word, tag=False))
            if len(found) == MAX_WORDS:
                return list(found.values())
    return list(found.values())


def asked(text: str) -> list[str]:
    """Return the words of a query, at most `MAX_WORDS`: an image matches where each begins one of its words.

    Empty where the query has no word of two characters.
    """
    words = list(dict.fromkeys(_words(_normal(text))))
    return ([word for word in words if word not in _STOP] or words)[:MAX_WORDS]


def tag(text: str) -> str:
    """Return a tag as `said` has it; empty where nothing of it can be seen."""
    return _normal(text)[:MAX_LENGTH].strip()


def _some(texts: Iterable[str]) -> list[str]:
    return [text for text, _ in zip(texts, range(MAX_TAGS), strict=False)]


def _normal(text: str | None) -> str:
    """Return a text as it is compared.

    Folding may undo a normal form, which is why both are done twice. Format characters (of direction, joiners)
    go: they are not seen.
    """
    if not text:
        return ""
    start = text[:MAX_TEXT].encode(errors="ignore").decode()
    for _ in range(2):
        start = unicodedata.normalize("NFKC", start).casefold()
    start = unicodedata.normalize("NFKC", start)
    seen = "".join(" " if character.isspace() else character for character in start if _is_seen(character))
    return " ".join(seen.split())


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cn", "Co", "Cs")


def _words(text: str) -> Iterator[str]:
    """Yield the words of a normalised text, in order; runs of what has no spaces as bigrams."""
    for run in "".join(character if _is_of_word(character) else " " for character in text).split():
        for match in _RUN.finditer(run):
            part = match.group()
            if match["spaceless"]:
                yield from (part[at : at + LEAST] for at in range(len(part) - 1))
            elif len(part) >= LEAST:
                yield part[:MAX_LENGTH]


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _of_name(name: str) -> Iterator[str]:
    """Yield what a file name says: neither what a camera calls its files, nor numbers and identifiers."""
    last = name[-MAX_TEXT:].replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = last.rpartition(".")
    text = stem if dot and stem and len(extension) <= 5 else last
    for word in _words(_normal(text)):
        numbered = _NUMBERED.fullmatch(word)
        called = numbered["name"] if numbered else word
        if word not in _STOP and called and called not in _CAMERA and not _HEX.fullmatch(word):
            if not numbered or len(called) > 2:
                yield word
