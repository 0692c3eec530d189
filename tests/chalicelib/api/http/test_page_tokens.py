"""Cursors work for the query they came from, and for nothing else."""

from __future__ import annotations

import base64
import hmac
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.http import page_tokens
from chalicelib.api.http.problems import Problem
from chalicelib.config import settings

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


def test_a_cursor_lives_for_a_day_and_the_rest_of_its_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed at 10:20 on the first of May, it ends with 11:00 on the second; until 11:00 it is the same cursor."""
    clock = {"now": 1777630800.0}  # 2026-05-01T10:20:00Z

    def at(seconds: float) -> None:
        clock["now"] = seconds

    monkeypatch.setattr(time, "time", lambda: clock["now"])
    cursor = page_tokens.sign("x", owner="demo")
    at(1777633199.0)  # 10:59:59
    assert page_tokens.sign("x", owner="demo") == cursor
    at(1777633200.0)  # 11:00:00
    assert page_tokens.sign("x", owner="demo") != cursor
    at(1777719600.0)  # 11:00:00 of the next day
    assert page_tokens.verify(cursor, owner="demo") == "x"
    at(1777719601.0)
    assert refused(cursor, owner="demo") == "invalid_cursor"


def test_a_cursor_of_2048_characters_is_the_longest() -> None:
    """1,536 bytes in base64: 16 of the signature, `[1777719600, ""]`, and the text."""
    longest = "x" * (1536 - 16 - len('[1777719600, ""]'))
    cursor = page_tokens.sign(longest, owner="demo")
    assert len(cursor) == 2048
    assert page_tokens.verify(cursor, owner="demo") == longest
    assert refused(page_tokens.sign(longest + "x", owner="demo"), owner="demo") == "invalid_cursor"


def test_a_signature_is_half_of_an_hmac_with_sha_256(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the stage's secret, over the query as sorted JSON, a null byte, and the content."""
    monkeypatch.setitem(vars(settings()), "cursor_secret", b"secret")
    monkeypatch.setattr(time, "time", lambda: 1777630800.0)
    content = b'[1777719600, "after"]'
    signature = hmac.digest(b"secret", b'{"list": "images", "owner": "demo"}\0' + content, "sha256")[:16]
    expected = base64.urlsafe_b64encode(signature + content).decode().rstrip("=")
    assert page_tokens.sign("after", owner="demo", list="images") == expected
