"""The form to sign in, which stands on two pages, and that of its second step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.config import settings

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.web.page import PageCall

SECOND_STEP = "/sign-in/code"
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")  # printable ASCII, as headers take it, without a backslash


def blank(**given: Any) -> dict[str, Any]:
    """Return what the form's template needs, with values and faults where there are any."""
    demo = settings().demo_account
    usual: dict[str, Any] = {
        "next": "",
        "problem": "",
        "faults": {},
        "demo": demo,
        "username": demo.name if demo else "",
    }
    return {**usual, **given}


def local(path: str) -> str:
    """Return a path of this site, or an empty text for any other address: nobody is led elsewhere by a link."""
    return path if _LOCAL.fullmatch(path) else ""


def show_sign_in(call: PageCall, status: int = 200, **given: Any) -> Response:
    """Return the page to sign in."""
    context = {"heading": "Sign in", "notice": "", **blank(**given)}
    return call.render("sign_in.html", status=status, **context)


def show_second_step(call: PageCall, status: int = 200, **given: Any) -> Response:
    """Return the page that asks for a code: its form keeps the `username` and `session` of the first step."""
    context = {"username": "", "session": "", "next": "", "faults": {}, **given}
    headers = {"Cache-Control": "no-store"}
    return call.render("second_step.html", status=status, headers=headers, action=SECOND_STEP, **context)
