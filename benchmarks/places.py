"""Names of places: country and nearest place at 2,000 positions, against references of its own; time and memory.

    python benchmarks/places.py [--borders borders.json]

The positions are places of the data: any, those within 10 km of another country's, those of island states, those
beside the date line. A country is right where it is that of GeoNames, which takes no part in the decision where a
zone has one country: Janus goes by the boundaries of time zones. The nearest place is right where brute force
over all places, of any country, finds the same from a position up to 3 km aside; Janus names the nearest of the
country, so it must differ at borders. `--borders` compares the countries of the positions aside with polygons
that others made from OpenStreetMap: `src/data/borders.json` of the npm package @rapideditor/country-coder. The
package reverse_geocoder, where it is installed, answers the same questions. The last line printed is JSON; exits
1 when a figure falls short.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.report import Measure, conclude, progress
from image_processing import place_names
from tests.image_processing import gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.image_processing.gazetteer import Entry

NUMBER = {"any place": 800, "borders": 500, "islands": 400, "date line": 300}
BORDER = 10.0  # km to the nearest place of another country
ASIDE = 3.0  # km, at most
ISLANDS = (
    "AG BB BM BS CK CU CV CY DM DO FJ FM GD GL GP HT ID IE IS JM JP KI KM KN KY LC LK MG MH MQ MT MU MV NC NR NU "
    "NZ PF PG PH PR PW RE SB SC SG SH ST TC TL TO TT TV TW VC VG VI VU WF WS"
)
_FIND = "from image_processing import place_names; place_names.find(48.85, 2.35)"
FIRST = (
    "import time, tzfpy; tzfpy.get_tzs(0.0, 0.0); start = time.process_time(); "
    f"{_FIND}; print(time.process_time() - start)"
)
MEMORY = f"""
import re, tzfpy
from pathlib import Path
from image_processing import time_zones
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
tzfpy.get_tzs(0.0, 0.0)
before = peak()
{_FIND}
[place_names.find(north, east) for north in range(-60, 70) for east in range(-180, 180, 9)]
print((peak() - before) / 1024)
"""


class Question(NamedTuple):
    """A place of the data, a position aside of it, and the place that is nearest to that."""

    place: Entry
    aside: tuple[float, float]
    nearest: Entry


class Answer(NamedTuple):
    """A country's code, and the name of the nearest place."""

    country: str | None
    place: str | None


def questions() -> dict[str, list[Question]]:
    """Return the positions by group."""
    chosen = random.Random(19)
    every = gazetteer.entries()
    groups: dict[str, Sequence[Entry]] = {
        "any place": every,
        "borders": every,
        "islands": [one for one in every if one.country in ISLANDS.split()],
        "date line": [one for one in every if abs(one.longitude) > 172],
    }
    found: dict[str, list[Question]] = {}
    for name, places in groups.items():
        found[name] = []
        while len(found[name]) < NUMBER[name]:
            place = chosen.choice(places)
            if name == "borders" and not _is_at_border(place):
                continue
            aside = _aside(place, chosen)
            found[name].append(Question(place, aside, gazetteer.nearest(*aside)[0]))
            progress(len(found[name]), NUMBER[name], name)
    return found


def _is_at_border(place: Entry) -> bool:
    """Tell whether a place of another country is within `BORDER`."""
    north, east = _degrees()
    near = np.abs(north - place.latitude) < BORDER / 111
    away = np.hypot(
        (north[near] - place.latitude) * 111.2,
        (east[near] - place.longitude) * 111.2 * math.cos(math.radians(place.latitude)),
    )
    every = gazetteer.entries()
    return any(every[number].country != place.country for number in np.flatnonzero(near)[away < BORDER])


_kept: list[Any] = []


def _degrees() -> Any:
    if not _kept:
        _kept.append(np.array([(one.latitude, one.longitude) for one in gazetteer.entries()]).T)
    return _kept[0]


def _aside(place: Entry, chosen: random.Random) -> tuple[float, float]:
    distance, angle = chosen.uniform(0, ASIDE) / 111.2, chosen.uniform(0, 2 * math.pi)
    longitude = place.longitude + distance * math.sin(angle) / math.cos(math.radians(place.latitude))
    return place.latitude + distance * math.cos(angle), (longitude + 180) % 360 - 180


def janus(latitude: float, longitude: float) -> Answer:
    """Return Janus's answer."""
    found = place_names.find(latitude, longitude)
    return Answer(found.country_code, found.district or found.city) if found else Answer(None, None)


def peer() -> Callable[[float, float], Answer] | None:
    """Return reverse_geocoder, if it is installed."""
    try:
        module = importlib.import_module("reverse_geocoder")
    except ImportError:
        print("reverse_geocoder is not installed: left out")
        return None

    def ask(latitude: float, longitude: float) -> Answer:
        (found,) = module.search([(latitude, longitude)], mode=1, verbose=False)
        return Answer(found["cc"], found["name"])

    ask(0.0, 0.0)
    return ask


