"""Times, orders and random names are left out of a picture."""

from __future__ import annotations

import pytest

from tests.faults import picture


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("derived/9/" + "0123456789abcdef" * 3 + "/a.webp", "derived/9/SEALED ORDER/a.webp"),
        ("derived/9/" + "12345678" * 4 + "359d0c487ec7c118/a.webp", "derived/9/SEALED ORDER/a.webp"),
        ("0000ABCD" * 4, "ORDER"),
        ("2026-11-30#05", "DAY"),
        ("2026-11-30T05:06:07.123Z", "TIME"),
    ],
)
def test_an_order_is_left_out_in_both_forms(text: str, right: str) -> None:
    """The sealed one may have digits alone in the place of the other."""
    assert picture.normal(text) == right
