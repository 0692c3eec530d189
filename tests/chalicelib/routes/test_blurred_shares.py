"""Share links with blurred faces over HTTP: no face is in any file, and nothing of the original is shown."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import requests
from PIL import Image

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import annotation_codec, images, keys
from chalicelib.db.annotation_codec import Box, Findings, Found
from image_processing.recognition import recognize
from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.image_processing.recognition.pages import FACE, FACE_BOX

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["place"]

NAME = Found("label", "Eileen Collins", 0.9)
ROUTES = ("", "/thumbnail", "/file", "/theme", "/pictures/palette")


def portrait(side: int = 300) -> bytes:
    """Return a JPEG of a face, with the picture as its embedded preview, and with metadata that names people."""
    small = io.BytesIO()
    picture = Image.open(FACE).convert("RGB")
    picture.resize((160, 160)).save(small, "JPEG")
    told = Image.open(io.BytesIO(samples.telling())).getexif()
    told[0x0112] = 1
    out = io.BytesIO()
    picture.resize((side, side), Image.Resampling.BICUBIC).save(out, "JPEG", quality=95, exif=told.tobytes())
    return out.getvalue() + small.getvalue()


def annotate(image_id: str, *boxes: tuple[float, ...], models: dict[str, str] | None = None) -> None:
    """Write faces and a name beside a record, as recognition does."""
    image = images.get(image_id, consistent=True)
    assert image is not None
    faces = tuple(Found("face", "", 0.9, Box(*box)) for box in boxes)
    known = {"face": "finder/1", "label": "namer/1"} if models is None else models
    findings = Findings(str(image.sha256), known, (*faces, NAME))
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(findings)})


@pytest.fixture
def image_id(place: Place) -> str:
    """Return an image in which one face is found."""
    made = place.upload(portrait())
    annotate(made, FACE_BOX)
    return made


def share(place: Place, image_id: str, status: int = 201, **body: Any) -> Any:
    answer = place.http.post(f"{place.api}/v1/images/{image_id}/shares", json={"blur": "faces", **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def get(place: Place, made: Any, path: str = "") -> requests.Response:
    """Ask as the holder of a link."""
    return requests.get(f"{place.api}/v1/shared/{made['token']}{path}", timeout=10)


def served(place: Place, made: Any) -> Iterator[bytes]:
    """Yield every file that a link leads to: by redirects, and by the addresses of its record."""
    record = get(place, made).json()
    assert set(record["thumbnails"]) == {"small", "medium", "large"}
    for size, one in record["thumbnails"].items():
        for answer in (get(place, made, f"/thumbnail?size={size}"), requests.get(one["url"], timeout=10)):
            assert answer.headers["Content-Type"] == "image/webp"
            assert Image.open(io.BytesIO(answer.content)).size == (one["width"], one["height"])
            yield answer.content
    if "file" in record["links"]:
        answer = get(place, made, "/file")
        assert answer.headers["Content-Type"] == "image/jpeg"
        yield answer.content


def faces_shown(place: Place, made: Any) -> int:
    """Return how many faces are in the files of a link, in each as many, in a small and in a large one."""
    files = list(served(place, made))
    (number,) = {faces_in(one) for one in (files[0], files[-1])}
    return number


@cache
def faces_in(data: bytes) -> int:
    """Return how many faces recognition finds in a file."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.thumbnail((1280, 1280))
    return len(recognize(np.asarray(picture), ["face"]))


