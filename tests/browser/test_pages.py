"""The pages in a real browser, on the first visit and on the second, for which it has them already."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.offline import gateway

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.medium


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return the paths and statuses of the answers, as they come."""
    seen: list[tuple[str, int]] = []
    reply = gateway.Handler._reply

    def watched(self: Any, status: int, headers: Any, body: bytes) -> None:
        seen.append((self.path, status))
        reply(self, status, headers, body)

    monkeypatch.setattr(gateway.Handler, "_reply", watched)
    return seen


@pytest.mark.parametrize("page", [("/docs", 'class="opblock')])
def test_a_page_works_on_the_second_visit(
    api: str, chromium: str, tmp_path: Path, answered: list[tuple[str, int]], page: tuple[str, str]
) -> None:
    """Scripts and styles load although the browser's copy is confirmed with 304; none is refused by a policy."""
    path, drawn = page
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", api + path,
    ]  # fmt: skip
    for status in (200, 304):
        answered.clear()
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (path, status) in answered
        assert drawn in done.stdout, done.stderr[-2000:]
        assert "Content Security Policy" not in done.stderr
