"""The trash over HTTP: list, restore, delete, empty; for its owner, and for an admin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.processing import trash
from tests import delivery, histories
from tests.histories import FIRST, SECOND

if TYPE_CHECKING:
    from tests.conftest import User

EDITS = {"title": "Harbour", "description": "At dawn", "alt": "Boats", "tags": ["boats", "sea"]}


def make(api: str, app: Any, user: User, name: str, data: bytes = FIRST) -> str:
    """Upload an image, have it processed, write on it; return its id."""
    key = f"uploads/{user.owner}/{name}"
    histories.put(key, data)
    delivery.deliver(app)
    image_id = keys.image_id(settings().images_bucket, key)
    changed = user.http.patch(f"{api}/v1/images/{image_id}", json={**EDITS, "visibility": "public"})
    assert changed.status_code == 200
    return image_id


def throw_away(api: str, app: Any, user: User, name: str, data: bytes = FIRST) -> str:
    """Make an image and delete it; return its id."""
    image_id = make(api, app, user, name, data)
    assert user.http.delete(f"{api}/v1/images/{image_id}").status_code == 204
    delivery.deliver(app)
    return image_id


def listed(api: str, user: User) -> list[dict[str, Any]]:
    """Return what an owner's trash shows."""
    found: list[dict[str, Any]] = user.http.get(f"{api}/v1/trash").json()["images"]
    return found


def problem(answer: Any) -> tuple[int, str]:
    """Return status and code of a problem."""
    return answer.status_code, answer.json()["code"]


