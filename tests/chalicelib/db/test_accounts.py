"""An account: made by its owner's first call, named once, read from memory for a while."""

from __future__ import annotations

import pytest

from chalicelib.config import settings
from chalicelib.db import accounts, conditional
from chalicelib.db.accounts import Standing
from chalicelib.db.models import AccountItem

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def quotas(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a new account have 1,000 images and 5,000,000 bytes."""
    monkeypatch.setitem(vars(settings()), "quota_images", 1000)
    monkeypatch.setitem(vars(settings()), "quota_bytes", 5_000_000)


NEW = Standing("active", None, 1000, 5_000_000, None)


def test_the_first_call_makes_an_account_with_the_quotas_of_all(owner: str) -> None:
    """Whoever only looks makes none."""
    assert accounts.standing(owner, make=False) == NEW
    assert accounts.get(owner, consistent=True) is None
    assert accounts.standing(owner) == NEW
    made = accounts.get(owner, consistent=True)
    assert made is not None
    assert (made.state, made.owner, made.name, made.quota_images) == ("active", owner, owner, None)


def test_an_account_may_have_quotas_a_role_and_an_end_of_its_sessions(owner: str) -> None:
    """Numbers are whole; a quota of nothing is one."""
    accounts.standing(owner)
    assert accounts.change(owner, quota_images=0, quota_bytes=7, role="admin", signed_out=1_700_000_000)
    assert accounts.standing(owner) == Standing("active", "admin", 0, 7, 1_700_000_000)
    assert accounts.change(owner, quota_images=None, quota_bytes=None, role=None, state="disabled")
    assert accounts.standing(owner) == Standing("disabled", None, 1000, 5_000_000, 1_700_000_000)
    assert not accounts.is_active(owner)


def test_no_account_can_be_changed_that_is_not_there(owner: str) -> None:
    """And none comes to be by it."""
    assert accounts.change(owner, role="admin") is None
    assert accounts.get(owner, consistent=True) is None
    assert accounts.is_active(owner)


def test_an_account_is_read_from_memory_until_it_is_forgotten(owner: str) -> None:
    """A change by another process is heeded after a while."""
    accounts.standing(owner)
    profile = accounts.get(owner)
    assert profile is not None
    profile.update([type(profile).state.set("disabled")])
    assert accounts.is_active(owner)
    accounts.forget(owner)
    assert not accounts.is_active(owner)


def test_a_user_is_introduced_by_name_once(owner: str) -> None:
    """In small letters; a name that is known stays, and so does that of a closed account."""
    accounts.standing(owner)
    accounts.introduce(owner, "Ada@Example.org")
    assert name(owner) == "ada@example.org"
    accounts.introduce(owner, "Another@Example.org")
    assert name(owner) == "ada@example.org"
    closed = f"{owner}-closed"
    accounts.standing(closed)
    accounts.change(closed, state="deleted")
    accounts.introduce(closed, "Ada@Example.org")
    assert name(closed) == closed
    accounts.introduce(f"{owner}-new", "Bob@Example.org")
    assert name(f"{owner}-new") == "bob@example.org"


def name(owner: str) -> str | None:
    profile = accounts.get(owner, consistent=True)
    return None if profile is None else profile.name


def test_an_account_that_goes_while_it_is_made_is_as_a_new_one(
    owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request made it, and its owner has deleted it since: this one is answered all the same."""
    monkeypatch.setattr(conditional, "put", lambda *_: False)
    assert accounts.standing(owner) == NEW


def test_the_items_of_an_account_go_and_the_account_stays(owner: str) -> None:
    """Up to a hundred at once."""
    accounts.standing(owner)
    holder = f"owner:{owner}"
    with AccountItem.batch_write() as batch:
        for number in range(150):
            batch.save(AccountItem(holder, f"key#{number:03}"))
    assert accounts.delete_items(holder)
    assert len(list(AccountItem.query(holder))) == 51
    assert not accounts.delete_items(holder)
    assert [item.item for item in AccountItem.query(holder)] == ["profile"]
