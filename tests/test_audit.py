"""The audit of dependencies: a database that does not answer is never reported as a clean result."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import audit

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
MISSED = {"name": "missed", "skip_reason": "Dependency not found on PyPI and could not be audited: missed (1.0)"}
FLAWED = {
    "name": "flawed",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": "..."}],
}
UNREACHED = "NOT AUDITED: the advisory database cannot be reached from here."


@pytest.mark.parametrize(
    ("found", "required", "code", "text"),
    [
        ([SOUND], False, 0, "1 distributions audited, 0 vulnerable."),
        ([SOUND, MISSED], False, 0, "1 distributions audited, 0 vulnerable.\nNot audited: missed."),
        ([SOUND, MISSED], True, 1, "1 distributions audited, 0 vulnerable.\nNot audited: missed."),
        (
            [SOUND, FLAWED],
            False,
            1,
            "flawed 2.0: PYSEC-2026-1, fixed in 2.1\n2 distributions audited, 1 vulnerable.",
        ),
        ([MISSED], False, 0, UNREACHED),
        ([MISSED], True, 1, UNREACHED),
        ([], False, 0, UNREACHED),
        ([], True, 1, UNREACHED),
    ],
)
def test_the_report_tells_audited_from_not_audited(
    found: list[dict[str, Any]], required: Any, code: int, text: str
) -> None:
    """Vulnerabilities fail; distributions that were not looked up are named, and fail where they must not be."""
    assert audit.judge(found, required=required) == (code, text)
