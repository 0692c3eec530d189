"""The template as CloudFormation gets it: Chalice's own resources and ours, merged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.offline import streams
from scripts.package import adopt


def test_the_api_has_one_stage(template: Any) -> None:
    """Without this property SAM deploys the whole API a second time, as the stage `Stage`.

    Source: "AWS::Serverless::Api", OpenApiVersion, in the AWS SAM Developer Guide.
    """
    api = template["Resources"]["RestAPI"]["Properties"]
    assert (api["StageName"], api["OpenApiVersion"]) == ("api", "2.0")
    others = {"AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment"}
    assert not any(made["Type"] in others for made in template["Resources"].values())


def test_api_gateway_knows_head_wherever_get_is(template: Any) -> None:
    """It answers 403 to a method that is not declared; the same function gets it, in the same way."""
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert {path for path, methods in paths.items() if "head" in methods} == {
        path for path, methods in paths.items() if "get" in methods
    }
    for methods in paths.values():
        if "get" in methods:
            assert methods["head"] == methods["get"]
    assert {"/", "/p/{image_id}", "/s/{token}", "/static/{version}/{name}", "/oembed", "/v1/status"} < paths.keys()


@pytest.mark.medium
def test_the_api_fits_into_a_stack(template: Any) -> None:
    """A template has up to 1 MB, an API up to 300 resources, which are the parts of its paths.

    Sources: "Understand CloudFormation quotas"; "Quotas for configuring and running a REST API in API Gateway".
    """
    assert len(yaml.safe_dump(template, sort_keys=True, width=115)) < 500_000
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    nodes = {path[:end] for path in paths for end in range(1, len(path) + 1) if path[end : end + 1] in ("", "/")}
    assert len(nodes) < 250


def test_lambda_lets_jobs_and_deliveries_feed_their_own_queues(template: Any) -> None:
    """Its loop detection would stop a job after some 16 slices; no other function goes round."""
    loops = {
        name: made["Properties"]["RecursiveLoop"]
        for name, made in template["Resources"].items()
        if "RecursiveLoop" in made["Properties"]
    }
    assert loops == {"RunJob": "Allow", "DeliverEvents": "Allow"}


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


KEPT = {"ImagesBucket", "ImagesTable", "AccountsTable", "UserPool", "CursorSecret", "WebhooksKey"}


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


def test_only_the_api_knows_the_secret_of_the_client(template: Any) -> None:
    """The pool makes it: the id of the client, in every token, is not enough to sign up past the rate limit."""
    resources = template["Resources"]
    client = resources["UserPoolClient"]["Properties"]
    assert client["GenerateSecret"] is True
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    given = {
        name: made["Properties"]["Environment"]["Variables"]["AUTH_CLIENT_SECRET"]
        for name, made in resources.items()
        if "AUTH_CLIENT_SECRET" in made.get("Properties", {}).get("Environment", {}).get("Variables", {})
    }
    assert given == {"APIHandler": {"Fn::GetAtt": ["UserPoolClient", "ClientSecret"]}}
    everywhere = [template["Globals"], template["Outputs"]]
    assert "ClientSecret" not in json.dumps(everywhere)


def test_a_user_s_second_factor_is_offered_and_admins_may_need_it(template: Any) -> None:
    """Codes of an app, no text messages, which would cost; the parameter reaches the API, and is off by itself."""
    pool = template["Resources"]["UserPool"]["Properties"]
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    parameter = template["Parameters"]["AdminsNeedSecondFactor"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables["ADMINS_NEED_SECOND_FACTOR"] == {"Ref": "AdminsNeedSecondFactor"}
    assert variables["JANUS_STAGE"] == "prod"  # Chalice's own stay


def test_a_changed_address_counts_once_it_is_verified(template: Any) -> None:
    """Until then the old one signs in, and gets the mail."""
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["AutoVerifiedAttributes"] == ["email"]


def test_mail_is_sent_by_ses_where_an_address_is_given(template: Any) -> None:
    """From that address, by the identity of its domain; otherwise by Cognito itself."""
    assert template["Parameters"]["MailFrom"]["Default"] == ""
    assert template["Conditions"]["MailIsOurs"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MailFrom"}, ""]}]}
    ours = {
        "EmailSendingAccount": "DEVELOPER",
        "From": {"Ref": "MailFrom"},
        "SourceArn": {
            "Fn::Sub": [
                "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${Domain}",
                {"Domain": {"Fn::Select": [1, {"Fn::Split": ["@", {"Fn::Sub": "${MailFrom}@"}]}]}},
            ]
        },
    }
    assert template["Resources"]["UserPool"]["Properties"]["EmailConfiguration"] == {
        "Fn::If": ["MailIsOurs", ours, {"EmailSendingAccount": "COGNITO_DEFAULT"}]
    }


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("", True),
        ("no-reply@example.org", True),
        ("a+b@mail.example.co.uk", True),
        ("example.org", False),
        ("a@b@example.org", False),
        ("Janus <a@example.org>", False),
        ("a@localhost", False),
    ],
)
def test_the_sender_is_one_address(template: Any, address: str, *, taken: bool) -> None:
    """Its domain is what stands after the one `@`; the pattern says by itself that it is for the whole value."""
    assert bool(re.search(template["Parameters"]["MailFrom"]["AllowedPattern"], address)) is taken


def test_threat_protection_comes_with_its_plan_and_the_callers_addresses(template: Any) -> None:
    """By one parameter: the plan, the mode, the addresses by which to judge, and the answer to a high risk."""
    resources, judged = template["Resources"], "ThreatsAreJudged"
    parameter = template["Parameters"]["ThreatProtection"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("OFF", ["OFF", "AUDIT", "ENFORCED"])
    assert template["Conditions"][judged] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ThreatProtection"}, "OFF"]}]}
    pool = resources["UserPool"]["Properties"]
    assert pool["UserPoolTier"] == {"Fn::If": [judged, "PLUS", "ESSENTIALS"]}
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": {"Ref": "ThreatProtection"}}
    told = resources["UserPoolClient"]["Properties"]["EnablePropagateAdditionalUserContextData"]
    assert told == {"Fn::If": [judged, True, False]}
    variables = resources["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables["AUTH_THREAT_PROTECTION"] == {"Ref": "ThreatProtection"}
    responses = resources["ThreatResponses"]
    assert responses["Condition"] == judged
    assert responses["Properties"]["CompromisedCredentialsRiskConfiguration"] == {
        "Actions": {"EventAction": "BLOCK"}
    }


@pytest.mark.slow
def test_a_new_stack_can_import_what_an_older_one_left(template: Any, tmp_path: Path) -> None:
    """The import template has the data alone, each retained, and refers to nothing that is not there."""
    imported = adopt.import_template(template)
    assert set(imported["Resources"]) == KEPT
    assert {made["DeletionPolicy"] for made in imported["Resources"].values()} == {"Retain"}
    assert imported["Resources"]["ImagesTable"]["Properties"] == template["Resources"]["ImagesTable"]["Properties"]
    path = tmp_path / "import.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(imported))))
    lint = [str(Path(sys.executable).with_name("cfn-lint")), str(path)]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def alarms(template: Any) -> dict[str, Any]:
    """Return the properties of all alarms."""
    resources = template["Resources"].items()
    return {name: made["Properties"] for name, made in resources if made["Type"] == "AWS::CloudWatch::Alarm"}


FUNCTIONS = {
    "APIHandler",
    "ExtractMetadata",
    "Sweep",
    "RunJob",
    "FollowImages",
    "DeliverEvents",
    "ReleaseDeliveries",
    "Recognize",
}
TABLES = {"ImagesTable", "FacetsTable", "AccountsTable", "TransientTable"}


@pytest.mark.parametrize(
    ("name", "metric", "statistic", "seconds", "comparison", "threshold", "missing"),
    [
        ("DeadLettersAlarm", "ApproximateNumberOfMessagesVisible", "Maximum", 300, "Greater", 0, "notBreaching"),
        ("DeadJobsAlarm", "ApproximateNumberOfMessagesVisible", "Maximum", 300, "Greater", 0, "notBreaching"),
        (
            "DeadDeliveriesAlarm",
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
            300,
            "Greater",
            0,
            "notBreaching",
        ),
        (
            "DeadRecognitionAlarm",
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
            300,
            "Greater",
            0,
            "notBreaching",
        ),
        ("DeadChangesAlarm", "ApproximateNumberOfMessagesVisible", "Maximum", 300, "Greater", 0, "notBreaching"),
        ("UploadsAgeAlarm", "ApproximateAgeOfOldestMessage", "Maximum", 300, "Greater", 900, "notBreaching"),
        ("JobsAgeAlarm", "ApproximateAgeOfOldestMessage", "Maximum", 300, "Greater", 3600, "notBreaching"),
        ("ChangesAgeAlarm", "IteratorAge", "Maximum", 300, "Greater", 300_000, "notBreaching"),
        ("SweepStoppedAlarm", "Invocations", "Sum", 7200, "Less", 1, "breaching"),
        ("ApiServerErrorsAlarm", "5XXError", "Sum", 300, "Greater", 0, "notBreaching"),
    ],
)
def test_an_alarm_goes_off_when_something_is_wrong(  # noqa: PLR0913, PLR0917
    template: Any,
    name: str,
    metric: str,
    statistic: str,
    seconds: int,
    comparison: str,
    threshold: int,
    missing: str,
) -> None:
    """Each alarm watches one metric; that of the sweep goes off when there is none."""
    alarm = alarms(template)[name]
    assert (alarm["MetricName"], alarm["Statistic"]) == (metric, statistic)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == seconds
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (f"{comparison}ThanThreshold", threshold)
    assert alarm["TreatMissingData"] == missing


@pytest.mark.parametrize(
    ("name", "watched"),
    [
        ("FunctionErrorsAlarm", {("Errors", function) for function in FUNCTIONS}),
        ("FunctionThrottlesAlarm", {("Throttles", function) for function in FUNCTIONS}),
        (
            "TableThrottlesAlarm",
            {(f"{kind}ThrottleEvents", table) for table in TABLES for kind in ("Read", "Write")},
        ),
    ],
)
def test_an_alarm_watches_all_functions_or_tables(template: Any, name: str, watched: set[tuple[str, str]]) -> None:
    """One alarm for their sum, which goes off above none."""
    total, *parts = alarms(template)[name]["Metrics"]
    assert total["Expression"] == "SUM(METRICS())"
    metrics = [part["MetricStat"]["Metric"] for part in parts]
    assert {(metric["MetricName"], metric["Dimensions"][0]["Value"]["Ref"]) for metric in metrics} == watched
    assert len(metrics) == len(watched) <= 10  # metrics in an alarm
    assert alarms(template)[name]["Threshold"] == 0


def test_every_alarm_reaches_the_topic_and_an_address_may_subscribe(template: Any) -> None:
    """By a parameter, empty by default; so is a budget."""
    resources = template["Resources"]
    assert {str(alarm["AlarmActions"]) for alarm in alarms(template).values()} == {"[{'Ref': 'AlarmTopic'}]"}
    assert [template["Parameters"][name]["Default"] for name in ("AlarmEmail", "MonthlyBudget")] == ["", 0]
    assert (resources["AlarmSubscription"]["Condition"], resources["Budget"]["Condition"]) == (
        "HasAlarmEmail",
        "HasBudget",
    )
    assert resources["AlarmSubscription"]["Properties"] == {
        "TopicArn": {"Ref": "AlarmTopic"},
        "Protocol": "email",
        "Endpoint": {"Ref": "AlarmEmail"},
    }
    (statement,) = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"]["Service"] == ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    notified = resources["Budget"]["Properties"]["NotificationsWithSubscribers"]
    assert [
        (told["Notification"]["NotificationType"], told["Notification"]["Threshold"]) for told in notified
    ] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]


def test_the_dashboard_shows_every_function_queue_and_table(template: Any) -> None:
    """Its body is JSON, and names no other resources than there are."""
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 8
    named = {name.removesuffix(".QueueName") for name in re.findall(r"\$\{([^}]+)\}", body)}
    queues = {name for name, made in template["Resources"].items() if made["Type"] == "AWS::SQS::Queue"}
    assert named == FUNCTIONS | TABLES | queues | {"AWS::Region", "Stage"}


def test_the_bucket_keeps_old_originals_for_thirty_days(template: Any) -> None:
    """By a parameter, on by default; old versions of everything else go after a day, and so do empty markers."""
    assert template["Parameters"]["Versioning"]["Default"] == "true"
    bucket = template["Resources"]["ImagesBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {
        "Fn::If": ["Versioned", {"Status": "Enabled"}, {"Ref": "AWS::NoValue"}]
    }
    rules = bucket["LifecycleConfiguration"]["Rules"]
    kept = {
        rule["Prefix"]: rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules if "Prefix" in rule
    }
    assert kept == {"uploads/": 30, "derived/": 1, "trash/": 1, "system/": 1}
    unmarked = [rule["Prefix"] for rule in rules if rule.get("ExpiredObjectDeleteMarker")]
    assert unmarked == ["uploads/", "derived/", "system/"]  # S3 does it for a rule with days by itself


@pytest.mark.parametrize("queue", ["Uploads", "Jobs", "Deliveries"])
def test_a_dead_letter_has_a_week_at_least(template: Any, queue: str) -> None:
    """SQS counts the days of a dead letter from the first sending of the message."""
    source, dead = (
        template["Resources"][name]["Properties"] for name in (f"{queue}Queue", f"{queue}DeadLetterQueue")
    )
    days = [properties["MessageRetentionPeriod"] / 86_400 for properties in (source, dead)]
    assert days == [7, 14]


def test_requests_are_logged_by_route_and_traced_by_parameter(template: Any) -> None:
    """The log never has the path, which may hold the secret of a share link."""
    api = template["Resources"]["RestAPI"]
    assert template["Resources"]["ApiLogs"]["DependsOn"] == "ApiGatewayAccount"
    condition, logged, _ = api["Properties"]["AccessLogSetting"]["Fn::If"]
    assert condition == "AccessLogged"
    fields = json.loads(logged["Format"].replace("$context.status", "200"))
    assert fields["route"] == "$context.resourcePath"
    assert set(fields) == {"time", "request_id", "method", "route", "status", "milliseconds", "ip"}
    assert [template["Parameters"][name]["Default"] for name in ("AccessLog", "Tracing")] == [
        "true",
        "PassThrough",
    ]
    traced = {name for name, made in template["Resources"].items() if made["Properties"].get("Tracing")}
    assert traced == FUNCTIONS
    assert {str(template["Resources"][name]["Properties"]["Tracing"]) for name in traced} == {"{'Ref': 'Tracing'}"}
    allowed = template["Resources"]["TracingPolicy"]
    assert allowed["Condition"] == "Traced"
    roles = {f"{name[0].upper()}{name[1:]}Role" for name in (FUNCTIONS - {"APIHandler"}) | {"ApiHandler"}}
    assert {role["Ref"] for role in allowed["Properties"]["Roles"]} == roles
