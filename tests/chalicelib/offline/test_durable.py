"""An answer means that the write is kept: SIGKILL right after it loses nothing."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.offline.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chalicelib.offline.conftest import Box

BUCKET = "a-bucket"
MORTAL = """
import os, signal, sys
from chalicelib.offline import journal, objects, server

owner, name, when = sys.argv.pop(1).split()
owner = {"objects": objects, "journal": journal.Journal}[owner]
call = getattr(owner, name)

def mortal(*arguments):
    fatal = "fatal" in repr(arguments)
    if fatal and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    call(*arguments)
    if fatal:
        os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, mortal)
server.main()
"""

SNAPSHOT_BEFORE_THE_JOURNAL = """
import threading
from chalicelib.offline import journal, server, store

append, begin = journal.Journal.append, store.Store.__init__
stores = []

def remember(self, folder):
    begin(self, folder)
    stores.append(self)

def late(self, entry):
    snapshot = threading.Thread(target=stores[0].snapshot)
    snapshot.start()
    snapshot.join(2)  # one that has to wait is taken later
    append(self, entry)

store.Store.__init__, journal.Journal.append = remember, late
server.main()
"""


def make_table(box: Box) -> Any:
    """Make a table with a stream."""
    client = box.client("dynamodb")
    client.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return client


def item(name: str, value: str) -> dict[str, Any]:
    """Return an item."""
    return {"id": {"S": name}, "value": {"S": value}, "bytes": {"B": b"\x00\xff"}}


def write_in_every_way(client: Any) -> None:
    """Change items by each operation that can; some are refused."""
    for name in ("put", "updated", "deleted"):
        client.put_item(TableName="things", Item=item(name, "first"))
    update: dict[str, Any] = {
        "TableName": "things",
        "Key": {"id": {"S": "updated"}},
        "UpdateExpression": "SET #v = :new",
        "ExpressionAttributeNames": {"#v": "value"},
        "ExpressionAttributeValues": {":new": {"S": "naïve ☃"}},
    }
    client.update_item(**update)
    client.delete_item(TableName="things", Key={"id": {"S": "deleted"}})
    client.batch_write_item(
        RequestItems={"things": [{"PutRequest": {"Item": item(name, "batch")}} for name in ("a", "b")]}
    )
    new = {"TableName": "things", "ConditionExpression": "attribute_not_exists(id)"}
    client.transact_write_items(TransactItems=[{"Put": {**new, "Item": item("both", "yes")}}])
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        client.put_item(**new, Item=item("put", "refused"))
    refused = [{"Put": {**new, "Item": item(name, "refused")}} for name in ("half", "put")]
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client.transact_write_items(TransactItems=refused)


def stream(box: Box) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the name of a table's stream, and the number, kind and item of each of its records."""
    client = box.client("dynamodbstreams")
    (told,) = client.list_streams(TableName="things")["Streams"]
    arn = told["StreamArn"]
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = client.get_records(ShardIterator=client.get_shard_iterator(**start)["ShardIterator"])["Records"]
    return arn, [
        (one["dynamodb"]["SequenceNumber"], one["eventName"], one["dynamodb"]["Keys"]["id"]["S"])
        for one in records
    ]


