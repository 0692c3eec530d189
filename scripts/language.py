"""Check the language of documentation and docstrings: `python -m scripts.language [--worst 15]`.

Counts "what" and "whatever" per 1,000 words, the sign of a sentence that names a thing by a clause instead of its
noun (structlog has 0.9, httpx 0.6, datasette 0.2), and looks for error messages that show a regular expression.
The exit code is 1 when a limit is exceeded or an error message shows a pattern.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[1]
LIMITS = {"documentation and docstrings": 1.5, "docstrings of tests": 7.5}
"""The most "what" per 1,000 words. Lower these as the text is rewritten; never raise them. The goal is 2.5."""

_CODE = ("app.py", "benchmarks", "chalicelib", "image_processing", "samples", "scripts")
_PAGES = ("*.md", "docs/*.md", "tests/README.md", "chalicelib/routes/README.md")
_BLOCK = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_PATTERN = re.compile(r"\\[dswDSW]|\(\?[:=!<P]|\[[^\]\s]*\w-\w[^\]\s]*\]|\.[*+]|\{\d+,\d*\}")
_MESSAGES = {"Problem", "problem", "response", "ValidationError", "ValueError", "TypeError"}


class Count(NamedTuple):
    """The words of a file, and how many of them are "what" or "whatever"."""

    file: Path
    words: int
    uses: int


def count(file: Path, text: str) -> Count:
    """Count the words of a text without its code blocks."""
    words = [word.lower() for word in _WORD.findall(_BLOCK.sub("", text))]
    return Count(file, len(words), sum(word in ("what", "whatever") for word in words))


def docstrings(source: str) -> str:
    """Return the docstrings of a module, of its attributes too, one after the other."""
    bodies = (getattr(node, "body", None) for node in ast.walk(ast.parse(source)))
    statements = (statement for body in bodies if isinstance(body, list) for statement in body)
    values = (statement.value for statement in statements if isinstance(statement, ast.Expr))
    return "\n".join(
        value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def patterns(source: str) -> list[tuple[int, str]]:
    """Return the line and the reason of every error message that shows a regular expression.

    Looks at the arguments of raised exceptions, of problems, and at `Meta(pattern=...)` without the description
    that the message of a mismatch is made of.
    """
    nodes = ast.walk(ast.parse(source))
    return sorted({found for node in nodes for found in _patterns(node)})


def _patterns(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _shown(node.exc)
    elif isinstance(node, ast.Call) and _name(node.func) in _MESSAGES:
        yield from _shown(node)
    elif isinstance(node, ast.Call) and _name(node.func) == "Meta":
        given = {keyword.arg for keyword in node.keywords}
        if "pattern" in given and "description" not in given:
            yield node.lineno, "a pattern without a description"


def _shown(call: ast.Call) -> Iterator[tuple[int, str]]:
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _PATTERN.search(node.value):
                yield node.lineno, f"shows a regular expression: {node.value!r}"
            elif isinstance(node, ast.FormattedValue) and _name(node.value) == "pattern":
                yield node.lineno, "shows a regular expression: .pattern"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _sources(*roots: str) -> Iterator[Path]:
    for root in roots:
        path = PROJECT / root
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def main(arguments: list[str] | None = None) -> int:
    """Print the counts and the worst files; return 1 where a limit is exceeded or a message shows a pattern."""
    parser = argparse.ArgumentParser(prog="python -m scripts.language", description=__doc__)
    parser.add_argument("--worst", type=int, default=5, help="how many files to list (5)")
    options = parser.parse_args(arguments)
    pages = [count(page, page.read_text()) for glob in _PAGES for page in sorted(PROJECT.glob(glob))]
    code = [count(file, docstrings(file.read_text())) for file in _sources(*_CODE)]
    tests = [count(file, docstrings(file.read_text())) for file in _sources("tests")]
    wrong = 0
    for part, counts in zip(LIMITS, ([*pages, *code], tests), strict=True):
        words, uses = sum(found.words for found in counts), sum(found.uses for found in counts)
        rate = 1000 * uses / words
        wrong += rate > LIMITS[part]
        print(f'{part}: {rate:.1f} "what" per 1,000 words ({uses} in {words:,}); limit {LIMITS[part]}')
        for found in sorted(counts, key=lambda found: -found.uses)[: options.worst]:
            print(f"  {found.uses:4} in {found.words:6,}  {found.file.relative_to(PROJECT)}")
    for file in _sources(*_CODE):
        for line, reason in patterns(file.read_text()):
            wrong += 1
            print(f"{file.relative_to(PROJECT)}:{line}: {reason}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
