"""The commands of a deployment: the first one of a stage, and any after it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from scripts import deploy

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[list[str]]:
    """Note the commands instead of running them; the parameter tells whether the stack is there."""
    ran: list[list[str]] = []

    def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        del options
        ran.append([*command[3:]])
        absent = "describe-stacks" in command and "--query" not in command and not request.param
        return subprocess.CompletedProcess(command, 255 if absent else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(deploy, "package", lambda *_: None)
    return ran


def overrides(commands: list[list[str]]) -> list[list[str]]:
    """Return the parameters of each update of the stack."""
    return [told[told.index("--parameter-overrides") + 1 :] for told in commands if told[1] == "deploy"]


@pytest.mark.parametrize(
    ("commands", "updates"),
    [
        (
            False,
            [
                ["AllowedOrigins=*", "AlarmEmail=ops@example.org", "DeletionProtection=false"],
                ["AllowedOrigins=*", "AlarmEmail=ops@example.org", "DeletionProtection=true"],
            ],
        ),
        (True, [["AllowedOrigins=*", "AlarmEmail=ops@example.org"]]),
    ],
    indirect=["commands"],
)
def test_data_are_protected_once_the_stack_is_there(commands: list[list[str]], updates: list[list[str]]) -> None:
    """A creation that fails can be rolled back; the origins of the stage reach a stack that is there, too."""
    told = ["--stage", "prod", "--artifacts", "mine", "--parameters", "AlarmEmail=ops@example.org"]
    assert deploy.main(told) == 0
    assert overrides(commands) == updates
    assert [command[1] for command in commands][-1] == "describe-stacks"
