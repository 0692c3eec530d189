"""Restoring from the trash: names from outside are checked before they become a key of S3."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.api import trash_bin
from chalicelib.api.http.problems import Problem
from chalicelib.processing import trash

ID = "a" * 26


@pytest.mark.parametrize(
    ("owner", "image_id"),
    [("anna/../bert", ID), ("", ID), ("anna", "../" * 9), ("anna", ID.upper()), ("anna", ""), ("anna", f"{ID}a")],
)
def test_what_cannot_be_a_name_is_not_looked_for(owner: str, image_id: str, monkeypatch: Any) -> None:
    """404, as for an image that is not there."""
    monkeypatch.setattr(trash, "find", lambda *_: pytest.fail("S3 is asked"))
    with pytest.raises(Problem) as raised:
        trash_bin.restore(owner, image_id, None)
    assert raised.value.code == "image_not_found"
