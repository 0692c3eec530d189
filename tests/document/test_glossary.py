"""The glossary is in order, so that a term is found, and has each term once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


def tables() -> list[list[str]]:
    """Return the first column of each table, without the heads."""
    found = re.findall(r"(?:^\|.*\n)+", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    return [[row.split("|")[1].strip().lower() for row in table.splitlines()[2:]] for table in found]


def test_terms_are_in_order() -> None:
    """Alphabetical within each table."""
    terms = tables()
    assert len(terms) == 9
    assert terms == [sorted(table) for table in terms]


def test_each_term_is_explained_once() -> None:
    """The last table names terms again, by the words that they are confused with."""
    terms = Counter(term for table in tables()[:-1] for term in table)
    assert {"crop", "head", "undecided", "withheld"} <= terms.keys()
    assert [term for term, number in terms.items() if number > 1] == []
