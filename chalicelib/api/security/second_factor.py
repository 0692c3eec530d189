"""The second factor of an account: codes of an authenticator app (TOTP, RFC 6238), which the user pool checks.

An account's own access token sets it up and takes it away: the function needs no permission for any account. To
replace or remove one that is on, the account's password and a code of its present app are needed, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import rate_limit, sign_in, tokens
from chalicelib.api.security.cognito import TOTP, ask
from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import accounts

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.api.security.caller import Caller

ISSUER = "Janus"  # as authenticator apps show it
_GONE = frozenset({"NotAuthorizedException", "UserNotFoundException"})

_seen: Memory[str, bool] = Memory()  # owners who have a second factor


def is_enabled(token: str) -> bool:
    """Tell whether the log-ins of a token's account need a second factor."""
    return TOTP in _asked("get_user", token).get("UserMFASettingList", ())


def begin(
    request: Request, caller: Caller, token: str, password: str | None = None, code: str | None = None
) -> str:
    """Return the secret of a new second factor, in base 32; `enable` makes it count.

    Raises Problem where the account has one already: 400 without password and code, 401 and 403 for wrong ones.
    """
    if is_enabled(token):
        if password is None or code is None:
            raise _unproven(password=password, code=code)
        _prove(request, caller, password, code)
    secret: str = _asked("associate_software_token", token)["SecretCode"]
    return secret


def uri(secret: str, caller: Caller) -> str:
    """Return the address by which an authenticator app takes a secret, with the name that the app shows.

    Source: Google Authenticator, "Key Uri Format".
    """
    profile = accounts.get(caller.owner)
    name = (profile and profile.name) or caller.username  # the user pool's own is no name that people know
    told = urlencode({"secret": secret, "issuer": ISSUER})
    return f"otpauth://totp/{ISSUER}:{quote(name, safe='')}?{told}"


def enable(owner: str, token: str, code: str) -> None:
    """Have log-ins need the second factor that `begin` made, and end all sessions of the account, this one too.

    Else a session that somebody began with the password alone would go on. Raises Problem (403) for a wrong code.
    """
    _asked("verify_software_token", token, UserCode=code)
    _prefer(token, wanted=True)
    sign_in.log_out_everywhere(owner, token)


def disable(request: Request, caller: Caller, token: str, password: str, code: str) -> None:
    """Have log-ins need no second factor; an account without one stays as it is.

    Raises Problem: 401 for a wrong password, 403 for a wrong code.
    """
    if is_enabled(token):
        _prove(request, caller, password, code)
        _prefer(token, wanted=False)


def require(owner: str, token: str) -> None:
    """Raise Problem (403) for an admin without a second factor, where the stage demands one.

    That an account has one is remembered for as long as the account itself is.
    """
    if not settings().admins_need_second_factor or _seen.get(owner):
        return
    if not is_enabled(token):
        raise Problem(
            "second_factor_required",
            "Admins need a second factor here. Set it up on the page /account/second-factor, "
            "or with POST /v1/users/me/second-factor.",
        )
    _seen.keep(owner, True, settings().account_seconds)


def _prove(request: Request, caller: Caller, password: str, code: str) -> None:
    """Have the user pool check password and code; each attempt counts as a log-in of its address."""
    rate_limit.admit(rate_limit.AUTH, rate_limit.address(request))
    sign_in.prove(caller.username, password, code, rate_limit.source(request))


def _unproven(**given: str | None) -> Problem:
    detail = "Needed to replace the second factor of this account"
    missing = [{"pointer": f"#/{name}", "detail": detail} for name, value in given.items() if value is None]
    return Problem(
        "invalid_request",
        "This account has a second factor: to replace it, send its `password` and a `code` of its present app.",
        errors=missing,
    )


def _prefer(token: str, *, wanted: bool) -> None:
    _asked("set_user_mfa_preference", token, SoftwareTokenMfaSettings={"Enabled": wanted, "PreferredMfa": wanted})


def _asked(operation: str, token: str, **arguments: Any) -> dict[str, Any]:
    """Return the user pool's answer to a token's holder; raise Problem (401) where it has ended the session."""
    answer = ask(operation, refused=_GONE, AccessToken=token, **arguments)
    if answer is None:
        raise tokens.unauthorized("The user pool no longer accepts this token. Log in again.")
    return answer
