"""The caller's own account: profile, usage, export, deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.api import own_account
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http import page_tokens
from chalicelib.api.presenters import record_export
from chalicelib.api.schemas import account_responses, image_requests
from chalicelib.api.security.access import Access
from chalicelib.db import accounts

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import Profile

routes = Blueprint(__name__)

FILES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}


@endpoint(
    routes,
    "GET",
    "/v1/users/me",
    Access.READ,
    answers={200: account_responses.Person},
    tagged=True,
)
def get_me(call: Call) -> Response:
    """Return the caller's account."""
    return call.tagged(_shown(call, accounts.get(call.caller.owner, consistent=True)))


@endpoint(
    routes,
    "GET",
    "/v1/users/me/usage",
    Access.READ,
    answers={200: account_responses.Usage},
)
def get_usage(call: Call) -> Response:
    """Return the usage of the caller's images, by month of upload, and the quotas."""
    return call.answer(own_account.usage(call.caller.owner))


@endpoint(
    routes,
    "PATCH",
    "/v1/users/me",
    Access.ACCOUNT,
    answers={200: account_responses.Person},
)
def patch_me(call: Call, body: image_requests.ProfileChange) -> Response:
    """Change the display name of the caller's account, or whether models may look at its images.

    With `recognition` false, a job deletes all annotations; true again, it has models look at the images that they
    have not looked at.
    """
    return call.answer(_shown(call, own_account.change(call.caller.owner, body)))


@endpoint(
    routes,
    "DELETE",
    "/v1/users/me",
    Access.ACCOUNT,
    answers={202: account_responses.Leaving},
)
def delete_me(call: Call) -> Response:
    """Delete the caller's account and all its data: the account closes at once, a job deletes the data."""
    own_account.delete(call)
    leaving: account_responses.Leaving = {"state": "deleting"}
    return call.answer(leaving, status=202)


@endpoint(
    routes,
    "GET",
    "/v1/users/me/export",
    Access.READ,
    answers={200: Answer(media=("application/jsonl", "text/csv"), headers=("Link", "Content-Disposition"))},
    problems=["invalid_cursor"],
)
def export(call: Call, query: image_requests.Export) -> Response:
    """Return the caller's records as JSON Lines or CSV; `Link: <...>; rel="next"` is the next part."""
    bound = {"list": "export", "owner": call.caller.owner, "format": query.format}
    after = page_tokens.verify(query.cursor, **bound) if query.cursor else None
    page = record_export.page(call, query.format, after)
    headers: dict[str, str | list[str]] = {
        "Content-Type": FILES[query.format],
        "Content-Disposition": f'attachment; filename="janus-images.{query.format}"',
    }
    if page.after is not None:
        following = urlencode({"format": query.format, "cursor": page_tokens.sign(page.after, **bound)})
        headers["Link"] = f'<{call.link(f"/v1/users/me/export?{following}")}>; rel="next"'
    return Response("".join(page.items), status_code=200, headers=headers)


def _shown(call: Call, profile: Profile | None) -> account_responses.Person:
    assert profile is not None  # authentication has made it
    standing = accounts.standing(call.caller.owner)
    shown: account_responses.Person = {
        "owner": profile.owner,
        "role": "admin" if call.caller.admin else "user",
        "created": profile.created,
        "quota": {"images": standing.quota_images, "bytes": standing.quota_bytes},
        "recognition": standing.recognition,
        "links": {
            "self": call.link("/v1/users/me"),
            "keys": call.link("/v1/users/me/keys"),
            "usage": call.link("/v1/users/me/usage"),
        },
    }
    if profile.name is not None:
        shown["name"] = profile.name
    if profile.display_name is not None:
        shown["display_name"] = profile.display_name
    return shown
