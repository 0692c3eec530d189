"""The event source of a stream, as Lambda's: bisected, tried again, given up in the end."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.offline import streams


def event(*numbers: str) -> dict[str, Any]:
    """Return an event with a record for each number."""
    records = [{"dynamodb": {"SequenceNumber": number}} for number in numbers]
    return {"Records": records, "shardId": "shard-1", "eventSourceARN": "arn:stream"}


def test_one_record_that_always_fails_is_given_up_and_all_others_go_on() -> None:
    """The batch is bisected down to it; it is tried 31 times, and the destination is told where it is."""
    calls: list[list[str]] = []
    given_up: list[str] = []

    def call(told: dict[str, Any]) -> None:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in told["Records"]]
        calls.append(numbers)
        if "3" in numbers:
            raise MemoryError

    streams.tried_again(call, given_up.append, retry_seconds=0)(event("1", "2", "3", "4"))
    assert calls == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], *[["3"]] * 31, ["4"]]
    assert [json.loads(message) for message in given_up] == [
        {
            "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 31},
            "DDBStreamBatchInfo": {
                "shardId": "shard-1",
                "startSequenceNumber": "3",
                "endSequenceNumber": "3",
                "batchSize": 1,
                "streamArn": "arn:stream",
            },
        }
    ]


def test_a_record_that_succeeds_at_last_is_not_given_up() -> None:
    """Twice it fails, then the table is there again."""
    tries: list[int] = []

    def call(_: dict[str, Any]) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError

    given_up: list[str] = []
    streams.tried_again(call, given_up.append, retry_seconds=0)(event("1"))
    assert (len(tries), given_up) == (3, [])
