"""The template as CloudFormation gets it: Chalice's own resources and ours, merged."""

from __future__ import annotations

from typing import Any

from chalicelib.offline import streams


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


def test_a_poison_record_does_not_block_its_shard_for_a_day(template: Any) -> None:
    """The batch is bisected, its record tried 30 times, then queued; alarms watch that queue and the age."""
    (source,) = template["Resources"]["FollowImages"]["Properties"]["Events"].values()
    told = source["Properties"]
    assert (told["BisectBatchOnFunctionError"], told["MaximumRetryAttempts"]) == (True, 30)
    assert streams.RETRIES == 30
    queue = {"Fn::GetAtt": ["ChangesDeadLetterQueue", "Arn"]}
    assert told["DestinationConfig"] == {"OnFailure": {"Type": "SQS", "Destination": queue}}
    alarms = [made["Properties"] for made in template["Resources"].values() if made["Type"].endswith("::Alarm")]
    dead = [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["ChangesDeadLetterQueue", "QueueName"]}}]
    assert [alarm["Threshold"] for alarm in alarms if alarm.get("Dimensions") == dead] == [0]
    ages = [alarm for alarm in alarms if alarm.get("MetricName") == "IteratorAge"]
    assert [(alarm["Threshold"], alarm["AlarmActions"]) for alarm in ages] == [(300_000, [{"Ref": "AlarmTopic"}])]
