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

    PUBLIC = "everyone, without authentication"
    READ = "users, and API keys with the scope `read`"
    WRITE = "users, and API keys with the scope `write`"
    ACCOUNT = "users with an access token, not API keys"
    ADMIN = "admins with an access token, not API keys"

    def check(self, caller: Caller) -> None:
        """Let a verified caller pass; raise Problem (403) otherwise."""
        if self in (Access.ACCOUNT, Access.ADMIN) and caller.key_id is not None:
            raise Problem("forbidden", "API keys are not accepted here. Log in, and send the access token.")
        if self is Access.ADMIN and not caller.admin:
            raise Problem("forbidden", "This route is for admins.")
        scope = {Access.READ: READ_SCOPE, Access.WRITE: WRITE_SCOPE}.get(self)
        if scope is not None and scope not in caller.scopes:
            raise Problem("forbidden", f"This API key lacks the scope `{scope}`.")
