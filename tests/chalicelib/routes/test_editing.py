"""What an owner writes of an image, over HTTP: changed, kept, never lost to another change."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import aws as clients
from chalicelib.config import settings
from chalicelib.db import images, keys
from tests import conftest, delivery, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import User

WRITTEN = {"title": "Harbour", "description": "At dawn", "alt": "Boats", "tags": ["dawn", "sea"]}


def put(app: Any, user: Any, data: bytes = samples.jpeg()) -> str:
    key = f"uploads/{user.owner}/photo.jpg"
    clients.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=data)
    delivery.deliver(app)
    return keys.image_id(settings().images_bucket, key)


def written(record: Any) -> dict[str, Any]:
    return {name: record[name] for name in WRITTEN if name in record}


@pytest.fixture(scope="module")
def refusing(api: str, app: Any) -> Iterator[tuple[User, str]]:
    """Return a user and the address of an image, on which nothing is ever written."""
    for user in conftest._user():
        yield user, f"{api}/v1/images/{put(app, user)}"


def test_what_is_written_is_in_the_record_and_the_list(api: str, app: Any, user: Any) -> None:
    """The answer is the record with its ETag; the list shows all but the description."""
    url = f"{api}/v1/images/{put(app, user)}"
    answer = user.http.patch(url, json=WRITTEN)
    assert (answer.status_code, written(answer.json())) == (200, WRITTEN)
    again = user.http.get(url)
    assert (again.json(), again.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    (listed,) = user.http.get(f"{api}/v1/images").json()["images"]
    assert written(listed) == {name: WRITTEN[name] for name in ("title", "alt", "tags")}
    assert listed["visibility"] == "private"


def test_what_is_left_out_stays_and_null_takes_away(api: str, app: Any, user: Any) -> None:
    """As a merge patch has it (RFC 7396); an empty list of tags is none."""
    url = f"{api}/v1/images/{put(app, user)}"
    user.http.patch(url, json=WRITTEN)
    record = user.http.patch(url, json={"title": None, "tags": []}).json()
    assert written(record) == {"description": "At dawn", "alt": "Boats", "tags": []}
    assert user.http.patch(url, json={}).json() == record


@pytest.mark.parametrize(
    "media_type",
    ["application/merge-patch+json", "Application/Merge-Patch+JSON; charset=utf-8", "application/json"],
)
def test_a_merge_patch_may_say_what_it_is(api: str, app: Any, user: Any, media_type: str) -> None:
    """By the media type of RFC 7396, or as JSON; of a POST it is none."""
    headers = {"Content-Type": media_type}
    url = f"{api}/v1/images/{put(app, user)}"
    answer = user.http.patch(url, data=b'{"title": "Harbour"}', headers=headers)
    assert (answer.status_code, answer.json().get("title")) == (200, "Harbour")
    too_large = user.http.patch(url, data=b'{"title": "%s"}' % (b"x" * 200_000), headers=headers)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")
    empty = user.http.patch(url, data=b"", headers=headers)
    assert (empty.status_code, empty.json()["code"]) == (400, "invalid_request")
    if "patch" in media_type:
        posted = user.http.post(f"{url}/shares", data=b"{}", headers=headers)
        assert (posted.status_code, posted.json()["code"]) == (415, "unsupported_media_type")


def test_a_ticket_can_be_written_on_before_the_upload(api: str, app: Any, user: Any) -> None:
    """And the record that comes of it keeps that."""
    given = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"][0]
    url = api + given["links"]["self"]
    assert user.http.patch(url, json=WRITTEN).json()["state"] == "expected"
    clients.client("s3").put_object(Bucket=settings().images_bucket, Key=given["key"], Body=samples.jpeg())
    delivery.deliver(app)
    record = user.http.get(url).json()
    assert (record["state"], written(record)) == ("ready", WRITTEN)


def test_a_new_file_leaves_what_was_written(api: str, app: Any, user: Any) -> None:
    """The revision is new, the words are not."""
    url = f"{api}/v1/images/{put(app, user)}"
    before = user.http.patch(url, json=WRITTEN).json()
    put(app, user, samples.png())
    after = user.http.get(url).json()
    assert (after["format"], written(after)) == ("PNG", WRITTEN)
    assert after["revision"] > before["revision"]


def test_tags_are_trimmed_and_keep_their_case(api: str, app: Any, user: Any) -> None:
    """Spaces within become single ones; the same tag twice is one."""
    url = f"{api}/v1/images/{put(app, user)}"
    record = user.http.patch(url, json={"tags": ["  sea ", "sea", "Sea", "old\t harbour", "日本"]}).json()
    assert record["tags"] == ["Sea", "old harbour", "sea", "日本"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 1}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"alt": "x" * 1001}, "alt"),
        ({"tags": [" "]}, "tags"),
        ({"tags": ["x" * 65]}, "tags"),
        ({"tags": [str(number) for number in range(51)]}, "tags"),
        ({"tags": "sea"}, "tags"),
        ({"visibility": "shared"}, "visibility"),
        ({"edits": 7}, "edits"),
        ({"owner": "me"}, "owner"),
        ([], "object"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    refusing: tuple[User, str], body: Any, named: str
) -> None:
    """400, naming what is wrong."""
    user, url = refusing
    before = user.http.get(url).json()
    answer = user.http.patch(url, json={"title": "New", **body} if isinstance(body, dict) else body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert named in answer.text
    assert user.http.get(url).json() == before


@pytest.mark.medium
def test_a_change_of_what_is_no_more_is_refused(api: str, app: Any, user: Any) -> None:
    """412 where If-Match names another state: after another edit, and after a new file."""
    url = f"{api}/v1/images/{put(app, user)}"
    tag = user.http.get(url).headers["ETag"]
    first = user.http.patch(url, json={"title": "First"}, headers={"If-Match": tag})
    assert first.status_code == 200
    put(app, user, samples.png())
    for stale in (tag, first.headers["ETag"]):
        answer = user.http.patch(url, json={"title": "Second"}, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert user.http.get(url).json()["title"] == "First"


def test_edits_at_the_same_time_lose_nothing(api: str, app: Any, user: Any) -> None:
    """Each changes something else, all begin at once, and all of it is there in the end."""
    identifier = put(app, user)
    url, start = f"{api}/v1/images/{identifier}", threading.Barrier(3)
    statuses = []

    def change(body: Any) -> None:
        start.wait()
        statuses.append(user.http.patch(url, json=body).status_code)

    bodies = [{"title": "Harbour"}, {"alt": "Boats"}, {"tags": ["sea"]}]
    threads = [threading.Thread(target=change, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 3
    record = user.http.get(url).json()
    assert (record["title"], record["alt"], record["tags"]) == ("Harbour", "Boats", ["sea"])
    assert images.get(identifier).edits == 3


def test_of_two_who_saw_the_same_one_is_refused(api: str, app: Any, user: Any, monkeypatch: Any) -> None:
    """The other's edit comes between reading and writing; with If-Match that is a 412, and nothing is lost."""
    identifier = put(app, user)
    url = f"{api}/v1/images/{identifier}"
    tag, real = user.http.get(url).headers["ETag"], images.edit

    def after_another(image: Any, changes: Any) -> bool:
        monkeypatch.setattr(images, "edit", real)
        assert user.http.patch(url, json={"title": "Theirs"}).status_code == 200
        return real(image, changes)

    monkeypatch.setattr(images, "edit", after_another)
    answer = user.http.patch(url, json={"title": "Mine"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert user.http.get(url).json()["title"] == "Theirs"


def test_nobody_writes_on_what_is_anothers(api: str, app: Any, user: Any, other_user: Any) -> None:
    """404, as where there is no image, deleted ones included."""
    identifier = put(app, user)
    for name in (identifier, keys.image_id("no", "where"), "x"):
        answer = other_user.http.patch(f"{api}/v1/images/{name}", json=WRITTEN)
        assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")
    assert "title" not in user.http.get(f"{api}/v1/images/{identifier}").json()
    user.http.delete(f"{api}/v1/images/{identifier}")
    assert user.http.patch(f"{api}/v1/images/{identifier}", json=WRITTEN).status_code == 404
