"""Signing up, logging in and out, passwords: the user pool's answers, in the words of Janus.

Nothing here reveals which accounts exist: for known and unknown names, the answer is the same. The routes of
`/v1/auth` and the pages' forms share these functions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import cognito, tokens
from chalicelib.api.security.cognito import UNDELIVERED, ask
from chalicelib.config import settings
from chalicelib.db import accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.schemas import account_responses

MAIL_DETAIL = (
    "If the address can be used for this, a code was requested for it. "
    "If none arrives within a few minutes, look among unwanted mail, then ask again later."
)
"""True whether the mail was sent or not: to tell would tell of the account, since unknown addresses get none."""


class StepRequiredError(Problem):
    """User name and password are right, and the user pool asks for more, for example a new password."""


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


def sign_up(email: str, password: str) -> None:
    """Open an account; a code goes to the address, and `confirm` takes it."""
    name = email.lower()
    ask(
        "sign_up",
        refused={*UNDELIVERED, "UsernameExistsException"},
        **cognito.user(name),
        Password=password,
        UserAttributes=[{"Name": "email", "Value": name}],
    )


def confirm(username: str, code: str) -> None:
    """Confirm an account with the code that was sent to its address; raise Problem (403) for a wrong one."""
    _with_code("confirm_sign_up", username, code)


def resend(username: str) -> None:
    """Send the code for `confirm` again."""
    _mail("resend_confirmation_code", username)


def log_in(
    username: str, password: str, address: str = ""
) -> account_responses.Tokens | account_responses.Challenge:
    """Return the tokens of a new session, or the second step of an account that has a second factor.

    `address` is the caller's, for the user pool's threat protection. Raises Problem (401) where user name or
    password is wrong.
    """
    name = username.lower()
    answer = _first_step(name, password, address)
    if answer is None:
        raise Problem("invalid_credentials", "Check the user name and the password, then try again.")
    if answer.get("ChallengeName") != cognito.TOTP:
        return _begun(answer, name)
    return {"challenge": "totp", "username": _own_name(answer, name), "session": answer["Session"]}


def answer_challenge(username: str, session: str, code: str, address: str = "") -> account_responses.Tokens:
    """Return the tokens of a new session for the second step of a log-in, and the code of an authenticator app.

    Raises Problem: 403 for a wrong code, after which another may be tried; 401 where the step is over, because it
    took more than three minutes, or was tried too often, or because the user pool asks for more.
    """
    return _begun(_second_step(username, session, code, address), username)


def prove(username: str, password: str, code: str, address: str = "") -> None:
    """Check the password of a signed-in account, and a code of its app, by a log-in that ends at once.

    `username` is the user pool's own, as access tokens have it. Raises Problem: 401 for a wrong password, 403 for
    a wrong code.
    """
    answer = _first_step(username, password, address)
    if answer is None:
        raise Problem("invalid_credentials", "The password is wrong. Check it, then try again.")
    if answer.get("ChallengeName") == cognito.TOTP:
        answer = _second_step(_own_name(answer, username), answer["Session"], code, address)
    log_out(_result(answer)["RefreshToken"])


def refresh(refresh_token: str) -> account_responses.Tokens:
    """Return a new access token; raise Problem (401) for a refresh token that is not valid."""
    answer = ask(
        "get_tokens_from_refresh_token",
        refused={*_NOT_LOGGED_IN, "RefreshTokenReuseException"},
        **cognito.client(),
        RefreshToken=refresh_token,
    )
    if answer is None:
        raise tokens.unauthorized("The refresh token is invalid or expired. Log in again.")
    return _shown(answer["AuthenticationResult"])


def log_out(refresh_token: str) -> None:
    """Revoke a refresh token; one that is not valid is no error (RFC 7009, section 2.2)."""
    ask(
        "revoke_token",
        refused={"InvalidParameterException", "NotAuthorizedException", "UnauthorizedException"},
        **cognito.client(),
        Token=refresh_token,
    )


def log_out_everywhere(owner: str, access_token: str) -> None:
    """End every session of an account: no token that was issued until now is taken any more.

    It takes up to a second. Tokens tell in whole seconds when they were issued, so all of this second's are ended;
    the function returns when it is over, and a log-in that follows gets a token of the next.
    """
    second = int(time.time())
    accounts.change(owner, signed_out=second)
    ask("global_sign_out", refused={"NotAuthorizedException"}, AccessToken=access_token)
    time.sleep(max(0.0, second + 1 - time.time()))


def forgot(username: str) -> None:
    """Send a code with which `reset` sets a new password."""
    _mail("forgot_password", username)


def reset(username: str, code: str, password: str) -> None:
    """Set a new password with the code that `forgot` had sent; raise Problem (403) for a wrong one."""
    _with_code("confirm_forgot_password", username, code, Password=password)


def _mail(operation: str, username: str) -> None:
    ask(operation, refused=_NOT_SENT, **cognito.user(username.lower()))


def _with_code(operation: str, username: str, code: str, **more: str) -> None:
    answer = ask(
        operation,
        refused=_WRONG_CODE,
        spent=_SPENT_CODE,
        **cognito.user(username.lower()),
        ConfirmationCode=code,
        **more,
    )
    if answer is None:
        raise Problem("invalid_code", "Check the code, or request another one.")


def _seen_from(address: str) -> dict[str, Any]:
    """Return the argument that tells the caller's address; else each log-in seems to come from the function."""
    return {"UserContextData": {"IpAddress": address}} if address and settings().auth_threat_protection else {}


