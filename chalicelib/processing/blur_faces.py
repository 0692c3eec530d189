"""Make the copies that links with blurred faces show, anew for other boxes, and delete them in the end."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from chalicelib import storage
from chalicelib.catalogue.index import blurred_copies
from chalicelib.catalogue.index.blurred_copies import Copies
from chalicelib.db import images, shares
from chalicelib.db.models import READY
from chalicelib.logs import logger
from image_processing import examine
from image_processing.errors import ImageError
from image_processing.source import FileSource

if TYPE_CHECKING:
    from chalicelib.db.annotation_codec import Box
    from chalicelib.db.models import Image
    from chalicelib.storage import StoredObject

AGAIN_SECONDS = 1  # after which another attempt begins, where the image was changed meanwhile


def blur_faces(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Bring the copies of `image_id` in line with its faces and links; return the job again if these changed.

    There are copies while a link shows them, other than the one with the id `without`, and somebody has looked
    for faces. Copies of other boxes are deleted before new ones are made. Raises storage.ObjectChangedError when
    the object changes meanwhile, and the errors of AWS.
    """
    image_id = arguments["image_id"]
    image = images.get(image_id, consistent=True)
    if image is None or image.state != READY:
        return None
    without = arguments.get("without")
    again = {"image_id": image_id, "without": without, "delay": AGAIN_SECONDS}
    faces, standing = blurred_copies.boxes(image), blurred_copies.of(image)
    wanted = faces is not None and _wanted(image, without)
    if wanted and blurred_copies.current(image):
        return None
    if standing is not None:
        if standing.faces and not images.blur(image, blurred_copies.pack(replace(standing, faces=""))):
            return again
        storage.delete(standing.objects)  # which are of no faces any more, so that nothing else can show them
        logger.info("blurred_copies_deleted", extra={"image_id": image_id})
    if faces is None or not wanted:
        return None if standing is None or images.blur(image, None) else again
    stored = storage.open_object(image.key)
    if stored is None or stored.etag != image.etag:
        logger.info("object_replaced", extra={"image_id": image_id})
        return None
    copies = _make(stored, image, faces)
    if images.blur(image, blurred_copies.pack(copies)):
        told = {"image_id": image_id, "faces": len(faces), "copies": len(copies.sizes)}
        logger.info("faces_blurred", extra=told)
        return None if _wanted(image, without) else again  # the last link may have been revoked meanwhile
    if not _names(image_id, copies):
        storage.delete(copies.objects)
    return again


def _wanted(image: Image, without: str | None) -> bool:
    """Tell whether a link shows copies of an image, other than one that is about to be revoked."""
    return any(share.blur and share.share_id != without for share in shares.of(image))


def _make(stored: StoredObject, image: Image, faces: tuple[Box, ...]) -> Copies:
    """Write the copies of an object with some boxes blurred; none where its pixels cannot be decoded."""
    name = blurred_copies.digest(faces)
    folder = blurred_copies.folder(image, name)
    parts = [(one.left, one.top, one.width, one.height) for one in faces]
    try:
        with tempfile.TemporaryFile() as file:
            stored.save(file)
            made = examine.blurred(FileSource(file), parts)
    except ImageError as refusal:
        logger.info("faces_not_blurred", extra={"image_id": image.image_id, "code": refusal.code})
        return Copies(name, folder)
    copies = Copies(name, folder, {picture.name: (picture.width, picture.height) for picture in made.values()})
    for picture in made.values():
        key = copies.key(picture.name)
        storage.put(key, picture.data, "image/jpeg" if picture.name == blurred_copies.FILE else "image/webp")
    return copies


def _names(image_id: str, copies: Copies) -> bool:
    """Tell whether an image's record names some copies, as another attempt may have made them meanwhile."""
    standing = images.get(image_id, consistent=True)
    return standing is not None and blurred_copies.of(standing) == copies
