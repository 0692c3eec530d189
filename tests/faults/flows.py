"""The flows that faults are put into: each is prepared without a fault, then happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from chalicelib.catalogue.repair import recount_owner
from chalicelib.commands import reindex
from chalicelib.config import settings
from chalicelib.processing import delete_account
from tests.faults.scenes import (
    IMAGE,
    KEY,
    KEYS,
    ONCE,
    OTHER,
    blurred,
    faces,
    full,
    image_id,
    judged,
    keyed,
    leaving,
    miscounted,
    misled,
    nothing,
    one,
    shared,
    two,
    untold,
)
from tests.faults.world import ADMIN, OWNER
from tests.histories import FIRST, SECOND, put, remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.world import World


class Flow(NamedTuple):
    """A flow: its name, state before, steps, and the refusals that belong to it."""

    name: str
    prepare: Callable[[World], None]
    act: Callable[[World], None]
    refusals: tuple[int, ...] = ()


def upload(world: World) -> None:
    """Put an object."""
    put(KEY, FIRST)
    world.settle()


def overwrite(world: World) -> None:
    """Put another object under the same key."""
    put(KEY, SECOND)
    world.settle()


def removal(world: World) -> None:
    """Remove the object from the bucket."""
    remove(KEY)
    world.settle()


def delete(world: World) -> None:
    """Delete an image."""
    world.ask("DELETE", IMAGE, image_id=image_id(), again={404})


def delete_matched(world: World) -> None:
    """Delete an image in the state that is known."""
    tag = world.ask("GET", IMAGE, image_id=image_id()).headers["etag"]
    world.ask("DELETE", IMAGE, image_id=image_id(), headers={"if-match": tag}, again={404, 412})


EDIT = {"title": "Harbour", "tags": ["sea", "dawn"]}


def edit(world: World) -> None:
    """Write a title and tags."""
    world.ask("PATCH", IMAGE, image_id=image_id(), body=EDIT)


def edit_matched(world: World) -> None:
    """Write them where nothing else has changed."""
    tag = world.ask("GET", IMAGE, image_id=image_id()).headers["etag"]
    world.ask("PATCH", IMAGE, image_id=image_id(), body=EDIT, headers={"if-match": tag}, again={412})


def bulk(world: World) -> None:
    """Tag two images at once."""
    act_on_all(world, {"action": "tag", "tags": ["sea"]}, 200)


def bulk_delete(world: World) -> None:
    """Delete two images at once."""
    act_on_all(world, {"action": "delete"}, 204)


def act_on_all(world: World, action: dict[str, Any], done: int) -> None:
    """Send a bulk action until each image has had it; an image deleted by an attempt before is absent."""
    left = [image_id(), image_id(OTHER)]
    for attempt in range(4):
        key = {"idempotency-key": f"bulk-{attempt}"}
        reply = world.ask("POST", "/v1/images/actions", body={**action, "images": left}, headers=key)
        settled = {done} | ({404} if world.gate.struck and world.gate.fault is None else set())
        left = [item["image_id"] for item in reply.body["images"] if item["status"] not in settled]
        if not left:
            world.answers = world.answers[:1]
            return
    raise AssertionError(f"left: {left}")


def publish(world: World) -> None:
    """Make an image public, and ask for its file as a visitor does."""
    world.ask("PATCH", IMAGE, image_id=image_id(), body={"visibility": "public"})
    world.settle()
    world.later(61)  # after which a job that was lost is queued again
    path = "/v1/public/images/{image_id}/file"
    if world.ask("GET", path, image_id=image_id(), who=None).status == 409:
        assert world.gate.struck
        world.settle()
        world.answers.pop()
        world.ask("GET", path, image_id=image_id(), who=None)


def share(world: World, blur: str | None = None, part: str = "file") -> None:
    """Make a link; revoke those whose answers were lost."""
    body = {"scope": "original", "expires_in": 3600, "blur": blur}
    reply = world.ask("POST", f"{IMAGE}/shares", image_id=image_id(), body=body)
    listed = world.ask("GET", f"{IMAGE}/shares", image_id=image_id()).body["shares"]
    given = [found["share_id"] for found in listed]
    assert reply.body["share_id"] in given
    for share_id in given:
        if share_id != reply.body["share_id"]:
            assert world.gate.struck
            world.ask("DELETE", f"{IMAGE}/shares/{{share_id}}", image_id=image_id(), share_id=share_id)
            world.answers.pop()
    world.settle()
    world.later(61)
    path = f"/v1/shared/{{token}}/{part}"
    if world.ask("GET", path, token=reply.body["token"], who=None).status == 409:
        assert world.gate.struck
        world.settle()
        world.answers.pop()
        world.ask("GET", path, token=reply.body["token"], who=None)


def share_blurred(world: World) -> None:
    """Make a link with blurred faces, correct a box, and open it."""
    share(world, blur="faces", part="thumbnail")
    face = {"kind": "face", "box": {"left": 0.0, "top": 0.0, "width": 0.1, "height": 0.1}}
    path = f"{IMAGE}/annotations"
    world.ask("PATCH", path, image_id=image_id(), body={"additions": [face]})
    listed = world.ask("GET", path, image_id=image_id()).body["annotations"]
    added = [found["annotation_id"] for found in listed if found["box"]["left"] == 0]
    for name in added[1:]:
        assert world.gate.struck
        undone = {"annotation_id": name, "decision": None}
        world.ask("PATCH", path, image_id=image_id(), body={"decisions": [undone]})
        world.answers.pop()
    world.settle()


def unshare(world: World) -> None:
    """Revoke a link."""
    (found,) = world.ask("GET", f"{IMAGE}/shares", image_id=image_id()).body["shares"]
    path = f"{IMAGE}/shares/{{share_id}}"
    world.ask("DELETE", path, image_id=image_id(), share_id=found["share_id"], again={404})
    world.settle()


def make_key(world: World) -> None:
    """Make an API key; revoke those whose answers were lost."""
    reply = world.ask("POST", KEYS, body={"name": "camera", "scopes": ["read"]})
    for found in world.ask("GET", KEYS).body["keys"]:
        if found["key_id"] != reply.body["key_id"]:
            assert world.gate.struck
            world.ask("DELETE", f"{KEYS}/{{key_id}}", key_id=found["key_id"])
            world.answers.pop()


def revoke_key(world: World) -> None:
    """Revoke an API key."""
    (found,) = world.ask("GET", KEYS).body["keys"]
    world.ask("DELETE", f"{KEYS}/{{key_id}}", key_id=found["key_id"], again={404})


def tickets(world: World) -> None:
    """Ask for two tickets with an Idempotency-Key, and upload with both."""
    body = {"images": [{"filename": "a.jpg"}, {"filename": "b.jpg"}]}
    reply = world.ask("POST", "/v1/images", body=body, headers=ONCE)
    for number, ticket in enumerate(reply.body["images"]):
        put(ticket["key"], (FIRST, SECOND)[number])


def take(world: World) -> None:
    """Send a small image with an Idempotency-Key."""
    headers = {**ONCE, "content-type": "image/jpeg"}
    world.ask("POST", "/v1/images", body=FIRST, headers=headers, query={"filename": "a.jpg"})


def replay(world: World) -> None:
    """Send the same request twice with one Idempotency-Key, and get the same answer."""
    body = {"images": [{"filename": "a.jpg"}]}
    first, second = (world.ask("POST", "/v1/images", body=body, headers=ONCE) for _ in range(2))
    named = [reply.body["images"][0]["image_id"] for reply in (first, second)]
    assert named[0] == named[1]


def beyond(world: World) -> None:
    """Ask for a ticket beyond the quota."""
    world.ask("POST", "/v1/images", body={"images": [{"filename": "a.jpg"}]}, headers=ONCE)


def refusal(world: World) -> None:
    """Put an object that its owner may not have."""
    put(OTHER, SECOND)
    world.settle()


def reprocess(world: World) -> None:
    """Have two images read again, as an admin."""
    body = {"images": [image_id(), image_id(OTHER)]}
    world.ask("POST", "/v1/admin/images/reprocess", who=ADMIN, body=body)


def backfill(world: World) -> None:
    """Have the bucket compared with the records, as an admin."""
    world.ask("POST", "/v1/admin/backfill", who=ADMIN, body={"prefix": f"uploads/{OWNER}/"})


def sweep(world: World) -> None:
    """Run the sweep, which finds objects without a record."""
    event = {"id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
    more = {"account": "1", "region": "us-east-1", "resources": [], "time": "2026-01-09T12:00:00Z", "version": "0"}
    world.handle("sweep", {**event, **more})


def recount(world: World) -> None:
    """Have an owner's images counted anew, as an admin."""
    with patch.object(recount_owner, "SETTLE_SECONDS", 0):
        world.ask("POST", "/v1/admin/users/{owner}/recount", who=ADMIN, owner=OWNER)
        world.settle()


