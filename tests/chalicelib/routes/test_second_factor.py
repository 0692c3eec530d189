"""A second factor: setting it up, logging in with it, taking it away, and admins who need it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.api.security import rate_limit, second_factor
from chalicelib.cache import Memory
from chalicelib.config import settings
from tests import authenticator

if TYPE_CHECKING:
    from tests.conftest import User

PASSWORD = "Test-pass-12"
FACTOR = "/v1/users/me/second-factor"


def login(api: str, name: str, password: str = PASSWORD) -> requests.Response:
    return requests.post(
        f"{api}/v1/auth/login", json={"username": name, "password": password}, timeout=authenticator.TIMEOUT
    )


def answer_challenge(api: str, step: dict[str, Any], code: str) -> requests.Response:
    body = {"username": step["username"], "session": step["session"], "code": code}
    return requests.post(f"{api}/v1/auth/second-factor", json=body, timeout=authenticator.TIMEOUT)


def proof(code: str, password: str = PASSWORD) -> dict[str, str]:
    """Return the body by which a second factor is replaced or removed."""
    return {"password": password, "code": code}


def remove(http: requests.Session, api: str, code: str, password: str = PASSWORD) -> requests.Response:
    return http.post(f"{api}{FACTOR}/remove", json=proof(code, password))


def told(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def secret(api: str, user: User) -> str:
    """Return the secret of the user's second factor; the user's token is over."""
    return authenticator.enrol(api, user.token)


@pytest.fixture
def again(api: str, user: User, secret: str) -> requests.Session:
    """Return a session of the user that began with the second factor, after `secret`; the code of now is spent."""
    http = requests.Session()
    tokens = authenticator.log_in(api, user.owner, PASSWORD, secret)
    http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return http


@pytest.fixture
def later(again: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on 30 seconds after the log-in of `again`: the code of now is unused."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 30)


def test_a_secret_comes_as_apps_take_it(api: str, user: User) -> None:
    """In base 32, and as an address with issuer and name, which the app shows; nobody may keep the answer."""
    answer = user.http.post(f"{api}{FACTOR}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    made = answer.json()
    parts = urlsplit(made["uri"])
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", f"/Janus:{user.owner}")
    assert parse_qs(parts.query) == {"secret": [made["secret"]], "issuer": ["Janus"]}
    assert set(made["secret"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_login_needs_the_code_once_the_second_factor_is_set_up(api: str, user: User, secret: str) -> None:
    """The password alone gives a step and no token; the code then gives tokens that work."""
    first = login(api, user.owner)
    assert (first.status_code, first.headers["Cache-Control"]) == (202, "no-store")
    step = first.json()
    assert (step.keys(), step["challenge"]) == ({"challenge", "username", "session"}, "totp")
    given = answer_challenge(api, step, authenticator.code(secret))
    assert (given.status_code, given.headers["Cache-Control"]) == (200, "no-store")
    headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
    me = requests.get(f"{api}/v1/users/me", headers=headers, timeout=10)
    assert me.json()["owner"] == user.owner
    assert requests.get(f"{api}{FACTOR}", headers=headers, timeout=10).json() == {"enabled": True}
    body = {"refresh_token": given.json()["refresh_token"]}
    assert requests.post(f"{api}/v1/auth/refresh", json=body, timeout=10).json()["access_token"]


def test_setting_it_up_ends_every_session(api: str, user: User) -> None:
    """Also that of somebody who knew the password and logged in before; for the user pool, too."""
    intruder = login(api, user.owner).json()
    authenticator.enrol(api, user.token)
    for token in (user.token, intruder["access_token"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert told(requests.get(f"{api}{FACTOR}", headers=headers, timeout=10)) == (401, "unauthorized")
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            aws.client("cognito-idp").get_user(AccessToken=token)
    body = {"refresh_token": intruder["refresh_token"]}
    assert told(requests.post(f"{api}/v1/auth/refresh", json=body, timeout=10)) == (401, "unauthorized")


def test_a_wrong_code_ends_no_session(api: str, user: User) -> None:
    """Nothing has changed by it."""
    secret = user.http.post(f"{api}{FACTOR}").json()["secret"]
    assert user.http.put(f"{api}{FACTOR}", json={"code": authenticator.wrong(secret)}).status_code == 403
    assert user.http.get(f"{api}{FACTOR}").json() == {"enabled": False}


def test_a_code_with_the_space_that_apps_show_is_taken(api: str, user: User, secret: str) -> None:
    """123 456 is 123456."""
    code = authenticator.code(secret)
    assert answer_challenge(api, login(api, user.owner).json(), f"{code[:3]} {code[3:]}").status_code == 200


def test_a_wrong_code_can_be_corrected(api: str, user: User, secret: str) -> None:
    """403 `invalid_code`, and the same step takes the right one; a step that is done takes none."""
    step = login(api, user.owner).json()
    assert told(answer_challenge(api, step, authenticator.wrong(secret))) == (403, "invalid_code")
    assert answer_challenge(api, step, authenticator.code(secret)).status_code == 200
    assert told(answer_challenge(api, step, authenticator.code(secret, 1))) == (401, "invalid_credentials")


def test_a_code_works_once(api: str, user: User, secret: str) -> None:
    """Whoever has seen it typed cannot use it as well."""
    code = authenticator.code(secret)
    assert answer_challenge(api, login(api, user.owner).json(), code).status_code == 200
    assert told(answer_challenge(api, login(api, user.owner).json(), code)) == (403, "invalid_code")


def test_a_step_of_another_is_worth_nothing(api: str, user: User, other_user: User, secret: str) -> None:
    """The session belongs to one user, whoever's name and code come with it."""
    other = authenticator.enrol(api, other_user.token)
    step = login(api, user.owner).json() | {"username": other_user.owner}
    assert told(answer_challenge(api, step, authenticator.code(other))) == (401, "invalid_credentials")
    assert told(answer_challenge(api, step, authenticator.code(secret))) == (401, "invalid_credentials")


