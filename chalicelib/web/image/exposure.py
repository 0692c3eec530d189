"""How a picture was taken, as photographers write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAMS = {
    1: "manual", 2: "program", 3: "aperture priority", 4: "shutter priority", 5: "creative", 6: "action",
    7: "portrait", 8: "landscape",
}  # fmt: skip
_METERING = {1: "average", 2: "centre-weighted", 3: "spot", 4: "multi-spot", 5: "pattern", 6: "partial"}
_BALANCE = {0: "automatic", 1: "set by hand"}
_LONG = 0.4  # seconds, from which an exposure is told as a decimal number


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


def settings(exposure: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the settings of the camera that are known, in words: label, words, field."""
    bias = exposure.get("exposure_bias")
    told = (
        ("Program", _PROGRAMS.get(exposure.get("exposure_program", 0)), "exposure_program"),
        ("Metering", _METERING.get(exposure.get("metering_mode", 0)), "metering_mode"),
        ("Compensation", f"{bias:+.1f} EV" if _is_number(bias) and abs(bias) >= 0.05 else None, "exposure_bias"),
        ("Flash", _flash(exposure.get("flash_fired")), "flash_fired"),
        ("White balance", _BALANCE.get(exposure.get("white_balance", -1)), "white_balance"),
    )
    return [(label, words, field) for label, words, field in told if words]


def camera(found: Mapping[str, Any]) -> str:
    """Return maker and model of a camera, the maker once: `Canon EOS 5D`, `NIKON D40`."""
    make, model = str(found.get("make") or "").strip(), str(found.get("model") or "").strip()
    first = make.split(" ", 1)[0].casefold()
    return model if not make or (first and model.casefold().startswith(first)) else f"{make} {model}".strip()


def number(value: float) -> str:
    """Return a number with two digits after the point at most: 7, 4.15."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _flash(fired: Any) -> str | None:
    return None if fired is None else "fired" if fired else "did not fire"


def _labelled(words: str, value: Any) -> str:
    return words.format(number(value)) if _is_positive(value) else ""


def _is_positive(value: Any) -> TypeGuard[float]:
    return _is_number(value) and 0 < value < 1e7


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
