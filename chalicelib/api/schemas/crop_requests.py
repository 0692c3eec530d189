"""The request about crops as a typed struct with bounds, and the ratios that are used most."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

SQUARE, PORTRAIT, WIDE, TALL, LINK_PREVIEW = RATIOS = "1:1", "4:5", "16:9", "9:16", "1.91:1"
MAX_RATIOS = 10
_SIDE = r"[1-9][0-9]{0,3}(\.[0-9]{1,3})?"
_RATIO = f"{_SIDE}:{_SIDE}"


class CropRatios(Struct, forbid_unknown_fields=True):
    """Query of the crops of an image: their ratios of width to height; by default those that are used most."""

    ratio: Annotated[
        str,
        Meta(
            pattern=f"^{_RATIO}(,{_RATIO}){{0,{MAX_RATIOS - 1}}}$",
            description=f"Up to {MAX_RATIOS} ratios of width to height, separated by commas: numbers from 1 to "
            "9999, with up to three decimals",
            examples=["16:9,1:1"],
        ),
    ] = ",".join(RATIOS)