def test_a_step_is_over_after_three_minutes(
    api: str, user: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """401, and to begin again."""
    step, now = login(api, user.owner).json(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 182)
    answer = answer_challenge(api, step, authenticator.code(secret))
    assert told(answer) == (401, "invalid_credentials")
    assert "expired" in answer.json()["detail"]


def test_a_wrong_password_gives_no_step(api: str, user: User, secret: str) -> None:
    """And nothing tells that the account has a second factor."""
    answers = [login(api, name, "Wrong-pass-12").json() for name in (user.owner, "nobody")]
    assert [answer["code"] for answer in answers] == ["invalid_credentials"] * 2
    assert answers[0]["detail"] == answers[1]["detail"]


def test_a_second_factor_counts_only_with_a_code_of_its_app(api: str, user: User) -> None:
    """Else somebody whose app has another secret would be locked out."""
    url = f"{api}{FACTOR}"
    assert told(user.http.put(url, json={"code": "123456"})) == (403, "invalid_code")  # no secret yet
    secret = user.http.post(url).json()["secret"]
    assert told(user.http.put(url, json={"code": authenticator.wrong(secret)})) == (403, "invalid_code")
    assert login(api, user.owner).status_code == 200
    assert user.http.get(url).json() == {"enabled": False}


def test_another_app_counts_for_nothing_before_it_shows_a_code(
    api: str, user: User, secret: str, again: requests.Session, later: None
) -> None:
    """The first one works as before."""
    new = again.post(f"{api}{FACTOR}", json=proof(authenticator.code(secret))).json()["secret"]
    step = login(api, user.owner).json()
    assert told(answer_challenge(api, step, authenticator.code(new, 1))) == (403, "invalid_code")
    assert answer_challenge(api, step, authenticator.code(secret, 1)).status_code == 200


def test_another_app_takes_the_place_of_the_first(
    api: str, user: User, secret: str, again: requests.Session, later: None
) -> None:
    """Once it shows a code."""
    new = again.post(f"{api}{FACTOR}", json=proof(authenticator.code(secret))).json()["secret"]
    assert again.put(f"{api}{FACTOR}", json={"code": authenticator.code(new, 1)}).status_code == 204
    step = login(api, user.owner).json()
    assert told(answer_challenge(api, step, authenticator.code(secret, 1))) == (403, "invalid_code")


def test_another_app_needs_the_password_and_a_code_of_the_first(
    api: str, secret: str, again: requests.Session, later: None
) -> None:
    """Else an open browser could give the account to another app; what is missing is named."""
    for body in ({}, {"password": PASSWORD}, {"code": authenticator.code(secret)}):
        refused = again.post(f"{api}{FACTOR}", json=body)
        assert told(refused) == (400, "invalid_request")
        missing = {"#/password", "#/code"} - {f"#/{name}" for name in body}
        assert {one["pointer"] for one in refused.json()["errors"]} == missing
    assert told(again.post(f"{api}{FACTOR}")) == (400, "invalid_request")
    wrong = proof(authenticator.code(secret), "Wrong-pass-12")
    assert told(again.post(f"{api}{FACTOR}", json=wrong)) == (401, "invalid_credentials")
    refused = again.post(f"{api}{FACTOR}", json=proof(authenticator.wrong(secret)))
    assert told(refused) == (403, "invalid_code")
    assert told(again.put(f"{api}{FACTOR}", json={"code": "123456"})) == (403, "invalid_code")  # none was begun


def test_a_second_factor_is_taken_away(
    api: str, user: User, secret: str, again: requests.Session, later: None
) -> None:
    """Then the password is enough; without one, nothing happens."""
    for _ in range(2):
        assert remove(again, api, authenticator.code(secret)).status_code == 204
    assert login(api, user.owner).status_code == 200
    assert again.get(f"{api}{FACTOR}").json() == {"enabled": False}


def test_a_token_alone_takes_no_second_factor_away(
    api: str, user: User, secret: str, again: requests.Session, later: None
) -> None:
    """A wrong password or code, or one that was used, leaves it as it is."""
    code = authenticator.code(secret)
    assert told(again.delete(f"{api}{FACTOR}")) == (405, "method_not_allowed")
    for body in (None, {}, {"code": code}, {"password": PASSWORD}):
        assert told(again.post(f"{api}{FACTOR}/remove", json=body)) == (400, "invalid_request")
    refused = remove(again, api, code, "Wrong-pass-12")
    assert told(refused) == (401, "invalid_credentials")
    assert refused.json()["detail"] == "The password is wrong. Check it, then try again."
    assert told(remove(again, api, authenticator.wrong(secret))) == (403, "invalid_code")
    assert login(api, user.owner).status_code == 202
    assert answer_challenge(api, login(api, user.owner).json(), code).status_code == 200
    assert told(remove(again, api, code)) == (403, "invalid_code")
    assert again.get(f"{api}{FACTOR}").json() == {"enabled": True}


def test_password_and_code_of_another_account_are_of_no_use(
    api: str, other_user: User, again: requests.Session, later: None
) -> None:
    """They are checked for the account of the token."""
    other = authenticator.enrol(api, other_user.token)
    assert told(remove(again, api, authenticator.code(other))) == (403, "invalid_code")


def test_the_log_in_that_proves_leaves_no_session(
    api: str, secret: str, again: requests.Session, later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its refresh token is revoked; the caller's own session goes on."""
    cognito, given = aws.client("cognito-idp"), []
    respond = cognito.respond_to_auth_challenge

    def seen(**named: Any) -> Any:
        given.append(respond(**named))
        return given[-1]

    monkeypatch.setattr(cognito, "respond_to_auth_challenge", seen)
    assert remove(again, api, authenticator.code(secret)).status_code == 204
    body = {"refresh_token": given[0]["AuthenticationResult"]["RefreshToken"]}
    assert told(requests.post(f"{api}/v1/auth/refresh", json=body, timeout=10)) == (401, "unauthorized")
    assert again.get(f"{api}/v1/users/me").status_code == 200


def test_attempts_count_as_log_ins_of_the_address(
    api: str, user: User, secret: str, again: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of any kind, then 429 for a further log-in as for a further attempt, before the user pool is asked."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"auth": (3, 600)})
    monkeypatch.setattr(rate_limit, "limiter", rate_limit.Limiter())
    monkeypatch.setattr(rate_limit, "address", lambda _request: f"address:{user.owner}")
    wrong = authenticator.wrong(secret)
    assert told(remove(again, api, wrong, "Wrong-pass-12")) == (401, "invalid_credentials")
    assert told(again.post(f"{api}{FACTOR}", json=proof(wrong))) == (403, "invalid_code")
    assert login(api, user.owner, "Wrong-pass-12").status_code == 401
    assert login(api, user.owner).status_code == 429
    monkeypatch.setattr(aws.client("cognito-idp"), "initiate_auth", None)
    refused = remove(again, api, wrong)
    assert (*told(refused), refused.headers["RateLimit-Policy"]) == (429, "too_many_requests", '"auth";q=3;w=600')


def test_attempts_count_for_the_account_from_wherever_they_come(
    api: str, user: User, secret: str, again: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen token guesses no more passwords from many addresses."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"auth": (3, 600)})
    monkeypatch.setattr(rate_limit, "limiter", rate_limit.Limiter())
    places = (f"address:{number}.{user.owner}" for number in range(100))
    monkeypatch.setattr(rate_limit, "address", lambda _request: next(places))
    guesses = [remove(again, api, authenticator.wrong(secret), f"Wrong-pass-{number}") for number in range(5)]
    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429, 429]


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12 3456", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", " 123456"]
)
def test_what_is_no_code_is_refused(api: str, user: User, code: str) -> None:
    """400, before the user pool is asked."""
    assert told(user.http.put(f"{api}{FACTOR}", json={"code": code})) == (400, "invalid_request")


def test_a_token_that_the_user_pool_revoked_sets_nothing_up(api: str, user: User) -> None:
    """401: Janus itself would take it until it expires."""
    aws.client("cognito-idp").global_sign_out(AccessToken=user.token)
    assert told(user.http.post(f"{api}{FACTOR}")) == (401, "unauthorized")


def test_the_second_step_names_the_user_as_cognito_does(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the address: where people sign up with it, the pool's own name is another (USER_ID_FOR_SRP)."""
    asked: list[dict[str, Any]] = []
    challenge = {
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": "s" * 20,
        "ChallengeParameters": {"USER_ID_FOR_SRP": "0a1b-2c3d"},
    }
    cognito = aws.client("cognito-idp")
    monkeypatch.setattr(cognito, "initiate_auth", lambda **_: challenge)
    monkeypatch.setattr(cognito, "respond_to_auth_challenge", lambda **named: asked.append(named))
    step = login(api, "ada@example.org").json()
    assert step == {"challenge": "totp", "username": "0a1b-2c3d", "session": "s" * 20}
    answer_challenge(api, step, "123456")
    monkeypatch.setitem(vars(settings()), "auth_client_id", "client")
    monkeypatch.setitem(vars(settings()), "auth_client_secret", "key")
    answer_challenge(api, step | {"username": "ada"}, "123456")
    # printf 'adaclient' | openssl dgst -sha256 -hmac key -binary | base64
    assert asked[1]["ChallengeResponses"] == {
        "USERNAME": "ada",
        "SOFTWARE_TOKEN_MFA_CODE": "123456",
        "SECRET_HASH": "WOdHnkxDWeiucmcnuHVsiAkrSYzUGAZH/j/nbXgKfD0=",
    }
    assert asked[0]["ChallengeResponses"]["USERNAME"] == "0a1b-2c3d"


def test_a_step_that_leads_to_another_is_refused_with_its_name(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a new password, which neither the API nor the pages can set there."""
    further = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20, "ChallengeParameters": {}}
    monkeypatch.setattr(aws.client("cognito-idp"), "respond_to_auth_challenge", lambda **_: further)
    answer = answer_challenge(api, {"username": "ada", "session": "s" * 20}, "123456")
    assert told(answer) == (401, "invalid_credentials")
    assert answer.json()["detail"] == "The user pool requires another step first: NEW_PASSWORD_REQUIRED."


def test_a_second_step_introduces_the_account_as_a_login_does(api: str, user: User, secret: str) -> None:
    """Its profile is made, with the login name, where there is none yet."""
    step, profile = login(api, user.owner).json(), {"holder": f"owner:{user.owner}", "item": "profile"}
    key = {name: {"S": value} for name, value in profile.items()}
    aws.client("dynamodb").delete_item(TableName="janus-dev-accounts", Key=key)
    assert answer_challenge(api, step, authenticator.code(secret)).status_code == 200
    made = aws.client("dynamodb").get_item(TableName="janus-dev-accounts", Key=key)["Item"]
    assert (made["name"]["S"], made["state"]["S"]) == (user.owner.lower(), "active")


@pytest.mark.parametrize("judged", [True, False])
def test_the_user_pool_learns_the_caller_s_address_to_judge_by(
    api: str, monkeypatch: pytest.MonkeyPatch, *, judged: bool
) -> None:
    """With threat protection, in both steps: else all log-ins would seem to come from the function's address."""
    asked: list[Any] = []

    def refuse(**named: Any) -> None:
        asked.append(named.get("UserContextData"))
        raise ClientError({"Error": {"Code": "NotAuthorizedException"}}, "operation")

    for operation in ("initiate_auth", "respond_to_auth_challenge"):
        monkeypatch.setattr(aws.client("cognito-idp"), operation, refuse)
    monkeypatch.setitem(vars(settings()), "auth_threat_protection", judged)
    login(api, "ada")
    answer_challenge(api, {"username": "ada", "session": "s" * 20}, "123456")
    assert asked == [{"IpAddress": "127.0.0.1"} if judged else None] * 2


def with_second_factor(api: str, admin: User) -> None:
    """Set an admin's second factor up, and log the admin in with it."""
    secret = authenticator.enrol(api, admin.token)
    tokens = authenticator.log_in(api, admin.owner, PASSWORD, secret)
    admin.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have admins need a second factor, and nobody's be remembered."""
    monkeypatch.setitem(vars(settings()), "admins_need_second_factor", True)
    monkeypatch.setattr(second_factor, "_seen", Memory())


@pytest.mark.medium
@pytest.mark.usefixtures("strict")
def test_an_admin_needs_a_second_factor_where_the_stage_says_so(api: str, admin: User, user: User) -> None:
    """403 with a code of its own, on routes for admins alone; at once when the factor is there."""
    url = f"{api}/v1/admin/system"
    refused = admin.http.get(url)
    assert told(refused) == (403, "second_factor_required")
    assert "/account/second-factor" in refused.json()["detail"]
    assert admin.http.get(f"{api}/v1/images").status_code == 200
    assert told(user.http.get(url)) == (403, "forbidden")
    with_second_factor(api, admin)
    assert admin.http.get(url).status_code == 200


@pytest.mark.medium
@pytest.mark.usefixtures("strict")
def test_the_user_pool_is_asked_once_in_a_while(api: str, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """An admin's second factor is remembered; its absence is not."""
    cognito = aws.client("cognito-idp")
    asked, get_user = [], cognito.get_user

    def counted(**named: Any) -> Any:
        asked.append(named)
        return get_user(**named)

    monkeypatch.setattr(cognito, "get_user", counted)
    for _ in range(2):
        assert admin.http.get(f"{api}/v1/admin/system").status_code == 403
    assert len(asked) == 2
    with_second_factor(api, admin)
    asked.clear()  # setting up asks, too
    for _ in range(3):
        assert admin.http.get(f"{api}/v1/admin/system").status_code == 200
    assert len(asked) == 1


def test_elsewhere_an_admin_needs_none(api: str, admin: User) -> None:
    """Unless the stage says so."""
    assert admin.http.get(f"{api}/v1/admin/system").status_code == 200
