"""Run schemathesis against the whole offline system, by its own document: `make contract`.

schemathesis.toml says how; the system is one of its own, with its state in a folder that goes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from chalicelib.offline import provisioning
from tests.system import PROJECT, System

MAX_SECONDS = 150
DOCUMENT = PROJECT / "chalicelib" / "static" / "openapi.json"


def main() -> int:
    """Return the exit code: 0 where nothing was found."""
    with tempfile.TemporaryDirectory() as state:
        # whoever asks as often as this does is over every limit; 429 would hide all else
        system = System(PROJECT, Path(state), "--no-autoreload", RATE_LIMITS="off")
        try:
            system.ready()
            demo = [sys.executable, "-m", "chalicelib.commands.demo", "--api", system.api]
            # records for links to lead to
            subprocess.run(demo, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
            command = [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                str(DOCUMENT),
                "--url",
                system.api,
            ]
            environment = {**os.environ, "JANUS_TOKEN": system.token(provisioning.ADMIN)}
            return subprocess.run(
                [*command, "--max-time", str(MAX_SECONDS), *sys.argv[1:]],
                cwd=PROJECT,
                env=environment,
                check=False,
            ).returncode
        finally:
            system.stop()


if __name__ == "__main__":
    sys.exit(main())
