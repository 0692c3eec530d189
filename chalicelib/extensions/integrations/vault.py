"""Secrets of webhooks, encrypted before they are stored.

AES-256-GCM, bound to owner and webhook: a stored secret that was changed, or moved to another webhook, is not
readable. The key is derived from a secret of AWS Secrets Manager (`WEBHOOKS_KEY_SECRET`). Each sealed secret
names the version of the key that sealed it, so that those of former versions stay readable after a rotation, for
as long as Secrets Manager keeps their version: the one before the current always. `is_current` tells which are
to be sealed again.
"""

from __future__ import annotations

import base64
import hmac
import os
from typing import NamedTuple

from chalicelib import aws
from chalicelib.cache import Memory
from chalicelib.config import ConfigurationError, settings

KEY_SECONDS = 3600
"""How long a process keeps a key: so long a former version still seals after a rotation."""
_FORMAT = "v1"
_NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2
_LEAST_CHARACTERS = 32  # of the secret that keys are derived from: 128 bits even of hexadecimal digits


class UnreadableError(Exception):
    """A sealed secret was changed, was sealed for another webhook, or its key no longer exists."""


class _Key(NamedTuple):
    version: str
    value: bytes


_keys: Memory[str, _Key] = Memory()


def seal(secret: str, *, owner: str, webhook_id: str) -> str:
    """Return a secret as it may be stored, for this webhook alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  most requests seal nothing

    key, nonce = _key(), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key.value).encrypt(nonce, secret.encode(), _bound_to(key.version, owner, webhook_id))
    return f"{_FORMAT}.{key.version}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, owner: str, webhook_id: str) -> str:
    """Return the secret that was sealed for this webhook; raise UnreadableError where there is none."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  see `seal`
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    version, data = _parts(sealed, webhook_id)
    key = _key(version)
    try:
        secret = AESGCM(key.value).decrypt(
            data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound_to(version, owner, webhook_id)
        )
    except InvalidTag:
        raise UnreadableError(
            f"the secret of webhook {webhook_id} was changed, or was sealed for another webhook"
        ) from None
    return secret.decode()


def is_current(sealed: str) -> bool:
    """Tell whether the current version of the key sealed a secret; if not, unseal it and seal it again."""
    return _parts(sealed, "")[0] == _key().version


def _parts(sealed: str, webhook_id: str) -> tuple[str, bytes]:
    """Return the version of the key, and nonce and ciphertext."""
    form, _, rest = sealed.partition(".")
    version, _, text = rest.rpartition(".")
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    if form != _FORMAT or not version or len(data) <= _NONCE_BYTES:
        raise UnreadableError(f"the secret of webhook {webhook_id} is not in the form that `seal` writes")
    return version, data


def _bound_to(version: str, owner: str, webhook_id: str) -> bytes:
    return f"{_FORMAT}\0{version}\0{owner}\0{webhook_id}".encode()


def _key(version: str = "") -> _Key:
    """Return the key of a version, by default the current one."""
    known = _keys.get(version)
    if known is not None:
        return known
    client, named = aws.client("secretsmanager"), {"VersionId": version} if version else {}
    try:
        found = client.get_secret_value(SecretId=settings().webhooks_key_secret, **named)
    except client.exceptions.ResourceNotFoundException as error:
        if not version:
            raise ConfigurationError("WEBHOOKS_KEY_SECRET names no secret of AWS Secrets Manager") from error
        raise UnreadableError(
            f"version {version} of WEBHOOKS_KEY_SECRET no longer exists; secrets that it sealed must be made anew"
        ) from error
    text = found["SecretString"]
    if len(text) < _LEAST_CHARACTERS:
        raise ConfigurationError(
            f"WEBHOOKS_KEY_SECRET is a secret of {len(text)} characters; it needs {_LEAST_CHARACTERS} random ones"
        )
    key = _Key(found["VersionId"], hmac.digest(text.encode(), b"janus webhooks", "sha256"))
    _keys.keep(key.version, key, KEY_SECONDS)
    return _keys.keep(version, key, KEY_SECONDS)
