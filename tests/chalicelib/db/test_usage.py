"""What an owner's images take up, exact whatever comes."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from chalicelib.db import keys, usage
from chalicelib.db.models import Ledger
from chalicelib.db.usage import Amount

pytestmark = pytest.mark.usefixtures("aws")


def image_id(owner: str, number: int = 0) -> str:
    return keys.image_id("bucket", f"uploads/{owner}/{number}.jpg")


def order(number: int) -> str:
    return keys.order(f"{number:02X}")


def test_images_are_counted_by_month_and_together(owner: str) -> None:
    """Their number and their bytes, over all shards."""
    for number in range(12):
        month = "2026-10" if number < 4 else "2026-11"
        assert usage.count(image_id(owner, number), owner, order(1), 100 + number, month)
    assert usage.by_month(owner) == {
        "2026-10": Amount(4, sum(range(100, 104))),
        "2026-11": Amount(8, sum(range(104, 112))),
    }
    assert usage.total(owner) == (12, sum(range(100, 112)))


def test_images_are_spread_over_all_shards() -> None:
    """No item is written by every upload of an owner."""
    shards = [keys.usage_shard(image_id("somebody", number)) for number in range(400)]
    assert {shard: shards.count(shard) > 60 for shard in shards} == dict.fromkeys(range(keys.USAGE_SHARDS), True)


def test_the_same_event_counts_once(owner: str) -> None:
    """Twice told is once counted."""
    for _ in range(3):
        assert usage.count(image_id(owner), owner, order(1), 10, "2026-11")
    assert usage.total(owner) == (1, 10)


def test_an_overwrite_takes_the_place_of_what_was_there(owner: str) -> None:
    """Its bytes, and its month; the month before has nothing left and is not shown."""
    usage.count(image_id(owner), owner, order(1), 10, "2026-10")
    usage.count(image_id(owner), owner, order(2), 25, "2026-11")
    assert usage.by_month(owner) == {"2026-11": (1, 25)}


def test_a_removal_takes_it_away_and_late_events_do_not_bring_it_back(owner: str) -> None:
    """What it was made of stays known for as long as late events may come."""
    usage.count(image_id(owner), owner, order(1), 10, "2026-11")
    assert usage.count(image_id(owner), owner, order(3), None, "2026-11")
    assert not usage.count(image_id(owner), owner, order(2), 20, "2026-11")
    assert usage.total(owner) == usage.NOTHING
    assert Ledger.get(keys.ledger(image_id(owner)), keys.LEDGER).expires is not None
    assert usage.count(image_id(owner), owner, order(4), 30, "2026-11")
    assert Ledger.get(keys.ledger(image_id(owner)), keys.LEDGER).expires is None


def test_a_removal_that_comes_before_its_upload_counts_first(owner: str) -> None:
    """Then the upload is the late one."""
    assert usage.count(image_id(owner), owner, order(2), None, "2026-11")
    assert not usage.count(image_id(owner), owner, order(1), 10, "2026-11")
    assert usage.total(owner) == usage.NOTHING


def test_the_same_event_that_finds_another_object_counts_that(owner: str) -> None:
    """An event is a trigger: what is there at its second attempt is what is counted."""
    usage.count(image_id(owner), owner, order(1), 10, "2026-11")
    assert usage.count(image_id(owner), owner, order(1), 70, "2026-11")
    assert usage.total(owner) == (1, 70)


def test_counts_made_at_the_same_time_are_all_exact(owner: str, monkeypatch: Any) -> None:
    """Four threads tell the events of two images in an order of their own, each event twice; one stays."""
    monkeypatch.setattr(usage, "ATTEMPTS", 50)
    monkeypatch.setattr(usage.time, "sleep", lambda _: None)
    gone = [(0, step, 10 * step if step < 4 else None) for step in range(5)]
    stays = [(1, step, 10 * step) for step in range(5)]
    failures: list[Exception] = []

    def tell(seed: int) -> None:
        mine = [*gone, *stays] * 2
        random.Random(seed).shuffle(mine)
        try:
            for number, step, size in mine:
                usage.count(image_id(owner, number), owner, order(step), size, f"2026-{10 + step % 2}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=tell, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert usage.by_month(owner) == {"2026-10": (1, 40)}


def test_a_count_that_others_keep_overtaking_is_told_to_come_again(owner: str, monkeypatch: Any) -> None:
    """It ends, with an error that the queue heeds."""
    monkeypatch.setattr(usage.time, "sleep", lambda _: None)
    monkeypatch.setattr(usage, "_write", lambda *_: False)
    with pytest.raises(usage.BusyError):
        usage.count(image_id(owner), owner, order(1), 10, "2026-11")


def test_a_total_is_remembered_for_as_long_as_one_likes(owner: str) -> None:
    """By default not at all."""
    assert usage.total(owner) == usage.NOTHING
    usage.count(image_id(owner), owner, order(1), 10, "2026-11")
    assert usage.total(owner, seconds=3600) == usage.NOTHING
    assert usage.total(owner) == (1, 10)
