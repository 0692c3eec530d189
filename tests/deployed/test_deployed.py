"""A stage's life: a creation that fails, another, users, updates, the end. Each test needs those before it.

An operator follows docs/deploying.md meanwhile, and docs/operating.md where it needs AWS.
"""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import pytest
import requests
from PIL import Image

from tests import samples
from tests.deployed.cloud import REGION, STACK, STAGE, shortened
from tests.deployed.terminal import NOT_RUN, is_for_emulator
from tests.document.commands import blocks
from tests.journey.course import run
from tests.journey.people import Person, wait_for, wait_same
from tests.journey.recognizing import MODELS_SECONDS
from tests.journey.target import errors_in
from tests.journey.uploading import post_with_ticket
from tests.packaging import lambda_events

if TYPE_CHECKING:
    from tests.deployed.cloud import Cloud
    from tests.deployed.terminal import Terminal

pytestmark = pytest.mark.deployed
TABLES = {f"janus-{STAGE}-{name}" for name in ("accounts", "facets", "images", "transient")}
PHOTO = samples.photo(3)
LAYER = "The layer"  # a section of docs/machine-learning.md


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
    bucket = "artifacts-of-a-failure"
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud.fail("AWS::CloudWatch::Alarm", "fails")
    failed = cloud.deploy(f"ARTIFACTS={bucket}")
    assert failed.returncode != 0, shortened(failed.stdout)
    assert status(cloud) == "ROLLBACK_COMPLETE"
    assert tables(cloud) == {}
    buckets = cloud.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if "images" in bucket["Name"]] == []
    assert cloud.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []


def test_from_an_empty_account_to_the_first_image(cloud: Cloud, operator: Terminal) -> None:
    """The documented commands create the stage then; all data are protected from then on."""
    cloud.commit()
    said = operator.follow("From an empty account to the first image")
    assert '"name":"harbour.jpg"' in said
    assert tables(cloud) == dict.fromkeys(TABLES, True)
    cognito = cloud.client("cognito-idp")
    (pool,) = cognito.list_user_pools(MaxResults=10)["UserPools"]
    assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["DeletionProtection"] == "ACTIVE"
    (admin,) = cognito.list_users_in_group(UserPoolId=pool["Id"], GroupName="admin")["Users"]
    assert {"Name": "email", "Value": "ada@example.org"} in admin["Attributes"]
    wait_for("the image is processed", cloud.target().derived)


def test_one_stage_is_served_and_refusals_are_problems(cloud: Cloud, person: Person) -> None:
    """API Gateway's own refusals carry a code as the application's do; nothing else serves the API."""
    stages = cloud.client("apigateway").get_stages(restApiId=cloud.outputs()["RestAPIId"])["item"]
    assert [stage["stageName"] for stage in stages] == ["api"]
    person.refused("GET", "/v1/nothing", 404, "route_not_found")


def test_models_come_in_a_layer(cloud: Cloud, operator: Terminal) -> None:
    """The documented commands publish it; the function that recognizes has it, and no other."""
    if cloud.without_models:
        pytest.skip(f"NOT TESTED: {cloud.without_models}")
    operator.follow(LAYER)
    functions = cloud.client("lambda").get_paginator("list_functions").paginate()
    every = [function for page in functions for function in page["Functions"]]
    layers = {one["FunctionName"]: one["Layers"] for one in every if one.get("Layers")}
    assert [*layers] == [cloud.resource("Recognize")]
    ((layer,),) = layers.values()
    assert layer["Arn"].endswith(":layer:janus-models:1")


def test_the_journey_of_users(cloud: Cloud) -> None:
    """The very journey that goes against `make run`."""
    run(cloud.target())


def test_the_functions_log_events(cloud: Cloud) -> None:
    """Lambda loads the module of a function alone: its lines are JSON all the same. The stream names no shard."""
    lines = cloud.logged()
    recognized = [] if cloud.without_models else ["image_recognized"]
    for name in ("image_ready", "changes_followed", "job_done", "request", *recognized):
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
    for queue in ("uploads", "recognition"):  # no event of the journey may be of the batch, nor slow it down
        wait_same(lambda queue=queue: _waiting(cloud, queue), 0, MODELS_SECONDS)
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


