"""Real processes: `chalice local` with a state of its own, and the offline AWS alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.system import PROJECT, System, clients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project folder whose `app.py` a test may touch; all else is the real one, by links."""
    folder = tmp_path_factory.mktemp("a project")
    for name in ("chalicelib", "image_processing"):
        (folder / name).symlink_to(PROJECT / name)
    shutil.copy(PROJECT / "app.py", folder)
    shutil.copytree(PROJECT / ".chalice", folder / ".chalice")
    return folder


@pytest.fixture(scope="session")
def system(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start a system that tests may share."""
    running = System(project, tmp_path_factory.mktemp("state"), "--no-autoreload")
    try:
        yield running.ready()
    finally:
        running.stop()


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., System]]:
    """Return a way to start systems, which end with the test."""
    systems: list[System] = []

    def begin(state: Path, *arguments: str, **variables: str) -> System:
        systems.append(System(project, state, *arguments, **variables))
        return systems[-1]

    yield begin
    for running in systems:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)
        assert running.process.stdout is not None
        running._reader.join()
        running.process.stdout.close()


class Box:
    """The offline AWS alone."""

    def __init__(self, folder: Path, *program: str) -> None:
        self.folder = folder
        program = program or ("-m", "chalicelib.offline")
        command = [sys.executable, *program, "--folder", str(folder), "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())], cwd=PROJECT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            self.known = json.loads(stdout.readline())
        self.endpoint = f"http://127.0.0.1:{self.known['port']}"
        self.client = clients(self.endpoint)

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(signal_number)
        self.process.wait(timeout=20)


@pytest.fixture
def boxes() -> Iterator[Callable[..., Box]]:
    """Return a way to start offline AWSs, which end with the test."""
    started: list[Box] = []

    def begin(folder: Path, *program: str) -> Box:
        started.append(Box(folder, *program))
        return started[-1]

    yield begin
    for box in started:
        box.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Start an offline AWS that tests may share; nothing is made in it."""
    running = Box(tmp_path_factory.mktemp("box"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small photograph."""
    path = tmp_path_factory.mktemp("photos") / "a photo.jpg"
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(path)
    return path
