"""The form to sign in, which stands on two pages."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.config import settings

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
