"""Public images, and the images of share links, as pages that need no account and no cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.api import file_links
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image, thumbnails
from chalicelib.api.schemas import image_requests
from chalicelib.api.security import rate_limit
from chalicelib.routes.pages import image_files
from chalicelib.web.image import public
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.api.presenters.public_image import Shown
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

KEPT = "private, max-age=60"  # a link that is taken back shows nothing a minute later
SECRET = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}  # of pages whose address is a secret


@page(routes, "GET", "/p/{image_id}", stateless=True, rate=rate_limit.SHARED)
def get_public(call: PageCall, image_id: str) -> Response:
    """Show a public image."""
    return _shown(call, public_image.public(image_id), f"/p/{image_id}", indexed=True)


@page(routes, "GET", "/p/{image_id}/theme.css", stateless=True, rate=rate_limit.SHARED)
def get_public_theme(call: PageCall, image_id: str) -> Response:
    """Give the theme of a public image as the style sheet of its page."""
    return image_files.theme_sheet(call, public_image.public(image_id).image, image_files.PICTURE_KEPT)


@page(routes, "GET", "/p/{image_id}/file", stateless=True, rate=rate_limit.SHARED)
def get_public_file(call: PageCall, image_id: str) -> Response:
    """Lead to the published copy of a public image, to be saved."""
    return _file(call, public_image.public(image_id))


@page(routes, "GET", "/s/{token}", stateless=True, rate=rate_limit.SHARED, headers=SECRET)
def get_shared(call: PageCall, token: str) -> Response:
    """Show the image of a share link."""
    return _shown(call, public_image.shared(token), f"/s/{token}", indexed=False)


@page(routes, "GET", "/s/{token}/theme.css", stateless=True, rate=rate_limit.SHARED, headers=SECRET)
def get_shared_theme(call: PageCall, token: str) -> Response:
    """Give the theme of a shared image as the style sheet of its page."""
    return image_files.theme_sheet(call, public_image.shared(token).image, image_files.PICTURE_KEPT)


@page(routes, "GET", "/s/{token}/file", stateless=True, rate=rate_limit.SHARED, headers=SECRET)
def get_shared_file(call: PageCall, token: str) -> Response:
    """Lead to the published copy of a shared image, to be saved, where the link is for that, too."""
    return _file(call, public_image.shared(token))


def _shown(call: PageCall, shown: Shown, path: str, *, indexed: bool) -> Response:
    record = public_image.record(call, shown)
    made = record["thumbnails"]
    largest: Any = next((made[size] for size in thumbnails.LARGEST_FIRST if size in made), None)
    address = call.origin + call.link(path)
    context: dict[str, Any] = {
        **public.words(record),
        "thumbnails": made,
        "width": record.get("width"),
        "height": record.get("height"),
        "placeholder": record["placeholder"]["css"] if "placeholder" in record else "",
        "address": address,
        "embedding": f"{call.origin}{call.link('/oembed')}?{urlencode({'url': address, 'format': 'json'})}",
        "preview": largest and {**largest, "address": call.origin + largest["href"]},
        "indexed": indexed,
        "sheet": call.link(f"{path}/theme.css") if "theme" in record["links"] else "",
        "download": call.link(f"{path}/file") if shown.with_file else "",
    }
    return call.render("public_image.html", headers={"Cache-Control": KEPT}, **context)


def _file(call: PageCall, shown: Shown) -> Response:
    if not shown.with_file:
        raise Problem("file_not_available", "This link shows the picture, and does not give its file away.")
    name = public.file_name(public_image.record(call, shown))
    return file_links.lead_to_published(call, shown.image, image_requests.Redirected(), name, copies=shown.blurred)
