"""The library's first page beside `GET /v1/images` of the same fifty images, in the function: HTML against JSON.

    python benchmarks/page.py

The function is the real one, called as Lambda calls it; the offline AWS answers it from other threads. Figures are
CPU milliseconds of the calling thread, so that neither those threads nor other work of the machine counts; the
ratio is the median of the rounds' ratios. The page of an image is shown, too.
"""

from __future__ import annotations

import base64
import functools
import gc
import gzip
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude, progress

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, CALLS, SIZE = 30, 5, 120
MOST = 1.6
MOST_KB = 25


def cpu_ms(call: Callable[[], Any]) -> float:
    """Return the CPU time of a call in milliseconds, as the mean of a few."""
    start = time.thread_time()
    for _ in range(CALLS):
        call()
    return (time.thread_time() - start) / CALLS * 1000


def compressed_kb(answer: dict[str, Any]) -> float:
    """Return the size of a page as API Gateway sends it, in kilobytes of 1,000 bytes."""
    body = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"].encode()
    return len(gzip.compress(body)) / 1000


def main() -> None:
    """Measure, and print the results."""
    os.environ |= {"ACCOUNT_SECONDS": "3600", "RATE_LIMITS": "off"}
    from chalicelib import aws, logs, offline  # noqa: PLC0415  after the settings
    from chalicelib.offline import provisioning  # noqa: PLC0415

    with offline.in_process(), Path(os.devnull).open("w") as nowhere:
        from app import app  # noqa: PLC0415  in the environment of the offline AWS
        from tests import delivery, libraries  # noqa: PLC0415
        from tests.packaging import lambda_events  # noqa: PLC0415

        logs.logger.handlers[0].setStream(nowhere)  # type: ignore[attr-defined]

        def answered(event: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = app(event, delivery.CONTEXT)
            assert answer["statusCode"] == 200, answer
            return answer

        owner = provisioning.DEMO
        signing_in = {"username": owner.name, "password": owner.password}
        tokens = json.loads(answered(lambda_events.request("POST", "/v1/auth/login", body=signing_in))["body"])
        images = list(libraries.collection(owner.name, SIZE))
        libraries.write(aws.client("dynamodb"), images, {"taken"})
        events = [
            lambda_events.request("GET", "/v1/images", token=tokens["access_token"]),
            lambda_events.request("GET", "/library"),
            lambda_events.request("GET", "/images/{image_id}", image_id=images[-1].card.image_id),
        ]
        events[0] |= {"multiValueQueryStringParameters": {"sort": ["-taken"]}}
        cookie = f"janus-access={tokens['access_token']}; janus-refresh={tokens['refresh_token']}; janus-form=form"
        for event in events[1:]:
            event["headers"] = {"cookie": cookie}
            event["multiValueHeaders"] = {"cookie": [cookie]}
        first, library_first, _ = [answered(event) for event in events]
        assert len(json.loads(first["body"])["images"]) == library_first["body"].count('<figure class="shot') == 50
        gc.collect()
        gc.freeze()  # the offline AWS lives in this process
        times = []
        for number in range(ROUNDS):
            times.append([cpu_ms(functools.partial(answered, event)) for event in events])
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
            Measure("the library's first page, gzip", compressed_kb(library_first), "<=", MOST_KB, unit="kB"),
        ],
    )


if __name__ == "__main__":
    main()
