"""Notices tell in known words alone."""

from __future__ import annotations

import pytest
from chalice.app import MultiDict

from chalicelib.web import notices


@pytest.mark.parametrize(
    ("query", "words", "href"),
    [
        ({"done": "tag", "images": "1"}, "1 image tagged.", ""),
        ({"done": "delete", "images": "1200"}, "1,200 images moved to the trash.", "/trash"),
        (
            {"done": "hide", "images": "2", "refused": "1"},
            "2 images made private. 1 image could not be changed.",
            "",
        ),
        ({"done": "show", "images": "<b>"}, "0 images made public.", ""),
        ({"done": "show", "images": "٣", "refused": "-1"}, "0 images made public.", ""),
        ({"done": "empty"}, "The trash is empty.", ""),
    ],
)
def test_a_notice_counts(query: dict[str, str], words: str, href: str) -> None:
    """Images and refusals; a deletion leads to the trash."""
    found = notices.read(MultiDict({name: [value] for name, value in query.items()}))
    assert found is not None
    assert (found.words, found.href, found.fault) == (words, href, False)


def test_other_addresses_have_none() -> None:
    """Whoever writes a link puts no words into the page."""
    assert notices.read(None) is None
    assert notices.read(MultiDict({"done": ["You have won"]})) is None


@pytest.mark.parametrize("done", ["none", "tags"])
def test_some_tell_of_a_fault(done: str) -> None:
    """So they look like one."""
    found = notices.read(MultiDict({"done": [done]}))
    assert found is not None
    assert found.fault


def test_parameters_say_numbers_that_matter() -> None:
    """Zero is left out."""
    assert notices.query("tag", 3) == "done=tag&images=3"
    assert notices.query("tag", 3, 1) == "done=tag&images=3&refused=1"
    assert notices.query("empty") == "done=empty"