def share(right: Iterator[bool]) -> float:
    """Return the per cent that are right."""
    told = list(right)
    return 100 * sum(told) / len(told)


def accuracy(name: str, asked: dict[str, list[Question]], *, bounded: bool) -> Iterator[Measure]:
    """Yield the share of right countries and nearest places, by group and in all."""
    ask = janus if bounded else peer()
    if ask is None:
        return
    everyone = [one for those in asked.values() for one in those]
    for group, those in {**asked, "all": everyone}.items():
        country = share(ask(*one.place[2:4]).country == one.place.country for one in those)
        goals = (">=", 99.0, ">=", 97.0) if bounded and group == "all" else ("", None, "", None)
        yield Measure(f"{name}: country, {group} ({len(those)})", country, goals[0], goals[1], "%")
        if bounded:  # reverse_geocoder has other places
            nearest = share(ask(*one.aside).place == one.nearest.name for one in those)
            yield Measure(f"{name}: nearest place, {group}", nearest, goals[2], goals[3], "%")


def polygons(file: Path) -> list[tuple[str, float, Any]]:
    """Return the rings of the countries' polygons: code, signed area, longitudes and latitudes."""
    found = []
    for feature in json.loads(file.read_text())["features"]:
        told = feature["properties"]
        code = told.get("iso1A2") or told.get("country")
        code = "FR" if code == "FX" else code  # without its overseas departments
        for rings in (feature["geometry"] or {"coordinates": ()})["coordinates"]:
            outer = np.array(rings[0])
            found.append(
                (code, float(np.ptp(outer[:, 0]) * np.ptp(outer[:, 1])), [np.array(ring) for ring in rings])
            )
    return sorted(found, key=lambda one: one[1])


def country_of(latitude: float, longitude: float, shapes: list[tuple[str, float, Any]]) -> str | None:
    """Return the country of the smallest polygon that holds a position."""
    for code, _, rings in shapes:
        (west, south), (east, north) = rings[0].min(0), rings[0].max(0)
        if west <= longitude <= east and south <= latitude <= north:
            inside = [_is_inside(latitude, longitude, ring) for ring in rings]
            if inside[0] and not any(inside[1:]):
                return code
    return None


def _is_inside(latitude: float, longitude: float, ring: Any) -> bool:
    """Tell whether a ray to the east crosses a ring an odd number of times."""
    (east, north), (next_east, next_north) = ring[:-1].T, ring[1:].T
    crossing = (north > latitude) != (next_north > latitude)
    ends = east[crossing] + (latitude - north[crossing]) / (next_north - north)[crossing] * (
        next_east - east
    )[crossing]  # fmt: skip
    return bool((ends > longitude).sum() % 2)


def microseconds(ask: Callable[[float, float], Answer], those: Sequence[tuple[float, float]]) -> list[float]:
    """Return the CPU time of each answer, sorted."""
    taken = []
    for position in those:
        start = time.process_time()
        ask(*position)
        taken.append((time.process_time() - start) * 1e6)
    return sorted(taken)


def _printed(program: str) -> float:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    return float(done.stdout)


def main() -> None:
    """Measure and conclude."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--borders", type=Path)
    options = parser.parse_args()
    asked = questions()
    measures = [*accuracy("Janus", asked, bounded=True), *accuracy("reverse_geocoder", asked, bounded=False)]
    everywhere = [one.aside for group in asked.values() for one in group]
    if options.borders:
        shapes = polygons(options.borders)
        agreed = share(janus(*position).country == country_of(*position, shapes) for position in everywhere)
        measures.append(
            Measure("Janus: country as in OpenStreetMap's borders (positions aside)", agreed, unit="%")
        )
    times = microseconds(janus, everywhere)
    measures += [
        Measure("Janus: time, median (CPU)", times[len(times) // 2], "<=", 1000, "µs"),
        Measure("Janus: time, 99th percentile (CPU)", times[len(times) * 99 // 100], "<=", 1000, "µs"),
        Measure(
            "Janus: the first answer, import included, without the zones (CPU)", 1000 * _printed(FIRST), unit="ms"
        ),
        Measure("Janus: memory after answers everywhere, without the zones", _printed(MEMORY), "<=", 12, "MB"),
        Measure("Janus: size of the file", place_names.FILE.stat().st_size / 1e6, "<=", 4, "MB"),
    ]
    if (theirs := peer()) is not None:
        other = microseconds(theirs, everywhere[:200])
        measures.append(Measure("reverse_geocoder: time, median (CPU)", other[len(other) // 2], unit="µs"))
    conclude("places", measures)


if __name__ == "__main__":
    main()
