"""A receiver, and a webhook of an owner that leads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.extensions.integrations import webhooks
from tests.chalicelib.extensions.integrations.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.extensions.integrations.webhooks import Made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that the sender may call, as it may offline."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def webhook(aws: str, owner: str, receiver: Receiver) -> Made:
    """Return a webhook of the owner that asks for all events."""
    assert aws
    return webhooks.make(owner, receiver.url, ["*"], None)
