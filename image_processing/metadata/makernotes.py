"""Read lens and serial number from maker notes, where the standard tags may lack them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.metadata.tiff import Entry, Tiff


def read(structure: Tiff, entry: Entry, findings: Findings) -> None:
    """."""
