"""The whole journey of users over HTTP, against the system that `make run` starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journey import recognizing
from tests.journey.course import STEPS, run
from tests.journey.target import Target, errors_in, offline
from tests.system import PROJECT, System

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_the_journey_against_the_offline_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every step of it is there and succeeds, in an order that a new user could follow."""
    system = System(PROJECT, tmp_path / "state", JANUS_RECOGNITION="")  # as it is by itself
    try:
        run(offline(system.ready()))
    finally:
        system.stop()
    told = capsys.readouterr().out
    assert [name for name in STEPS if name in told] == [*STEPS]


def test_what_no_models_can_show_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stage without models takes no step of theirs, and says so in place of a time."""
    monkeypatch.setattr("tests.journey.course.STEPS", {"a word": recognizing.recognize})
    nowhere = Target(
        *("the stage", "http://127.0.0.1:9", "http://127.0.0.1:9", "eu-central-1", "", "", "", "", ""),
        code=str,
        errors=list,
        without_models="the layer needs Python 3.12",
    )
    run(nowhere)
    assert (
        "a word                                  NOT TESTED: the layer needs Python 3.12\n"
        in capsys.readouterr().out
    )


def test_errors_are_found_in_every_log() -> None:
    """Those of the application, with what Lambda writes before a line, and those past it."""
    ours = '{"time": "2026-11-29T14:02:55.179Z", "level": "error", "event": "request_failed"}'
    lines = [
        '{"time": "2026-11-29T14:02:55.179Z", "level": "info", "event": "request", "status": 200}',
        ours,
        f"2026-11-29T14:02:55Z {ours}",
        '{"level": "warning", "event": "error"}',
        "Traceback (most recent call last):",
        "START RequestId: 5c1f Version: $LATEST",
        "{not JSON",
    ]
    assert errors_in(lines) == [ours, f"2026-11-29T14:02:55Z {ours}", "Traceback (most recent call last):"]
