"""Access to routes: the credentials, scopes and roles that a caller needs."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from chalicelib.api.http.problems import Problem
from chalicelib.api.security.caller import READ_SCOPE, WRITE_SCOPE

if TYPE_CHECKING:
    from chalicelib.api.security.caller import Caller


class Access(Enum):
    """The access that a route requires; each value describes it in words."""

    PUBLIC = "anybody"
    READ = "a user, or an API key with the scope read"
    WRITE = "a user, or an API key with the scope write"
    ACCOUNT = "a user in person: no API key"
    ADMIN = "an admin in person: no API key"

    def check(self, caller: Caller) -> None:
        """Let a verified caller pass; raise Problem (403) otherwise."""
        if self in (Access.ACCOUNT, Access.ADMIN) and caller.key_id is not None:
            raise Problem("forbidden", "An API key cannot do this: log in, and send the access token.")
        if self is Access.ADMIN and not caller.admin:
            raise Problem("forbidden", "Only an admin may do this.")
        scope = {Access.READ: READ_SCOPE, Access.WRITE: WRITE_SCOPE}.get(self)
        if scope is not None and scope not in caller.scopes:
            raise Problem("forbidden", f"This API key has not the scope {scope}.")
