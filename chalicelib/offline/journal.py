"""The journal: every answered change since the last snapshot, one entry a line, in numbered files.

An entry is in the kernel's hands when `append` returns, so that SIGKILL cannot take it. A kill in the middle of an
`append` leaves a line without an end; its request was not answered, and readers skip it. A process never appends
to a file of its predecessor.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_PREFIX = "journal-"


class Journal:
    """The journal's files in a folder; each entry sets `changed`.

    Hold `lock` where no snapshot may come between an entry and its effect.
    """

    def __init__(self, folder: Path, changed: threading.Event) -> None:
        self._folder, self._changed = folder, changed
        self._file: BinaryIO | None = None
        self.lock = threading.RLock()
        self.number = max(map(_number, self.paths()), default=0) + 1

    def append(self, entry: dict[str, Any]) -> None:
        """Write an entry; raise OSError where that cannot be."""
        line = json.dumps(entry).encode() + b"\n"
        with self.lock:
            if self._file is None:
                self._file = (self._folder / f"{_PREFIX}{self.number:08}").open("ab")
            self._file.write(line)
            self._file.flush()
            self._changed.set()

    def turn(self) -> None:
        """Have the entries to come go to the next file."""
        with self.lock:
            if self._file is not None:
                self._file.close()
            self._file = None
            self.number += 1

    def entries(self, first: int) -> Iterator[dict[str, Any]]:
        """Yield the entries of the files from number `first` on, in their order; raise ValueError for garbage."""
        for path in self.paths():
            if _number(path) >= first:
                with path.open("rb") as file:
                    yield from (json.loads(line) for line in file if line.endswith(b"\n"))

    def drop(self, before: int) -> None:
        """Remove the files whose numbers are smaller than `before`."""
        for path in self.paths():
            if _number(path) < before:
                path.unlink()

    def paths(self) -> list[Path]:
        """Return the files that there are, in their order."""
        return sorted(self._folder.glob(f"{_PREFIX}*"))


def _number(path: Path) -> int:
    return int(path.name.removeprefix(_PREFIX))
