"""How people with a colour-vision deficiency see a colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from image_processing.colour import spaces

if TYPE_CHECKING:
    from image_processing.colour.spaces import Matrix, Triple

# Machado, Oliveira, Fernandes: "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0, on linear sRGB
DEFICIENCIES: Final[dict[str, Matrix]] = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_VIEWS = {name: spaces.mapping(matrix) for name, matrix in DEFICIENCIES.items()}


def simulate(linear: Triple, deficiency: str) -> Triple:
    """Return a linear sRGB colour as seen without one kind of cone ("protan", "deutan", "tritan"), clipped."""
    red, green, blue = _VIEWS[deficiency](linear)
    return min(max(red, 0.0), 1.0), min(max(green, 0.0), 1.0), min(max(blue, 0.0), 1.0)
