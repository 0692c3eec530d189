"""Conditional writes: the one place that tells a refused write from one that was done.

botocore repeats a call whose answer was lost. Where the first attempt was done, the repetition finds the item as
that attempt left it, and the condition no longer holds. A refusal without a repetition is true, and costs no more
than the write. After a repetition, the item is read once more (1 RRU per 4 KB) and tells:

- a put or an update was done if the item holds every value that it wrote;
- a delete was done if there is no item.

The values must therefore be this write's own wherever two writers may not both succeed: a claim has a random
token, a published file is named by its content, an edit has its number. Where two writers write the very same
values, both are told of success, and the item is as both want it.

One case is undecidable: this write was done, its answer was lost, and within botocore's backoff (a second) another
writer replaced the item. It counts as refused: the caller reads the item and decides on it anew.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import DeleteError, PutError, UpdateError

from chalicelib import aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pynamodb.exceptions import PynamoDBException
    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action
    from pynamodb.models import Model

REFUSED = "ConditionalCheckFailedException"
"""DynamoDB's code of a write whose condition does not hold."""


def put(item: Model, condition: Condition) -> bool:
    """Put an item if a condition holds; tell whether it was written.

    Cost: 1 WRU per KB, and one for each index.
    """
    try:
        item.save(condition=condition)
    except PutError as error:
        return _repeated(error) and _holds(_standing(item), item.attribute_values)
    return True


def update(
    item: Model,
    values: Mapping[str, Any],
    condition: Condition,
    *,
    initial: Mapping[str, Any] | None = None,
) -> bool:
    """Set attributes of an item (None removes one) if a condition holds; tell whether they were written.

    `initial` holds values for attributes that have none yet. `item` is then as it stands. Cost: 1 WRU per KB of
    the whole item, and one for each index.
    """
    attributes = type(item).get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in values.items()
    ]
    actions += [attributes[name].set(attributes[name] | value) for name, value in (initial or {}).items()]
    try:
        item.update(actions, condition=condition)
    except UpdateError as error:
        standing = _standing(item) if _repeated(error) else None
        if standing is None or not _holds(standing, values):
            return False
        item.attribute_values = standing.attribute_values
    return True


def add(item: Model, name: str, amount: int, condition: Condition | None = None) -> bool:
    """Add to a number of an item, 0 where there is none, if a condition holds; tell whether it was added.

    A repetition cannot tell whether the attempt before it was done: it may add twice, and its refusal counts as
    one. So the number may be too high after a fault, and never too low.

    Cost: 1 WRU per KB, and one for each index.
    """
    try:
        item.update([type(item).get_attributes()[name].add(amount)], condition=condition)
    except UpdateError as error:
        if error.cause_response_code != REFUSED:
            raise
        return False
    return True


def delete(item: Model, condition: Condition) -> bool:
    """Delete an item if a condition holds; tell whether it was deleted.

    Cost: 1 WRU per KB, and one for each index.
    """
    try:
        item.delete(condition=condition)
    except DeleteError as error:
        return _repeated(error) and _standing(item) is None
    return True


def _repeated(error: PynamoDBException) -> bool:
    """Tell whether a refusal came after a repetition; raise an error that is no refusal."""
    if error.cause_response_code != REFUSED:
        raise error
    wrapped = error.cause.__cause__ if error.cause else None  # PynamoDB's own has no metadata of the response
    return isinstance(wrapped, ClientError) and aws.repeated(wrapped)


def _standing(item: Model) -> Model | None:
    """Return an item as it stands now, or None."""
    standing = copy.copy(item)
    try:
        standing.refresh(consistent_read=True)
    except item.DoesNotExist:
        return None
    return standing


def _holds(standing: Model | None, values: Mapping[str, Any]) -> bool:
    """Tell whether an item has the values that were written, as DynamoDB stores them."""
    attributes = type(standing).get_attributes() if standing else {}
    return standing is not None and all(
        getattr(standing, name) == _stored(attributes[name], value) for name, value in values.items()
    )


def _stored(attribute: Any, value: Any) -> Any:
    return None if value is None else attribute.deserialize(attribute.serialize(value))
