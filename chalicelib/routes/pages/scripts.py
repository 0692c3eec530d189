"""The API as the pages' scripts call it: by session cookie and form token, under `/_` in place of `/v1`."""

from __future__ import annotations

from chalice import Blueprint

from chalicelib.api.endpoint import ROUTES
from chalicelib.routes import bulk, catalogue, images, shares, trash
from chalicelib.web.page import for_scripts

routes = Blueprint(__name__)

OFFERED = (
    images.post_images,
    images.get_image,
    images.patch_image,
    images.delete_image,
    bulk.act_on_images,
    catalogue.list_changes,
    shares.post_share,
    shares.delete_share,
    trash.restore_image,
)
"""The views that scripts may call."""

for _route in ROUTES:
    if _route.view in OFFERED:
        for_scripts(routes, _route, __name__)
