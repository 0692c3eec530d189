"""Autoreload that looks at the project's own files only.

Chalice's looks at every file below the project each second: a virtual environment there costs half a processor,
and bytecode or a tool's cache written there is a reload.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalice.cli.filewatch.stat import StatFileWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SKIPPED = {"__pycache__", "node_modules", "build", "tests", "benchmarks", "docs", "samples"}
_WATCHED = {".chalice"}


def install() -> None:
    """Narrow the watch; it has begun already, on everything, for Chalice loads the app after it."""
    watcher: Any = StatFileWatcher
    poll = watcher._single_pass_poll  # noqa: SLF001

    def narrowed_poll(self: Any, root: str, callback: Callable[[], None]) -> None:
        seen = self._mtime_cache
        self._mtime_cache = {path: time for path, time in seen.items() if _is_own(os.path.relpath(path, root))}
        poll(self, root, callback)

    watcher._single_pass_poll = narrowed_poll  # noqa: SLF001
    watcher._recursive_walk_files = lambda _, root: _files(root)  # noqa: SLF001


def _files(root: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not _is_skipped(name)]
        yield from (os.path.join(folder, name) for name in files)  # noqa: PTH118  the shape that Chalice compares


def _is_own(path: str) -> bool:
    return not any(_is_skipped(name) for name in Path(path).parts[:-1])


def _is_skipped(folder: str) -> bool:
    return folder in _SKIPPED or (folder.startswith(".") and folder not in _WATCHED)
