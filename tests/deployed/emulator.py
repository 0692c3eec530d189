"""Run the AWS emulator `ministack`, under the Python of `.venv-deployed`: nothing of Janus is imported.

The few properties of the template that it does not understand are dealt with here, so that template, zip and commands
stay those of a deployment. Its settings come from the environment (`tests/deployed/cloud.py`).
"""

from __future__ import annotations

from typing import Any

from ministack import app
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS
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
    app._port_is_bindable = lambda *_: False  # else TLS takes port 443, too
    leave_out()
    read_extensions()
    app.main()
