"""What is chosen is what texts have in common, in the order of their parts."""

from __future__ import annotations

import hashlib

from scripts.dictionary.choose import choose


def own(number: int) -> bytes:
    """Return what one text has: longer than what is chosen at once."""
    return b"".join(hashlib.sha256(bytes([number, part])).hexdigest().encode() for part in range(8))


CAMERAS = [b'"camera":{"make":"Janus","serial":"%s"}' % own(number) for number in range(9)]
TIMES = [b'"time":{"date_taken":"Friday","note":"%s"}' % own(9 + number) for number in range(9)]


def test_what_texts_share_is_chosen_and_what_is_their_own_is_not() -> None:
    """A serial number, which one text has, would be in the way of what all have."""
    chosen = choose([CAMERAS, TIMES], 1000)
    assert chosen.startswith(b'"camera":{"make":"Janus","serial":"')
    assert b'"time":{"date_taken":"Friday","note":"' in chosen
    assert len(chosen) < 120


def test_nothing_is_chosen_twice() -> None:
    """What stands there once can be pointed to."""
    assert choose([CAMERAS, TIMES], 1000).count(b"Janus") == 1


def test_the_parts_keep_their_order() -> None:
    """What comes last in a document stands last: at its end, zlib no longer sees the beginning."""
    chosen = choose([TIMES, CAMERAS], 1000)
    assert chosen.index(b"date_taken") < chosen.index(b"camera")


def test_the_size_is_kept_and_the_most_common_comes_first_to_mind() -> None:
    """With little room, what all texts have is taken, and what three have is not."""
    rare = [b'{"rarely":"seen in a photograph"}'] * 3
    chosen = choose([[*CAMERAS, *rare]], 30)
    assert len(chosen) == 30
    assert b"rarely" not in chosen


def test_numbers_are_not_chosen() -> None:
    """Rows of digits are everybody's own, however many begin alike."""
    assert choose([[b"[0,0,0,0,0,0,0,0,12,13,14,15]"] * 9], 1000) == b""
