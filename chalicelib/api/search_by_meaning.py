"""Images that look like what a text says: by the embeddings of both, where the stage has a model for them.

One page, the highest score first. Vectors only suggest images: each is read from the table, and shown only if it
is the caller's, ready, and notes the very vector that was found.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, texts
from chalicelib.api import search_filters
from chalicelib.api.http.problems import Problem
from chalicelib.api.image_list import Answered
from chalicelib.api.security import rate_limit
from chalicelib.cache import Memory
from chalicelib.catalogue.index import record_change
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys, spending
from chalicelib.db.models import READY
from chalicelib.extensions.machine_learning import embeddings, paid, vectors
from chalicelib.extensions.machine_learning.results import BUDGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.call import Call
    from chalicelib.api.schemas.search_query import ImageSearch
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.search.filters import Question
    from chalicelib.catalogue.search.result_page import Ended
    from chalicelib.db.models import Image
    from chalicelib.extensions.machine_learning.vectors import Hit

UNITS = 100.0  # RRU after which no more records of a page are read
KEPT_SECONDS = 600
_READ = 25  # records, at most, that are read before the page is looked at
_texts: Memory[tuple[str, str], Sequence[float]] = Memory(200)


def answer(call: Call, query: ImageSearch) -> Answered:
    """Return the caller's images that a text is about and that match all filters, with their scores.

    Raises Problem: 400 for a text, order or cursor that makes no sense, 404 where the stage has no vectors, 409
    where the account has switched recognition off, 429 beyond the limit of such searches, 503 while a
    service does not answer or the budget has no room. Cost: an embedding of the text, a query of the index, and
    0.5 RRU per 4 KB of each record.
    """
    owner, text = call.caller.owner, _text(query)
    asked = search_filters.question(query)
    if not settings().embeddings:
        raise Problem(
            "meaning_not_available", "about: this stage has no search by meaning. Search with `text` instead."
        )
    if not accounts.standing(owner, make=False).recognition:
        raise Problem(
            "recognition_disabled",
            "about: your account has switched recognition off, and search by meaning with it. Switch it on, or "
            "search with `text`.",
        )
    call.tell_limit(rate_limit.admit(rate_limit.MEANING, keys.account(owner)))
    near, cutoff = _nearest(_embedding(text), owner), settings().embeddings_cutoff
    hits = [one for one in near if one.score >= cutoff and keys.is_image_id(one.image_id)]
    found: list[tuple[Card, float]] = []
    units = 0.0
    ended: Ended = "end"
    for some in aws.batches(hits, min(query.limit, _READ)):
        if units >= UNITS:
            ended = "budget"
            break
        records, spent = images.look_up(dict.fromkeys(one.image_id for one in some), UNITS - units)
        units += spent
        for one in some:
            record = records.get(one.image_id)
            if record is not None and (card := _card(record, owner, one, asked)):
                found.append((card, one.score))
        if len(found) >= query.limit:
            ended = "limit"
            break
    shown = found[: query.limit]
    scores = {card.image_id: score for card, score in shown}
    return Answered(asked, [card for card, _ in shown], {"links": {}}, ended, units, scores)


def _text(query: ImageSearch) -> str:
    """Return the text of a query in its normal form; raise Problem (400) where it has an order or a cursor."""
    if query.sort is not None or query.cursor is not None:
        name = "cursor" if query.sort is None else "sort"
        raise Problem(
            "invalid_cursor" if name == "cursor" else "invalid_request",
            f"{name}: not allowed with about, which returns one page, the highest score first.",
        )
    return " ".join(texts.composed(query.about or "").split())


def _embedding(text: str) -> Sequence[float]:
    """Return the embedding of a text, from memory if it was asked for lately."""
    key = settings().embeddings, text
    known = _texts.get(key)
    if known is not None:
        return known
    try:
        return _texts.keep(key, array("f", embeddings.of_text(text)), KEPT_SECONDS)
    except paid.NoAnswerError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ValidationException":
            raise Problem("invalid_request", "about: the model refuses this text. Use fewer words.") from error
        raise (_over_budget() if error.reason == BUDGET else _unanswered()) from error


def _nearest(embedding: Sequence[float], owner: str) -> list[Hit]:
    try:
        return vectors.nearest(embedding, owner)
    except (BotoCoreError, ClientError) as error:
        paid.failed(vectors.SERVICE, error)
        raise _unanswered() from error


def _unanswered() -> Problem:
    return Problem(
        "meaning_temporarily_unavailable",
        "about: a service that search by meaning needs has failed. Try again later, or search with `text`.",
        headers={"Retry-After": "10"},
    )


def _over_budget() -> Problem:
    """Return the problem of a text that the budget has no room for; no client should wait for the next month."""
    if settings().embeddings_budget == 0:
        reason = "the operator has paused search by meaning."
    else:
        reason = (
            "the budget of this month for search by meaning has no room for this text. The next month begins on "
            f"{spending.next_month():%Y-%m-%d} (UTC)."
        )
    return Problem("meaning_temporarily_unavailable", f"about: {reason} Search with `text` meanwhile.")


def _card(image: Image, owner: str, hit: Hit, asked: Question) -> Card | None:
    """Return the card of an image, if a vector is of its present content and the image matches all filters."""
    if image.owner != owner or image.state != READY or vectors.key_of(image) != hit.key:
        return None
    indexed = record_change.indexed(image)
    card = indexed.card
    return card if card is not None and asked.matches(card) and asked.matches_apart(indexed) else None
