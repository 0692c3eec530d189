"""Jobs: slice by slice to the end, despite any interruption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import jobs as queued
from chalicelib.config import settings
from chalicelib.events import jobs
from tests import delivery

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def done(app: Any) -> Iterator[list[int]]:
    """Have a job that counts down, and note every slice of it; it fails at a negative number."""
    slices: list[int] = []

    def count(arguments: dict[str, Any]) -> dict[str, Any] | None:
        slices.append(arguments["left"])
        if arguments["left"] < 0:
            raise ValueError("cannot count")
        return {"left": arguments["left"] - 1} if arguments["left"] else None

    jobs.JOBS["count"] = count
    yield slices
    del jobs.JOBS["count"]


def test_a_job_goes_on_until_it_is_done(app: Any, done: list[int]) -> None:
    """Each slice queues the next, and the last one none."""
    queued.send("count", left=3)
    delivery.run_jobs(app)
    assert done == [3, 2, 1, 0]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"job": "unknown"}', json.dumps({"job": "count", "left": -1})])
def test_what_fails_comes_again_and_queues_nothing(app: Any, done: list[int], body: str) -> None:
    """Also a message that is no job: in the end the dead-letter queue keeps it."""
    message = delivery.message(body, queue=settings().jobs_queue)
    assert delivery.give(app, message, function="run_job") == ["1"]
    assert delivery.receive(settings().jobs_queue) == []


@pytest.fixture
def endless(app: Any) -> Iterator[list[int]]:
    """Have a job that never ends, and wants to wait between its slices; note every slice of it."""
    slices: list[int] = []

    def turn(arguments: dict[str, Any]) -> dict[str, Any] | None:
        slices.append(arguments["turn"])
        return {"turn": arguments["turn"] + 1, "delay": 0}

    jobs.JOBS["turn"] = turn
    yield slices
    del jobs.JOBS["turn"]


def test_a_job_has_ten_thousand_slices_then_its_rest_is_a_dead_letter(
    app: Any, endless: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """The slice before the last one queues it; the last one sets the rest aside, and the log says so."""
    delivery.receive(settings().jobs_dead_letter_queue)
    queued.send("turn", turn=7, slices=9_998)
    delivery.run_jobs(app)
    assert endless == [7, 8]
    (dead,) = delivery.receive(settings().jobs_dead_letter_queue)
    assert json.loads(dead["body"]) == {"job": "turn", "turn": 9}
    (told,) = [record for record in caplog.records if record.message == "job_set_aside"]
    assert (told.levelname, vars(told)["slices"]) == ("ERROR", 10_000)


def test_a_redrive_continues_a_job_that_was_set_aside(app: Any, endless: list[int]) -> None:
    """Its rest counts its slices anew."""
    delivery.receive(settings().jobs_dead_letter_queue)
    queued.send("turn", turn=1, slices=9_999)
    delivery.run_jobs(app)
    (dead,) = delivery.receive(settings().jobs_dead_letter_queue)
    assert delivery.give(app, dead, function="run_job") == []
    assert endless == [1, 2]
    (following,) = delivery.receive(settings().jobs_queue)
    assert json.loads(following["body"]) == {"job": "turn", "slices": 1, "turn": 3}
