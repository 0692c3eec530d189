"""The days on which images came: noted once by a process, and read newest first."""

from __future__ import annotations

import pytest

from chalicelib.db import upload_days
from chalicelib.db.models import AccountItem

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a new process."""
    monkeypatch.setattr(upload_days, "_noted", set())


def test_a_shard_is_written_once_by_a_process() -> None:
    """Each later image of the day costs nothing."""
    upload_days.note("1999-01-01#00")
    assert AccountItem.get("days", "1999-01-01#00").item == "1999-01-01#00"
    AccountItem("days", "1999-01-01#00").delete()
    upload_days.note("1999-01-01#00")
    with pytest.raises(AccountItem.DoesNotExist):
        AccountItem.get("days", "1999-01-01#00")


def test_a_process_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it begins anew, and forgets none that it has just written."""
    monkeypatch.setattr(upload_days, "_KEPT", 3)
    for number in range(10):
        upload_days.note(f"1999-01-02#{number:02}")
        assert f"1999-01-02#{number:02}" in upload_days._noted
        assert len(upload_days._noted) <= 3


def test_days_are_read_newest_first_from_a_position() -> None:
    """A shard lies before the positions of its day, and after the day itself."""
    for shard in ("1999-02-02#03", "1999-02-01#15", "1999-02-02#11", "1999-02-01#00"):
        upload_days.note(shard)
    of_both = ["1999-02-02#11", "1999-02-02#03", "1999-02-01#15", "1999-02-01#00"]
    assert upload_days.before("1999-02-03", 4) == of_both
    assert upload_days.before("1999-02-03", 2) == of_both[:2]
    assert upload_days.before("1999-02-02T12:00:00.000Z#abc", 4) == of_both
    assert upload_days.before("1999-02-02", 2) == of_both[2:]
    assert upload_days.before("1999-02-02#11", 3) == of_both[1:]
    assert upload_days.before(None, 1) >= ["1999-02-02#11"]
