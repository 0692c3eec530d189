"""A stage's life: a creation that fails, another, users, updates, the end. Each test needs those before it."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from PIL import Image

from tests import samples
from tests.deployed.cloud import STACK, failures
from tests.journey.course import run
from tests.journey.people import wait_for, wait_same
from tests.journey.target import errors_in
from tests.journey.uploading import post_with_ticket
from tests.packaging import lambda_events

if TYPE_CHECKING:
    from tests.deployed.cloud import Cloud
    from tests.journey.people import Person

pytestmark = pytest.mark.deployed
TABLES = {f"janus-prod-{name}" for name in ("accounts", "facets", "images", "transient")}
PHOTO = samples.photo(3)


@pytest.fixture(autouse=True)
def _timed(request: pytest.FixtureRequest) -> Any:
    time.monotonic()
    return


def tables(cloud: Cloud) -> dict[str, bool]:
    """Return whether each table is protected against its deletion."""
    dynamodb = cloud.client("dynamodb")
    return {
        name: dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled", False)
        for name in dynamodb.list_tables()["TableNames"]
    }


def status(cloud: Cloud) -> str:
    """Return the status of the stack."""
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return str(stack["StackStatus"])


def records(person: Person) -> dict[str, tuple[str, str]]:
    """Return what a user's images are: file name, state and checksum by id."""
    found = {}
    for image in person.pages("/v1/images?limit=100"):
        record = person.get(f"/v1/images/{image['image_id']}")
        found[image["image_id"]] = (record["name"], f"{record['state']} {record['sha256']}")
    return found


def test_a_creation_that_fails_leaves_nothing(cloud: Cloud) -> None:
    """What outlives a stack does not outlive its failed creation, or its name would be taken."""
    cloud.fail_once("AWS::CloudWatch::Alarm")
    failed = cloud.deploy()
    assert failed.returncode != 0, failures(failed.stdout)
    assert status(cloud) == "ROLLBACK_COMPLETE"
    assert tables(cloud) == {}
    buckets = cloud.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if "images" in bucket["Name"]] == []
    assert cloud.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []


def test_the_same_command_creates_the_stage_then(cloud: Cloud) -> None:
    """All data are protected from then on."""
    made = cloud.deploy()
    assert made.returncode == 0, failures(made.stdout)
    assert tables(cloud) == dict.fromkeys(TABLES, True)
    (pool,) = cloud.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    told = cloud.client("cognito-idp").describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
    assert told["DeletionProtection"] == "ACTIVE"


def test_one_stage_is_served_and_refusals_are_problems(cloud: Cloud, person: Person) -> None:
    """API Gateway's own refusals carry a code as the application's do; nothing else serves the API."""
    stages = cloud.client("apigateway").get_stages(restApiId=cloud.outputs()["RestAPIId"])["item"]
    assert [stage["stageName"] for stage in stages] == ["api"]
    person.refused("GET", "/v1/nothing", 404, "route_not_found")


def test_the_journey_of_users(cloud: Cloud) -> None:
    """The very journey that goes against `make run`."""
    run(cloud.target())


def test_the_functions_log_events(cloud: Cloud) -> None:
    """Lambda loads the module of a function alone: its lines are JSON all the same. The stream names no shard."""
    lines = cloud.logged()
    for name in ("image_ready", "changes_followed", "job_done", "request"):
        assert any(f'"event": "{name}"' in line for line in lines), name
    assert all('"shard": null' in line for line in lines if '"event": "changes_followed"' in line)


def test_bytes_that_became_a_text_are_refused(cloud: Cloud, person: Person) -> None:
    """API Gateway makes texts of bodies whose type is not binary: none is stored as an image."""
    token = str(person.http.headers["Authorization"]).removeprefix("Bearer ")
    event = lambda_events.request("POST", "/v1/images", token=token)
    event["headers"]["content-type"] = "image/jpeg"
    event["body"] = PHOTO.decode(errors="replace")
    answer = cloud.invoke("APIHandler", event)
    assert answer["statusCode"] == 415
    assert '"body_not_binary"' in answer["body"]


@pytest.fixture(scope="module")
def kept(person: Person) -> str:
    """Return an image that is there before the updates."""
    image_id = post_with_ticket(person, "kept.jpg", PHOTO)
    person.settled(image_id)
    return image_id


