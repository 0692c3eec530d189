"""The images that admins should look at: which are listed, with which reasons, and who sees their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from chalicelib.config import settings
from chalicelib.db.annotation_codec import Found
from tests import samples
from tests.chalicelib.routes.test_admin_images import everything
from tests.chalicelib.routes.test_admin_judgements import BAD, JUDGED, image_id, judge
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import annotate, patch, path

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["image_id", "place"]


@pytest.mark.medium
def test_flagged_images_are_listed_with_the_reasons(
    place: Place, image_id: str, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found unsafe, whatever the owner decided, or judged; newest first, page by page, of all owners or of one."""
    calm = place.upload(samples.photo(seed=1), "calm.jpg")
    annotate(calm, Found("unsafe", "", 0.1), models=JUDGED)
    judged, removed = place.upload(samples.jpeg(seed=2), "b.jpg"), place.upload(samples.png(), "c.png")
    judge(admin, place, judged, "safe")
    annotate(removed, BAD, models=JUDGED)
    (found,) = place.get(path(removed)).json()["annotations"]
    patch(place, removed, decisions=[{"annotation_id": found["annotation_id"], "decision": "removed"}])
    place.follow()
    for limit in (1, 2, 50):
        listed = everything(place.api, admin, f"/v1/admin/images?flagged=true&limit={limit}")
        mine = [one for one in listed if one["owner"] == place.owner]
        assert [one["image_id"] for one in mine] == [removed, judged, image_id]
    mine = everything(place.api, admin, f"/v1/admin/images?flagged=true&owner={place.owner}&limit=2")
    first, second, third = mine
    assert [first["moderation"]["withheld"], first["moderation"]["unsafe"]["decision"]] == [False, "removed"]
    assert second["moderation"]["judgement"]["by"] == admin.owner
    for one in mine:
        own = f"/v1/admin/images/{one['image_id']}"
        assert one["links"] == {"self": own, "judgement": f"{own}/judgement", "thumbnail": f"{own}/thumbnail"}
        assert admin.http.get(place.api + one["links"]["self"]).json()["links"] == one["links"]
        assert admin.http.get(f"{place.api}{one['links']['thumbnail']}?redirect=false").status_code == 200
    assert third["moderation"] == {
        "withheld": False,  # the stage has no threshold
        "unsafe": {
            "annotation_id": found["annotation_id"],
            "kind": "unsafe",
            "value": "",
            "source": "model",
            "score": 0.9,
            "model": "judge/1",
        },
    }
    only = f"/v1/admin/images?flagged=true&owner={place.owner}"
    assert [one["image_id"] for one in everything(place.api, admin, f"{only}&format=png")] == [removed]
    assert everything(place.api, admin, "/v1/admin/images?flagged=true&owner=nobody") == []
    admin.http.delete(f"{place.api}/v1/admin/images/{judged}/judgement")
    place.http.delete(f"{place.api}/v1/images/{image_id}")
    before_the_stream = everything(place.api, admin, only)
    place.follow()
    assert before_the_stream == everything(place.api, admin, only)
    assert [one["image_id"] for one in before_the_stream] == [removed]
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.1)
    assert {one["image_id"] for one in everything(place.api, admin, only)} == {removed}  # until a reindex


@pytest.mark.medium
def test_some_filters_search_one_owner_s_images_alone(place: Place, admin: User) -> None:
    """Tag, text and people, of which cards do not tell: the answer says what to change."""
    for asked in ("tag=sea", "text=harbour", "people=1"):
        own = admin.http.get(f"{place.api}/v1/admin/images?owner={place.owner}&{asked}")
        assert (own.status_code, own.json()["images"]) == (200, [])
        for scope, advice in (
            ("", "Name it as owner, or leave them out."),
            ("flagged=false&", "Name it as owner, or leave them out."),
            ("flagged=true&", "Leave them out, or flagged."),
            (f"flagged=true&owner={place.owner}&", "Leave them out, or flagged."),
        ):
            answer = admin.http.get(f"{place.api}/v1/admin/images?{scope}{asked}")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
            assert answer.json()["detail"].endswith(advice)


@pytest.mark.medium
def test_an_admin_sees_the_picture_of_flagged_images_only(place: Place, image_id: str, admin: User) -> None:
    """An address that works for minutes; the audit trail has the look."""
    asked = f"{place.api}/v1/admin/images/{image_id}/thumbnail?size=small&redirect=false"
    shown = admin.http.get(asked)
    assert requests.get(shown.json()["url"], timeout=10).content[8:12] == b"WEBP"
    entry = admin.http.get(f"{place.api}/v1/admin/audit?target={image_id}").json()["entries"][0]
    assert entry["action"] == "image.view"
    annotate(image_id, Found("unsafe", "", 0.1), models=JUDGED)
    answer = admin.http.get(asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    own = f"/v1/admin/images/{image_id}"
    found = admin.http.get(place.api + own).json()
    assert found["links"] == {"self": own, "judgement": f"{own}/judgement"}
