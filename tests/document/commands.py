"""The blocks of commands on all pages, and what they need."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.system import PROJECT

FENCED = re.compile(r"^ *```(sh|bash|console|shell|python)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PAGES = ["README.md", "docs/api.md", "CONTRIBUTING.md", "SECURITY.md"]
PAGES += sorted(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md"))
PAGES = list(dict.fromkeys(PAGES))  # the guide comes first: other pages go on with its variables

SET_UP = {"make run", "make test"}
"""Commands that the reader has run: the one serves, the other would run this test."""


class Block(NamedTuple):
    """A block of commands, or of Python."""

    page: str
    section: str
    language: str
    text: str

    @property
    def mark(self) -> str | None:
        """Why a reader cannot run it just so; None where that is possible."""
        found = re.match(r"# ((?:needs|takes) .*)\n", self.text)
        return found and found[1]

    @property
    def script(self) -> str:
        """Return it as a shell runs it."""
        if self.language == "python":
            return f".venv/bin/python - <<'END'\n{self.text}END\n"
        return "".join(
            line for line in self.text.splitlines(keepends=True) if line.partition("#")[0].strip() not in SET_UP
        )


def blocks() -> list[Block]:
    """Return the blocks of all pages, in the order in which they are followed."""
    found = []
    for page in PAGES:
        parts = re.split(r"^## (.*)$", (PROJECT / page).read_text(), flags=re.MULTILINE)
        for section, text in zip([page, *parts[1::2]], parts[::2], strict=True):
            name = page if page == "README.md" else section
            found += [Block(page, name, *one) for one in FENCED.findall(text)]
    return found
