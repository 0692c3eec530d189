"""Run schemathesis against the whole offline system, by its own document: `make contract`.

schemathesis.toml says how; the system is one of its own, with its state in a folder that goes with it. Search by
meaning is always off offline: every request with `about` gets 404, which would leave the other filters untested.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from chalicelib.offline import provisioning
from tests.system import PROJECT, System

MAX_SECONDS = 150
DOCUMENT = PROJECT / "chalicelib" / "static" / "openapi.json"


def offered() -> str:
    """Return the document without `about`, to which an offline system only answers 404."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    listing = document["paths"]["/v1/images"]["get"]
    kept = [given for given in listing["parameters"] if given.get("name") != "about"]
    assert len(kept) == len(listing["parameters"]) - 1
    listing["parameters"] = kept
    return json.dumps(document)


def main() -> int:
    """Return the exit code: 0 where nothing was found."""
    with tempfile.TemporaryDirectory() as folder:
        # whoever asks as often as this does is over every limit; 429 would hide all else
        document, state = Path(folder) / "openapi.json", Path(folder) / "state"
        document.write_text(offered(), "utf-8")
        state.mkdir()
        system = System(PROJECT, state, "--no-autoreload", RATE_LIMITS="off")
        try:
            system.ready()
            demo = [sys.executable, "-m", "chalicelib.commands.demo", "--api", system.api]
            # records for links to lead to
            subprocess.run(demo, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
            command = [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                str(document),
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
