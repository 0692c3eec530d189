"""The commands of a deployment and of its end: the first deployment of a stage, any after it, its destruction."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from scripts import deploy, destroy

if TYPE_CHECKING:
    from collections.abc import Sequence

DECLARED = {
    "ImagesTable": {"DeletionPolicy": "RetainExceptOnCreate"},
    "FacetsTable": {},
    "ImagesBucket": {"DeletionPolicy": "RetainExceptOnCreate"},
    "UserPool": {"DeletionPolicy": "Retain"},
    "CursorSecret": {"DeletionPolicy": "RetainExceptOnCreate"},
    "Sweep": {},
}
THERE = {
    "ImagesTable": ("AWS::DynamoDB::Table", "janus-prod-images"),
    "FacetsTable": ("AWS::DynamoDB::Table", "janus-prod-facets"),
    "ImagesBucket": ("AWS::S3::Bucket", "janus-prod-images-1"),
    "UserPool": ("AWS::Cognito::UserPool", "eu-central-1_Pool"),
    "CursorSecret": ("AWS::SecretsManager::Secret", "arn:secret"),
    "Sweep": ("AWS::Lambda::Function", "janus-prod-Sweep"),
}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[list[str]]:
    """Note the commands instead of running them; the parameter is the status of the stack, None without one."""
    ran: list[list[str]] = []
    answers = {
        "get-template": {"TemplateBody": {"Resources": DECLARED}},
        "describe-stack-resources": {
            "StackResources": [
                {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": physical}
                for name, (kind, physical) in THERE.items()
            ]
        },
        "describe-stacks": request.param,
    }

    def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        ran.append([*command[3:]])
        answer = answers.get(command[4])
        absent = options.get("capture_output") and answer is None
        said = "An error occurred (ValidationError) ...: Stack with id janus-prod does not exist" if absent else ""
        return subprocess.CompletedProcess(command, 255 if absent else 0, json.dumps(answer), said)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(deploy, "package", lambda *_: None)
    return ran


def overrides(commands: list[list[str]]) -> list[list[str]]:
    """Return the parameters of each update of the stack."""
    return [told[told.index("--parameter-overrides") + 1 :] for told in commands if told[1] == "deploy"]


EVERY = ["AllowedOrigins=*", "DeletionProtection=true", "AlarmEmail=ops@example.org"]
CREATED = [[*EVERY, "DeletionProtection=false"], EVERY]


@pytest.mark.parametrize(
    ("commands", "updates"),
    [
        (None, CREATED),
        ("REVIEW_IN_PROGRESS", CREATED),  # a first deployment that CloudFormation refused to begin
        ("ROLLBACK_COMPLETE", CREATED),
        ("CREATE_COMPLETE", [EVERY]),  # one, too, whose second update did not come
        ("UPDATE_ROLLBACK_COMPLETE", [EVERY]),
    ],
    indirect=["commands"],
)
def test_data_are_protected_once_the_stack_is_there(commands: list[list[str]], updates: list[list[str]]) -> None:
    """A creation that fails can be rolled back; the origins of the stage reach a stack that is there, too."""
    told = ["--stage", "prod", "--artifacts", "mine", "--parameters", "AlarmEmail=ops@example.org"]
    assert deploy.main(told) == 0
    assert overrides(commands) == updates
    assert [command[1] for command in commands][-1] == "describe-stacks"


@pytest.mark.parametrize("commands", ["CREATE_COMPLETE"], indirect=True)
def test_the_protection_is_off_only_where_that_is_asked(commands: list[list[str]]) -> None:
    """The parameter that a user names comes last, and wins."""
    told = ["--stage", "prod", "--artifacts", "mine", "--parameters", "DeletionProtection=false"]
    assert deploy.main(told) == 0
    assert overrides(commands)[-1][-1] == "DeletionProtection=false"


@pytest.mark.parametrize(
    ("commands", "deletes"),
    [("ROLLBACK_COMPLETE", True), ("CREATE_COMPLETE", False), ("UPDATE_ROLLBACK_COMPLETE", False), (None, False)],
    indirect=["commands"],
)
def test_a_creation_that_failed_makes_room_for_the_next(commands: list[list[str]], *, deletes: bool) -> None:
    """CloudFormation can only delete such a stack; no other is ever deleted."""
    assert deploy.main(["--stage", "prod", "--artifacts", "mine"]) == 0
    named = [command[1] for command in commands]
    assert ("delete-stack" in named) is deletes
    if deletes:
        assert named.index("delete-stack") < named.index("wait") < named.index("deploy")


@pytest.mark.parametrize("commands", ["CREATE_COMPLETE"], indirect=True)
@pytest.mark.parametrize(("typed", "done"), [("prod\n", True), ("yes\n", False), ("prod2\n", False), ("", False)])
def test_a_stage_is_destroyed_once_its_name_is_typed(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, typed: str, *, done: bool
) -> None:
    """Nothing else is an agreement, nor the end of the input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert destroy.main(["--stage", "prod"]) == (0 if done else 1)
    assert ("delete-stack" in [command[1] for command in commands]) is done


