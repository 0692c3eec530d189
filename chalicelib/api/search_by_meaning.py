"""Images that look like what a text says: by the embeddings of both, where the stage has a model for them.

One page, the highest score first. Vectors only suggest images: each is read from the table, and shown only if it
is the caller's, ready, and notes the very vector that was found.
"""

from __future__ import annotations

from array import array
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, texts
from chalicelib.api.http.problems import Problem
from chalicelib.api.image_list import Answered
from chalicelib.api.schemas import search_query
from chalicelib.api.security import rate_limit
from chalicelib.cache import Memory
from chalicelib.catalogue.index import record_change
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys
from chalicelib.db.models import READY
from chalicelib.extensions.machine_learning import embeddings, paid, vectors
from chalicelib.extensions.machine_learning.seen import BUDGET
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.record_change import Indexed
    from chalicelib.catalogue.search.filters import Question
    from chalicelib.catalogue.search.result_page import Ended
    from chalicelib.db.models import Image
    from chalicelib.extensions.machine_learning.vectors import Hit

UNITS = 100.0  # RRU after which no more records of a page are read
KEPT_SECONDS = 600
_READ = 25  # records, at most, that are read before the page is looked at
_texts: Memory[tuple[str, str], Sequence[float]] = Memory(200)


def answer(query: search_query.ImageSearch, owner: str) -> Answered:
    """Return the images of an owner that a text is about and that match all filters, with their scores.

    Raises Problem: 400 for a text, order or cursor that makes no sense, 404 where stage or account have no
    vectors, 429 beyond the limit of requests to others, 503 while a service does not answer or the budget is
    spent. Cost: an embedding of the text, a query of the index, and 0.5 RRU per 4 KB of each record.
    """
    text = _text(query)
    asked = search_query.question(query)
    if not settings().embeddings or not accounts.standing(owner, make=False).recognition:
        raise Problem(
            "meaning_not_available",
            "about: images of this account have no embeddings. The operator of the stage turns them on; the "
            "account must let models look at its images. Search with `text` instead.",
        )
    rate_limit.admit(rate_limit.SEND, keys.account(owner))
    hits = [one for one in _nearest(_embedding(text), owner) if one.score >= settings().embeddings_cutoff]
    hits = [one for one in hits if keys.is_image_id(one.image_id)]
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


def _text(query: search_query.ImageSearch) -> str:
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
        if error.reason == BUDGET:
            now = keys.now()
            month = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
                day=1
            )
            raise _away("The budget of this month is spent.", int((month - now).total_seconds()) + 1) from error
        raise _away() from error


def _nearest(embedding: Sequence[float], owner: str) -> list[Hit]:
    try:
        return vectors.nearest(embedding, owner)
    except (BotoCoreError, ClientError) as error:
        logger.warning("vectors_failed", extra={"reason": paid.reason(error)}, exc_info=True)
        raise _away() from error


def _away(detail: str = "A service that it needs does not answer.", seconds: int = 10) -> Problem:
    return Problem(
        "not_ready",
        f"about: search by meaning is away. {detail} Search with `text` meanwhile.",
        headers={"Retry-After": str(seconds)},
    )


def _card(image: Image, owner: str, hit: Hit, asked: Question) -> Card | None:
    """Return the card of an image, if a vector is of its present content and the image matches all filters."""
    if image.owner != owner or image.state != READY or vectors.key_of(image) != hit.key:
        return None
    indexed = record_change.indexed(image)
    card = indexed.card
    return card if card is not None and asked.matches(card) and _matches_apart(asked, indexed) else None


def _matches_apart(asked: Question, indexed: Indexed) -> bool:
    """Tell whether tag, words and people are as asked for, which no card tells."""
    if asked.tag is not None and (asked.tag, True) not in indexed.words:
        return False
    if asked.people is not None and asked.people != indexed.people:
        return False
    words = {word.text for word in indexed.words}
    if len(asked.words) == 1:  # a single word may be the beginning of one
        return any(word.startswith(asked.words[0]) for word in words)
    return words.issuperset(asked.words)
