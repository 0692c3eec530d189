"""Go on the journey against a system of its own, as `make run` starts it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.journey.course import run
from tests.journey.target import offline
from tests.system import PROJECT, System


def main() -> int:
    """Start the offline system, go through the journey, stop it; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(PROJECT, Path(folder, "state"), JANUS_RECOGNITION="")  # as it is by itself
        try:
            run(offline(system.ready()))
        finally:
            system.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
