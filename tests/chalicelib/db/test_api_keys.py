"""An API key as a process knows it: found by its text, until it is revoked, has expired, or is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.db import api_keys, keys

pytestmark = pytest.mark.usefixtures("aws")


def test_a_key_is_found_by_its_whole_text(owner: str) -> None:
    """Neither by another secret, nor by less or more."""
    made = api_keys.make(owner, "machine", ["read"], None)
    found = api_keys.find(made.text)
    assert found is not None
    assert (found.owner, found.key_id, found.scopes) == (owner, made.item.key_id, {"read"})
    other = "A" if made.text[-2] != "A" else "B"
    for text in (made.text[:-2] + other + made.text[-1], made.text[:-1], f"{made.text}A", made.text[6:], ""):
        assert api_keys.find(text) is None


def test_a_revoked_key_is_worth_nothing_at_once(owner: str) -> None:
    """In the process that revokes it, which remembers it no longer; another has none to revoke."""
    made = api_keys.make(owner, "machine", ["read"], None)
    assert api_keys.find(made.text) is not None
    assert not api_keys.revoke(f"{owner}-other", made.item.key_id)
    assert api_keys.revoke(owner, made.item.key_id)
    assert api_keys.find(made.text) is None
    assert not api_keys.revoke(owner, made.item.key_id)


def test_a_key_ends_after_its_seconds(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, too; one without an end does not."""
    noon = datetime(2031, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(keys, "now", lambda: noon)
    short, long = (api_keys.make(owner, "machine", ["read"], seconds) for seconds in (60, None))
    monkeypatch.setattr(keys, "now", lambda: noon + timedelta(seconds=59))
    assert [api_keys.find(made.text) is not None for made in (short, long)] == [True, True]
    assert len(api_keys.of(owner)) == 2
    monkeypatch.setattr(keys, "now", lambda: noon + timedelta(seconds=60))
    assert [api_keys.find(made.text) is not None for made in (short, long)] == [False, True]
    assert [item.key_id for item in api_keys.of(owner)] == [long.item.key_id]
