"""CloudFormation by the AWS command line, which reads credentials and region as users know it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, NamedTuple

AWS = (sys.executable, "-m", "awscli")
ROLLED_BACK = "ROLLBACK_COMPLETE"
"""A creation failed and all of it was undone; such a stack can only be deleted."""
EMPTY = (None, "REVIEW_IN_PROGRESS", ROLLED_BACK)
"""The states of a stack without resources: there is none, it was only ever planned, or its creation failed."""


class AskError(Exception):
    """CloudFormation does not answer, for example because credentials expired; the message says why."""


class Resource(NamedTuple):
    """A resource of a stack."""

    kind: str  # such as AWS::S3::Bucket
    name: str
    outlives: bool  # the stack


def known() -> bool:
    """Tell whether AWS knows the caller, and say to people who that is, or that it is nobody."""
    identity = [*AWS, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
    if subprocess.run(identity, check=False).returncode == 0:  # noqa: S603  our own interpreter
        return True
    print("AWS does not know you: set credentials and region as for the AWS command line.", file=sys.stderr)
    return False


def run(*arguments: str) -> None:
    """Run a command of CloudFormation; raise CalledProcessError where it fails."""
    subprocess.run([*AWS, "cloudformation", *arguments], check=True)  # noqa: S603


def status(stack: str) -> str | None:
    """Return the status of a stack; None where there is none. Raises AskError where that is unknown."""
    told = _asked("describe-stacks", "--stack-name", stack, "--query", "Stacks[0].StackStatus")
    return None if told is None else str(told)


def resources(stack: str) -> list[Resource]:
    """Return the resources of a stack; raise AskError where they are unknown."""
    template = _asked("get-template", "--stack-name", stack, "--template-stage", "Processed")
    declared = template["TemplateBody"]["Resources"] if template else {}
    found = _asked("describe-stack-resources", "--stack-name", stack)
    return [
        Resource(
            one["ResourceType"],
            one["PhysicalResourceId"],
            str(declared.get(one["LogicalResourceId"], {}).get("DeletionPolicy")).startswith("Retain"),
        )
        for one in (found["StackResources"] if found else ())
        if "PhysicalResourceId" in one
    ]


def delete(stack: str) -> None:
    """Delete a stack, and wait until it is gone; raise CalledProcessError where it stays."""
    run("delete-stack", "--stack-name", stack)
    run("wait", "stack-delete-complete", "--stack-name", stack)


def _asked(*arguments: str) -> Any:
    """Return the answer of a command; None where the stack does not exist. Raises AskError otherwise."""
    asked = [*AWS, "cloudformation", *arguments, "--output", "json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return json.loads(done.stdout)
    if "does not exist" in done.stderr:
        return None
    raise AskError(f"CloudFormation does not answer {arguments[0]}: {done.stderr.strip()}")
