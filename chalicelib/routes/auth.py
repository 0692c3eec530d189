"""Sign-up, login, logout and passwords: a frontend needs no AWS library.

Nothing here reveals which accounts exist: for known and unknown names, the answer is the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.api.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import account_responses, image_requests
from chalicelib.api.security import rate_limit, tokens
from chalicelib.api.security.access import Access
from chalicelib.api.security.cognito import UNDELIVERED, ask
from chalicelib.config import settings
from chalicelib.db import accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.call import Call

routes = Blueprint(__name__)

ANYWHERE = ("users_elsewhere", "too_many_requests")  # codes that any of these routes may answer
NO_STORE = {"Cache-Control": "no-store"}
MAIL_DETAIL = (
    "If the address can be used for this, a code was requested for it. "
    "If none arrives within a few minutes, look among unwanted mail, then ask again later."
)
"""True whether the mail was sent or not: to tell would tell of the account, since unknown addresses get none."""
MAIL: account_responses.Told = {"detail": MAIL_DETAIL}

# Why Cognito refuses, where the reason must not be told, for it depends on the account.
_NOT_LOGGED_IN = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserLambdaValidationException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_NOT_SENT = frozenset(
    {
        *UNDELIVERED,
        "InvalidParameterException",
        "NotAuthorizedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_SPENT_CODE = frozenset({"ExpiredCodeException", "NotAuthorizedException"})
_WRONG_CODE = frozenset(
    {
        "AliasExistsException",
        "CodeMismatchException",
        "ExpiredCodeException",
        "LimitExceededException",
        "NotAuthorizedException",
        "TooManyFailedAttemptsException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)


@endpoint(
    routes,
    "POST",
    "/v1/auth/signup",
    Access.PUBLIC,
    answers={202: account_responses.Told},
    problems=ANYWHERE,
    rate=rate_limit.AUTH,
)
def signup(call: Call, body: image_requests.Signup) -> Response:
    """Create an account, and send the code for `confirm` to its e-mail address."""
    email = body.email.lower()
    ask(
        "sign_up",
        refused={*UNDELIVERED, "UsernameExistsException"},
        ClientId=settings().auth_client_id,
        Username=email,
        Password=body.password,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    return call.answer(MAIL, status=202)


@endpoint(
    routes,
    "POST",
    "/v1/auth/confirm",
    Access.PUBLIC,
    answers={204: None},
    problems=["invalid_code", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def confirm(call: Call, body: image_requests.Confirmation) -> Response:
    """Confirm an account with the code sent to its e-mail address."""
    return _with_code(call, "confirm_sign_up", body)


@endpoint(
    routes,
    "POST",
    "/v1/auth/resend",
    Access.PUBLIC,
    answers={202: account_responses.Told},
    problems=ANYWHERE,
    rate=rate_limit.AUTH,
)
def resend(call: Call, body: image_requests.Named) -> Response:
    """Send the code for `confirm` again."""
    return _mail(call, "resend_confirmation_code", body)


@endpoint(
    routes,
    "POST",
    "/v1/auth/login",
    Access.PUBLIC,
    answers={200: account_responses.Tokens},
    problems=["invalid_credentials", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def login(call: Call, body: image_requests.Credentials) -> Response:
    """Return an access token for a user name and a password."""
    name = body.username.lower()
    answer = _tokens("USER_PASSWORD_AUTH", {"USERNAME": name, "PASSWORD": body.password})
    if answer is None:
        raise Problem("invalid_credentials", "Check both, then try again.")
    result = answer.get("AuthenticationResult")
    if result is None:  # a challenge, such as a new password
        raise Problem(
            "invalid_credentials", f"The user pool requires another step first: {answer.get('ChallengeName')}."
        )
    accounts.introduce(tokens.verify(result["AccessToken"]).owner, name)
    return call.answer(_shown(result), headers=NO_STORE)


@endpoint(
    routes,
    "POST",
    "/v1/auth/refresh",
    Access.PUBLIC,
    answers={200: account_responses.Tokens},
    problems=["unauthorized", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def refresh(call: Call, body: image_requests.Refresh) -> Response:
    """Return a new access token for a refresh token."""
    answer = _tokens("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": body.refresh_token})
    if answer is None or "AuthenticationResult" not in answer:
        raise tokens.unauthorized("The refresh token is invalid or expired. Log in again.")
    return call.answer(_shown(answer["AuthenticationResult"]), headers=NO_STORE)


@endpoint(
    routes,
    "POST",
    "/v1/auth/logout",
    Access.PUBLIC,
    answers={204: None},
    problems=ANYWHERE,
    rate=rate_limit.AUTH,
)
def logout(call: Call, body: image_requests.Refresh) -> Response:
    """Revoke a refresh token; an invalid one is not an error (RFC 7009, section 2.2)."""
    ask(
        "revoke_token",
        refused={"InvalidParameterException", "NotAuthorizedException", "UnauthorizedException"},
        ClientId=settings().auth_client_id,
        Token=body.refresh_token,
    )
    return call.done()


@endpoint(
    routes,
    "POST",
    "/v1/auth/logout/everywhere",
    Access.ACCOUNT,
    answers={204: None},
    problems=ANYWHERE,
)
def logout_everywhere(call: Call) -> Response:
    """End every session of the caller: all tokens issued until now become invalid.

    Takes up to a second: tokens carry their time of issue in whole seconds, so all tokens of the current second
    are revoked. The answer is sent after that second, so that a login that follows gets a valid token.
    """
    second = int(time.time())
    accounts.change(call.caller.owner, signed_out=second)
    token = (call.header("authorization") or "").partition(" ")[2].strip()
    ask("global_sign_out", refused={"NotAuthorizedException"}, AccessToken=token)
    time.sleep(max(0.0, second + 1 - time.time()))
    return call.done()


@endpoint(
    routes,
    "POST",
    "/v1/auth/forgot",
    Access.PUBLIC,
    answers={202: account_responses.Told},
    problems=ANYWHERE,
    rate=rate_limit.AUTH,
)
def forgot(call: Call, body: image_requests.Named) -> Response:
    """Send the code for `reset` to the account's e-mail address."""
    return _mail(call, "forgot_password", body)


