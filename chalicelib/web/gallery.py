"""Images as a gallery shows them: figures in months, with all that a template needs to lay them out."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.web import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.api.schemas.image_responses import Card

EAGER = 6  # figures at the top of a page, which are there at once; the others load as they come near
LEAST_RATIO, MOST_RATIO = 0.4, 3.5  # of a figure; a panorama beyond is cropped
TILE_RATIO = 1.3
ROW, PHONE_ROW = 240, 180  # pixels that most rows have at most, for the choice of a thumbnail


class Figure(NamedTuple):
    """An image in the gallery."""

    image_id: str
    at: str  # when, by which it is sorted
    name: str  # for people: its text alternative, title, or file name
    style: str  # CSS: its ratio, width by height, and a gradient that stands in for it
    src: str  # empty without a thumbnail
    srcset: str
    measures: str  # attributes of numbers alone, in HTML: sizes, width, height
    eager: bool
    format: str
    note: str  # why it cannot be seen
    failed: bool
    public: bool


class Month(NamedTuple):
    """A month of figures; `whole` where the page has all of them that the list has."""

    key: str  # `2026-11`, empty where the order is not that of time
    name: str
    whole: bool
    figures: list[Figure]


def months(cards: Iterable[Card], by: str | None, *, begins: bool = True, ends: bool = True) -> list[Month]:
    """Return cards in months of their date `taken` or `uploaded`, or all in one where `by` is None.

    `begins` and `ends` tell whether the list does so with this page.
    """
    figures = [_figure(card, by, eager=place < EAGER) for place, card in enumerate(cards)]
    groups = [(key, list(group)) for key, group in groupby(figures, lambda one: one.at[:7] if by else "")]
    last = len(groups) - 1
    return [
        Month(key, wording.month(key), (place > 0 or begins) and (place < last or ends), group)
        for place, (key, group) in enumerate(groups)
    ]


def _figure(card: Card, by: str | None, *, eager: bool) -> Figure:
    uploaded = card.get("uploaded", "")
    made = card["thumbnails"]
    ratio, shown = TILE_RATIO, made.get("small")
    src = srcset = measures = ""
    if shown is not None:
        best = made["medium"]
        width, height = best["width"], best["height"]
        ratio = round(min(max(width / height, LEAST_RATIO), MOST_RATIO), 3)
        src = shown["url"]
        srcset = f"{src} {shown['width']}w, {best['url']} {width}w"
        sizes = f"(max-width:600px) {ratio * PHONE_ROW:.0f}px, {ratio * ROW:.0f}px"
        measures = f'sizes="{sizes}" width="{width}" height="{height}"'
    style = f"--ratio:{ratio}"
    if "placeholder" in card:
        style += f";background:{card['placeholder']['css']}"
    return Figure(
        image_id=card["image_id"],
        at=card.get("taken", uploaded[:19]) if by == "taken" else uploaded,
        name=card.get("alt") or card.get("title") or card["name"],
        style=style,
        src=src,
        srcset=srcset,
        measures=measures,
        eager=eager,
        format=card.get("format") or card["name"].rpartition(".")[2].upper()[:5],
        note=_note(card),
        failed=card["state"] == "failed",
        public=card["visibility"] == "public",
    )


def _note(card: Card) -> str:
    """Return why an image cannot be seen, in a few words; empty where nothing is to be said."""
    if card["state"] == "expected":
        return "Waiting for the file"
    if card["state"] == "failed":
        return wording.failure(card.get("code"))
    return "" if card["thumbnails"] else "No preview"
