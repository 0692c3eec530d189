"""Seeding brings a stage to one state, from any other."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.commands import seed
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys
from tests import delivery

if TYPE_CHECKING:
    from chalicelib.db.models import Image

NOTHING = {"users": 0, "objects": 0, "dates": 0, "tags": 0, "removals": 0, "states": 0}


@pytest.fixture
def person() -> seed.Person:
    """Return somebody whom no other test seeds."""
    return seed.Person(f"seed-{uuid.uuid4().hex[:8]}", 3, "disabled")


def records(owner: str) -> dict[str, Image]:
    prefix = f"uploads/{owner}/seed/"
    names = [item.key for item in storage.list_objects(prefix)] + [f"{prefix}regretted.jpg"]
    ids = {keys.image_id(settings().images_bucket, name) for name in names}
    return {image.key.removeprefix(prefix): image for image in images.get_many(ids)}


@pytest.mark.medium
def test_seeds_are_users_images_and_history(app: Any, person: seed.Person) -> None:
    """Photographs of past months, a file that failed, an image that was removed, an account that is disabled."""
    done = seed.seed(lambda: delivery.deliver(app), [person])
    assert done == {"users": 1, "objects": 5, "dates": 5, "tags": 3, "removals": 1, "states": 1}
    delivery.deliver(app)
    found = records(person.name)
    states = {name: image.state for name, image in found.items()}
    assert (states.pop("broken.jpg"), states.pop("regretted.jpg")) == ("failed", "removed")
    assert list(states.values()) == ["ready"] * 3
    assert len({image.uploaded[:7] for image in found.values() if image.uploaded}) > 1
    assert all(image.day[:10] == image.uploaded[:10] for image in found.values() if image.day and image.uploaded)
    assert all(image.title and len(image.tags) == 3 for name, image in found.items() if name[0].isdigit())
    profile = accounts.get(person.name)
    assert profile is not None
    assert (profile.state, profile.name) == ("disabled", person.username)


@pytest.mark.slow
def test_seeding_twice_changes_nothing(app: Any, person: seed.Person) -> None:
    """No duplicate, no new revision, nobody twice."""
    seed.seed(lambda: delivery.deliver(app), [person])
    delivery.deliver(app)
    before = {name: image.attribute_values for name, image in records(person.name).items()}
    assert seed.seed(lambda: pytest.fail("it waits"), [person]) == NOTHING
    assert delivery.receive() == []
    assert {name: image.attribute_values for name, image in records(person.name).items()} == before


@pytest.mark.slow
def test_an_interrupted_run_is_completed_by_the_next(app: Any, person: seed.Person) -> None:
    """Existing objects are not put again; missing steps are done."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed.seed(interrupt, [person])
    done = seed.seed(lambda: delivery.deliver(app), [person])
    assert done == {"users": 0, "objects": 0, "dates": 5, "tags": 3, "removals": 1, "states": 1}


@pytest.mark.slow
def test_what_was_spoilt_is_mended(app: Any, person: seed.Person) -> None:
    """An object that somebody has overwritten is put again, and dated again."""
    active = person._replace(state="active")
    seed.seed(lambda: delivery.deliver(app), [active])
    delivery.deliver(app)
    key = next(item.key for item in storage.list_objects(f"uploads/{person.name}/seed/"))
    storage.put(key, b"spoilt", "image/jpeg")
    delivery.deliver(app)
    assert seed.seed(lambda: delivery.deliver(app), [active]) == {**NOTHING, "objects": 1, "dates": 1}


@pytest.mark.medium
def test_functions_that_do_not_answer_end_it(aws: str, person: seed.Person, monkeypatch: Any) -> None:
    """It names the reason for waiting."""
    monkeypatch.setattr(seed, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(seed.SeedError, match=r"5 images have no record, such as uploads/seed-"):
        seed.seed(lambda: None, [person])
