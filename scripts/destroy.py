"""Delete a stage's CloudFormation stack; images, records, accounts and users stay.

    python -m scripts.destroy --stage prod [--yes]

Asks for the stage's name first, and says at the end what is left and how it is removed. Needs the usual
credentials and region of the AWS command line.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from scripts import cloudformation

TABLE = "AWS::DynamoDB::Table"
UNPROTECTED = "aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled"
REMOVAL = {
    "AWS::S3::Bucket": [
        (
            ".venv/bin/python -c \"import boto3; bucket = boto3.resource('s3').Bucket('{name}'); "
            'bucket.object_versions.delete(); bucket.delete()"'
        )
    ],
    TABLE: [UNPROTECTED, "aws dynamodb delete-table --table-name {name}"],
    "AWS::Cognito::UserPool": [
        "aws cognito-idp update-user-pool --user-pool-id {name} --deletion-protection INACTIVE",
        "aws cognito-idp delete-user-pool --user-pool-id {name}",
    ],
    "AWS::SecretsManager::Secret": ["aws secretsmanager delete-secret --secret-id {name}"],
}
"""The commands that remove what a stack leaves behind, by the type of the resource."""


def main(arguments: list[str] | None = None) -> int:
    """Delete a stage's stack; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.destroy", description=__doc__)
    parser.add_argument("--stage", required=True, help="the stage whose stack is deleted, such as prod")
    parser.add_argument("--yes", action="store_true", help="do not ask: for programs")
    options = parser.parse_args(arguments)
    if not cloudformation.known():
        return 2
    stack = f"janus-{options.stage}"
    try:
        status, resources = cloudformation.status(stack), cloudformation.resources(stack)
    except cloudformation.AskError as error:
        print(f"Nothing was deleted: {error}", file=sys.stderr)
        return 1
    if status is None:
        print(f"There is no stack {stack} in this account and region.", file=sys.stderr)
        return 1
    print(f"This deletes {stack}: its API, functions, queues, alarms, logs, and the tables facets and transient.")
    if not options.yes and not _agreed(options.stage):
        print("Nothing was deleted.", file=sys.stderr)
        return 1
    try:
        for resource in resources:
            if resource.kind == TABLE and not resource.outlives:
                _unprotect(resource.name)
        cloudformation.delete(stack)
    except subprocess.CalledProcessError as error:
        print(f"{stack} is not deleted, or not wholly: run the same command again.", file=sys.stderr)
        return error.returncode
    print(f"{stack} is deleted. Kept, with their contents:")
    for resource in resources:
        if resource.outlives:
            print(f"  {resource.kind} {resource.name}; to remove it:")
            for command in REMOVAL[resource.kind]:
                print(f"    {command.format(name=resource.name)}")
    return 0


def _agreed(stage: str) -> bool:
    """Tell whether somebody types the stage's name."""
    try:
        return input(f"Type the name of the stage ({stage}) to go on: ").strip() == stage
    except EOFError:
        return False


def _unprotect(table: str) -> None:
    """Let a table be deleted that goes with its stack; those that stay keep their protection."""
    command = UNPROTECTED.format(name=table).split()[1:]
    subprocess.run([*cloudformation.AWS, *command], stdout=subprocess.DEVNULL, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
