"""Tests of real files, which are not in the project: they are skipped where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.shared import CORPUS, PHOTOGRAPHS

if TYPE_CHECKING:
    from pathlib import Path

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}: set JANUS_SHARED")
needs_photographs = pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason=f"no {PHOTOGRAPHS}: set JANUS_SHARED")


def corpus() -> list[Path]:
    """Return the paths of all files of the corpus, in order."""
    return sorted(path for path in CORPUS.rglob("*") if path.is_file())
