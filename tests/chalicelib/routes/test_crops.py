"""Crops over HTTP: where the heads are that models found and their owner decided about, for nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.db.annotation_codec import Box, Found
from tests import samples
from tests.chalicelib.routes.test_image_annotations import annotate, ids, patch, place

if TYPE_CHECKING:
    from tests.chalicelib.routes.test_catalogue import Place
    from tests.conftest import User

__all__ = ["place"]

LEFT = Found("face", "", 0.9, Box(0.16, 0.4, 0.1, 0.2))  # a head from 0.135 to 0.285, with air from 0.06 to 0.36
RIGHT = Found("face", "", 0.6, Box(0.72, 0.4, 0.1, 0.2))  # from 0.695 to 0.845, with air from 0.62 to 0.92
WEAK = Found("face", "", 0.3, Box(0.5, 0.4, 0.4, 0.5))  # below the threshold
LINE = Found("text", "Fish & Chips", 0.9, Box(0.4, 0.8, 0.2, 0.1))


def path(image_id: str, query: str = "") -> str:
    return f"/v1/images/{image_id}/crops{query}"


@pytest.fixture
def image_id(place: Place) -> str:
    """Return an image of 1,600 by 900 pixels as displayed, turned by its Exif, with a face at each end."""
    made = place.upload(samples.photo(size=(900, 1600)))
    annotate(made, LEFT, RIGHT, WEAK, LINE)
    return made


def positions(place: Place, image_id: str, query: str = "") -> dict[str, str]:
    """Return `object-position` by ratio."""
    return {one["ratio"]: one["object_position"] for one in place.get(path(image_id, query)).json()["crops"]}


def test_crops_keep_the_heads(place: Place, image_id: str) -> None:
    """The larger or surer one, where there is no room for both; the record leads there."""
    answer = place.get(path(image_id, "?ratio=1:1,16:9"))
    square, whole = answer.json().pop("crops")
    assert {**answer.json(), "crops": None} == {
        "image_id": image_id,
        "width": 1600,
        "height": 900,
        "people": 2,
        "crops": None,
        "links": {"self": path(image_id), "image": f"/v1/images/{image_id}"},
    }
    assert square.pop("box") == pytest.approx({"left": 0.056875, "top": 0, "width": 0.5625, "height": 1})
    assert square == {
        "ratio": "1:1",
        "pixels": {"left": 91, "top": 0, "width": 900, "height": 900},
        "object_position": "13% 50%",  # 0.06 of a room of 0.4375: 13.7
        "heads": {"kept": 1, "cut": 0, "outside": 1},
    }
    assert whole == {
        "ratio": "16:9",
        "box": {"left": 0, "top": 0, "width": 1, "height": 1},
        "pixels": {"left": 0, "top": 0, "width": 1600, "height": 900},
        "object_position": "50% 50%",
        "heads": {"kept": 2, "cut": 0, "outside": 0},
    }
    record = place.get(f"/v1/images/{image_id}").json()
    assert record["links"]["crops"] == path(image_id)
    assert (
        place.get(path(image_id, "?ratio=1:1,16:9"), **{"If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )


@pytest.mark.medium
def test_an_owner_decides_which_faces_there_are(place: Place, image_id: str) -> None:
    """A removed one moves no crop, an added one does, and a confirmed one is sure; each is another ETag."""
    before = place.get(path(image_id)).headers["ETag"]
    (left, right) = (ids(place, image_id)[f"face{one.box.left}"] for one in (LEFT, RIGHT) if one.box)
    patch(place, image_id, decisions=[{"annotation_id": right, "decision": "confirmed"}])
    assert positions(place, image_id, "?ratio=1:1") == {"1:1": "82% 50%"}
    assert place.get(path(image_id)).headers["ETag"] != before
    patch(place, image_id, decisions=[{"annotation_id": one, "decision": "removed"} for one in (left, right)])
    assert place.get(path(image_id)).json()["people"] == 0
    assert positions(place, image_id, "?ratio=1:1") == {"1:1": "50% 50%"}
    face = {"kind": "face", "box": {"left": 0.16, "top": 0.4, "width": 0.1, "height": 0.2}}
    patch(place, image_id, additions=[face])
    assert positions(place, image_id, "?ratio=1:1") == {"1:1": "13% 50%"}


@pytest.mark.medium
def test_the_middle_where_nobody_has_looked(place: Place) -> None:
    """The ratios that are used most, by default; the number of people is not known."""
    made = place.upload(samples.photo(size=(900, 1600)))
    body = place.get(path(made)).json()
    assert "people" not in body
    assert [(one["ratio"], one["object_position"]) for one in body["crops"]] == [
        ("1:1", "50% 50%"),
        ("4:5", "50% 50%"),
        ("16:9", "50% 50%"),
        ("9:16", "50% 50%"),
        ("1.91:1", "50% 50%"),
    ]
    annotate(made, LINE)
    assert place.get(path(made)).json()["people"] == 0


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("1:1", ["1:1"]),
        ("1.91:1,21:9", ["1.91:1", "21:9"]),
        ("4:5,1:1,4:5", ["4:5", "1:1"]),
        ("9999.999:1,1:9999.999", ["9999.999:1", "1:9999.999"]),
        (",".join(f"{number}:1" for number in range(1, 11)), [f"{number}:1" for number in range(1, 11)]),
    ],
)
def test_ratios_that_are_answered(place: Place, image_id: str, asked: str, answered: list[str]) -> None:
    """In their order, each once, up to ten; in pixels at least one a side."""
    found: list[dict[str, Any]] = place.get(path(image_id, f"?ratio={asked}")).json()["crops"]
    assert [one["ratio"] for one in found] == answered
    assert min(side for one in found for side in (one["pixels"]["width"], one["pixels"]["height"])) >= 1


@pytest.mark.parametrize(
    "query",
    [
        "ratio=",
        "ratio=1",
        "ratio=16x9",
        "ratio=0:1",
        "ratio=0.5:1",
        "ratio=1:10000",
        "ratio=1.0001:1",
        "ratio=-4:5",
        "ratio=1:1,",
        "ratio=1:1, 4:5",
        "ratio=nan:1",
        "ratio=" + ",".join(f"{number}:1" for number in range(1, 12)),
    ],
)
def test_ratios_that_are_refused(place: Place, image_id: str, query: str) -> None:
    """The answer says what a ratio is, with an example."""
    answer = place.get(path(image_id, f"?{query}"))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "ratio"
    words = re.escape(
        "Expected up to 10 ratios of width to height, separated by commas: numbers from 1 to 9999, "
        "with up to three decimals, such as `16:9,1:1`"
    )
    assert re.fullmatch(words, error["detail"])


def test_a_list_is_one_parameter(place: Place, image_id: str) -> None:
    """As everywhere in the API."""
    answer = place.get(path(image_id, "?ratio=1:1&ratio=16:9"))
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        [{"parameter": "ratio", "detail": "Given more than once"}],
    )


@pytest.mark.medium
def test_images_without_a_size_have_no_crops(place: Place) -> None:
    """A file that is no picture has none; a ticket may have one later."""
    made = place.upload(b"not a picture")
    answer = place.get(path(made))
    assert (answer.status_code, answer.json()["code"]) == (404, "size_not_available")
    ticket = place.http.post(f"{place.api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"][
        0
    ]
    answer = place.get(path(ticket["image_id"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "image_not_ready")


@pytest.mark.medium
def test_nobody_else_sees_where_people_are(place: Place, image_id: str, other_user: User) -> None:
    """Neither another user, nor anybody who sees a public image or holds a link to it."""
    assert other_user.http.get(place.api + path(image_id)).json()["code"] == "image_not_found"
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    token = place.http.post(f"{place.api}/v1/images/{image_id}/shares", json={}).json()["token"]
    for own in (f"/v1/public/images/{image_id}", f"/v1/shared/{token}"):
        answer = other_user.http.get(place.api + own)
        assert answer.status_code == 200
        assert "crops" not in answer.text
        assert "object_position" not in answer.text
        assert other_user.http.get(f"{place.api}{own}/crops").status_code in (403, 404)
