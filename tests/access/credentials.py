"""Everything that may stand in a request's credentials: good, bad, and forged; each as the headers to send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = dict[str, str]


def bearer(token: str) -> Headers:
    """Return the headers that carry an access token."""
    return {"Authorization": f"Bearer {token}"}


@cache
def bad(access: str, identity: str) -> Mapping[str, Headers]:
    """Return the headers of every token that must not get in, made from a good access token and its id token.

    Those that are signed at all are signed with the issuer's own key, which moto ships: each is wrong in just the
    one thing that it is named for.
    """
    return {
        "expired": bearer(_signed(access, exp=int(time.time()) - 60)),
        "of another issuer": bearer(_signed(access, iss="https://elsewhere.example.org")),
        "of another audience": bearer(_signed(access, client_id="another", aud="another")),
        "tampered": bearer(_tampered(access)),
        "alg none": bearer(f"{_part({'alg': 'none', 'kid': 'dummy'})}.{access.split('.')[1]}."),
        "HS256 with the public key": bearer(_confused(access)),
        "an id token": bearer(identity),
    }


def _signed(token: str, **claims: Any) -> str:
    known = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode({**known, **claims}, _issuer_key(), algorithm="RS256", headers={"kid": kid})


@cache
def _issuer_key() -> Any:
    import gzip

    packed = resources.files("moto.cognitoidp").joinpath("resources/jwks-private.json.gz").read_bytes()
    return jwt.PyJWK({**json.loads(gzip.decompress(packed)), "alg": "RS256"}).key


def _tampered(token: str) -> str:
    """Return the token with another owner in it, and its old signature."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{_part({**claims, 'sub': 'somebody-else'})}.{signature}"


def _confused(token: str) -> str:
    """Return the token signed by HMAC, with the issuer's public key as the secret."""
    public = _issuer_key().public_key()
    secret = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = jwt.get_unverified_header(token)["kid"]
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{token.split('.')[1]}"
    signature = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
