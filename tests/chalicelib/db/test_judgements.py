"""An admin's judgement as an item carries it: literal JSON in and out."""

from __future__ import annotations

import pytest

from chalicelib.db import judgements
from chalicelib.db.judgements import Judgement

CONTENT, OTHER = "ab" * 32, "cd" * 32
MADE = Judgement(CONTENT, "unsafe", "admin-1", "2026-11-05T10:00:00.000Z", "Violence")
STORED = (
    f'{{"content":"{CONTENT}","verdict":"unsafe","by":"admin-1","time":"2026-11-05T10:00:00.000Z",'
    '"note":"Violence"}'
)


def test_a_judgement_is_stored_as_it_always_was() -> None:
    """The next version must read it."""
    assert judgements.pack(MADE) == STORED


@pytest.mark.parametrize(
    ("stored", "content", "right"),
    [
        (STORED, CONTENT, MADE),
        (STORED, OTHER, None),  # the file was replaced
        (STORED, None, None),  # nothing was read
        (None, CONTENT, None),
        (f'{{"content":"{CONTENT}","verdict":"safe"}}', CONTENT, Judgement(CONTENT, "safe")),
        ("{", CONTENT, Judgement(CONTENT, "unsafe")),
        (f'{{"content":"{OTHER}"}}', CONTENT, Judgement(CONTENT, "unsafe")),
    ],
)
def test_a_judgement_is_about_one_content(
    stored: str | None, content: str | None, right: Judgement | None
) -> None:
    """One that cannot be read hides the image."""
    assert judgements.judgement_of(stored, content) == right


LATER = STORED.replace("unsafe", "safe").replace("2026-11-05", "2026-11-06")
OF_OTHER = f'{{"content":"{OTHER}","verdict":"unsafe"}}'


@pytest.mark.parametrize(
    ("filed", "standing", "right"),
    [
        (None, None, None),
        (STORED, None, STORED),
        (None, STORED, STORED),
        (STORED, LATER, LATER),
        (STORED, OF_OTHER, STORED),
        (STORED, "{", "{"),
        ("{", STORED, STORED),
    ],
)
def test_of_two_judgements_the_later_of_the_file_prevails(
    filed: str | None, standing: str | None, right: str | None
) -> None:
    """The item may have one about other bytes, which came while the file was in the trash."""
    assert judgements.prevailing(filed, standing) == right
