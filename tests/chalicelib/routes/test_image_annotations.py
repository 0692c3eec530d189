"""Annotations over HTTP: what models found and their owner decided, for nobody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, keys
from chalicelib.db.annotation_codec import Box, Findings, Found
from chalicelib.db.models import Image
from chalicelib.extensions.machine_learning import pending
from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import User

LINE = Found("text", "Fish & Chips", 0.9, Box(0.1, 0.1, 0.5, 0.1), "en", {"contrast": 4.2})
FACE = Found("face", "", 0.8, Box(0.2, 0.4, 0.2, 0.2))
OTHER = Found("face", "", 0.7, Box(0.6, 0.4, 0.2, 0.2))
WEAK = Found("label", "boat", 0.3)
MODELS = {"text": "reader/1", "face": "finder/1", "label": "namer/1"}


@pytest.fixture
def place(app: Any, api: str, user: User, stream: Callable[[], None]) -> Place:
    """Return a user's images."""
    return Place(app, api, user, stream)


def annotate(image_id: str, *found: Found, models: dict[str, str] | None = None, cut: int = 0) -> None:
    """Write findings beside a record, as the function does."""
    image = images.get(image_id, consistent=True)
    assert image is not None
    findings = Findings(image.sha256, MODELS if models is None else models, found, cut)
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(findings)})


@pytest.fixture
def image_id(place: Place) -> str:
    """Return an image with a line of text, two faces and a weak label."""
    made = place.upload(samples.photo())
    annotate(made, OTHER, LINE, FACE, WEAK)
    place.follow()
    return made


def path(image_id: str) -> str:
    return f"/v1/images/{image_id}/annotations"


