"""The copies of an image with blurred faces: which boxes they need, and whether those that are there are of these.

An image names its copies, and they name the faces that are blurred in them, by a hash of their boxes. So copies of
other boxes count as absent the moment that a box is corrected, and others are made.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from chalicelib.catalogue.index import image_annotations
from chalicelib.db import keys

if TYPE_CHECKING:
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.db.annotation_codec import Box
    from chalicelib.db.models import Image

FACES: Final = "faces"
"""What a share link may blur."""

FILE: Final = "file"
"""The name of the copy in full size; the others have the names of thumbnails."""

METHOD: Final = 1
"""Of blurring: copies of another are made anew."""

ENDINGS: Final = {FILE: ".jpg"}


class Copies(Struct, frozen=True):
    """Copies of one content with one set of boxes; no sizes where its pixels cannot be decoded."""

    faces: str  # `digest` of the boxes; empty while the copies are being deleted
    folder: str  # prefix of their keys
    sizes: dict[str, tuple[int, int]] = {}  # width and height in pixels, by name

    def key(self, name: str) -> str:
        """Return the key of a copy."""
        return f"{self.folder}{name}{ENDINGS.get(name, '.webp')}"

    @property
    def objects(self) -> list[str]:
        """The keys of all copies."""
        return [self.key(name) for name in self.sizes]

    @property
    def thumbnails(self) -> dict[str, Any]:
        """The copies in small sizes, as a record's document describes thumbnails."""
        return {
            name: {"width": width, "height": height, "key": self.key(name)}
            for name, (width, height) in self.sizes.items()
            if name != FILE
        }


def boxes(image: Image, found: Annotations | None = None) -> tuple[Box, ...] | None:
    """Return the boxes of an image's faces as its owner sees them; None where nobody has looked for any.

    `found` are its annotations, where the caller has read them.
    """
    found = found or image_annotations.of(image)
    if found.people is None:
        return None
    return tuple(one.box for one in found.shown if one.kind == image_annotations.FACE and one.box is not None)


def digest(faces: tuple[Box, ...]) -> str:
    """Return the name of a set of boxes, in any order, and of the method by which they are blurred."""
    sides = sorted([one.left, one.top, one.width, one.height] for one in faces)
    return hashlib.sha256(msgspec.json.encode([METHOD, sides])).hexdigest()[:16]


def of(image: Image) -> Copies | None:
    """Return the copies that an image names, of whichever boxes."""
    return None if image.blurred is None else msgspec.json.decode(image.blurred, type=Copies)


def current(image: Image) -> Copies | None:
    """Return the copies of an image's present boxes; None where there are none, or nobody has looked for faces."""
    copies, faces = of(image), boxes(image)
    return copies if copies and faces is not None and copies.faces == digest(faces) else None


def folder(image: Image, faces: str) -> str:
    """Return the prefix of the copies of some boxes, by their digest, beside the image's other derived files."""
    beside = keys.derived_folder(image.image_id, str(image.sequencer), str(image.sha256))
    return keys.blurred_folder(beside, faces, image.changed)


def pack(copies: Copies) -> str:
    """Return the attribute of an image that names its copies."""
    return msgspec.json.encode(copies).decode()
