"""Look up known vulnerabilities of every locked distribution: `make audit`.

Runs pip-audit on `requirements-dev.lock`, which includes the versions of `requirements.lock`, and on
`requirements-recognition.lock`. pip-audit reports success when its database does not answer; this command counts
the distributions that were really looked up. The exit code is 1 for a vulnerability and, with `--required`, for a
distribution that was not looked up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements-dev.lock", "requirements-recognition.lock")
COMMAND = ["pip-audit", "--require-hashes", "--disable-pip", *(word for lock in LOCKS for word in ("-r", lock))]


def main(arguments: list[str] | None = None) -> int:
    """Run pip-audit and print its findings; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.audit", description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail if the database cannot be reached")
    required = parser.parse_args(arguments).required
    done = subprocess.run(  # noqa: S603  a fixed command
        [*COMMAND, "--format", "json", "--progress-spinner", "off"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except ValueError:
        found = []
        print(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip-audit gave no answer")
    code, text = judge(found, required=required)
    print(text)
    return code


def judge(found: list[dict[str, Any]], *, required: bool) -> tuple[int, str]:
    """Return the exit code and the report for pip-audit's list of distributions."""
    audited = [item for item in found if "skip_reason" not in item]
    vulnerable = [item for item in audited if item["vulns"]]
    lines = [
        f"{item['name']} {item['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'none'}"
        for item in vulnerable
        for flaw in item["vulns"]
    ]
    missed = [item["name"] for item in found if "skip_reason" in item]
    if not audited:
        lines.append("NOT AUDITED: the advisory database cannot be reached from here.")
    else:
        lines.append(f"{len(audited)} distributions audited, {len(vulnerable)} vulnerable.")
        lines += [f"Not audited: {', '.join(missed)}."] if missed else []
    return int(bool(vulnerable) or (required and (bool(missed) or not audited))), "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
