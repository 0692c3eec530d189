"""The caller's API keys: create, list, revoke; an API key itself cannot do this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import account_responses, image_requests
from chalicelib.api.security.access import Access
from chalicelib.db import api_keys, keys

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import ApiKey

routes = Blueprint(__name__)


@endpoint(
    routes,
    "POST",
    "/v1/users/me/keys",
    Access.ACCOUNT,
    answers={201: Answer(account_responses.NewKey, headers=("Location",))},
    problems=["quota_exceeded"],
)
def post_key(call: Call, body: image_requests.KeyRequest) -> Response:
    """Create an API key; only this answer shows its secret."""
    try:
        made = api_keys.make(call.caller.owner, body.name, body.scopes, body.expires_in)
    except api_keys.TooManyKeysError:
        raise Problem(
            "quota_exceeded", f"An account may have up to {api_keys.MOST} API keys. Revoke one first."
        ) from None
    shown = _shown(call, made.item)
    answer: account_responses.NewKey = {**shown, "key": made.text}
    headers = {"Location": shown["links"]["self"], "Cache-Control": "no-store"}
    return call.answer(answer, status=201, headers=headers)


@endpoint(
    routes,
    "GET",
    "/v1/users/me/keys",
    Access.ACCOUNT,
    answers={200: account_responses.Keys},
)
def list_keys(call: Call) -> Response:
    """List the caller's API keys, oldest first, without their secrets."""
    answer: account_responses.Keys = {"keys": [_shown(call, item) for item in api_keys.of(call.caller.owner)]}
    return call.answer(answer)


@endpoint(
    routes,
    "DELETE",
    "/v1/users/me/keys/{key_id}",
    Access.ACCOUNT,
    answers={204: None},
    problems=["key_not_found"],
)
def delete_key(call: Call, key_id: str) -> Response:
    """Revoke an API key; it stops working within 30 seconds."""
    if not keys.is_key_id(key_id) or not api_keys.revoke(call.caller.owner, key_id):
        raise Problem("key_not_found", "You have no API key with this id.")
    return call.done()


def _shown(call: Call, item: ApiKey) -> account_responses.Key:
    shown: account_responses.Key = {
        "key_id": item.key_id,
        "prefix": f"{api_keys.PREFIX}{item.key_id}",
        "name": item.name,
        "scopes": sorted(item.scopes),
        "created": item.created,
        "links": {"self": call.link(f"/v1/users/me/keys/{item.key_id}")},
    }
    if item.expires is not None:
        shown["expires"] = keys.timestamp(item.expires)
    if item.last_used is not None:
        shown["last_used"] = item.last_used
    return shown
