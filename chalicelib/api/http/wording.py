"""Describe a fault of a value for people: the expected value, with its bounds and choices, and the one received.

The words are made from the type and its bounds. No one reads a pattern: a text that has one is described.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from chalicelib.texts import enumerated

_SHOWN = 40  # characters of a value


class _Variant(NamedTuple):
    """A type of which a value may be, and the bounds of its values."""

    kind: Any
    metas: tuple[msgspec.Meta, ...]


def fault(hint: Any, value: Any) -> str:
    """Return that a value is not of a type: `Expected a whole number from 1 to 100, got 0`."""
    expected = [_expected(part, metas) for part, metas in _parts(hint, ()) if part is not NoneType]
    if any(part is NoneType for part, _ in _parts(hint, ())) and not isinstance(value, str):
        expected.append("`null`")
    return f"Expected {' or '.join(dict.fromkeys(expected))}{_got(hint, value)}"


def choices(hint: Any) -> list[Any]:
    """Return the values of an enumeration, or of one that may be left out; [] where the type is none."""
    return [choice for part, _ in _parts(hint, ()) if get_origin(part) is Literal for choice in get_args(part)]


def joined(values: list[Any]) -> str:
    """Return values as a choice between them."""
    return enumerated([f"`{value}`" for value in values], "or")


def _parts(hint: Any, metas: tuple[msgspec.Meta, ...]) -> list[_Variant]:
    """Return the types of which a value may be one."""
    if get_origin(hint) is Annotated:
        return _parts(hint.__origin__, (*metas, *hint.__metadata__))
    if get_origin(hint) in (Union, UnionType):
        return [found for part in get_args(hint) for found in _parts(part, metas)]
    return [] if hint is msgspec.UnsetType else [_Variant(hint, metas)]


def _expected(kind: Any, metas: tuple[msgspec.Meta, ...]) -> str:
    for meta in metas:
        if meta.pattern and meta.description:
            return _described(meta.description, meta.examples or [], _length(metas))
    if get_origin(kind) is Literal:
        return joined(list(get_args(kind)))
    if kind is bool:
        return "`true` or `false`"
    if kind in (int, float):
        return ("a whole number" if kind is int else "a number") + _bounds(metas, "ge", "gt", "le")
    if kind is str or get_origin(kind) is list:
        (name, unit), length = ("text", "characters") if kind is str else ("list", "items"), _length(metas)
        return f"a {name} of {length} {unit}" if length else f"a {name}"
    return "an object"


def _described(description: str, examples: list[Any], length: str) -> str:
    shown = f", such as `{examples[0]}`" if examples and "`" not in description else ""
    return description[0].lower() + description[1:] + shown + (f", {length} characters" if length else "")


def _bounds(metas: tuple[msgspec.Meta, ...], *names: str) -> str:
    least, above, most = (_bound(metas, name) for name in names)
    if above is not None:
        return f" above {above}" + ("" if most is None else f", up to {most}")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of {least} or more"
    return "" if most is None else f" of {most} or less"


def _length(metas: tuple[msgspec.Meta, ...]) -> str:
    least, most = _bound(metas, "min_length"), _bound(metas, "max_length")
    if least and most is not None:
        return f"{least} to {most}"
    return f"{least} or more" if least else "" if most is None else f"up to {most}"


def _bound(metas: tuple[msgspec.Meta, ...], name: str) -> Any:
    return next((found for meta in metas if (found := getattr(meta, name)) is not None), None)


def _got(hint: Any, value: Any) -> str:
    """Describe the received value; of a text where a text was expected only its length, for it may be a secret."""
    kinds = {get_origin(part) or part: metas for part, metas in _parts(hint, ())}
    if isinstance(value, str):
        if str in kinds:
            least, most = _bound(kinds[str], "min_length") or 0, _bound(kinds[str], "max_length")
            fits = least <= len(value) <= (len(value) if most is None else most)
            return "" if fits else f", got {len(value)}"
        return f", got `{value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}`"
    if isinstance(value, list):
        return f", got {len(value)}" if list in kinds else ", got a list"
    if isinstance(value, dict):
        return ", got an object"
    return f", got `{msgspec.json.encode(value).decode()}`"
