"""An admin decides over HTTP whether others see an image: at every door, of the state that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.api.endpoint import ROUTES
from chalicelib.api.security.access import Access
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.db.annotation_codec import Found
from chalicelib.db.models import Image
from chalicelib.web.page import PAGES
from tests import delivery, samples
from tests.chalicelib.routes.test_admin_images import read
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import FACE, annotate, patch, path

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place"]

JUDGED = {"unsafe": "judge/1", "face": "finder/1"}
BAD = Found("unsafe", "", 0.9)


@pytest.fixture
def image_id(place: Place) -> str:
    """Return a public image that a model found unsafe."""
    made = place.upload(samples.photo())
    place.http.patch(f"{place.api}/v1/images/{made}", json={"visibility": "public"})
    annotate(made, BAD, FACE, models=JUDGED)
    delivery.run_jobs(place.app)
    return made


def judge(admin: User, place: Place, image_id: str, verdict: str = "unsafe", **more: Any) -> requests.Response:
    headers = more.pop("headers", {})
    path = f"{place.api}/v1/admin/images/{image_id}/judgement"
    return admin.http.put(path, json={"verdict": verdict, **more}, headers=headers)


def record(admin: User, place: Place, image_id: str) -> Any:
    return admin.http.get(f"{place.api}/v1/admin/images/{image_id}").json()


def is_public(place: Place, image_id: str) -> bool:
    return requests.get(f"{place.api}/v1/public/images/{image_id}", timeout=10).ok


def doors(place: Place, image_id: str, tokens: list[str]) -> list[str]:
    """Return every address at which somebody without an account may ask for the image, links of `tokens` too."""
    paths = [one.path for one in ROUTES if one.access is Access.PUBLIC and one.method == "GET"]
    paths += [one.path for one in PAGES if one.anybody and one.method == "GET"]
    own = [one for one in paths if "{image_id}" in one]
    linked = [one for one in paths if "{token}" in one]
    assert (len(own), len(linked)) == (8, 8)
    found = [one.format(image_id=image_id, name="palette") for one in own]
    found += [one.format(token=token, name="palette") for one in linked for token in tokens]
    shown = [f"/p/{image_id}", *(f"/s/{token}" for token in tokens)]
    return [*found, *(f"/oembed?url={place.api}{one}" for one in shown)]


@pytest.mark.medium
def test_every_door_heeds_the_judgement(place: Place, image_id: str, admin: User) -> None:
    """Public and shared views, with blurred faces too, files and pages: whatever models, owner and stage say."""
    shares = [{"scope": "original"}, {"scope": "original", "blur": "faces"}]
    tokens = [
        place.http.post(f"{place.api}/v1/images/{image_id}/shares", json=body).json()["token"] for body in shares
    ]
    delivery.run_jobs(place.app)
    asked = doors(place, image_id, tokens)

    def statuses() -> list[int]:
        answers = [requests.get(place.api + one, timeout=10, allow_redirects=False) for one in asked]
        return [200 if answer.status_code == 302 else answer.status_code for answer in answers]

    before = statuses()
    refused = {one for one, status in zip(asked, before, strict=True) if status != 200}
    assert refused == {f"/v1/shared/{tokens[1]}/pictures/palette"}  # it shows faces
    assert judge(admin, place, image_id).status_code == 200
    assert {*statuses()} == {404}
    assert judge(admin, place, image_id, "safe").status_code == 200
    assert statuses() == before


@pytest.mark.medium
def test_a_safe_image_is_shown_where_models_hide_it(
    place: Place, image_id: str, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdrawn, models and owner decide again; the owner cannot show an image that an admin has judged unsafe."""
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    assert not is_public(place, image_id)
    judge(admin, place, image_id, "safe")
    assert is_public(place, image_id)
    annotate(image_id, Found("unsafe", "", 0.99), models={"unsafe": "judge/2"})  # a new model
    assert is_public(place, image_id)
    delete = f"{place.api}/v1/admin/images/{image_id}/judgement"
    for _ in range(2):
        assert admin.http.delete(delete).status_code == 204
        assert not is_public(place, image_id)
    assert judge(admin, place, image_id).status_code == 200
    (found,) = place.get(path(image_id)).json()["annotations"]
    body = patch(place, image_id, decisions=[{"annotation_id": found["annotation_id"], "decision": "removed"}])
    assert (body["withheld"], body["judgement"]["verdict"]) == (True, "unsafe")
    assert not is_public(place, image_id)
    assert admin.http.delete(delete).status_code == 204
    assert is_public(place, image_id)  # the owner's decision was recorded


