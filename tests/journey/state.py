"""All that the steps of a journey know of each other."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests import samples
from tests.journey.people import Person

if TYPE_CHECKING:
    from tests.journey.receiver import Receiver
    from tests.journey.target import Target

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CRIMSON = "#dc143c"


@dataclass
class Journey:
    """The people, and their images by file name."""

    target: Target
    traveller: Person
    guest: Person
    admin: Person
    stranger: Person
    receiver: Receiver
    ids: dict[str, str] = field(default_factory=dict)  # of the traveller's images
    files: dict[str, bytes] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)  # images and bytes of all owners
    derived: set[str] = field(default_factory=set)  # folders of images that others have
    link: str = ""  # token of a share link that stays open
    webhook: str = ""  # path of the traveller's webhook, which leads to the receiver
    key: Person | None = None  # a machine with an API key of the traveller

    @classmethod
    def begin(cls, target: Target, receiver: Receiver) -> Journey:
        """Return a journey with people whom the system has not seen."""
        people = (Person(target), Person(target), Person(target), Person(target))
        return cls(target, *people, receiver, files=files())

    def image(self, name: str) -> str:
        """Return the path of the traveller's image of this file name."""
        return f"/v1/images/{self.ids[name]}"


def files() -> dict[str, bytes]:
    """Return the files that the traveller uploads: two samples, two copies of a photograph, one colour, a text.

    The copies differ in the date of their Exif, and in no pixel.
    """
    photo = samples.photo(7)
    one_colour = io.BytesIO()
    Image.new("RGB", (640, 480), CRIMSON).save(one_colour, "PNG")
    return {
        "harbour.jpg": (SAMPLES / "harbour.jpg").read_bytes(),
        "photo.jpg": photo,
        "dunes.webp": (SAMPLES / "dunes.webp").read_bytes(),
        "crimson.png": one_colour.getvalue(),
        "twin.jpg": photo.replace(b"2026:01:09", b"2026:02:10"),
        "notes.jpg": b"no image at all",
    }


def sha256(data: bytes) -> str:
    """Return the digest of a file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
