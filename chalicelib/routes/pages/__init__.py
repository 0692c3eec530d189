"""Pages for people, as HTML that works without scripts; a module for each kind of page."""

from chalicelib.routes.pages import account, accounts, assets, scripts, start, uploads

BLUEPRINTS = (start.routes, accounts.routes, account.routes, uploads.routes, scripts.routes, assets.routes)
"""The blueprints of all pages."""
