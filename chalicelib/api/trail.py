"""What an admin orders goes into the audit trail, before the view is called: `endpoint` sees to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.db import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.auth import Caller

MAX_TARGET = 256  # characters; what a path can name is shorter, what somebody writes into one need not be


def note(caller: Caller, action: str, parameters: Mapping[str, Any]) -> None:
    """Write down who does what: path parameters are the target, query and body the detail."""
    detail: dict[str, Any] = {}
    target = []
    for name, value in parameters.items():
        if name in ("query", "body"):
            detail |= msgspec.to_builtins(value)
        else:
            target.append(value)
    audit.write(caller.owner, action, "/".join(target)[:MAX_TARGET], detail)
