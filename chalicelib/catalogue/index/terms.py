"""The words that an image is found by.

Every text is normalised alike: NFKC, case folded, spaces single, no control characters. A word is a run of
letters, marks and digits. Chinese, Japanese and Thai put no spaces between words: a run of their characters is
taken as its bigrams, each two characters that stand together, and a query's bigrams must all be there. Texts are
hostile: only the first few thousand characters are read, and the result can always be written as UTF-8.
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
MAX_PLACE_WORDS = 12  # of its place, besides
MAX_TEXT = 4096  # characters of a text that are looked at
MAX_TAGS = 200  # tags and keywords of an image that are looked at

# Words of every second title; a longer list would lose words that somebody searches for
_COMMONEST = """
a an and at by for from in is of on or the to with das dem den der des die ein eine im mit und von
de du en et la le les un une del el los las con por da do dos il di
"""
# Words that cameras, phones and programs put into file names
_GIVEN = """
burst cimg copy dcim dji download dsc dscf dscn dsf edit edited file fullsizerender gopr hdr heic image images imag
img imgp jpeg jpg mvi mvimg original pano photo pic pict picture png pxl sam scan screenshot untitled unnamed vid
whatsapp
"""
_STOP = frozenset(_COMMONEST.split())
_CAMERA = frozenset(_GIVEN.split())
_UNMARKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters with a mark that no normal form takes apart."""
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{6,}")

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
)
_SPACELESS_RUN = re.compile(f"([{_SPACELESS}]+)")


class Word(NamedTuple):
    """A term by which an image is found."""

    text: str
    tag: bool  # the whole of a tag, or of a keyword


def said(  # noqa: PLR0913  the texts of an image
    *,
    title: str | None,
    caption: str | None,
    keywords: Iterable[str],
    tags: Iterable[str],
    name: str | None,
    places: Iterable[str | None] = (),
) -> list[Word]:
    """Return the words of an image, at most `MAX_WORDS`, each once: the same for the same texts.

    The owner's tags and the file's keywords are whole, even of one character; besides, there is each single word
    of those that have more, of title, file name (`name`, or a key that ends in it) and caption, in this order
    until there are enough. Left out are single characters, the commonest words, and from file names the words of
    cameras and numbers. The names of its place come besides, at most `MAX_PLACE_WORDS` words: first those without
    accents, in the order of the names, of which the first two therefore are never left out.
    """
    own = sorted(tag(text) for text in _some(tags))  # a set's order is another in every process
    whole = [text for text in (*own, *(tag(text) for text in _some(keywords))) if text]
    more = (
        *(_words(text) for text in whole),
        _words(_normal(title, MAX_TEXT)),
        _of_name(name or ""),
        _words(_normal(caption, MAX_TEXT)),
    )
    found = {text: Word(text, tag=True) for text in whole}
    single = (word for words in more for word in words if word not in _STOP)
    while len(found) < MAX_WORDS and (word := next(single, None)):
        found.setdefault(word, Word(word, tag=False))
    words = list(found.values())[:MAX_WORDS]
    known = {word.text for word in words}
    return words + [Word(text, tag=False) for text in _of_places(places) if text not in known]


def words_of(text: str) -> list[str]:
    """Return the words of a text, the commonest too."""
    return list(_words(_normal(text, MAX_TEXT)))


def of_place(name: str) -> list[str]:
    """Return the words of a place's name without accents, each once: an image there is found by each of them."""
    return [word for word in dict.fromkeys(_words(_unaccented(name))) if word not in _STOP]


def place_key(name: str) -> str:
    """Return the letters of a place's name, by which it is compared: without accents, signs and blanks."""
    return "".join(filter(_is_of_word, _unaccented(name)))


def asked(text: str) -> list[str]:
    """Return the words of a query, at most `MAX_WORDS`: an image matches where each begins one of its words.

    Empty where the query has no word of two characters.
    """
    words = list(dict.fromkeys(_words(_normal(text, MAX_TEXT))))
    return ([word for word in words if word not in _STOP] or words)[:MAX_WORDS]


def of_file_name(name: str) -> list[str]:
    """Return the words that an image with this file name is found by, at most `MAX_WORDS`, each once."""
    return [word for word in dict.fromkeys(_of_name(name)) if word not in _STOP][:MAX_WORDS]


def tag(text: str) -> str:
    """Return a tag as `said` has it; empty where nothing of it can be seen."""
    return _normal(text, 4 * MAX_LENGTH)[:MAX_LENGTH].strip()


def _of_places(names: Iterable[str | None]) -> list[str]:
    """Return the words of names, without accents, then as they are written."""
    told = [name for name in names if name]
    plain = [word for name in told for word in of_place(name)]
    written = [word for name in told for word in _words(_normal(name, MAX_TEXT)) if word not in _STOP]
    return list(dict.fromkeys(plain + written))[:MAX_PLACE_WORDS]


def _unaccented(name: str) -> str:
    """Return a name as it is compared, without marks: `zurich`, `lodz`."""
    apart = unicodedata.normalize("NFD", _normal(name, MAX_TEXT))
    return "".join(one for one in apart if unicodedata.category(one) != "Mn").translate(_UNMARKED)


def _some(texts: Iterable[str]) -> list[str]:
    return [text for text, _ in zip(texts, range(MAX_TAGS), strict=False)]


def _normal(text: str | None, most: int) -> str:
    """Return the first characters of a text as they are compared.

    Folding may undo a normal form, and the other way round, which is why both are done twice.
    """
    seen = _seen((text or "")[:most])
    for _ in range(2):
        seen = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(_seen(unicodedata.normalize("NFKC", seen)).split())


def _seen(text: str) -> str:
    """Return a text without controls, marks of direction, joiners, surrogates and unassigned characters."""
    return "".join(
        character for character in text if character.isspace() or unicodedata.category(character)[0] != "C"
    )


def _words(text: str) -> Iterator[str]:
    """Yield the words of a normalised text, in order; runs of scripts without spaces as bigrams."""
    for run in "".join(character if _is_of_word(character) else " " for character in text).split():
        for number, part in enumerate(_SPACELESS_RUN.split(run)):
            if number % 2:  # the runs of its characters; the even parts lie between them
                yield from (part[at : at + LEAST] for at in range(len(part) - 1))
            elif len(part) >= LEAST:
                yield part[:MAX_LENGTH]


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _of_name(name: str) -> Iterator[str]:
    """Yield the words of a file name, without those of cameras, numbers and identifiers."""
    last = name[-MAX_TEXT:].replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = last.rpartition(".")
    text = stem if dot and stem and len(extension) <= 5 else last
    for word in _words(_UUID.sub(" ", _normal(text, MAX_TEXT))):
        digits = sum(map(str.isdecimal, word))
        if 2 * digits <= len(word) and word.rstrip("0123456789") not in _CAMERA and not _HEX.fullmatch(word):
            yield word
