"""Deploy a stage: build its package, and update its CloudFormation stack.

    python -m scripts.deploy --stage prod --artifacts BUCKET

Needs the AWS command line's usual credentials and region.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from scripts import cloudformation
from scripts.cloudformation import run
from scripts.package import PackageError, build
from scripts.package.__main__ import PROJECT, package


def main(arguments: list[str] | None = None) -> int:
    """Deploy a stage; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy", description=__doc__)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json, such as prod")
    parser.add_argument("--artifacts", required=True, help="your S3 bucket from which CloudFormation reads")
    parser.add_argument(
        "--parameters",
        default=os.environ.get("PARAMETERS", ""),  # make hands its variables on so
        help="parameters of the template as NAME=VALUE, with spaces between; others keep their values",
    )
    options = parser.parse_args(arguments)
    if not options.artifacts:
        print(
            "Name an S3 bucket of yours for the zip: make deploy STAGE=prod ARTIFACTS=my-artifacts\n"
            "(`aws s3 mb s3://my-artifacts` makes one, in the region of the deployment).",
            file=sys.stderr,
        )
        return 2
    if not cloudformation.known():
        return 2
    stack, out = f"janus-{options.stage}", PROJECT / "build" / options.stage
    packaged = str(out / "packaged.yaml")
    store = ["--s3-bucket", options.artifacts, "--s3-prefix", stack]
    update = ["deploy", "--template-file", packaged, "--stack-name", stack, "--capabilities", "CAPABILITY_IAM"]
    update += [*store, "--no-fail-on-empty-changeset", "--parameter-overrides"]
    try:
        package(options.stage, out)
        # A new default would not reach a stack that is there: CloudFormation keeps the parameter's value.
        origins = build.stage_settings(PROJECT, options.stage).get("ALLOWED_ORIGINS", "*")
        update += [f"AllowedOrigins={origins}", "DeletionProtection=true", *options.parameters.split()]
        run("package", "--template-file", str(out / "template.yaml"), "--output-template-file", packaged, *store)
        status = cloudformation.status(stack)
        if status == cloudformation.ROLLED_BACK:
            print(f"Deleting what a failed creation has left of {stack}: the stack alone, without resources.")
            cloudformation.delete(stack)
        if status in cloudformation.EMPTY:  # what is protected cannot be rolled back, should the creation fail
            run(*update, "DeletionProtection=false")
        run(*update)
        shown = ["--output", "table", "--query", "Stacks[0].Outputs[].[OutputKey,OutputValue]"]
        run("describe-stacks", "--stack-name", stack, *shown)
    except PackageError as error:
        print(f"\nThe package is not usable: {error}", file=sys.stderr)
        return 1
    except cloudformation.AskError as error:
        print(f"\nThe stack is left as it was: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
