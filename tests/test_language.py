"""The check of the language: its counts, and the error messages that it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import language


def test_words_of_prose_are_counted_without_code_blocks() -> None:
    """Seven words, two of them counted; the block between the fences is code."""
    text = "What it takes: `whatever`, it's there.\n```sh\necho what\n```\nDone.\n"
    assert language.count(Path("page.md"), text) == (Path("page.md"), 7, 2)


def test_docstrings_are_those_of_modules_functions_and_attributes() -> None:
    """Other texts of a module are none, and comments are not read."""
    source = '"""Module."""\nX = 3\n"""Attribute."""\ndef run():\n    """Function."""\n    return "text"  # no\n'
    assert sorted(language.docstrings(source).split()) == ["Attribute.", "Function.", "Module."]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('raise ValueError("must match [a-z2-7]{26}")', [1]),
        ('raise Problem("invalid", f"{name} is not like \\\\d+")', [1]),
        ('x = 1\nraise KeyError(f"not {kind.pattern}")', [2]),
        ('Id = Meta(pattern="^[a-z]+$")', [1]),
        ('Id = Meta(pattern="^[a-z]+$", description="Lower-case letters")', []),
        ('raise ValueError("expected 26 letters [a, b], e.g. abc...")', []),
    ],
)
def test_messages_with_a_pattern_are_found(source: str, lines: list[int]) -> None:
    """A regular expression in a message is found by its line; its description in words is right."""
    assert [line for line, _ in language.patterns(source)] == lines
