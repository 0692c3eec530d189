"""Identifiers and keys: the same for the same thing, safe whatever comes from outside, in the order of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.db import keys

sequencers = st.text("0123456789ABCDEFabcdef", min_size=1, max_size=32)


@given(st.text(), st.text())
def test_an_image_id_is_url_safe_and_says_so(bucket: str, key: str) -> None:
    """Whatever the key, its id needs no escaping and is recognised."""
    identifier = keys.image_id(bucket, key)
    assert re.fullmatch(r"[a-z2-7]{26}", identifier)
    assert keys.is_image_id(identifier)
    assert keys.image_id(bucket, key) == identifier


def test_an_image_id_depends_on_bucket_and_key_apart() -> None:
    """Moving a character from the bucket's name to the key's gives another image."""
    assert keys.image_id("ab", "c") != keys.image_id("a", "bc")


@pytest.mark.parametrize("text", ["", "x", "A" * 26, "a" * 25 + "1", "a" * 27, "a" * 26 + "\n", "../" * 9])
def test_what_is_no_image_id_is_refused(text: str) -> None:
    """Only 26 characters of the alphabet can be an id."""
    assert not keys.is_image_id(text)


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        ("uploads/demo/a.jpg", "demo"),
        ("uploads/auth0|12/deep/er/a.jpg", "auth0|12"),
        ("uploads/demo/", None),
        ("uploads/demo", None),
        ("uploads//a.jpg", None),
        ("uploads/demo/folder/", None),
        ("uploads/../a.jpg", None),
        ("uploads/de mo/a.jpg", None),
        ("derived/demo/a.jpg", None),
        ("a.jpg", None),
        ("", None),
    ],
)
def test_the_owner_is_the_second_part_of_an_upload(key: str, owner: str | None) -> None:
    """What is no upload, or names no possible owner, has none."""
    assert keys.owner_of(key) == owner


def test_two_uploads_of_one_name_never_meet() -> None:
    """A fresh key is fresh."""
    assert keys.upload_key("demo", "a.jpg") != keys.upload_key("demo", "a.jpg")


def test_sequencers_of_unequal_length_compare_as_s3_says() -> None:
    """The shorter is padded on the right with zeros."""
    assert keys.order("0055AED6DCD90281E5") < keys.order("0055AED6DCD90281E6")
    assert keys.order("0055AED6DC") < keys.order("0055AED6DCD9")
    assert keys.order("0055AED6DC") == keys.order("0055aed6dc000")


@pytest.mark.parametrize("text", ["", "xyz", "0" * 33, "12 34", "-1", "٣"])
def test_what_is_no_sequencer_raises(text: str) -> None:
    """Only hexadecimal digits are an order."""
    with pytest.raises(ValueError, match="hexadecimal"):
        keys.order(text)


@given(st.floats(0, 4e9), st.floats(1e-5, 1e9))
def test_the_order_of_times_is_the_order_of_time(first: float, later: float) -> None:
    """An event without a sequencer stands by its time."""
    at, then = (datetime.fromtimestamp(seconds, UTC) for seconds in (first, first + later))
    assert keys.order_at(at) < keys.order_at(then)


def test_a_time_compares_with_the_sequencers_of_s3() -> None:
    """The documentation's own example lies in the second that its number says."""
    sequencer = keys.order("0055AED6DCD90281E5")
    moment = datetime.fromtimestamp(0x55AED6DC, UTC)
    assert keys.order_at(moment) <= sequencer < keys.order_at(moment + timedelta(seconds=1))


@given(sequencers, sequencers)
def test_just_after_an_order_is_before_every_later_event(one: str, other: str) -> None:
    """A deletion by the API stands behind what it deletes, and before all that is still to come."""
    first, second = sorted([keys.order(one), keys.order(other)])
    if first != "F" * 32:
        assert first < keys.order_after(first)
    if first < second:
        assert keys.order_after(first) <= second


def test_unsettled_images_spread_over_the_shards() -> None:
    """No shard of the index takes more than twice its share."""
    shards = [keys.unsettled("failed", keys.image_id("bucket", str(number))) for number in range(4000)]
    counts = {shard: shards.count(shard) for shard in set(shards)}
    assert len(counts) == keys.UNSETTLED_SHARDS
    assert max(counts.values()) < 2 * 4000 / keys.UNSETTLED_SHARDS
