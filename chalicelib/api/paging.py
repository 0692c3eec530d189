"""Lists page by page: where a page begins, and how the next is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from chalicelib.api.http import page_tokens

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas.image_requests import Listing
    from chalicelib.api.schemas.image_responses import Paged


_BESIDE = ("limit", "cursor", "explain")  # parameters that do not decide which images a list has


def start(call: Call, query: Listing) -> str | None:
    """Return the position after which a page begins, None at the start of the list.

    Raises Problem (400, invalid_cursor) for a cursor of another caller, another list or other filters.
    """
    return page_tokens.verify(query.cursor, **_bound(call, query)) if query.cursor else None


def following(call: Call, query: Listing, after: str | None) -> Paged:
    """Return `links` of a page, and `cursor` where another page follows."""
    if after is None:
        return {"links": {}}
    cursor = page_tokens.sign(after, **_bound(call, query))
    return {"cursor": cursor, "links": {"next": _link(call, query, cursor)}}


def both_ways(call: Call, query: Listing, before: str | None, after: str | None) -> Paged:
    """Return `links` of a page in both directions, and `cursor` where another page follows."""
    page = following(call, query, after)
    if before is not None:
        page["links"] = {
            **page["links"],
            "prev": _link(call, query, page_tokens.sign(before, **_bound(call, query))),
        }
    return page


def _link(call: Call, query: Listing, cursor: str) -> str:
    told = {"explain": "true"} if getattr(query, "explain", False) else {}
    parameters = {**_filters(query), **told, "limit": query.limit, "cursor": cursor}
    return call.link(f"{call.path}?{urlencode(parameters)}")


def _bound(call: Call, query: Listing) -> dict[str, Any]:
    return {"list": call.path, "caller": call.caller.owner, **_filters(query)}


def _filters(query: Listing) -> dict[str, Any]:
    given = msgspec.to_builtins(query).items()
    asked = {name: value for name, value in given if name not in _BESIDE}
    said = {name: value for name, value in asked.items() if value is not None and value is not False}
    return {name: "true" if value is True else value for name, value in said.items()}
