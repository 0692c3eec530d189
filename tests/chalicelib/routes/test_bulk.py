"""Bulk actions over HTTP: every image is answered for itself."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import images, keys
from tests import delivery, samples


def put(app: Any, user: Any, count: int) -> list[str]:
    names = [f"uploads/{user.owner}/{number}.jpg" for number in range(count)]
    for name in names:
        clients.client("s3").put_object(Bucket=settings().images_bucket, Key=name, Body=samples.jpeg())
    delivery.deliver(app)
    return [keys.image_id(settings().images_bucket, name) for name in names]


def act(api: str, user: Any, identifiers: list[str], action: str, **more: Any) -> list[tuple[int, str | None]]:
    """Return each image's status and code; the images must be those that were named, in their order."""
    answer = user.http.post(f"{api}/v1/images/actions", json={"action": action, "images": identifiers, **more})
    assert answer.status_code == 200, answer.text
    items = answer.json()["images"]
    assert [item["image_id"] for item in items] == list(dict.fromkeys(identifiers))
    return [(item["status"], item.get("code")) for item in items]


def test_many_are_deleted_with_one_request(api: str, app: Any, user: Any) -> None:
    """Objects, thumbnails and records; one that is named twice is deleted once."""
    made = put(app, user, 3)
    assert act(api, user, [made[0], made[1], made[0]], "delete") == [(204, None)] * 2
    (left,) = user.http.get(f"{api}/v1/images").json()["images"]
    assert left["image_id"] == made[2]
    assert not list(storage.list_objects(keys.derived_prefix(made[0])))
    assert act(api, user, made[:1], "delete") == [(404, "image_not_found")]
    delivery.deliver(app)


@pytest.mark.medium
def test_what_is_anothers_is_refused_as_what_is_absent(api: str, app: Any, user: Any, other_user: Any) -> None:
    """And one's own images are done all the same; nothing happens to the other's."""
    own, theirs = put(app, user, 1), put(app, other_user, 1)
    absent = [keys.image_id("no", "where"), "x", "-"]
    for action, more in (("tag", {"tags": ["sea"]}), ("show", {"visibility": "public"}), ("delete", {})):
        results = act(api, user, [*theirs, *absent, *own], action, **more)
        assert results[:4] == [(404, "image_not_found")] * 4
        assert results[4] == (204 if action == "delete" else 200, None)
    record = other_user.http.get(f"{api}/v1/images/{theirs[0]}").json()
    assert (record["tags"], record["visibility"]) == ([], "private")
    delivery.deliver(app)
    delivery.run_jobs(app)


@pytest.mark.medium
def test_tags_are_added_and_taken_away(api: str, app: Any, user: Any) -> None:
    """The others stay; they are trimmed as everywhere."""
    made = put(app, user, 2)
    user.http.patch(f"{api}/v1/images/{made[0]}", json={"tags": ["dawn"]})
    assert act(api, user, made, "tag", tags=[" sea ", "boat"]) == [(200, None)] * 2
    assert act(api, user, made, "untag", tags=["boat", "never there"]) == [(200, None)] * 2
    tags = [user.http.get(f"{api}/v1/images/{name}").json()["tags"] for name in made]
    assert tags == [["dawn", "sea"], ["sea"]]
    assert act(api, user, made, "untag", tags=["sea", "dawn"]) == [(200, None)] * 2
    assert images.get(made[0]).tags is None


@pytest.mark.medium
def test_one_that_would_have_too_many_tags_is_refused(api: str, app: Any, user: Any) -> None:
    """409 for it, and the others get theirs."""
    full, empty = put(app, user, 2)
    user.http.patch(f"{api}/v1/images/{full}", json={"tags": [str(number) for number in range(40)]})
    assert act(api, user, [full, empty], "tag", tags=["sea"]) == [(409, "too_many_tags"), (200, None)]


@pytest.mark.medium
def test_many_are_shown_and_hidden(api: str, app: Any, user: Any) -> None:
    """Public, with their files, and private again."""
    made = put(app, user, 2)
    assert act(api, user, made, "show", visibility="public") == [(200, None)] * 2
    delivery.run_jobs(app)
    for name in made:
        assert requests.get(f"{api}/v1/public/images/{name}/file", timeout=10).ok
    assert act(api, user, made, "show", visibility="private") == [(200, None)] * 2
    assert {requests.get(f"{api}/v1/public/images/{name}", timeout=10).status_code for name in made} == {404}


def test_trouble_with_one_is_its_own(api: str, app: Any, user: Any, monkeypatch: Any) -> None:
    """500 for it, and the others are done."""
    broken, sound = put(app, user, 2)
    real = images.edit

    def failing(image: Any, changes: Any) -> bool:
        if image.image_id == broken:
            raise ConnectionError("DynamoDB is away")
        return real(image, changes)

    monkeypatch.setattr(images, "edit", failing)
    assert act(api, user, [broken, sound], "tag", tags=["sea"]) == [(500, "internal_error"), (200, None)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "delete"},
        {"action": "delete", "images": []},
        {"action": "delete", "images": ["a"] * 101},
        {"action": "delete", "images": ["a" * 65]},
        {"action": "delete", "images": ["a"], "tags": ["sea"]},
        {"action": "tag", "images": ["a"]},
        {"action": "tag", "images": ["a"], "tags": []},
        {"action": "show", "images": ["a"], "visibility": None},
        {"action": "burn", "images": ["a"]},
        {"images": ["a"]},
    ],
)
def test_a_request_that_does_not_fit_is_refused(api: str, user: Any, body: Any) -> None:
    """400, as a whole: nothing has been done."""
    answer = user.http.post(f"{api}/v1/images/actions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
