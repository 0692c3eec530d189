"""The areas that a share link would blur, on a thumbnail of the page."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.db.annotation_codec import Box
from chalicelib.web.image import faces

SMALL = {"url": "s", "width": 256, "height": 192}
MEDIUM = {"url": "m", "width": 640, "height": 480}
LARGE = {"url": "l", "width": 1280, "height": 960}


@pytest.mark.parametrize(
    ("thumbnails", "url"),
    [
        ({"small": SMALL, "medium": MEDIUM, "large": LARGE}, "m"),
        ({"small": SMALL, "large": LARGE}, "l"),
        ({"small": SMALL}, "s"),
    ],
)
def test_the_areas_are_those_of_the_thumbnail(thumbnails: dict[str, Any], url: str) -> None:
    """Each box larger by 30 %, in whole pixels, clipped."""
    found = faces.preview(thumbnails, [Box(0.25, 0.25, 0.5, 0.5), Box(0.0, 0.9, 0.1, 0.1)])
    assert found is not None
    assert (found.url, found.words) == (url, "2 faces")
    expected = {
        "m": [(112, 84, 416, 312), (0, 424, 74, 56)],  # 65 % of 640 x 480; 10 % and 1.5 % more
        "l": [(224, 168, 832, 624), (0, 849, 148, 111)],
        "s": [(44, 33, 168, 126), (0, 169, 30, 23)],
    }
    assert [tuple(one) for one in found.areas] == expected[url]


def test_there_may_be_nothing_to_show() -> None:
    """No picture, or nobody has looked; and no face is something else."""
    assert faces.preview({}, [Box(0.1, 0.1, 0.1, 0.1)]) is None
    assert faces.preview({"small": SMALL}, None) is None
    found = faces.preview({"small": SMALL}, [])
    assert found is not None
    assert (found.areas, found.words) == ((), "No faces")
    found = faces.preview({"small": SMALL}, [Box(0.1, 0.1, 0.1, 0.1)])
    assert found is not None
    assert found.words == "1 face"
