"""Identifiers and keys: the same for the same thing, safe for any input, in the order of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import settings
from chalicelib.db import keys

if TYPE_CHECKING:
    from collections.abc import Callable

sequencers = st.text("0123456789ABCDEFabcdef", min_size=1, max_size=32)


@given(st.text(), st.text())
def test_an_image_id_is_url_safe_and_says_so(bucket: str, key: str) -> None:
    """For any key, its id needs no escaping and is recognised."""
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
    """A key that is no upload, or names no possible owner, has none."""
    assert keys.owner_of(key) == owner


@pytest.mark.usefixtures("aws")
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
    """A deletion by the API comes after the deleted object, and before all later events."""
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


IMAGES = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@pytest.mark.usefixtures("aws")
@given(IMAGES, sequencers, sequencers, DIGESTS)
def test_only_we_read_the_order_of_derived_files(image_id: str, one: str, other: str, sha256: str) -> None:
    """Derived files come in the order of events, and their names reveal nothing of image, order or content."""
    first, second = keys.order(one), keys.order(other)
    folders = [keys.derived_folder(image_id, order, sha256) for order in (first, second)]
    assert [keys.derived_order(f"{folder}small.webp") for folder in folders] == [first, second]
    for folder in folders:
        assert re.fullmatch(r"derived/[0-9a-f]{32}/[0-9a-f]{48}/", folder)
        assert folder.startswith(keys.derived_prefix(image_id))
        assert first.rstrip("0").lower() not in folder or len(first.rstrip("0")) < 8
        assert sha256[:8] not in folder


@pytest.mark.usefixtures("aws")
def test_derived_names_are_alike_for_nothing_but_the_same() -> None:
    """Another image, order, content or secret gives other names; orders a moment apart have nothing in common."""
    orders = [keys.order(f"0055AED6DCD9{number:04X}") for number in range(64)]
    names = [keys.derived_folder("a" * 26, order, "ab" * 32).split("/")[2] for order in orders]
    assert len({name[:4] for name in names}) > 60
    assert len({name[16:20] for name in names}) > 60
    assert sorted(names) != names
    made = keys.derived_folder("a" * 26, orders[0], "ab" * 32)
    assert made == keys.derived_folder("a" * 26, orders[0], "ab" * 32)
    assert made != keys.derived_folder("a" * 26, orders[0], "cd" * 32)
    assert made.split("/")[1] != keys.derived_folder("b" * 26, orders[0], "ab" * 32).split("/")[1]


@pytest.mark.usefixtures("aws")
def test_the_secret_decides_on_derived_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has the id but not the secret cannot find the folder."""
    known = keys.derived_prefix("a" * 26)
    monkeypatch.setitem(vars(settings()), "cursor_secret", b"another")
    assert keys.derived_prefix("a" * 26) != known


def test_readable_names_of_before_keep_their_order() -> None:
    """Old files are cleared up by it."""
    assert keys.derived_order(f"derived/{'a' * 26}/{'0A' * 16}-0123456789abcdef/small.webp") == "0A" * 16
    assert keys.derived_order("derived/x") == ""


@pytest.mark.usefixtures("aws")
def test_a_seed_gives_the_same_key_again() -> None:
    """So that a POST that is repeated finds what its first attempt made."""
    first = keys.upload_key("demo", "a.jpg", "seed")
    assert keys.upload_key("demo", "a.jpg", "seed") == first
    assert keys.upload_key("demo", "a.jpg", "another") != first
    assert keys.upload_key("somebody", "a.jpg", "seed").split("/")[2] != first.split("/")[2]


def test_a_sequencer_may_have_every_hexadecimal_digit() -> None:
    """It is padded on the right to 32."""
    assert keys.order("0123456789ABCDEF") == "0123456789ABCDEF0000000000000000"


def test_ids_are_the_first_128_bits_of_sha_256() -> None:
    r"""As `printf 'janus\0uploads/demo/a.jpg' | sha256sum | cut -c1-32 | xxd -r -p | base32` gives them."""
    assert keys.image_id("janus", "uploads/demo/a.jpg") == "3x5ffrg3tf5noeonk62zeg7br4"
    assert keys.share_id("A" * 32) == "eksiaukzjqmutxxnobaikda7b4"


def test_keys_of_tables_are_stored_and_stay() -> None:
    """Each is found in tables that older versions wrote. The shards are CRC-32 as zlib and gzip have it."""
    image = "xmq3ibjo7obgnwwvnilwhktznu"  # CRC-32: 0x71395A9B
    assert keys.listed("2026-05-01T10:00:00.000Z", image) == f"2026-05-01T10:00:00.000Z#{image}"
    assert keys.unsettled("failed", image) == "failed#3"
    assert keys.unsettled_shards("failed") == [f"failed#{shard}" for shard in (0, 1, 2, 3, 4, 5, 6, 7)]
    assert keys.day("2026-05-01T10:00:00.000Z", image) == "2026-05-01#11"
    assert keys.directory("dora") == "accounts#3"
    assert keys.directory_shards() == ["accounts#0", "accounts#1", "accounts#2", "accounts#3"]
    assert keys.account("demo") == "owner:demo"
    assert keys.api_key("k") == "key#k"
    assert keys.key_token("k") == "key:k"
    assert keys.share_token("s") == "share:s"
    assert keys.share("i", "s") == "share#i#s"
    assert keys.counter("read", "demo", 7) == "limit:read#demo#7"


def test_orders_of_times_are_seconds_and_their_binary_fraction() -> None:
    """Ten hexadecimal digits and eight; the order after one is the next number."""
    half_past = datetime(2015, 7, 21, 23, 33, 0, 500_000, UTC)  # 1437521580 s: 0x55AED6AC
    assert keys.order_at(half_past) == "0055AED6AC80000000" + "0" * 14
    assert keys.order_after("0055AED6AC80000000" + "0" * 14) == "0055AED6AC80000000" + "0" * 13 + "1"
    assert keys.timestamp(half_past) == "2015-07-21T23:33:00.500Z"
    assert keys.at(1437521580.5) == half_past


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (keys.is_key_id, "a" * 15 + "7"),
        (keys.is_share_token, "aZ09_-" + "a" * 26),
        (keys.is_owner, "a"),
        (keys.is_owner, "a" * 128),
        (keys.is_owner, "a._|@:+=-"),
    ],
)
def test_texts_from_outside_are_known_by_their_form(known: Callable[[str], bool], text: str) -> None:
    """Length and alphabet, at their bounds."""
    assert known(text)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (keys.is_key_id, "a" * 15),
        (keys.is_key_id, "a" * 17),
        (keys.is_key_id, "a" * 15 + "1"),
        (keys.is_share_token, "a" * 31),
        (keys.is_share_token, "a" * 33),
        (keys.is_share_token, "a" * 31 + "="),
        (keys.is_owner, ""),
        (keys.is_owner, "a" * 129),
        (keys.is_owner, "-a"),
        (keys.is_owner, "a/b"),
    ],
)
def test_texts_of_another_form_are_refused(known: Callable[[str], bool], text: str) -> None:
    """One character fewer, more, or outside the alphabet."""
    assert not known(text)
