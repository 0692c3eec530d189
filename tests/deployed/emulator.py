"""Run the AWS emulator `ministack`, under the Python of `.venv-deployed`: nothing of Janus is imported.

The few things that it does not know, or does otherwise than AWS, are dealt with here, so that template, zip and
commands stay those of a deployment. Its settings come from the environment (`tests/deployed/cloud.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS
FAILS = Path("fails")
Made = tuple[str, dict[str, Any]]

LEFT_OUT = {
    "FunctionErrorsAlarm": "an alarm on a sum of metrics: ministack knows alarms on one metric",
    "FunctionThrottlesAlarm": "an alarm on a sum of metrics",
    "TableThrottlesAlarm": "an alarm on a sum of metrics",
}
"""The resources of the template that the emulator cannot make, each with the reason."""


def leave_out() -> None:
    """Let CloudFormation take the alarms of `LEFT_OUT` for made."""
    alarm = HANDLERS["AWS::CloudWatch::Alarm"]
    create, update, delete = alarm["create"], alarm["update"], alarm["delete"]

    def created(name: str, properties: Any, stack: str) -> Made:
        return (name, {}) if name in LEFT_OUT else create(name, properties, stack)

    def updated(physical: str, old: Any, new: Any, stack: str, name: str) -> Made:
        return (physical, {}) if name in LEFT_OUT else update(physical, old, new, stack, name)

    def deleted(physical: str, properties: Any) -> None:
        if physical not in LEFT_OUT:
            delete(physical, properties)

    alarm.update(create=created, update=updated, delete=deleted)


def authorize_batches() -> None:
    """Authorize the batches of SQS as AWS does, by the action on one message: no policy can name another."""
    action = iam_actions.extract_iam_action

    def authorized(*arguments: Any, **more: Any) -> str | None:
        named: str | None = action(*arguments, **more)
        return named.removesuffix("Batch") if named and named.startswith("sqs:") else named

    iam_actions.extract_iam_action = authorized


def fail_once() -> None:
    """Let the next creation or update of a type fail that the file `fails` in the working folder names."""

    def failing(kind: str, handle: Any) -> Any:
        def handled(*arguments: Any) -> Any:
            if FAILS.exists() and FAILS.read_text() == kind:
                FAILS.unlink()
                raise ValueError("the test lets this fail")
            return handle(*arguments)

        return handled

    for kind in ("AWS::CloudWatch::Alarm", "AWS::Lambda::Function"):
        HANDLERS[kind].update({act: failing(kind, HANDLERS[kind][act]) for act in ("create", "update")})


def read_extensions() -> None:
    """Give the API what its OpenAPI document says in extensions: ministack reads the resources' properties alone.

    These are the binary media types (without them bodies of images become text) and the gateway responses.
    """
    api, response = HANDLERS["AWS::ApiGateway::RestApi"], HANDLERS["AWS::ApiGateway::GatewayResponse"]
    create, update = api["create"], api["update"]

    def completed(made: Made, properties: Any, stack: str) -> Made:
        for kind, told in properties["Body"].get("x-amazon-apigateway-gateway-responses", {}).items():
            named = {name[0].upper() + name[1:]: value for name, value in told.items()}
            response["create"](kind, {"RestApiId": made[0], "ResponseType": kind, **named}, stack)
        return made

    def with_types(properties: Any) -> Any:
        return {
            **properties,
            "BinaryMediaTypes": properties["Body"].get("x-amazon-apigateway-binary-media-types", []),
        }

    def created(name: str, properties: Any, stack: str) -> Made:
        return completed(create(name, with_types(properties), stack), properties, stack)

    def updated(physical: str, old: Any, new: Any, stack: str, name: str) -> Made:
        return completed(update(physical, with_types(old), with_types(new), stack, name), new, stack)

    api.update(create=created, update=updated)


if __name__ == "__main__":
    leave_out()
    read_extensions()
    authorize_batches()
    fail_once()
    app._port_is_bindable = lambda *_: False  # else TLS takes port 443, too
    app.main()
