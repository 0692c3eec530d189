"""Cognito's user pool, as the routes of `/v1/auth` speak to it: none of these calls is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.api.http.problems import Problem
from chalicelib.config import settings
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Collection

UNDELIVERED = frozenset(
    {"CodeDeliveryFailureException", "InvalidEmailRoleAccessPolicyException", "LimitExceededException"}
)
"""Why the user pool sends no mail that it should send."""
_MAILING = frozenset({"forgot_password", "resend_confirmation_code", "sign_up"})
_THROTTLED = frozenset({"LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"})
_UNCERTAIN = "The outcome is unknown: the user pool may have done it. Try to log in, or request another code."
_WRONG = {
    "InvalidPasswordException": "The user pool rejects this password. Use 12 to 256 characters.",
    "InvalidParameterException": "The user pool rejects these values.",
}


def ask(
    operation: str, *, refused: Collection[str] = (), spent: Collection[str] = (), **arguments: Any
) -> dict[str, Any] | None:
    """Call an operation of the user pool; return its answer, or None where it refuses for a reason in `refused`.

    `spent` are the reasons for which it refuses what is done already. When botocore has repeated the call, nobody
    can tell whether the first attempt was done: that is an `internal_error`, and its detail says so.

    Raises Problem: `invalid_request` for values that the pool always refuses, `too_many_requests` where it
    throttles, `users_elsewhere` where the issuer is another.
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
        if code in refused:
            return None
        if code in _WRONG:
            raise Problem("invalid_request", _WRONG[code]) from None
        if code in _THROTTLED:
            raise Problem(
                "too_many_requests",
                "The user pool is busy. Wait 30 seconds, then try again.",
                headers={"Retry-After": "30"},
            ) from None
        raise
    return answer
