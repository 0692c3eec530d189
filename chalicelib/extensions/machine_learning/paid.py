"""Requests of services that a stage pays by use: counted in the month's budget before they are made.

Every request without an answer is logged here: `service_budget_spent`, or `service_failed` with the reason.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.db import spending
from chalicelib.extensions.machine_learning.results import BUDGET, REFUSED, UNAVAILABLE
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PAUSE_SECONDS: Final = 1  # before a request is made once more, at most


class NoAnswerError(Exception):
    """A service gave no answer: the reason, as `seen` names it, and what the request may have cost."""

    def __init__(self, reason: str, cost: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.cost = reason, cost


class Failure(NamedTuple):
    """Why a service gave no answer, as `seen` names it, and whether the request may have been charged."""

    reason: str
    charged: bool


def affordable(service: str, price: int, budget: int) -> bool:
    """Tell whether the budget of the month has room for one more request. Cost: 1 RRU."""
    if spending.spent(service) + price <= budget:
        return True
    _log_spent(service, budget)
    return False


def request(service: str, price: int, budget: int, ask: Callable[[], T], **told: str) -> T:
    """Return the answer to a request, if the budget has room for its price, in micro-dollars.

    A request without an answer may have cost it; a throttled or failed one (5xx) did not, and is made once more,
    then taken off again. The clients of such services repeat nothing by themselves: botocore would repeat one that
    may have been charged, uncounted. `told` are further fields of the log. Raises NoAnswerError, whose cause is
    the service's error, and the errors of DynamoDB. Cost: 1 WRU.
    """
    month = spending.reserve(service, price, budget)
    if month is None:
        _log_spent(service, budget)
        raise NoAnswerError(BUDGET)
    try:
        return _asked(ask)
    except Exception as error:  # of any kind: callers can do without the answer
        failure = failed(service, error, **told)
        if not failure.charged:
            spending.release(service, price, month)
        raise NoAnswerError(failure.reason, price if failure.charged else 0) from error


def _asked(ask: Callable[[], T]) -> T:
    """Return the answer to a request, which is made once more if it cost nothing."""
    try:
        return ask()
    except Exception as error:
        if _failure(error).charged:
            raise
    time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311  it only spreads
    return ask()


def failed(service: str, error: Exception, **told: str) -> Failure:
    """Log the error of a service; return why there is no answer."""
    failure = _failure(error)
    logger.warning("service_failed", extra={"service": service, "reason": failure.reason, **told}, exc_info=error)
    return failure


def _failure(error: Exception) -> Failure:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if aws.is_throttled(error) or status >= 500:
            return Failure(UNAVAILABLE, charged=False)
        return Failure(REFUSED, charged=True)
    return Failure(UNAVAILABLE if isinstance(error, BotoCoreError) else REFUSED, charged=True)


def _log_spent(service: str, budget: int) -> None:
    logger.warning("service_budget_spent", extra={"service": service, "budget": budget})
