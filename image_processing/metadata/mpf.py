"""Read the index of a Multi-Picture Format file (CIPA DC-007)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import tiff_structure

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

NUMBER_OF_IMAGES, MP_ENTRY = 0xB001, 0xB002
MAX_IMAGES = 64
_TYPES = {0x030000: "primary", 0x010001: "preview", 0x010002: "preview", 0x020001: "panorama"}
_TYPES |= {0x020002: "disparity", 0x020003: "multi-angle", 0x050000: "gain map"}


def read(source: Source, findings: Findings) -> None:
    """Read the number of pictures and the purpose of each."""
    structure = tiff_structure.header(source)
    if structure is None:
        return
    directory = tiff_structure.directory(structure, structure.first, (NUMBER_OF_IMAGES, MP_ENTRY))
    findings.budget.spend(decoded=directory.size)
    for entry in directory.entries:
        data = tiff_structure.raw_value(structure, entry)
        if data is None:
            continue
        findings.budget.spend(decoded=len(data))
        if entry.tag == NUMBER_OF_IMAGES:
            findings.put("MPF", "NumberOfImages", tiff_structure.value(structure, entry, data))
        elif entry.tag == MP_ENTRY:
            pictures = struct.iter_unpack(structure.order + "I12x", data[: 16 * min(len(data) // 16, MAX_IMAGES)])
            findings.put("MPF", "MPImageTypes", [_TYPES.get(item & 0xFFFFFF, "undefined") for (item,) in pictures])
