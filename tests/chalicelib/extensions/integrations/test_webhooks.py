"""What is known of an owner's webhooks, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import Webhook
from chalicelib.extensions.integrations import webhooks
from tests.chalicelib.extensions.integrations import calls

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.webhooks import Made


def test_who_listens_is_known_for_a_while(webhook: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, however many events there are; a change of this process is known at once."""
    monkeypatch.setitem(vars(settings()), "account_seconds", 600)
    owner = webhook.item.owner
    assert calls.count(monkeypatch, lambda: [webhooks.listening(owner) for _ in range(3)]) == 1
    assert [one.webhook_id for one in webhooks.listening(owner)] == [webhook.item.webhook_id]
    webhooks.change(owner, webhook.item.webhook_id, **webhooks.DISABLED)
    assert webhooks.listening(owner) == ()


@pytest.mark.parametrize(
    ("since", "is_long"),
    [
        (None, False),
        ("2026-11-26T11:59:59.999Z", True),
        ("2026-11-26T12:00:00.000Z", False),
        ("2026-11-26T12:00:00.001Z", False),
    ],
)
def test_a_webhook_fails_for_days_after_three_of_them(
    since: str | None, monkeypatch: pytest.MonkeyPatch, *, is_long: bool
) -> None:
    monkeypatch.setattr(keys, "now", lambda: datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert webhooks.fails_for_days(Webhook(failing_since=since)) is is_long
