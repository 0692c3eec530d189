"""The zip is complete: its functions run from it, alone, under Lambda's runtime client."""

from __future__ import annotations

import functools
import io
import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pillow_heif
import pytest
import requests

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from chalicelib.routes import api_docs
from scripts.lambda_runtime import ISOLATED, Function, FunctionError
from scripts.package import archive
from tests import samples
from tests.packaging import lambda_events
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.db.models import Image
    from tests.conftest import User
    from tests.packaging.conftest import Built

    Run = Callable[[str], Function]

LEFT_BEHIND = ("chalicelib/offline", "chalicelib/commands")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sysconfig.get_platform() != "linux-x86_64", reason="what is in the zip runs on Linux on x86_64 only"
    ),
]

API = "app.app"
EXTRACT = "chalicelib.events.uploads.extract_metadata"
SWEEP = "chalicelib.events.sweep.sweep"


def test_an_upload_becomes_a_record(run: Run, user: User) -> None:
    """A ticket from the API, a file sent to S3, its event: the API then shows a ready record with thumbnails."""
    request = functools.partial(lambda_events.request, token=user.token)
    with run(API) as api, run(EXTRACT) as extract:
        wanted = {"images": [{"filename": "photo.jpg"}]}
        ticket = answer(api, request("POST", "/v1/images", body=wanted), 201)["images"][0]
        upload = ticket["upload"]
        sent = requests.post(upload["url"], upload["fields"], files={"file": samples.photo()}, timeout=10)
        assert sent.status_code == 204
        assert extract.invoke(lambda_events.messages()) == {"batchItemFailures": []}
        record = answer(api, request("GET", "/v1/images/{image_id}", image_id=ticket["image_id"]), 200)
        assert record["state"] == "ready"
        assert sorted(record["thumbnails"]) == ["large", "medium", "small"]
        assert record["metadata"]["camera"]["make"] == "Janus"
        assert record["metadata"]["time"]["time_zone"] == "Europe/Rome"
        listed = answer(api, request("GET", "/v1/images"), 200)["images"]
        assert [image["image_id"] for image in listed] == [ticket["image_id"]]
        ready = answer(api, request("GET", "/v1/status/ready"), 200)
        assert {part["reached"] for part in ready["parts"].values()} == {True}
        libraries = Path(f"/proc/{api.process.pid}/maps").read_text()
        assert "PIL" not in libraries
        assert "pillow" not in libraries


def test_an_admin_sees_what_is_deployed(run: Run, admin: User) -> None:
    """The versions of the libraries are known from the zip, though it holds no installer's records."""
    with run(API) as api:
        figures = answer(api, lambda_events.request("GET", "/v1/admin/system", token=admin.token), 200)
    assert {"python", "pillow", "numpy", "chalice"} <= figures["versions"].keys()


def test_the_sweep_queues_what_no_event_told_of(run: Run, aws: str, key: str) -> None:
    """An object whose event was lost is queued by the sweep, and processed like any other."""
    storage.put(key, samples.photo(), "image/jpeg")
    lambda_events.messages()
    with run(SWEEP) as sweep, run(EXTRACT) as extract:
        assert sweep.invoke(lambda_events.schedule())["queued"] >= 1
        assert extract.invoke(lambda_events.messages()) == {"batchItemFailures": []}
    assert record_of(key).state == "ready"


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_every_codec_is_in_the_zip(run: Run, aws: str, key: str, format_name: str) -> None:
    """A file of each format becomes a ready record: the codecs' shared libraries are all there."""
    file = io.BytesIO()
    pillow_heif.register_heif_opener()
    samples.picture().save(file, format_name)
    storage.put(key, file.getvalue(), "application/octet-stream")
    told = lambda_events.messages()
    with run(EXTRACT) as extract:
        assert extract.invoke(told) == {"batchItemFailures": []}
    record = record_of(key)
    assert (record.state, record.reason) == ("ready", None)
    assert document_codec.unpack(record.document)["thumbnails"]


def test_a_broken_event_is_the_function_s_error(run: Run) -> None:
    """A function's exception reaches the runtime API as an error, as Lambda would show it."""
    with run(SWEEP) as sweep, pytest.raises(FunctionError, match="errorType"):
        sweep.invoke({})


def test_the_api_function_loads_no_image_library(built: Built, run: Run) -> None:
    """Importing the app from the zip loads neither Pillow, NumPy, moto nor a client of AWS."""
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import app; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, *ISOLATED, "-c", program, str(built.function)],
        env={"AWS_REGION": "us-east-1", "JANUS_STAGE": "prod"},
        capture_output=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "chalicelib" in loaded
    assert not loaded & {"PIL", "pillow_heif", "numpy", "moto", "boto3", "jwt", "click", "pip"}


