"""The words for the numbers of enumerated fields: "aperture priority" for exposure program 3.

The records keep the numbers, which programs compare; the words are added where a record is shown. They are the
meanings that Exif 3.0 (CIPA DC-008) and ITU-T H.273 give, as photographers say them. This table stands beside the
package `metadata`, because showing a record must not import the readers of all formats.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNKNOWN, _OTHER = "Unknown", "Other"


def _flash(bits: int) -> str:
    """Return the words for Exif's Flash: whether it fired, its mode, red-eye reduction, its return light."""
    if bits & 0x20:
        return "No flash function"
    parts = ["Fired" if bits & 1 else "Did not fire"]
    parts += {0x08: ["always on"], 0x10: ["always off"], 0x18: ["automatic"]}.get(bits & 0x18, [])
    parts += ["red-eye reduction"] if bits & 0x40 else []
    parts += {4: ["return light not detected"], 6: ["return light detected"]}.get(bits & 6, [])
    return ", ".join(parts)


WORDS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "orientation": {
            1: "Upright",
            2: "Mirrored horizontally",
            3: "Turned by 180°",
            4: "Mirrored vertically",
            5: "Mirrored horizontally, turned by 270° clockwise",
            6: "Turned by 90° clockwise",
            7: "Mirrored horizontally, turned by 90° clockwise",
            8: "Turned by 270° clockwise",
        },
        "color_space": {1: "sRGB", 2: "Adobe RGB", 65535: "Uncalibrated"},
        "cicp_primaries": {
            1: "BT.709",
            2: "Unspecified",
            4: "BT.470 System M",
            5: "BT.470 System B, G",
            6: "BT.601",
            7: "SMPTE ST 240",
            8: "Generic film",
            9: "BT.2020",
            10: "CIE 1931 XYZ",
            11: "DCI-P3",
            12: "Display P3",
            22: "EBU Tech. 3213-E",
        },
        "cicp_transfer": {
            1: "BT.709",
            2: "Unspecified",
            4: "Gamma 2.2",
            5: "Gamma 2.8",
            6: "BT.601",
            7: "SMPTE ST 240",
            8: "Linear",
            9: "Logarithmic (100:1)",
            10: "Logarithmic (316:1)",
            11: "xvYCC",
            12: "BT.1361",
            13: "sRGB",
            14: "BT.2020, 10 bits",
            15: "BT.2020, 12 bits",
            16: "PQ",
            17: "SMPTE ST 428-1",
            18: "HLG",
        },
        "cicp_matrix": {
            0: "RGB",
            1: "BT.709",
            2: "Unspecified",
            4: "FCC",
            5: "BT.470 System B, G",
            6: "BT.601",
            7: "SMPTE ST 240",
            8: "YCgCo",
            9: "BT.2020, non-constant luminance",
            10: "BT.2020, constant luminance",
            11: "SMPTE ST 2085",
            12: "From the primaries, non-constant luminance",
            13: "From the primaries, constant luminance",
            14: "ICtCp",
        },
        "exposure_program": {
            0: "Not defined",
            1: "Manual",
            2: "Program",
            3: "Aperture priority",
            4: "Shutter priority",
            5: "Creative (depth of field)",
            6: "Action (fast shutter)",
            7: "Portrait",
            8: "Landscape",
        },
        "exposure_mode": {0: "Automatic", 1: "Manual", 2: "Bracketing"},
        "metering_mode": {
            0: _UNKNOWN,
            1: "Average",
            2: "Centre-weighted",
            3: "Spot",
            4: "Multi-spot",
            5: "Pattern",
            6: "Partial",
            255: _OTHER,
        },
        "flash": {bits: _flash(bits) for bits in range(128)},
        "flash_mode": {0: _UNKNOWN, 1: "Always on", 2: "Always off", 3: "Automatic"},
        "flash_return": {0: "No detection", 2: "Return light not detected", 3: "Return light detected"},
        "flash_red_eye": {0: "No red-eye reduction", 1: "Red-eye reduction"},
        "white_balance": {0: "Automatic", 1: "Manual"},
        "light_source": {
            0: _UNKNOWN,
            1: "Daylight",
            2: "Fluorescent",
            3: "Tungsten",
            4: "Flash",
            9: "Fine weather",
            10: "Cloudy weather",
            11: "Shade",
            12: "Daylight fluorescent",
            13: "Day white fluorescent",
            14: "Cool white fluorescent",
            15: "White fluorescent",
            16: "Warm white fluorescent",
            17: "Standard light A",
            18: "Standard light B",
            19: "Standard light C",
            20: "D55",
            21: "D65",
            22: "D75",
            23: "D50",
            24: "ISO studio tungsten",
            255: _OTHER,
        },
        "scene_capture_type": {0: "Standard", 1: "Landscape", 2: "Portrait", 3: "Night scene"},
        "sensing_method": {
            1: "Not defined",
            2: "One-chip colour area sensor",
            3: "Two-chip colour area sensor",
            4: "Three-chip colour area sensor",
            5: "Colour sequential area sensor",
            7: "Trilinear sensor",
            8: "Colour sequential linear sensor",
        },
        "contrast": {0: "Normal", 1: "Soft", 2: "Hard"},
        "saturation": {0: "Normal", 1: "Low", 2: "High"},
        "sharpness": {0: "Normal", 1: "Soft", 2: "Hard"},
    }
)
"""Words by the name of a field (`metadata/fields.py`) and its number."""


def words(metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the words for the enumerated fields among values nested by group, nested in the same way.

    A number that the standards do not name has none.
    """
    found: dict[str, dict[str, str]] = {}
    for group, values in metadata.items():
        for name in values.keys() & WORDS:
            number = values[name]
            if isinstance(number, int) and number in WORDS[name]:
                found.setdefault(group, {})[name] = WORDS[name][number]
    return {group: dict(sorted(named.items())) for group, named in found.items()}
