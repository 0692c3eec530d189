"""Pages for people, as HTML that works without scripts; a module for each kind of page."""

from chalicelib.routes.pages import (
    account,
    accounts,
    assets,
    image,
    image_files,
    image_shares,
    scripts,
    start,
    uploads,
)

BLUEPRINTS = (
    start.routes,
    accounts.routes,
    account.routes,
    uploads.routes,
    image.routes,
    image_files.routes,
    image_shares.routes,
    scripts.routes,
    assets.routes,
)
"""The blueprints of all pages."""
