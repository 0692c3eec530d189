"""Run the AWS emulator `ministack`, under the Python of `.venv-deployed`: nothing of Janus is imported.

The few things that it does not know, or does otherwise than AWS, are dealt with here, so that template, zip and
commands stay those of a deployment. Its settings come from the environment (`tests/deployed/cloud.py`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.services import dynamodb
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


def fail() -> None:
    """Let creations and updates of a type fail as the file `fails` in the working folder says.

    Its first line is the type; each further line is the outcome of one more of them, `works` or `fails`.
    """

    def failing(kind: str, handle: Any) -> Any:
        def handled(*arguments: Any) -> Any:
            lines = FAILS.read_text().splitlines() if FAILS.exists() else []
            if lines[:1] != [kind]:
                return handle(*arguments)
            if lines[2:]:
                FAILS.write_text("\n".join([kind, *lines[2:]]))
            else:
                FAILS.unlink()
            if lines[1] == "fails":
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


def answer_by_name() -> None:
    """Serve an API under the name that AWS gives it, too, which is the stack's output."""
    app._EXECUTE_API_RE = re.compile(
        r"^([a-f0-9]{8})\.execute-api\.(?:localhost|[a-z0-9-]+\.amazonaws\.com)(?::\d+)?$"
    )


def name_secrets() -> None:
    """Let a reference to a secret be its ARN, which policies name, and let CloudFormation import secrets.

    In ministack a reference is the secret's name, so that no policy allows to read it, and no secret is imported.
    """
    secret = HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = secret["create"], secret["update"], secret["delete"]

    def created(*arguments: Any) -> Made:
        attributes = create(*arguments)[1]
        return attributes["Arn"], attributes

    def updated(arn: str, *arguments: Any) -> Made:
        attributes = update(_name_of(arn), *arguments)[1]
        return attributes["Arn"], attributes

    def deleted(arn: str, properties: Any) -> None:
        delete(_name_of(arn), properties)

    def imported(identifier: Any) -> Made:
        return identifier["Id"], {"Id": identifier["Id"], "Arn": identifier["Id"]}

    secret.update({"create": created, "update": updated, "delete": deleted, "import": imported})


def _name_of(arn: str) -> str:
    return arn.rpartition(":")[2].rpartition("-")[0]  # six random characters follow the name


def recover_from_backups() -> None:
    """Restore a table to a point in time from its last backup before that: ministack copies it as it is now."""

    def restored(asked: Any) -> Any:
        table, time = asked["SourceTableName"], float(asked["RestoreDateTime"])
        known = [one["BackupDetails"] for one in dynamodb._backups.values() if _table_of(one) == table]
        made = [one for one in known if one["BackupCreationDateTime"] <= time]
        last = max(made, key=lambda one: float(one["BackupCreationDateTime"]))
        return dynamodb._restore_table_from_backup({**asked, "BackupArn": last["BackupArn"]})

    dynamodb._restore_table_to_point_in_time = restored


def _table_of(backup: Any) -> Any:
    return backup["SourceTableDetails"]["TableName"]


if __name__ == "__main__":
    leave_out()
    name_secrets()
    recover_from_backups()
    answer_by_name()
    read_extensions()
    authorize_batches()
    fail()
    app._port_is_bindable = lambda *_: False  # else TLS takes port 443, too
    app.main()
