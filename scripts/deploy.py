"""Deploy a stage: build its package, and update its CloudFormation stack.

    python -m scripts.deploy --stage prod --artifacts BUCKET

Needs the AWS command line's usual credentials and region.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from scripts.package import PackageError
from scripts.package.__main__ import PROJECT, package


def main(arguments: list[str] | None = None) -> int:
    """Deploy a stage; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy", description=__doc__)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json, such as prod")
    parser.add_argument("--artifacts", required=True, help="your S3 bucket from which CloudFormation reads")
    options = parser.parse_args(arguments)
    if not options.artifacts:
        print(
            "Name an S3 bucket of yours for the zip: make deploy STAGE=prod ARTIFACTS=my-artifacts\n"
            "(`aws s3 mb s3://my-artifacts` makes one, in the region of the deployment).",
            file=sys.stderr,
        )
        return 2
    identity = [sys.executable, "-m", "awscli", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
    if subprocess.run(identity, check=False).returncode != 0:  # noqa: S603  our own interpreter
        print("AWS does not know you: set credentials and region as for the AWS command line.", file=sys.stderr)
        return 2
    stack, out = f"janus-{options.stage}", PROJECT / "build" / options.stage
    packaged = str(out / "packaged.yaml")
    steps = (
        ["package", "--template-file", str(out / "template.yaml"), "--output-template-file", packaged]
        + ["--s3-bucket", options.artifacts, "--s3-prefix", stack],
        ["deploy", "--template-file", packaged, "--stack-name", stack, "--capabilities", "CAPABILITY_IAM"]
        + ["--s3-bucket", options.artifacts, "--s3-prefix", stack, "--no-fail-on-empty-changeset"],
        ["describe-stacks", "--stack-name", stack, "--output", "table"]
        + ["--query", "Stacks[0].Outputs[].[OutputKey,OutputValue]"],
    )
    try:
        package(options.stage, out)
        for step in steps:
            subprocess.run([sys.executable, "-m", "awscli", "cloudformation", *step], check=True)  # noqa: S603
    except PackageError as error:
        print(f"\nThe package is not usable: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
