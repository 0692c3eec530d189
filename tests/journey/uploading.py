"""Steps: images arrive, by a ticket, by the command line of AWS, as a body; their records, themes and pictures."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import requests
from PIL import Image

from tests.journey.people import TIMEOUT, wait_for, wait_same
from tests.journey.state import CRIMSON, sha256

if TYPE_CHECKING:
    from tests.journey.people import Person
    from tests.journey.state import Journey

THEMES = {  # format: media type, and a text that no other format has
    "css": ("text/css; charset=utf-8", "light-dark("),
    "tailwind": ("text/css; charset=utf-8", "@theme static {"),
    "dtcg": ("application/design-tokens+json", '"version": "2025.10"'),
    "figma&mode=light": ("application/design-tokens+json", '"$type": "color"'),
    "json": ("application/json", '"seeds": {'),
    "contrast": ("application/json", '"passes": true,'),
    "contrast-page": ("text/html; charset=utf-8", "<!doctype html>"),
}
PICTURES = {"clusters", "edges", "histogram", "luminosity", "palette", "placement", "theme"}
THUMBNAILS = {"small": (256, 170), "medium": (640, 426), "large": (1280, 853)}  # of 1600 x 1066


def post_with_ticket(person: Person, name: str, data: bytes) -> str:
    """Ask for a ticket and post the file to S3; return the image's id."""
    (ticket,) = person.call("POST", "/v1/images", 201, json={"images": [{"filename": name}]}).json()["images"]
    assert person.get(f"/v1/images/{ticket['image_id']}")["state"] == "expected"
    form = ticket["upload"]
    answer = requests.post(form["url"], data=form["fields"], files={"file": data}, timeout=TIMEOUT)
    assert answer.status_code in (200, 201, 204), answer.text
    return str(ticket["image_id"])


def copy_with_aws(person: Person, name: str, data: bytes, **metadata: str) -> str:
    """Copy a file into the bucket by the command line of AWS; return the image's id, once a list has it."""
    target, key = person.target, f"uploads/{person.owner}/{name}"
    told = ",".join(f"{one}={value}" for one, value in metadata.items())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(data)
        options = ["--metadata", told] if told else []
        target.command("s3", "cp", str(file), f"s3://{target.bucket}/{key}", *options)
    return str(wait_for(f"{name} is listed", lambda: _listed(person, key)))


def send_as_body(person: Person, name: str, data: bytes, content_type: str) -> str:
    """Send a file to the API itself; return the image's id."""
    path, told = f"/v1/images?filename={name}", {"Content-Type": content_type}
    sent = person.call("POST", path, 202, data=data, headers=told)
    assert sent.headers["Location"].endswith(f"/v1/images/{sent.json()['image_id']}"), sent.headers
    return str(sent.json()["image_id"])


def upload(journey: Journey) -> None:
    """Send six files by three ways; five are ready, one is refused with its reason."""
    person, files, ids = journey.traveller, journey.files, journey.ids
    ids["harbour.jpg"] = post_with_ticket(person, "harbour.jpg", files["harbour.jpg"])
    ids["photo.jpg"] = copy_with_aws(person, "photo.jpg", files["photo.jpg"], **{"janus-profile": "full"})
    ids["dunes.webp"] = send_as_body(person, "dunes.webp", files["dunes.webp"], "image/webp")
    for name in ("crimson.png", "twin.jpg", "notes.jpg"):
        ids[name] = post_with_ticket(person, name, files[name])
    for name in ids.keys() - {"notes.jpg"}:
        record = person.settled(ids[name])
        assert (record["name"], record["size"]) == (name, len(files[name])), record
        assert record["sha256"] == sha256(files[name]), record
    assert person.settled(ids["notes.jpg"], "failed")["code"] == "not_an_image"


def replace_and_remove(journey: Journey) -> None:
    """Copy another file over a guest's image, then remove it, both by the command line: the record follows."""
    guest, target = journey.guest, journey.target
    image_id = copy_with_aws(guest, "mine.jpg", journey.files["twin.jpg"])
    first = guest.settled(image_id)
    assert copy_with_aws(guest, "mine.jpg", journey.files["harbour.jpg"]) == image_id
    path, digest = f"/v1/images/{image_id}", sha256(journey.files["harbour.jpg"])
    second = wait_for("the record is of the new file", lambda: _with_digest(guest.get(path), digest))
    assert (second["width"], second["height"]) == (1600, 1066), second
    assert second["revision"] != first["revision"], second
    target.command("s3", "rm", f"s3://{target.bucket}/uploads/{guest.owner}/mine.jpg")
    wait_for("the image is gone", lambda: guest.http.get(target.address(path), timeout=TIMEOUT).status_code == 404)
    guest.refused("GET", path, 404, "image_not_found")
    wait_same(lambda: guest.names("text=mine.jpg"), [])