def test_a_batch_out_of_time_gives_back_the_rest(cloud: Cloud, person: Person) -> None:
    """Of four uploads in one batch the second takes too long: the first stays done, and the rest comes again."""
    functions, function = cloud.client("lambda"), cloud.resource("ExtractMetadata")
    mapping = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"][0]["UUID"]
    wait_same(lambda: _waiting(cloud), 0)  # no event of the journey may be of the batch
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    functions.update_function_configuration(FunctionName=function, Timeout=7)  # two seconds, and five to write
    large = io.BytesIO()
    Image.effect_noise((6000, 4000), 90).convert("RGB").save(large, "JPEG", quality=60)
    s3, prefix = cloud.client("s3"), f"uploads/{person.owner}"
    bucket = cloud.outputs()["ImagesBucketName"]
    files = {"1.png": samples.png(), "2.jpg": large.getvalue(), "3.png": samples.png(), "4.png": samples.png()}
    for name, data in files.items():
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data, Metadata={"janus-profile": "full"})
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    def outcome() -> str | None:
        told = functions.get_event_source_mapping(UUID=mapping).get("LastProcessingResult", "")
        return told if "partial failures" in told else None

    told = wait_for("a partial batch response", outcome)
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)  # before the rest comes again
    functions.update_function_configuration(FunctionName=function, Timeout=120)
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    assert re.fullmatch(r"OK - 1 records, 3 partial failures", told), told
    wait_same(lambda: {name: _states(person).get(name) for name in files}, dict.fromkeys(files, "ready"))
    assert cloud.target().dead_letters() == {}


def _waiting(cloud: Cloud) -> int:
    """Return the number of messages in the uploads queue, received or not."""
    sqs, names = cloud.client("sqs"), ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName="janus-prod-uploads")["QueueUrl"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


def _states(person: Person) -> dict[str, str]:
    return {image["name"]: image["state"] for image in person.pages("/v1/images?limit=100")}


def test_a_second_deployment_changes_nothing(cloud: Cloud) -> None:
    """The same sources make the same zip, and CloudFormation finds nothing to do."""
    again = cloud.deploy()
    assert again.returncode == 0, failures(again.stdout)
    assert "No changes to deploy" in again.stdout, failures(again.stdout)


def test_an_update_that_fails_is_undone(cloud: Cloud, person: Person, kept: str) -> None:
    """The code before it goes on."""
    before, version = records(person), person.get("/v1/status")["version"]
    file = cloud.project / "image_processing" / "version.py"
    file.write_text(file.read_text().replace(version, "9.9.9"))
    cloud.fail_once("AWS::Lambda::Function")
    failed = cloud.deploy()
    assert failed.returncode != 0, failures(failed.stdout)
    assert status(cloud) == "UPDATE_ROLLBACK_COMPLETE"
    assert person.get("/v1/status")["version"] == version
    assert records(person) == before


def test_an_update_changes_the_code_and_keeps_all_data(cloud: Cloud, person: Person, kept: str) -> None:
    """The same command succeeds after the failure; records, files, sessions and links outlive it."""
    before = records(person)
    changed = cloud.deploy()
    assert changed.returncode == 0, failures(changed.stdout)
    assert person.get("/v1/status")["version"] == "9.9.9"
    assert records(person) == before
    assert person.follow(f"/v1/images/{kept}/original").content == PHOTO
    assert tables(cloud) == dict.fromkeys(TABLES, True)


def test_all_is_sound_at_the_end(cloud: Cloud, person: Person) -> None:
    """Nothing in any dead-letter queue, no error in any log, counts equal to a count of the records."""
    images = [image for image in person.pages("/v1/images?limit=100") if image["state"] == "ready"]
    expected = {"images": len(images), "bytes": sum(image["size"] for image in images)}
    wait_same(lambda: {name: person.get("/v1/users/me/usage")[name] for name in expected}, expected)
    target = cloud.target()
    uploads = [key for key in target.objects() if key.startswith("uploads/")]
    swept = cloud.invoke("Sweep", lambda_events.schedule())
    assert swept == {"seen": len(uploads), "queued": 0, "inactive": 0}
    assert target.dead_letters() == {}
    assert errors_in(cloud.logged()) == []


def test_destroying_a_stage_keeps_the_data(cloud: Cloud) -> None:
    """It asks, and tells what is left and how that is removed."""
    refused = cloud.make("destroy", "STAGE=prod")
    assert refused.returncode != 0
    assert "Type the name of the stage (prod)" in refused.stdout, refused.stdout
    assert status(cloud).endswith("COMPLETE")
    known, target = cloud.outputs(), cloud.target()
    gone = cloud.make("destroy", "STAGE=prod", "YES=1")
    assert gone.returncode == 0, failures(gone.stdout)
    left = {"janus-prod-images", "janus-prod-accounts"}
    assert tables(cloud) == dict.fromkeys(left, True)
    for name in {*left, known["ImagesBucketName"], known["UserPoolId"]}:
        assert name in gone.stdout, gone.stdout
    assert cloud.client("s3").list_objects_v2(Bucket=known["ImagesBucketName"])["KeyCount"] > 0
    answer = requests.get(target.address("/v1/status"), headers=dict(target.headers), timeout=10)
    assert answer.status_code >= 400, answer.text
