"""Every path that a page, a docstring or a comment names exists, and the tests mirror the source."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from scripts.language import docstrings
from tests.system import PROJECT

FOLDERS = (
    "chalicelib",
    "image_processing",
    "scripts",
    "samples",
    "benchmarks",
    "tests",
    "docs",
    ".chalice",
    ".github",
)
FILES = {
    str(path.relative_to(PROJECT))
    for path in [*PROJECT.glob("*"), *(path for folder in FOLDERS for path in (PROJECT / folder).rglob("*"))]
    if "__pycache__" not in path.parts and "node_modules" not in path.parts
}
"""Every file and folder of the project, relative to it."""
PACKAGES = {Path(name).parent.name for name in FILES if name.endswith("/__init__.py")} | set(FOLDERS)
PACKAGES -= {"image"}  # `image/jpeg` is a media type
PAGES = sorted(
    [PROJECT / "chalicelib/routes/README.md", PROJECT / "tests/README.md"]
    + [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]
)
MODULES = sorted(PROJECT / name for name in FILES if name.endswith(".py"))

OTHERS = {"setup.py", "module.py"}
"""Files of other projects, and examples."""
ENDS = {"/".join(name.split("/")[start:]) for name in FILES for start in range(name.count("/") + 1)}
KNOWN = ENDS | {end.removesuffix(".py") for end in ENDS} | OTHERS

_TOKEN = re.compile(r"(?<![\w./{}:-])[\w.-]+(?:/[\w.-]+)*/?")
_QUOTED = re.compile(r"`([^`\n]+)`")
_MODULE = re.compile(r"\b(?:chalicelib|image_processing|scripts|benchmarks|tests)(?:\.[a-z_]\w*)+")


def paths(text: str) -> set[str]:
    """Return the paths that a text names: of Python files anywhere, of packages within backticks."""
    found = {token for token in map(_bare, _TOKEN.findall(text)) if re.search(r"\w\.py$", token)}
    for quoted in _QUOTED.findall(text):
        tokens = [token for token in _TOKEN.findall(quoted) if "/" in token]
        found |= {_bare(token) for token in tokens if token.split("/")[0] in PACKAGES}
    return found


def _bare(token: str) -> str:
    return token.rstrip("/.")


def missing(named: set[str]) -> list[str]:
    """Return the paths that are the end of no path of the project, with or without `.py`."""
    return sorted(name for name in named if name not in KNOWN)


def modules(text: str) -> list[str]:
    """Return the dotted names of a text whose module does not exist, or does not know the rest of the name."""
    return sorted({name for name in _MODULE.findall(text) if not _exists(name.split("."))})


def lost(text: str) -> list[str]:
    """Return the paths and the dotted names of a text that do not exist."""
    return missing(paths(text)) + modules(text)


def _exists(parts: list[str]) -> bool:
    for length in range(len(parts), 0, -1):
        base = "/".join(parts[:length])
        for name in (f"{base}.py", f"{base}/__init__.py"):
            if name in FILES:
                return (
                    length == len(parts)
                    or re.search(rf"\b{parts[length]}\b", (PROJECT / name).read_text()) is not None
                )
    return "/".join(parts) in FILES


def prose(path: Path) -> str:
    """Return the docstrings and comments of a module."""
    source = path.read_text()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join([docstrings(source), *(token.string for token in tokens if token.type == tokenize.COMMENT)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_pages_name_paths_that_exist(page: Path) -> None:
    """The changelog may name what was there when an entry was written."""
    if page.name != "CHANGELOG.md":
        assert lost(page.read_text()) == []


@pytest.mark.medium
def test_code_names_paths_that_exist() -> None:
    """In docstrings and in comments, where a line of the file names a lost one: to tell them apart takes time."""
    doubtful = [path for path in MODULES if lost(path.read_text())]
    assert {str(path): found for path in doubtful if (found := lost(prose(path)))} == {}


@pytest.mark.parametrize("source", ["chalicelib", "image_processing"])
def test_folders_of_tests_are_those_of_the_source(source: str) -> None:
    """A test lies in the folder of the part that it tests."""
    folders = {name for name in FILES if name.startswith(f"tests/{source}/") and (PROJECT / name).is_dir()}
    assert sorted(folder for folder in folders if folder.removeprefix("tests/") not in FILES) == []


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("`chalicelib/db/keys.py`, `db/keys.py`, keys.py and `db/keys`", []),
        ("chalicelib/db/facets.py tells it", ["chalicelib/db/facets.py"]),
        ("see `catalogue/words`, and `search/filters`", ["catalogue/words"]),
        ("`uploads/OWNER/` and `image/jpeg` are none", []),
        ("`tests.faults.kills`, `chalicelib.db.keys.now`", []),
        (
            "`chalicelib.db.directory`, `chalicelib.db.keys.sing`",
            ["chalicelib.db.directory", "chalicelib.db.keys.sing"],
        ),
    ],
)
def test_paths_that_are_gone_are_found(text: str, lost: list[str]) -> None:
    """By their end, as a path or as a module."""
    assert missing(paths(text)) + modules(text) == lost
