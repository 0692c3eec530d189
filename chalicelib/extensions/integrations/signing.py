"""Sign webhooks as Standard Webhooks 1.0 has it, so that its libraries verify them in any language.

The signed text is `id.timestamp.body`. `v1` is its HMAC-SHA256 under a secret that both sides know; `v1a` its
Ed25519 signature, which a published key verifies. While a secret or key is being replaced, the header has a
signature by each, and the receiver accepts any.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX = "whsec_"  # noqa: S105  the prefix, no secret
PRIVATE_KEY_PREFIX = "whsk_"
PUBLIC_KEY_PREFIX = "whpk_"
SECRET_BYTES = (24, 64)
"""The least and the most bytes of a secret."""
_NEW_SECRET_BYTES = 32  # the length of SHA-256 (RFC 2104, section 3)
_KEY_BYTES = 32  # RFC 8032, section 5.1.5
_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class MalformedSecretError(ValueError):
    """A text is neither a secret nor a private key of Standard Webhooks; the message has no part of it."""


def new_secret() -> str:
    """Return a random secret, `whsec_...`."""
    return SECRET_PREFIX + _text(secrets.token_bytes(_NEW_SECRET_BYTES))


def new_private_key() -> str:
    """Return a random private key of Ed25519, `whsk_...`."""
    return PRIVATE_KEY_PREFIX + _text(secrets.token_bytes(_KEY_BYTES))


def public_key(private_key: str) -> str:
    """Return the public key, `whpk_...`, of a private one; raise MalformedSecretError where it is not one."""
    return PUBLIC_KEY_PREFIX + _text(_private_key(private_key).public_key().public_bytes_raw())


def headers(event_id: str, timestamp: int, body: bytes, signers: Iterable[str]) -> dict[str, str]:
    """Return the headers of an attempt, with a signature by each secret (`whsec_...`) or private key (`whsk_...`).

    The id is the same at every attempt, 1 to 64 of `A-Z a-z 0-9 _ -` (a dot would make the signed text ambiguous);
    `timestamp` is the attempt's, in seconds since 1970. Raise MalformedSecretError for a malformed secret or key,
    ValueError for another id or without any signer.
    """
    if not _EVENT_ID.fullmatch(event_id):
        raise ValueError(f"an event's id has 1 to 64 letters, digits, _ and -, unlike {event_id!r}")
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = [_sign(signer, signed) for signer in signers]
    if not signatures:
        raise ValueError("a webhook needs at least one secret or key to sign with")
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _sign(signer: str, signed: bytes) -> str:
    if signer.startswith(PRIVATE_KEY_PREFIX):
        return f"v1a,{_text(_private_key(signer).sign(signed))}"
    secret = _decoded(signer, SECRET_PREFIX)
    least, most = SECRET_BYTES
    if not least <= len(secret) <= most:
        raise MalformedSecretError(f"a secret has {least} to {most} bytes; this one has {len(secret)}")
    return f"v1,{_text(hmac.digest(secret, signed, 'sha256'))}"


def _private_key(text: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  most webhooks have no key

    seed = _decoded(text, PRIVATE_KEY_PREFIX)
    if len(seed) != _KEY_BYTES:
        raise MalformedSecretError(f"a private key has {_KEY_BYTES} bytes; this one has {len(seed)}")
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


def _decoded(text: str, prefix: str) -> bytes:
    try:
        if text.startswith(prefix):
            return base64.b64decode(text.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        pass
    raise MalformedSecretError(f"this is not {prefix} and base64") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
