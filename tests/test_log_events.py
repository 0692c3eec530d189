"""Every line of the log is an event with a snake_case name and fields, so that operators can search for it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "chalicelib").rglob("*.py"))
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
NAMING = {"Outcome", "Skip"}
"""A text that is the first value of these is the name of an event, which `ingest` logs."""


def faults(source: str) -> list[int]:
    """Return the lines of the calls that log a sentence, values within the message, or no fields."""
    return sorted({call.lineno for call in calls(source) if not plain(call)})


def calls(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("logger"), attr=level)) if level in LEVELS:
                yield node
            case ast.Call(func=ast.Name(kind), args=[ast.JoinedStr() | ast.Constant(str()), *_]) if kind in NAMING:
                yield node


def plain(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return named(call.args[0])
    assert isinstance(call.func, ast.Attribute)
    name, *values = call.args[call.func.attr == "log" :]
    fields = call.func.attr == "exception" or any(keyword.arg == "extra" for keyword in call.keywords)
    return named(name) and not values and fields


def named(name: ast.expr) -> bool:
    """Tell whether an expression is the name of an event."""
    match name:
        case ast.Constant(str(text)):
            return NAME.fullmatch(text) is not None
        case ast.IfExp(body=one, orelse=other):
            return named(one) and named(other)
        case ast.JoinedStr(
            values=[ast.Constant(str(start)), ast.FormattedValue(value=ast.Attribute(attr="state"))]
        ):
            return NAME.fullmatch(start.removesuffix("_")) is not None
        case _:
            return ast.unparse(name) == "outcome.name"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCES[0].parent)))
def test_log_lines_are_events_with_fields(path: Path) -> None:
    """A sentence cannot be searched for, and values within it cannot be filtered by."""
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('logger.info("image_ready", extra=told)', []),
        ('logger.info("job_done" if done else "job_continues", extra=told)', []),
        ('logger.exception("job_failed")', []),
        ('logger.log(level, "recounted", extra=told)', []),
        ("logger.info(outcome.name, extra=told)", []),
        ('Outcome(f"image_{image.state}", code)', []),
        ('logger.info("the image is ready", extra=told)', [1]),
        ('logger.info("image_ready %s", key)', [1]),
        ('logger.info("image_ready", key, extra=told)', [1]),
        ('logger.info(f"{key} is ready", extra=told)', [1]),
        ('logger.info("job done" if done else "job_continues", extra=told)', [1]),
        ('logger.info("image_ready")', [1]),
        ('logger.log(level, "Recounted", extra=told)', [1]),
        ("logger.warning(text, extra=told)", [1]),
        ('Skip("event is outdated")', [1]),
    ],
)
def test_sentences_are_found(line: str, found: list[int]) -> None:
    """And so are values within a message, and an event without fields."""
    assert faults(line) == found


@pytest.mark.medium
@pytest.mark.parametrize("module", ["changes", "jobs", "sweep", "uploads"])
def test_a_function_whose_module_is_loaded_alone_logs_json(module: str) -> None:
    """Lambda imports a blueprint's module without app.py; lines of `info` and all fields reach the log."""
    code = (
        f"import chalicelib.events.{module}; from chalicelib.logs import logger; "
        "logger.info('swept', extra={'seen': 3})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert (line["level"], line["event"], line["seen"]) == ("info", "swept", 3)
