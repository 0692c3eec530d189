"""Admins' judgements as an item carries them: literal JSON in and out."""

from __future__ import annotations

import pytest

from chalicelib.db import judgements
from chalicelib.db.judgements import Judgement

CONTENT, OTHER, THIRD = "ab" * 32, "cd" * 32, "ef" * 32
MADE = Judgement(CONTENT, "unsafe", "admin-1", "2026-11-05T10:00:00.000Z", "Violence")
STORED = (
    f'{{"content":"{CONTENT}","verdict":"unsafe","by":"admin-1","time":"2026-11-05T10:00:00.000Z",'
    '"note":"Violence"}'
)
LATER = STORED.replace("unsafe", "safe").replace("2026-11-05", "2026-11-06")
OF_OTHER = f'{{"content":"{OTHER}","verdict":"unsafe"}}'
OF_THIRD = f'{{"content":"{THIRD}","verdict":"safe"}}'


def test_judgements_are_stored_as_they_always_were() -> None:
    """The next version must read them."""
    assert judgements.written(None, MADE) == f"[{STORED}]"


@pytest.mark.parametrize(
    ("stored", "right"),
    [
        (f"[{OF_OTHER}]", f"[{STORED},{OF_OTHER}]"),
        (f"[{OF_OTHER},{LATER},{OF_THIRD}]", f"[{STORED},{OF_OTHER},{OF_THIRD}]"),
        ("{", f"[{STORED}]"),
    ],
)
def test_a_judgement_takes_the_place_of_one_about_the_same_content(stored: str, right: str) -> None:
    """Those of other contents stay behind it; what cannot be read goes."""
    assert judgements.written(stored, MADE) == right


def test_the_last_ten_contents_are_kept() -> None:
    """Admins alone add to them."""
    stored = None
    for number in range(12):
        stored = judgements.written(stored, Judgement(f"{number:064}", "safe"))
    assert judgements.judgement_of(stored, f"{1:064}") is None
    assert judgements.judgement_of(stored, f"{2:064}") == Judgement(f"{2:064}", "safe")
    assert len(judgements.of_other_contents(stored, CONTENT)) == 10


@pytest.mark.parametrize(
    ("stored", "content", "left"),
    [
        (f"[{STORED},{OF_OTHER}]", CONTENT, f"[{OF_OTHER}]"),
        (f"[{STORED},{OF_OTHER}]", THIRD, f"[{STORED},{OF_OTHER}]"),
        (f"[{STORED}]", CONTENT, None),
        ("{", CONTENT, None),
        (None, CONTENT, None),
    ],
)
def test_the_judgement_of_one_content_is_withdrawn(stored: str | None, content: str, left: str | None) -> None:
    """Another content may be hidden, and come back."""
    assert judgements.withdrawn(stored, content) == left


@pytest.mark.parametrize(
    ("stored", "content", "right"),
    [
        (f"[{STORED}]", CONTENT, MADE),
        (f"[{OF_OTHER},{STORED}]", CONTENT, MADE),
        (f"[{STORED}]", OTHER, None),  # the file was replaced
        (f"[{STORED}]", None, None),  # nothing was read
        (None, CONTENT, None),
        (f'[{{"content":"{CONTENT}","verdict":"safe"}}]', CONTENT, Judgement(CONTENT, "safe")),
        ("{", CONTENT, Judgement(CONTENT, "unsafe")),
        ("{", None, None),
        (STORED, CONTENT, Judgement(CONTENT, "unsafe")),  # no list
        (f'[{{"content":"{OTHER}"}}]', CONTENT, Judgement(CONTENT, "unsafe")),
        (f'[{{"content":"{CONTENT}","verdict":"Safe"}}]', CONTENT, Judgement(CONTENT, "unsafe")),
    ],
)
def test_a_judgement_is_about_one_content(
    stored: str | None, content: str | None, right: Judgement | None
) -> None:
    """One that cannot be read hides the image."""
    assert judgements.judgement_of(stored, content) == right


@pytest.mark.parametrize(
    ("filed", "standing", "right"),
    [
        (None, None, None),
        (f"[{STORED}]", None, f"[{STORED}]"),
        (None, f"[{STORED}]", f"[{STORED}]"),
        (f"[{STORED}]", f"[{LATER}]", f"[{LATER}]"),
        (f"[{STORED}]", f"[{OF_OTHER}]", f"[{OF_OTHER},{STORED}]"),
        (f"[{STORED}]", "{", "{"),
        ("{", f"[{STORED}]", f"[{STORED}]"),
    ],
)
def test_judgements_of_a_file_and_of_its_item_come_together(
    filed: str | None, standing: str | None, right: str | None
) -> None:
    """The item may have one about other bytes, which came while the file was in the trash."""
    assert judgements.prevailing(filed, standing) == right
