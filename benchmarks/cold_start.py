"""The cost of a cold start: CPU time of loading a function from the zip, and of its first event on top.

    python benchmarks/cold_start.py

Each run is a new process under Lambda's real runtime client that sees nothing but the zip; AWS is the offline one,
outside the process. Figures are CPU milliseconds of the whole process, interpreter included, the least of 5:
disturbances of a process only add to them. The processes that it starts, which decode, have a column of their own.
Ratios are medians: a case and its peer run one right behind the other, since the machine may be faster a minute
later.

Peers, in the same run and with the same packages: a handler that does nothing; a Chalice app with one route;
a handler that reads one item with botocore's DynamoDB client, as every authenticated request must; and the least
that could be called extraction: boto3 gets an object, Pillow makes a thumbnail, boto3 writes both away. They have
botocore's data as pip installs them, ours are trimmed; a read with ours is shown, too.

`recognize` runs with its layer, where this Python can have one: from 3.12 on.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import cold_start_recognition as models
from benchmarks.report import Measure, conclude, progress
from chalicelib import offline
from chalicelib.offline import provisioning
from scripts.lambda_runtime import Function, gather_client
from scripts.package import archive
from scripts.package.__main__ import PROJECT, package
from scripts.package.target import Target
from scripts.package.trim import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
OWNER = "benchmark"
UNCOMPILED = "API: list"  # the case that is run without .pyc, too
OUT = PROJECT / "build" / "cold-start"
DATA = Path(botocore.__file__).parent / "data"
READ, EXTRACTION = "bare DynamoDB read", "bare extraction"
PEERS = """
def nothing(event, context):
    return {}


def get_item(event, context):
    from botocore.session import Session

    client = Session().create_client("dynamodb")
    client.get_item(TableName="janus-dev-images", Key={"image_id": {"S": "absent"}})
    return {}


def extract(event, context):
    import io

    import boto3
    from PIL import Image

    s3, bucket = boto3.client("s3"), "janus-dev-images"
    for record in event["Records"]:
        image = Image.open(s3.get_object(Bucket=bucket, Key=record["key"])["Body"])
        image.thumbnail((512, 512))
        made = io.BytesIO()
        image.save(made, "WEBP")
        s3.put_object(Bucket=bucket, Key="derived/peer", Body=made.getvalue())
        item = {"image_id": {"S": "peer"}, "width": {"N": str(image.width)}}
        boto3.client("dynamodb").put_item(TableName="janus-dev-images", Item=item)
    return {}
"""
CHALICE_PEER = """
from chalice import Chalice

app = Chalice(app_name="peer")


@app.route("/")
def index():
    return {}
"""


class Case(NamedTuple):
    """A handler, and the function that makes an event for it."""

    name: str
    handler: str
    event: Callable[[], Any]
    folder: str = "trimmed"  # or "peers": as pip installs
    beside: str | None = None  # the peer that it is held against
    layer: bool = False


class Cost(NamedTuple):
    """CPU milliseconds until a function is loaded, until it has answered an event, and of its children then."""

    loaded: float
    answered: float
    children: float


def cases(token: str) -> list[Case]:
    """Return the peers, then Janus's functions."""
    from tests.packaging import lambda_events as events  # noqa: PLC0415  reads the offline world's settings

    wanted = {"images": [{"filename": "photo.jpg"}]}
    recognizing = [Case(models.NAME, models.HANDLER, lambda: models.unrecognized(OWNER), layer=True)]
    return [
        Case("bare handler", "peers.nothing", dict, "peers"),
        Case("bare Chalice", "chalice_peer.app", lambda: events.request("GET", "/"), "peers"),
        Case(READ, "peers.get_item", dict, "peers"),
        Case("the same, trimmed", "peers.get_item", dict),
        Case(EXTRACTION, "peers.extract", lambda: {"Records": [{"key": upload()}]}, "peers"),
        Case("API: status", "app.app", lambda: events.request("GET", "/v1/status"), beside=READ),
        Case("API: list", "app.app", lambda: events.request("GET", "/v1/images", token=token), beside=READ),
        Case(
            "API: ticket",
            "app.app",
            lambda: events.request("POST", "/v1/images", token=token, body=wanted),
            beside=READ,
        ),
        Case("extract_metadata", "chalicelib.events.uploads.extract_metadata", uploaded, beside=EXTRACTION),
        Case("sweep", "chalicelib.events.sweep.sweep", events.schedule),
        Case("run_job", "chalicelib.events.jobs.run_job", recount),
        Case("follow_images", "chalicelib.events.changes.follow_images", changed),
        *(recognizing if models.supported() else ()),
    ]


def upload() -> str:
    """Upload a photograph; return its key."""
    from chalicelib import storage  # noqa: PLC0415  see cases
    from chalicelib.db import keys  # noqa: PLC0415
    from tests import samples  # noqa: PLC0415

    key = keys.upload_key(OWNER, "photo.jpg")
    storage.put(key, samples.photo(), "image/jpeg")
    return key


def uploaded() -> dict[str, Any]:
    """Upload a photograph that was not there before; return the event of it alone."""
    from tests.packaging import lambda_events  # noqa: PLC0415  see cases

    lambda_events.messages()
    upload()
    return lambda_events.messages()