def _first_step(username: str, password: str, address: str) -> dict[str, Any] | None:
    """Return the user pool's answer to a password: tokens, or a challenge; None where it refuses both."""
    return ask(
        "initiate_auth",
        refused=_NOT_LOGGED_IN,
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=cognito.proven({"USERNAME": username, "PASSWORD": password}),
        **_seen_from(address),
    )


def _own_name(challenge: Mapping[str, Any], name: str) -> str:
    """Return the pool's own name, not the address that was typed: the answer to the challenge needs it."""
    own: str = challenge.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", name)
    return own


def _second_step(username: str, session: str, code: str, address: str) -> dict[str, Any]:
    """Return the user pool's answer to a code; raise Problem (401) where the challenge is over, 403 if wrong."""
    answer = ask(
        "respond_to_auth_challenge",
        refused=_NOT_LOGGED_IN,
        ClientId=settings().auth_client_id,
        ChallengeName=cognito.TOTP,
        Session=session,
        ChallengeResponses=cognito.proven({"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": code}),
        **_seen_from(address),
    )
    if answer is None:
        raise Problem("invalid_credentials", "This log-in has expired. Begin again with user name and password.")
    return answer


def _result(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the tokens that the user pool gave; raise StepRequiredError where it asks for more."""
    result: Mapping[str, Any] | None = answer.get("AuthenticationResult")
    if result is None:  # such as a new password
        challenge = answer.get("ChallengeName")
        raise StepRequiredError("invalid_credentials", f"The user pool requires another step first: {challenge}.")
    return result


def _begun(answer: Mapping[str, Any], name: str) -> account_responses.Tokens:
    """Return the tokens of a new session, and store the login name; raise StepRequiredError without any."""
    result = _result(answer)
    accounts.introduce(tokens.verify(result["AccessToken"]).owner, name)
    return _shown(result)


def _shown(result: Mapping[str, Any]) -> account_responses.Tokens:
    shown: account_responses.Tokens = {
        "access_token": result["AccessToken"],
        "token_type": "Bearer",
        "expires_in": result.get("ExpiresIn", 3600),
    }
    if "RefreshToken" in result:
        shown["refresh_token"] = result["RefreshToken"]
    return shown
