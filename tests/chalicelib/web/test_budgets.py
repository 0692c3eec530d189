"""What pages may weigh on their way to a browser, compressed."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests import libraries
from tests.system import PROJECT, clients
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.conftest import User

STATIC = PROJECT / "chalicelib" / "static"
SCRIPTS, LIBRARY = 40_000, 25_000  # bytes


def weight(content: bytes) -> int:
    """Return the size of a file as it is sent."""
    return len(gzip.compress(content))


def test_scripts_of_all_pages() -> None:
    """A visit of every page loads 40 KB of JavaScript at the most."""
    scripts = {path.name: weight(path.read_bytes()) for path in STATIC.rglob("*.js")}
    assert {"base.js", "library.js", "uploads.js"} <= scripts.keys()
    assert sum(scripts.values()) <= SCRIPTS, scripts


@pytest.mark.medium
def test_the_library_with_fifty_images(api: str, aws: str, user: User) -> None:
    """The first page, with the addresses of all thumbnails, is 25 KB at the most."""
    libraries.write(clients(aws)("dynamodb"), list(libraries.collection(user.owner, 60)))
    visitor = Visitor(api)
    visitor.sign_in(user.owner, "Test-pass-12")
    page = visitor.get("/library")
    assert page.text.count('class="shot"') == 50
    assert page.text.count("srcset=") == 50
    assert weight(page.content) <= LIBRARY
