"""Tests of real files, which are not in the project: they are skipped where there are none."""

from __future__ import annotations

import pytest

from tests.real_files import CORPUS, PHOTOGRAPHS

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}: set JANUS_SHARED")
needs_photographs = pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason=f"no {PHOTOGRAPHS}: set JANUS_SHARED")
