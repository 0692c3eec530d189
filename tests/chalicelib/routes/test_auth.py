"""Logging in over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.offline.world import DEMO


def login(api: str, **body: object) -> requests.Response:
    return requests.post(f"{api}/v1/auth/login", json=body, timeout=10)


def test_a_password_gives_a_token_that_works(api: str) -> None:
    """And nobody may keep the answer."""
    answer = login(api, username=DEMO.name, password=DEMO.password)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    given = answer.json()
    assert given["token_type"] == "Bearer"
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert requests.get(f"{api}/v1/images", headers=headers, timeout=10).status_code == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(api: str) -> None:
    """Nobody learns which accounts exist."""
    answers = [login(api, username=name, password="Wrong-pass-1") for name in (DEMO.name, "nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"username": "a"}, {"username": 1, "password": "x"}, {"username": "", "password": "x"}]
)
def test_what_is_no_log_in_is_refused(api: str, body: dict[str, object]) -> None:
    """400, naming the field."""
    assert login(api, **body).json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("PasswordResetRequiredException", "invalid_credentials"),
        ("UserLambdaValidationException", "invalid_credentials"),
        ("TooManyRequestsException", "too_many_requests"),
        ("LimitExceededException", "too_many_requests"),
        ("InternalErrorException", "internal_error"),
    ],
)
def test_what_cognito_refuses_has_a_code(api: str, monkeypatch: Any, refusal: str, code: str) -> None:
    """What moto never answers, put in its place: a reset that is due, a limit, trouble of its own."""

    class Refusing:
        def initiate_auth(self, **_named: Any) -> None:
            raise ClientError({"Error": {"Code": refusal}}, "InitiateAuth")

    monkeypatch.setattr(aws, "client", lambda _service: Refusing())
    assert login(api, username="demo", password="Some-pass-1").json()["code"] == code
