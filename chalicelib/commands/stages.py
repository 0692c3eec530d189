"""Programs that work on a stage (seeds, backfill, recount, reindex) begin here: offline, or on AWS.

Offline, JANUS_PORT names the API of the system that is meant, where it is not the project's own. On AWS they need
the rights of the person who deployed the stage, and `AWS_REGION`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.offline import launch, provisioning

if TYPE_CHECKING:
    from collections.abc import Iterable


class StageError(Exception):
    """The stage is not reached, or has no such owner; the message says why."""


def enter(stage: str, owners: Iterable[str] = ()) -> None:
    """Make this process one of the stage, to work on some owners; raise StageError where that cannot be."""
    strange = [owner for owner in owners if not keys.is_owner(owner)]
    if strange:
        raise StageError(f"{strange[0]!r} cannot be an owner.")
    config = json.loads((launch.PROJECT / ".chalice" / "config.json").read_text())["stages"]
    if stage not in config:
        raise StageError(f"No stage {stage!r} in .chalice/config.json; there is {', '.join(config)}.")
    variables = config[stage].get("environment_variables", {})
    if variables.get("JANUS_OFFLINE") == "true":
        port = os.environ.get("JANUS_PORT") or None
        box = launch.find(port)
        if box is None:
            where = "" if port is None else f" on port {port}"
            start = "make run" if port is None else f"make run PORT={port}"
            raise StageError(f"The offline system does not run{where}: start it with `{start}`.")
        provisioning.provision(box.endpoint)
    elif not os.environ.get("IMAGES_BUCKET"):
        os.environ.update(_outputs(stage))


def _outputs(stage: str) -> dict[str, str]:
    """Return the settings that a stage's stack has as its outputs."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  only for stages on AWS

    try:
        stacks = aws.client("cloudformation").describe_stacks(StackName=f"janus-{stage}")["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise StageError(f"The stack janus-{stage} is not found: {error}") from error
    found: dict[str, Any] = {item["OutputKey"]: item["OutputValue"] for item in stacks[0]["Outputs"]}
    return {
        "IMAGES_BUCKET": found["ImagesBucketName"],
        "AUTH_ISSUER": f"https://cognito-idp.{settings().region}.amazonaws.com/{found['UserPoolId']}",
        "AUTH_CLIENT_ID": found["UserPoolClientId"],
    }
