"""The command line: have the system make documents of made photographs, and write what they have in common."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import documents, keys
from chalicelib.extract import extract
from chalicelib.offline.server import in_process
from image_processing.examine import PROFILES
from scripts.dictionary import choose, files

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = ("metadata", "origins", "warnings", "thumbnails", "masks", "analysis", "tags")
"""The parts of a document in its order."""
DAY = datetime(2026, 7, 1, tzinfo=UTC)


def main(arguments: list[str] | None = None) -> int:
    """Write a dictionary; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.dictionary", description=__doc__)
    parser.add_argument("out", type=Path, help="the file to be written")
    parser.add_argument("--size", type=int, default=24 << 10, help="bytes (24576)")
    parser.add_argument("--rounds", type=int, default=3, help="photographs of each camera (3)")
    options = parser.parse_args(arguments)
    with in_process():
        made = list(_documents(options.rounds))
    groups = [[_part(name, document[name]) for document in made if name in document] for name in PARTS]
    chosen = choose.choose(groups, options.size)
    options.out.write_bytes(chosen)
    print(f"{options.out}: {len(chosen):,} bytes that {len(made)} documents have in common")
    return 0


def _documents(rounds: int) -> Iterator[dict[str, Any]]:
    """Yield what the system makes of made photographs, with one profile of analysis after another."""
    for number, data in enumerate(files.photographs("dictionary", rounds)):
        key = f"{keys.UPLOADS}dictionary/{number}"
        storage.put(key, data, "application/octet-stream")
        stored = storage.open_object(key)
        assert stored is not None
        stored = stored._replace(profile=PROFILES[1 + number % 2])
        image_id = keys.image_id(settings().images_bucket, key)
        made = extract(stored, image_id, keys.order_at(DAY))
        yield documents.unpack(made["document"])


def _part(name: str, value: Any) -> bytes:
    """Return a part as it stands in the text of a document."""
    return json.dumps({name: value}, ensure_ascii=False, separators=(",", ":"))[1:-1].encode() + b","


if __name__ == "__main__":
    sys.exit(main())
