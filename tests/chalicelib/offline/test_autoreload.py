"""Which files of a project are code, whose changes start `chalice local` anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from chalice.cli.filewatch.stat import StatFileWatcher

from chalicelib.offline import autoreload

if TYPE_CHECKING:
    from pathlib import Path

CODE = [
    "app.py",
    ".chalice/config.json",
    "chalicelib/routes/images.py",
    "chalicelib/static/start.html",
    "chalicelib/static/page.css",
    "chalicelib/static/docs.js",
    "chalicelib/static/openapi.json",
    "chalicelib/db/documents.zdict",
    "image_processing/formats.py",
]
NO_CODE = [
    "ticket.json",
    "record.txt",
    "photo.jpg",
    "theme.css",
    "index.html",
    "mine.py",
    ".chalice/deployed/dev.json",
    ".venv/lib/python3.11/site-packages/chalice/app.py",
    "build/package.py",
    "chalicelib/photo.jpg",
    "chalicelib/routes/README.md",
    "chalicelib/__pycache__/config.cpython-311.pyc",
    "chalicelib/.#config.py",
    "image_processing/.cache/made.py",
    "docs/theme.css",
    "samples/album.py",
    "state/server.json",
    "tests/test_architecture.py",
]


def write(path: Path, time: float = 1_700_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, (time, time))


@pytest.fixture
def poll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that looks for changes in a folder of code once, as Chalice does."""
    monkeypatch.setattr(StatFileWatcher, "_single_pass_poll", None)  # and back afterwards
    for name in CODE:
        write(tmp_path / name)
    watcher: Any = StatFileWatcher()
    watcher._seed_mtime_cache(str(tmp_path))
    autoreload.install()
    changes: list[bool] = []

    def once() -> bool:
        changes.clear()
        watcher._single_pass_poll(str(tmp_path), lambda: changes.append(True))
        return bool(changes)

    return once


def test_a_change_of_code_is_seen_once(poll: Any, tmp_path: Path) -> None:
    """New times, new files, and files that are gone; the same again is no change."""
    assert not poll()
    for name in CODE:
        write(tmp_path / name, 1_700_000_001)
        assert poll(), name
        assert not poll(), name
    write(tmp_path / "chalicelib" / "new.py")
    assert poll()
    (tmp_path / "chalicelib" / "new.py").unlink()
    assert poll()
    assert not poll()


def test_a_change_before_the_first_look_is_seen(poll: Any, tmp_path: Path) -> None:
    """While the app was loading, the module may have been read already."""
    write(tmp_path / "app.py", 1_700_000_001)
    assert poll()
    assert not poll()


@pytest.mark.parametrize("name", NO_CODE)
def test_nothing_else_is_code(poll: Any, tmp_path: Path, name: str) -> None:
    """Downloads and pictures, bytecode and caches, state and environments come, change and go."""
    assert not poll()
    write(tmp_path / name)
    assert not poll()
    write(tmp_path / name, 1_700_000_001)
    assert not poll()
    (tmp_path / name).unlink()
    assert not poll()
