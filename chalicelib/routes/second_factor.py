"""The second factor of the caller's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api.endpoint import endpoint
from chalicelib.api.schemas import account_responses, image_requests
from chalicelib.api.security import rate_limit, second_factor
from chalicelib.api.security.access import Access
from chalicelib.api.security.authenticate import bearer
from chalicelib.routes.auth import ANYWHERE, NO_STORE

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

PATH = "/v1/users/me/second-factor"
PROOF = ("invalid_credentials", "invalid_code", *ANYWHERE)  # codes where password and code are asked for


@endpoint(routes, "GET", PATH, Access.ACCOUNT, answers={200: account_responses.SecondFactor}, problems=ANYWHERE)
def get_second_factor(call: Call) -> Response:
    """Tell whether the caller's logins need a second factor."""
    told: account_responses.SecondFactor = {"enabled": second_factor.is_enabled(bearer(call.request.headers))}
    return call.answer(told)


@endpoint(
    routes,
    "POST",
    PATH,
    Access.ACCOUNT,
    answers={201: account_responses.Enrolment},
    problems=PROOF,
    rate=rate_limit.AUTH,
)
def post_second_factor(call: Call, body: image_requests.SetUp) -> Response:
    """Make the secret of a second factor for an authenticator app; it counts once `PUT` has a code of it.

    A second factor that is there already stays until then; to replace it needs the account's password and a code
    of its present app.
    """
    secret = second_factor.begin(
        call.request, call.caller, bearer(call.request.headers), body.password, body.digits
    )
    made: account_responses.Enrolment = {"secret": secret, "uri": second_factor.uri(secret, call.caller)}
    return call.answer(made, status=201, headers=NO_STORE)


@endpoint(
    routes,
    "PUT",
    PATH,
    Access.ACCOUNT,
    answers={204: None},
    problems=["invalid_code", *ANYWHERE],
)
def put_second_factor(call: Call, body: image_requests.Totp) -> Response:
    """Have logins need the second factor, once the app shows the right code.

    Every session ends with it, the caller's too: log in again, with the next code of the app.
    """
    second_factor.enable(call.caller.owner, bearer(call.request.headers), body.digits)
    return call.done()


@endpoint(
    routes,
    "POST",
    f"{PATH}/remove",
    Access.ACCOUNT,
    answers={204: None},
    problems=PROOF,
    rate=rate_limit.AUTH,
)
def remove_second_factor(call: Call, body: image_requests.Proof) -> Response:
    """Have logins need no second factor any more; needs the account's password and a code of its app.

    Nothing changes for an account that has none.
    """
    second_factor.disable(call.request, call.caller, bearer(call.request.headers), body.password, body.digits)
    return call.done()
