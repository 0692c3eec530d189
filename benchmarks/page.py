"""The library's first page beside `GET /v1/images` of the same fifty images, in the function: HTML against JSON.

    python benchmarks/page.py

The function is the real one, called as Lambda calls it. DynamoDB's answers are those of the offline one, given again
at once to both sides, so that no network and no database is in the figures: with them, the ratio would be nearer to
one. Figures are CPU milliseconds of a call, so that other work of the machine counts little; the ratio is the median
of the rounds' ratios. The page of an image is shown, too.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS, CALLS, SIZE = 30, 5, 120
MOST = 1.6


class Raw:
    """The body of an answer that is given again, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """Yield the whole."""
        yield self._body


@contextmanager
def given_again(client: Any) -> Iterator[None]:
    """Keep DynamoDB's answers; the same request gets the same one, and one with another time that of its kind."""
    kept: dict[Any, tuple[int, Any, bytes]] = {}
    asked: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        kind = request.headers["X-Amz-Target"]
        asked[:] = [(kind, bytes(request.body)), kind]
        found = next((kept[key] for key in asked if key in kept), None)
        return None if found is None else AWSResponse(request.url, found[0], found[1], Raw(found[2]))

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        found = response_dict["status_code"], response_dict["headers"], response_dict["body"]
        for key in asked:
            kept.setdefault(key, found)

    client.meta.events.register("before-send.dynamodb", answer)
    client.meta.events.register("before-parse.dynamodb", keep)
    yield
    client.meta.events.unregister("before-send.dynamodb", answer)
    client.meta.events.unregister("before-parse.dynamodb", keep)


def cpu_ms(call: Callable[[], Any]) -> float:
    """Return the CPU time of a call in milliseconds, as the mean of a few."""
    start = time.thread_time()
    for _ in range(CALLS):
        call()
    return (time.thread_time() - start) / CALLS * 1000


def main() -> None:
    """Measure, and print the results."""
    os.environ |= {"ACCOUNT_SECONDS": "3600", "RATE_LIMITS": "read=1000000/60"}
    from chalicelib import aws, logs, offline  # noqa: PLC0415  after the settings
    from chalicelib.offline import provisioning  # noqa: PLC0415

    with offline.in_process(), Path(os.devnull).open("w") as nowhere:
        from app import app  # noqa: PLC0415  in the environment of the offline AWS
        from chalicelib.config import settings  # noqa: PLC0415
        from chalicelib.db.models import connection  # noqa: PLC0415
        from tests import delivery, libraries  # noqa: PLC0415
        from tests.packaging import lambda_events  # noqa: PLC0415

        logs.logger.handlers[0].setStream(nowhere)  # type: ignore[attr-defined]
        tokens = aws.client("cognito-idp").initiate_auth(
            ClientId=settings().auth_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": provisioning.DEMO.name, "PASSWORD": provisioning.DEMO.password},
        )["AuthenticationResult"]
        images = list(libraries.collection(provisioning.DEMO.name, SIZE))
        libraries.write(aws.client("dynamodb"), images, {"taken"})
        cookie = f"janus-access={tokens['AccessToken']}; janus-refresh={tokens['RefreshToken']}; janus-form=form"
        image_id = images[-1].card.image_id
        events = [
            lambda_events.request("GET", "/v1/images", token=tokens["AccessToken"]),
            lambda_events.request("GET", "/library"),
            lambda_events.request("GET", "/images/{image_id}", image_id=image_id),
        ]
        events[0] |= {"multiValueQueryStringParameters": {"sort": ["-taken"]}}
        for event in events[1:]:
            event["headers"] = {"cookie": cookie}
            event["multiValueHeaders"] = {"cookie": [cookie]}
        with given_again(connection(provisioning.REGION).client):
            for event in events * 2:
                answer = app(event, delivery.CONTEXT)
                assert answer["statusCode"] == 200, answer
            gc.collect()
            gc.freeze()  # the offline AWS lives in this process
            times = []
            for number in range(ROUNDS):
                times.append([cpu_ms(lambda event=event: app(event, delivery.CONTEXT)) for event in events])
                progress(number + 1, ROUNDS, "rounds")
    listed, library, image = zip(*times, strict=True)
    ratios = [one / other for one, other in zip(library, listed, strict=True)]
    conclude(
        "page",
        [
            Measure("GET /v1/images of 50, median", statistics.median(listed), unit="ms"),
            Measure("the library's first page, median", statistics.median(library), unit="ms"),
            Measure("the page of an image without analysis, median", statistics.median(image), unit="ms"),
            Measure("library / GET /v1/images, median of the rounds", statistics.median(ratios), "<=", MOST),
        ],
    )


if __name__ == "__main__":
    main()