@endpoint(
    routes,
    "POST",
    "/v1/auth/reset",
    Access.PUBLIC,
    answers={204: None},
    problems=["invalid_code", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def reset(call: Call, body: image_requests.NewPassword) -> Response:
    """Set a new password with the code sent by `forgot`."""
    return _with_code(call, "confirm_forgot_password", body, Password=body.password)


def _mail(call: Call, operation: str, body: image_requests.Named) -> Response:
    name = body.username.lower()
    ask(operation, refused=_NOT_SENT, ClientId=settings().auth_client_id, Username=name)
    return call.answer(MAIL, status=202)


def _with_code(call: Call, operation: str, body: image_requests.Confirmation, **more: str) -> Response:
    answer = ask(
        operation,
        refused=_WRONG_CODE,
        spent=_SPENT_CODE,
        ClientId=settings().auth_client_id,
        Username=body.username.lower(),
        ConfirmationCode=body.code,
        **more,
    )
    if answer is None:
        raise Problem("invalid_code", "Check the code, or request another one.")
    return call.done()


def _tokens(flow: str, parameters: dict[str, str]) -> dict[str, Any] | None:
    return ask(
        "initiate_auth",
        refused=_NOT_LOGGED_IN,
        ClientId=settings().auth_client_id,
        AuthFlow=flow,
        AuthParameters=parameters,
    )


def _shown(result: Mapping[str, Any]) -> account_responses.Tokens:
    shown: account_responses.Tokens = {
        "access_token": result["AccessToken"],
        "token_type": "Bearer",
        "expires_in": result.get("ExpiresIn", 3600),
    }
    if "RefreshToken" in result:
        shown["refresh_token"] = result["RefreshToken"]
    return shown
