"""The commands of docs/api.md and docs/access.md do what the text says, in its order."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.system import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system import System

pytestmark = pytest.mark.slow  # the whole system, and a way through all of the guide

GUIDE = "\n".join((PROJECT / "docs" / name).read_text() for name in ("api.md", "access.md"))

SHOWN = {
    "Log in": ["uploads/demo/", '"state":'],
    "Upload with a ticket": [],
    "The record": ["304 Not Modified", "--", '"url":'],
    "Write on an image": ['"title":"Harbour"', '"tags":["dawn","sea"]'],
    "Find images": ['"title":"Harbour"', '"images":[', '"model":"Two-Faced 1"', '"value":"dawn"'],
    "Follow changes": ['"change":"updated"'],
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
}
"""What each section's commands print."""


def commands() -> dict[str, str]:
    """Return the commands of each section that has some, by its title."""
    sections = re.split(r"^## (.*)$", GUIDE, flags=re.MULTILINE)[1:]
    blocks = {
        title: "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL))
        for title, text in zip(sections[::2], sections[1::2], strict=True)
    }
    return {title: block for title, block in blocks.items() if block}


@pytest.fixture(scope="module")
def printed(system: System, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run all commands in one shell, and return what those of each section print."""
    folder: Path = tmp_path_factory.mktemp("guide")
    (folder / "samples").symlink_to(PROJECT / "samples")
    script = "\n".join(f"echo; echo '<<< {title}'\n{block}" for title, block in commands().items())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8000", system.api)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    parts = re.split(r"^<<< (.*)$", done.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("title", SHOWN)
def test_the_commands_of_a_section_show_what_it_tells(printed: dict[str, str], title: str) -> None:
    """From top to bottom, in one shell, with what the sections before have set."""
    for text in SHOWN[title]:
        assert text in printed[title]
    if title not in ("Errors", "Why an image fails"):
        assert "urn:janus:problem" not in printed[title]


def test_every_section_with_commands_is_tried() -> None:
    """A new section says here what its commands print."""
    assert list(commands()) == list(SHOWN)
