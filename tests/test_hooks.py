"""The hooks of pre-commit run the versions of the tools that `make lint` runs."""

from __future__ import annotations

from pathlib import Path

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
