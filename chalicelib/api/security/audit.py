"""Write an admin's changes, and reads of people's data, to the audit trail before the view runs (`endpoint`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.db import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.security.caller import Caller

MAX_TARGET = 256  # characters; valid names in paths are shorter, but a caller may send longer ones


def note(caller: Caller, action: str, parameters: Mapping[str, Any]) -> None:
    """Write an entry: path parameters are the target, the given fields of query and body the detail."""
    detail: dict[str, Any] = {}
    target = []
    for name, value in parameters.items():
        if name in ("query", "body"):
            detail |= _given(value)
        else:
            target.append(value)
    audit.write(caller.owner, action, "/".join(target)[:MAX_TARGET], detail)


def _given(asked: Any) -> dict[str, Any]:
    """Return the fields of a query or body without the optional ones that were not given."""
    absent = {field.encode_name for field in msgspec.structs.fields(asked) if field.default is None}
    told = msgspec.to_builtins(asked)
    return {name: value for name, value in told.items() if value is not None or name not in absent}
