"""Errors as people read them: a heading, the reason, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api.http.problems import CODES

if TYPE_CHECKING:
    from chalicelib.api.http.problems import Problem


class Error(NamedTuple):
    """An error page's words; `href` is the path of the next step."""

    status: int
    heading: str
    reason: str
    step: str
    href: str
    errors: list[dict[str, str]]


_LIBRARY, _START = ("Go to your library", "/library"), ("Go to the start page", "/")
_WEBHOOKS = ("Go to your webhooks", "/account/webhooks")
_WORDS: dict[str, tuple[str, str | None, str, str]] = {
    "image_not_found": (
        "This image is not here",
        "It may be deleted, or be private, or belong to another account.",
        *_LIBRARY,
    ),
    "share_not_found": (
        "This link no longer works",
        "It has expired, or the person who sent it has taken it back. Ask them for a new one.",
        *_START,
    ),
    "webhook_not_found": ("This webhook is not here", "It may be deleted.", *_WEBHOOKS),
    "delivery_not_found": ("This delivery is not here", None, *_WEBHOOKS),
    "route_not_found": ("There is no such page", None, *_START),
    "asset_not_found": ("There is no such file", None, *_START),
    "forged_request": ("This form was not accepted", None, *_LIBRARY),
    "forbidden": ("You cannot open this", None, *_LIBRARY),
    "account_disabled": (
        "This account is disabled",
        "An administrator has disabled it. Ask them why, or sign in with another account.",
        "Sign in",
        "/sign-in",
    ),
    "precondition_failed": ("It has changed meanwhile", None, *_LIBRARY),
    "image_not_ready": ("A moment, please", None, "Try again", ""),
    "file_not_available": ("There is no such copy", None, *_LIBRARY),
    "analysis_not_available": ("There is nothing to see here", None, *_LIBRARY),
    "too_many_requests": ("A moment, please", None, "Try again", ""),
    "over_capacity": ("A moment, please", "Janus is busy. Wait a few seconds, then try again.", "Try again", ""),
    "not_ready": ("Janus is not ready", "A part of it cannot be reached. Try again in a minute.", "Try again", ""),
    "internal_error": ("Something went wrong here", "It is not your fault, and it is logged.", "Try again", ""),
}


def described(problem: Problem, *, signed_in: bool) -> Error:
    """Return the words of a problem; its own detail where the code has no reason of its own.

    The next step of somebody who is not `signed_in` leads to no library.
    """
    status, title = CODES[problem.code]
    heading, reason, step, href = _WORDS.get(problem.code, (title, None, *_LIBRARY))
    if (step, href) == _LIBRARY and not signed_in:
        step, href = _START
    return Error(status, heading, reason or problem.detail, step, href, problem.extensions.get("errors", []))
