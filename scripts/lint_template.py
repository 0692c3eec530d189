"""Lint the packaged template with cfn-lint, checkov and parliament, the latter two on the PATH.

    make lint-template

Each finding is mended, or excused in `.chalice/excuses.yaml` with a reason; an excuse that is no longer needed
fails, too. cfn-lint has no excuses. It sees the template with the defaults of its parameters, and with all that
they can turn on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from scripts.package import PackageError, build
from scripts.package.__main__ import PROJECT
from scripts.package.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAGE = "prod"
EXCUSES = PROJECT / ".chalice" / "excuses.yaml"
CHECKOV = [
    "checkov",
    "--framework",
    "cloudformation",
    "--skip-download",
    "--quiet",
    "--compact",
    "--output",
    "json",
]
ON = {
    "AlarmEmail": "ops@example.org",
    "ApiConcurrency": 50,
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
    "DomainName": "images.example.org",
    "Embeddings": "amazon.titan-embed-image-v1",
    "EmbeddingsBudget": 50,
    "MailFrom": "no-reply@example.org",
    "MonthlyBudget": 50,
    "RecognitionLayer": "arn:aws:lambda:us-east-1:123456789012:layer:janus-models:1",
    "Rekognition": "labels,moderation,text",
    "RekognitionBudget": 50,
    "ThreatProtection": "ENFORCED",
    "Tracing": "Active",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/11111111-2222-3333-4444-555555555555",
}
"""Parameters that turn on what is off by default."""
_ARNS = {
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_example",
    "AWS::Events::EventBus": "arn:aws:events:us-east-1:123456789012:event-bus/example",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:123456789012:table/example",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:example:*",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:example-AbCdEf",
    "AWS::S3::Bucket": "arn:aws:s3:::example",
    "AWS::S3Vectors::Index": "arn:aws:s3vectors:us-east-1:123456789012:bucket/example/index/example",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:example",
}
_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", **ON}
"""Parameters that policies name, pseudo parameters among them."""


class Finding(NamedTuple):
    """A rule of a linter that a resource does not keep."""

    linter: str
    rule: str
    resource: str

    def __str__(self) -> str:
        return f"{self.linter} {self.rule}: {self.resource}"


def main() -> int:
    """Lint the template of the stage; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            paths = [path for path in templates(folder) if _passes_cfn_lint(path)]
        except PackageError as error:
            print(f"The template cannot be written: {error}", file=sys.stderr)
            return 1
        whole = folder / "template.yaml"
        found = {*checkov(whole), *parliament(yaml.safe_load(whole.read_text()), folder / "policies")}
    allowed = set(excused(yaml.safe_load(EXCUSES.read_text())))
    for finding in sorted(found - allowed):
        print(f"{finding} is neither mended nor excused in {EXCUSES.relative_to(PROJECT)}", file=sys.stderr)
    for finding in sorted(allowed - found):
        print(f"{finding} is excused and not found: remove it from {EXCUSES.name}", file=sys.stderr)
    print(
        f"cfn-lint: {len(paths)} of 3 templates pass; others: {len(found)} findings, {len(found - allowed)} open"
    )
    return 0 if found == allowed and len(paths) == 3 else 1


def templates(folder: Path) -> list[Path]:
    """Write the packaged template, the same with ON as its defaults, and the template of the import."""
    build.gather(PROJECT, folder / "source")
    build.run_chalice(folder / "source", STAGE, folder / "chalice")
    whole, on = folder / "template.yaml", folder / "on.yaml"
    settings = build.stage_settings(PROJECT, STAGE)
    build.write_template(folder / "chalice" / "sam.yaml", whole, STAGE, settings, Target())
    document = yaml.safe_load(whole.read_text())
    for name, value in ON.items():
        document["Parameters"][name]["Default"] = value
    on.write_text(yaml.safe_dump(document))
    return [whole, on, folder / "import.yaml"]


def excused(document: dict[str, Any]) -> Iterator[Finding]:
    """Yield the findings that a file of excuses names."""
    for linter, excuses in document.items():
        for excuse in excuses:
            yield from (Finding(linter, excuse["rule"], resource) for resource in excuse["resources"])


def checkov(template: Path) -> Iterator[Finding]:
    """Yield checkov's findings."""
    told = _json([*CHECKOV, "--file", str(template)])
    if told["summary"]["parsing_errors"] or not told["summary"]["passed"]:
        raise SystemExit(f"checkov could not read the template: {told['summary']}")
    for failed in told["results"]["failed_checks"]:
        yield Finding("checkov", failed["check_id"], failed["resource"].rpartition(".")[2])


def parliament(document: dict[str, Any], folder: Path) -> Iterator[Finding]:
    """Yield parliament's findings in the policies of the template's roles, written to a folder."""
    folder.mkdir()
    for name, policy in policies(document):
        (folder / f"{name}.json").write_text(json.dumps(policy))
    for line in _lines(["parliament", "--directory", str(folder), "--json"]):
        told = json.loads(line)
        yield Finding("parliament", told["issue"], Path(told["location"]["filepath"]).stem)


def policies(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the policies of roles by the role's name, and managed ones by their own, with examples for ARNs.

    All that depends on a condition is there.
    """
    resources = document["Resources"]

    def example(named: re.Match[str]) -> str:
        return str(_PSEUDO[named[1]] if named[1] in _PSEUDO else _ARNS[resources[named[1]]["Type"]])

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            if part.keys() == {"Fn::Sub"}:
                return re.sub(r"\$\{([\w:]+)(?:\.\w*Arn)?\}", example, part["Fn::Sub"])
            if part.keys() == {"Fn::If"}:
                return plain(part["Fn::If"][1])
            return {name: plain(value) for name, value in part.items()}
        return [plain(value) for value in part] if isinstance(part, list) else part

    for name, made in resources.items():
        properties = made["Properties"]
        if made["Type"] == "AWS::IAM::Role":
            yield from ((name, plain(policy["PolicyDocument"])) for policy in properties.get("Policies", []))
        if made["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, plain(properties["PolicyDocument"])


def _passes_cfn_lint(template: Path) -> bool:
    lint = str(Path(sys.executable).with_name("cfn-lint"))
    return subprocess.run([lint, str(template)], check=False).returncode == 0  # noqa: S603  our own


def _json(command: list[str]) -> Any:
    return json.loads("\n".join(_lines(command)))


def _lines(command: list[str]) -> Iterable[str]:
    """Return the lines that a linter writes; it exits with 1 where it finds something."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-1000:]}")
    return [line for line in done.stdout.splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
