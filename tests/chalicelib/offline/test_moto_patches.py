"""The patches that make moto's tables quicker keep DynamoDB's behaviour."""

from __future__ import annotations

import gc
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws as clients
from chalicelib.config import settings


@pytest.fixture(params=[True, False], ids=["with a range key", "without"])
def table(request: pytest.FixtureRequest, aws: str) -> dict[str, Any]:
    """Make a table with an index, a stream and one item; return their names."""
    name, ranged = f"table-{uuid.uuid4().hex[:8]}", request.param
    attributes = ["owner", "image"] if ranged else ["owner"]
    clients.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": item, "KeyType": kind}
            for item, kind in zip(attributes, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[
            *({"AttributeName": item, "AttributeType": "S"} for item in [*attributes, "group"]),
            {"AttributeName": "count", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_group",
                "KeySchema": [
                    {"AttributeName": "group", "KeyType": "HASH"},
                    {"AttributeName": "count", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    key = {item: {"S": "one"} for item in attributes}
    clients.client("dynamodb").put_item(TableName=name, Item={**key, "count": {"N": "1"}})
    return {"TableName": name, "Key": key}


def changes(table: dict[str, Any], condition: str) -> list[dict[str, Any]]:
    """Return a transaction that changes the item, makes one, deletes none, and demands something of a fourth."""
    others = [{name: {"S": other} for name in table["Key"]} for other in ("two", "three", "four")]
    name = {"TableName": table["TableName"]}
    added = {
        "UpdateExpression": "SET #c = #c + :one",
        "ExpressionAttributeNames": {"#c": "count"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    return [
        {"Update": {**table, **added}},
        {"Put": {**name, "Item": others[0]}},
        {"Delete": {**name, "Key": others[1]}},
        {
            "ConditionCheck": {
                **name,
                "Key": others[2],
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#o": "owner"},
            }
        },
    ]


def contents(table: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each item's key and count, in order of their keys."""
    items = clients.client("dynamodb").scan(TableName=table["TableName"])["Items"]
    return [(item["owner"]["S"], item.get("count", {}).get("N", "")) for item in items]


def streamed(table: dict[str, Any]) -> list[str]:
    """Return the kinds of changes in the table's stream."""
    streams = clients.client("dynamodbstreams")
    arn = streams.list_streams(TableName=table["TableName"])["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return [
        record["eventName"] for record in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    ]


def test_a_cancelled_transaction_has_changed_nothing(table: dict[str, Any]) -> None:
    """Neither existing items, nor missing ones, nor the stream, whose last record is the one before."""
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        clients.client("dynamodb").transact_write_items(TransactItems=changes(table, "attribute_exists(#o)"))
    assert contents(table) == [("one", "1")]
    assert streamed(table) == ["INSERT"]


def test_a_transaction_does_all_of_what_it_is_told(table: dict[str, Any]) -> None:
    """One that comes after a cancelled one, too, in the table and in its stream."""
    with pytest.raises(ClientError):
        clients.client("dynamodb").transact_write_items(TransactItems=changes(table, "attribute_exists(#o)"))
    done = changes(table, "attribute_not_exists(#o)")
    clients.client("dynamodb").transact_write_items(TransactItems=done)
    assert contents(table) == [("one", "2"), ("two", "")]
    assert streamed(table)[:3] == ["INSERT", "MODIFY", "INSERT"]


def test_a_query_finds_what_has_its_key(table: dict[str, Any]) -> None:
    """In a table and in an index, in the order of range keys, and nothing where nothing has it."""
    dynamodb, name = clients.client("dynamodb"), table["TableName"]
    for owner, count, group in (("two", 10, "a"), ("three", 9, "a"), ("four", 1, "b")):
        item = {"count": {"N": str(count)}, "group": {"S": group}}
        dynamodb.put_item(TableName=name, Item={**{key: {"S": owner} for key in table["Key"]}, **item})

    def found(attribute: str, value: str, **index: str) -> list[str]:
        answer = dynamodb.query(
            TableName=name,
            KeyConditionExpression="#k = :v",
            ExpressionAttributeNames={"#k": attribute},
            ExpressionAttributeValues={":v": {"S": value}},
            **index,
        )
        return [item["owner"]["S"] for item in answer["Items"]]

    assert [found("owner", value) for value in ("one", "two", "five")] == [["one"], ["two"], []]
    assert found("group", "a", IndexName="by_group") == ["three", "two"]
    assert found("group", "c", IndexName="by_group") == []
    assert len(contents(table)) == 4


@pytest.mark.medium
def test_objects_that_are_gone_take_no_memory(aws: str, key: str) -> None:
    """Overwritten items and objects, and deleted messages, are forgotten; moto keeps each that it ever made."""
    del aws
    dynamodb, s3, sqs = (clients.client(name) for name in ("dynamodb", "s3", "sqs"))
    kinds = ("dynamo_type.Item", "models.FakeKey", "models.Message")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    item = {"id": {"S": key}, "ttl": {"N": "1"}}

    def write() -> None:
        dynamodb.put_item(TableName=settings().transient_table, Item={**item, "counter": {"S": key}})
        s3.put_object(Bucket=settings().images_bucket, Key="other/often", Body=b"x")
        sqs.send_message(QueueUrl=url, MessageBody="x")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def there() -> dict[str, int]:
        gc.collect()
        names = [f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects()]
        return {kind: sum(name.startswith("moto.") and name.endswith(kind) for name in names) for kind in kinds}

    write()
    before = there()
    for _ in range(20):
        write()
    assert {kind: count - before[kind] for kind, count in there().items() if count - before[kind] > 3} == {}
