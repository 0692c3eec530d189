"""Build the package of a stage: every step in order, with its time, and the sizes at the end."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.package import PackageError, archive, build, layer, route_modules, trim, wheels
from scripts.package.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Build a stage's package; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.package", description=__doc__)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json, such as prod")
    parser.add_argument(
        "--out", type=Path, help="folder of deployment.zip and template.yaml (default: build/STAGE)"
    )
    options = parser.parse_args(arguments)
    try:
        package(options.stage, options.out.resolve() if options.out else PROJECT / "build" / options.stage)
    except PackageError as error:
        print(f"\nThe package is not usable: {error}", file=sys.stderr)
        return 1
    return 0


def package(stage: str, out: Path, target: Target | None = None) -> None:
    """Build `deployment.zip`, `layer.zip` and `template.yaml` in a folder; raise PackageError if they cannot work.

    There is no layer for a Python that `layer.supported` says no to.

    The target is that of RUNTIME and ARCHITECTURE unless given.
    """
    target = target or Target.chosen()
    interpreter = target.interpreter()
    settings = build.stage_settings(PROJECT, stage)
    source, built, function = out / "source", out / "chalice", out / "function"
    for folder in (source, built, function):
        shutil.rmtree(folder, ignore_errors=True)
    with _step("gather the sources"):
        build.gather(PROJECT, source)
    with _step("write the template with Chalice"):
        build.run_chalice(source, stage, built)
        build.write_template(built / "sam.yaml", out / "template.yaml", stage, settings, target)
        shutil.unpack_archive(built / "deployment.zip", function)
        route_modules.write(function)
    with _step("download the wheels"):
        wheels.download(target, PROJECT / "requirements.lock", function)
    with _step("check the wheels"):
        requirements = wheels.read_requirements(PROJECT / "requirements.txt", target)
        wheels.check(function, requirements, target)
        owners = wheels.owners(function)
    with _step("remove what no function needs"):
        trim.trim(function, requirements, target)
    with _step("compile"):
        archive.compile_all(function, interpreter)
    with _step("pack"):
        archive.pack(function, out / "deployment.zip")
    layers = []
    if layer.supported(target):
        with _step("build the layer of runtime and models"):
            layers.append(layer.build(PROJECT, out / "layer", target))
    else:
        layer.discard(out / "layer")
    for folder in (source, built, function):
        shutil.rmtree(folder)
    print()
    print(archive.table(out / "deployment.zip", owners))
    print("\n".join(archive.table(path, {"python": "recognition"}) for path in layers) or layer.UNSUPPORTED)
    archive.check_size(out / "deployment.zip", *layers)
    print(
        f"\n{out}: deployment.zip and template.yaml for stage {stage}, {target.runtime} on {target.architecture}"
    )


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"  {what} ...", end="", flush=True)
    start = time.perf_counter()
    yield
    print(f" {time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
