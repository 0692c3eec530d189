"""Estimate the quality a JPEG was saved at from its luminance quantization table."""

from __future__ import annotations

# ITU-T T.81, table K.1, in zigzag order, which the IJG software scales by its quality setting
_LUMINANCE = bytes.fromhex(
    "100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933"
    "383740485c4e404457453738506d51575f626768673e4d71797064785c656763"
)


def estimate(tables: bytes) -> int | None:
    """Give the IJG quality (1 to 100) whose scaling of table K.1 comes closest; None without a table."""
    at = 0
    while at + 65 <= len(tables):
        wide, number = tables[at] >> 4, tables[at] & 15
        size = 128 if wide else 64
        if number == 0:
            values = tables[at + 1 : at + 1 + size]
            if len(values) < size:
                return None
            total = sum(values) if not wide else sum(values[0::2]) * 256 + sum(values[1::2])
            return _quality(100 * total / sum(_LUMINANCE))
        at += 1 + size
    return None


def _quality(scale: float) -> int:
    """Invert the IJG scaling: 5000 / quality below 50, 200 - 2 quality from 50 on."""
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    return min(max(round(quality), 1), 100)
