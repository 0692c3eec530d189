"""The packages of npm that look at pages: axe-core for the tests, Lighthouse for its benchmark; both pinned."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

from tests.system import PROJECT

LOCK = ("package.json", "package-lock.json")
FOLDER = PROJECT / "build" / "browser" / "npm"


def have_npm() -> bool:
    """Tell whether npm is there."""
    return shutil.which("npm") is not None


def install(*, everything: bool = False) -> Path:
    """Install axe-core, or `everything` that package.json names; return `node_modules`.

    Raises CalledProcessError where npm's registry cannot be reached. What is installed already is kept.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).parent
    with (FOLDER / "lock").open("w") as lock:  # several processes may come at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = f"everything={everything}\n" + (here / LOCK[1]).read_text()
        installed = FOLDER / "installed"
        kept = installed.read_text() if installed.exists() else ""
        if kept not in (wanted, wanted.replace("everything=False", "everything=True")):
            for name in LOCK:
                shutil.copyfile(here / name, FOLDER / name)
            omit = [] if everything else ["--omit=dev"]
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit]
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True)
            installed.write_text(wanted)
    return FOLDER / "node_modules"