@pytest.mark.medium
def test_the_owner_is_told_and_the_audit_trail_has_it(
    place: Place, image_id: str, admin: User, other_admin: User
) -> None:
    """Who judged, only admins see; the same again changes nothing, another admin's verdict takes its place."""
    answer = judge(admin, place, image_id, note="Violence is not for children.")
    made = answer.json()["moderation"]["judgement"]
    time = made["time"]
    assert made == {
        "verdict": "unsafe",
        "time": time,
        "note": "Violence is not for children.",
        "by": admin.owner,
    }
    owned = place.get(f"/v1/images/{image_id}")
    told = {"verdict": "unsafe", "time": time, "note": "Violence is not for children."}
    assert owned.json()["annotations"]["judgement"] == told
    assert place.get(path(image_id)).json()["judgement"] == told
    assert admin.owner not in owned.text + place.get(path(image_id)).text
    again = judge(admin, place, image_id, note="Violence is not for children.")
    assert (again.json(), again.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    other = judge(other_admin, place, image_id).json()["moderation"]["judgement"]
    assert (other["by"], "note" in other) == (other_admin.owner, False)
    admin.http.delete(f"{place.api}/v1/admin/images/{image_id}/judgement")
    entries = admin.http.get(f"{place.api}/v1/admin/audit?target={image_id}").json()["entries"]
    assert [(one["actor"], one["action"], one.get("detail")) for one in entries] == [
        (admin.owner, "judgement.delete", None),
        (other_admin.owner, "judgement.write", {"verdict": "unsafe"}),
        (admin.owner, "judgement.write", {"verdict": "unsafe", "note": "Violence is not for children."}),
        (admin.owner, "judgement.write", {"verdict": "unsafe", "note": "Violence is not for children."}),
    ]


@pytest.mark.medium
def test_a_judgement_is_of_the_state_that_the_admin_has_seen(
    place: Place, image_id: str, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If-Match names it; a write in between has it looked at again, and one of every attempt ends it."""
    stale = admin.http.get(f"{place.api}/v1/admin/images/{image_id}").headers["ETag"]
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"title": "Harbour"})
    for answer in (
        judge(admin, place, image_id, headers={"If-Match": stale}),
        admin.http.delete(f"{place.api}/v1/admin/images/{image_id}/judgement", headers={"If-Match": stale}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    fresh = admin.http.get(f"{place.api}/v1/admin/images/{image_id}").headers["ETag"]
    assert judge(admin, place, image_id, headers={"If-Match": fresh}).status_code == 200
    write, times = images.judge, 0

    def late(image: Image, judgement: str | None) -> bool:
        nonlocal times
        times += 1
        if times < 3:
            standing = read(image.image_id)
            assert images.edit(standing, {"title": f"Harbour {times}"})
        return write(image, judgement)

    monkeypatch.setattr(images, "judge", late)
    assert judge(admin, place, image_id, "safe").json()["title"] == "Harbour 2"
    monkeypatch.setattr(images, "judge", lambda *_: False)
    assert judge(admin, place, image_id).status_code == 412


@pytest.mark.medium
@pytest.mark.parametrize(
    "body",
    [{}, {"verdict": "fine"}, {"verdict": None}, {"verdict": "safe", "note": ""}, {"verdict": "safe", "a": 1}],
)
def test_a_judgement_has_bounds(place: Place, image_id: str, admin: User, body: dict[str, Any]) -> None:
    """Nothing is written of a body that is refused."""
    answer = admin.http.put(f"{place.api}/v1/admin/images/{image_id}/judgement", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "judgement" not in record(admin, place, image_id)["moderation"]


@pytest.mark.medium
def test_a_note_has_500_characters(place: Place, image_id: str, admin: User) -> None:
    """Each may be the widest there is."""
    longest = "\U0001f600" * 500
    assert judge(admin, place, image_id, note=longest).json()["moderation"]["judgement"]["note"] == longest
    assert judge(admin, place, image_id, note=longest + "a").status_code == 400


@pytest.mark.medium
def test_only_an_admin_judges_and_only_images_that_were_read(place: Place, image_id: str, admin: User) -> None:
    """The owner is refused, an unknown id is 404, a ticket 409 for now, and a file that nobody could read 409."""
    for answer in (
        place.http.put(f"{place.api}/v1/admin/images/{image_id}/judgement", json={"verdict": "safe"}),
        place.http.delete(f"{place.api}/v1/admin/images/{image_id}/judgement"),
        place.http.get(f"{place.api}/v1/admin/images/{image_id}/thumbnail"),
    ):
        assert answer.status_code == 403
    for absent in ("a" * 26, "no-id"):
        assert judge(admin, place, absent).status_code == 404
        assert admin.http.delete(f"{place.api}/v1/admin/images/{absent}/judgement").status_code == 404
        assert admin.http.get(f"{place.api}/v1/admin/images/{absent}/thumbnail").status_code == 404
    ticket = place.http.post(f"{place.api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"]
    answer = judge(admin, place, ticket[0]["image_id"])
    assert (answer.status_code, answer.json()["code"], "Retry-After" in answer.headers) == (
        409, "image_not_ready", True,
    )  # fmt: skip
    key = f"uploads/{place.owner}/unread.jpg"
    unread = keys.image_id(settings().images_bucket, key)
    known = Image(
        unread, owner=place.owner, key=key, state="failed", code="interrupted", sequencer=keys.order("01")
    )
    known.uploaded = "2026-01-01T00:00:00.000Z"
    assert images.put_newer(known)
    answer = judge(admin, place, unread)
    assert (answer.status_code, answer.json()["code"], "Retry-After" in answer.headers) == (
        409, "image_not_read", False,
    )  # fmt: skip
    assert record(admin, place, unread)["links"] == {"self": f"/v1/admin/images/{unread}"}


@pytest.mark.medium
def test_a_judgement_is_answered_with_the_record_whatever_the_client_knows(
    place: Place, image_id: str, admin: User
) -> None:
    """If-None-Match is for reads: with the tag of the new state, or any, a write answers 200, and never 304."""
    tag = judge(admin, place, image_id).headers["ETag"]
    for known in (tag, "*"):
        answer = judge(admin, place, image_id, headers={"If-None-Match": known})
        assert (answer.status_code, answer.headers["ETag"]) == (200, tag)
        assert answer.json()["moderation"]["judgement"]["verdict"] == "unsafe"
    got = admin.http.get(f"{place.api}/v1/admin/images/{image_id}", headers={"If-None-Match": tag})
    assert got.status_code == 304


@pytest.mark.medium
def test_a_damaged_judgement_hides_the_image_until_an_admin_judges_again(
    place: Place, image_id: str, admin: User
) -> None:
    image = read(image_id)
    assert images.judge(image, "damaged")
    assert not is_public(place, image_id)
    assert place.get(f"/v1/images/{image_id}").json()["annotations"]["judgement"] == {"verdict": "unsafe"}
    assert judge(admin, place, image_id, "safe").status_code == 200
    assert is_public(place, image_id)


@pytest.mark.medium
def test_the_owner_decides_about_an_image_that_no_model_looks_at(
    place: Place, image_id: str, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the id that the answer names while the image is withheld for it; a later model changes nothing."""
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    annotate(image_id, FACE, models={"face": "finder/1"})
    body = place.get(path(image_id)).json()
    assert body["withheld"]
    undecided = body["undecided"]
    body = patch(place, image_id, decisions=[{"annotation_id": undecided, "decision": "removed"}])
    assert "withheld" not in body
    assert "undecided" not in body
    assert is_public(place, image_id)
    annotate(image_id, BAD, models=JUDGED)
    assert is_public(place, image_id)
    annotate(image_id, FACE, models={"face": "finder/1"})
    body = patch(place, image_id, decisions=[{"annotation_id": undecided, "decision": "confirmed"}])
    assert (body["withheld"], body["counts"]) == (True, {"face": 1, "unsafe": 1})
    body = patch(place, image_id, decisions=[{"annotation_id": undecided, "decision": None}])
    assert (body["withheld"], body["undecided"]) == (True, undecided)
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    patch(place, image_id, decisions=[{"annotation_id": undecided, "decision": "removed"}])
    assert is_public(place, image_id)  # no model looks again, and yet the owner decides
    judge(admin, place, image_id)
    assert "undecided" not in place.get(path(image_id)).json()
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", None)
    annotate(image_id, models=JUDGED)
    patch(place, image_id, decisions=[{"annotation_id": undecided, "decision": None}])
    body = patch(place, image_id, 404, decisions=[{"annotation_id": undecided, "decision": "removed"}])
    assert body["code"] == "annotation_not_found"
