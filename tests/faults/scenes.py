"""The state before a flow, made without any fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import storage
from chalicelib.catalogue.index import counters
from chalicelib.config import settings
from chalicelib.db import index_table, keys
from tests import delivery, samples
from tests.faults.world import ADMIN, OWNER
from tests.histories import FIRST, SECOND, change_account, put

if TYPE_CHECKING:
    from tests.faults.world import World

KEY = f"uploads/{OWNER}/photo.jpg"

OTHER = f"uploads/{OWNER}/other.png"

TELLING = samples.telling()

IMAGE = "/v1/images/{image_id}"

ONCE = {"idempotency-key": "0b8f3a52-first"}

KEYS = "/v1/users/me/keys"


def image_id(key: str = KEY) -> str:
    """Return the id of the image at a key."""
    return keys.image_id(settings().images_bucket, key)


def nothing(world: World) -> None:
    """Prepare an account without images."""
    world.ask("GET", "/v1/users/me")
    world.ask("GET", "/v1/users/me", who=ADMIN)


def one(world: World) -> None:
    """Prepare an image that has something to hide."""
    nothing(world)
    put(KEY, TELLING)


def two(world: World) -> None:
    """Prepare two images."""
    nothing(world)
    put(KEY, FIRST)
    put(OTHER, SECOND)


def untold(world: World) -> None:
    """Prepare two objects of which no event has told."""
    two(world)
    delivery.receive()


def shared(world: World) -> None:
    """Prepare a link to an image."""
    one(world)
    world.settle()
    world.ask("POST", f"{IMAGE}/shares", image_id=image_id(), body={"scope": "thumbnails", "expires_in": 3600})


def faces(world: World) -> None:
    """Prepare an image with a face."""
    one(world)
    world.settle()
    box = {"left": 0.2, "top": 0.2, "width": 0.5, "height": 0.5}
    path, added = f"{IMAGE}/annotations", {"additions": [{"kind": "face", "box": box}]}
    world.ask("PATCH", path, image_id=image_id(), body=added)


def blurred(world: World) -> None:
    """Prepare a link to an image with a blurred face."""
    faces(world)
    body = {"scope": "thumbnails", "expires_in": 3600, "blur": "faces"}
    world.ask("POST", f"{IMAGE}/shares", image_id=image_id(), body=body)
    world.settle()


def keyed(world: World) -> None:
    """Prepare an API key."""
    nothing(world)
    world.ask("POST", KEYS, body={"name": "camera", "scopes": ["read"]})


def judged(world: World) -> None:
    """Prepare an image that an admin has judged unsafe."""
    one(world)
    world.settle()
    path = "/v1/admin/images/{image_id}/judgement"
    world.ask("PUT", path, who=ADMIN, image_id=image_id(), body={"verdict": "unsafe"})


def full(world: World) -> None:
    """Prepare an account that may have no more images."""
    one(world)
    world.settle()
    change_account(OWNER, quota_images=1)


def miscounted(world: World) -> None:
    """Prepare two images, and counts that are wrong."""
    two(world)
    world.settle()
    transaction = index_table.Transaction()
    transaction.add((counters.holder(OWNER), counters.TOTAL), {"images": 3, "bytes": 1000})
    assert transaction.commit()


def misled(world: World) -> None:
    """Prepare two images, one without its entries, and an entry of nothing."""
    two(world)
    world.settle()
    entry = index_table.read(f"{OWNER}#taken", consistent=True).items[0]
    index_table.write({(f"{OWNER}#word#nothing", entry.entry): entry.card}, [(f"{OWNER}#taken", entry.entry)])
    index_table.note([(f"{OWNER}#words", "nothing")])


def leaving(world: World) -> None:
    """Prepare an account with an image, a link and a key; its user is there again."""
    world.tokens[OWNER] = world.user(OWNER)
    shared(world)
    world.ask("POST", KEYS, body={"name": "camera", "scopes": ["read"]})
    storage.put(f"system/recount/{OWNER}", b"{}", "application/json")
