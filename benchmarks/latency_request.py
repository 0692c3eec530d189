"""An authenticated `GET /v1/images/{id}` in the function, beside the same read made bare; a part of `latency`.

The function is the real one, called as Lambda calls it: routing, token, account, read, record, JSON, log.
DynamoDB's answer to the read was recorded from the offline one, with a record that was made from a photograph; an
HTTP endpoint in this process plays it back at once, to both sides, so that no network and no database is in the
figures. The peer is the same read with botocore's own client: a GetItem, and the record's document, which the item
carries compressed, as plain data. The time of the GetItem alone is shown, too. Token and account are known, as in
a function that is warm; requests count towards a limit so high that none is refused.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import threading
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any, ClassVar

import botocore.session

from benchmarks.report import Measure, progress
from chalicelib import aws, logs, offline, storage
from chalicelib.api.security import rate_limit
from chalicelib.api.security.cognito import proven
from chalicelib.config import settings
from chalicelib.db import document_codec, keys
from chalicelib.db.models import connection
from chalicelib.offline import provisioning
from tests import delivery
from tests.packaging import lambda_events
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROUNDS, CALLS = 200, 10
DICTIONARY = document_codec.DICTIONARY.read_bytes()


class Playback(StreamRequestHandler):
    """Answers every request on a connection with the recording of its operation."""

    disable_nagle_algorithm = True
    recorded: ClassVar[dict[bytes, bytes]] = {}

    def handle(self) -> None:
        """Read a request's headers, and the body that they announce; then answer."""
        length, operation = 0, b""
        while line := self.rfile.readline():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"x-amz-target":
                operation = value.strip().partition(b".")[2]
            elif line == b"\r\n":
                self.rfile.read(length)
                self.wfile.write(self.recorded[operation])


@contextmanager
def playback() -> Iterator[str]:
    """Serve the recording; yield the address."""
    with ThreadingTCPServer(("127.0.0.1", 0), Playback) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def prepare(app: Any) -> tuple[str, str]:
    """Upload a photograph and log in; return the image's id and the token."""
    key = f"uploads/{provisioning.DEMO.name}/harbour.jpg"
    storage.put(key, (PROJECT / "samples" / "harbour.jpg").read_bytes(), "image/jpeg")
    delivery.deliver(app)
    answer = aws.client("cognito-idp").initiate_auth(
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=proven({"USERNAME": provisioning.DEMO.name, "PASSWORD": provisioning.DEMO.password}),
    )
    return keys.image_id(settings().images_bucket, key), answer["AuthenticationResult"]["AccessToken"]


@contextmanager
def recording(client: Any) -> Iterator[None]:
    """Keep DynamoDB's answers to a client, by operation, for `Playback`."""

    def keep(response_dict: dict[str, Any], operation_model: Any, **_: Any) -> None:
        body, told = response_dict["body"], {**response_dict["headers"], "connection": "keep-alive"}
        told = {name.lower(): value for name, value in told.items()} | {"content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        answer = f"HTTP/1.1 {response_dict['status_code']} OK\r\n{head}\r\n".encode() + body
        Playback.recorded[operation_model.name.encode()] = answer

    client.meta.events.register("before-parse.dynamodb", keep)
    yield
    client.meta.events.unregister("before-parse.dynamodb", keep)


def get_item(client: Any, image_id: str) -> Any:
    """Make the GetItem alone."""
    return client.get_item(TableName=settings().images_table, Key={"image_id": {"S": image_id}})["Item"]


def read(client: Any, image_id: str) -> Any:
    """Make the read bare: the item, and its document."""
    item = get_item(client, image_id)
    return {**item, "document": json.loads(zlib.decompressobj(zdict=DICTIONARY).decompress(item["document"]["B"]))}


def seconds(call: Callable[[], Any]) -> float:
    """Return the time of a call, as the mean of a few."""
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS


def ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: the two sides of a round meet nearly the same conditions."""
    return statistics.median(one / other for one, other in zip(ones, others, strict=True))


def measures() -> list[Measure]:
    """Return how long it takes, and the peer."""
    os.environ |= {"ACCOUNT_SECONDS": "3600", "RATE_LIMITS": "read=1000000/60"}
    with offline.in_process(), Path(os.devnull).open("w") as nowhere:
        from app import app  # noqa: PLC0415  in the environment of the offline AWS

        logs.logger.handlers[0].setStream(nowhere)  # type: ignore[attr-defined]
        image_id, token = prepare(app)
        event = lambda_events.request("GET", "/v1/images/{image_id}", token=token, image_id=image_id)
        assert app(event, delivery.CONTEXT)["statusCode"] == 200
        shared = connection(provisioning.REGION)
        rate_limit.limiter = rate_limit.Limiter()  # its first write is to be recorded, too
        with recording(shared.client):
            assert app(event, delivery.CONTEXT)["statusCode"] == 200
        with playback() as address:
            os.environ["AWS_ENDPOINT_URL"] = address
            shared._local, shared._client = threading.local(), None  # noqa: SLF001  made anew, for the new address
            bare = botocore.session.Session().create_client("dynamodb", provisioning.REGION)
            sides = (
                lambda: app(event, delivery.CONTEXT),
                lambda: read(bare, image_id),
                lambda: get_item(bare, image_id),
            )
            assert json.loads(sides[0]()["body"])["metadata"] == sides[1]()["document"]["metadata"]
            gc.collect()
            gc.freeze()  # the offline AWS lives in this process: what is collected is to be the two sides' own
            times = []
            for number in range(ROUNDS):
                times.append([seconds(side) * 1000 for side in sides])
                progress(number + 1, ROUNDS, "rounds")
    whole, alone, item = zip(*times, strict=True)
    return [
        Measure("authenticated GET in the function, median", statistics.median(whole), unit="ms"),
        Measure("bare read of the record, median", statistics.median(alone), unit="ms"),
        Measure("bare GetItem, median", statistics.median(item), unit="ms"),
        Measure("GET / bare GetItem, median of the rounds", ratio(whole, item)),
        Measure("GET / bare read, median of the rounds", ratio(whole, alone), "<=", 1.3),
    ]
