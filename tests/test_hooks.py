"""Hooks, hosted CI and issue forms: the same tools, the same checks, forms that GitHub accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[1]


def test_hooks_have_the_pinned_versions() -> None:
    """Each hook installs exactly one tool, in the version of requirements-dev.txt."""
    config = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())
    hooks = {hook["id"]: hook["additional_dependencies"] for repo in config["repos"] for hook in repo["hooks"]}
    assert set(hooks) == {"ruff-check", "ruff-format", "codespell", "validate-pyproject"}
    pinned = {
        line.partition(" #")[0].strip() for line in (PROJECT / "requirements-dev.txt").read_text().splitlines()
    }
    assert {tool for tools in hooks.values() for tool in tools} <= pinned
    assert all(len(tools) == 1 for tools in hooks.values())


def test_hosted_ci_runs_what_every_machine_runs() -> None:
    """Its only check is .ci/run, which requires the audit there; it may read the repository and nothing else."""
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["ci"]["steps"]
    assert [step["env"] for step in steps if step.get("run") == ".ci/run"] == [
        {"AUDIT": "--required", "PYTHON": "python3.11"}
    ]
    assert workflow["permissions"] == {"contents": "read"}
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["bug", "feature", "metadata"])
def test_issue_forms_have_the_form_that_github_accepts(name: str) -> None:
    """Name, description and body; each field but texts has a known type, an id of its own, and a label."""
    form = yaml.safe_load((PROJECT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text())
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"textarea", "input", "dropdown", "checkboxes"}
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields) > 0
