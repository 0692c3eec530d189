"""Every command of every page works in a fresh clone as described, and leaves the clone as it was.

A reader follows the pages in one terminal, while `make run` serves the clone in another. A block of commands whose
first line is a comment that begins with `# needs` or `# takes` needs more than that, and does not run here. Blocks
that need AWS run on an emulator of it (`tests/deployed`), but those with `# needs AWS itself`, which says why.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.document.commands import PAGES, blocks
from tests.system import PROJECT, System, clone_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKED = {
    ("CONTRIBUTING.md", "takes minutes"): ["make test ", "tests.faults.kills", "benchmarks/soak.py"],
    ("docs/deploying.md", "needs AWS"): [
        "make deploy",
        "admin-create-user",
        "--data-binary @samples/harbour.jpg",
        "git switch --detach",
        "continue-update-rollback",
        "restore-table-to-point-in-time",
        "make restore",
        "DeleteMarkers",
        "make recount",
        "make destroy STAGE=prod",
        "--change-set-type IMPORT",
    ],
    ("docs/deploying.md", "needs AWS itself: a domain"): ["DomainName=", "output SiteDomain"],
    ("docs/frontend.md", "needs npm and its registry"): ["npm ci", "npx openapi-typescript"],
    ("docs/machine-learning.md", "needs AWS"): ["publish-layer-version", "RecognitionLayer="],
    ("docs/webhooks.md", "needs standardwebhooks (PyPI) and a secret"): ["webhook.verify("],
    ("docs/webhooks.md", "needs three terminals, one of which waits for events"): ["make listen"],
    ("docs/operating.md", "needs AWS: here a bucket whose objects are all of one owner"): ["s3://ANOTHER/photos/"],
}
"""The marked blocks, and some of their commands."""

SHOWN = {
    "README.md": ["harbour.jpg", "ready", "done: 4 users", "theme", "'make'", "Two-Faced"],
    "Log in": ["uploads/demo/", '"state":'],
    "Upload with a ticket": [],
    "The record": ['"image_id"', "304 Not Modified", "--", '"url":'],
    "Write on an image": ['"title":"Harbour"', '"tags":["dawn","sea"]'],
    "Crops": ['"heads":{"kept":', '"ratio":"16:9"', '"object_position":"'],
    "Find images": ['"title":"Harbour"', '"images":[', '"model":"Two-Faced 1"', '"value":"dawn"'],
    "Follow changes": ['"change":"updated"'],
    "Webhooks": ['"secret":"whsec_', '"state":"enabled"'],
    "The trash": ['"name":"mistake.jpg"', '"restore":"/v1/trash/', '"key":"uploads/demo/'],
    "Share": ['"scope":"original"', '"token":"'],
    "Sign up and log out": ["a code was requested"],
    "Keys for machines": ['"images":[]', '"prefix":"janus_', '"last_used"'],
    "Your account": ['"name":"', '"quota":', "image_id,state,code", '"state":"deleting"'],
    "Why an image fails": ['"code":"not_an_image"'],
    "Limits and quotas": ['RateLimit: "read"', '"quota"'],
    "For admins": ['"quota_images":1000', '"target":"demo"'],
    "Errors": ['"code": "image_not_found"', "#/images/0/filename", "#/images/1/filename", "#/images/1/file"],
    "Browsers": ["204 No Content", "Access-Control-Allow-Origin: *", "Authorization"],
    "Try it": ["no token: 401", "somebody else: 401", "for admins: 403", "not theirs: 404"],
    "docs/analysis.md": ['"palette"', "index.html", "#"],
    "docs/machine-learning.md": ["text Boats at dawn", "'contrast': 21.0"],
    "A bucket that is full already": ["would be done: ", "\ndone: "],
    "docs/theme.md": ["index.html", "--color-"],
    "Make a webhook": ['"secret":"whsec_', '"state":"disabled"'],
}
"""The output of the commands of each section; of those before the first section, under the page's name."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone of the project as it is, with the packages installed."""
    folder = clone_to(tmp_path_factory.mktemp("reader") / "janus")
    who = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "as it is"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def served(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Serve the clone with `make run`: a change of its code would start it anew."""
    running = System(clone, tmp_path_factory.mktemp("state"), command=("make", "run", "PORT=0"))
    try:
        yield running.ready()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def printed(clone: Path, served: System) -> dict[str, str]:
    """Run all commands in one shell, and return the output of each section."""
    script = "".join(
        f"echo; echo '<<< {block.section}'\n{block.script}" for block in blocks() if block.mark is None
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "JANUS_WEBHOOKS_", "PYTEST"))
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8000", served.api)],
        cwd=clone,
        env={**environment, "JANUS_STATE": str(served.state), "BROWSER": "true"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout[-4000:]
    found: dict[str, str] = {}
    parts = re.split(r"^<<< (.*)$", done.stdout, flags=re.MULTILINE)[1:]
    for section, text in zip(parts[::2], parts[1::2], strict=True):
        found[section] = found.get(section, "") + text
    return found


@pytest.mark.slow  # the whole system, and a way through all pages
@pytest.mark.parametrize("section", SHOWN)
def test_the_commands_of_a_section_show_what_it_tells(printed: dict[str, str], section: str) -> None:
    """From top to bottom, in one shell, with the variables of the sections before."""
    for text in SHOWN[section]:
        assert text in printed[section]
    if section not in ("Errors", "Why an image fails"):
        assert "urn:janus:problem" not in printed[section]


@pytest.mark.slow
@pytest.mark.usefixtures("printed")
def test_the_commands_leave_the_clone_clean(clone: Path, served: System) -> None:
    """Nothing is written into the tree, and what is ignored there is no reason to start the system anew."""
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    ).stdout
    assert status == ""
    assert served.output.count("# Read the records") == 1
    assert "Restarting" not in served.output


def test_every_section_with_commands_is_tried() -> None:
    """A new section has the output of its commands here."""
    assert list(dict.fromkeys(block.section for block in blocks() if block.mark is None)) == list(SHOWN)


def test_commands_that_need_more_are_known() -> None:
    """Only those of AWS, of other registries, and of minutes and more are not run."""
    marked: dict[tuple[str, str], str] = {}
    for block in blocks():
        if block.mark is not None:
            marked[block.page, block.mark] = marked.get((block.page, block.mark), "") + block.text
    assert set(marked) == set(MARKED)
    for place, texts in MARKED.items():
        for text in texts:
            assert text in marked[place]


def test_python_is_that_of_the_project() -> None:
    """A command with the packages of Janus is written with the environment that has them."""
    for page in PAGES:
        for found in re.finditer(r"(\S*)python3? -m (\w+)", (PROJECT / page).read_text()):
            assert found[1].lstrip("`") == ".venv/bin/", f"{page}: {found[0]}"