def _waiting(cloud: Cloud, queue: str) -> int:
    """Return the number of messages in a queue, received or not."""
    sqs, names = cloud.client("sqs"), ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=f"janus-{STAGE}-{queue}")["QueueUrl"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


def _states(person: Person) -> dict[str, str]:
    return {image["name"]: image["state"] for image in person.pages("/v1/images?limit=100")}


def test_a_second_deployment_changes_nothing(cloud: Cloud) -> None:
    """The same sources make the same zip, and CloudFormation finds nothing to do."""
    again = cloud.deploy()
    assert again.returncode == 0, shortened(again.stdout)
    assert "No changes to deploy" in again.stdout, shortened(again.stdout)


def test_an_update_that_fails_is_undone(cloud: Cloud, person: Person, kept: str) -> None:
    """The code before it goes on."""
    before, version = records(person), person.get("/v1/status")["version"]
    file = cloud.project / "image_processing" / "version.py"
    file.write_text(file.read_text().replace(version, "9.9.9"))
    cloud.fail("AWS::Lambda::Function", "fails")
    failed = cloud.deploy()
    assert failed.returncode != 0, shortened(failed.stdout)
    assert status(cloud) == "UPDATE_ROLLBACK_COMPLETE"
    assert person.get("/v1/status")["version"] == version
    assert records(person) == before


def test_an_update_that_cannot_be_undone_is_undone_later(
    cloud: Cloud, operator: Terminal, person: Person, kept: str
) -> None:
    """One function has the new code already, another fails, and the first cannot go back: the operator goes on."""
    before, version = records(person), person.get("/v1/status")["version"]
    cloud.fail("AWS::Lambda::Function", "works", "fails", "fails")
    failed = cloud.deploy()
    assert failed.returncode != 0, shortened(failed.stdout)
    assert status(cloud) == "UPDATE_ROLLBACK_FAILED"
    said = operator.follow("A failed update that stays")
    assert "the test lets this fail" in said
    assert status(cloud) == "UPDATE_ROLLBACK_COMPLETE"
    assert person.get("/v1/status")["version"] == version
    assert records(person) == before
    person.settled(post_with_ticket(person, "after.jpg", samples.photo(10)))


def test_an_update_changes_the_code_and_keeps_all_data(
    cloud: Cloud, operator: Terminal, person: Person, kept: str
) -> None:
    """The same sources succeed after the failure; records, files, sessions and links outlive it."""
    before = records(person)
    cloud.commit()
    operator.follow("Update")
    assert person.get("/v1/status")["version"] == "9.9.9"
    assert records(person) == before
    assert person.follow(f"/v1/images/{kept}/original").content == PHOTO
    assert tables(cloud) == dict.fromkeys(TABLES, True)


def test_an_earlier_version_is_deployed_again(cloud: Cloud, operator: Terminal, person: Person, kept: str) -> None:
    """It reads the records of the later one."""
    before = records(person)
    operator.follow("Roll back", EARLIER="main~1")
    assert person.get("/v1/status")["version"] != "9.9.9"
    assert records(person) == before
    assert person.follow(f"/v1/images/{kept}/original").content == PHOTO


def test_images_of_another_bucket_are_imported(cloud: Cloud, operator: Terminal, person: Person) -> None:
    """Copied, processed and counted once, however often."""
    s3, bucket = cloud.client("s3"), "older-photos"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    older = {"dunes.jpg": samples.photo(8), "quay.jpg": samples.photo(9)}
    for name, data in older.items():
        s3.put_object(Bucket=bucket, Key=f"photos/2019/{name}", Body=data)
    images = person.get("/v1/users/me/usage")["images"]
    section, words = "A bucket that is full already", {"ANOTHER": bucket, "OWNER": person.owner}
    assert "2 seen, 0 queued, 2 copied" in operator.follow(section, **words)
    wait_same(lambda: {name: _states(person).get(name) for name in older}, dict.fromkeys(older, "ready"))
    found = {image["name"]: image for image in person.pages("/v1/images?limit=100")}
    assert found["quay.jpg"]["key"] == f"uploads/{person.owner}/photos/2019/quay.jpg"
    path = f"/v1/images/{found['quay.jpg']['image_id']}"
    assert person.follow(f"{path}/original").content == older["quay.jpg"]
    assert "palette" not in person.get(path)  # the profile `metadata` decodes no pixel
    wait_same(lambda: person.get("/v1/users/me/usage")["images"], images + 2)
    assert ", 0 copied, 2 known" in operator.follow(section, **words)


def test_a_drill_restores_a_deleted_image(cloud: Cloud, operator: Terminal, person: Person) -> None:
    """With its file, and with what its owner wrote on it."""
    data, dynamodb = samples.photo(11), cloud.client("dynamodb")
    image_id = post_with_ticket(person, "lost.jpg", data)
    person.settled(image_id)
    person.call("PATCH", f"/v1/images/{image_id}", json={"title": "Harbour at dusk"})
    for table in ("images", "accounts"):
        dynamodb.create_backup(TableName=f"janus-{STAGE}-{table}", BackupName="as-it-was")
    time.sleep(1.1)  # the time is given in whole seconds
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    person.call("DELETE", f"/v1/images/{image_id}", 204)
    wait_same(lambda: "lost.jpg" in _states(person), expected=False)
    given = {"2026-11-29T12:00:00": when, "0b9d7a52-8f0e-4c7b-9d53-3f5a1f4b2c10": person.owner}
    said = operator.follow("Restore", **given)
    assert f"janus-{STAGE}-images: 1 of " in said
    assert "nothing wrong" in said
    wait_same(lambda: _states(person).get("lost.jpg"), "ready")
    assert person.get(f"/v1/images/{image_id}")["title"] == "Harbour at dusk"
    assert person.follow(f"/v1/images/{image_id}/original").content == data
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


def test_destroying_a_stage_keeps_the_data(cloud: Cloud, operator: Terminal) -> None:
    """It asks, and tells what is left and how that is removed."""
    refused = cloud.make("destroy", f"STAGE={STAGE}")
    assert refused.returncode != 0
    assert f"Type the name of the stage ({STAGE})" in refused.stdout, refused.stdout
    assert status(cloud).endswith("COMPLETE")
    known, target = cloud.outputs(), cloud.target()
    said = operator.follow("Destroy", typed=STAGE)
    left = {f"janus-{STAGE}-images", f"janus-{STAGE}-accounts"}
    assert tables(cloud) == dict.fromkeys(left, True)
    for name in {*left, known["ImagesBucketName"], known["UserPoolId"]}:
        assert name in said, said
    assert cloud.client("s3").list_objects_v2(Bucket=known["ImagesBucketName"])["KeyCount"] > 0
    answer = requests.get(target.address("/v1/status"), headers=dict(target.headers), timeout=10)
    assert answer.status_code >= 400, answer.text


def test_a_new_stack_takes_the_data_over(cloud: Cloud, operator: Terminal, person: Person, kept: str) -> None:
    """Users log in again, and find their images, lists and counts; uploads go on."""
    said = operator.follow("Taking existing data over")
    assert "nothing wrong" in said
    assert tables(cloud) == dict.fromkeys(TABLES, True)
    again = Person(cloud.target(), person.email)
    again.log_in()
    assert again.owner == person.owner
    assert again.follow(f"/v1/images/{kept}/original").content == PHOTO
    states = _states(again)
    assert {states[name] for name in ("kept.jpg", "lost.jpg", "quay.jpg")} == {"ready"}
    wait_same(lambda: again.get("/v1/users/me/usage")["images"], len(states))
    again.settled(post_with_ticket(again, "new.jpg", samples.photo(12)))
    assert errors_in(cloud.logged()) == []


def test_all_commands_of_the_pages_were_run(cloud: Cloud, operator: Terminal) -> None:
    """Those that the emulator cannot run are named, each with the reason."""
    left_out = {LAYER} if cloud.without_models else set()
    expected = {block for block in blocks() if is_for_emulator(block) and block.section not in left_out}
    assert expected == set(operator.followed)
    assert {block.mark for block in blocks() if (block.mark or "").startswith("needs AWS itself")} == set(NOT_RUN)
