"""The linters of the packaged template: no finding passes unseen, and no excuse outlives its finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts import lint_template
from scripts.lint_template import Finding

if TYPE_CHECKING:
    from pathlib import Path

EXCUSES = yaml.safe_load(lint_template.EXCUSES.read_text())
FOUND = Finding("checkov", "CKV_AWS_1", "Bucket")
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "Policies": [
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Files.Arn}/a/*"}},
                        {"Action": "sqs:SendMessage", "Resource": [{"Fn::Sub": "${Work.Arn}"}]},
                    ]
                }
            }
        ]
    },
}


def test_every_excuse_has_a_reason_and_a_resource_of_the_template(template: Any) -> None:
    """A rule is excused once; its reason is a sentence."""
    for excuses in EXCUSES.values():
        assert len({excuse["rule"] for excuse in excuses}) == len(excuses)
        for excuse in excuses:
            assert len(excuse["reason"].split()) >= 10, excuse["rule"]
            assert excuse["reason"].endswith((".", ")."))
            assert set(excuse["resources"]) <= template["Resources"].keys(), excuse["rule"]


def test_everything_that_is_off_by_default_is_linted_too(template: Any) -> None:
    """Each parameter that is empty, zero or passive has a value in ON; what none turns on, none checks."""
    off = {name for name, told in template["Parameters"].items() if told["Default"] in ("", 0, "PassThrough")}
    assert off == lint_template.ON.keys()


@pytest.mark.parametrize(
    ("found", "excuses", "open_", "code", "said"),
    [
        ({FOUND}, {"checkov": [{"rule": "CKV_AWS_1", "resources": ["Bucket"]}]}, 0, 0, ""),
        ({FOUND}, {}, 1, 1, "checkov CKV_AWS_1: Bucket is neither mended nor excused"),
        ({FOUND}, {"checkov": [{"rule": "CKV_AWS_1", "resources": ["Other"]}]}, 1, 1, "Bucket is neither mended"),
        (
            set(),
            {"checkov": [{"rule": "CKV_AWS_1", "resources": ["Bucket"]}]},
            0,
            1,
            "Bucket is excused and not found",
        ),
    ],
)
def test_findings_and_excuses_must_be_the_same(  # noqa: PLR0913, PLR0917
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    found: set[Finding],
    excuses: dict[str, Any],
    open_: int,
    code: int,
    said: str,
) -> None:
    """A finding without an excuse fails, and so does an excuse without a finding."""
    (tmp_path / "excuses.yaml").write_text(yaml.safe_dump(excuses))
    monkeypatch.setattr(lint_template, "PROJECT", tmp_path)
    monkeypatch.setattr(lint_template, "EXCUSES", tmp_path / "excuses.yaml")
    monkeypatch.setattr(lint_template, "templates", fake_templates)
    monkeypatch.setattr(lint_template, "_passes_cfn_lint", lambda _: True)
    monkeypatch.setattr(lint_template, "checkov", lambda _: found)
    monkeypatch.setattr(lint_template, "parliament", lambda *_: set())
    assert lint_template.main() == code
    told = capsys.readouterr()
    assert said in told.err
    assert f"{len(found)} findings, {open_} open" in told.out


def test_a_template_that_cfn_lint_refuses_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any finding of the others."""
    (tmp_path / "excuses.yaml").write_text("{}")
    monkeypatch.setattr(lint_template, "EXCUSES", tmp_path / "excuses.yaml")
    monkeypatch.setattr(lint_template, "templates", fake_templates)
    monkeypatch.setattr(lint_template, "_passes_cfn_lint", lambda path: path.name != "on.yaml")
    monkeypatch.setattr(lint_template, "checkov", lambda _: set())
    monkeypatch.setattr(lint_template, "parliament", lambda *_: set())
    assert lint_template.main() == 1


def test_policies_are_read_with_examples_for_arns() -> None:
    """Of the kind that the resource has, which parliament compares with the action."""
    resources = {"R": ROLE, "Files": {"Type": "AWS::S3::Bucket", "Properties": {}}}
    resources["Work"] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    ((name, policy),) = lint_template.policies({"Resources": resources})
    assert name == "R"
    assert [statement["Resource"] for statement in policy["Statement"]] == [
        "arn:aws:s3:::example/a/*",
        ["arn:aws:sqs:us-east-1:123456789012:example"],
    ]


def fake_templates(folder: Path) -> list[Path]:
    """Write three templates without a resource."""
    paths = [folder / name for name in ("template.yaml", "on.yaml", "import.yaml")]
    for path in paths:
        path.write_text("Resources: {}")
    return paths
