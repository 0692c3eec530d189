"""The stack's description agrees with the code: tables, names, settings, refusals, limits."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from chalice.package import YAMLTemplateSerializer

from chalicelib import aws as clients
from chalicelib.api.http import headers as common
from chalicelib.api.http import problems
from chalicelib.config import RATE_LIMITS, Settings, settings
from chalicelib.db import models
from chalicelib.logs import request_id
from chalicelib.offline import gateway, provisioning
from chalicelib.processing import trash

CHALICE = Path(__file__).parents[2] / ".chalice"
TEMPLATE = YAMLTemplateSerializer().load_template((CHALICE / "resources.yaml").read_text(), "resources.yaml")
PROD = json.loads((CHALICE / "config.json").read_text())["stages"]["prod"]
RESOURCES = TEMPLATE["Resources"]
GATEWAY = RESOURCES["RestAPI"]["Properties"]["GatewayResponses"]
VARIABLES = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]


@pytest.mark.parametrize("model", models.MODELS, ids=lambda model: model.__name__)
def test_the_template_makes_the_tables_of_the_models(aws: str, model: Any) -> None:
    """Keys, indexes, projections, billing and expiry are those of the table that the model itself makes."""
    name = model.Meta.table_name
    made = clients.client("dynamodb").describe_table(TableName=name)["Table"]
    expiry = clients.client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    properties = tables()[name]
    assert described(properties) == described(made)
    assert properties["BillingMode"] == made["BillingModeSummary"]["BillingMode"]
    assert properties["TimeToLiveSpecification"]["AttributeName"] == expiry["AttributeName"]
    assert properties["TimeToLiveSpecification"]["Enabled"]


def test_the_template_makes_no_other_tables(aws: str) -> None:
    """Each table of the template has its model."""
    assert set(tables()) == {model.Meta.table_name for model in models.MODELS}


def test_queues_have_the_names_that_the_code_uses() -> None:
    """Every queue and its dead-letter queue are found by the names of the settings."""
    names = {
        stage_text(resource["Properties"]["QueueName"])
        for resource in RESOURCES.values()
        if resource.get("Type") == "AWS::SQS::Queue"
    }
    assert names == {
        settings().uploads_queue,
        settings().uploads_dead_letter_queue,
        settings().jobs_queue,
        settings().jobs_dead_letter_queue,
        settings().deliveries_queue,
        settings().deliveries_dead_letter_queue,
        settings().recognition_queue,
        settings().recognition_dead_letter_queue,
        settings().changes_dead_letter_queue,
    }


def test_the_functions_get_every_setting_without_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """With only the variables of the template and the stage, each setting can be read."""
    for name in provisioning.environment("", provisioning.Client("", "", "")):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**VARIABLES, **PROD["environment_variables"]}.items():
        monkeypatch.setenv(name, str(by_default(value)))
    fresh = Settings()
    names = [name for name, value in vars(Settings).items() if isinstance(value, cached_property)]
    assert "cursor_secret" in names
    for name in names:
        getattr(fresh, name)
    assert (fresh.stage, fresh.endpoint_url, fresh.max_receive_count) == (
        "prod",
        None,
        provisioning.MAX_RECEIVE_COUNT,
    )


def by_default(value: Any) -> Any:
    """Return the value of a variable while all parameters have their defaults."""
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        return value["Fn::If"][2]
    return TEMPLATE["Parameters"].get(value.get("Ref"), {}).get("Default", value)


def test_images_are_sent_to_rekognition_only_by_a_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is, by default, and nothing may be spent; the parameter takes what the setting takes."""
    parameters = TEMPLATE["Parameters"]
    assert (parameters["Rekognition"]["Default"], parameters["RekognitionBudget"]["Default"]) == ("", 0)
    assert VARIABLES["JANUS_REKOGNITION"] == {"Ref": "Rekognition"}
    assert VARIABLES["JANUS_REKOGNITION_BUDGET_USD"] == {"Ref": "RekognitionBudget"}
    assert TEMPLATE["Conditions"]["LooksAtImages"] == {
        "Fn::Or": [
            {"Condition": "HasModels"},
            {"Condition": "AsksRekognition"},
            {"Condition": "FindsByMeaning"},
        ]
    }
    allowed = re.compile(parameters["Rekognition"]["AllowedPattern"])
    monkeypatch.setenv("JANUS_RECOGNITION", "local")
    for text, right in {"": (), "labels": ("label",), "text,moderation": ("moderation", "text")}.items():
        assert allowed.search(text)
        monkeypatch.setenv("JANUS_REKOGNITION", text)
        assert Settings().rekognition == right
    assert not any(allowed.search(text) for text in ("faces", "labels,", "labels text", "labels;text"))


