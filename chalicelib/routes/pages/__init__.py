"""Pages for people, as HTML that works without scripts; a module for each kind of page."""

from chalicelib.routes.pages import (
    account,
    assets,
    image,
    image_alike,
    image_files,
    image_shares,
    library,
    public,
    scripts,
    second_factor,
    selection,
    sign_in,
    start,
    trash,
    uploads,
    webhook_deliveries,
    webhooks,
)

BLUEPRINTS = (
    start.routes,
    sign_in.routes,
    account.routes,
    second_factor.routes,
    image.routes,
    image_alike.routes,
    image_files.routes,
    image_shares.routes,
    library.routes,
    public.routes,
    selection.routes,
    trash.routes,
    uploads.routes,
    webhooks.routes,
    webhook_deliveries.routes,
    scripts.routes,
    assets.routes,
)
"""The blueprints of all pages."""
