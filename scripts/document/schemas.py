"""JSON schemas of structs and typed dictionaries, with the comments beside their fields as descriptions."""

from __future__ import annotations

import ast
import inspect
import io
import sys
import textwrap
import tokenize
from typing import TYPE_CHECKING, Any

import msgspec

from image_processing import metadata
from image_processing.analysis.types import Analysis

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCE = "#/components/schemas/{name}"
METADATA = "Metadata"
SHOWN_ANALYSIS = "ShownAnalysis"


def components(kinds: Iterable[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the schema of each type (mostly a reference), and all that they refer to by name."""
    given = list(kinds)
    found, named = msgspec.json.schema_components([*given, Analysis], ref_template=REFERENCE)
    for schema in named.values():
        if "description" in schema:  # Python 3.13 takes the indentation out of docstrings, earlier ones keep it
            schema["description"] = inspect.cleandoc(schema["description"])
    described = _classes(given)
    for name, schema in named.items():
        if name in described:
            _describe(schema, comments(described[name]))
        _open_up(schema)
    shown = {key: value for key, value in named[Analysis.__name__].items() if key != "required"}
    named[SHOWN_ANALYSIS] = {
        **shown,
        "title": SHOWN_ANALYSIS,
        "description": "The public part of an analysis.",
    }
    whole = metadata.schema()
    named[METADATA] = {"title": METADATA, **{key: whole[key] for key in whole if not key.startswith("$")}}
    return list(found)[: len(given)], dict(sorted(named.items()))


def comments(kind: type) -> dict[str, str]:
    """Return the comments beside a class's fields, by field; those of its bases, too."""
    source = textwrap.dedent(inspect.getsource(kind))
    (body,) = ast.parse(source).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for name in (
        base.id for base in body.bases if isinstance(base, ast.Name)
    ):  # a TypedDict knows no bases itself
        base = vars(sys.modules[kind.__module__]).get(name)
        if isinstance(base, type) and base.__module__.startswith(("chalicelib", "image_processing")):
            found |= comments(base)
    return found | _beside_fields(source, body)


def _beside_fields(source: str, body: ast.ClassDef) -> dict[str, str]:
    names = {
        line.end_lineno: line.target.id
        for line in body.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        names[token.start[0]]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT and token.start[0] in names
    }


def _classes(kinds: Iterable[Any]) -> dict[str, type]:
    """Return the classes of the modules that types come from, by their names."""
    modules = {kind.__module__ for kind in kinds if isinstance(kind, type)} | {Analysis.__module__}
    return {
        name: value
        for module in sorted(modules)
        for name, value in vars(sys.modules[module]).items()
        if isinstance(value, type) and not issubclass(value, Exception)
    }


def _describe(schema: dict[str, Any], texts: dict[str, str]) -> None:
    for name, text in texts.items():
        if name in schema.get("properties", {}):
            schema["properties"][name].setdefault("description", text[:1].upper() + text[1:])


def _open_up(schema: dict[str, Any]) -> None:
    """Put the library's own schemas where an answer holds its results: all of them for the owner alone."""
    properties = schema.get("properties", {})
    analysis = Analysis.__name__ if "owner" in schema.get("required", ()) else SHOWN_ANALYSIS
    for name, shape in (("metadata", METADATA), ("analysis", analysis)):
        if properties.get(name, {}).get("type") == "object":
            properties[name] = {"$ref": REFERENCE.format(name=shape)}
