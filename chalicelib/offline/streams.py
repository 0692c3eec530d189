"""The event source of a table's stream, as Lambda's is: shard by shard, in order, again until it succeeds.

Source: AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB".
"""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 0.2
RETRIES = 30  # the template's MaximumRetryAttempts
_RETRY_SECONDS = 1.0

logger = logging.getLogger("janus.offline")


class Shard(NamedTuple):
    """A shard of a stream."""

    stream: str
    name: str


class Follower:
    """A poller of a table's stream, which passes its records to a function, and waits where that raises."""

    def __init__(
        self,
        table: str,
        batch_size: int,
        call: Callable[[dict[str, Any]], Any],
        beginning: Literal["TRIM_HORIZON", "LATEST"] = "TRIM_HORIZON",
    ) -> None:
        import boto3  # noqa: PLC0415  heavy

        self._streams: Any = boto3.client("dynamodbstreams")
        self._beginning = beginning
        self._table, self._batch_size, self._call = table, batch_size, call
        self._iterators: dict[Shard, str] = {}

    def run(self) -> None:
        """Poll for ever; an unreachable stream is waited for, a batch that fails comes again."""
        while True:
            try:
                if not self.step():
                    time.sleep(POLL_SECONDS)
            except Exception:
                time.sleep(_RETRY_SECONDS)  # and then no word of it where all of it has ended
                logger.exception("change_not_followed", extra={"table": self._table})
                self._iterators.clear()

    def step(self) -> bool:
        """Give one batch of each shard to the function; tell whether there was any."""
        busy = False
        for shard in self._shards():
            iterator = self._iterators.get(shard) or self._begin(shard)
            answer = self._streams.get_records(ShardIterator=iterator, Limit=self._batch_size)
            if answer["Records"]:
                self._call(event(shard, answer["Records"]))
                busy = True
            self._iterators[shard] = answer["NextShardIterator"]
        return busy

    def _shards(self) -> list[Shard]:
        if self._iterators:  # moto's streams have one, which does not end
            return list(self._iterators)
        streams = self._streams.list_streams(TableName=self._table)["Streams"]
        told = [self._streams.describe_stream(StreamArn=stream["StreamArn"]) for stream in streams]
        return [
            Shard(stream["StreamDescription"]["StreamArn"], shard["ShardId"])
            for stream in told
            for shard in stream["StreamDescription"]["Shards"]
        ]

    def _begin(self, shard: Shard) -> str:
        iterator: str = self._streams.get_shard_iterator(
            StreamArn=shard.stream, ShardId=shard.name, ShardIteratorType=self._beginning
        )["ShardIterator"]
        return iterator


def tried_again(
    call: Callable[[dict[str, Any]], Any],
    give_up: Callable[[str], Any],
    retry_seconds: float = _RETRY_SECONDS,
) -> Callable[[dict[str, Any]], None]:
    """Return a function that calls another with an event until that succeeds, or all retries are used up.

    A batch that fails is bisected, which counts as no retry. In the end `give_up` is told where in the stream the
    records are, as Lambda tells its on-failure destination.
    """

    def attempt(event: dict[str, Any]) -> None:
        records = event["Records"]
        for retry in range(RETRIES + 1):
            if retry:
                time.sleep(retry_seconds)
            try:
                call(event)
            except Exception:
                logger.exception("changes_not_followed", extra={"changes": len(records), "retry": retry})
            else:
                return
            if len(records) > 1:
                middle = len(records) // 2
                attempt({**event, "Records": records[:middle]})
                attempt({**event, "Records": records[middle:]})
                return
        give_up(json.dumps(_discarded(event)))

    return attempt


def _discarded(event: dict[str, Any]) -> dict[str, Any]:
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": RETRIES + 1},
        "DDBStreamBatchInfo": {
            "shardId": event["shardId"],
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "batchSize": len(numbers),
            "streamArn": event["eventSourceARN"],
        },
    }


def event(shard: Shard, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return Lambda's event for records of a shard, in a tumbling window."""
    return {
        "Records": [
            {**record, "eventSourceARN": shard.stream, "dynamodb": _json(record["dynamodb"])} for record in records
        ],
        "shardId": shard.name,
        "eventSourceARN": shard.stream,
        "state": {},
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


def _json(change: dict[str, Any]) -> dict[str, Any]:
    """Return a change as JSON has it: binary values as Base64, times in seconds since 1970."""
    told = {**change, "ApproximateCreationDateTime": change["ApproximateCreationDateTime"].timestamp()}
    for image in ("OldImage", "NewImage"):
        if image in told:
            told[image] = {
                name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
                for name, value in told[image].items()
            }
    return told