@pytest.mark.medium
@pytest.mark.parametrize(
    "side", [240, pytest.param(300, marks=pytest.mark.slow), pytest.param(1400, marks=pytest.mark.slow)]
)
def test_no_face_is_in_any_file(place: Place, side: int) -> None:
    """Before, one was in each size; outside of the box the picture is the same."""
    image_id = place.upload(portrait(side))
    annotate(image_id, FACE_BOX)
    made = share(place, image_id, scope="original")
    assert (made["blur"], made["faces"], made["scope"]) == ("faces", 1, "original")
    delivery.run_jobs(place.app)
    original = place.http.get(f"{place.api}/v1/images/{image_id}/original").content
    assert faces_in(original) == 1
    for size in ("small", "medium", "large"):
        assert faces_in(place.http.get(f"{place.api}/v1/images/{image_id}/thumbnail?size={size}").content) == 1
    files = list(served(place, made))
    assert len(files) == 7
    for data in files:
        assert faces_in(data) == 0
        assert data.count(b"\xff\xd8\xff") == data.startswith(b"\xff\xd8")  # no picture in the picture
        assert not any(secret.encode() in data for secret in samples.SECRETS.values())
        shown = Image.open(io.BytesIO(data)).convert("RGB")
        plain = Image.open(io.BytesIO(original)).convert("RGB").resize(shown.size)
        difference = np.abs(np.asarray(shown).astype(int) - np.asarray(plain)).max(axis=2)
        left, top, width, height = FACE_BOX
        box = [round(edge * shown.width) for edge in (left, top, left + width, top + height)]
        assert np.median(difference[box[1] : box[3], box[0] : box[2]]) > 15
        assert np.percentile(difference[: box[1] // 2], 95) < 15
    assert Image.open(io.BytesIO(files[-1])).size == (side, side)


@pytest.mark.medium
def test_nothing_of_the_original_is_told(place: Place, image_id: str) -> None:
    """No name, no key, no derived file of the original, and nothing of the analysis but its colours."""
    made = share(place, image_id, scope="original")
    delivery.run_jobs(place.app)
    image = images.get(image_id, consistent=True)
    assert image is not None
    record = get(place, made).json()
    assert set(record) == {"blur", "format", "width", "height", "metadata", "analysis", "thumbnails", "links"}
    assert record["blur"] == "faces"
    assert set(record["analysis"]) <= {"palette", "dominant", "average", "vivid", "muted", "accent"}
    assert {key for swatch in record["analysis"]["palette"] for key in swatch} == {
        *("hex", "oklch", "lab", "share", "name", "css_name"),
    }
    assert set(record["links"]) == {"self", "thumbnail", "theme", "file"}
    answers = [
        get(place, made, path) for path in ("", "/theme", "/thumbnail?redirect=false", "/file?redirect=false")
    ]
    token, page = made["token"], f"{place.api}/s/{made['token']}"
    answers += [requests.get(url, timeout=10) for url in (page, f"{place.api}/oembed?url={page}")]
    assert all(answer.ok for answer in answers)
    told = unquote(" ".join(f"{answer.headers} {answer.text}" for answer in answers))
    folder = keys.derived_folder(image_id, str(image.sequencer), str(image.sha256))
    own = [item.key for item in storage.list_objects(folder)]
    assert len(own) == 7
    plain = {f"{folder}{size}.webp" for size in ("small", "medium", "large")}
    assert not [secret for secret in (*plain, image.key, image_id, "Collins", "annotation") if secret in told]
    copies = {urlsplit(one["url"]).path.partition("/derived/")[2] for one in record["thumbnails"].values()}
    assert {f"derived/{one}" for one in copies} <= {key for key in own if key not in plain}
    for name in ("palette", "placement", "edges"):
        answer = get(place, made, f"/pictures/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "analysis_not_available")
    assert requests.get(f"{place.api}/s/{token}/file", timeout=10).headers["Content-Type"] == "image/jpeg"


@pytest.mark.medium
def test_a_link_for_thumbnails_has_no_file(place: Place, image_id: str) -> None:
    """As without blurred faces; a link beside it, which blurs nothing, shows the picture as it is."""
    made, plain = share(place, image_id), share(place, image_id, blur=None)
    delivery.run_jobs(place.app)
    assert len(list(served(place, made))) == 6
    answer = get(place, made, "/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_available")
    assert not {"blur", "faces"} & set(plain)
    assert faces_in(get(place, plain, "/thumbnail?size=large").content) == 1
    assert "placeholder" in get(place, plain).json()
    listed = place.get(f"/v1/images/{image_id}/shares").json()["shares"]
    assert [(one.get("blur"), one.get("faces")) for one in listed] == [("faces", 1), (None, None)]


def is_waiting(place: Place, made: Any) -> bool:
    """Tell whether a link asks to wait, at every route and on its page."""
    token = made["token"]
    answers = [get(place, made, path) for path in ROUTES]
    answers.append(requests.get(f"{place.api}/oembed?url={place.api}/s/{token}", timeout=10))
    pages = [requests.get(f"{place.api}/s/{token}{path}", timeout=10) for path in ("", "/file", "/theme.css")]
    assert len({answer.status_code for answer in (*answers, *pages)}) == 1
    return all(answer.status_code == 409 and answer.json()["code"] == "image_not_ready" for answer in answers)


@pytest.mark.medium
def test_a_link_waits_for_its_copies(place: Place, image_id: str) -> None:
    """409 with Retry-After at every route; however often one asks, one more job is queued for it."""
    made = share(place, image_id, scope="original")
    assert get(place, made).headers["Retry-After"] == "1"
    assert is_waiting(place, made)
    assert is_waiting(place, made)
    waiting = delivery.receive(settings().jobs_queue)
    assert len(waiting) == 2
    for one in waiting:
        assert delivery.give(place.app, one, function="run_job") == []
    assert not is_waiting_any(place, made)


def is_waiting_any(place: Place, made: Any) -> bool:
    """Tell whether any route asks to wait."""
    return any(get(place, made, path).status_code == 409 for path in ROUTES)


@pytest.mark.medium
@pytest.mark.parametrize(
    "change",
    ["add", pytest.param("remove", marks=pytest.mark.slow), pytest.param("undo all", marks=pytest.mark.slow)],
)
def test_corrected_boxes_are_blurred_anew(place: Place, image_id: str, change: str) -> None:
    """The old copies are deleted, so that no address leads there; the new ones are made unasked."""
    made = share(place, image_id, scope="original")
    delivery.run_jobs(place.app)
    before = get(place, made).json()["thumbnails"]["large"]["url"]
    path = f"{place.api}/v1/images/{image_id}/annotations"
    found = next(one for one in place.http.get(path).json()["annotations"] if one["kind"] == "face")
    removed = {"annotation_id": found["annotation_id"], "decision": "removed"}
    added = {"kind": "face", "box": {"left": 0.0, "top": 0.75, "width": 0.25, "height": 0.25}}
    if change == "undo all":
        assert place.http.delete(path).ok
    else:
        body = {"additions": [added]} if change == "add" else {"decisions": [removed]}
        assert place.http.patch(path, json=body).ok
    delivery.run_jobs(place.app)  # before anybody opens the link
    assert requests.get(before, timeout=10).status_code in (403, 404)
    listed = place.get(f"/v1/images/{image_id}/shares").json()["shares"]
    if change == "undo all":
        assert is_waiting(place, made)  # nobody knows of any face now
        assert "faces" not in listed[0]
        return
    assert listed[0]["faces"] == (2 if change == "add" else 0)
    assert faces_shown(place, made) == (0 if change == "add" else 1)  # of which the owner says that it is none


@pytest.mark.medium
def test_old_copies_are_not_shown_while_new_ones_are_made(place: Place, image_id: str) -> None:
    """From the moment at which a box is added or removed."""
    made = share(place, image_id, scope="original")
    delivery.run_jobs(place.app)
    assert not is_waiting_any(place, made)
    added = {"kind": "face", "box": {"left": 0.0, "top": 0.75, "width": 0.25, "height": 0.25}}
    path = f"{place.api}/v1/images/{image_id}/annotations"
    assert place.http.patch(path, json={"additions": [added]}).ok
    assert is_waiting(place, made)
    delivery.run_jobs(place.app)
    assert not is_waiting_any(place, made)


@pytest.mark.medium
def test_a_face_that_a_model_finds_later_is_blurred(place: Place, image_id: str) -> None:
    """The link waits as soon as the finding is written, and has the copies made by itself."""
    annotate(image_id)
    made = share(place, image_id)
    assert made["faces"] == 0
    delivery.run_jobs(place.app)
    assert faces_shown(place, made) == 1
    annotate(image_id, FACE_BOX)
    assert is_waiting(place, made)
    delivery.run_jobs(place.app)
    assert faces_shown(place, made) == 0


@pytest.mark.medium
def test_a_new_object_shows_nothing_until_it_is_looked_at(place: Place, image_id: str) -> None:
    """Its faces are not known, although those of the object before it were."""
    made = share(place, image_id)
    delivery.run_jobs(place.app)
    image = images.get(image_id, consistent=True)
    assert image is not None
    storage.put(image.key, portrait(700), "image/jpeg")
    delivery.deliver(place.app)
    assert is_waiting(place, made)
    delivery.run_jobs(place.app)
    assert is_waiting(place, made)
    annotate(image_id, FACE_BOX)
    assert is_waiting(place, made)
    delivery.run_jobs(place.app)
    assert faces_shown(place, made) == 0


@pytest.mark.medium
@pytest.mark.parametrize("looked_for", [None, "text"])
def test_faces_that_nobody_looked_for_cannot_be_blurred(place: Place, looked_for: str | None) -> None:
    """409 until a model has, or the owner draws a box."""
    made = place.upload(portrait(400))
    if looked_for:
        annotate(made, models={looked_for: "reader/1"})
    refused = share(place, made, 409)
    assert refused["code"] == "faces_not_known"
    assert place.get(f"/v1/images/{made}/shares").json()["shares"] == []
    left, top, width, height = FACE_BOX
    own = {"kind": "face", "box": {"left": left, "top": top, "width": width, "height": height}}
    assert place.http.patch(f"{place.api}/v1/images/{made}/annotations", json={"additions": [own]}).ok
    link = share(place, made)
    assert link["faces"] == 1
    delivery.run_jobs(place.app)
    assert faces_shown(place, link) == 0


@pytest.mark.medium
def test_copies_end_with_their_last_link(place: Place, image_id: str) -> None:
    """And not before."""
    first, second = share(place, image_id), share(place, image_id)
    plain = share(place, image_id, blur=None)
    delivery.run_jobs(place.app)
    address = get(place, first).json()["thumbnails"]["small"]["url"]
    for made, status in ((first, {200}), (plain, {200}), (second, {403, 404})):
        assert place.http.delete(place.api + made["links"]["self"]).status_code == 204
        delivery.run_jobs(place.app)
        assert requests.get(address, timeout=10).status_code in status
    assert [item.key for item in storage.list_objects(keys.derived_prefix(image_id)) if "file" in item.key] == []
    made = share(place, image_id)
    delivery.run_jobs(place.app)
    assert len(list(served(place, made))) == 6


@pytest.mark.medium
def test_the_trash_ends_the_link_and_takes_the_copies(place: Place, image_id: str) -> None:
    """Restored, the image has neither, and can be shared once more."""
    made = share(place, image_id)
    delivery.run_jobs(place.app)
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    assert list(storage.list_objects(keys.derived_prefix(image_id))) == []
    assert get(place, made).status_code == 404
    delivery.deliver(place.app)
    assert place.http.post(f"{place.api}/v1/trash/{image_id}/restore").ok
    delivery.deliver(place.app)
    assert get(place, made).status_code == 404
    annotate(image_id, FACE_BOX)
    again = share(place, image_id)
    delivery.run_jobs(place.app)
    assert faces_shown(place, again) == 0


@pytest.mark.medium
def test_a_file_that_could_not_be_read_has_no_such_link(place: Place) -> None:
    """409: nobody looks for faces in it."""
    made = place.upload(portrait(300)[:4000])
    assert place.get(f"/v1/images/{made}").json()["state"] == "failed"
    assert share(place, made, 409)["code"] == "faces_not_known"


@pytest.mark.medium
def test_pixels_that_cannot_be_decoded_are_not_shown(place: Place) -> None:
    """404 at every route, although the owner drew a box: there is nothing to blur it in."""
    key = f"uploads/{place.owner}/broken.jpg"
    storage.put(key, samples.photo()[:900], "image/jpeg", storage.Noted("metadata"))
    delivery.deliver(place.app)
    image_id = keys.image_id(settings().images_bucket, key)
    annotate(image_id, FACE_BOX)
    made = share(place, image_id, scope="original")
    delivery.run_jobs(place.app)
    for path in ROUTES:
        answer = get(place, made, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_available")


@pytest.mark.parametrize("blur", ["face", "", ["faces"], True, 1])
def test_nothing_else_is_blurred(place: Place, image_id: str, blur: Any) -> None:
    """400."""
    assert share(place, image_id, 400, blur=blur)["code"] == "invalid_request"


def test_nobody_else_may_blur(place: Place, image_id: str, other_user: Any) -> None:
    """404, as for every image of others."""
    address = f"{place.api}/v1/images/{image_id}/shares"
    answer = other_user.http.post(address, data=json.dumps({"blur": "faces"}))
    assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")
