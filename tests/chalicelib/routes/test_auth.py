"""Signing up, logging in and out, new passwords: over HTTP, and telling nobody which accounts exist."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.api.security import cognito
from chalicelib.config import settings
from chalicelib.db import accounts
from chalicelib.offline.provisioning import CODE, DEMO

PASSWORD = "a-long-passphrase"


def post(api: str, route: str, **body: object) -> requests.Response:
    return requests.post(f"{api}/v1/auth/{route}", json=body, timeout=10)


def login(api: str, **body: object) -> requests.Response:
    return post(api, "login", **body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def fresh() -> str:
    """Return an address that nobody has."""
    return f"User-{uuid.uuid4().hex[:12]}@example.org"


@pytest.fixture
def member(api: str, fresh: str) -> str:
    """Return the address of somebody who has signed up and confirmed."""
    assert post(api, "signup", email=fresh, password=PASSWORD).status_code == 202
    assert post(api, "confirm", username=fresh, code=CODE).status_code == 204
    return fresh


def told(answer: requests.Response) -> tuple[int, dict[str, Any]]:
    """Return status and body of an answer, without the request's id."""
    body = answer.json()
    body.pop("request_id", None)
    return answer.status_code, body


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


def test_signing_up_leads_to_a_token(api: str, fresh: str) -> None:
    """Address, code, password: then one is in; before the code is given, one is not."""
    assert post(api, "signup", email=fresh, password=PASSWORD).status_code == 202
    assert login(api, username=fresh, password=PASSWORD).json()["code"] == "invalid_credentials"
    assert post(api, "resend", username=fresh).status_code == 202
    assert post(api, "confirm", username=fresh, code=CODE).status_code == 204
    given = login(api, username=fresh.upper(), password=PASSWORD).json()
    me = requests.get(f"{api}/v1/users/me", headers=bearer(given["access_token"]), timeout=10).json()
    assert me["name"] == fresh.lower()


def test_the_login_name_is_noted_for_those_who_search(api: str, user: Any) -> None:
    """Also where the account was there before; accounts closed by an admin or job stay closed."""
    user.http.get(f"{api}/v1/images")
    accounts.introduce(user.owner, "Ada@Example.org")
    accounts.introduce(user.owner, "other@example.org")
    profile = accounts.get(user.owner, consistent=True)
    assert profile is not None
    assert profile.name == "ada@example.org"


@pytest.mark.parametrize("route", ["signup", "resend", "forgot"])
def test_what_sends_a_letter_tells_not_to_whom(api: str, member: str, route: str) -> None:
    """A known address and an unknown one get the same answer, to the letter."""
    who = "email" if route == "signup" else "username"
    more = {"password": PASSWORD} if route == "signup" else {}
    answers = [post(api, route, **{who: name, **more}) for name in (member, f"x{member}")]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 202


def test_a_second_sign_up_changes_nothing(api: str, member: str) -> None:
    """The password stays that of the first."""
    post(api, "signup", email=member, password="another-passphrase")
    assert login(api, username=member, password=PASSWORD).status_code == 200
    assert login(api, username=member, password="another-passphrase").status_code == 401


@pytest.mark.parametrize("route", ["confirm", "reset"])
def test_a_wrong_code_tells_not_of_whom(api: str, member: str, route: str) -> None:
    """Nor does a right one of somebody unknown."""
    more = {"password": PASSWORD} if route == "reset" else {}
    tried = [(member, "000000"), (f"x{member}", "000000"), (f"x{member}", CODE)]
    answers = [post(api, route, username=name, code=code, **more) for name, code in tried]
    assert told(answers[0]) == told(answers[1]) == told(answers[2])
    assert answers[0].json()["code"] == "invalid_code"


UNTAKEN = [
    "short",
    "elevenchars",
    " white space before it",
    "white space behind it ",
    "two\nlines here",
    "x" * 257,
]


@pytest.mark.parametrize("password", UNTAKEN)
@pytest.mark.parametrize("route", ["signup", "reset"])
def test_a_password_that_is_not_taken_is_told(api: str, member: str, password: str, route: str) -> None:
    """With the required credentials, the same for everybody."""
    fields = {"signup": ("email", {}), "reset": ("username", {"code": CODE})}
    who, more = fields[route]
    answers = [post(api, route, **{who: name}, password=password, **more) for name in (member, f"x{member}")]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].json()["code"] == "invalid_request"
    assert "password" in answers[0].json()["detail"]


def test_a_passphrase_may_have_spaces(api: str) -> None:
    """Between its words: it is set, and logs in; another does not."""
    name = f"{uuid.uuid4().hex}@example.org"
    assert post(api, "signup", email=name, password="correct horse  battery staple").status_code == 202
    assert post(api, "confirm", username=name, code=CODE).status_code == 204
    assert login(api, username=name, password="correct horse  battery staple").status_code == 200
    assert login(api, username=name, password="correct horse battery staple").status_code == 401


