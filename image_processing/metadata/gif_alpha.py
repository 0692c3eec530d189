"""Tell whether a GIF shows transparency, frame after frame, without decoding a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget

MAX_DATA = 1 << 18  # bytes of LZW data that are looked through in a file
_RESTORE_TO_BACKGROUND, _RESTORE_TO_PREVIOUS = 2, 3  # disposal (GIF89a, section 23); browsers clear the background
_MAX_WIDTH = 12  # bits of a code


class Control(NamedTuple):
    """The settings of a Graphic Control Extension for the frame after it."""

    transparent: int | None = None  # index of the colour that is not shown
    disposal: int = 0


class Canvas:
    """The screen of a GIF while its frames are put on it: which part, if any, nothing has been put on.

    `shows` tells whether a frame left some of that part clear, None without a frame; `declared` that this is taken
    from a frame's declaration, for its data were too long to look through.
    """

    def __init__(self, width: int, height: int) -> None:
        self.shows: bool | None = None
        self.declared = False
        self._clear: tuple[int, int, int, int] | None = (0, 0, width, height)
        self._left = MAX_DATA

    def wants(self, control: Control) -> int:
        """Tell how many bytes of the next frame's data `put` should be given."""
        return self._left + 1 if not self.shows and self._clear and control.transparent is not None else 0

    def put(
        self, area: tuple[int, int, int, int], control: Control, data: bytes, bits: int, budget: Budget
    ) -> None:
        """Put a frame on the canvas: its area (left, top, right, bottom), its LZW data and their code size."""
        if self.shows:
            return
        if self._clear is not None:
            left, top, right, bottom = self._clear
            covered = area[0] <= left and area[1] <= top and area[2] >= right and area[3] >= bottom
            self.shows = not covered or self._uses(control.transparent, data, bits, budget)
        if control.disposal != _RESTORE_TO_PREVIOUS:
            self._clear = area if control.disposal == _RESTORE_TO_BACKGROUND else None

    def _uses(self, index: int | None, data: bytes, bits: int, budget: Budget) -> bool:
        if index is None:
            return False
        self._left -= len(data)
        if self._left < 0:
            self.declared = True
            return True
        budget.spend(len(data))
        return _has_code(data, bits, index)


def _has_code(data: bytes, bits: int, index: int) -> bool:
    """Tell whether a frame uses a colour: the first pixel that has it is coded by the colour's own code.

    Only later ones may lie within strings, which LZW makes of pixels that it has seen.
    """
    clear = 1 << bits
    if index >= clear or not 1 < bits < _MAX_WIDTH:
        return index < clear
    width, following, first = bits + 1, clear + 2, True
    held, count = 0, 0
    for byte in data:
        held |= byte << count
        count += 8
        while count >= width:
            code = held & (1 << width) - 1
            held >>= width
            count -= width
            if code == index:
                return True
            if code == clear:
                width, following, first = bits + 1, clear + 2, True
                continue
            if code == clear + 1:
                return False
            if not first and following < 1 << _MAX_WIDTH:
                following += 1
                if following == 1 << width and width < _MAX_WIDTH:
                    width += 1
            first = False
    return False
