"""The package, built once; its functions, run as Lambda runs them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from chalicelib.offline import provisioning
from scripts import lambda_runtime
from scripts.package import build
from scripts.package.__main__ import package
from scripts.package.target import Target
from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Built(NamedTuple):
    """A package: where it was built, its zip unpacked, and Lambda's runtime client beside it."""

    out: Path
    function: Path
    client: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the package of stage prod for the Python that runs the tests."""
    out = tmp_path_factory.mktemp("package")
    package("prod", out, Target.own())
    shutil.unpack_archive(out / "deployment.zip", out / "unpacked")
    return Built(out, out / "unpacked", lambda_runtime.gather_client(out / "client"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the packaged template of stage prod, as `package` writes it; only the zip beside it has no wheels."""
    out = tmp_path_factory.mktemp("template")
    build.gather(PROJECT, out / "source")
    build.run_chalice(out / "source", "prod", out / "chalice")
    settings = build.stage_settings(PROJECT, "prod")
    build.write_template(out / "chalice" / "sam.yaml", out / "template.yaml", "prod", settings, Target())
    return yaml.safe_load((out / "template.yaml").read_text())


@pytest.fixture
def run(built: Built, aws: str) -> Callable[[str], lambda_runtime.Function]:
    """Return a way to run a function of the zip against the offline AWS, by its handler."""
    names = provisioning.environment(aws, provisioning.Client("", "", ""))
    environment = {name: os.environ[name] for name in names}
    return lambda handler: lambda_runtime.Function(built.function, built.client, handler, environment)