@pytest.mark.parametrize(
    "email", ["", "a", "a@b", "@b.org", "a b@c.org", "a@-b.org", "a@b..org", f"{'a' * 120}@b.org.net"]
)
def test_what_is_no_address_cannot_sign_up(api: str, email: str) -> None:
    """Before anything is sent."""
    assert post(api, "signup", email=email, password=PASSWORD).json()["code"] == "invalid_request"


def test_a_forgotten_password_is_replaced(api: str, member: str) -> None:
    """The old one opens nothing any more."""
    assert post(api, "forgot", username=member).status_code == 202
    assert post(api, "reset", username=member, code=CODE, password="x" * 256).status_code == 204
    assert login(api, username=member, password=PASSWORD).status_code == 401
    assert login(api, username=member, password="x" * 256).status_code == 200


def test_a_refresh_token_gives_access_until_it_is_revoked(api: str, member: str) -> None:
    """Logging out twice is no error; an invalid refresh token gives nothing."""
    given = login(api, username=member, password=PASSWORD).json()
    answer = post(api, "refresh", refresh_token=given["refresh_token"])
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    headers = bearer(answer.json()["access_token"])
    assert requests.get(f"{api}/v1/images", headers=headers, timeout=10).status_code == 200
    for _ in range(2):
        assert post(api, "logout", refresh_token=given["refresh_token"]).status_code == 204
    for token in (given["refresh_token"], "nonsense", given["access_token"]):
        answer = post(api, "refresh", refresh_token=token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_logging_out_everywhere_ends_every_session(api: str, member: str) -> None:
    """Access tokens that were given out before included; a new log-in works."""
    sessions = [login(api, username=member, password=PASSWORD).json() for _ in range(2)]
    headers = bearer(sessions[0]["access_token"])
    answer = requests.post(f"{api}/v1/auth/logout/everywhere", headers=headers, timeout=10)
    assert answer.status_code == 204
    for session in sessions:
        headers = bearer(session["access_token"])
        assert requests.get(f"{api}/v1/images", headers=headers, timeout=10).status_code == 401
        assert post(api, "refresh", refresh_token=session["refresh_token"]).status_code == 401
    headers = bearer(login(api, username=member, password=PASSWORD).json()["access_token"])
    assert requests.get(f"{api}/v1/images", headers=headers, timeout=10).status_code == 200


def test_a_log_in_right_after_logging_out_everywhere_works(api: str, member: str) -> None:
    """Also at the beginning of a second, within which the times in tokens are all the same."""
    old = login(api, username=member, password=PASSWORD).json()["access_token"]
    time.sleep(1.01 - time.time() % 1)
    begun = int(time.time())
    answer = requests.post(f"{api}/v1/auth/logout/everywhere", headers=bearer(old), timeout=10)
    assert (answer.status_code, int(time.time())) == (204, begun + 1)
    new = login(api, username=member, password=PASSWORD).json()["access_token"]
    statuses = [
        requests.get(f"{api}/v1/images", headers=bearer(token), timeout=10).status_code for token in (old, new)
    ]
    assert statuses == [401, 200]


@pytest.mark.parametrize("route", [
    "signup", "confirm", "resend", "login", "second-factor", "refresh", "logout", "forgot", "reset",
])  # fmt: skip
def test_another_issuer_keeps_its_users_itself(api: str, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    """404, and where to go instead."""
    monkeypatch.setattr(settings(), "user_pool", None)
    body = {
        "signup": {"email": "a@b.org", "password": PASSWORD},
        "confirm": {"username": "a", "code": "1"},
        "login": {"username": "a", "password": "b"},
        "second-factor": {"username": "a", "session": "s" * 20, "code": "123456"},
        "refresh": {"refresh_token": "a"},
        "logout": {"refresh_token": "a"},
        "reset": {"username": "a", "code": "1", "password": PASSWORD},
    }.get(route, {"username": "a"})
    answer = post(api, route, **body)
    assert (answer.status_code, answer.json()["code"]) == (404, "users_elsewhere")
    assert settings().auth_issuer in answer.json()["detail"]


class Refusing:
    """Cognito, when it refuses everything for one reason, which moto never does."""

    def __init__(self, Code: str, Message: str = "") -> None:  # noqa: N803  botocore's names
        self._error = {"Code": Code, "Message": Message}

    def __getattr__(self, operation: str) -> Any:
        def refuse(**_named: Any) -> None:
            raise ClientError({"Error": self._error}, operation)

        return refuse


@pytest.mark.parametrize(
    ("route", "reason", "status"),
    [
        ("forgot", "LimitExceededException", 202),  # that of one account: to tell it would tell of the account
        ("forgot", "InvalidParameterException", 202),
        ("forgot", "CodeDeliveryFailureException", 202),
        ("forgot", "NotAuthorizedException", 202),
        ("resend", "InvalidParameterException", 202),
        ("forgot", "TooManyRequestsException", 429),
        ("confirm", "ExpiredCodeException", 403),
        ("confirm", "NotAuthorizedException", 403),
        ("confirm", "TooManyFailedAttemptsException", 403),
        ("confirm", "TooManyRequestsException", 429),
        ("confirm", "InternalErrorException", 500),
    ],
)
def test_what_cognito_says_of_one_account_stays_there(
    api: str, monkeypatch: pytest.MonkeyPatch, route: str, reason: str, status: int
) -> None:
    """An unknown name would get the same answer."""
    monkeypatch.setattr(aws, "client", lambda _service: Refusing(reason))
    body = {"username": "a@b.org", **({"code": "1"} if route == "confirm" else {})}
    assert post(api, route, **body).status_code == status


@pytest.mark.parametrize(
    "sends", [("signup", "sign_up"), ("resend", "resend_confirmation_code"), ("forgot", "forgot_password")]
)
@pytest.mark.parametrize(
    "reason", ["CodeDeliveryFailureException", "InvalidEmailRoleAccessPolicyException", "LimitExceededException"]
)
def test_mail_that_is_not_sent_is_an_error_in_the_log(
    api: str, monkeypatch: pytest.MonkeyPatch, caplog: Any, sends: tuple[str, str], reason: str
) -> None:
    """The answer is that of mail that is sent, and promises none: unknown addresses get no mail either."""
    route, operation = sends
    body = {"email": "a@b.org", "password": PASSWORD} if route == "signup" else {"username": "a@b.org"}
    sent = told(post(api, route, **body))
    assert not any(record.message == "mail_not_sent" for record in caplog.records)
    monkeypatch.setattr(aws, "client", lambda _service: Refusing(reason))
    assert told(post(api, route, **body)) == sent
    assert sent[0] == 202
    assert "on its way" not in sent[1]["detail"]
    (logged,) = [record for record in caplog.records if record.message == "mail_not_sent"]
    assert (logged.levelname, logged.operation) == ("ERROR", operation)
    assert reason in logged.cause


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
    """Answers that moto never gives, put in its place: a reset that is due, a limit, trouble of its own."""
    monkeypatch.setattr(aws, "client", lambda _service: Refusing(refusal))
    assert login(api, username="demo", password="Some-pass-1").json()["code"] == code


def test_an_error_that_nobody_expects_is_raised(app: Any) -> None:
    """As AWS has it, for the log; the caller's answer is 500."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cognito.ask("initiate_auth", ClientId="no-client", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={})


def test_a_refresh_needs_no_user_name(api: str, member: str) -> None:
    """Clients of before the secret send none, others may: the secret itself is the proof, no hash over a name."""
    token = login(api, username=member, password=PASSWORD).json()["refresh_token"]
    for more in ({}, {"username": member}, {"username": "somebody-else"}):
        assert post(api, "refresh", refresh_token=token, **more).json()["access_token"]


SECRET_REFUSED = {
    "Code": "NotAuthorizedException",
    "Message": "Unable to verify secret hash for client 1example23456789",
}


@pytest.mark.parametrize(
    "route", ["signup", "confirm", "resend", "login", "refresh", "second-factor", "forgot", "reset"]
)
def test_a_secret_that_the_user_pool_refuses_is_no_caller_s_fault(
    api: str, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """500, and in the log: as a wrong password, it would look as if nobody knew theirs any more."""
    monkeypatch.setattr(aws, "client", lambda _service: Refusing(**SECRET_REFUSED))
    body = {
        "signup": {"email": "a@b.org", "password": PASSWORD},
        "confirm": {"username": "a", "code": "1"},
        "login": {"username": "a", "password": "b"},
        "refresh": {"refresh_token": "a"},
        "second-factor": {"username": "a", "session": "s" * 20, "code": "123456"},
        "reset": {"username": "a", "code": "1", "password": PASSWORD},
    }.get(route, {"username": "a"})
    assert post(api, route, **body).status_code == 500


def test_the_proof_of_a_secret_is_cognito_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `printf 'adaclient' | openssl dgst -sha256 -hmac key -binary | base64` prints it, wherever it goes."""
    monkeypatch.setitem(vars(settings()), "auth_client_id", "client")
    monkeypatch.setitem(vars(settings()), "auth_client_secret", "key")
    proof = "WOdHnkxDWeiucmcnuHVsiAkrSYzUGAZH/j/nbXgKfD0="
    assert cognito.user("ada") == {"ClientId": "client", "Username": "ada", "SecretHash": proof}
    assert cognito.proven({"USERNAME": "ada"}) == {"USERNAME": "ada", "SECRET_HASH": proof}
    assert cognito.client() == {"ClientId": "client", "ClientSecret": "key"}


def test_a_client_without_a_secret_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty proof would be refused."""
    monkeypatch.setitem(vars(settings()), "auth_client_id", "client")
    monkeypatch.setitem(vars(settings()), "auth_client_secret", None)
    assert cognito.user("ada") == {"ClientId": "client", "Username": "ada"}
    assert cognito.proven({"USERNAME": "ada"}) == {"USERNAME": "ada"}
    assert cognito.client() == {"ClientId": "client"}
