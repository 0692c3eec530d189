"""Autoreload that looks at the app's own code only.

Chalice's looks at every file below the project each second: a virtual environment there costs half a processor,
and a download, bytecode or a tool's cache written there is a reload.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalice.cli.filewatch.stat import StatFileWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FILES = ("app.py", ".chalice/config.json")
_PACKAGES = ("chalicelib", "image_processing")
_CODE = {".py", ".html", ".css", ".js", ".json", ".zdict"}  # of a package: modules, pages, their data
_BYTECODE = "__pycache__"


def install() -> None:
    """Narrow the watch; it has begun already, on everything, for Chalice loads the app after it."""
    watcher: Any = StatFileWatcher
    seen: dict[str, dict[str, float]] = {}

    def poll(self: Any, root: str, callback: Callable[[], None]) -> None:
        found = dict(_code(root))
        if root not in seen:  # changes since Chalice began count, too
            seen[root] = {path: self._mtime_cache.get(path, time) for path, time in found.items()}
        before, seen[root] = seen[root], found
        if found != before:
            callback()

    watcher._single_pass_poll = poll  # noqa: SLF001


def _code(root: str) -> Iterator[tuple[str, float]]:
    """Yield the files of the app's code, each with its time of change."""
    for path in _paths(Path(root)):
        try:
            yield str(path), path.stat().st_mtime
        except OSError:  # gone meanwhile, or a link of an editor that leads nowhere
            continue


def _paths(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _FILES)
    for package in _PACKAGES:
        for folder, folders, files in os.walk(root / package):
            folders[:] = [name for name in folders if name != _BYTECODE and not name.startswith(".")]
            yield from (
                Path(folder, name)
                for name in files
                if os.path.splitext(name)[1] in _CODE and not name.startswith(".")  # noqa: PTH122  each second
            )
