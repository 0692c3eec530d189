"""A page of a search with its reasons: why each image is found, and the read units that the page cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.api.presenters.image_record import present
from chalicelib.catalogue.search import explanation
from chalicelib.db import images

if TYPE_CHECKING:
    from chalicelib.api.image_list import Answered
    from chalicelib.api.schemas import image_responses
    from chalicelib.catalogue.search.explanation import Match


UNITS = 50.0
"""RRU after which no more records of a page are read; fifty usual records cost as much."""


def explain(body: image_responses.ImagePage, page: Answered, about: str | None = None) -> None:
    """Add to an answer the matches of each image, and the cost; records are read only where cards do not tell.

    Of a search by meaning, what it is `about` is the first match, with the score.
    Cost: `UNITS` RRU, and the last few records.
    """
    wanted = (card.image_id for card in page.cards)
    records, units = images.look_up(wanted, UNITS) if page.asked.needs_lists else ({}, 0.0)
    for shown, card in zip(body["images"], page.cards, strict=True):
        found = explanation.of(page.asked, card, records.get(card.image_id))
        shown["matches"] = [_match(one) for one in found.matches]
        if about is not None:
            meaning = {"filter": "about", "asked": about, "field": "image", "score": page.scores[card.image_id]}
            shown["matches"].insert(0, cast("image_responses.Match", meaning))
        if found.left_out:
            shown["matches_left_out"] = True
    body["cost"] = {"search": page.units, "explanation": units}


def _match(one: Match) -> image_responses.Match:
    annotation = one.annotation
    told: dict[str, Any] = {
        "filter": one.filter,
        "asked": one.asked,
        "field": one.field,
        "value": one.value,
        "kind": annotation and annotation.kind,
        "annotation_id": annotation and annotation.annotation_id,
        "score": annotation and annotation.score,
        "distance": one.distance,
        "unit": one.unit,
        "share": one.share,
    }
    return cast("image_responses.Match", present(told))