def test_a_deleted_image_is_listed_and_comes_back(api: str, app: Any, user: User) -> None:
    """With all that its owner wrote, and a link to restore it; then it is an image like any other."""
    image_id = throw_away(api, app, user, "gull.jpg")
    (shown,) = listed(api, user)
    assert shown.pop("trashed") < shown.pop("expires")
    version, links = shown.pop("version"), shown.pop("links")
    assert shown == {
        "image_id": image_id,
        "name": "gull.jpg",
        "key": f"uploads/{user.owner}/gull.jpg",
        "size": len(FIRST),
        "visibility": "public",
        **EDITS,
    }
    assert links == {"restore": f"/v1/trash/{image_id}/restore?version={version}"}
    assert problem(user.http.get(f"{api}/v1/images/{image_id}")) == (404, "image_not_found")
    answer = user.http.post(api + links["restore"])
    assert answer.status_code == 202
    own = f"/v1/images/{image_id}"
    assert answer.json() == {"image_id": image_id, "key": shown["key"], "links": {"self": own}}
    assert (answer.headers["Location"], answer.headers["Retry-After"]) == (own, "1")
    assert user.http.get(api + own).json()["state"] == "expected"
    delivery.deliver(app)
    record = user.http.get(api + own).json()
    assert (record["state"], record["visibility"]) == ("ready", "public")
    assert {name: record[name] for name in EDITS} == EDITS
    assert listed(api, user) == []
    assert problem(user.http.post(f"{api}/v1/trash/{image_id}/restore")) == (404, "image_not_found")
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_a_bulk_deletion_goes_to_the_trash(api: str, app: Any, user: User) -> None:
    """As one by one."""
    made = [make(api, app, user, f"{number}.jpg") for number in range(3)]
    user.http.post(f"{api}/v1/images/actions", json={"action": "delete", "images": made})
    assert {item["image_id"] for item in listed(api, user)} == set(made)
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_the_list_comes_in_pages(api: str, app: Any, user: User) -> None:
    """Each file once; the last page has no cursor."""
    made = {throw_away(api, app, user, f"{number}.jpg") for number in range(4)}
    for limit, sizes in ((3, [3, 1]), (2, [2, 2])):
        pages, address = [], f"/v1/trash?limit={limit}"
        while address:
            page = user.http.get(api + address).json()
            pages.append([item["image_id"] for item in page["images"]])
            address = page["links"].get("next", "")
            assert ("cursor" in page) == bool(address)
        assert [len(page) for page in pages] == sizes
        assert {image_id for page in pages for image_id in page} == made
    assert problem(user.http.get(f"{api}/v1/trash?cursor=x")) == (400, "invalid_cursor")
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_a_newer_file_under_the_key_is_in_the_way(api: str, app: Any, user: User) -> None:
    """Nothing is overwritten: 409; once it is deleted, either version can be restored."""
    image_id = throw_away(api, app, user, "gull.jpg")
    (older,) = listed(api, user)
    make(api, app, user, "gull.jpg", SECOND)
    restore = api + older["links"]["restore"]
    assert problem(user.http.post(restore)) == (409, "key_taken")
    user.http.delete(f"{api}/v1/images/{image_id}")
    delivery.deliver(app)
    assert len(listed(api, user)) == 2
    assert user.http.post(restore).status_code == 202
    delivery.deliver(app)
    assert user.http.get(f"{api}/v1/images/{image_id}").json()["size"] == len(FIRST)
    assert [item["size"] for item in listed(api, user)] == [len(SECOND)]
    assert problem(user.http.post(f"{restore}x")) == (404, "image_not_found")
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_a_restoration_keeps_to_the_quota(api: str, app: Any, user: User, stream: Any) -> None:
    """What is in the trash counts towards none; restored, it does."""
    throw_away(api, app, user, "1.jpg")
    make(api, app, user, "2.jpg")
    stream()
    histories.change_account(user.owner, quota_images=1)
    (shown,) = listed(api, user)
    restore = api + shown["links"]["restore"]
    answer = user.http.post(restore)
    assert problem(answer) == (403, "quota_exceeded")
    assert answer.json()["detail"] == ("The account has 1 of 1 images allowed. The file stays in the trash.")
    histories.change_account(user.owner, quota_images=2)
    assert user.http.post(restore).status_code == 202
    delivery.deliver(app)
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_what_is_deleted_from_the_trash_is_gone(api: str, app: Any, user: User) -> None:
    """One image with all its versions, or all there is."""
    first, second = (throw_away(api, app, user, f"{number}.jpg") for number in range(2))
    assert user.http.delete(f"{api}/v1/trash/{first}").status_code == 204
    assert problem(user.http.delete(f"{api}/v1/trash/{first}")) == (404, "image_not_found")
    assert problem(user.http.delete(f"{api}/v1/trash/no-id")) == (404, "image_not_found")
    assert [item["image_id"] for item in listed(api, user)] == [second]
    assert user.http.delete(f"{api}/v1/trash").status_code == 204
    assert user.http.delete(f"{api}/v1/trash").status_code == 204
    assert list(storage.list_objects(f"trash/{user.owner}/")) == []
    delivery.receive(settings().jobs_queue)


def test_a_large_trash_is_emptied_by_a_job(api: str, app: Any, user: User, monkeypatch: Any) -> None:
    """The request does the first slice, and says that the job goes on."""
    monkeypatch.setattr(trash, "SLICE", 2)
    for number in range(5):
        storage.put(f"trash/{user.owner}/{number}/1", b"data", "image/jpeg")
    delivery.receive(settings().jobs_queue)
    answer = user.http.delete(f"{api}/v1/trash")
    assert (answer.status_code, answer.json()) == (202, {"job": "empty_trash"})
    assert len(list(storage.list_objects(f"trash/{user.owner}/"))) == 3
    delivery.run_jobs(app)
    assert list(storage.list_objects(f"trash/{user.owner}/")) == []


