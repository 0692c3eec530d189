"""Requests of services that a stage pays by use: counted in the month's budget before they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.db import spending
from chalicelib.extensions.machine_learning.seen import BUDGET, REFUSED, UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class NoAnswerError(Exception):
    """A service gave no answer: the reason, as `seen` names it, and what the request may have cost."""

    def __init__(self, reason: str, cost: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.cost = reason, cost


def affordable(service: str, price: int, budget: int) -> bool:
    """Tell whether the budget of the month has room for one more request. Cost: 1 RRU."""
    return spending.spent(service) + price <= budget


def request(service: str, price: int, budget: int, ask: Callable[[], T]) -> T:
    """Return the answer to a request, if the budget has room for its price, in micro-dollars.

    A request without an answer may have cost it; a throttled or failed one (5xx) is taken off again. Raises
    NoAnswerError, whose cause is the service's error, and the errors of DynamoDB. Cost: 1 WRU.
    """
    month = spending.reserve(service, price, budget)
    if month is None:
        raise NoAnswerError(BUDGET)
    try:
        return ask()
    except Exception as error:  # of any kind: callers can do without the answer
        reason, charged = _reason(error)
        if not charged:
            spending.release(service, price, month)
        raise NoAnswerError(reason, price if charged else 0) from error


def reason(error: Exception) -> str:
    """Return why a service gave no answer, as `seen` names it."""
    return _reason(error)[0]


def _reason(error: Exception) -> tuple[str, bool]:
    """Return why there is no answer, and whether the request may have been charged."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        down = aws.is_throttled(error) or status >= 500
        return (UNAVAILABLE, False) if down else (REFUSED, True)
    return (UNAVAILABLE if isinstance(error, BotoCoreError) else REFUSED), True
