"""The event of an owner near a quota: from 90 % on, one a day."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chalicelib.catalogue.index import usage
from chalicelib.catalogue.index.usage import Amount
from chalicelib.db import accounts
from chalicelib.db.accounts import Standing
from chalicelib.extensions.integrations import quota_use

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def owner_with(monkeypatch: pytest.MonkeyPatch, used: Amount, images: int, size: int) -> None:
    """Let every owner use so much of quotas of so many images and bytes."""
    standing = Standing("active", None, images, size, None)
    monkeypatch.setattr(usage, "used", lambda _owner: used)
    monkeypatch.setattr(accounts, "standing", lambda _owner, **_: standing)


@pytest.mark.parametrize(
    ("used", "percent"),
    [
        (Amount(89, 0), None),
        (Amount(90, 0), 90),
        (Amount(91, 899), 91),
        (Amount(0, 899), None),
        (Amount(0, 900), 90),
        (Amount(10, 1250), 125),
    ],
)
def test_from_ninety_percent_of_either_quota_on(
    monkeypatch: pytest.MonkeyPatch, used: Amount, percent: int | None
) -> None:
    owner_with(monkeypatch, used, 100, 1000)
    told = quota_use.near("anna", NOON)
    if percent is None:
        assert told is None
        return
    assert told is not None
    assert told.type == "quota.near"
    assert json.loads(told.body)["data"] == {
        "images": used.images,
        "quota_images": 100,
        "bytes": used.bytes,
        "quota_bytes": 1000,
        "percent": percent,
    }


def test_a_day_has_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    owner_with(monkeypatch, Amount(95, 0), 100, 1000)
    times = [NOON, NOON.replace(hour=23, minute=59), NOON.replace(day=30, hour=0)]
    ids = [told.event_id for time in times if (told := quota_use.near("anna", time))]
    assert ids[0] == ids[1] != ids[2]


def test_a_quota_of_nothing_is_exhausted(monkeypatch: pytest.MonkeyPatch) -> None:
    owner_with(monkeypatch, Amount(0, 0), 0, 1000)
    told = quota_use.near("anna", NOON)
    assert told is not None
    assert json.loads(told.body)["data"]["percent"] == 100
