"""A webhook as its owner sees it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.presenters.webhook import webhook
from chalicelib.db.models import Webhook

CALL: Any = SimpleNamespace(link=lambda path: path)
ALWAYS = {
    "webhook_id": "wh_1",
    "url": "https://example.org/hook",
    "types": ["image.*", "quota.near"],
    "created": "2026-11-29T12:00:00.000Z",
    "public_keys": ["whpk_1"],
    "links": {"self": "/v1/webhooks/wh_1", "deliveries": "/v1/webhooks/wh_1/deliveries"},
}
LATER = "9999-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"enabled": True}, {"state": "enabled"}),
        ({"enabled": True, "description": "mine"}, {"state": "enabled", "description": "mine"}),
        ({"enabled": False}, {"state": "disabled", "disabled_because": "owner"}),
        ({"enabled": False, "disabled_because": "gone"}, {"state": "disabled", "disabled_because": "gone"}),
        (
            {"enabled": True, "failing_since": "2026-11-29T12:00:00.000Z", "failures": 7},
            {"state": "enabled", "failing_since": "2026-11-29T12:00:00.000Z", "failures": 7},
        ),
        (
            {"enabled": True, "failing_since": "2026-11-29T12:00:00.000Z"},
            {"state": "enabled", "failing_since": "2026-11-29T12:00:00.000Z", "failures": 0},
        ),
        ({"enabled": True, "failures": 7}, {"state": "enabled"}),
        ({"enabled": True, "paused_until": LATER}, {"state": "enabled", "paused_until": LATER}),
        ({"enabled": True, "paused_until": "2026-01-01T00:00:00.000Z"}, {"state": "enabled"}),
        (
            {"enabled": True, "previous_secret": "a", "previous_public_key": "whpk_0", "previous_until": LATER},
            {"state": "enabled", "rotated_until": LATER, "public_keys": ["whpk_1", "whpk_0"]},
        ),
    ],
)
def test_a_webhook_is_shown_without_its_secret(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    """With how it fares: failures while it fails, a pause while one lasts, former keys while they sign."""
    known: dict[str, Any] = {
        "url": ALWAYS["url"],
        "types": {"quota.near", "image.*"},
        "created": ALWAYS["created"],
    }
    item = Webhook("a", "b", webhook_id="wh_1", secret="sealed", public_key="whpk_1", **known, **attributes)
    assert webhook(CALL, item) == {**ALWAYS, **expected}
