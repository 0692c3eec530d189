"""Settings: read from the environment, documented, and offline only where they should be."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from chalicelib import config

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented() -> None:
    """A variable that the configuration reads, and every JANUS_ one anywhere, stands in docs/operating.md."""
    own = (ROOT / "chalicelib/config.py").read_text()
    names = set(re.findall(r"(?:environ\.get\(|_required\(|_integer\()\"([A-Z_]+)\"", own))
    for path in ROOT.glob("chalicelib/**/*.py"):
        names |= set(re.findall(r"\"(JANUS_[A-Z_]+)\"", path.read_text()))
    names -= {"AWS_CHALICE_CLI_MODE", "AWS_DEFAULT_REGION"}  # Chalice's and boto3's own
    documented = (ROOT / "docs/operating.md").read_text()
    assert {"IMAGES_BUCKET", "JANUS_STATE", "TICKET_SECONDS"} <= names
    assert not {name for name in names if f"`{name}`" not in documented}


def test_a_missing_setting_says_who_sets_it(monkeypatch: Any) -> None:
    """Not a KeyError in the middle of a request."""
    monkeypatch.delenv("IMAGES_BUCKET", raising=False)
    with pytest.raises(config.ConfigurationError, match="IMAGES_BUCKET"):
        _ = config.Settings().images_bucket


def test_a_number_that_is_none_is_refused(monkeypatch: Any) -> None:
    """With the name of the variable."""
    monkeypatch.setenv("LINK_SECONDS", "soon")
    with pytest.raises(config.ConfigurationError, match="LINK_SECONDS"):
        _ = config.Settings().link_seconds


def test_limits_of_requests_are_changed_class_by_class(monkeypatch: Any) -> None:
    """Classes that are not named keep their limits; `off` leaves none."""
    monkeypatch.setenv("RATE_LIMITS", " auth=5/30, read=9/1")
    changed = {"auth": (5, 30), "read": (9, 1)}
    assert config.Settings().rate_limits == {**config.RATE_LIMITS, **changed}
    monkeypatch.setenv("RATE_LIMITS", "off")
    assert config.Settings().rate_limits == {}


@pytest.mark.parametrize(
    "text", ["auth", "auth=0/60", "auth=5/0", "auth=5", "other=5/60", "auth=5/60;read=5/60", ","]
)
def test_limits_that_are_none_are_refused(monkeypatch: Any, text: str) -> None:
    """A slip of the pen neither opens nor closes the API."""
    monkeypatch.setenv("RATE_LIMITS", text)
    with pytest.raises(config.ConfigurationError, match="RATE_LIMITS"):
        _ = config.Settings().rate_limits


@pytest.mark.parametrize(
    ("stage", "text", "allowed"),
    [("dev", "true", True), ("dev", "false", False), ("dev", None, False), ("prod", "false", False)],
)
def test_webhooks_reach_this_machine_by_a_setting_alone(
    monkeypatch: Any, stage: str, text: str | None, *, allowed: bool
) -> None:
    """No stage has it by default."""
    monkeypatch.setenv("JANUS_STAGE", stage)
    monkeypatch.delenv("WEBHOOKS_ALLOW_LOOPBACK", raising=False)
    if text is not None:
        monkeypatch.setenv("WEBHOOKS_ALLOW_LOOPBACK", text)
    assert config.Settings().webhooks_allow_loopback is allowed


@pytest.mark.parametrize("text", ["yes", "1", "True", ""])
def test_a_slip_of_the_pen_does_not_open_this_machine(monkeypatch: Any, text: str) -> None:
    """Only `true` and `false` are values."""
    monkeypatch.setenv("WEBHOOKS_ALLOW_LOOPBACK", text)
    with pytest.raises(config.ConfigurationError, match="WEBHOOKS_ALLOW_LOOPBACK"):
        _ = config.Settings().webhooks_allow_loopback


def test_production_does_not_start_where_webhooks_reach_this_machine() -> None:
    """The app of stage `prod` cannot even be imported; that of another stage can."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_"))}
    clean |= {"AWS_DEFAULT_REGION": "us-east-1", "WEBHOOKS_ALLOW_LOOPBACK": "true"}
    started = [
        subprocess.run(
            [sys.executable, "-c", "import app"],
            cwd=ROOT,
            env={**clean, "JANUS_STAGE": stage},
            capture_output=True,
            text=True,
            check=False,
        )
        for stage in ("test", "prod")
    ]
    assert [answer.returncode for answer in started] == [0, 1]
    assert "ConfigurationError: WEBHOOKS_ALLOW_LOOPBACK is for tests" in started[1].stderr


@pytest.mark.parametrize(
    ("command", "environment", "expected"),
    [
        ("local", {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, True),
        (None, {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true", "CHALICE_WORKER": "true"}, True),
        ("package", {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, False),
        ("local", {"AWS_CHALICE_CLI_MODE": "true"}, False),
        ("local", {"JANUS_OFFLINE": "true"}, False),
        (None, {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, False),
    ],
)
def test_only_chalice_local_on_an_offline_stage_runs_offline(
    monkeypatch: Any, command: str | None, environment: dict[str, str], *, expected: bool
) -> None:
    """Neither packaging, nor another stage, nor Lambda."""
    for name in ("JANUS_OFFLINE", "AWS_CHALICE_CLI_MODE", "CHALICE_WORKER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    context = click.Context(click.Command(command), info_name=command) if command else contextlib.nullcontext()
    with context:
        assert config.runs_offline() is expected
