"""The page about events equals the table of types, and bodies fit the schemas that are published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from chalicelib.extensions.integrations import event, event_types
from tests.event_names import NAMES
from tests.system import PROJECT

FOLDER = PROJECT / "docs" / "events"
ALL = [*NAMES, "webhook.test"]


def schema_of(name: str) -> Any:
    """Return the schema of a type as it is published."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def body_of(name: str) -> Any:
    """Return the example of a type as a receiver gets it."""
    kind = event_types.TYPES[name]
    return json.loads(event.make(name, "owner", datetime(2026, 11, 29, tzinfo=UTC), kind.example, "cause").body)


def examples() -> dict[str, Any]:
    """Return the examples of the page, by their type."""
    parts = (PROJECT / "docs" / "events.md").read_text().split("\n## ")[1:]
    return {
        part.partition("\n")[0]: json.loads(part.partition("```json\n")[2].partition("```")[0]) for part in parts
    }


def test_every_type_is_on_the_page_and_has_a_schema() -> None:
    """Those of the first plan, and no other; no schema of a former type is left."""
    assert list(event_types.TYPES) == ALL
    assert list(examples()) == ALL
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_body_fits_its_schema(name: str) -> None:
    """The example of the page, and a body made of it; not without one of its fields, nor as another type."""
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    body = body_of(name)
    assert examples()[name]["data"] == body["data"]
    validator.validate(examples()[name])
    validator.validate(body)
    validator.validate({**body, "later": True, "data": {**body["data"], "later": 1}})
    assert schema["properties"]["data"]["$id"] == f"urn:janus:event:{name}:1"
    for field in body:
        assert not validator.is_valid({key: value for key, value in body.items() if key != field})
    for field in body["data"]:
        assert not validator.is_valid(
            {**body, "data": {key: value for key, value in body["data"].items() if key != field}}
        )
        assert (
            not validator.is_valid({**body, "data": {**body["data"], field: {"no": "such"}}}) or field == "links"
        )
    assert not validator.is_valid({**body, "type": "image.unknown"})
    assert not validator.is_valid({**body, "schema": 2})


@pytest.mark.parametrize("name", ALL)
def test_every_field_has_a_meaning(name: str) -> None:
    """In the schema, and so on the page; a field that has none fails here: comment on it beside its type."""
    data = schema_of(name)["properties"]["data"]
    parts = [data, *data.get("$defs", {}).values()]
    assert [
        field for part in parts for field, about in part["properties"].items() if not about["description"]
    ] == []
