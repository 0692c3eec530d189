"""Kill a piece of work before or after any of its calls of AWS, as the end of a process does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest


class Killed(BaseException):
    """The process ends here."""


def count(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> int:
    """Do a piece of work; return how many requests it sent."""
    sent = 0
    send = Endpoint.make_request

    def counted(*arguments: Any) -> Any:
        nonlocal sent
        sent += 1
        return send(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Endpoint, "make_request", counted)
        work()
    return sent


def kill(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any], position: int, *, after: bool) -> bool:
    """Do a piece of work, and end it before or after the request at a position; tell whether it was ended."""
    sent = 0
    send = Endpoint.make_request

    def ended(*arguments: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent - 1 == position and not after:
            raise Killed
        answer = send(*arguments)
        if sent - 1 == position:
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(Endpoint, "make_request", ended)
        try:
            work()
        except Killed:
            return True
    return False


def positions(number: int) -> Iterator[tuple[int, bool]]:
    """Yield every position of a piece of work with so many requests: before each of them, and after it."""
    for position in range(number):
        yield position, False
        yield position, True
