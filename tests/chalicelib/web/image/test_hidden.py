"""Why others do not see an image, in sentences for its owner."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.image import hidden

FOUND = "Others do not see it: a model finds it unsafe to show."
NOT_LOOKED = "Others do not see it yet: nothing has looked whether it is safe to show."
JUDGED = "Others do not see it: an admin has judged it unsafe to show, and only an admin can change that."
SAFE = "An admin has judged it safe to show."
NOTE = "The admin\u2019s note: Violence"


@pytest.mark.parametrize(
    ("annotations", "offered", "right"),
    [
        (None, True, ()),
        ({"counts": {}}, True, ()),
        ({"counts": {"unsafe": 1}}, True, ()),  # the stage hides nothing
        ({"counts": {"unsafe": 1}, "withheld": True}, True, (FOUND,)),
        ({"counts": {}, "withheld": True}, True, (NOT_LOOKED,)),
        ({"counts": {}, "withheld": True}, False, ()),  # it is private, and nobody has a link
        ({"counts": {}, "withheld": True, "judgement": {"verdict": "unsafe"}}, False, (JUDGED,)),
        ({"counts": {}, "judgement": {"verdict": "safe", "note": "Violence"}}, False, (SAFE, NOTE)),
    ],
)
def test_the_reason_is_told(annotations: Any, offered: Any, right: tuple[str, ...]) -> None:
    """A judgement always, all else where others would see the image."""
    assert hidden.told(annotations, offered=offered) == right