@pytest.mark.medium
def test_another_owner_has_another_trash(api: str, app: Any, user: User, other_user: User) -> None:
    """Nothing tells that a file is in somebody else's."""
    image_id = throw_away(api, app, user, "gull.jpg")
    assert listed(api, other_user) == []
    assert problem(other_user.http.post(f"{api}/v1/trash/{image_id}/restore")) == (404, "image_not_found")
    assert problem(other_user.http.delete(f"{api}/v1/trash/{image_id}")) == (404, "image_not_found")
    assert other_user.http.delete(f"{api}/v1/trash").status_code == 204
    assert len(listed(api, user)) == 1
    delivery.receive(settings().jobs_queue)


@pytest.mark.medium
def test_an_admin_restores_what_was_refused(api: str, app: Any, admin: User, owner: str) -> None:
    """The account must be active again, or it would be refused again; the audit trail has it."""
    histories.change_account(owner, state="disabled")
    key = f"uploads/{owner}/gull.jpg"
    histories.put(key, FIRST)
    delivery.deliver(app)
    base = f"{api}/v1/admin/users/{owner}/trash"
    (shown,) = admin.http.get(base).json()["images"]
    assert (shown["code"], shown["key"], shown["visibility"]) == ("account_not_active", key, "private")
    restore = api + shown["links"]["restore"]
    assert restore.startswith(f"{base}/{shown['image_id']}/restore?version=")
    assert problem(admin.http.post(restore)) == (409, "account_not_active")
    histories.change_account(owner, state="active")
    assert admin.http.post(restore).status_code == 202
    delivery.deliver(app)
    assert histories.read(key).state == "ready"
    entries = admin.http.get(f"{api}/v1/admin/audit", params={"actor": admin.owner}).json()["entries"]
    assert [(entry["action"], entry["target"].partition("/")[0]) for entry in entries] == [
        ("trash.restore", owner), ("trash.restore", owner), ("trash.read", owner),
    ]  # fmt: skip


@pytest.mark.medium
def test_an_admin_reads_a_trash_page_by_page(api: str, app: Any, user: User, admin: User) -> None:
    """The link to the next page names the account; another account's list does not take its cursor."""
    kept = [throw_away(api, app, user, name, data) for name, data in (("a.jpg", FIRST), ("b.jpg", SECOND))]
    first = admin.http.get(f"{api}/v1/admin/users/{user.owner}/trash?limit=1").json()
    following = first["links"]["next"]
    assert following.startswith(f"/v1/admin/users/{user.owner}/trash?limit=1&cursor=")
    second = admin.http.get(api + following).json()
    assert sorted(one["image_id"] for page in (first, second) for one in page["images"]) == sorted(kept)
    other = following.replace(user.owner, admin.owner)
    assert problem(admin.http.get(api + other)) == (400, "invalid_cursor")


def test_an_odd_owner_has_no_trash(api: str, admin: User) -> None:
    """What cannot be an owner leads nowhere else in the bucket."""
    assert problem(admin.http.get(f"{api}/v1/admin/users/-/trash")) == (404, "user_not_found")
    assert problem(admin.http.get(f"{api}/v1/admin/users/a%2Fb/trash"))[0] == 404
    answer = admin.http.post(f"{api}/v1/admin/users/-/trash/{'a' * 26}/restore")
    assert problem(answer) == (404, "image_not_found")


@pytest.mark.medium
def test_a_key_that_may_only_write_restores_and_sees_nothing_of_the_record(api: str, app: Any, user: User) -> None:
    """The answer names the image, and no more."""
    image_id = throw_away(api, app, user, "gull.jpg")
    made = user.http.post(f"{api}/v1/users/me/keys", json={"name": "k", "scopes": ["write"]}).json()
    headers = {"Authorization": None, "X-API-Key": made["key"]}
    assert problem(user.http.get(f"{api}/v1/trash", headers=headers)) == (403, "forbidden")
    answer = user.http.post(f"{api}/v1/trash/{image_id}/restore", headers=headers)
    assert answer.status_code == 202
    assert set(answer.json()) == {"image_id", "key", "links"}
    assert "Harbour" not in json.dumps(answer.json())
    delivery.deliver(app)
    delivery.receive(settings().jobs_queue)
