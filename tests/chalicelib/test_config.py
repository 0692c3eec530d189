"""Settings: read from the environment, documented, and offline only where they should be."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("command", "offline", "mode", "worker", "expected"),
    [
        ("local", "true", "true", None, True),
        (None, "true", "true", "true", True),
        ("package", "true", "true", None, False),
        ("local", None, "true", None, False),
        ("local", "true", None, None, False),
        (None, "true", "true", None, False),
    ],
)
def test_only_chalice_local_on_an_offline_stage_runs_offline(
    monkeypatch: Any,
    command: str | None,
    offline: str | None,
    mode: str | None,
    worker: str | None,
    expected: bool,
) -> None:
    """Neither packaging, nor another stage, nor Lambda."""
    for name, value in {"JANUS_OFFLINE": offline, "AWS_CHALICE_CLI_MODE": mode, "CHALICE_WORKER": worker}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    if command is None:
        assert config.runs_offline() is expected
    else:
        with click.Context(click.Command(command), info_name=command):
            assert config.runs_offline() is expected
