"""Programs find the stage that they work on."""

from __future__ import annotations

import json
import uuid

import pytest

from chalicelib import aws as aws_clients
from chalicelib.commands import stages
from chalicelib.offline import launch
from scripts.package import build


@pytest.mark.slow
def test_a_deployed_stage_is_known_by_its_stack(aws: str) -> None:
    """The outputs of the template are the settings; another stage is refused."""
    wanted = {"ImagesBucketName": "b", "UserPoolId": "us-east-1_x", "UserPoolClientId": "c", "AlarmTopicArn": "t"}
    texts = [(launch.PROJECT / ".chalice" / name).read_text() for name in build.RESOURCES]
    described = "".join(text.partition("\nOutputs:\n")[2] for text in texts)
    assert all(f"  {name}:\n" in described for name in wanted)
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in wanted.items()},
    }
    name = f"stage-{uuid.uuid4().hex[:8]}"
    aws_clients.client("cloudformation").create_stack(StackName=f"janus-{name}", TemplateBody=json.dumps(template))
    assert stages._outputs(name) == {
        "IMAGES_BUCKET": "b",
        "AUTH_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x",
        "AUTH_CLIENT_ID": "c",
    }
    with pytest.raises(stages.StageError, match="is not found"):
        stages._outputs("absent")
    with pytest.raises(stages.StageError, match="there is dev, prod"):
        stages.enter("absent")
