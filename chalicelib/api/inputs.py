"""What comes from outside becomes a struct with bounds, or a problem that names the fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chalicelib.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalice.app import MultiDict

T = TypeVar("T")


def query(given: MultiDict | None, kind: type[T]) -> T:
    """Return the query string as a struct; raise Problem (400) where it does not fit."""
    pairs = {} if given is None else {name: given.getlist(name)[-1] for name in given}
    try:
        return msgspec.convert(pairs, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Problem("invalid_request", f"In the query: {error}.") from None


def refuse_query(given: Iterable[str]) -> None:
    """Raise Problem (400): the route takes no query."""
    raise Problem("invalid_request", f"In the query: this route takes none, and {next(iter(given))!r} was given.")


def body(data: bytes, kind: type[T]) -> T:
    """Return a JSON body as a struct; raise Problem (400) where it does not fit."""
    try:
        found: Any = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("invalid_request", f"In the body: {error}.") from None
    return found  # type: ignore[no-any-return]
