"""Share links of the caller's images: create, list, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalice import Blueprint, Response

from chalicelib.api import find_image, share_links
from chalicelib.api.endpoint import endpoint
from chalicelib.api.schemas import image_requests, image_responses
from chalicelib.api.security.access import Access
from chalicelib.catalogue.index import blurred_copies
from chalicelib.db import keys, shares

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import Image, Share

routes = Blueprint(__name__)


@endpoint(
    routes,
    "POST",
    "/v1/images/{image_id}/shares",
    Access.WRITE,
    answers={201: image_responses.NewShare},
    problems=["image_not_found", "too_many_shares", "faces_not_known"],
    replayed=False,
)
def post_share(call: Call, image_id: str, body: image_requests.ShareRequest) -> Response:
    """Create a share link to an image; only this answer shows its token, which is stored as a hash.

    The link shows the public record and the thumbnails, with the scope `original` also the published copy. With
    `blur` it shows copies instead in which every face of the image's annotations is blurred, and no original.
    """
    image, share, token = share_links.make(call, image_id, body)
    shown: image_responses.NewShare = {**_view(call, image, share), "token": token}
    shown["links"]["shared"] = call.link(f"/v1/shared/{token}")
    return call.answer(shown, status=201)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/shares",
    Access.READ,
    answers={200: image_responses.Shares},
    problems=["image_not_found"],
)
def list_shares(call: Call, image_id: str) -> Response:
    """List the valid share links of an image, oldest first."""
    image = find_image.own(call, image_id)
    answer: image_responses.Shares = {"shares": [_view(call, image, share) for share in shares.of(image)]}
    return call.answer(answer)


@endpoint(
    routes,
    "DELETE",
    "/v1/images/{image_id}/shares/{share_id}",
    Access.WRITE,
    answers={204: None},
    problems=["image_not_found", "share_not_found"],
)
def delete_share(call: Call, image_id: str, share_id: str) -> Response:
    """Revoke a share link; it stops working at once.

    File addresses that the link gave out before work until they expire, after minutes.
    """
    share_links.revoke(call, image_id, share_id)
    return call.done()


def _view(call: Call, image: Image, share: Share) -> image_responses.Share:
    own = call.link(f"/v1/images/{image.image_id}/shares/{share.share_id}")
    blurred: dict[str, Any] = {}
    if share.blur:
        faces = blurred_copies.boxes(image)
        blurred = {"blur": share.blur} if faces is None else {"blur": share.blur, "faces": len(faces)}
    view = {
        "share_id": share.share_id,
        "scope": share.scope,
        **blurred,
        "created": share.created,
        "expires": keys.timestamp(share.expires),
        "links": {"self": own},
    }
    return cast("image_responses.Share", view)
