"""State that survives any end of the offline AWS."""

from __future__ import annotations

import json
import pickle
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.offline.store import FORMAT, Store
from tests.chalicelib.offline.conftest import Box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUCKET = "a-bucket"
KEY = "uploads/demo/ä photo + 100 %.jpg"


@pytest.fixture
def kept(boxes: Callable[[Path], Box], tmp_path: Path) -> Box:
    """Start an offline AWS with a bucket and one object."""
    return with_one_object(boxes(tmp_path))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of an offline AWS with a bucket, an object, a pool and a queue, after its end."""
    folder = tmp_path_factory.mktemp("stopped")
    box = with_one_object(Box(folder))
    box.client("cognito-idp").create_user_pool(PoolName="people")
    box.client("sqs").create_queue(QueueName="events")
    box.stop()
    return folder


@pytest.fixture
def left(stopped: Path, tmp_path: Path) -> Path:
    """Return a copy of that, which a test may damage."""
    shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
    return tmp_path


def with_one_object(box: Box) -> Box:
    """Make a bucket and one object."""
    s3 = box.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"pixels", ContentType="image/jpeg", Metadata={"by": "me"})
    return box


def keys(box: Box) -> list[str]:
    """List the bucket."""
    return [item["Key"] for item in box.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def make_table(box: Box) -> Any:
    """Make a table with one item."""
    client = box.client("dynamodb")
    client.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="things", Item={"id": {"S": "one"}, "count": {"N": "0"}})
    return client


@pytest.mark.medium
def test_an_acknowledged_object_survives_a_kill(kept: Box, boxes: Callable[[Path], Box], tmp_path: Path) -> None:
    """An answered PUT is there after SIGKILL, with its name, bytes, type, metadata, tag and date."""
    before = kept.client("s3").get_object(Bucket=BUCKET, Key=KEY)
    kept.stop(signal.SIGKILL)
    after = boxes(tmp_path).client("s3").get_object(Bucket=BUCKET, Key=KEY)
    assert after["Body"].read() == b"pixels"
    for name in ("ContentType", "Metadata", "ETag", "LastModified", "ContentLength"):
        assert after[name] == before[name]


@pytest.mark.slow
def test_every_way_to_change_an_object_survives_a_kill(
    kept: Box, boxes: Callable[[Path], Box], tmp_path: Path
) -> None:
    """Overwriting, copying, uploading in parts, deleting one and many: the bucket is as it was acknowledged."""
    s3 = kept.client("s3")
    for name in ("gone", "gone too", "gone as well", "stays"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"first")
    s3.put_object(Bucket=BUCKET, Key="stays", Body=b"second")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": KEY})
    s3.delete_object(Bucket=BUCKET, Key="gone")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "gone too"}, {"Key": "gone as well"}]})
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", ContentType="image/tiff")["UploadId"]
    named = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}
    tag = s3.upload_part(**named, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    kept.stop(signal.SIGKILL)
    again = boxes(tmp_path)
    assert keys(again) == ["copy", "parts", "stays", KEY]
    s3 = again.client("s3")
    assert s3.get_object(Bucket=BUCKET, Key="stays")["Body"].read() == b"second"
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Metadata"] == {"by": "me"}
    assert s3.get_object(Bucket=BUCKET, Key="parts", Range="bytes=2-3")["Body"].read() == b"rt"
    assert len(list((tmp_path / "objects").iterdir())) == 4


@pytest.mark.slow
def test_tables_users_and_queues_survive_the_end(boxes: Callable[[Path], Box], tmp_path: Path) -> None:
    """Everything acknowledged before SIGTERM is there after it: items, pools and their keys, messages."""
    box = boxes(tmp_path)
    make_table(box)
    pool = box.client("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]
    url = box.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    box.client("sqs").send_message(QueueUrl=url, MessageBody="waiting")
    box.stop(signal.SIGTERM)
    again = boxes(tmp_path)
    assert again.client("dynamodb").get_item(TableName="things", Key={"id": {"S": "one"}})["Item"]
    described = again.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    assert described["Name"] == "people"
    url = again.client("sqs").get_queue_url(QueueName="events")["QueueUrl"]
    assert again.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "waiting"


@pytest.mark.slow
def test_broken_snapshot_is_set_aside(left: Path, boxes: Callable[[Path], Box]) -> None:
    """Where the snapshot cannot be read, the objects still can, and the snapshot is kept for a look."""
    (left / "snapshot").write_bytes(b"\x80\x05 broken")
    again = boxes(left)
    assert keys(again) == [KEY]
    assert [path.name.rpartition("-")[2] for path in (left / "set-aside").iterdir()] == ["snapshot"]
    assert "set aside" in again.known["notices"][0]


@pytest.mark.slow
def test_broken_objects_are_set_aside(kept: Box, boxes: Callable[[Path], Box], tmp_path: Path) -> None:
    """A file that is no object, empty or garbage or short, is set aside; the others are there."""
    for name in ("empty", "garbage", "short"):
        kept.client("s3").put_object(Bucket=BUCKET, Key=name, Body=f"<{name}>".encode())
    kept.stop()
    damages = {b"<empty>": b"", b"<garbage>": b"no pickle", b"<short>": None}
    for path in (tmp_path / "objects").iterdir():
        whole = path.read_bytes()
        for body, damage in damages.items():
            if body in whole:
                path.write_bytes(whole[:-1] if damage is None else damage)
    again = boxes(tmp_path)
    assert keys(again) == [KEY]
    assert len(list((tmp_path / "set-aside").iterdir())) == 3


@pytest.mark.medium
def test_state_of_another_version_is_set_aside(left: Path, boxes: Callable[[Path], Box]) -> None:
    """The state of another moto is not read, and not lost."""
    marker = left / "format.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "moto": "1.0"}))
    again = boxes(left)
    assert again.client("s3").list_buckets()["Buckets"] == []
    aside = sorted(path.name.rpartition("-")[2] for path in (left / "set-aside").iterdir())
    assert aside == ["objects", "settings", "snapshot"]


@pytest.mark.slow
def test_state_of_the_former_version_is_taken_over(left: Path, boxes: Callable[[Path], Box]) -> None:
    """A folder of format 3, which had one snapshot of everything and no journal, is read and kept."""
    store = Store(left)  # it knows how to pickle moto
    snapshot, settings = left / "snapshot", left / "settings"
    state = pickle.loads(settings.read_bytes()) | pickle.loads(snapshot.read_bytes())
    del state["journal"], state["secretsmanager"]
    assert state.keys() == {"s3", "cognito-idp", "dynamodb", "sqs"}
    snapshot.write_bytes(pickle.dumps(state))
    settings.unlink()
    (left / "format.json").write_text(json.dumps({**FORMAT, "format": 3}))
    for number in range(2):
        again = boxes(store.folder)
        assert keys(again) == [KEY]
        assert again.client("sqs").get_queue_url(QueueName="events")
        (pool,) = again.client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"]
        assert pool["Name"] == "people"
        if number == 0:
            make_table(again)  # a snapshot follows, which has no users
        again.stop(signal.SIGKILL)


@pytest.mark.medium
def test_interrupted_write_leaves_nothing(left: Path, boxes: Callable[[Path], Box]) -> None:
    """Half a file, and an old version beside its successor, are cleared away at the next start."""
    objects = left / "objects"
    (only,) = objects.iterdir()
    (objects / f"{only.stem}.0000.new").write_bytes(b"half")
    (objects / f"{only.stem}.0000").write_bytes(only.read_bytes().replace(b"pixels", b"older!"))
    again = boxes(left)
    assert again.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"pixels"
    assert list(objects.iterdir()) == [only]


def test_conditions_hold_under_concurrency(box: Box) -> None:
    """Of many writers that all expect the same value, one wins, each time."""
    client = make_table(box)

    def raise_from(value: int) -> int:
        try:
            client.update_item(
                TableName="things",
                Key={"id": {"S": "one"}},
                UpdateExpression="SET #c = :new",
                ConditionExpression="#c = :old",
                ExpressionAttributeNames={"#c": "count"},
                ExpressionAttributeValues={":old": {"N": str(value)}, ":new": {"N": str(value + 1)}},
            )
        except ClientError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        for value in range(10):
            assert sum(pool.map(raise_from, [value] * 8)) == 1


@pytest.mark.slow
def test_events_are_in_order_across_restarts(kept: Box, boxes: Callable[[Path], Box], tmp_path: Path) -> None:
    """Every event of S3 has a sequencer, each greater than all before, those before the last restart too."""
    seen = sequencers(kept)
    kept.stop(signal.SIGKILL)
    seen += [text for text in sequencers(boxes(tmp_path)) if text not in seen]  # after 30 s the first come again
    assert len(seen) == 12
    assert seen == sorted(set(seen))
    assert all(len(text) == 18 and text.startswith("00") for text in seen)


def sequencers(box: Box) -> list[str]:
    """Overwrite and delete an object a few times; return the sequencers of the events."""
    sqs, s3 = box.client("sqs"), box.client("s3")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [wanted]}
    )
    for _ in range(3):
        s3.put_object(Bucket=BUCKET, Key="often", Body=b"x")
        s3.delete_object(Bucket=BUCKET, Key="often")
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            records = json.loads(message["Body"]).get("Records", [])
            found += [record["s3"]["object"]["sequencer"] for record in records]
    return found
