"""DELETE with If-Match: of one state of an image, and of no other; no edit is lost in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.api import edit_image
from chalicelib.db import images, keys
from tests import delivery
from tests.faults import scenes
from tests.faults.scenes import IMAGE, KEY
from tests.faults.world import ADMIN, OWNER
from tests.histories import SECOND, put, read

if TYPE_CHECKING:
    from tests.faults.world import World


def etag(world: World) -> dict[str, str]:
    return {"if-match": world.ask("GET", IMAGE, image_id=scenes.image_id()).headers["etag"]}


@pytest.mark.medium
def test_no_edit_is_lost_to_a_deletion_of_another_state(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit between the comparison of If-Match and the deletion: 412, and the image stays as it was written."""
    world.begin(scenes.one)
    before, real = etag(world), edit_image.require_match

    def after_an_edit(*arguments: Any) -> None:
        real(*arguments)
        monkeypatch.setattr(edit_image, "require_match", real)
        world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"title": "Meanwhile"})

    monkeypatch.setattr(edit_image, "require_match", after_an_edit)
    assert world.ask("DELETE", IMAGE, image_id=scenes.image_id(), headers=before).status == 412
    assert (read(KEY).state, read(KEY).title) == ("ready", "Meanwhile")
    assert storage.find(KEY) is not None


@pytest.mark.medium
def test_no_edit_comes_between_an_object_and_its_record(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a conditional deletion is under way, an edit is refused."""
    world.begin(scenes.one)
    monkeypatch.setattr(edit_image, "_PAUSE_SECONDS", 0.0001)
    before, real, seen = etag(world), storage.delete_version, []

    def after_an_edit(*arguments: Any) -> None:
        title = {"title": "Too late"}
        seen.append(world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body=title).status)
        if len(seen) == 1:
            raise ConnectionError("the function has ended")
        real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete_version", after_an_edit)
        world.gate.struck = True  # what is raised is ours
        event = world._event("DELETE", IMAGE, OWNER, before, None, None, {"image_id": scenes.image_id()})
        assert world.app(event, delivery.CONTEXT)["statusCode"] == 500
        assert world.app(event, delivery.CONTEXT)["statusCode"] == 204  # the same request again
    assert seen == [412, 412]
    assert read(KEY).state == "removed"


@pytest.mark.medium
def test_reprocessing_does_not_end_a_seal(world: World) -> None:
    """A record that is made again while its image is being deleted lets no edit in."""
    world.begin(scenes.one)
    assert images.seal(read(KEY))
    world.ask("POST", "/v1/admin/images/reprocess", who=ADMIN, body={"images": [scenes.image_id()]})
    before = read(KEY).sequencer
    world.settle()
    assert read(KEY).sequencer > before
    assert not images.edit(read(KEY), {"title": "Too late"})


@pytest.mark.medium
def test_a_deletion_that_a_newer_object_has_stopped_lets_edits_in(world: World) -> None:
    """412: the object is another than that of the record, and the image can be written at once."""
    world.begin(scenes.one)
    before = etag(world)
    put(KEY, SECOND)
    assert world.ask("DELETE", IMAGE, image_id=scenes.image_id(), headers=before).status == 412
    world.settle()
    assert world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"title": "Newer"}).status == 200


@pytest.mark.medium
def test_an_abandoned_deletion_lets_edits_in_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute later the image can be written as ever."""
    world.begin(scenes.one)
    assert images.seal(read(KEY))
    assert not images.edit(read(KEY), {"title": "Early"})
    real = keys.now
    monkeypatch.setattr(keys, "now", lambda: real() + timedelta(seconds=images.SEALED_SECONDS + 1))
    assert images.edit(read(KEY), {"title": "Later"})
