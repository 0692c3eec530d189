"""From the end of a PUT to a `ready` record: 100 photographs through the offline system, one after another.

    python benchmarks/latency.py

The photographs are those of `photos/` in JANUS_SHARED (../shared unless set), or made here where there are none.
The peer, in the same run and on the same photographs: the bare work (metadata, hash, decode, thumbnails, analysis)
with no S3, SQS, Lambda, DynamoDB or HTTP around it. Their ratio is the overhead of the system.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude, progress
from chalicelib.db import keys
from chalicelib.offline import provisioning
from image_processing import analysis, derive, metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.real_files import PHOTOGRAPHS
from tests.system import PROJECT, System

COUNT = 100


def photographs() -> list[bytes]:
    """Return the photographs to send, as bytes."""
    found = sorted(PHOTOGRAPHS.glob("*.jpg"))
    if found:
        return [path.read_bytes() for path in found]
    print(f"no photographs in {PHOTOGRAPHS}: three of 12 megapixels are made instead")
    made = []
    for seed in range(3):
        noise = Image.effect_noise((4000, 3000), 40 + 30 * seed)
        buffer = io.BytesIO()
        Image.merge("RGB", [noise, noise.rotate(90).resize(noise.size), noise.rotate(180)]).save(buffer, "JPEG")
        made.append(buffer.getvalue())
    return made


def bare(data: bytes) -> float:
    """Return the seconds that the work itself takes."""
    start = time.perf_counter()
    hashlib.sha256(data).hexdigest()
    source = BytesSource(data)
    found = metadata.read(source)
    pixels.check(found)
    image = pixels.decode(source, found)
    derive.thumbnails(image)
    analysis.analyse(image)
    return time.perf_counter() - start


def through(system: System, session: requests.Session, number: int, data: bytes) -> float:
    """Return the seconds from the end of a PUT to the first answer that says `ready`."""
    key = f"uploads/{provisioning.DEMO.name}/{number}.jpg"
    system.client("s3").put_object(Bucket=provisioning.BUCKET, Key=key, Body=data)
    start = time.perf_counter()
    url = f"{system.api}/v1/images/{keys.image_id(provisioning.BUCKET, key)}"
    while time.perf_counter() - start < 60:
        answer = session.get(url)
        if answer.status_code == 200 and answer.json()["state"] == "ready":
            return time.perf_counter() - start
        time.sleep(0.005)
    raise SystemExit(f"photograph {number} has no ready record after a minute: {answer.text}")


def main() -> None:
    """Measure, and print the results."""
    with tempfile.TemporaryDirectory() as state, requests.Session() as session:
        system = System(PROJECT, Path(state), "--no-autoreload", RATE_LIMITS="off").ready()
        try:
            session.headers["Authorization"] = f"Bearer {system.token()}"
            whole, work = [], []
            for number, data in enumerate(itertools.islice(itertools.cycle(photographs()), COUNT)):
                work.append(bare(data) * 1000)
                whole.append(through(system, session, number, data) * 1000)
                progress(number + 1, COUNT, "photographs")
        finally:
            system.stop()
    from benchmarks import latency_request  # noqa: PLC0415  it begins an offline AWS of its own

    added = [end - alone for end, alone in zip(whole, work, strict=True)]
    conclude(
        "latency",
        [
            Measure("PUT to ready, median", statistics.median(whole), unit="ms"),
            Measure("PUT to ready, 95th percentile", statistics.quantiles(whole, n=20)[-1], unit="ms"),
            Measure("the bare work, median", statistics.median(work), unit="ms"),
            Measure("added by the system, median", statistics.median(added), unit="ms"),
            Measure(
                "PUT to ready / the bare work, medians",
                statistics.median(whole) / statistics.median(work),
                "<=",
                2.0,
            ),
            *latency_request.measures(),
        ],
    )


if __name__ == "__main__":
    main()
