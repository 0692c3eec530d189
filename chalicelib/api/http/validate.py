"""Read requests into structs with bounds, or raise a problem that names every fault.

msgspec reads it in one pass and stops at the first fault. Only then is it gone through again, field by field, to
tell the others (`errors`), each with its place: a JSON pointer as a URI fragment (RFC 6901, section 6; RFC 9457,
section 3, shows problems so), or the parameter of the query.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from urllib.parse import quote

import msgspec

from chalicelib.api.http import wording
from chalicelib.api.http.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalice.app import MultiDict

    Path = tuple[str | int, ...]

T = TypeVar("T")
MAX_FAULTS = 50
_EXACT = 2**53  # from here on, floats skip whole numbers
_SHOWN = 128  # characters of a name that somebody made up
_SAFE = (
    "!$&'()*+,;=:@-._~"  # a fragment may hold these unescaped, besides letters and digits (RFC 3986, section 3.5)
)


class _Part(NamedTuple):
    """A part of a value, its type, and its name or position."""

    value: Any
    hint: Any
    step: str | int


class Fault(NamedTuple):
    """The path of a part that is wrong, by names and positions, and the detail."""

    path: Path
    detail: str


def query(given: MultiDict | None, kind: type[T]) -> T:
    """Return the query string as a struct; raise Problem (400) where it does not fit."""
    pairs = {} if given is None else {name: given.getlist(name) for name in given}
    once = {name: values[-1] for name, values in pairs.items()}
    if all(len(values) == 1 for values in pairs.values()):
        try:
            found = msgspec.convert(once, kind, strict=False)
        except msgspec.ValidationError:
            pass
        else:
            _keep_null(once, found)
            return found
    twice = [Fault((name,), "Given more than once") for name, values in pairs.items() if len(values) > 1]
    raise _problem("query", [*twice, *_faults(once, kind, strict=False)])


def _keep_null(given: dict[str, str], found: Any) -> None:
    """Restore texts that msgspec took for null: a query omits parameters without a value, and a tag may be `null`.

    Raise Problem (400) where no text is expected.
    """
    nulls = [name for name, text in given.items() if text.lower() == "null" and getattr(found, name, "") is None]
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(type(found))} if nulls else {}
    faults = []
    for name in nulls:
        try:
            setattr(found, name, msgspec.convert(given[name], kinds[name]))
        except msgspec.ValidationError:
            faults.append(Fault((name,), "Expected a value, got `null`"))
    if faults:
        raise _problem("query", faults)


def refuse_query(given: MultiDict) -> None:
    """Raise Problem (400): the route takes no query."""
    raise _problem("query", [Fault((name,), "Unknown field") for name in given])


def annotated(view: Any, parameter: str) -> Any:
    """Return the struct that a view's parameter is annotated with, None where it has no such parameter."""
    annotation = view.__annotations__.get(parameter)
    return annotation and eval(annotation.removesuffix(" | None"), view.__globals__)  # noqa: S307  our own source


def form(given: dict[str, list[str]], kind: type[T]) -> T:
    """Return the fields of an HTML form as a struct; raise Problem (400) with the fault of each field.

    A field that the struct has as a list takes every value of that name, any other the last one.
    """
    lists = _lists(kind)  # type: ignore[arg-type]  # classes are hashable
    values = {name: found if name in lists else found[-1] for name, found in given.items()}
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError:
        raise _problem("form", _faults(values, kind, strict=False)) from None


@cache
def _lists(kind: Any) -> frozenset[str]:
    """Return the fields of a struct that are lists, whatever their bounds."""
    return frozenset(name for name, hint in get_type_hints(kind).items() if get_origin(hint) is list)


def may_be_left_out(kind: Any) -> bool:
    """Tell whether no body at all is as good as one: every field of the struct has a value by default."""
    return _is_struct(kind) and all(
        field.default is not msgspec.NODEFAULT and field.default is not msgspec.UNSET
        for field in msgspec.structs.fields(kind)
    )


