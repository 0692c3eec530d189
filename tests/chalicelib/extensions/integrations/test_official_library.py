"""The receiver's side: the official library of Standard Webhooks verifies the requests that really go out."""

from __future__ import annotations

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.config import settings
from chalicelib.extensions.integrations import sender, signing
from tests.chalicelib.extensions.integrations.receivers import receiving

BODY = '{"type": "image.ready", "data": {"title": "Zürich 東京"}}'.encode()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Admit this machine, where the receiver is."""
    monkeypatch.setitem(vars(settings()), "webhooks_allow_loopback", True)


def received(*signers: str, age: int = 0) -> tuple[bytes, dict[str, str]]:
    """Send one webhook over a socket; return body and headers as its receiver has them."""
    signed = signing.headers("evt_1", int(time.time()) - age, BODY, signers)
    with receiving() as receiver:
        assert sender.send(f"http://127.0.0.1:{receiver.port}/", signed, BODY).delivered
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return body, {name: value for name, _, value in lines}


def test_the_library_verifies_a_webhook() -> None:
    """By the secret that its owner was shown."""
    secret = signing.new_secret()
    body, headers = received(secret)
    verified = Webhook(secret).verify(body, headers)
    assert verified == {"type": "image.ready", "data": {"title": "Zürich 東京"}}
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(body, headers)


@pytest.mark.parametrize("known", [0, 1])
def test_both_secrets_of_a_rotation_verify(known: int) -> None:
    """Beside the signature of a key, which this library passes over."""
    secrets = [signing.new_secret(), signing.new_secret()]
    body, headers = received(secrets[0], signing.new_private_key(), secrets[1])
    assert Webhook(secrets[known]).verify(body, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_is_refused(name: str) -> None:
    """Id and time are signed, too."""
    secret = signing.new_secret()
    body, headers = received(secret)
    value = {"webhook-id": "evt_2", "webhook-timestamp": str(int(time.time()) + 9)}[name]
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(body, {**headers, name: value})


def test_a_changed_body_is_refused() -> None:
    """By one byte."""
    secret = signing.new_secret()
    body, headers = received(secret)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(body + b" ", headers)


def test_a_replayed_request_is_refused() -> None:
    """After five minutes, by the receiver's clock."""
    secret = signing.new_secret()
    body, headers = received(secret, age=301)
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(body, headers)
