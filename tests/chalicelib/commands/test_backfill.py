"""The backfill as a program: stopped anywhere, it goes on; and it keeps to its limit."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from botocore.client import BaseClient

from chalicelib import queues, storage
from chalicelib.commands import backfill, stages
from chalicelib.offline.provisioning import BUCKET
from chalicelib.processing import reconcile
from chalicelib.processing.backfill import Plan, Progress
from tests import delivery, histories

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("aws")
OBJECTS = 7


@pytest.fixture
def plan(aws: str, owner: str, monkeypatch: Any) -> Plan:
    """Return a plan for some objects that no record tells of, in batches of two."""
    monkeypatch.setattr(reconcile, "BATCH", 2)
    for number in range(OBJECTS):
        histories.put(f"uploads/{owner}/{number}.jpg", b"no image")
    delivery.receive()
    return Plan(BUCKET, f"uploads/{owner}/")


@pytest.fixture
def within(monkeypatch: Any) -> Iterator[None]:
    """Let the program work on the tests' own stage, and leave the process its signals."""
    monkeypatch.setattr(stages, "enter", lambda _stage: None)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class Killed(BaseException):
    """The program ends, as when it is killed."""


def killed_at(nth: int, *, after: bool, monkeypatch: Any) -> Counter[str]:
    """Have the nth call of AWS that changes something kill the program, before it is made or after it."""
    send, made = BaseClient._make_api_call, Counter[str]()

    def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation not in ("SendMessageBatch", "PutObject", "DeleteObjects"):
            return send(client, operation, arguments)
        made[operation] += 1
        if made.total() != nth:
            return send(client, operation, arguments)
        if after:
            send(client, operation, arguments)
        raise Killed

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return made


def told() -> Counter[str]:
    """Take the messages from the queue; return how often each key was in them."""
    bodies = (json.loads(message["body"]) for message in delivery.receive())
    return Counter(unquote(body["Records"][0]["s3"]["object"]["key"]) for body in bodies)


@pytest.mark.medium
@pytest.mark.parametrize("after", [pytest.param(False, marks=pytest.mark.slow), True], ids=["before", "after"])
def test_it_goes_on_wherever_it_is_killed(plan: Plan, monkeypatch: Any, *, after: bool) -> None:
    """At every call that changes something: nothing is lost, and no more than one batch is queued twice."""
    for nth in range(1, 100):
        with monkeypatch.context() as patched:
            made = killed_at(nth, after=after, monkeypatch=patched)
            try:
                backfill.backfill(plan)
            except Killed:
                killed = True
            else:
                killed = False
        if killed:
            assert made.total() == nth
            done = backfill.backfill(plan)
            if made["DeleteObjects"] == 0:
                assert done.seen == OBJECTS
        queued = told()
        assert len(queued) == OBJECTS
        if not made["DeleteObjects"]:
            assert sum(queued.values()) <= OBJECTS + 2
        assert storage.read_small(backfill.marker(plan)) is None
        if not killed:
            break
    assert nth > 8


def test_it_can_begin_anew(plan: Plan, capsys: Any) -> None:
    """Wherever an earlier run was stopped."""

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    slow = Plan(plan.bucket, plan.prefix, per_second=1)
    with pytest.raises(KeyboardInterrupt):
        backfill.backfill(slow, clock=lambda: 0.0, sleep=stop)
    assert storage.read_small(backfill.marker(plan)) is not None
    assert sum(told().values()) == 1
    assert backfill.backfill(plan, restart=True).seen == OBJECTS
    assert sum(told().values()) == OBJECTS
    assert "going on" not in capsys.readouterr().err


def test_it_keeps_to_its_limit(plan: Plan) -> None:
    """On a clock of its own: as many seconds as the objects must take, however fast they went."""
    now, waits = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    done = backfill.backfill(Plan(plan.bucket, plan.prefix, per_second=2), clock=lambda: now[0], sleep=sleep)
    assert done.queued == OBJECTS
    assert now[0] - 100.0 == OBJECTS / 2
    assert waits == [1.0, 1.0, 1.0, 0.5]


def test_what_was_done_before_it_was_stopped_is_not_waited_for_again(plan: Plan) -> None:
    """The limit holds for what this run queues."""
    slow, waits = Plan(plan.bucket, plan.prefix, per_second=2), list[float]()

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill.backfill(slow, clock=lambda: 0.0, sleep=stop)
    backfill.backfill(slow, clock=lambda: sum(waits), sleep=waits.append)
    assert sum(waits) == (OBJECTS - 2) / 2


def test_the_sum_comes_last(plan: Plan, within: None, capsys: Any, monkeypatch: Any) -> None:
    """Progress goes to the other output."""
    monkeypatch.setattr(backfill, "TELL_SECONDS", 0.0)
    assert backfill.main([f"s3://{plan.bucket}/{plan.prefix}"]) == 0
    out, err = capsys.readouterr()
    assert out == "done: 7 seen, 7 queued, 0 copied, 0 known, 0 odd, 0 gone, 0 inactive\n"
    assert "2 seen, 2 queued" in err
    assert backfill.main([f"s3://{plan.bucket}/{plan.prefix}", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would be done: 7 seen, 7 queued")
    assert storage.read_small(backfill.marker(plan)) is None


def test_without_a_source_it_takes_all_uploads_of_the_stage(plan: Plan, within: None, monkeypatch: Any) -> None:
    """Of every owner, in the stage's own bucket."""
    plans = list[Plan]()

    def noted(plan: Plan, **_options: Any) -> Progress:
        plans.append(plan)
        return Progress()

    monkeypatch.setattr(backfill, "backfill", noted)
    assert backfill.main(["--again"]) == 0
    assert plans == [Plan(BUCKET, "uploads/", again=True)]


def test_sigterm_stops_it_with_a_word_on_how_to_go_on(
    plan: Plan, within: None, capsys: Any, monkeypatch: Any
) -> None:
    """And the next run goes on."""
    send = queues.send

    def ended(name: str, bodies: Any) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return send(name, bodies)

    with monkeypatch.context() as patched:
        patched.setattr(queues, "send", ended)
        assert backfill.main([f"s3://{plan.bucket}/{plan.prefix}"]) == 130
    assert "The same command goes on" in capsys.readouterr().err
    assert backfill.main([f"s3://{plan.bucket}/{plan.prefix}"]) == 0
    assert set(told()) == {f"{plan.prefix}{number}.jpg" for number in range(OBJECTS)}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["photos/"], "begins with s3://bucket/"),
        (["s3:///photos"], "begins with s3://bucket/"),
        (["s3://another/photos/"], "Whose images are these?"),
    ],
)
def test_what_makes_no_sense_is_told(within: None, capsys: Any, arguments: list[str], says: str) -> None:
    """With the alternative."""
    assert backfill.main(arguments) == 1
    assert says in capsys.readouterr().err


def test_a_limit_is_one_at_least(within: None, capsys: Any) -> None:
    """Argparse says so; one is tried, and then its prefix is no key of an upload."""
    with pytest.raises(SystemExit):
        backfill.main(["s3://b/uploads/", "--per-second", "0"])
    assert "--per-second" in capsys.readouterr().err
    assert backfill.main(["photos/", "--per-second", "1"]) == 1
    assert "begins with s3://bucket/" in capsys.readouterr().err
