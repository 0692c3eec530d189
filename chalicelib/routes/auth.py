"""Sign-up, login, logout and passwords: a frontend needs no AWS library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api.endpoint import endpoint
from chalicelib.api.schemas import account_responses, image_requests
from chalicelib.api.security import rate_limit, sign_in
from chalicelib.api.security.access import Access
from chalicelib.api.security.authenticate import bearer

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

ANYWHERE = ("users_elsewhere", "too_many_requests")  # codes that any of these routes may answer
NO_STORE = {"Cache-Control": "no-store"}
MAIL: account_responses.Told = {"detail": sign_in.MAIL_DETAIL}


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
    sign_in.sign_up(body.email, body.password)
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
    sign_in.confirm(body.username, body.code)
    return call.done()


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
    sign_in.resend(body.username)
    return call.answer(MAIL, status=202)


@endpoint(
    routes,
    "POST",
    "/v1/auth/login",
    Access.PUBLIC,
    answers={200: account_responses.Tokens, 202: account_responses.Challenge},
    problems=["invalid_credentials", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def login(call: Call, body: image_requests.Credentials) -> Response:
    """Return an access token for a user name and a password.

    An account with a second factor gets 202 and no token yet: `POST /v1/auth/second-factor` takes the next step.
    """
    given = sign_in.log_in(body.username, body.password, rate_limit.source(call.request))
    return call.answer(given, status=202 if "session" in given else 200, headers=NO_STORE)


@endpoint(
    routes,
    "POST",
    "/v1/auth/second-factor",
    Access.PUBLIC,
    answers={200: account_responses.Tokens},
    problems=["invalid_credentials", "invalid_code", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def answer_challenge(call: Call, body: image_requests.SecondStep) -> Response:
    """Return an access token for the second step of a login, and a code of the account's authenticator app."""
    address = rate_limit.source(call.request)
    given = sign_in.answer_challenge(body.username, body.session, body.digits, address)
    return call.answer(given, headers=NO_STORE)


@endpoint(
    routes,
    "POST",
    "/v1/auth/refresh",
    Access.PUBLIC,
    answers={200: account_responses.Tokens},
    problems=["unauthorized", *ANYWHERE],
    rate=rate_limit.AUTH,
)
def refresh(call: Call, body: image_requests.Renewal) -> Response:
    """Return a new access token for a refresh token."""
    return call.answer(sign_in.refresh(body.refresh_token), headers=NO_STORE)


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
    sign_in.log_out(body.refresh_token)
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
    sign_in.log_out_everywhere(call.caller.owner, bearer(call.request.headers))
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
    sign_in.forgot(body.username)
    return call.answer(MAIL, status=202)


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
    sign_in.reset(body.username, body.code, body.password)
    return call.done()