def body(data: bytes, kind: type[T]) -> T:
    """Return a JSON body as a struct; raise Problem (400) where it does not fit."""
    if not data.strip():
        if may_be_left_out(kind):
            return kind()
        raise _problem("body", [Fault((), "Expected JSON, got nothing")])
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            value = _whole(msgspec.json.decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = str(error).replace("Input data was truncated", "The JSON ends too early")
        raise _problem("body", [Fault((), told)]) from None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise _problem("body", _faults(value, kind, strict=True)) from None


def _whole(value: Any) -> Any:
    """Return a JSON value with whole numbers as such: to JSON Schema 1.0 and 1e3 are integers (section 6.1.1)."""
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


def _problem(part: str, faults: list[Fault]) -> Problem:
    shown = faults[:MAX_FAULTS]
    where = _parameter if part == "query" else _pointer
    errors = [{**where(fault.path), "detail": fault.detail} for fault in shown]
    name = ".".join(_cut(step) for step in shown[0].path)
    first = f"{name}: {shown[0].detail}" if name else shown[0].detail
    more = f" ({len(faults)} faults, see `errors`)" if len(faults) > 1 else ""
    return Problem("invalid_request", f"In the {part}: {first}{more}.", errors=errors)


def _pointer(path: Path) -> dict[str, str]:
    steps = (_cut(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {"pointer": "#" + "".join(f"/{quote(step, safe=_SAFE, errors='replace')}" for step in steps)}


def _parameter(path: Path) -> dict[str, str]:
    return {"parameter": _cut(path[0]) if path else ""}


def _cut(step: str | int) -> str:
    text = str(step)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _faults(value: Any, kind: Any, *, strict: bool) -> list[Fault]:
    found = []
    for fault in _walk(value, kind, (), strict=strict):
        found.append(fault)
        if len(found) > MAX_FAULTS:
            break
    return found


def _walk(value: Any, hint: Any, path: Path, *, strict: bool) -> Iterator[Fault]:
    """Yield every fault of a value: those of its parts, else its own."""
    try:
        msgspec.convert(value, hint, strict=strict)
    except msgspec.ValidationError:
        own = wording.fault(hint, value)
    else:
        return
    kind = _bare(hint, value)
    inner = (_walk(part.value, part.hint, (*path, part.step), strict=strict) for part in _parts(value, kind))
    faults = chain(chain.from_iterable(inner), _names(value, kind, path))
    yield next(faults, Fault(path, own))
    yield from faults


def _names(value: Any, kind: Any, path: Path) -> Iterator[Fault]:
    """Yield the fields that an object lacks, and those that it should not have."""
    if not isinstance(value, dict):
        return
    if not _is_struct(kind):
        yield from _tag(value, kind, path)
        return
    fields = msgspec.structs.fields(kind)
    yield from (Fault((*path, field.encode_name), "Missing") for field in fields if _is_missing(field, value))
    if kind.__struct_config__.forbid_unknown_fields:
        known = {kind.__struct_config__.tag_field, *(field.encode_name for field in fields)}
        yield from (Fault((*path, name), "Unknown field") for name in value if name not in known)


def _tag(value: dict[str, Any], kind: Any, path: Path) -> Iterator[Fault]:
    """Yield the fault of an object that its tag makes none of several structs."""
    tagged = [other.__struct_config__ for other in get_args(kind) if _is_struct(other)]
    if tagged and (name := tagged[0].tag_field) is not None:
        known = [config.tag for config in tagged]
        missing = f"Missing: {wording.joined(known)}"
        one_of = Literal[tuple(known)]  # type: ignore[valid-type]
        yield Fault((*path, name), wording.fault(one_of, value[name]) if name in value else missing)


def _parts(value: Any, kind: Any) -> Iterator[_Part]:
    """Yield the parts of a value."""
    if isinstance(value, list) and get_origin(kind) is list:
        yield from (_Part(part, get_args(kind)[0], place) for place, part in enumerate(value))
    elif isinstance(value, dict) and get_origin(kind) is dict:
        yield from (_Part(part, get_args(kind)[1], name) for name, part in value.items())
    elif isinstance(value, dict) and _is_struct(kind):
        hints = get_type_hints(kind, include_extras=True)
        for field in msgspec.structs.fields(kind):
            if field.encode_name in value:
                yield _Part(value[field.encode_name], hints[field.name], field.encode_name)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_missing(field: msgspec.structs.FieldInfo, value: dict[str, Any]) -> bool:
    return field.required and field.encode_name not in value


def _bare(hint: Any, value: Any) -> Any:
    """Return the type that a value is meant to have: without bounds, and of several the one that its tag names."""
    while get_origin(hint) is Annotated:
        hint = hint.__origin__
    if get_origin(hint) not in (Union, UnionType):
        return hint
    others = [other for other in get_args(hint) if other not in (type(None), msgspec.UnsetType)]
    if len(others) > 1:
        others = [
            other for other in others if _is_struct(other) and isinstance(value, dict) and _is_tagged(other, value)
        ]
    return _bare(others[0], value) if others else hint


def _is_tagged(kind: Any, value: dict[str, Any]) -> bool:
    config = kind.__struct_config__
    return config.tag_field is not None and value.get(config.tag_field) == config.tag
