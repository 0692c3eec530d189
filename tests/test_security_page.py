"""SECURITY.md tells the limits that the code really has."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib import config
from image_processing import examine, formats, sandbox
from image_processing.decode import codec_limits
from image_processing.metadata import budget, findings

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "SECURITY.md").read_text()
CELLS = {line.split("|")[1].strip(): line.split("|")[2].strip() for line in PAGE.splitlines() if line[:2] == "| "}
MIB = 1 << 20


@pytest.mark.parametrize(
    ("name", "text", "limits"),
    [
        ("size", "200,000,000 bytes", {formats.MAX_BYTES: 200_000_000}),
        (
            "pixels that are decoded",
            "120,000,000, at most 100,000 on a side",
            {formats.MAX_PIXELS: 120_000_000, formats.MAX_SIDE: 100_000},
        ),
        ("work of the metadata readers", "2,000,000 steps", {budget.MAX_STEPS: 2_000_000}),
        ("compressed text, inflated in all", "24 MiB", {findings.MAX_INFLATED: 24 * MIB}),
        ("memory that a codec may claim", "400 MiB", {codec_limits.MAX_MEMORY: 400 * MIB}),
        (
            "address space of the sandbox",
            "the idle process and 440 MiB; 600 MiB",
            {examine.MEMORY: 440 * MIB, examine.MEMORY + examine._MEMORY_WHOLE: 600 * MIB},
        ),
        (
            "CPU time of the sandbox",
            (
                "6 seconds, or 14 where every pixel is measured, and one for each 4 MiB of the file "
                "(JPEG 2000: each MiB); 100 seconds"
            ),
            {
                examine._CPU_SECONDS: 6,
                examine._CPU_SECONDS + examine._CPU_SECONDS_WHOLE: 14,
                examine._BYTES_A_SECOND: 4 * MIB,
                examine._JPEG_2000_A_SECOND: MIB,
                examine._MAX_CPU_SECONDS: 100,
            },
        ),
        ("answer of the sandbox", "64 MiB", {sandbox.MAX_ANSWER: 64 * MIB}),
    ],
)
def test_the_limits_of_files(name: str, text: str, limits: dict[int, int]) -> None:
    """Each row begins with the figures of the code's constants, which are stated here once more."""
    assert CELLS[name].startswith(text)
    assert list(limits) == list(limits.values())


def test_the_rate_limits() -> None:
    """The classes of routes and their requests a minute."""
    assert (
        "(1,200 reads, 300 writes, 600 admin calls, 300 public calls, "
        "3,000 calls for public and shared images, 20 authentication calls, "
        "30 tests and replays of webhooks a minute)"
    ) in " ".join(PAGE.split())
    assert config.RATE_LIMITS == {
        "read": (1200, 60),
        "write": (300, 60),
        "admin": (600, 60),
        "public": (300, 60),
        "shared": (3000, 60),
        "auth": (20, 60),
        "send": (30, 60),
        "meaning": (300, 86_400),
    }
