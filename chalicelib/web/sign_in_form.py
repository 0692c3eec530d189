"""The form to sign in, which stands on two pages, and what forms have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.config import settings

if TYPE_CHECKING:
    from chalicelib.api.http.problems import Problem

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


def faults(problem: Problem) -> dict[str, str]:
    """Return the faults of a form by its fields; of several in one field, the first."""
    found = reversed(problem.extensions["errors"])
    return {fault["pointer"].removeprefix("#/").partition("/")[0]: fault["detail"] for fault in found}
