"""Thumbnails and placeholders of images, for their owners and for others."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from chalicelib import presigned
from image_processing import thumbhash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.schemas import image_responses
    from chalicelib.catalogue.index.cards import Card

LARGEST_FIRST = ("large", "medium", "small")
"""The names of thumbnails."""


def signed(card: Card, window: int) -> dict[str, image_responses.SignedThumbnail]:
    """Return the thumbnails of a card, with addresses of a window (`presigned.OWNER`, `presigned.OTHERS`).

    There are none for an image without, nor for one that was last processed before cards told of them.
    """
    sign = presigned.signer(window)
    return {
        name: {"url": sign(key), "width": size.width, "height": size.height}
        for name, (key, size) in card.thumbnails().items()
    }


def placeholder(card: Card) -> image_responses.CardPlaceholder | None:
    """Return the placeholders of a card; None where its pixels were not analysed."""
    data = card.facts.thumbhash
    if data is None:
        return None
    return {"thumbhash": base64.b64encode(data).decode(), "css": thumbhash.gradient(data)}


def routes(described: Mapping[str, Any], base: str) -> dict[str, image_responses.Thumbnail]:
    """Return the thumbnails that a record's document describes, of an image that is served at `base`.

    A record has no signed addresses: it has an ETag, by which an edit names the state that it changes, and which
    must not differ an hour later.
    """
    return {
        name: {"width": item["width"], "height": item["height"], "href": f"{base}/thumbnail?size={name}"}
        for name, item in described.items()
    }


def published(described: Mapping[str, Any], base: str) -> dict[str, image_responses.PublishedThumbnail]:
    """Return the same for others, who edit nothing: with addresses that work for minutes."""
    sign = presigned.signer(presigned.OTHERS)
    return {
        name: {**thumbnail, "url": sign(described[name]["key"])}
        for name, thumbnail in routes(described, base).items()
    }
