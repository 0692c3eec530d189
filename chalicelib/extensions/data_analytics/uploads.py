"""Uploads by month: images, bytes, and how many have each value of a facet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from chalicelib.catalogue.index import counters

if TYPE_CHECKING:
    from collections.abc import Mapping


def by_month(owner: str | None, first: str | None = None, last: str | None = None) -> dict[str, Mapping[str, int]]:
    """Return the counts of an owner's uploads, or of all, by month (`2026-11`) in order.

    `first` and `last` are months, both included. Cost: one query, or one for each of 16 shards.
    """
    months = counters.of_everybody("month") if owner is None else counters.of_owner(owner, "month")
    return {
        month: months[month]
        for month in sorted(months)
        if (first or "") <= month and (last is None or month <= last)
    }


def as_csv(months: Mapping[str, Mapping[str, int]]) -> str:
    """Return one row a month, with a column for each value that is counted in any of them."""
    names = sorted({name for numbers in months.values() for name in numbers if ":" in name})
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["month", "images", "bytes", *names])
    for month, numbers in months.items():
        rows.writerow([month, *(numbers.get(name, 0) for name in ("images", "bytes", *names))])
    return file.getvalue()
