"""The template as CloudFormation gets it: Chalice's own resources and ours, merged."""

from __future__ import annotations

from typing import Any


def test_the_api_has_one_stage(template: Any) -> None:
    """Without this property SAM deploys the whole API a second time, as the stage `Stage`.

    Source: "AWS::Serverless::Api", OpenApiVersion, in the AWS SAM Developer Guide.
    """
    api = template["Resources"]["RestAPI"]["Properties"]
    assert (api["StageName"], api["OpenApiVersion"]) == ("api", "2.0")
    assert not any(made["Type"].startswith("AWS::ApiGateway::") for made in template["Resources"].values())


def test_lambda_lets_jobs_feed_their_own_queue(template: Any) -> None:
    """Its loop detection would stop a job after some 16 slices; no other function goes round."""
    loops = {
        name: made["Properties"]["RecursiveLoop"]
        for name, made in template["Resources"].items()
        if "RecursiveLoop" in made["Properties"]
    }
    assert loops == {"RunJob": "Allow"}
