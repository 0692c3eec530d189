"""Steps: models look at pictures; words and people in them are found, and a share shows blurred faces."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.image_processing.recognition.pages import FACE
from tests.journey.people import TIMEOUT, Person, wait_for, wait_same
from tests.journey.uploading import post_with_ticket

if TYPE_CHECKING:
    from tests.journey.state import Journey

MODELS_SECONDS = 300.0  # for the models of several processes to be loaded at once, and to look at the images
KINDS = {"code", "face", "text", "unsafe"}
LINE = "Lighthouse keeper"
POSTER = (960, 640)
PORTRAIT = (40, 160, 360, 480)  # of the poster: where the portrait is
HEAD = (146, 236, 246, 336)  # the face in it: `FACE_BOX` of the portrait
SHARP = {"the line": (40, 40, 560, 110), "the portrait below its face": (40, 400, 360, 480)}


def recognize(journey: Journey) -> str:
    """Find a printer's poster by a word on it and by its one face; a stranger sees the face blurred.

    The printer has an account of its own: functions that have processed an upload of the guest would know for half
    a minute only the quota that the guest had. In the end the poster is deleted for good, and models have looked
    at all other images, so that no finding comes later. Where no models look at images, do nothing and return the
    reason.
    """
    if journey.target.without_models:
        return journey.target.without_models
    target, printer, data = journey.target, Person(journey.target), poster()
    printer.sign_up()
    printer.log_in()
    kept = target.derived()
    image_id = post_with_ticket(printer, "poster.png", data)
    printer.settled(image_id)
    path = f"/v1/images/{image_id}"
    found = _looked_at(printer, image_id)
    assert found["models"].keys() == KINDS, found
    assert LINE in [one["value"] for one in found["annotations"] if one["kind"] == "text"], found
    (face,) = [one["box"] for one in found["annotations"] if one["kind"] == "face"]
    assert _holds(face, x=(HEAD[0] + HEAD[2]) / 2 / POSTER[0], y=(HEAD[1] + HEAD[3]) / 2 / POSTER[1]), face
    assert printer.get(path)["annotations"]["people"] == 1
    for query, names in {
        "text=lighthouse": ["poster.png"],
        "text=keeper&people=1": ["poster.png"],
        "people=0": [],
        "people=2%2B": [],
        "text=lightship": [],
    }.items():
        wait_same(lambda query=query: printer.names(query), names)
    _share(journey, printer, path, data)
    printer.call("DELETE", path, 204)
    printer.call("DELETE", f"/v1/trash/{image_id}", 204)
    for name in journey.ids.keys() - {"notes.jpg"}:
        _looked_at(journey.traveller, journey.ids[name])
    wait_same(lambda: printer.get("/v1/users/me/usage")["images"], 0)
    wait_same(lambda: target.derived() - kept, set())
    return ""


def poster() -> bytes:
    """Return a PNG of a line of text above a portrait."""
    image = Image.new("RGB", POSTER, "#f4efe4")
    ImageDraw.Draw(image).text((40, 40), LINE, "#1d2b3a", ImageFont.load_default(60))
    image.paste(Image.open(FACE).convert("RGB"), PORTRAIT)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _share(journey: Journey, printer: Person, path: str, original: bytes) -> None:
    """Share with blurred faces: in the file and each thumbnail the face lost its detail, and nothing else did."""
    stranger, target = journey.stranger, journey.target
    wanted = {"scope": "original", "blur": "faces"}
    made = printer.call("POST", f"{path}/shares", 201, json=wanted).json()
    assert (made["blur"], made["faces"]) == ("faces", 1), made
    link = f"/v1/shared/{made['token']}"
    address = target.address(link)
    wait_for("the copies are there", lambda: stranger.http.get(address, timeout=TIMEOUT).status_code == 200)
    assert stranger.get(link)["blur"] == "faces"
    plain = Image.open(io.BytesIO(original)).convert("RGB")
    for route in ("/file", "/thumbnail?size=small", "/thumbnail?size=medium", "/thumbnail?size=large"):
        shown = Image.open(io.BytesIO(stranger.follow(link + route).content)).convert("RGB")
        assert _difference(shown, plain, HEAD) > 20, route
        for name, area in SHARP.items():
            assert _difference(shown, plain, area) < 15, (route, name)
    printer.call("DELETE", f"{path}/shares/{made['share_id']}", 204)
    stranger.refused("GET", link, 404, "share_not_found")


def _looked_at(person: Person, image_id: str) -> Any:
    """Wait until models have looked at an image; return its annotations."""

    def looked() -> Any:
        found = person.get(f"/v1/images/{image_id}/annotations")
        return found if found["models"] else None

    return wait_for(f"models have looked at {image_id}", looked, MODELS_SECONDS)


def _holds(box: dict[str, float], x: float, y: float) -> bool:
    return 0 < x - box["left"] < box["width"] and 0 < y - box["top"] < box["height"]


def _difference(shown: Image.Image, plain: Image.Image, area: tuple[int, int, int, int]) -> float:
    """Return by how much a pixel of an area of the poster differs, the mean over its most different channel."""
    left, top, right, bottom = (round(edge * shown.width / POSTER[0]) for edge in area)
    both = [np.asarray(one, int)[top:bottom, left:right] for one in (shown, plain.resize(shown.size))]
    return float(np.abs(both[0] - both[1]).max(axis=2).mean())
