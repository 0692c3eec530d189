"""Make the tables, offline and in tests; a deployment's template makes the same ones on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.db.models import MODELS, connection

if TYPE_CHECKING:
    from pynamodb.models import Model


def create_tables() -> list[str]:
    """Create the tables that are missing, with all that belongs to them; return the names of those made."""
    made = []
    for model in MODELS:
        if not model.exists():
            model.create_table(wait=True)
            made.append(model.Meta.table_name)
        elif hasattr(model.Meta, "stream_view_type"):
            _begin_stream(model)
    return made


def _begin_stream(model: type[Model]) -> None:
    """Give a table its stream, where an older version made it without one."""
    client = connection(model.Meta.region).client
    table = client.describe_table(TableName=model.Meta.table_name)["Table"]
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        wanted = {"StreamEnabled": True, "StreamViewType": model.Meta.stream_view_type}
        client.update_table(TableName=model.Meta.table_name, StreamSpecification=wanted)
