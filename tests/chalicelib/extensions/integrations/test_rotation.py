"""Rotated secrets: each signs for its 24 hours, however many there are."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.db import keys
from chalicelib.extensions.integrations import deliver, vault, webhooks
from tests.chalicelib.extensions.integrations.test_deliver import due, fresh, told, waiting

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    import pytest

    from chalicelib.extensions.integrations.webhooks import Made
    from tests.chalicelib.extensions.integrations.receiver import Receiver

HOUR = timedelta(hours=1)


def rotated(webhook: Made) -> str:
    """Rotate; return the new secret."""
    made = webhooks.rotate(fresh(webhook))
    assert made is not None
    return made.keys.secret


def signed_by(webhook: Made, receiver: Receiver, secrets: list[str]) -> list[bool]:
    """Deliver an event; tell of each secret whether it signs, and assert that there is no other signature."""
    receiver.requests.clear()
    made = told(webhook.item.owner, str(keys.now()))
    deliver.deliver(due(webhook, made))
    waiting()
    (request,) = receiver.requests
    text = f"{made.event_id}.{request.headers['webhook-timestamp']}.".encode() + request.body
    signatures = request.headers["webhook-signature"].split(" ")
    expected = [
        base64.b64encode(hmac.digest(base64.b64decode(one.removeprefix("whsec_")), text, hashlib.sha256)).decode()
        for one in secrets
    ]
    found = [f"v1,{one}" in signatures for one in expected]
    assert [one.partition(",")[0] for one in signatures].count("v1") == sum(found)
    assert [one.partition(",")[0] for one in signatures].count("v1a") == sum(found)
    return found


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(keys, "now", lambda: moment)
    webhooks._known._kept.clear()


def test_every_rotated_secret_signs_for_24_hours(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second rotation within them does not end the first secret."""
    begin = keys.now()
    secrets = [webhook.keys.secret]
    for hours in (0, 1, 2):
        at(monkeypatch, begin + hours * HOUR)
        secrets.append(rotated(webhook))
    assert signed_by(webhook, receiver, secrets) == [True, True, True, True]
    at(monkeypatch, begin + 23.9 * HOUR)
    assert signed_by(webhook, receiver, secrets) == [True, True, True, True]
    at(monkeypatch, begin + 24.1 * HOUR)
    assert signed_by(webhook, receiver, secrets) == [False, True, True, True]
    at(monkeypatch, begin + 26.1 * HOUR)
    assert signed_by(webhook, receiver, secrets) == [False, False, False, True]
    assert not webhooks.former(fresh(webhook))


def test_a_fourth_rotation_ends_the_oldest_secret(webhook: Made, receiver: Receiver) -> None:
    """Who loses a new secret gets another one, and the number of signatures is bounded."""
    secrets = [webhook.keys.secret, *(rotated(webhook) for _ in range(4))]
    assert signed_by(webhook, receiver, secrets) == [False, True, True, True, True]


def test_two_rotations_at_once_follow_one_another(webhook: Made, receiver: Receiver) -> None:
    """Both answers show a secret: both sign."""
    first, second = fresh(webhook), fresh(webhook)
    made = [webhooks.rotate(first), webhooks.rotate(second)]
    secrets = [webhook.keys.secret, *(one.keys.secret for one in made if one)]
    assert signed_by(webhook, receiver, secrets) == [True, True, True]


def test_a_webhook_that_is_gone_is_not_rotated(webhook: Made) -> None:
    item = fresh(webhook)
    webhooks.delete(item.owner, item.webhook_id)
    assert webhooks.rotate(item) is None
    assert fresh(webhook) is None


def test_sealing_anew_does_not_undo_a_rotation(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt under way knows the secret before; the vault's key was rotated, too."""
    stale: Any = fresh(webhook)
    new = rotated(webhook)
    with monkeypatch.context() as patched:
        patched.setattr(vault, "is_current", lambda _sealed: False)
        webhooks.signers(stale)
    assert signed_by(webhook, receiver, [webhook.keys.secret, new]) == [True, True]


def test_a_rotation_of_an_earlier_release_still_signs(webhook: Made, receiver: Receiver) -> None:
    """It stored one former secret in the same attributes."""
    item = fresh(webhook)
    new = rotated(webhook)
    webhooks.change(
        item.owner,
        item.webhook_id,
        previous_secret=item.secret,
        previous_public_key=item.public_key,
        previous_until=keys.timestamp(keys.now() + HOUR),
    )
    assert signed_by(webhook, receiver, [webhook.keys.secret, new]) == [True, True]
