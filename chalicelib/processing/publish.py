"""Make the file that others may have of an image: the same picture, and nothing private with it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from chalicelib import storage
from chalicelib.db import document_codec, images, keys
from chalicelib.db.models import READY
from chalicelib.logs import logger
from image_processing import derive, metadata
from image_processing.errors import ImageError

if TYPE_CHECKING:
    from chalicelib.db.models import Image
    from chalicelib.storage import StoredObject

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
LARGEST = "large"  # thumbnail


def publish(arguments: dict[str, Any]) -> None:
    """Make the published file of `image_id` as it is now, if it has none yet, and name it in the record.

    A JPEG, PNG or WebP is copied without private metadata, its pixels unchanged (`derive.strip_private`). Of any
    other format, and of a file too broken for that, it is the largest thumbnail; where there is none, nothing is
    published, and the record says so. Raises storage.ObjectChangedError when the object changes meanwhile, and
    the errors of AWS.
    """
    image_id = arguments["image_id"]
    image = images.get(image_id, consistent=True)
    if image is None or image.state != READY or image.published is not None:
        return
    stored = storage.open_object(image.key)
    if stored is None or stored.etag != image.etag:
        logger.info("object_replaced", extra={"image_id": image_id})
        return
    copy = _copy(stored, image)
    thumbnails = document_codec.unpack(image.document).get("thumbnails", {})
    if images.publish(image, copy or thumbnails.get(LARGEST, {}).get("key", "")):
        logger.info("image_published", extra={"image_id": image_id, "copy": copy is not None})
    elif copy and not _names(image_id, copy):
        storage.delete([copy])  # a newer record was faster, and nothing leads to it


def _copy(stored: StoredObject, image: Image) -> str | None:
    """Write a copy without private data beside the image's thumbnails; return its key, or None for no copy.

    Its content names it, so that two jobs write the same file, and one that comes again leaves none behind.
    """
    source = stored.source()
    try:
        data = derive.strip_private(source, metadata.read(source))
    except ImageError as refusal:
        logger.info("image_published_without_copy", extra={"image_id": image.image_id, "code": refusal.code})
        return None
    folder = keys.derived_folder(image.image_id, image.sequencer, image.sha256)
    key = f"{folder}{hashlib.sha256(data).hexdigest()[:16]}{ENDINGS[image.mime_type]}"
    storage.put(key, data, image.mime_type)
    return key


def _names(image_id: str, copy: str) -> bool:
    """Tell whether an image's record names a published file."""
    standing = images.get(image_id, consistent=True)
    return standing is not None and standing.published == copy