@pytest.mark.medium
def test_answered_writes_of_a_table_survive_a_kill(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """Items are as the last answer said, whichever operation wrote them; and so is the stream, to its numbers."""
    box = boxes(tmp_path)
    write_in_every_way(make_table(box))
    before = stream(box)
    box.stop(signal.SIGKILL)
    again = boxes(tmp_path)
    found = again.client("dynamodb").scan(TableName="things")["Items"]
    assert sorted((one["id"]["S"], one["value"]["S"], one["bytes"]["B"]) for one in found if "bytes" in one) == [
        ("a", "batch", b"\x00\xff"),
        ("b", "batch", b"\x00\xff"),
        ("both", "yes", b"\x00\xff"),
        ("put", "first", b"\x00\xff"),
        ("updated", "naïve ☃", b"\x00\xff"),
    ]
    assert len(found) == 5
    assert stream(again) == before
    assert [(kind, name) for _, kind, name in before[1]] == [
        ("INSERT", "put"),
        ("INSERT", "updated"),
        ("INSERT", "deleted"),
        ("MODIFY", "updated"),
        ("REMOVE", "deleted"),
        ("INSERT", "a"),
        ("INSERT", "b"),
        ("INSERT", "both"),
    ]


@pytest.mark.slow
def test_several_kills_in_a_row(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """A counter that each life adds to, and a kill ends at once, counts each addition once."""
    box = boxes(tmp_path)
    client = make_table(box)
    for life in range(3):
        for _ in range(5):
            client.update_item(
                TableName="things",
                Key={"id": {"S": "counter"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        box.stop(signal.SIGKILL)
        if life == 1:  # killed in the middle of a line
            with max(tmp_path.glob("journal-*")).open("ab") as file:
                file.write(b'{"target": "DynamoDB_20120810.PutItem", "bo')
        box = boxes(tmp_path)
        client = box.client("dynamodb")
        counted = client.get_item(TableName="things", Key={"id": {"S": "counter"}})["Item"]["n"]["N"]
        assert int(counted) == 5 * (life + 1)


@pytest.mark.slow
def test_answered_sign_ups_survive_a_kill(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """A user who has signed up, confirmed and logged in is the same one after a kill, and still logged in."""
    box = boxes(tmp_path)
    cognito = box.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    client = made["UserPoolClient"]["ClientId"]
    sub = cognito.sign_up(ClientId=client, Username="ada", Password="Long-enough-1")["UserSub"]
    cognito.confirm_sign_up(ClientId=client, Username="ada", ConfirmationCode="123456")
    given = {"USERNAME": "ada", "PASSWORD": "Long-enough-1"}
    login = {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    tokens = cognito.initiate_auth(**login)["AuthenticationResult"]
    box.stop(signal.SIGKILL)
    cognito = boxes(tmp_path).client("cognito-idp")
    attributes = cognito.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"]
    assert {"Name": "sub", "Value": sub} in attributes
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    assert cognito.initiate_auth(ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    assert cognito.initiate_auth(**login)["AuthenticationResult"]["AccessToken"]


@pytest.mark.slow
def test_an_answered_secret_and_its_versions_survive_a_kill(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """The key by which the secrets of webhooks are encrypted is as durable as they are."""
    box = boxes(tmp_path)
    manager = box.client("secretsmanager")
    first = manager.create_secret(Name="key", SecretString="first")["VersionId"]
    manager.put_secret_value(SecretId="key", SecretString="second")
    box.stop(signal.SIGKILL)
    manager = boxes(tmp_path).client("secretsmanager")
    assert manager.get_secret_value(SecretId="key")["SecretString"] == "second"
    assert manager.get_secret_value(SecretId="key", VersionId=first)["SecretString"] == "first"


def make_bucket(box: Box) -> None:
    """Make a bucket whose events go to a queue, and a queue for other messages."""
    sqs, s3 = box.client("sqs"), box.client("s3")
    arn = "arn:aws:sqs:us-east-1:123456789012:events"
    for name in ("events", "jobs"):
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"})
    s3.create_bucket(Bucket=BUCKET)
    wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [wanted]}
    )


def messages(box: Box, queue: str) -> list[str]:
    """Return the bodies of the messages that a queue holds."""
    sqs = box.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def events(box: Box) -> list[tuple[str, str]]:
    """Return name and key of the events of S3 in the queue, in their order."""
    records = [record for body in messages(box, "events") for record in json.loads(body).get("Records", [])]
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]


@pytest.mark.slow
def test_answered_messages_and_events_survive_a_kill(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """Messages of an answered request are delivered after a kill, and so are the events of answered objects."""
    box = boxes(tmp_path)
    make_bucket(box)
    sqs, s3 = box.client("sqs"), box.client("s3")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one ☃")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": name, "MessageBody": name} for name in ("two", "three")])
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"pixels")
    s3.put_object(Bucket=BUCKET, Key="gone", Body=b"pixels")
    s3.delete_object(Bucket=BUCKET, Key="gone")
    box.stop(signal.SIGKILL)
    again = boxes(tmp_path)
    assert sorted(messages(again, "jobs")) == ["one ☃", "three", "two"]
    assert events(again) == [
        ("ObjectCreated:Put", "kept"),
        ("ObjectCreated:Put", "gone"),
        ("ObjectRemoved:Delete", "gone"),
    ]


@pytest.mark.slow
def test_a_snapshot_between_a_message_and_its_entry_does_not_double_it(
    boxes: Callable[..., Box], tmp_path: Path
) -> None:
    """The message would be in the snapshot, and its entry in the journal that is repeated on top of it."""
    box = boxes(tmp_path, "-c", SNAPSHOT_BEFORE_THE_JOURNAL)
    sqs = box.client("sqs")
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "two", "MessageBody": "two"}])
    box.stop(signal.SIGKILL)
    assert sorted(messages(boxes(tmp_path), "jobs")) == ["one", "two"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "put", "deleted"),
    [
        ("objects replace before", (False, False), (False, True)),
        ("objects replace after", (True, False), (False, True)),
        ("journal append before", (True, False), (True, False)),
        ("journal append after", (True, True), (False, True)),
        ("objects send before", (True, True), (False, True)),
        ("objects send after", (True, True), (False, True)),
    ],
)
def test_an_object_and_its_event_are_kept_together(
    boxes: Callable[..., Box], tmp_path: Path, place: str, put: tuple[bool, bool], deleted: tuple[bool, bool]
) -> None:
    """Wherever a kill ends a request: no event without its new object, and none is removed without an event.

    `put` and `deleted` tell whether there is an object, and whether there is an event, after the kill.
    """
    for name, outcome in (("put", put), ("deleted", deleted)):
        folder = tmp_path / name
        folder.mkdir()
        box = boxes(folder)
        make_bucket(box)
        if name == "deleted":
            box.client("s3").put_object(Bucket=BUCKET, Key="fatal", Body=b"pixels")
            assert messages(box, "events")
            box.client("sqs").purge_queue(QueueUrl=box.client("sqs").get_queue_url(QueueName="events")["QueueUrl"])
        box.stop(signal.SIGTERM)
        mortal = boxes(folder, "-c", MORTAL, place)
        with suppress(BotoCoreError):
            if name == "put":
                mortal.client("s3").put_object(Bucket=BUCKET, Key="fatal", Body=b"pixels")
            else:
                mortal.client("s3").delete_object(Bucket=BUCKET, Key="fatal")
                mortal.stop(signal.SIGKILL)  # where it has survived: a deletion writes no object
        assert mortal.process.wait(timeout=20) == -signal.SIGKILL
        again = boxes(folder)
        there = [one["Key"] for one in again.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        kinds = {"put": "ObjectCreated:Put", "deleted": "ObjectRemoved:Delete"}
        assert (there == ["fatal"], events(again) == [(kinds[name], "fatal")]) == outcome


@pytest.mark.slow
def test_journal_of_garbage_is_set_aside(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """A journal that cannot be read, or not be repeated, is kept for a look; the start goes on without it."""
    make_table(box := boxes(tmp_path))
    box.stop()
    refused = {"target": "DynamoDB_20120810.PutItem", "body": '{"TableName": "none", "Item": {"id": {"S": "x"}}}'}
    for number, line in ((98, b"garbage\n"), (10_000, json.dumps(refused).encode() + b"\n")):
        (tmp_path / f"journal-{number:08}").write_bytes(line)
        again = boxes(tmp_path)
        assert again.client("dynamodb").list_tables()["TableNames"] == ["things"]
        assert f"journal-{number:08} is set aside" in again.known["notices"][0]
        again.stop()
    assert len(list((tmp_path / "set-aside").iterdir())) == 2


@pytest.mark.medium
def test_a_journal_before_the_snapshot_is_not_repeated(boxes: Callable[..., Box], tmp_path: Path) -> None:
    """A kill between a snapshot and the end of its journal leaves entries that the snapshot has already."""
    make_table(box := boxes(tmp_path))
    box.stop()
    write = {"TableName": "things", "Item": {"id": {"S": "twice"}}}
    entry = {"target": "DynamoDB_20120810.PutItem", "body": json.dumps(write)}
    (tmp_path / "journal-00000000").write_text(json.dumps(entry) + "\n")
    assert boxes(tmp_path).client("dynamodb").scan(TableName="things")["Items"] == []


def test_journal_is_read_in_order_and_dropped(tmp_path: Path) -> None:
    """Entries come file by file from the given one on; a line without an end is none; dropped files are gone."""
    journal = Journal(tmp_path, Event())
    journal.append({"n": 1})
    journal.turn()
    journal.append({"n": 2})
    journal.append({"n": 3})
    with (tmp_path / "journal-00000002").open("ab") as file:
        file.write(b'{"n": 4}')
    later = Journal(tmp_path, Event())
    assert later.number == 3
    later.append({"n": 5})
    assert [entry["n"] for entry in later.entries(1)] == [1, 2, 3, 5]
    assert [entry["n"] for entry in later.entries(2)] == [2, 3, 5]
    for written in (journal, later):
        written.turn()  # it closes its file
    later.drop(3)
    assert [path.name for path in later.paths()] == ["journal-00000003"]
    assert [entry["n"] for entry in later.entries(0)] == [5]
