"""Logging in over HTTP."""

from __future__ import annotations

import pytest
import requests

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