def patch(place: Place, image_id: str, status: int = 200, **body: Any) -> Any:
    answer = place.http.patch(place.api + path(image_id), json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def ids(place: Place, image_id: str, query: str = "") -> dict[str, str]:
    """Return the annotations that are shown: id by kind and value."""
    body = place.get(path(image_id) + query).json()
    return {
        f"{one['kind']}{one['value']}{one.get('box', {}).get('left')}": one["annotation_id"]
        for one in body["annotations"]
    }


def test_an_image_that_nobody_looked_at_has_none(place: Place) -> None:
    """The answer says whether anybody will; a ticket is not ready."""
    made = place.upload(samples.photo())
    assert place.get(path(made)).json() == {
        "image_id": made,
        "enabled": False,
        "deleted": False,
        "models": {},
        "counts": {},
        "annotations": [],
        "links": {"self": path(made), "image": f"/v1/images/{made}"},
    }
    assert "annotations" not in place.get(f"/v1/images/{made}").json()
    ticket = place.http.post(f"{place.api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"][
        0
    ]
    for answer in (
        place.get(path(ticket["image_id"])),
        place.http.patch(place.api + path(ticket["image_id"]), json={}),
        place.http.delete(place.api + path(ticket["image_id"])),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "image_not_ready")


@pytest.mark.medium
def test_a_file_that_could_not_be_read_takes_no_annotations(place: Place) -> None:
    """It has no content that they would be about, and waiting helps nothing: 409 with a code of its own."""
    key = f"uploads/{place.owner}/unread.jpg"
    unread = keys.image_id(settings().images_bucket, key)
    known = Image(unread, owner=place.owner, key=key, state="failed", code="interrupted", sequencer="01")
    known.uploaded = "2026-01-01T00:00:00.000Z"
    assert images.put_newer(known)
    address = place.api + path(unread)
    for answer in (place.http.patch(address, json={}), place.http.delete(address)):
        assert (answer.status_code, answer.json()["code"], answer.headers.get("Retry-After")) == (
            409, "image_not_read", None,
        )  # fmt: skip


@pytest.mark.medium
def test_the_owner_sees_what_was_found(place: Place, image_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the threshold of each kind, in the order in which one reads; the record has the numbers."""
    monkeypatch.setitem(settings().__dict__, "recognition", True)
    answer = place.get(path(image_id))
    body = answer.json()
    (line, left, right) = body["annotations"]
    assert line == {
        "annotation_id": line["annotation_id"],
        "kind": "text",
        "value": "Fish & Chips",
        "source": "model",
        "score": 0.9,
        "model": "reader/1",
        "box": {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.1},
        "language": "en",
        "details": {"contrast": 4.2},
    }
    assert [(one["kind"], one["score"], one["box"]["left"]) for one in (left, right)] == [
        ("face", 0.8, 0.2),
        ("face", 0.7, 0.6),
    ]
    assert (body["enabled"], body["models"], body["counts"], body["people"]) == (
        True,
        MODELS,
        {"text": 1, "face": 2},
        2,
    )
    assert "left_out" not in body
    assert place.get(path(image_id), **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    record = place.get(f"/v1/images/{image_id}").json()
    assert record["annotations"] == {"counts": {"text": 1, "face": 2}, "people": 2}
    assert record["links"]["annotations"] == path(image_id)


@pytest.mark.medium
def test_the_answers_of_a_service_are_told(place: Place) -> None:
    """Model, cost, and the runs that gave none, with the reason: in the list, and in the record."""
    made = place.upload(samples.photo())
    image = images.get(made, consistent=True)
    assert image is not None
    unsafe = Found("unsafe", "", 0.9, details={"category": "Violence"}, run="moderation")
    models = {"moderation": "rekognition/7.0"}
    findings = Findings(image.sha256, models, (unsafe,), 0, {"label": "budget"}, 1000)
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(findings)})
    body = place.get(path(made)).json()
    (one,) = body["annotations"]
    assert (one["model"], one["details"]) == ("rekognition/7.0", {"category": "Violence"})
    assert (body["models"], body["skipped"], body["cost_micro_usd"]) == (models, {"label": "budget"}, 1000)
    record = place.get(f"/v1/images/{made}").json()
    assert record["annotations"] == {
        "counts": {"unsafe": 1},
        "skipped": {"label": "budget"},
        "cost_micro_usd": 1000,
    }


@pytest.mark.medium
def test_an_image_that_was_only_skipped_says_so(place: Place) -> None:
    """Where the stage has no models of its own."""
    made = place.upload(samples.photo())
    image = images.get(made, consistent=True)
    assert image is not None
    findings = Findings(image.sha256, skipped={"label": "unavailable"})
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(findings)})
    record = place.get(f"/v1/images/{made}").json()
    assert record["annotations"] == {"counts": {}, "skipped": {"label": "unavailable"}}


@pytest.mark.medium
def test_findings_that_were_too_many_are_told(place: Place, image_id: str) -> None:
    """As a number; and people only where somebody looked for them."""
    annotate(image_id, LINE, models={"text": "reader/1"}, cut=7)
    body = place.get(path(image_id)).json()
    assert (body["left_out"], "people" in body) == (7, False)


@pytest.mark.medium
def test_nobody_else_sees_them(place: Place, image_id: str, app: Any, other_user: User, admin: User) -> None:
    """Neither another user nor the public, nor who has a link; an admin sees the numbers alone."""
    known = ids(place, image_id)
    patch(place, image_id, additions=[{"kind": "label", "value": "Leuchtturm"}])
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    delivery.run_jobs(app)
    token = place.http.post(f"{place.api}/v1/images/{image_id}/shares", json={"scope": "original"}).json()["token"]
    for method in ("GET", "PATCH", "DELETE"):
        for stranger in (other_user, admin):
            answer = stranger.http.request(method, place.api + path(image_id), json={})
            assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")
    told = [
        requests.get(f"{place.api}{address}", timeout=10)
        for address in (
            f"/v1/public/images/{image_id}",
            f"/v1/shared/{token}",
            f"/p/{image_id}",
            f"/s/{token}",
            f"/oembed?url={place.api}/p/{image_id}",
        )
    ]
    assert [answer.status_code for answer in told[:2]] == [200, 200]
    for answer in told:
        for word in ("annotation", "Fish", "Chips", "Leuchtturm", "people", "reader/1", *known.values()):
            assert word not in answer.text
    seen = admin.http.get(f"{place.api}/v1/admin/images/{image_id}").json()
    assert seen["annotations"] == {"counts": {"text": 1, "face": 2, "label": 1}, "people": 2}
    assert "Fish" not in json.dumps(seen)


@pytest.mark.medium
def test_a_decision_stays_when_a_model_looks_again(place: Place, image_id: str) -> None:
    """Confirmed, corrected, removed and added; undone, an annotation is as its model found it."""
    known = ids(place, image_id)
    line, left, right = known["textFish & Chips0.1"], known["face0.2"], known["face0.6"]
    body = patch(
        place,
        image_id,
        decisions=[
            {"annotation_id": line, "decision": "corrected", "value": "Fish & Ships"},
            {"annotation_id": left, "decision": "removed"},
            {"annotation_id": right, "decision": "confirmed"},
        ],
        additions=[
            {"kind": "label", "value": "Harbour", "language": "en"},
            {"kind": "face", "box": {"left": 0.0, "top": 0.0, "width": 0.1, "height": 0.1}},
        ],
    )
    assert body["counts"] == {"text": 1, "face": 2, "label": 1}
    moved = Found("face", "", 0.95, Box(0.21, 0.4, 0.2, 0.2))
    annotate(
        image_id, Found("text", "F1sh & Ch1ps", 0.6, Box(0.1, 0.1, 0.5, 0.11)), moved, models={"text": "reader/2"}
    )
    shown = place.get(path(image_id)).json()
    assert [
        (one["kind"], one["value"], one["source"], one["decision"], one.get("score"), one.get("model"))
        for one in shown["annotations"]
    ] == [
        ("text", "Fish & Ships", "person", "corrected", 0.6, "reader/2"),
        ("face", "", "person", "added", None, None),
        ("face", "", "person", "confirmed", None, None),
        ("label", "Harbour", "person", "added", None, None),
    ]
    with_removed = place.get(f"{path(image_id)}?removed=true").json()
    assert [one["decision"] for one in with_removed["annotations"] if one["annotation_id"] == left] == ["removed"]
    added = next(one["annotation_id"] for one in shown["annotations"] if one["kind"] == "label")
    body = patch(
        place,
        image_id,
        decisions=[
            {"annotation_id": line, "decision": None},
            {"annotation_id": left, "decision": None},
            {"annotation_id": right, "decision": None},
            {"annotation_id": added, "decision": None},
        ],
    )
    assert [(one["kind"], one["value"], one.get("decision")) for one in body["annotations"]] == [
        ("text", "F1sh & Ch1ps", None),
        ("face", "", "added"),
        ("face", "", None),
    ]


@pytest.mark.medium
def test_an_addition_can_be_corrected_and_removed(place: Place, image_id: str) -> None:
    """Corrected, it is the owner's own all the same; confirmed, it is as it was; removed, it is gone for good."""
    patch(place, image_id, additions=[{"kind": "label", "value": "Harbor"}])
    added = ids(place, image_id)["labelHarborNone"]
    patch(place, image_id, decisions=[{"annotation_id": added, "decision": "corrected", "value": "Harbour"}])
    patch(place, image_id, decisions=[{"annotation_id": added, "decision": "confirmed"}])
    assert ids(place, image_id)["labelHarbourNone"] == added
    patch(place, image_id, decisions=[{"annotation_id": added, "decision": "removed"}])
    assert added not in ids(place, image_id, "?removed=true").values()
    answer = patch(place, image_id, 404, decisions=[{"annotation_id": added, "decision": "confirmed"}])
    assert answer["code"] == "annotation_not_found"


@pytest.mark.medium
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"decisions": [{"annotation_id": "a" * 16, "decision": "corrected"}]},
            "decisions/0: `corrected` needs the",
        ),
        (
            {"decisions": [{"annotation_id": "a" * 16, "decision": "removed", "value": "a"}]},
            "decisions/0: `value` is for the decision",
        ),
        ({"additions": [{"kind": "face"}]}, "additions/0: a face needs a `box`"),
        (
            {
                "additions": [
                    {
                        "kind": "face",
                        "value": "Anna",
                        "box": dict.fromkeys(("left", "top", "width", "height"), 0.1),
                    }
                ]
            },
            "additions/0: a face needs a `box`, and has no `value`.",
        ),
        (
            {"additions": [{"kind": "label", "value": "a"}, {"kind": "text"}]},
            "additions/1: this kind needs a `value`",
        ),
        (
            {"additions": [{"kind": "face", "box": {"left": 0.5, "top": 0, "width": 0.51, "height": 1}}]},
            "additions/0: the `box` must end within",
        ),
        (
            {"additions": [{"kind": "face", "box": {"left": 0, "top": 0.5, "width": 0.5, "height": 0.51}}]},
            "additions/0: the `box` must end within",
        ),
        ({"additions": [{"kind": "unsafe", "value": "a"}]}, None),
        ({"decisions": [{"annotation_id": "a" * 16, "decision": None}] * 51}, None),
    ],
)
def test_a_decision_that_lacks_a_part_is_refused(
    place: Place, image_id: str, body: dict[str, Any], detail: str | None
) -> None:
    """The answer names which one, and nothing is written."""
    before = place.get(path(image_id)).json()
    answer = patch(place, image_id, 400, **body)
    assert answer["code"] == "invalid_request"
    assert detail is None or answer["detail"].startswith(detail)
    assert place.get(path(image_id)).json() == before