def test_images_are_found_by_meaning_only_by_a_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    """None are, by default, and nothing may be spent; index and permissions are there only with it."""
    parameters = TEMPLATE["Parameters"]
    assert [parameters[name]["Default"] for name in ("Embeddings", "EmbeddingsBudget", "EmbeddingsCutoff")] == [
        "",
        0,
        0.2,
    ]
    for name, variable in {
        "Embeddings": "JANUS_EMBEDDINGS",
        "EmbeddingsBudget": "JANUS_EMBEDDINGS_BUDGET_USD",
        "EmbeddingsCutoff": "JANUS_EMBEDDINGS_CUTOFF",
    }.items():
        assert VARIABLES[variable] == {"Ref": name}
    arn = {"Fn::GetAtt": ["VectorIndex", "IndexArn"]}
    assert VARIABLES["VECTOR_INDEX"] == {"Fn::If": ["FindsByMeaning", arn, ""]}
    index = RESOURCES["VectorIndex"]
    assert {RESOURCES["VectorBucket"]["Condition"], index["Condition"]} == {"FindsByMeaning"}
    assert "IndexName" not in index["Properties"]  # notes of records tell one index from the next by its name
    assert {name: index["Properties"][name] for name in ("DataType", "Dimension", "DistanceMetric")} == {
        "DataType": "float32",
        "Dimension": 1024,
        "DistanceMetric": "cosine",
    }
    assert not {"DeletionPolicy", "UpdateReplacePolicy"} & index.keys()  # vectors are derived: they are made again
    monkeypatch.setenv("JANUS_RECOGNITION", "local")
    monkeypatch.setenv("VECTOR_INDEX", "arn")
    for text in parameters["Embeddings"]["AllowedValues"]:
        monkeypatch.setenv("JANUS_EMBEDDINGS", text)
        assert Settings().embeddings == text
    monkeypatch.setenv("JANUS_EMBEDDINGS_CUTOFF", str(parameters["EmbeddingsCutoff"]["Default"]))
    assert Settings().embeddings_cutoff == 0.2


@pytest.mark.parametrize(("secret", "data"), [("CursorSecret", "ImagesBucket"), ("WebhooksKey", "AccountsTable")])
def test_a_secret_stays_with_the_data_that_needs_it(secret: str, data: str) -> None:
    """Deleting or replacing the stack leaves it behind, as it leaves the derived files and the stored secrets."""
    kept = {name for name, found in RESOURCES.items() if found.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert kept >= {secret, data}
    assert RESOURCES[secret]["UpdateReplacePolicy"] == "Retain"


def test_the_key_of_webhooks_is_random_and_long_enough() -> None:
    """64 letters and digits; the functions get its ARN, not its value, which their settings would show."""
    generated = RESOURCES["WebhooksKey"]["Properties"]["GenerateSecretString"]
    assert generated == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert VARIABLES["WEBHOOKS_KEY_SECRET"] == {"Ref": "WebhooksKey"}


@pytest.mark.parametrize("queue", ["UploadsQueue", "JobsQueue", "DeliveriesQueue", "RecognitionQueue"])
def test_a_queue_tries_as_often_as_the_function_thinks(queue: str) -> None:
    """The redrive policy's count is MAX_RECEIVE_COUNT: on the last try the record says so."""
    redrive = RESOURCES[queue]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == int(VARIABLES["MAX_RECEIVE_COUNT"])


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        ("UploadsQueue", "extract_metadata"),
        ("JobsQueue", "run_job"),
        ("DeliveriesQueue", "deliver_events"),
        ("RecognitionQueue", "recognize"),
    ],
)
def test_a_message_stays_hidden_for_as_long_as_its_function_may_take(queue: str, function: str) -> None:
    """The visibility timeout is six times the function's (AWS Lambda Developer Guide, "Using Lambda with SQS")."""
    timeout = PROD["lambda_functions"][function]["lambda_timeout"]
    assert RESOURCES[queue]["Properties"]["VisibilityTimeout"] == 6 * timeout


