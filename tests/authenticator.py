"""An authenticator app, and accounts that have one: its codes are those of the cryptography package."""

from __future__ import annotations

import base64
import time

import requests
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

TIMEOUT = 20


def code(secret: str, steps: int = 0) -> str:
    """Return the code of a secret in base 32, now, or so many steps of 30 seconds later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    made = TOTP(key, 6, SHA1(), 30, enforce_key_length=False).generate(int(time.time()) + 30 * steps)
    return made.decode()


def wrong(secret: str) -> str:
    """Return six digits that are no code of a secret within minutes of now."""
    near = {code(secret, steps) for steps in range(-10, 11)}
    return next(text for text in ("000000", *(f"{digit}" * 6 for digit in range(1, 10))) if text not in near)


def enrol(api: str, token: str) -> str:
    """Give the account of an access token a second factor; return its secret. Codes of now are still unused.

    The token, like all others of the account, is of no more use then: `log_in` gets another.
    """
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{api}/v1/users/me/second-factor"
    made = requests.post(url, headers=headers, timeout=TIMEOUT)
    assert made.status_code == 201, made.text
    secret: str = made.json()["secret"]
    for _ in range(3):  # the code is the oldest that is taken: it may be too old when it arrives
        answer = requests.put(url, json={"code": code(secret, -1)}, headers=headers, timeout=TIMEOUT)
        if answer.status_code == 204:
            return secret
    raise AssertionError(answer.text)


def log_in(api: str, name: str, password: str, secret: str) -> dict[str, str]:
    """Return the tokens of an account with a second factor; the code of now is spent then."""
    given = {"username": name, "password": password}
    step = requests.post(f"{api}/v1/auth/login", json=given, timeout=TIMEOUT).json()
    told = {"username": step["username"], "session": step["session"], "code": code(secret)}
    answer = requests.post(f"{api}/v1/auth/second-factor", json=told, timeout=TIMEOUT)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens
