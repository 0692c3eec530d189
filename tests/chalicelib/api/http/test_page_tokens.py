"""Cursors work for the query they came from, and for nothing else."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.http import page_tokens
from chalicelib.api.http.problems import Problem

pytestmark = pytest.mark.usefixtures("aws")


def refused(cursor: str, **query: Any) -> str:
    with pytest.raises(Problem) as caught:
        page_tokens.verify(cursor, **query)
    return caught.value.code


@given(st.text())
def test_a_cursor_comes_back_as_it_was(after: str) -> None:
    """The signed text is verified."""
    assert page_tokens.verify(page_tokens.sign(after, owner="demo"), owner="demo") == after


def test_a_cursor_is_bound_to_its_query() -> None:
    """In another owner's hands, or in another list, it is worth nothing."""
    cursor = page_tokens.sign("x", owner="demo", list="images")
    assert refused(cursor, owner="other", list="images") == "invalid_cursor"
    assert refused(cursor, owner="demo") == "invalid_cursor"


@given(st.text())
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """Any text but a signed one."""
    assert refused(text, owner="demo") == "invalid_cursor"


def test_every_changed_byte_breaks_a_cursor() -> None:
    """Signature and content alike."""
    raw = base64.urlsafe_b64decode(page_tokens.sign("after", owner="demo") + "==")
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        text = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        assert refused(text, owner="demo") == "invalid_cursor"


def test_an_old_cursor_is_refused(monkeypatch: Any) -> None:
    """A list that was left for days begins again."""
    cursor = page_tokens.sign("x", owner="demo")
    monkeypatch.setattr(time, "time", lambda: 10_000_000_000.0)
    assert refused(cursor, owner="demo") == "invalid_cursor"