@pytest.mark.parametrize("commands", ["CREATE_COMPLETE"], indirect=True)
def test_what_a_destroyed_stage_leaves_is_named(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the commands that remove it; a table that goes loses its protection first, and no other does."""
    assert destroy.main(["--stage", "prod", "--yes"]) == 0
    unprotected = [command[command.index("--table-name") + 1] for command in commands if command[0] == "dynamodb"]
    assert unprotected == ["janus-prod-facets"]
    said = capsys.readouterr().out.partition("Kept")[2]
    for name in ("janus-prod-images", "janus-prod-images-1", "eu-central-1_Pool", "arn:secret"):
        assert name in said
    for name in ("janus-prod-facets", "janus-prod-Sweep"):
        assert name not in said
    assert "aws dynamodb delete-table --table-name janus-prod-images\n" in said
    assert "Bucket('janus-prod-images-1')" in said
    assert "aws cognito-idp delete-user-pool --user-pool-id eu-central-1_Pool" in said


@pytest.mark.parametrize("commands", [None], indirect=True)
def test_a_stage_that_is_not_there_is_not_destroyed(commands: list[list[str]]) -> None:
    """The command says so, and fails."""
    assert destroy.main(["--stage", "prod", "--yes"]) == 1
    assert "delete-stack" not in [command[1] for command in commands]


@pytest.mark.parametrize("commands", ["CREATE_COMPLETE"], indirect=True)
@pytest.mark.parametrize("question", ["describe-stacks", "get-template", "describe-stack-resources"])
@pytest.mark.parametrize(
    "said",
    [
        "An error occurred (ExpiredToken) when calling the operation: The security token included is expired",
        "An error occurred (Throttling) when calling the operation (reached max retries: 2): Rate exceeded",
        'Could not connect to the endpoint URL: "https://cloudformation.eu-central-1.amazonaws.com/"',
    ],
    ids=["expired", "throttled", "unreachable"],
)
def test_a_stack_of_which_nothing_is_known_is_left_alone(
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    question: str,
    said: str,
) -> None:
    """It may live: a deployment must not take it for a new one, nor a destruction lift its protection."""
    usual = subprocess.run

    def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if command[4] == question and options.get("capture_output"):
            return subprocess.CompletedProcess(command, 255, "", said)
        return usual(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    assert destroy.main(["--stage", "prod", "--yes"]) == 1
    assert said in capsys.readouterr().err
    if question == "describe-stacks":
        assert deploy.main(["--stage", "prod", "--artifacts", "mine"]) == 1
        assert said in capsys.readouterr().err
    assert not {"update-table", "delete-stack", "deploy"} & {command[1] for command in commands}
