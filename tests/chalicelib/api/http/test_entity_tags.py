"""Entity tags, and the lists of them that clients send."""

from __future__ import annotations

import pytest

from chalicelib.api.http import entity_tags


def test_a_tag_is_half_of_the_sha_256() -> None:
    """As `printf '{"a":1}' | sha256sum | cut -c1-32` gives it, in quotes; JSON is written without spaces."""
    assert entity_tags.of(b'{"a":1}') == '"015abd7f5cc57a2dd94b7590f04ad808"'
    assert entity_tags.of_json({"a": 1}) == '"015abd7f5cc57a2dd94b7590f04ad808"'


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ('"x"', '"x"'),
        ('W/"x"', '"x"'),
        ('"a", "x"', '"x"'),
        ('"a",W/"x" ,"b"', '"x"'),
        ("*", '"x"'),
        ('"a", *', '"x"'),
    ],
)
def test_a_list_names_a_tag(header: str, tag: str) -> None:
    """By itself, marked as weak, among others, or as any."""
    assert entity_tags.names(header, tag)


@pytest.mark.parametrize("header", [None, "", '"a"', "x", '"X"', '"xy"', 'w/"x"'])
def test_a_list_names_no_other_tag(header: str | None) -> None:
    """Quotes and letters count."""
    assert not entity_tags.names(header, '"x"')