@pytest.mark.parametrize("function", ["ExtractMetadata", "RunJob", "DeliverEvents", "Recognize"])
def test_a_batch_names_the_messages_that_failed(function: str) -> None:
    """The event source mapping reads the function's batchItemFailures."""
    source = RESOURCES[function]["Properties"]["Events"][f"{function}SqsEventSource"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_catalogue_follows_the_stream_of_the_table_of_images() -> None:
    """In order, shard by shard: the function's source is that stream, and its events name their shard."""
    (source,) = RESOURCES["FollowImages"]["Properties"]["Events"].values()
    assert source["Properties"]["Stream"] == {"Fn::GetAtt": ["ImagesTable", "StreamArn"]}
    assert source["Properties"]["TumblingWindowInSeconds"] > 0
    assert source["Properties"]["ParallelizationFactor"] == 1
    assert RESOURCES["ImagesTable"]["Properties"]["StreamSpecification"] == {
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    }


def test_the_bucket_tells_of_what_comes_and_goes_under_uploads() -> None:
    """Creations and removals under `uploads/` reach the queue, and nothing else does."""
    told = RESOURCES["ImagesBucket"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert {item["Event"] for item in told} == {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"}
    for item in told:
        assert item["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]


def test_the_bucket_expires_the_trash() -> None:
    """After as many days as the API says, and nothing else of it."""
    rules = RESOURCES["ImagesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = [rule for rule in rules if "ExpirationInDays" in rule]
    old = {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    assert expiring == [{"Id": "trash", "Status": "Enabled", "Prefix": "trash/", "ExpirationInDays": 30, **old}]
    assert trash.KEPT_DAYS == 30


def test_the_bucket_takes_browser_uploads_as_the_offline_one_does(aws: str) -> None:
    """Its CORS rule is that of the bucket offline."""
    offline = clients.client("s3").get_bucket_cors(Bucket=settings().images_bucket)["CORSRules"][0]
    rule = RESOURCES["ImagesBucket"]["Properties"]["CorsConfiguration"]["CorsRules"][0]
    assert sorted(rule["AllowedMethods"]) == sorted(offline["AllowedMethods"])
    assert rule["AllowedHeaders"] == offline["AllowedHeaders"]
    assert rule["ExposedHeaders"] == offline["ExposeHeaders"]


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", "route_not_found"),
        ("INVALID_SIGNATURE", "route_not_found"),
        ("REQUEST_TOO_LARGE", "body_too_large"),
        ("THROTTLED", "too_many_requests"),
        ("QUOTA_EXCEEDED", "too_many_requests"),
        ("DEFAULT_5XX", "internal_error"),
    ],
)
def test_the_gateway_refuses_in_the_words_of_the_code(response: str, code: str) -> None:
    """API Gateway's own answers are the problem details that `chalice local` gives, to the letter."""
    token = request_id.set("the-id")
    expected = problems.body(code, problems.GATEWAY[code])
    request_id.reset(token)
    assert json.loads(gateway_text(response).replace("$context.requestId", "the-id")) == expected
    assert GATEWAY[response]["StatusCode"] == str(expected["status"])


def test_any_other_refusal_of_the_gateway_is_a_problem_too() -> None:
    """Other refusals of API Gateway keep their status and words."""
    text = gateway_text("DEFAULT_4XX").replace("$context.error.messageString", '"Invalid body"')
    problem = json.loads(text)
    assert (problem["code"], problem["detail"]) == ("invalid_request", "Invalid body")
    assert problem["title"] == problems.CODES["invalid_request"][1]


@pytest.mark.parametrize("response", GATEWAY)
def test_the_gateway_s_refusals_carry_the_common_headers(response: str) -> None:
    """Browsers may read them, caches keep none, and the request id is beside them."""
    headers = dict(GATEWAY[response]["ResponseParameters"]["Headers"])
    assert headers.pop("X-Request-Id") == "context.requestId"
    assert headers.pop("Content-Type") == f"'{problems.CONTENT_TYPE}'"
    code = json.loads(gateway_text(response).replace("$context.error.messageString", '""'))["code"]
    expected = {**common.gateway(), **problems.GATEWAY_HEADERS.get(code, {})}
    assert headers == {name: f"'{value}'" for name, value in expected.items()}


def test_the_bucket_s_origins_are_the_api_s() -> None:
    """A parameter that is a list of origins, which packaging sets to the stage's ALLOWED_ORIGINS."""
    rule = RESOURCES["ImagesBucket"]["Properties"]["CorsConfiguration"]["CorsRules"][0]
    assert rule["AllowedOrigins"] == {"Ref": "AllowedOrigins"}
    assert TEMPLATE["Parameters"]["AllowedOrigins"]["Type"] == "CommaDelimitedList"


def test_the_whole_stage_has_a_limit_that_no_single_caller_can_use_up() -> None:
    """All routes and methods share one throttle of API Gateway, above the sum of one caller's own limits."""
    (throttle,) = RESOURCES["RestAPI"]["Properties"]["MethodSettings"]
    assert (throttle["ResourcePath"], throttle["HttpMethod"]) == ("/*", "*")
    one_caller = sum(quota / seconds for quota, seconds in RATE_LIMITS.values())
    assert throttle["ThrottlingBurstLimit"] >= throttle["ThrottlingRateLimit"] >= 5 * one_caller


def tables() -> dict[str, dict[str, Any]]:
    """Return the properties of the template's tables by their names in the tests' stage."""
    found = [item["Properties"] for item in RESOURCES.values() if item.get("Type") == "AWS::DynamoDB::Table"]
    return {stage_text(properties["TableName"]): properties for properties in found}


def described(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table's keys and indexes in one order, whoever describes it."""
    return {
        "attributes": sorted(
            (item["AttributeName"], item["AttributeType"]) for item in table["AttributeDefinitions"]
        ),
        "keys": table["KeySchema"],
        "indexes": {
            index["IndexName"]: (
                index["KeySchema"],
                index["Projection"]["ProjectionType"],
                sorted(index["Projection"].get("NonKeyAttributes", [])),
            )
            for index in table.get("GlobalSecondaryIndexes", [])
        },
    }


def gateway_text(response: str) -> str:
    """Return the body of one of API Gateway's refusals."""
    text: str = GATEWAY[response]["ResponseTemplates"]["application/json"]
    return text


def stage_text(substituted: dict[str, str]) -> str:
    """Return a name of the template in the tests' stage."""
    return substituted["Fn::Sub"].replace("${Stage}", settings().stage)


def test_the_gateway_compresses_as_the_offline_one_does() -> None:
    """From the same number of bytes on."""
    assert PROD["minimum_compression_size"] == gateway.MIN_COMPRESSED_BYTES == 1024


@pytest.mark.parametrize("function", ["DeliverEvents", "ReleaseDeliveries"])
def test_functions_that_deliver_have_no_secret_of_page_tokens(function: str) -> None:
    """An empty value is none, and takes that of all functions away."""
    assert "CURSOR_SECRET" in VARIABLES
    assert RESOURCES[function]["Properties"]["Environment"]["Variables"] == {"CURSOR_SECRET": ""}
