"""Who gets in: the holder of a valid access token of our issuer and client, and nobody else."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.api.security import authenticate
from chalicelib.config import settings

NESTED = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=") + ".e30.e30"


def get(api: str, token: str | None, scheme: str = "Bearer") -> requests.Response:
    headers = {} if token is None else {"Authorization": f"{scheme} {token}"}
    return requests.get(f"{api}/v1/images", headers=headers, timeout=10)


def forge(token: str, *, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
    """Return the token with other claims, signed with a key of our own under the issuer's key id."""
    known = jwt.decode(token, options={"verify_signature": False})
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    return jwt.encode({**known, **claims}, key, algorithm=algorithm, headers=headers)


def test_a_valid_access_token_gets_in(api: str, user: Any) -> None:
    """Verified for real, against the keys that the issuer publishes."""
    assert get(api, user.token).status_code == 200
    assert get(api, user.token, scheme="bEARER").status_code == 200


def test_without_a_token_there_is_a_401_that_says_how(api: str) -> None:
    """With the challenge that RFC 6750 asks for."""
    answer = get(api, None)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="janus"'
    assert answer.json()["challenge"] == 'Bearer realm="janus"'  # API Gateway renames the header


def test_a_refused_token_is_answered_with_a_challenge(api: str, user: Any) -> None:
    """The challenge names the fault (RFC 6750, section 3.1)."""
    answer = get(api, forge(user.token))
    challenge = answer.headers["WWW-Authenticate"]
    assert answer.json()["challenge"] == challenge
    assert challenge.startswith('Bearer realm="janus", error="invalid_token", error_description="')


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "é", "..", "e30.e30.e30", "a" * 9000, "\x7f", NESTED])
def test_a_broken_token_is_refused(api: str, token: str) -> None:
    """For any text after `Bearer`."""
    answer = requests.get(f"{api}/v1/images", headers={"Authorization": f"Bearer {token}".encode()}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_a_token_signed_by_another_is_refused(api: str, user: Any) -> None:
    """The key id alone proves nothing."""
    assert get(api, forge(user.token)).status_code == 401


def test_a_token_without_a_signature_is_refused(api: str, user: Any) -> None:
    """`alg: none` in every spelling."""
    payload = user.token.split(".")[1]
    for algorithm in ("none", "None", "NONE", ""):
        header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode()
        assert get(api, f"{header.rstrip('=')}.{payload}.").status_code == 401


def test_a_token_signed_with_the_public_key_as_secret_is_refused(api: str, user: Any) -> None:
    """RS256 only: the known confusion of HS256 with a public key does not work."""
    keys = jwt.PyJWKClient(settings().auth_jwks_url).get_signing_key_from_jwt(user.token)
    public = keys.key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header, payload = ({"alg": "HS256", "kid": keys.key_id}, user.token.split(".")[1])
    import hashlib
    import hmac

    first = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    signature = hmac.digest(public, f"{first}.{payload}".encode(), hashlib.sha256)
    token = f"{first}.{payload}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    assert get(api, token).status_code == 401


def test_a_changed_token_is_refused(api: str, user: Any) -> None:
    """One letter of the payload is enough."""
    header, payload, signature = user.token.split(".")
    changed = payload[:20] + ("A" if payload[20] != "A" else "B") + payload[21:]
    assert get(api, f"{header}.{changed}.{signature}").status_code == 401


def test_the_id_token_is_no_access_token(api: str, aws: str) -> None:
    """The issuer's own id token, rightly signed, does not get in."""
    from chalicelib import aws as clients
    from chalicelib.api.security.cognito import proven
    from chalicelib.offline.provisioning import DEMO

    answer = clients.client("cognito-idp").initiate_auth(
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=proven({"USERNAME": DEMO.name, "PASSWORD": DEMO.password}),
    )
    assert get(api, answer["AuthenticationResult"]["IdToken"]).status_code == 401


def test_a_disabled_account_is_told_so(api: str, user: Any) -> None:
    """403 with its own code; and it gets in again when it is enabled."""
    from chalicelib.db import accounts
    from chalicelib.db.models import ACTIVE, DISABLED

    assert get(api, user.token).status_code == 200
    accounts.change(user.owner, state=DISABLED)
    answer = get(api, user.token)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")
    accounts.change(user.owner, state=ACTIVE)
    assert get(api, user.token).status_code == 200


def test_a_role_that_an_admin_has_set_wins_over_the_token(api: str, user: Any) -> None:
    """In both directions."""
    from chalicelib.db import accounts

    for role in ("admin", "user"):
        get(api, user.token)
        accounts.change(user.owner, role=role)
        assert user.http.get(f"{api}/v1/users/me").json()["role"] == role


def test_a_token_and_a_key_at_once_are_refused(api: str, user: Any) -> None:
    """Which of them should count, nobody could tell."""
    headers = {"Authorization": f"Bearer {user.token}", "X-API-Key": "janus_x"}
    answer = requests.get(f"{api}/v1/images", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, ""),
        ("Bearer abc.def", "abc.def"),
        ("bearer  abc.def ", "abc.def"),
        ("Basic dXNlcjpwYXNz", ""),
        ("abc.def", ""),
        ("Bearer", ""),
    ],
)
def test_only_a_bearer_s_credentials_are_an_access_token(header: str | None, token: str) -> None:
    """RFC 6750, section 2.1; the scheme in any case (RFC 9110, section 11.1)."""
    assert authenticate.bearer({} if header is None else {"authorization": header}) == token
