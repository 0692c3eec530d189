"""Annotations that outlive damage and the trash, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.db import images
from tests import delivery
from tests.chalicelib.routes.test_image_annotations import (
    FACE,
    LINE,
    OTHER,
    WEAK,
    annotate,
    ids,
    image_id,
    patch,
    path,
    place,
)

if TYPE_CHECKING:
    from tests.chalicelib.routes.test_catalogue import Place

__all__ = ["image_id", "place"]


def damage(image_id: str, part: str) -> None:
    """Overwrite findings or decisions with bytes that nobody can read."""
    image = images.get(image_id, consistent=True)
    assert image is not None
    assert images.annotate(image, {part: b"damaged"})


def test_damaged_decisions_are_replaced_by_the_next(place: Place, image_id: str) -> None:
    """Until then there are no annotations; then there are those of the models again."""
    line = ids(place, image_id)["textFish & Chips0.1"]
    damage(image_id, "decisions")
    assert place.get(path(image_id)).json()["annotations"] == []
    body = patch(place, image_id, decisions=[{"annotation_id": line, "decision": "removed"}])
    assert [one["kind"] for one in body["annotations"]] == ["face", "face"]


@pytest.mark.medium
def test_decisions_stay_where_findings_are_damaged(place: Place, image_id: str) -> None:
    """An edit removes the damage, so that a later run of models keeps the decisions; all can be deleted."""
    line = ids(place, image_id)["textFish & Chips0.1"]
    patch(place, image_id, additions=[{"kind": "label", "value": "Harbour"}])
    damage(image_id, "annotations")
    assert [one["value"] for one in place.get(path(image_id)).json()["annotations"]] == ["Harbour"]
    unknown = patch(place, image_id, 404, decisions=[{"annotation_id": line, "decision": "confirmed"}])
    assert unknown["code"] == "annotation_not_found"
    body = patch(place, image_id, additions=[{"kind": "label", "value": "Boats"}])
    assert sorted(one["value"] for one in body["annotations"]) == ["Boats", "Harbour"]
    damage(image_id, "annotations")
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    assert place.get(path(image_id)).json()["deleted"] is True


@pytest.mark.medium
def test_decisions_come_back_from_the_trash(place: Place, image_id: str) -> None:
    """Confirmed, corrected, removed and added: the same answers, whether models look again or not."""
    known = ids(place, image_id)
    patch(
        place,
        image_id,
        decisions=[
            {"annotation_id": known["textFish & Chips0.1"], "decision": "corrected", "value": "Fish & Ships"},
            {"annotation_id": known["face0.2"], "decision": "removed"},
            {"annotation_id": known["face0.6"], "decision": "confirmed"},
        ],
        additions=[{"kind": "label", "value": "Harbour", "language": "en"}],
    )
    before = place.get(f"{path(image_id)}?removed=true").json()
    _restored(place, image_id)
    told = [
        (one["kind"], one["value"], one["decision"])
        for one in place.get(f"{path(image_id)}?removed=true").json()["annotations"]
    ]
    assert told == [
        ("text", "Fish & Ships", "corrected"),
        ("face", "", "removed"),
        ("face", "", "confirmed"),
        ("label", "Harbour", "added"),
    ]
    annotate(image_id, OTHER, LINE, FACE, WEAK)
    assert place.get(f"{path(image_id)}?removed=true").json() == before


@pytest.mark.medium
def test_deleted_annotations_stay_deleted_after_the_trash(place: Place, image_id: str) -> None:
    """No model looks again at the content of a restored image, either."""
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    _restored(place, image_id)
    assert place.get(path(image_id)).json()["deleted"] is True


@pytest.mark.medium
def test_decisions_stay_gone_once_recognition_is_switched_off(place: Place, image_id: str) -> None:
    """The switch deletes all; the trash brings nothing of it back."""
    patch(place, image_id, additions=[{"kind": "label", "value": "Harbour"}])
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    delivery.deliver(place.app)
    assert place.http.patch(f"{place.api}/v1/users/me", json={"recognition": False}).status_code == 200
    delivery.run_jobs(place.app)
    assert place.http.post(f"{place.api}/v1/trash/{image_id}/restore").status_code == 202
    delivery.deliver(place.app)
    assert place.get(path(image_id)).json()["annotations"] == []


def _restored(place: Place, image_id: str) -> None:
    """Delete an image, and have it restored from the trash."""
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    delivery.deliver(place.app)
    assert place.get(f"/v1/images/{image_id}").status_code == 404
    assert place.http.post(f"{place.api}/v1/trash/{image_id}/restore").status_code == 202
    delivery.deliver(place.app)
    assert place.get(f"/v1/images/{image_id}").json()["state"] == "ready"
