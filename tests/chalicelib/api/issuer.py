"""An issuer of the tests: a key pair, and a server that publishes the public key, to sign unusual tokens."""

from __future__ import annotations

import json
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.api.security import tokens
from chalicelib.cache import Memory
from chalicelib.config import settings
from tests import servers

if TYPE_CHECKING:
    import pytest

ISSUER = "https://issuer.example.org"
CLIENT = "a-client"


@cache
def _key(_key_id: str) -> rsa.RSAPrivateKey:
    """Return the key of an id, the same for every issuer: to make one takes as long as ten requests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Serves its keys while it is entered; counts how often they are fetched."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches, self.broken = 0, False
        self.add("first")
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                self.send_response(500 if issuer.broken else 200)
                self.end_headers()
                self.wfile.write(b"" if issuer.broken else json.dumps(issuer.published()).encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"

    def __enter__(self) -> Self:
        self._stop = servers.start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def add(self, key_id: str) -> None:
        """Begin to sign with another key, too."""
        self.keys[key_id] = _key(key_id)

    def published(self) -> dict[str, Any]:
        """Return the set of public keys."""
        keys = []
        for key_id, key in self.keys.items():
            known = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append({**known, "kid": key_id, "use": "sig", "alg": "RS256"})
        return {"keys": keys}

    def sign(self, key_id: str = "first", /, **claims: Any) -> str:
        """Return a token with the claims of a good one, but for those given; None leaves one out."""
        now = int(time.time())
        known = {
            "iss": ISSUER,
            "sub": "somebody",
            "client_id": CLIENT,
            "token_use": "access",
            "iat": now,
            "exp": now + 3600,
        }
        wanted = {name: value for name, value in {**known, **claims}.items() if value is not None}
        return jwt.encode(wanted, self.keys[key_id], algorithm="RS256", headers={"kid": key_id})

    def install(self, monkeypatch: pytest.MonkeyPatch, **auth: str | None) -> None:
        """Make it the issuer whose tokens are taken, with nothing remembered; `auth` are settings."""
        monkeypatch.setattr(tokens, "_identities", Memory())
        keys = tokens.IssuerKeys(self.url)
        monkeypatch.setattr(tokens, "issuer_keys", lambda: keys)
        chosen = {"auth_issuer": ISSUER, "auth_client_id": CLIENT, "auth_audience": None, **auth}
        for name, value in chosen.items():
            monkeypatch.setattr(settings(), name, value)
