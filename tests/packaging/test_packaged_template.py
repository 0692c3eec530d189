"""The template as CloudFormation gets it: Chalice's own resources and ours, merged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from chalicelib.offline import streams
from scripts.package import adopt


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


KEPT = {"ImagesBucket", "ImagesTable", "AccountsTable", "UserPool", "CursorSecret"}


def test_data_outlive_the_stack_but_not_a_creation_that_fails(template: Any) -> None:
    """Fixed names would otherwise keep a second attempt from succeeding."""
    policies = {
        name: (made["DeletionPolicy"], made["UpdateReplacePolicy"])
        for name, made in template["Resources"].items()
        if "DeletionPolicy" in made
    }
    assert policies == dict.fromkeys(KEPT, ("RetainExceptOnCreate", "Retain"))


def test_tables_and_user_pool_refuse_to_be_deleted(template: Any) -> None:
    """Unless a parameter says otherwise, as it does while the stack is created."""
    resources = template["Resources"]
    assert template["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert template["Conditions"]["Protected"] == {"Fn::Equals": [{"Ref": "DeletionProtection"}, "true"]}
    tables = [made["Properties"] for made in resources.values() if made["Type"] == "AWS::DynamoDB::Table"]
    assert [table["DeletionProtectionEnabled"] for table in tables] == [{"Fn::If": ["Protected", True, False]}] * 4
    assert resources["UserPool"]["Properties"]["DeletionProtection"] == {
        "Fn::If": ["Protected", "ACTIVE", "INACTIVE"]
    }


def test_a_new_stack_can_import_what_an_older_one_left(template: Any, tmp_path: Path) -> None:
    """The import template has the data alone, each retained, and refers to nothing that is not there."""
    imported = adopt.import_template(template)
    assert set(imported["Resources"]) == KEPT
    assert {made["DeletionPolicy"] for made in imported["Resources"].values()} == {"Retain"}
    assert imported["Resources"]["ImagesTable"]["Properties"] == template["Resources"]["ImagesTable"]["Properties"]
    path = tmp_path / "import.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(imported))))
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W2001", "--", str(path)]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
