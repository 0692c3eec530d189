"""How a picture was taken, as photographers write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from chalicelib.web import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

_SETTINGS = {
    "exposure_program": "Program",
    "metering_mode": "Metering",
    "flash": "Flash",
    "white_balance": "White balance",
}
_LONG = 0.4  # seconds, from which an exposure is told as a decimal number
_COMPENSATED = 0.05  # EV, from which a compensation is told


def line(exposure: Mapping[str, Any]) -> str:
    """Return the exposure on one line: `1/120 s · f/1.9 · ISO 53 · 7 mm`; empty where nothing is known."""
    parts = (
        seconds(exposure.get("exposure_time")),
        _labelled("f/{}", exposure.get("f_number")),
        _labelled("ISO {}", exposure.get("iso")),
        focal_length(exposure),
    )
    return " · ".join(part for part in parts if part)


def seconds(value: Any) -> str:
    """Return an exposure time: `1/120 s`, `2.5 s`."""
    if not _is_positive(value):
        return ""
    return f"{number(value)} s" if value >= _LONG else f"1/{1 / value:.0f} s"


def focal_length(exposure: Mapping[str, Any]) -> str:
    """Return a focal length, with that on 35 mm film where it differs: `7 mm (28 mm on 35 mm film)`."""
    own, film = exposure.get("focal_length"), exposure.get("focal_length_35mm")
    if not _is_positive(own):
        return _labelled("{} mm on 35 mm film", film)
    told = f"{number(own)} mm"
    return (
        f"{told} ({number(film)} mm on 35 mm film)" if _is_positive(film) and round(film) != round(own) else told
    )


def settings(exposure: Mapping[str, Any], words: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the settings of the camera that have words, and the compensation: label, words, field."""
    told = [(label, words[field], field) for field, label in _SETTINGS.items() if field in words]
    bias = exposure.get("exposure_bias")
    if _is_number(bias) and abs(bias) >= _COMPENSATED:
        told.append(("Compensation", f"{bias:+.1f} EV", "exposure_bias"))
    return told


def camera(found: Mapping[str, Any]) -> str:
    """Return the camera of a record's group `camera`: its maker once, and its model."""
    make, model = (str(found.get(name) or "").strip() for name in ("make", "model"))
    return wording.camera(make, model)


def number(value: float) -> str:
    """Return a number with two digits after the point at most: 7, 4.15."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _labelled(words: str, value: Any) -> str:
    return words.format(number(value)) if _is_positive(value) else ""


def _is_positive(value: Any) -> TypeGuard[float]:
    return _is_number(value) and 0 < value < 1e7


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
