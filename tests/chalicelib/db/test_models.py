"""Models: those of one table share a client, whichever of them is used first."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.system import PROJECT


def test_any_model_of_a_table_may_be_the_first() -> None:
    """A function that has just begun reads a profile, then a key: of one table, through one client."""
    script = """
from chalicelib.db.models import ApiKey, Counter, Image, Profile, Replay, Share
used = [model._get_connection().connection for model in (Profile, ApiKey, Share, Counter, Replay, Image)]
assert len(set(map(id, used))) == 1
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_"))}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1", "JANUS_STAGE": "test"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
