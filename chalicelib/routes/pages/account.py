"""The page of one's own account: usage, API keys, sessions, deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.api import own_account
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.schemas import page_requests
from chalicelib.config import settings
from chalicelib.db import api_keys, keys
from chalicelib.web.forms import faults
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

ACCOUNT = "/account"
DAY = 24 * 3600


@page(routes, "GET", ACCOUNT)
def get_account(call: PageCall) -> Response:
    """Show the account."""
    return _shown(call)


@page(routes, "POST", "/account/keys")
def post_key(call: PageCall) -> Response:
    """Make an API key; this page alone shows it."""
    try:
        form = call.form(page_requests.NewKey)
        days = int(form.days) if form.days else 0
        made = api_keys.make(call.caller.owner, form.name, form.scopes, days * DAY or None)
    except api_keys.TooManyKeysError:
        return _shown(call, 403, problem=f"An account has up to {api_keys.MOST} keys. Revoke one first.")
    except Problem as problem:
        return _shown(call, CODES[problem.code][0], faults=faults(problem), values=call.fields)
    return _shown(call, 201, made=made.text)


@page(routes, "POST", "/account/keys/{key_id}/revoke")
def revoke_key(call: PageCall, key_id: str) -> Response:
    """Revoke an API key."""
    if keys.is_key_id(key_id):
        api_keys.revoke(call.caller.owner, key_id)
    return call.go(ACCOUNT)


@page(routes, "POST", "/account/delete")
def delete_account(call: PageCall) -> Response:
    """Delete the account with all that belongs to it, once its user name was typed."""
    if call.form(page_requests.Leave).username.strip() != call.caller.username:
        return _shown(call, 400, leaving="This is not your user name.")
    own_account.delete(call)
    call.end_session()
    return call.render("deleted.html")


def _shown(call: PageCall, status: int = 200, **given: Any) -> Response:
    context = {
        "usage": own_account.usage(call.caller.owner),
        "keys": api_keys.of(call.caller.owner),
        "prefix": api_keys.PREFIX,
        "made": "",
        "problem": "",
        "faults": {},
        "values": {},
        "leaving": "",
        "own_users": settings().user_pool is not None,
        **given,
    }
    headers = {"Cache-Control": "no-store"} if context["made"] else None
    return call.render("account.html", status=status, headers=headers, **context)
