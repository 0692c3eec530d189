"""The files of an image's page: theme, pictures of the analysis, original, and the copy without private data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import designs, file_links, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.db.models import READY
from chalicelib.web import waiting
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.db.models import Image
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

SHEET_KEPT = "private, max-age=3600"  # its address has the version of the image
PICTURE_KEPT = "private, max-age=300"
SVG = ".svg"
LATE = "Making the copy takes longer than usual. Come back in a few minutes, and try again."


@page(routes, "GET", "/images/{image_id}/theme.css")
def get_theme_sheet(call: PageCall, image_id: str) -> Response:
    """Give the theme of an image as the style sheet of its page."""
    return theme_sheet(call, find_image.processed(call, image_id))


@page(routes, "GET", "/images/{image_id}/theme")
def get_theme(call: PageCall, image_id: str) -> Response:
    """Give the theme of an image as a file."""
    return designs.theme(call, find_image.processed(call, image_id), call.query(image_requests.ThemeQuery))


@page(routes, "GET", "/images/{image_id}/pictures/{name}")
def get_picture(call: PageCall, image_id: str, name: str) -> Response:
    """Give a picture of the analysis of an image."""
    return picture(call, find_image.processed(call, image_id), name)


@page(routes, "GET", "/images/{image_id}/original")
def get_original(call: PageCall, image_id: str) -> Response:
    """Lead to the file as it was uploaded, to be saved."""
    return file_links.lead_to_original(call, find_image.processed(call, image_id), save=True)


@page(routes, "GET", "/images/{image_id}/copy")
def get_copy(call: PageCall, image_id: str) -> Response:
    """Lead to the copy without private metadata, which is made when it is first asked for."""
    image = find_image.processed(call, image_id)
    if image.state != READY:
        raise Problem("file_not_available", "There is a copy only of an image that could be read.")
    try:
        return file_links.lead_to_published(call, image, image_requests.Redirected())
    except Problem as problem:
        if problem.code != "image_not_ready":
            raise
        again = waiting.again(call)
        if again is None:
            raise Problem(problem.code, LATE) from None
        problem.headers = {**problem.headers, "Refresh": again.refresh}
        raise


def theme_sheet(call: PageCall, image: Image, how_long: str = SHEET_KEPT) -> Response:
    """Answer with the theme of an image as a page's style sheet, which browsers keep."""
    asked = image_requests.ThemeQuery(format="css", contrast=call.query(page_requests.ThemeSheet).contrast)
    return _kept(designs.theme(call, image, asked), how_long)


def picture(call: PageCall, image: Image, name: str) -> Response:
    """Answer with a picture of an image's analysis, by its name with `.svg`, which browsers keep."""
    asked = call.query(image_requests.PictureQuery)
    return _kept(designs.picture(call, image, name.removesuffix(SVG), asked), PICTURE_KEPT)


def _kept(answer: Response, how_long: str) -> Response:
    answer.headers["Cache-Control"] = how_long
    return answer