@pytest.mark.medium
def test_an_image_may_have_two_hundred_decisions(place: Place, image_id: str) -> None:
    """The next is refused, and the answer says what to do."""
    for start in range(0, 200, 50):
        patch(place, image_id, additions=[{"kind": "label", "value": f"name {start + n}"} for n in range(50)])
    refused = patch(place, image_id, 409, additions=[{"kind": "label", "value": "one more"}])
    assert (refused["code"], "Undo some first" in refused["detail"]) == ("too_many_annotations", True)


@pytest.mark.medium
def test_a_key_that_may_only_write_gets_no_annotations(place: Place, image_id: str) -> None:
    """The decision is written all the same."""
    key = place.http.post(f"{place.api}/v1/users/me/keys", json={"name": "w", "scopes": ["write"]}).json()["key"]
    answer = requests.patch(
        place.api + path(image_id),
        json={"additions": [{"kind": "label", "value": "Harbour"}]},
        headers={"X-API-Key": key},
        timeout=10,
    )
    assert (answer.status_code, answer.text) == (204, "")
    assert "labelHarbourNone" in ids(place, image_id)


@pytest.mark.medium
def test_deleted_annotations_are_gone(place: Place, image_id: str) -> None:
    """Findings and decisions; an owner may still add some."""
    patch(place, image_id, additions=[{"kind": "label", "value": "Harbour"}])
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    body = place.get(path(image_id)).json()
    assert (body["deleted"], body["models"], body["annotations"]) == (True, {}, [])
    place.follow()
    assert place.ids("text=chips") == []
    body = patch(place, image_id, additions=[{"kind": "label", "value": "Quay"}])
    assert (body["deleted"], body["counts"]) == (True, {"label": 1})
    assert place.http.delete(place.api + path(image_id)).status_code == 204
    assert place.get(path(image_id)).json()["annotations"] == []


