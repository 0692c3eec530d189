"""Facts of a container: the first stays, unless the container corrects itself."""

from __future__ import annotations

from image_processing.metadata.findings import Findings


def test_the_first_value_of_a_fact_stays() -> None:
    """A later one is ignored, and so is a missing one."""
    findings = Findings()
    findings.fact("frame_count", None, "PNG:IHDR")
    findings.fact("frame_count", 1, "PNG:IHDR")
    findings.fact("frame_count", 9, "PNG:acTL")
    assert findings.facts == {"frame_count": (1, "PNG:IHDR")}
    assert findings.known("frame_count") == 1
    assert findings.known("animated") is None


def test_a_fact_may_be_overridden() -> None:
    """The later value takes the place of the first, with its origin, and is new where there was none."""
    findings = Findings()
    findings.fact("stored_height", 0, "JPEG:SOF0")
    findings.override("stored_height", 480, "JPEG:DNL")
    findings.override("has_alpha", False, "PNG:tRNS")
    assert findings.facts == {"stored_height": (480, "JPEG:DNL"), "has_alpha": (False, "PNG:tRNS")}
