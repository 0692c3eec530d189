"""Make the tables, offline and in tests; a deployment's template makes the same ones on AWS."""

from __future__ import annotations

from chalicelib.db.models import MODELS


def create_tables() -> list[str]:
    """Create the tables that are missing, with their indexes and expiry; return the names of those made."""
    made = []
    for model in MODELS:
        if not model.exists():
            model.create_table(wait=True)
            made.append(model.Meta.table_name)
    return made
