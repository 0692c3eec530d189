"""Logging in, so that a frontend needs no AWS library."""

from __future__ import annotations

from botocore.exceptions import ClientError
from chalice import Blueprint, Response

from chalicelib import aws
from chalicelib.api import schemas, shapes, throttling
from chalicelib.api.access import Access
from chalicelib.api.endpoint import Call, endpoint
from chalicelib.api.problems import Problem
from chalicelib.config import settings

routes = Blueprint(__name__)

_REFUSED = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserLambdaValidationException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_THROTTLED = frozenset({"LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"})


@endpoint(
    routes,
    "POST",
    "/v1/auth/login",
    Access.PUBLIC,
    answers={200: shapes.Tokens},
    problems=["invalid_credentials"],
    rate=throttling.AUTH,
)
def login(call: Call, body: schemas.Credentials) -> Response:
    """Give an access token for a user name and a password."""
    try:
        answer = aws.client("cognito-idp").initiate_auth(
            ClientId=settings().auth_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": body.username, "PASSWORD": body.password},
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            raise Problem("invalid_credentials", "Check both; nothing tells which of them is wrong.") from None
        if code in _THROTTLED:
            raise Problem("too_many_requests", "Wait, then log in again.", headers={"Retry-After": "30"}) from None
        raise
    result = answer.get("AuthenticationResult")
    if result is None:  # a challenge, such as a new password
        raise Problem(
            "invalid_credentials", f"The account needs another step first: {answer.get('ChallengeName')}."
        )
    return call.answer(
        {
            "access_token": result["AccessToken"],
            "token_type": "Bearer",
            "expires_in": result.get("ExpiresIn", 3600),
            "refresh_token": result.get("RefreshToken"),
        },
        headers={"Cache-Control": "no-store"},
    )
