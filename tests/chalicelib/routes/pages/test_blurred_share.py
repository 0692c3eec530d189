"""The form that makes a link with blurred faces: offered where faces are known, with the areas beforehand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from tests import delivery, samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_blurred_shares import annotate
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

BOX = (0.25, 0.25, 0.5, 0.5)


def test_faces_can_be_blurred_once_they_are_known(place: Place, visitor: Visitor) -> None:
    """Before, nobody is offered it; then the areas are shown on a thumbnail, larger than the boxes."""
    image_id = place.upload(samples.jpeg((640, 480)))
    assert 'name="blur"' not in visitor.get(f"/images/{image_id}").text
    annotate(image_id)
    page = visitor.get(f"/images/{image_id}").text
    assert '<input type="checkbox" name="blur" value="faces"' in page
    assert "Blur faces No faces found." in words(page)
    assert "blur-areas" not in page
    annotate(image_id, BOX)
    page = visitor.get(f"/images/{image_id}").text
    assert "Blur faces 1 face found." in words(page)
    assert 'viewBox="0 0 640 480"' in page
    assert re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', page) == [
        ("112", "84", "416", "312")  # 65 % of each side
    ]
    picture = re.search(r'<image href="([^"]*)"', page)
    assert picture
    assert requests.get(picture[1].replace("&amp;", "&"), timeout=10).headers["Content-Type"] == "image/webp"


@pytest.mark.medium
def test_the_form_makes_the_link(place: Place, visitor: Visitor) -> None:
    """Its page asks to wait, then shows the copies; the list of links says what each one shows."""
    image_id = place.upload(samples.jpeg((640, 480)))
    annotate(image_id, BOX)
    path = f"/images/{image_id}"
    made = visitor.send(path, f"{path}/shares", scope="original", blur="faces")
    plain = visitor.send(path, f"{path}/shares", scope="original")
    assert (made.status_code, plain.status_code) == (201, 201)
    assert "the picture, its thumbnails and public facts, faces blurred, until" in words(made.text)
    assert "faces blurred" not in plain.text
    listed = words(visitor.get(f"/images/{image_id}").text)
    assert listed.count("The picture, its thumbnails and public facts, faces blurred until") == 1
    assert listed.count("The picture, its thumbnails and public facts until") == 1
    address = re.search(r'value="(http[^"]*/s/[^"]*)"', made.text)
    assert address
    waiting = requests.get(address[1], timeout=10)
    assert waiting.status_code == 409
    assert "The blurred copies are being made. Try again in a moment." in words(waiting.text)
    delivery.run_jobs(place.app)
    shown = requests.get(address[1], timeout=10)
    assert shown.status_code == 200
    assert 'class="picture"' in shown.text
    assert "Faces in this picture are blurred." in words(shown.text)
    token = re.search(r"/s/([\w-]+)", plain.text)
    assert token
    assert "blurred" not in words(requests.get(f"{place.api}/s/{token[1]}", timeout=10).text)
    assert requests.get(f"{address[1]}/file", timeout=10).headers["Content-Type"] == "image/jpeg"


def test_a_form_of_another_time_is_refused(place: Place, visitor: Visitor) -> None:
    """The file was replaced since the page was opened: nobody has looked for faces in the new one."""
    image_id = place.upload(samples.jpeg())
    path = f"/images/{image_id}"
    answer = visitor.send(path, f"{path}/shares", scope="original", blur="faces")
    assert answer.status_code == 409
    assert "No model has looked for faces in this image." in words(answer.text)
