"""How records look to a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from chalicelib import presigned
from chalicelib.api.presenters import image_annotations, thumbnails
from chalicelib.api.schemas.image_requests import PICTURES
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.index import image_annotations as index
from chalicelib.db import document_codec, keys
from chalicelib.db.models import EXPECTED, PUBLIC, READY, REFUSALS
from image_processing import enumerations

if TYPE_CHECKING:
    from msgspec import Raw

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import catalogue_responses, image_responses
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.change_feed import Change
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.db.models import Image


def summary(call: Call, card: Card) -> image_responses.Card:
    """Return a card as a list shows it to the image's owner: with addresses of its thumbnails."""
    return {**described(call, card), "thumbnails": thumbnails.signed(card, presigned.OWNER)}


def described(call: Call, card: Card) -> image_responses.Summary:
    """Return a card without addresses, which other people and later hours have others of."""
    shown = {
        "image_id": card.image_id,
        "state": card.state,
        "name": card.name,
        "key": card.key,
        "uploaded": card.uploaded,
        "taken": card.facts.taken,
        "taken_offset": card.facts.taken_offset,
        "size": card.size,
        "format": card.format,
        "width": card.width,
        "height": card.height,
        "dominant": card.facts.dominant,
        "placeholder": thumbnails.placeholder(card),
        "code": card.code,
        "title": card.title,
        "alt": card.alt,
        "tags": card.tags,
        "visibility": card.visibility,
    }
    return cast("image_responses.Summary", {**present(shown), "links": _links(call, card)})


def record(call: Call, image: Image, annotations: Annotations | None = None) -> image_responses.Record:
    """Return the whole record of an image; the large parts of its document are the JSON that they are.

    A caller that has read the image's annotations passes them.
    """
    document = document_codec.parts(image.document)
    short: dict[str, Any] = {**described(call, cards.card(image))}
    links = short.pop("links")
    shown: dict[str, Any] = {
        "alt": image.alt,  # all of it
        "owner": image.owner,
        "description": image.description,
        "revision": image.sequencer.rstrip("0") if image.sequencer else None,
        "changed": image.changed,
        "expires": keys.timestamp(image.expires) if image.expires else None,
        "reason": image.reason,
        "interrupted": image.interrupted,
        "sha256": image.sha256,
        "mime_type": image.mime_type,
        "metadata": document.get("metadata"),
        "words": enumerations.words(_read(document, "metadata", {})) or None,
        "analysis": document.get("analysis"),
        "origins": document.get("origins"),
        "conflicts": _read(document, "conflicts", ()) or None,
        "warnings": [{"code": code, "detail": detail} for code, detail in _read(document, "warnings", ())] or None,
        "annotations": image_annotations.summary(annotations or index.of(image)),
        "thumbnails": thumbnails.routes(_read(document, "thumbnails", {}), links["self"]),
    }
    if "analysis" in document:
        links["theme"] = f"{links['self']}/theme"
        shown["pictures"] = {name: {"href": f"{links['self']}/pictures/{name}"} for name in PICTURES}
    if "masks" in document:
        links["masks"] = f"{links['self']}/masks"
    return cast("image_responses.Record", {**short, **present(shown), "links": links})


def change(told: Change) -> catalogue_responses.Change:
    """Return a change as its list shows it."""
    shown = {"image_id": told.image_id, "change": told.kind, "time": told.time, "state": told.state}
    return cast("catalogue_responses.Change", present(shown))


def _read(document: dict[str, Raw], part: str, absent: Any) -> Any:
    return msgspec.json.decode(document[part]) if part in document else absent


def _links(call: Call, card: Card) -> dict[str, str]:
    own = call.link(f"/v1/images/{card.image_id}")
    links = {"self": own}
    if card.visibility == PUBLIC:
        links["public"] = call.link(f"/v1/public/images/{card.image_id}")
    if card.state != EXPECTED and card.code not in REFUSALS:
        links["shares"] = f"{own}/shares"
        links["original"] = f"{own}/original"
        links["tags"] = f"{own}/tags"
        links["similar"] = f"{own}/similar"
    if card.state == READY:
        links["annotations"] = f"{own}/annotations"
        links["accessibility"] = f"{own}/accessibility"
        links["crops"] = f"{own}/crops"
        links["thumbnail"] = f"{own}/thumbnail"
    return links


def present(shown: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without the fields that are None."""
    return {name: value for name, value in shown.items() if value is not None}


def whole(number: float | None) -> int | None:
    """Return a number of DynamoDB, which has one kind of them, as a whole one."""
    return None if number is None else int(number)
