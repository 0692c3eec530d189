"""Cognito's user pool, as the routes of `/v1/auth` speak to it: none of these calls is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.api.http.problems import Problem
from chalicelib.config import settings
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TOTP = "SOFTWARE_TOKEN_MFA"  # the name of codes that an authenticator app shows (RFC 6238)
UNDELIVERED = frozenset(
    {"CodeDeliveryFailureException", "InvalidEmailRoleAccessPolicyException", "LimitExceededException"}
)
"""Why the user pool sends no mail that it should send."""
_MAILING = frozenset({"forgot_password", "resend_confirmation_code", "sign_up"})
_THROTTLED = frozenset({"LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"})
_UNCERTAIN = "The outcome is unknown: the user pool may have done it. Try to log in, or request another code."
_WRONG_TOTP = (
    "invalid_code",
    "The code is wrong, or was used before. Wait for the next one in your app, then try again.",
)
_WRONG = {
    "CodeMismatchException": _WRONG_TOTP,
    "EnableSoftwareTokenMFAException": _WRONG_TOTP,
    "ExpiredCodeException": _WRONG_TOTP,
    "InvalidPasswordException": (
        "invalid_request",
        "The user pool rejects this password. Use 12 to 256 characters.",
    ),
    "InvalidParameterException": ("invalid_request", "The user pool rejects these values."),
    "SoftwareTokenMFANotFoundException": (
        "invalid_code",
        "No second factor is being set up. Ask for a secret first.",
    ),
}
"""The problem for a reason that an operation does not name in `refused`; codes are of an authenticator app."""


def ask(
    operation: str, *, refused: Collection[str] = (), spent: Collection[str] = (), **arguments: Any
) -> dict[str, Any] | None:
    """Call an operation of the user pool; return its answer, or None where it refuses for a reason in `refused`.

    `spent` are the reasons for which it refuses what is done already. When botocore has repeated the call, nobody
    can tell whether the first attempt was done: that is an `internal_error`, and its detail says so. A client's
    secret that the pool refuses is no reason in `refused`, although it has the code of one: it is raised.

    Raises Problem: `invalid_request` for values that the pool always refuses, `invalid_code` for a wrong code of
    an authenticator app, `too_many_requests` where it throttles, `users_elsewhere` where the issuer is another.
    """
    if settings().user_pool is None:
        raise Problem(
            "users_elsewhere",
            f"This stage uses the accounts and tokens of {settings().auth_issuer}. Log in there.",
        )
    try:
        answer: dict[str, Any] = getattr(aws.client("cognito-idp"), operation)(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in UNDELIVERED and operation in _MAILING:
            logger.error("mail_not_sent", extra={"operation": operation, "cause": str(error)})
        if code in spent and aws.repeated(error):
            raise Problem("internal_error", _UNCERTAIN) from error
        if code in refused and not _of_the_secret(error):
            return None
        if code in _WRONG:
            raise Problem(*_WRONG[code]) from None
        if code in _THROTTLED:
            raise Problem(
                "too_many_requests",
                "The user pool is busy. Wait 30 seconds, then try again.",
                headers={"Retry-After": "30"},
            ) from None
        raise
    return answer


def proven(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a log-in or a challenge's answer with the proof of the client's secret.

    It is over their `USERNAME`; a client without a secret needs none.
    """
    secret = settings().auth_client_secret
    proof = {"SECRET_HASH": _secret_hash(secret, parameters["USERNAME"])} if secret else {}
    return {**parameters, **proof}


def user(username: str) -> dict[str, Any]:
    """Return the arguments that name a user and the client, with the proof of the client's secret, if any."""
    secret = settings().auth_client_secret
    proof = {"SecretHash": _secret_hash(secret, username)} if secret else {}
    return {"ClientId": settings().auth_client_id, "Username": username, **proof}


def client() -> dict[str, Any]:
    """Return the arguments that name the client where no user is named, with its secret, if any."""
    secret = settings().auth_client_secret
    return {"ClientId": settings().auth_client_id, **({"ClientSecret": secret} if secret else {})}


def _secret_hash(secret: str, username: str) -> str:
    """Return the proof of the client's secret (Amazon Cognito Developer Guide, "Computing secret hash values")."""
    message = f"{username}{settings().auth_client_id}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()


def _of_the_secret(error: ClientError) -> bool:
    """Tell whether the pool refuses the client rather than the user; both are a NotAuthorizedException."""
    message = str(error.response["Error"].get("Message", "")).lower()
    return "secret" in message and "client" in message
