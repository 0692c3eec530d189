"""schemathesis.toml names operations; each kind of exception is named for every operation that is of the kind."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from tests.system import PROJECT

DOCUMENT = json.loads((PROJECT / "chalicelib" / "static" / "openapi.json").read_text("utf-8"))


def operations() -> dict[str, list[dict[str, Any]]]:
    """Return the parameters of every operation by its id."""
    return {
        operation["operationId"]: [
            DOCUMENT["components"]["parameters"][given["$ref"].rsplit("/", 1)[-1]] if "$ref" in given else given
            for given in operation.get("parameters", ())
        ]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict)
    }


def may_answer_400() -> set[str]:
    """Return the ids of the operations that may refuse a request which their schema allows."""
    settings = tomllib.loads((PROJECT / "schemathesis.toml").read_text("utf-8"))
    return {
        name
        for block in settings["operations"]
        if 400 in block.get("checks", {}).get("positive_data_acceptance", {}).get("expected-statuses", ())
        for name in block["include-operation-id"]
    }


def test_every_status_that_refuses_a_request_counts_as_a_refusal() -> None:
    """A body that breaks the schema may also be too large: whichever check comes first is right."""
    settings = tomllib.loads((PROJECT / "schemathesis.toml").read_text("utf-8"))
    counted = {str(status) for status in settings["checks"]["negative_data_rejection"]["expected-statuses"]}
    answered = {
        status
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict)
        for status in operation["responses"]
        if status.startswith("4")
    }
    assert {"400", "413"} <= answered
    assert answered <= counted, f"schemathesis.toml lacks: {sorted(answered - counted)}"


@pytest.mark.parametrize(
    ("kind", "least", "belongs"),
    [
        ("a format that needs a mode", 3, lambda given: "figma" in given["schema"].get("enum", ())),
        ("a signed cursor", 9, lambda given: given["name"] == "cursor"),
    ],
)
def test_every_operation_that_may_refuse_what_its_schema_allows_is_named(kind, least, belongs):
    found = {name for name, parameters in operations().items() if any(belongs(given) for given in parameters)}
    assert len(found) >= least, kind
    assert found <= may_answer_400(), f"schemathesis.toml lacks: {sorted(found - may_answer_400())}"


def test_every_operation_that_takes_the_url_of_an_endpoint_is_named() -> None:
    """Such an operation answers `endpoint_not_allowed` to URLs that its schema allows."""
    found = {
        operation["operationId"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict) and "endpoint_not_allowed" in json.dumps(operation["responses"])
    }
    assert found == {"post_webhook", "patch_webhook"}
    assert found <= may_answer_400(), f"schemathesis.toml lacks: {sorted(found - may_answer_400())}"


def test_every_operation_with_a_time_in_its_body_is_named() -> None:
    """Its pattern lets days pass that no calendar has."""
    schemas = DOCUMENT["components"]["schemas"]
    timed = {f"#/components/schemas/{name}" for name, one in schemas.items() if "RFC 3339" in json.dumps(one)}
    found = {
        operation["operationId"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if content["schema"].get("$ref") in timed
    }
    assert found == {"post_replays"}
    assert found <= may_answer_400()


def test_every_operation_that_the_settings_name_exists():
    settings = tomllib.loads((PROJECT / "schemathesis.toml").read_text("utf-8"))
    named = {name for block in settings["operations"] for name in block["include-operation-id"]}
    assert named <= set(operations())
