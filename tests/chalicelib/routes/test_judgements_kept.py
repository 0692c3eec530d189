"""A judgement stays with the bytes that it is about: through reprocessing, the trash and deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib import storage
from chalicelib.db import images
from tests import delivery, samples
from tests.chalicelib.routes.test_admin_images import everything, read
from tests.chalicelib.routes.test_admin_judgements import image_id, is_public, judge, record
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import path

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["image_id", "place"]


def upload(place: Place, image_id: str, key: str, data: bytes) -> None:
    """Put an object under the key of an image, and make that public again: a deletion has ended it."""
    storage.put(key, data, "image/jpeg")
    delivery.deliver(place.app)
    assert place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"}).ok


def delete(place: Place, image_id: str) -> None:
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    delivery.deliver(place.app)


@pytest.mark.medium
def test_deleting_the_image_does_not_end_the_judgement(place: Place, image_id: str, admin: User) -> None:
    """The same bytes under the same key are judged: deleted, purged from the trash, or removed from the bucket."""
    judge(admin, place, image_id, note="Violence")
    made = record(admin, place, image_id)["moderation"]["judgement"]
    key, photo = read(image_id).key, samples.photo()
    delete(place, image_id)
    place.follow()
    assert admin.http.get(f"{place.api}/v1/admin/images/{image_id}/thumbnail").status_code == 404
    assert everything(place.api, admin, f"/v1/admin/images?flagged=true&owner={place.owner}") == []
    upload(place, image_id, key, photo)
    assert not is_public(place, image_id)
    assert record(admin, place, image_id)["moderation"]["judgement"] == made
    delete(place, image_id)
    assert place.http.delete(f"{place.api}/v1/trash/{image_id}").status_code == 204
    upload(place, image_id, key, photo)
    assert not is_public(place, image_id)
    for _ in range(2):  # the second tombstone follows the first
        storage.delete([key])
        delivery.deliver(place.app)
        assert read(image_id).state == "removed"
    upload(place, image_id, key, samples.jpeg(seed=5))
    assert is_public(place, image_id)
    delete(place, image_id)
    upload(place, image_id, key, photo)
    assert not is_public(place, image_id)
    withdrawn = admin.http.delete(f"{place.api}/v1/admin/images/{image_id}/judgement")
    assert withdrawn.status_code == 204
    delete(place, image_id)
    upload(place, image_id, key, photo)
    assert is_public(place, image_id)


@pytest.mark.medium
def test_a_restored_file_has_its_own_judgement(place: Place, image_id: str, admin: User) -> None:
    """Also where another file had the key meanwhile, and was judged; of two about the same file, the later."""
    key, photo = read(image_id).key, samples.photo()
    restore = f"{place.api}/v1/trash/{image_id}/restore"
    judge(admin, place, image_id)
    delete(place, image_id)
    (judged,) = place.get("/v1/trash").json()["images"]
    upload(place, image_id, key, samples.jpeg(seed=5))
    judge(admin, place, image_id, "safe")
    delete(place, image_id)
    assert place.http.post(f"{restore}?version={judged['version']}").status_code == 202
    delivery.deliver(place.app)
    assert record(admin, place, image_id)["moderation"]["judgement"]["verdict"] == "unsafe"
    delete(place, image_id)
    (judged,) = [one for one in place.get("/v1/trash").json()["images"] if one["size"] == len(photo)]
    upload(place, image_id, key, photo)
    judge(admin, place, image_id, "safe")
    storage.delete([key])
    delivery.deliver(place.app)
    assert place.http.post(f"{restore}?version={judged['version']}").status_code == 202
    delivery.deliver(place.app)
    assert record(admin, place, image_id)["moderation"]["judgement"]["verdict"] == "safe"


@pytest.mark.medium
def test_a_restoration_after_the_event_has_the_file_s_judgement(place: Place, image_id: str, admin: User) -> None:
    """The record is there by then, with the judgement of other bytes from the tombstone."""
    key, photo = read(image_id).key, samples.photo()
    judge(admin, place, image_id)
    delete(place, image_id)
    (judged,) = place.get("/v1/trash").json()["images"]
    upload(place, image_id, key, samples.jpeg(seed=5))
    judge(admin, place, image_id, "safe")
    delete(place, image_id)
    upload(place, image_id, key, photo)  # as an interrupted restoration does
    restore = f"{place.api}/v1/trash/{image_id}/restore?version={judged['version']}"
    assert place.http.post(restore).status_code == 202
    assert record(admin, place, image_id)["moderation"]["judgement"]["verdict"] == "unsafe"
    assert not is_public(place, image_id)


def test_a_judgement_is_about_the_bytes(place: Place, image_id: str, admin: User) -> None:
    """It survives reprocessing, an overwrite by the same bytes, and the trash; other bytes are not judged."""
    judge(admin, place, image_id)
    key = read(image_id).key

    def put(data: bytes) -> None:
        storage.put(key, data, "image/jpeg")
        delivery.deliver(place.app)

    admin.http.post(f"{place.api}/v1/admin/images/reprocess", json={"images": [image_id]})
    delivery.deliver(place.app)
    assert not is_public(place, image_id)
    put(samples.photo())
    assert not is_public(place, image_id)
    assert images.touch(image_id)  # as a reindex does
    assert not is_public(place, image_id)
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    delivery.deliver(place.app)
    assert place.http.post(f"{place.api}/v1/trash/{image_id}/restore").status_code == 202
    delivery.deliver(place.app)
    assert place.get(f"/v1/images/{image_id}").json()["state"] == "ready"
    assert not is_public(place, image_id)
    assert record(admin, place, image_id)["moderation"]["judgement"]["by"] == admin.owner
    put(samples.jpeg(seed=5))
    assert is_public(place, image_id)
    assert "judgement" not in record(admin, place, image_id)["moderation"]
    put(samples.photo())  # swapping gets nobody around it
    assert not is_public(place, image_id)


@pytest.mark.medium
def test_each_content_has_a_judgement_of_its_own(place: Place, image_id: str, admin: User) -> None:
    """To judge the harmless file that came in its place, or to withdraw that, leaves the hidden one hidden."""
    key, digest = read(image_id).key, read(image_id).sha256
    judge(admin, place, image_id, note="Violence")
    upload(place, image_id, key, samples.jpeg(seed=5))
    moderation = record(admin, place, image_id)["moderation"]
    assert "judgement" not in moderation
    (other,) = moderation["of_other_contents"]
    assert (other["sha256"], other["verdict"], other["note"], other["by"]) == (
        digest,
        "unsafe",
        "Violence",
        admin.owner,
    )
    place.follow()
    listed = everything(place.api, admin, f"/v1/admin/images?flagged=true&owner={place.owner}")
    assert [one["image_id"] for one in listed] == [image_id]  # nobody has looked at what came in its place
    judge(admin, place, image_id, "safe")
    assert is_public(place, image_id)
    upload(place, image_id, key, samples.photo())
    assert not is_public(place, image_id)
    upload(place, image_id, key, samples.jpeg(seed=5))
    for _ in range(2):
        assert admin.http.delete(f"{place.api}/v1/admin/images/{image_id}/judgement").status_code == 204
    upload(place, image_id, key, samples.photo())
    assert not is_public(place, image_id)
    assert record(admin, place, image_id)["moderation"]["judgement"]["note"] == "Violence"


@pytest.mark.medium
def test_an_admin_judges_the_content_that_was_looked_at(place: Place, image_id: str, admin: User) -> None:
    """The owner may swap the file meanwhile."""
    looked_at = read(image_id).sha256
    upload(place, image_id, read(image_id).key, samples.jpeg(seed=5))
    answer = judge(admin, place, image_id, sha256=looked_at)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert answer.json()["detail"].startswith("sha256: ")
    assert judge(admin, place, image_id, sha256=read(image_id).sha256).status_code == 200


@pytest.mark.medium
def test_the_owner_deletes_all_annotations_but_not_the_judgement(place: Place, image_id: str, admin: User) -> None:
    """Nor does switching recognition off."""
    judge(admin, place, image_id)
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    assert not is_public(place, image_id)
    assert place.http.patch(f"{place.api}/v1/users/me", json={"recognition": False}).status_code == 200
    delivery.run_jobs(place.app)
    assert not is_public(place, image_id)
    assert place.get(f"/v1/images/{image_id}").json()["annotations"] == {
        "counts": {},
        "withheld": True,
        "judgement": record(admin, place, image_id)["annotations"]["judgement"],
    }
