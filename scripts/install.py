"""Install locked requirements into the environment that runs this, and say how far it is.

    python scripts/install.py LOCK...

A lock names all that is needed, so that pip adds nothing that packages ask for.

`make` calls it before anything is installed: it uses the standard library alone. A terminal sees one line that
moves; elsewhere, a line now and then. Where pip fails, all that it said follows.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time

EVERY_SECONDS = 15.0  # between lines, where there is no terminal
WIDTH = 78


class Progress:
    """The progress of pip, on one line."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.doing = "Asking for packages"
        self._found = 0
        self._on_terminal = sys.stdout.isatty()
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)
        self._clock.start()

    def heed(self, line: str) -> None:
        """Take in a line that pip has printed."""
        if found := re.match(r"Collecting ([\w.-]+)", line):
            self._found += 1
            self.doing = f"{self._found} packages found, now {found[1]}"
        elif found := re.match(r" +Downloading (\S+)(?: \(([^)]+)\))?", line):
            self.doing = f"{self._found} packages found, downloading {found[1].partition('-')[0]} {found[2] or ''}"
        elif line.startswith("Installing collected packages"):
            self.doing = f"Unpacking {line.count(',') + 1} packages"

    def end(self, text: str) -> None:
        """Say how it ended."""
        self._ended.set()
        self._clock.join()
        self.doing = text
        self._show()
        if self._on_terminal:
            print()

    def _tick(self) -> None:
        while not self._ended.wait(1.0 if self._on_terminal else EVERY_SECONDS):
            self._show()

    def _show(self) -> None:
        line = f"  {time.monotonic() - self._begun:3.0f} s  {self.doing}"[:WIDTH]
        print(
            f"\r{line:<{WIDTH}}" if self._on_terminal else line, end="" if self._on_terminal else "\n", flush=True
        )


def main() -> int:
    """Install; return pip's exit status."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--no-deps",
    ]
    command += [word for lock in sys.argv[1:] for word in ("-r", lock)]
    said: list[str] = []
    progress = Progress()
    with subprocess.Popen(  # noqa: S603  pip
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            progress.heed(line)
    progress.end("Done" if pip.returncode == 0 else "Not installed:")
    if pip.returncode:
        sys.stderr.writelines(said)
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main())
