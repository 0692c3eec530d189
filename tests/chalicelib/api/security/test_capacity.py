"""The answer when a service is over capacity: 503, anywhere in a route."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from chalicelib import aws, queues, storage
from chalicelib.api.security import rate_limit
from chalicelib.config import settings
from chalicelib.db.models import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Iterator[bytes]:
        yield self._data


@contextmanager
def answering(client: Any, operation: str, status: int, body: str) -> Iterator[None]:
    """Let AWS answer an operation so, as moto never does: below the client, its retries and its parsers."""
    name = client.meta.service_model.service_name

    def answer(**_: Any) -> AWSResponse:
        return AWSResponse("http://throttled", status, {}, _Body(body.encode()))

    client.meta.events.register_first(f"before-send.{name}.{operation}", answer)
    try:
        yield
    finally:
        client.meta.events.unregister(f"before-send.{name}.{operation}", answer)


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once, and leave no limiter to the next test that rests after a failure."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(rate_limit, "limiter", rate_limit.Limiter())


def told(code: str) -> str:
    return json.dumps({"__type": f"com.amazonaws#{code}", "message": "no"})


def check(answer: Any) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "over_capacity")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.fixture
def image_id(api: str, user: Any) -> str:
    """Return a ticket's image."""
    made = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}]})
    return str(made.json()["images"][0]["image_id"])


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"]
)
def test_a_throttled_table_is_over_capacity(api: str, user: Any, image_id: str, code: str) -> None:
    """Reads by PynamoDB and by botocore, and writes."""
    table, url = connection(settings().region).client, f"{api}/v1/images"
    with answering(table, "GetItem", 400, told(code)):
        check(user.http.get(f"{url}/{image_id}"))
    with answering(table, "Query", 400, told(code)):
        check(user.http.get(url))
    with answering(table, "UpdateItem", 400, told(code)):
        check(user.http.patch(f"{url}/{image_id}", json={"title": "a"}))
    assert user.http.get(f"{url}/{image_id}").status_code == 200


def test_another_error_of_a_table_is_not(api: str, user: Any, image_id: str) -> None:
    """An error that waiting does not mend is 500."""
    with answering(connection(settings().region).client, "GetItem", 400, told("ValidationException")):
        answer = user.http.get(f"{api}/v1/images/{image_id}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_s3_that_says_slow_down_is_over_capacity(api: str, user: Any) -> None:
    """An image in the body is put by the API; the request counts towards its caller's limit all the same."""
    slow = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    with answering(aws.client("s3"), "PutObject", 503, slow):
        sent = {"Content-Type": "image/jpeg"}
        answer = user.http.post(f"{api}/v1/images?filename=a.jpg", data=b"x", headers=sent)
    check(answer)
    assert answer.headers["RateLimit-Policy"].startswith('"write";q=')


def test_an_image_of_a_bulk_action_says_so_for_itself(api: str, user: Any, image_id: str) -> None:
    """Its status is 503, and the action as a whole is answered."""
    action = {"action": "tag", "images": [image_id], "tags": ["a"]}
    with answering(connection(settings().region).client, "UpdateItem", 400, told("ThrottlingException")):
        answer = user.http.post(f"{api}/v1/images/actions", json=action)
    (result,) = answer.json()["images"]
    assert (answer.status_code, result["status"], result["code"]) == (200, 503, "over_capacity")


def test_a_refusal_within_a_batch_is_told_with_its_code(aws: str) -> None:
    """SQS and S3 answer 200 to a batch of which they refuse some."""
    from chalicelib.aws import client, is_throttled

    refused = {"Failed": [{"Id": "0", "Code": "RequestThrottled", "Message": "no", "SenderFault": False}]}
    with (
        answering(client("sqs"), "SendMessageBatch", 200, json.dumps(refused)),
        pytest.raises(ClientError) as sent,
    ):
        queues.send(settings().jobs_queue, ["{}"])
    body = "<DeleteResult><Error><Key>a</Key><Code>SlowDown</Code><Message>no</Message></Error></DeleteResult>"
    with answering(client("s3"), "DeleteObjects", 200, body), pytest.raises(ClientError) as deleted:
        storage.delete(["a"])
    assert is_throttled(sent.value)
    assert is_throttled(deleted.value)
    assert not is_throttled(RuntimeError("no"))
