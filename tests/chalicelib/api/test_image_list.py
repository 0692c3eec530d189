"""The list of images: which order is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.api import image_list
from chalicelib.catalogue.search import planner
from chalicelib.catalogue.search.filters import Question


@pytest.mark.parametrize(("sort", "ordered"), [(None, False), ("taken", True), ("-taken", True)])
def test_an_order_that_is_named_is_kept(sort: str | None, ordered: bool, monkeypatch: Any) -> None:  # noqa: FBT001
    """Without one, the cheapest list may lead, such as that of a colour."""
    asked: list[bool] = []
    monkeypatch.setattr(planner, "plan", lambda *_, **named: asked.append(named["ordered"]))
    image_list._plan("anna", Question(format="JPEG"), sort, None)
    assert asked == [ordered]