def recount() -> dict[str, Any]:
    """Queue a recount of the owner of the photographs; return the event of it alone."""
    from chalicelib import jobs  # noqa: PLC0415  see cases
    from chalicelib.config import settings  # noqa: PLC0415
    from tests import delivery  # noqa: PLC0415

    delivery.receive(settings().jobs_queue)
    jobs.send("recount", owner=OWNER)
    return {"Records": delivery.receive(settings().jobs_queue)}


def changed() -> dict[str, Any]:
    """Upload a photograph, and extract it in this process; return the stream's event of its record."""
    from app import app  # noqa: PLC0415  see cases
    from chalicelib.config import settings  # noqa: PLC0415
    from chalicelib.offline import streams  # noqa: PLC0415
    from tests import delivery  # noqa: PLC0415

    events: list[dict[str, Any]] = []
    follower = streams.Follower(settings().images_table, 100, events.append, "LATEST")
    follower.step()
    upload()
    delivery.deliver(app)
    follower.step()
    return events[-1]


def run(case: Case, function: Path, client: Path, environment: dict[str, str]) -> Cost:
    """Start a case's function twice: to be loaded, and to answer one event."""
    layer = OUT / models.FOLDER if case.layer else None
    with Function(function, client, case.handler, environment, layer=layer, quiet=True) as running:
        running.wait()
        loaded = running.stop()
    event = case.event()
    with Function(function, client, case.handler, environment, layer=layer, quiet=True) as running:
        running.invoke(event)
        children = running.children_seconds()
        answered = running.stop()
    if case.layer:
        models.check(event)
    return Cost(loaded * 1000, answered * 1000, children * 1000)


def prepare() -> Path:
    """Fill the folder of functions, and return the runtime client.

    In it are `trimmed`, the unpacked zip with the peers in it, and `peers`, with botocore's data as pip installs
    them; in each `compiled`, with .pyc, and in the former `plain`, without.
    """
    shutil.rmtree(OUT, ignore_errors=True)
    package("prod", OUT, Target.own())
    for name in ("trimmed", "peers"):
        compiled = OUT / name / "compiled"
        shutil.unpack_archive(OUT / "deployment.zip", compiled)
        (compiled / "peers.py").write_text(PEERS)
        (compiled / "chalice_peer.py").write_text(CHALICE_PEER)
        if name == "peers":
            own = compiled / "botocore" / "data"
            shutil.copy(DATA / "endpoints.json", own)
            for service in SERVICES:
                shutil.rmtree(own / service)
                shutil.copytree(DATA / service, own / service)
        else:
            shutil.copytree(compiled, OUT / name / "plain", ignore=shutil.ignore_patterns("__pycache__"))
        archive.compile_all(compiled, sys.executable)
    if models.supported():
        models.unpack(OUT)
    return gather_client(OUT / "client")


def login() -> str:
    """Return an access token of the offline demo user."""
    from chalicelib import aws  # noqa: PLC0415  see cases
    from chalicelib.api.security.cognito import proven  # noqa: PLC0415
    from chalicelib.config import settings  # noqa: PLC0415

    answer = aws.client("cognito-idp").initiate_auth(
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=proven({"USERNAME": provisioning.DEMO.name, "PASSWORD": provisioning.DEMO.password}),
    )
    token: str = answer["AuthenticationResult"]["AccessToken"]
    return token


def main() -> None:
    """Measure every case, and hold the ratios against their limits."""
    client = prepare()
    runs: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    with offline.in_process() as endpoint:
        environment = {
            name: os.environ[name] for name in provisioning.environment(endpoint, provisioning.Client("", "", ""))
        }
        every = {case.name: case for case in cases(login())}

        def cost(case: Case, kind: str) -> Cost:
            made = run(case, OUT / case.folder / kind, client, environment)
            runs[case.name, kind].append(made)
            return made

        for number in range(ROUNDS):
            for case in every.values():
                answered = cost(case, "compiled").answered
                if case.beside:
                    ratios[case.name].append(answered / cost(every[case.beside], "compiled").answered)
            cost(every[UNCOMPILED], "plain")
            progress(number + 1, ROUNDS, "rounds")
    costs = {key: Cost(*map(min, zip(*made, strict=True))) for key, made in runs.items()}
    print(f"\n{'CPU ms, least of ' + str(ROUNDS):<28}{'loaded':>10}{'answered':>10}{'children':>10}")
    for (name, kind), least in costs.items():
        told = name if kind == "compiled" else f"{name}, without .pyc"
        print(f"{told:<28}{least.loaded:>10.0f}{least.answered:>10.0f}{least.children:>10.0f}")
    now = {name: costs[name, "compiled"].answered for name in every}
    before = costs[UNCOMPILED, "plain"].answered
    limits = {"API: list": 1.6, "API: ticket": 1.6, "API: status": 1.0, "extract_metadata": 1.8}
    seconds = []
    if models.supported():
        whole = sum(costs[models.NAME, "compiled"][1:]) / 1000
        seconds.append(Measure(f"{models.NAME}, first image, with its sandbox", whole, "<=", models.SECONDS, "s"))
    else:
        print(models.UNSUPPORTED)
    conclude(
        "cold_start",
        [
            *(
                Measure(f"{name} / {every[name].beside}", statistics.median(ratios[name]), "<=", limit)
                for name, limit in limits.items()
            ),
            Measure(f"{UNCOMPILED}, with .pyc / without", now[UNCOMPILED] / before, "<=", 0.6),
            *seconds,
            *(Measure(f"{name}, first answer", value, unit="ms") for name, value in now.items()),
        ],
    )


if __name__ == "__main__":
    main()