def index_anew(world: World) -> None:
    """Run `make reindex` until it comes to its end."""
    while not world.run(lambda: reindex.reindex(OWNER))[0]:
        pass
    world.settle()


def leave(world: World) -> None:
    """Delete the account."""
    with (
        patch.object(settings(), "ticket_seconds", 0),
        patch.object(settings(), "account_seconds", 0),
        patch.object(delete_account, "MARGIN_SECONDS", 0),
    ):
        world.ask("DELETE", "/v1/users/me", again={401})
        world.settle()


def profile(world: World) -> None:
    """Change the name that the account shows."""
    world.ask("PATCH", "/v1/users/me", body={"display_name": "Ada"})


def quota(world: World) -> None:
    """Change a quota that nobody else has changed, as an admin."""
    path = "/v1/admin/users/{owner}"
    tag = world.ask("GET", path, who=ADMIN, owner=OWNER).headers["etag"]
    body = {"quota_images": 7}
    world.ask("PATCH", path, who=ADMIN, owner=OWNER, body=body, headers={"if-match": tag}, again={412})


JUDGEMENT = "/v1/admin/images/{image_id}/judgement"


def judge(world: World) -> None:
    """Judge an image in the state that was seen, as an admin."""
    seen = world.ask("GET", "/v1/admin/images/{image_id}", who=ADMIN, image_id=image_id())
    body, match = {"verdict": "unsafe", "note": "Violence"}, {"if-match": seen.headers["etag"]}
    world.ask("PUT", JUDGEMENT, who=ADMIN, image_id=image_id(), body=body, headers=match, again={412})
    world.settle()


