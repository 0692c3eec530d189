"""Work that is killed at any of its calls, and done again: its last event arrives, under one id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from chalicelib.db import accounts
from chalicelib.db.models import DELETED
from chalicelib.extensions.integrations import webhooks
from chalicelib.processing import delete_account
from tests import delivery
from tests.chalicelib.extensions.integrations import calls
from tests.chalicelib.extensions.integrations.test_outbox import deliver_all, received

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.webhooks import Made
    from tests.chalicelib.extensions.integrations.receiver import Receiver


def test_a_job_that_is_killed_anywhere_tells_its_end(
    app: Any, webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS brings the same message again, with its id and its time."""

    def work(place: int) -> list[str]:
        body = json.dumps({"job": "empty_trash", "owner": webhook.item.owner, "until": 0, "after": ""})
        message = delivery.message(body, f"{webhook.item.owner}-{place}", queue=settings().jobs_queue)
        return delivery.give(app, message, function="run_job")

    number = calls.count(monkeypatch, lambda: work(999))
    assert number >= 3  # the bucket, the delivery, its message
    deliver_all()
    killed = 0
    for place, (position, after) in enumerate(calls.positions(number)):
        receiver.requests.clear()
        killed += calls.kill(monkeypatch, lambda one=place: work(one), position, after=after)
        assert work(place) == []
        deliver_all()
        told = {kind: len(ids) for kind, ids in received(receiver).items()}
        assert told == {"job.finished": 1}, (position, after)
    assert killed >= 6  # before and after each of the three


@pytest.mark.slow  # an account for every call
@pytest.mark.usefixtures("aws")
def test_the_end_of_an_account_is_told_wherever_its_deletion_is_killed(
    owner: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the step that takes its webhooks along to the last write: each slice is done again."""
    for name in ("ticket_seconds", "account_seconds"):
        monkeypatch.setitem(vars(settings()), name, 0)
    step = len(delete_account.STEPS) + [one.__name__ for one in delete_account.STEPS].index("_webhooks")

    def begun(place: int) -> dict[str, Any]:
        """Return the slices that are left of the deletion of an account with two webhooks, one of which asks."""
        name = f"{owner}-{place}"
        accounts.introduce(name, name)
        webhooks.make(name, receiver.url, ["account.*"], None)
        webhooks.make(name, receiver.url, ["image.*"], None)
        return {"left": {"owner": name, "username": name, "step": step, "not_before": 1_795_953_600.0}}

    def work(account: dict[str, Any]) -> None:
        while account["left"] is not None:
            account["left"] = delete_account.delete_account(account["left"])

    whole = begun(999)
    number = calls.count(monkeypatch, lambda: work(whole))
    deliver_all()
    killed = 0
    for place, (position, after) in enumerate(calls.positions(number)):
        receiver.requests.clear()
        account = begun(place)
        killed += calls.kill(monkeypatch, lambda one=account: work(one), position, after=after)
        work(account)
        deliver_all()
        told = {kind: len(ids) for kind, ids in received(receiver).items()}
        assert told == {"account.deleted": 1}, (position, after)
        closed = accounts.get(f"{owner}-{place}", consistent=True)
        assert closed is not None
        assert closed.state == DELETED
    assert killed >= 20
