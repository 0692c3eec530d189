"""Lighthouse's scores of the pages, as a phone of the middle range on a slow network sees them.

    python benchmarks/lighthouse.py [--runs 3] [--images 500]

Lighthouse 12 comes from npm, pinned in tests/browser/package.json. It opens the start page, a library of 500,
an image's page, a shared and a public page of a system that is started here, with the mobile preset (a simulated
network of 1.6 Mbit/s and a processor slowed down four times). A score is the median of the runs. The share page is
`noindex` on purpose, which Lighthouse's SEO counts against it: its SEO is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude, progress

if TYPE_CHECKING:
    from tests.browser.people import Person
    from tests.system import System

CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SLOWEST_SECONDS = 180


class Visit(NamedTuple):
    """A page: its name, its path, who opens it, and whether search engines may list it."""

    name: str
    path: str
    person: Person | None
    listed: bool


def main() -> None:
    """Fill a system, visit its pages, and compare the scores with their limits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--images", type=int, default=500)
    told = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or shutil.which("npm") is None:
        print("Lighthouse needs npm and Chromium on this machine.")
        conclude("lighthouse", [Measure("npm and Chromium are there", 0, "==", 1)])
    from tests import system as systems  # noqa: PLC0415
    from tests.browser import npm  # noqa: PLC0415  after the advice

    command = npm.install(everything=True) / ".bin" / "lighthouse"
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory() as folder:
        limits = "read=1000000/60,write=1000000/60,shared=1000000/60"
        system = systems.System(systems.PROJECT, Path(folder) / "state", RATE_LIMITS=limits).ready()
        try:
            visits = fill(system, told.images)
            for number, one in enumerate(visits, 1):
                progress(number, len(visits), "pages")
                measures += scores(command, chromium, system.api, one, told.runs)
        finally:
            system.stop()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    conclude("lighthouse", measures)


def fill(system: System, size: int) -> list[Visit]:
    """Make the library, an image, a link; return the pages to visit."""
    from samples import album  # noqa: PLC0415
    from tests.browser import people  # noqa: PLC0415

    person = people.sign_up(system)
    photographs = list(album.photographs("lighthouse", 10))
    ids = []
    for number in range(size):
        one = photographs[number % len(photographs)]
        ids.append((f"{number:03}-{one.name}", one.data))
    sent = list(person.upload(ids, seconds=1800).values())
    for image_id in sent[:50]:
        person.call("PATCH", f"/v1/images/{image_id}", {"title": "Harbour", "alt": "A harbour, drawn."})
    person.call("PATCH", f"/v1/images/{sent[0]}", {"visibility": "public"})
    made = person.call("POST", f"/v1/images/{sent[0]}/shares", {"scope": "original", "expires_in": 86400})
    return [
        Visit("start", "/", None, listed=True),
        Visit(f"library of {size}", "/library", person, listed=False),
        Visit("image", f"/images/{sent[0]}", person, listed=False),
        Visit("shared page", f"/s/{made['token']}", None, listed=False),
        Visit("public page", f"/p/{sent[0]}", None, listed=True),
    ]


def scores(command: Path, chromium: str, api: str, visit: Visit, runs: int) -> list[Measure]:
    """Return the median scores of a page."""
    wanted = [name for name in CATEGORIES if visit.listed or name != "seo"]
    found: dict[str, list[float]] = {name: [] for name in wanted}
    missed: set[str] = set()
    for _ in range(runs):
        report = run(command, chromium, api, visit, wanted)
        for name in wanted:
            found[name].append(round(100 * (report["categories"][name]["score"] or 0)))
            if name != "performance":
                missed |= failed(report, name)
            else:
                missed |= {f"{audit}: {report['audits'][audit]['displayValue']}" for audit in failed(report, name)}
    if missed:
        print(f"{visit.name}: {', '.join(sorted(missed))}")
    return [
        Measure(f"{visit.name}: {name}", statistics.median(found[name]), ">=", CATEGORIES[name]) for name in wanted
    ]


def failed(report: dict[str, Any], category: str) -> set[str]:
    """Return the names of a category's audits that a page fails."""
    weighed = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    return {name for name in weighed if report["audits"][name]["score"] not in (1, None)}


def run(command: Path, chromium: str, api: str, visit: Visit, categories: list[str]) -> dict[str, Any]:
    """Return Lighthouse's report of one visit, with a new browser in which the person is signed in."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  it starts a process

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    arguments = [
        str(command), api + visit.path, "--quiet", "--output=json", f"--port={port}", "--disable-storage-reset",
        f"--only-categories={','.join(categories)}", "--disable-full-page-screenshot",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium, args=[*FLAGS, f"--remote-debugging-port={port}"]
        )
        if visit.person is not None:
            browser.add_cookies(visit.person.cookies)
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=SLOWEST_SECONDS, check=True)
        finally:
            browser.close()
    report: dict[str, Any] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    main()