@pytest.mark.parametrize("dictionary", document_codec.DICTIONARIES.values(), ids=lambda path: path.name)
def test_the_dictionaries_of_the_documents_are_in_the_zip(built: Built, dictionary: Path) -> None:
    """Chalice packs files that are no modules, too; without these, no record could be read or written."""
    packed = built.function / dictionary.relative_to(PROJECT)
    assert packed.read_bytes() == dictionary.read_bytes()


def test_time_zones_are_in_the_zip_and_small(built: Built) -> None:
    """Boundaries and offsets of every zone, without the system's data, in 8 MB; their licences beside them."""
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); "
        "import tzfpy; from image_processing import time_zones; "
        "print(json.dumps([(z, time_zones.offset(z, '2024-07-01T12:00:00')) for z in tzfpy.timezonenames()]))"
    )
    done = subprocess.run(
        [sys.executable, *ISOLATED, "-c", program, str(built.function)],
        env={"PYTHONTZPATH": ""},
        capture_output=True,
        check=True,
    )
    told = dict(json.loads(done.stdout))
    assert (told["Europe/Rome"], told["Australia/Lord_Howe"], told["Asia/Kathmandu"]) == (
        "+02:00",
        "+10:30",
        "+05:45",
    )
    assert len([zone for zone, offset in told.items() if offset is not None]) > 400
    assert {zone.partition("/")[0] for zone, offset in told.items() if offset is None} == {"Etc"}
    packed = zipfile.ZipFile(built.out / "deployment.zip").infolist()
    ours = [entry for entry in packed if entry.filename.startswith(("tzfpy", "tzdata"))]
    assert sum(entry.file_size for entry in ours) <= 8_000_000
    assert {
        entry.filename.partition("/")[0].partition("-")[0] for entry in ours if "LICENSE" in entry.filename
    } == {
        "tzdata",
        "tzfpy",
    }


def test_names_of_places_are_in_the_zip(built: Built) -> None:
    """Their file and its licence, and the function that reads files finds them."""
    names = zipfile.ZipFile(built.out / "deployment.zip").namelist()
    assert {"image_processing/place_names.bin", "image_processing/place_names.LICENSE.txt"} <= {*names}
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from image_processing import place_names; "
        "print(json.dumps(place_names.find(41.89, 12.485)))"
    )
    done = subprocess.run(
        [sys.executable, *ISOLATED, "-c", program, str(built.function)], capture_output=True, check=True
    )
    assert json.loads(done.stdout)[:4] == ["IT", "Italy", "Lazio", "Rome"]


def test_nothing_of_developers_is_in_the_zip(built: Built) -> None:
    """Neither the offline AWS, nor Chalice's command line, nor tests are deployed."""
    names = zipfile.ZipFile(built.out / "deployment.zip").namelist()
    tops = {name.partition("/")[0] for name in names}
    assert not tops & {"moto", "pip", "setuptools", "click", "inquirer", "yaml", "tests"}
    assert not [name for name in names if name.startswith(LEFT_BEHIND)]
    assert not [name for name in names if "/tests/" in name]


def test_every_module_is_compiled(built: Built) -> None:
    """Each module has its .pyc, which Python takes without a look at the source's time."""
    sources = [path for path in built.function.rglob("*.py") if "__pycache__" not in path.parts]
    tag = sys.implementation.cache_tag
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", source  # PEP 552: hash-based, unchecked


def test_the_same_contents_make_the_same_zip(built: Built, tmp_path: Path) -> None:
    """Packing the unpacked zip again gives the same bytes, so an unchanged stage is not deployed anew."""
    archive.pack(built.function, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (built.out / "deployment.zip").read_bytes()


def test_the_template_passes_cfn_lint(built: Built) -> None:
    """cfn-lint finds nothing in the merged template."""
    lint = [Path(sys.executable).with_name("cfn-lint"), built.out / "template.yaml"]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_pages_are_there(run: Run) -> None:
    """The viewer's files, which a package carries, and the document that they show."""
    with run(API) as api:
        for asset in api_docs.ASSETS:
            got = api.invoke(lambda_events.request("GET", "/docs/{asset}", asset=asset))
            assert (got["statusCode"], got["headers"]["Content-Type"]) == (200, api_docs.ASSETS[asset][1])
        shown = answer(api, lambda_events.request("GET", "/v1/openapi.json"), 200)
        assert "/v1/images" in shown["paths"]


def answer(api: Function, event: dict[str, Any], status: int) -> Any:
    """Give a request to the API function; return the JSON of its answer, which must have a status."""
    answered = api.invoke(event)
    assert answered["statusCode"] == status, answered["body"]
    return json.loads(answered["body"])


def record_of(key: str) -> Image:
    """Return the record of the object at a key."""
    record = images.get(keys.image_id(settings().images_bucket, key))
    assert record is not None
    return record
