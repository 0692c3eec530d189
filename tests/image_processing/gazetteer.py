"""Every place of `place_names.bin`, read from its documented layout, and the nearest by brute force over all.

A second reader: nothing of `image_processing.place_names` but the path of its file is used.
"""

from __future__ import annotations

import json
import math
import struct
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from image_processing.place_names import FILE

RADIUS = 6371.0088  # km


class Entry(NamedTuple):
    """A place of the file; `city` is the number of the city that it is a quarter of, else its own."""

    number: int
    name: str
    latitude: float
    longitude: float
    country: str
    region: str
    population: int
    city: int


@cache
def entries() -> tuple[Entry, ...]:
    """Return every place."""
    data = FILE.read_bytes()
    (size,) = struct.unpack_from("<I", data, 8)
    head = json.loads(data[12 : 12 + size])
    count, quarters = head["starts"][-1], head["quarters"]
    at, columns = 12 + size, []
    for kind, number in ("I", count), ("3H", count), ("I", (count + 31) // 32), ("I", quarters), ("I", quarters):
        rows = number * int(kind[:-1] or 1)
        columns.append(struct.unpack_from(f"<{rows}{kind[-1]}", data, at))
        at += struct.calcsize(f"<{rows}{kind[-1]}")
    east, shorts, _, those, cities = columns
    north, regions, populations = (shorts[part * count : (part + 1) * count] for part in range(3))
    parents = dict(zip(those, cities, strict=True))
    found, band = [], 0
    for number in range(count):
        while number >= head["starts"][band + 1]:
            band += 1
        name = data[at + 1 : at + 1 + data[at]].decode()
        at += 1 + data[at]
        code, region = head["regions"][regions[number]]
        people = populations[number] % 1024 * 10 ** (populations[number] // 1024)
        latitude, longitude = band / 2 - 90 + north[number] / 131_070, east[number] / 11_930_464 - 180
        found.append(
            Entry(number, name, latitude, longitude, code[:2], region, people, parents.get(number, number))
        )
    assert at == len(data)
    return tuple(found)


@cache
def _vectors() -> np.ndarray[Any, Any]:
    latitude, longitude = np.radians([(one.latitude, one.longitude) for one in entries()]).T
    return np.stack(_vector(latitude, longitude), 1)


@cache
def _vectors_of(country: str | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the numbers of the places of a country, or of all, and their vectors."""
    numbers = np.array([one.number for one in entries() if country in (None, one.country)])
    return numbers, _vectors()[numbers]


def nearest(latitude: float, longitude: float, country: str | None = None) -> tuple[Entry, float]:
    """Return the nearest place, of a country or of all, and its distance in km."""
    here = np.array(_vector(*np.radians((latitude, longitude))))
    numbers, vectors = _vectors_of(country)
    best = int((vectors @ here).argmax())
    chord = float(np.linalg.norm(vectors[best] - here))
    return entries()[numbers[best]], 2 * RADIUS * math.asin(chord / 2)


def _vector(latitude, longitude):
    return np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
