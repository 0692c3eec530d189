"""The images of all owners that admins should look at: found unsafe, or judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.catalogue.index import entries, image_annotations
from chalicelib.db import images, index_table
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from chalicelib.db.models import Image

SEARCHED = 500  # entries that a page of one owner looks through


def page(limit: int, after: str | None = None, owner: str | None = None) -> Page[Image]:
    """Return a page of the flagged images of all owners, or of one, newest upload first.

    The records are read, so that each is shown as it is now; one that is flagged no more is left out. A page may
    have few or none, and still an `after`. Cost: 0.5 RRU per 4 KB of entries, of which 30 fit, and 1 per 4 KB of
    each record.
    """
    read = index_table.read(
        entries.FLAGGED,
        limit=limit if owner is None else SEARCHED,
        descending=True,
        after=after,
    )
    mine = [item for item in read.items if owner is None or item.card == owner.encode()]
    shown = mine[:limit]
    wanted = [entries.image_id(item.entry) for item in shown]
    known = {image.image_id: image for image in images.get_many(wanted)} if wanted else {}
    found = [known[name] for name in wanted if name in known and _is_flagged(known[name])]
    if len(mine) > limit:
        return Page(found, shown[-1].entry)
    return Page(found, read.items[-1].entry if read.more else None)


def _is_flagged(image: Image) -> bool:
    return images.is_present(image) and image_annotations.of(image).flagged
