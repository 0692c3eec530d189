"""The case of `cold_start` with a layer: `recognize`, from an image of 1,280 pixels to its findings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from image_processing import recognition
from scripts.package import layer
from scripts.package.target import Target

if TYPE_CHECKING:
    from chalicelib.db.models import Image

HANDLER = "chalicelib.events.recognition.recognize"
NAME = "recognize"
FOLDER = Path("opt", "python")  # of the layer's modules, beside its zip
SECONDS = 3.0  # that a first image may take in all, the sandbox's process included
UNSUPPORTED = f"NOT MEASURED: {NAME}, whose layer needs Python 3.12 or a later one; run this with one"

_IMAGE = Path(__file__).parents[1] / "samples" / "harbour.jpg"


def supported() -> bool:
    """Tell whether this Python can have the layer."""
    return layer.supported(Target.own())


def unpack(out: Path) -> None:
    """Unpack the layer beside its zip."""
    shutil.unpack_archive(out / "layer.zip", out / FOLDER.parent)


def unrecognized(owner: str) -> dict[str, Any]:
    """Upload an image, and read it in this process; return the event that lets models look at it."""
    from app import app  # noqa: PLC0415  reads the offline world's settings
    from chalicelib import storage  # noqa: PLC0415
    from chalicelib.config import settings  # noqa: PLC0415
    from chalicelib.db import keys  # noqa: PLC0415
    from tests import delivery  # noqa: PLC0415

    key = keys.upload_key(owner, _IMAGE.name)
    storage.put(key, _IMAGE.read_bytes(), "image/jpeg")
    delivery.deliver(app)
    wanted = {"image_id": keys.image_id(settings().images_bucket, key)}
    return {"Records": [delivery.message(json.dumps(wanted), queue=settings().recognition_queue)]}


def check(event: dict[str, Any]) -> None:
    """Raise RuntimeError unless every model has looked at the image of an event."""
    from chalicelib.db import annotation_codec, images  # noqa: PLC0415  see unrecognized

    image: Image | None = images.get(json.loads(event["Records"][0]["body"])["image_id"], consistent=True)
    findings = image and annotation_codec.findings_of(image.annotations, image.sha256)
    if not findings or set(findings.models) != set(recognition.MODELS):
        raise RuntimeError(f"{NAME} has not written the findings of all models; its log says why")