@pytest.mark.medium
def test_images_are_found_by_the_words_in_them(place: Place, image_id: str) -> None:
    """By those that count: a correction replaces what the model read."""
    assert place.ids("text=chips") == [image_id]
    assert place.ids("text=fish%20chips") == [image_id]
    assert place.ids("text=boat") == []  # below its threshold
    line = ids(place, image_id)["textFish & Chips0.1"]
    patch(place, image_id, decisions=[{"annotation_id": line, "decision": "corrected", "value": "Fish & Ships"}])
    place.follow()
    assert (place.ids("text=ships"), place.ids("text=chips")) == ([image_id], [])


@pytest.mark.medium
def test_images_are_found_by_the_number_of_people(place: Place, image_id: str) -> None:
    """None, one, or more; an image that nobody looked at is in no list, and facets count the same."""
    one, none, unknown = (place.upload(samples.photo(seed), f"{seed}.jpg") for seed in (1, 2, 3))
    annotate(one, FACE)
    annotate(none)
    annotate(unknown, LINE, models={"text": "reader/1"})
    place.follow()
    found = {number: place.ids(f"people={number}") for number in ("0", "1", "2%2B", "2+")}
    assert found == {"0": [none], "1": [one], "2%2B": [image_id], "2+": [image_id]}
    assert place.ids("people=2%2B&text=chips&format=jpg") == [image_id]
    assert place.ids("people=1&text=chips") == []
    facets = place.get("/v1/facets").json()["people"]
    assert facets == [{"value": number, "images": 1} for number in ("0", "1", "2+")]
    left = ids(place, image_id)["face0.2"]
    patch(place, image_id, decisions=[{"annotation_id": left, "decision": "removed"}])
    place.follow()
    assert (sorted(place.ids("people=1")), place.ids("people=2%2B")) == (sorted([one, image_id]), [])
    for query in ("people=3", "people=2", "people=", "people=1&sort=-uploaded"):
        assert place.get(f"/v1/images?{query}").status_code == 400
    assert place.ids("people=0&sort=taken") == [none]


