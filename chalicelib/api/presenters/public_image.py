"""The public view of an image, which its owner permits by making it public or by a share link.

The allow-lists here name every field, so that no new field is shown by mistake. Of the file's metadata these are
measures of the picture, the kind of camera (never the individual one), how it was taken (never when or where), and
the fields meant for publication: rights, and whether it was generated. Free text of the file is left out except
for the rights: captions, keywords and comments name people, places and files; the owner can write title,
description and text alternative. Raw tags, and names of software, hosts or documents, are left out, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalicelib.api import file_links
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import image_record, thumbnails
from chalicelib.api.schemas.image_requests import PICTURES
from chalicelib.catalogue.index import blurred_copies, cards, image_annotations
from chalicelib.db import accounts, document_codec, images, keys, shares
from chalicelib.db.models import ACTIVE, PUBLIC, READY
from image_processing import enumerations

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_responses
    from chalicelib.catalogue.index.blurred_copies import Copies
    from chalicelib.db.models import Image

THUMBNAILS, ORIGINAL = "thumbnails", "original"
"""Scopes of a share link: the files that others may have besides the record."""

METADATA = {
    "image": (
        "width", "height", "megapixels", "bit_depth", "color_model", "has_alpha", "frame_count", "animated",
        "loop_count", "duration",
    ),
    "colour": ("color_space", "cicp_primaries", "cicp_transfer", "cicp_matrix", "hdr"),
    "camera": ("make", "model", "lens_make", "lens_model", "lens_specification"),
    "exposure": (
        "exposure_time", "f_number", "iso", "focal_length", "focal_length_35mm", "exposure_bias",
        "exposure_program", "exposure_mode", "metering_mode", "flash_fired", "white_balance",
    ),
    "rights": (
        "creator", "copyright", "credit", "usage_terms", "web_statement", "rights_marked", "license", "licensor",
        "licensor_url",
    ),
    "provenance": ("provenance",),
}  # fmt: skip
"""The fields of a file's metadata that others see, by group."""

ANALYSIS = (
    "palette", "dominant", "average", "vivid", "muted", "accent", "luminosity", "legibility", "placeholder",
)  # fmt: skip
"""The public parts of an analysis: those that a page needs to lay the picture out."""


COLOURS = ("palette", "dominant", "average", "vivid", "muted", "accent")
"""The parts of an analysis that are shown with blurred faces: those that tell of no place in the picture."""


class Shown(NamedTuple):
    """An image that others may see: where, whether its file is theirs, too, and the copies that replace it."""

    image: Image
    path: str
    with_file: bool
    blurred: Copies | None = None


def public(image_id: str) -> Shown:
    """Return a public image; raise Problem (404) for every other, and where there is none.

    Read consistently, as is the next: a private, revoked or deleted image is hidden at once.
    """
    image = images.get_present(image_id, consistent=True) if keys.is_image_id(image_id) else None
    if image is None or image.visibility != PUBLIC or not _shows(image):
        raise Problem("image_not_found", "There is no public image with this id.")
    return Shown(image, f"/v1/public/images/{image_id}", with_file=True)


def shared(token: str) -> Shown:
    """Return the image that a share link shows; raise Problem (404) where it shows none, for any reason.

    A link with blurred faces shows nothing until the copies for the image's present faces are made (Problem, 409),
    nor where none can be (404).
    """
    share = shares.find(token) if keys.is_share_token(token) else None
    image = images.get_present(share.image_id, consistent=True) if share else None
    if share is None or image is None or not shares.works(share, image) or not _shows(image):
        raise Problem("share_not_found", "This link is unknown, has expired, or was revoked.")
    blurred = file_links.blurred(image) if share.blur else None
    return Shown(image, f"/v1/shared/{token}", with_file=share.scope == ORIGINAL, blurred=blurred)


def record(call: Call, shown: Shown) -> image_responses.PublishedImage:
    """Return the public record of an image."""
    image, document = shown.image, document_codec.unpack(shown.image.document)
    plain = shown.blurred is None
    made = shown.blurred.thumbnails if shown.blurred else document.get("thumbnails", {})
    own, metadata = call.link(shown.path), _metadata(document.get("metadata", {}))
    analysis = document.get("analysis", {})
    found: dict[str, Any] = {
        "title": image.title,
        "description": image.description,
        "alt": image.alt,
        "blur": None if plain else blurred_copies.FACES,
        "format": image.format,
        "width": image_record.whole(image.width),
        "height": image_record.whole(image.height),
        "metadata": metadata,
        "words": enumerations.words(metadata) or None,
        "analysis": (_chosen(analysis, ANALYSIS) if plain else _colours(analysis)) or None,
        "placeholder": thumbnails.placeholder(cards.card(image)) if plain else None,
        "thumbnails": thumbnails.published(made, own),
        "links": {"self": own, "thumbnail": f"{own}/thumbnail"},
    }
    if "analysis" in document:
        found["links"]["theme"] = f"{own}/theme"
    if "analysis" in document and plain:
        found["pictures"] = {name: {"href": f"{own}/pictures/{name}"} for name in PICTURES}
    if shown.with_file:
        found["links"]["file"] = f"{own}/file"
    return cast("image_responses.PublishedImage", image_record.present(found))


def _shows(image: Image) -> bool:
    """Tell whether an image is there to be seen, its account in order, and its content not withheld as unsafe."""
    return (
        image.state == READY
        and accounts.standing(image.owner).state == ACTIVE
        and not image_annotations.of(image).withheld
    )


def _metadata(whole: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    chosen = {group: _chosen(whole.get(group, {}), names) for group, names in METADATA.items()}
    return {group: values for group, values in chosen.items() if values}


def _colours(analysis: dict[str, Any]) -> dict[str, Any]:
    """Return the colours of an analysis, those of the palette without the places of their pixels."""
    found = _chosen(analysis, COLOURS)
    places = ("x", "y")
    return found | {
        name: [{key: value for key, value in swatch.items() if key not in places} for swatch in swatches]
        for name, swatches in found.items()
        if isinstance(swatches, list)
    }


def _chosen(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