def withdraw(world: World) -> None:
    """Withdraw a judgement, as an admin."""
    world.ask("DELETE", JUDGEMENT, who=ADMIN, image_id=image_id())
    world.settle()


FLOWS = (
    Flow("first call", lambda _: None, nothing),
    Flow("upload", nothing, upload),
    Flow("overwrite", one, overwrite),
    Flow("removal", one, removal),
    Flow("delete", one, delete),
    Flow("delete, If-Match", one, delete_matched),
    Flow("edit", one, edit),
    Flow("edit, If-Match", one, edit_matched),
    Flow("bulk tag", two, bulk),
    Flow("bulk delete", two, bulk_delete),
    Flow("publish", one, publish),
    Flow("share", one, share),
    Flow("share, faces blurred", faces, share_blurred),
    Flow("unshare", shared, unshare),
    Flow("unshare, faces blurred", blurred, unshare),
    Flow("make key", nothing, make_key),
    Flow("revoke key", keyed, revoke_key),
    Flow("tickets", nothing, tickets),
    Flow("image in the body", nothing, take),
    Flow("replay", nothing, replay),
    Flow("beyond the quota", full, beyond, (403,)),
    Flow("refusal", full, refusal),
    Flow("reprocess", two, reprocess),
    Flow("backfill", untold, backfill),
    Flow("sweep", untold, sweep),
    Flow("recount", miscounted, recount),
    Flow("reindex", misled, index_anew),
    Flow("account deletion", leaving, leave),
    Flow("profile", nothing, profile),
    Flow("quota, If-Match", nothing, quota),
    Flow("judge, If-Match", one, judge),
    Flow("withdraw", judged, withdraw),
)
