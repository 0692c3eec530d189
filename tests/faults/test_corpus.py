"""Every file of a corpus of real images, many of them broken, takes the real path and ends with an answer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.db import keys
from chalicelib.offline import provisioning
from image_processing import errors
from tests.real_files import CORPUS, files
from tests.shared import needs_corpus
from tests.system import PROJECT, System

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SECONDS_A_FILE = 10
MEGABYTES = 512
CODES = {kind.code for kind in errors.ImageError.__subclasses__()}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(PROJECT, tmp_path_factory.mktemp("state"), "--no-autoreload", RATE_LIMITS="off")  # it polls
    try:
        yield running.ready()
    finally:
        running.stop()


def peak_megabytes(process: int) -> float:
    """Return the most memory a process had resident since it began."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


@needs_corpus
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc")
def test_every_file_of_the_corpus_ends_ready_or_failed_with_a_code(system: System) -> None:
    """No file crashes the process, takes ten seconds, or has its memory grow by 512 MB."""
    paths = files(CORPUS)
    s3, process = system.client("s3"), system.process.pid
    at_rest = peak_megabytes(process)
    headers = {"Authorization": f"Bearer {system.token()}"}
    outcomes: dict[str, int] = {}
    wrong: list[Any] = []
    with requests.Session() as session:
        session.headers.update(headers)
        for number, path in enumerate(paths):
            if number % 300 == 0:
                session.headers["Authorization"] = f"Bearer {system.token()}"
            key = f"uploads/{provisioning.DEMO.name}/{path.relative_to(CORPUS)}"
            s3.put_object(Bucket=provisioning.BUCKET, Key=key, Body=path.read_bytes())
            record = wait(session, f"{system.api}/v1/images/{keys.image_id(provisioning.BUCKET, key)}")
            outcome = record.get("code") or record["state"]
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if outcome != "ready" and (record["state"] != "failed" or outcome not in CODES):
                wrong.append((key, record))
    peak = peak_megabytes(process)
    print(f"{len(paths)} files: {outcomes}; {at_rest:.0f} MB at rest, {peak:.0f} MB at most")  # noqa: T201  see -s
    assert not wrong, [line for line in system.output.splitlines() if '"level": "error"' in line][:3]
    assert system.process.poll() is None
    assert peak - at_rest < MEGABYTES


def wait(session: requests.Session, url: str) -> dict[str, Any]:
    """Return an image's settled record, or its last state when the time is over."""
    deadline = time.monotonic() + SECONDS_A_FILE
    record: dict[str, Any] = {"state": "absent"}
    while time.monotonic() < deadline:
        answer = session.get(url)
        if answer.status_code == 200:
            record = answer.json()
            if record["state"] in ("ready", "failed"):
                return record
        time.sleep(0.005)
    return record
