"""Write the generated files, each to its place in the project."""

from __future__ import annotations

import json

import app  # noqa: F401  registers the routes
from scripts.document import events
from scripts.document.openapi import PROJECT, document
from scripts.document.readme import readme


def files() -> dict[str, str]:
    """Return the text of every file that is written, by its path in the project."""
    return {
        "chalicelib/static/openapi.json": json.dumps(document(), indent=1) + "\n",
        "chalicelib/routes/README.md": readme(),
        "docs/events.md": events.page(),
        **events.schemas(),
    }


if __name__ == "__main__":
    for name, text in files().items():
        (PROJECT / name).parent.mkdir(exist_ok=True)
        (PROJECT / name).write_text(text)