def records(journey: Journey) -> None:
    """Read what two files say of themselves, the original back, and the record again by its ETag."""
    person, path = journey.traveller, journey.image("harbour.jpg")
    answer = person.call("GET", path)
    record = answer.json()
    assert (record["format"], record["width"], record["height"]) == ("JPEG", 1600, 1066), record
    assert (record["taken"], record["taken_offset"]) == ("2024-09-14T19:42:31", "+02:00"), record
    read = record["metadata"]
    assert read["camera"] == {"make": "Janus", "model": "Two-Faced 1", "lens_model": "Janus 35mm F2"}, read
    position = {"gps_latitude": 53.5436, "gps_longitude": 9.9667, "gps_country_code": "DE", "gps_city": "Hamburg"}
    assert position.items() <= read["place"].items(), read
    assert (read["time"]["time_zone"], read["exposure"]["iso"]) == ("Europe/Berlin", 400), read
    assert read["description"]["keywords"] == ["harbour", "boats", "dusk"], read
    person.call("GET", path, 304, headers={"If-None-Match": answer.headers["ETag"]})
    raw = person.get(f"{path}/tags")
    assert "Two-Faced 1" in str(raw), raw
    assert person.follow(f"{path}/original").content == journey.files["harbour.jpg"]
    photo = person.get(journey.image("photo.jpg"))
    assert (photo["width"], photo["height"]) == (240, 320), photo  # it lies on its side
    assert photo["metadata"]["time"]["taken_at"] == "2026-01-09T12:30:15.25+01:00", photo
    assert photo["metadata"]["time"]["time_zone"] == "Europe/Rome", photo
    masks = Image.open(io.BytesIO(person.follow(f"{journey.image('photo.jpg')}/masks").content))
    assert masks.format == "PNG"
    person.refused("GET", f"{path}/masks", 404, "masks_not_available")  # of the profile `full` only
    assert person.get(journey.image("crimson.png"))["dominant"] == CRIMSON
    journey.guest.refused("GET", path, 404, "image_not_found")


def themes(journey: Journey) -> None:
    """Make a theme in every format, every picture, and every thumbnail."""
    person, path = journey.traveller, journey.image("harbour.jpg")
    for query, (content_type, sign) in THEMES.items():
        answer = person.call("GET", f"{path}/theme?format={query}")
        assert answer.headers["Content-Type"] == content_type, answer.headers
        assert sign in answer.text, (query, answer.text[:200])
        person.call("GET", f"{path}/theme?format={query}", 304, headers={"If-None-Match": answer.headers["ETag"]})
    person.refused("GET", f"{path}/theme?format=figma", 400, "invalid_request")
    report = person.get(f"{path}/theme?format=contrast&contrast=aaa")
    assert (report["level"], report["passes"]) == ("AAA", True), report["level"]
    record = person.get(path)
    assert record["pictures"].keys() == PICTURES, record["pictures"]
    drawn = {name: person.call("GET", told["href"]) for name, told in record["pictures"].items()}
    for name, answer in drawn.items():
        assert answer.headers["Content-Type"] == "image/svg+xml", (name, answer.headers)
        assert ET.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg", name
    palette = person.call("GET", f"{journey.image('crimson.png')}/pictures/palette").text
    assert f"{CRIMSON} 100 %" in palette, palette[:600]
    for size, pixels in THUMBNAILS.items():
        assert _opened(person.follow(record["thumbnails"][size]["href"])) == ("WEBP", pixels), size
    card = next(one for one in person.pages("/v1/images") if one["name"] == "harbour.jpg")
    told = card["thumbnails"]["small"]
    assert _opened(requests.get(told["url"], timeout=TIMEOUT)) == ("WEBP", (256, 170)), told


def _with_digest(record: dict[str, Any], digest: str) -> dict[str, Any] | None:
    return record if record["sha256"] == digest else None


def _listed(person: Person, key: str) -> str | None:
    found = [image["image_id"] for image in person.pages("/v1/images?limit=100") if image["key"] == key]
    return found[0] if found else None


def _opened(answer: requests.Response) -> tuple[Any, tuple[int, int]]:
    image = Image.open(io.BytesIO(answer.content))
    return image.format, image.size
