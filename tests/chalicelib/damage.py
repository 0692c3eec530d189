"""Records that cannot be read, for as long as a test looks at them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chalicelib.config import settings
from chalicelib.db.models import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def damaged(image_id: str, name: str, value: dict[str, Any]) -> Iterator[None]:
    """Give an image an attribute, in DynamoDB's JSON, and put it back: other tests read the whole table."""
    client, table = connection(settings().region).client, settings().images_table
    key = {"image_id": {"S": image_id}}
    whole = client.get_item(TableName=table, Key=key)["Item"]
    client.put_item(TableName=table, Item=whole | {name: value})
    try:
        yield
    finally:
        client.put_item(TableName=table, Item=whole)
