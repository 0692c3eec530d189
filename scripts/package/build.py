"""Have Chalice gather the sources and write the template."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml
from chalice.package import YAMLTemplateSerializer

from chalicelib.routes import api_docs
from scripts.package import PackageError
from scripts.package.adopt import import_template

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.package.target import Target

RESOURCES = ("resources.yaml", "watching.yaml", "edge.yaml")
"""The files in `.chalice` that describe all resources but Chalice's own."""

# Only developers' machines use these packages, and neither moto nor the samples are in the zip.
LEFT_BEHIND = ("commands", "offline")
# A model is in the layer of the one function that needs it (`layer`).
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.npz", *LEFT_BEHIND)


def stage_settings(project: Path, stage: str) -> dict[str, str]:
    """Return the environment variables of a stage in `.chalice/config.json`.

    Raises PackageError for a stage that is not there, or that is offline.
    """
    config = json.loads((project / ".chalice" / "config.json").read_text())
    if stage not in config["stages"]:
        raise PackageError(f"no stage {stage!r} in .chalice/config.json; there is {', '.join(config['stages'])}")
    variables: dict[str, str] = config["stages"][stage].get("environment_variables", {})
    if variables.get("JANUS_OFFLINE") == "true":
        raise PackageError(f"stage {stage!r} is offline only. Name one to deploy: make package STAGE=prod")
    if variables.get("JANUS_STAGE") != stage:
        raise PackageError(f"JANUS_STAGE of stage {stage!r} must be {stage!r} in .chalice/config.json")
    return variables


def gather(project: Path, source: Path) -> None:
    """Copy the sources of a deployment into an empty folder, so that Chalice packs nothing else."""
    source.mkdir(parents=True)
    shutil.copy2(project / "app.py", source / "app.py")
    (source / "requirements.txt").touch()  # Chalice has nothing to download: `wheels` does, for any target
    for name in (".chalice", "chalicelib", "vendor"):
        ignore = shutil.ignore_patterns("deployments", "deployed") if name == ".chalice" else _IGNORED
        shutil.copytree(project / name, source / name, ignore=ignore)
    viewer = api_docs.viewer()
    shutil.copytree(viewer, source / "vendor" / api_docs.VIEWER / viewer.name, ignore=_not_served)


def _not_served(folder: str, names: list[str]) -> list[str]:
    """Return the viewer's files that no page loads."""
    del folder
    return [name for name in names if name not in api_docs.ASSETS and not name.startswith("LICENSE")]


def run_chalice(source: Path, stage: str, out: Path) -> None:
    """Write Chalice's `deployment.zip` and `sam.yaml`, the resources beside the functions merged in."""
    command = [sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())"]
    command += ["--project-dir", str(source), "package", "--stage", stage]
    command += ["--merge-template", str(_resources(source / ".chalice")), str(out)]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_", "PYTHON"))},
        "AWS_DEFAULT_REGION": "us-east-1",  # Chalice wants one; the template names none
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise PackageError(f"chalice package failed:\n{said}")


def _resources(folder: Path) -> Path:
    """Write the one template that Chalice merges with its own; return its path."""
    merged: dict[str, dict[str, Any]] = {}
    for name in RESOURCES:
        for section, members in YAMLTemplateSerializer().load_template((folder / name).read_text(), name).items():
            merged.setdefault(section, {}).update(members)
    path = folder / "merged.yaml"
    path.write_text(json.dumps(merged))  # JSON is YAML
    return path


def write_template(merged: Path, template: Path, stage: str, settings: dict[str, str], target: Target) -> None:
    """Write the template with the stage's own defaults of its parameters, and `import.yaml` beside it."""
    document: Any = yaml.safe_load(merged.read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":  # Chalice names the Python that runs it
            resource["Properties"].update(Runtime=target.runtime, Architectures=[target.architecture])
    parameters = document["Parameters"]
    parameters["Stage"].update(Default=stage, AllowedValues=[stage])
    parameters["AllowedOrigins"]["Default"] = settings.get("ALLOWED_ORIGINS", "*")
    for path, content in ((template, document), (template.with_name("import.yaml"), import_template(document))):
        without_aliases = json.loads(json.dumps(content))  # CloudFormation does not know them
        path.write_text(yaml.safe_dump(without_aliases, sort_keys=True, width=115))
