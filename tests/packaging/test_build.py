"""The sources of a deployment: every module that a function may import, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.package import build
from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

LEFT_BEHIND = ("chalicelib/commands/", "chalicelib/offline/")


def modules(folder: Path, top: str) -> set[str]:
    return {f"{top}/{path.relative_to(folder / top)}" for path in (folder / top).rglob("*.py")}


def test_all_modules_but_programs_and_the_offline_system_are_deployed(tmp_path: Path) -> None:
    """A module is left behind by its package: `commands/backfill.py` is, `processing/backfill.py` is not."""
    build.gather(PROJECT, tmp_path / "source")
    deployed = modules(tmp_path / "source", "chalicelib")
    assert deployed == {name for name in modules(PROJECT, "chalicelib") if not name.startswith(LEFT_BEHIND)}
    assert {"chalicelib/processing/backfill.py", "chalicelib/catalogue/repair/recount_owner.py"} <= deployed
    library = modules(tmp_path / "source", "vendor/image_processing")
    assert library == {name for name in modules(PROJECT, "vendor/image_processing") if "__pycache__" not in name}