@pytest.mark.medium
def test_an_account_switches_recognition(place: Place, image_id: str, app: Any) -> None:
    """Off, a job deletes all annotations; both say so."""
    me = f"{place.api}/v1/users/me"
    assert place.http.get(me).json()["recognition"] is True
    body = place.http.patch(me, json={"recognition": False, "display_name": "Anna"}).json()
    assert (body["recognition"], body["display_name"]) == (False, "Anna")
    delivery.run_jobs(app)
    assert place.get(path(image_id)).json()["annotations"] == []
    body = place.http.patch(me, json={"recognition": True}).json()
    assert (body["recognition"], body["display_name"]) == (True, "Anna")
    assert place.http.patch(me, json={"display_name": None}).json()["recognition"] is True
    assert delivery.receive(settings().jobs_queue) != []
    assert place.http.patch(me, json={}).status_code == 400
    assert delivery.receive(settings().jobs_queue) == []
    profile = accounts.get(place.owner, consistent=True)
    assert profile is not None
    assert (profile.display_name, profile.recognition) == (None, None)


@pytest.mark.medium
def test_an_unsafe_image_is_shown_to_its_owner_alone(
    place: Place, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the stage has a threshold: not before models have looked, and not after, until the owner decides."""
    made = place.upload(samples.photo())
    place.http.patch(f"{place.api}/v1/images/{made}", json={"visibility": "public"})
    delivery.run_jobs(app)
    token = place.http.post(f"{place.api}/v1/images/{made}/shares", json={"scope": "original"}).json()["token"]
    seen_by_others = [
        *(
            f"/v1/public/images/{made}{part}"
            for part in ("", "/thumbnail", "/file", "/theme", "/pictures/palette")
        ),
        *(f"/v1/shared/{token}{part}" for part in ("", "/thumbnail", "/file", "/theme", "/pictures/palette")),
        f"/p/{made}",
        f"/s/{token}",
        f"/oembed?url={place.api}/p/{made}",
    ]

    def statuses() -> set[int]:
        answers = [requests.get(place.api + one, timeout=10, allow_redirects=False) for one in seen_by_others]
        return {200 if answer.status_code == 302 else answer.status_code for answer in answers}

    judged = {"unsafe": "judge/1"}
    assert statuses() == {200}
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    assert statuses() == {404}
    assert place.get(f"/v1/images/{made}").json()["annotations"] == {"counts": {}, "withheld": True}
    annotate(made, Found("unsafe", "", 0.79), models=judged)
    assert statuses() == {200}
    assert "withheld" not in place.get(path(made)).json()
    annotate(made, Found("unsafe", "", 0.8), models=judged)
    assert statuses() == {404}
    body = place.get(path(made)).json()
    (found,) = body["annotations"]
    assert (body["withheld"], found["kind"], found["score"]) == (True, "unsafe", 0.8)
    assert place.get(f"/v1/images/{made}/thumbnail?redirect=false").status_code == 200
    patch(place, made, decisions=[{"annotation_id": found["annotation_id"], "decision": "removed"}])
    assert statuses() == {200}
    annotate(made, Found("unsafe", "", 0.99), models={"unsafe": "judge/2"})
    assert statuses() == {200}
    image = images.get(made, consistent=True)
    assert image is not None
    assert images.annotate(image, {"annotations": b"damaged"})
    assert statuses() == {200}  # the decision of the owner stands without the finding
    assert images.annotate(image, {"decisions": b"damaged"})
    assert statuses() == {404}


@pytest.mark.medium
def test_the_longest_request_that_fits_is_taken(place: Place, image_id: str) -> None:
    """With every character escaped; the next character is too many."""
    longest = "\U0001f600" * 400
    decisions = [{"annotation_id": "a" * 16, "decision": "corrected", "value": longest}] * 50
    box = dict.fromkeys(("left", "top", "width", "height"), 0.123456789012345)
    additions = [{"kind": "label", "value": longest, "box": box, "language": "abcdefgh-abcdefgh"}] * 50
    answer = patch(place, image_id, 404, decisions=decisions, additions=additions)
    assert answer["code"] == "annotation_not_found"
    for body in (
        {"additions": [{**additions[0], "value": longest + "a"}]},
        {"additions": additions + additions[:1]},
    ):
        assert patch(place, image_id, 400, **body)["code"] == "invalid_request"


@pytest.mark.medium
def test_the_audit_tells_what_keeps_people_from_the_picture(place: Place) -> None:
    """A line of 0.06 of the height of a picture 768 high, shown 512 of its 1,024 wide: 18.4 pixels."""
    made = place.upload(samples.photo(size=(768, 1024)))
    line = Found("text", "Fish & Chips", 0.9, Box(0.1, 0.1, 0.5, 0.1), "en", {"contrast": 4.2, "height": 0.06})
    annotate(made, line)
    body = place.get(f"/v1/images/{made}/accessibility?width=512").json()
    assert (body["image_id"], body["width"], body["text_looked_for"]) == (made, 512, True)
    assert "alt" not in body
    assert body["alt_draft"].startswith("Photograph taken in ")
    assert "the text \u201cFish & Chips\u201d" in body["alt_draft"]
    findings = {one["code"]: one for one in body["findings"]}
    assert findings.keys() == {"alt_missing", "text_contrast"}
    text = findings["text_contrast"]
    assert (text["size"], text["contrast"], text["required"], text["criterion"]) == (18.4, 4.2, 4.5, "1.4.3")
    assert text["annotation_id"] == ids(place, made)["textFish & Chips0.1"]
    record = place.get(f"/v1/images/{made}").json()
    assert record["links"]["accessibility"] == f"/v1/images/{made}/accessibility"


@pytest.mark.medium
def test_the_audit_knows_the_text_alternative(place: Place) -> None:
    """It is shown, and its finding is gone."""
    made = place.upload(samples.photo())
    place.http.patch(f"{place.api}/v1/images/{made}", json={"alt": "A harbour at dawn"})
    body = place.get(f"/v1/images/{made}/accessibility").json()
    assert (body["alt"], body["findings"], body["text_looked_for"]) == ("A harbour at dawn", [], False)


@pytest.mark.medium
@pytest.mark.parametrize("width", ["0", "10001", "x", "1.5"])
def test_a_width_that_no_picture_has_is_refused(place: Place, width: str) -> None:
    made = place.upload(samples.photo())
    answer = place.http.get(f"{place.api}/v1/images/{made}/accessibility?width={width}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.medium
def test_annotations_that_cannot_be_read_are_none_and_are_made_anew(place: Place) -> None:
    """Neither the record nor its list fails with them, and every model is asked for again."""
    made = place.upload(samples.photo())
    image = images.get(made, consistent=True)
    assert image is not None
    assert images.annotate(image, {"annotations": b"none"})
    assert place.get(f"/v1/images/{made}").json()["state"] == "ready"
    body = place.get(path(made)).json()
    assert (body["models"], body["annotations"]) == ({}, [])
    standing = images.get(made, consistent=True)
    assert standing is not None
    assert pending.missing(standing) == {"text", "face", "code", "unsafe"}
    assert pending.is_stale(standing)
