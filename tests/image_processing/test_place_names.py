"""Names of places against literals, brute force over all places, and other packages' tables."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from array import array
from importlib import resources

import pytest

from image_processing import countries, place_names, time_zones
from tests.image_processing import gazetteer

SHA256 = "28137a620818ece6527ed9b0ae64f4caf5081676f843137980cac57e07390183"
"""Of the file that `python -m scripts.place_names` makes of the pinned packages."""


def test_the_file_is_the_one_that_the_script_made():
    """In at most 4 MB; another one needs a new hash here, and `backfill` for the records."""
    data = place_names.FILE.read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    assert len(data) <= 4_000_000


@pytest.mark.parametrize(
    ("latitude", "longitude", "names"),
    [
        (38.7139, -9.1335, ("PT", "Portugal", "Lisbon", "Lisbon", "Baixa")),
        (48.8867, 2.3431, ("FR", "France", "Île-de-France", "Paris", "Paris 18 Buttes-Montmartre")),
        (52.4989, 13.4180, ("DE", "Germany", "State of Berlin", "Berlin", "Kreuzberg")),
        (51.5116, -0.1229, ("GB", "United Kingdom", "England", "London", None)),
        (-33.86, 151.21, ("AU", "Australia", "New South Wales", "Sydney", "The Rocks")),
        (40.758, -73.9855, ("US", "United States", "New York", "New York City", "Times Square")),
        # borders
        (65.83, 24.13, ("SE", "Sweden", "Norrbotten", "Haparanda", None)),
        (65.85, 24.16, ("FI", "Finland", "Lapland", "Tornio", None)),
        (31.76, -106.49, ("US", "United States", "Texas", "El Paso", None)),
        (31.69, -106.42, ("MX", "Mexico", "Chihuahua", "Ciudad Juárez", None)),
        (55.0558, -7.3119, ("IE", "Ireland", "Ulster", "Muff", None)),  # Culmore in Northern Ireland is nearer
        (47.3328, 9.5864, ("CH", "Switzerland", "Saint Gallen", "Oberriet", None)),  # Koblach in Austria is nearer
        (41.9029, 12.4534, ("VA", "Vatican", None, "Vatican City", None)),
        (41.9, 12.45, ("IT", "Italy", "Lazio", "Rome", "Borgo")),
        (47.70, 8.69, ("DE", "Germany", "Baden-Wurttemberg", "Büsingen", None)),  # an exclave in Switzerland
        # a zone of two countries
        (42.66, 21.16, ("XK", "Kosovo", "Pristina", "Pristina", None)),
        (44.80, 20.47, ("RS", "Serbia", "Central Serbia", "Belgrade", None)),
        (21.03, 105.85, ("VN", "Vietnam", "Hanoi", "Hoàn Kiếm", None)),
        (13.75, 100.50, ("TH", "Thailand", "Bangkok", "Bangkok", None)),
        # islands
        (-0.75, -90.31, ("EC", "Ecuador", "Galápagos", "Puerto Ayora", None)),
        (37.74, -25.67, ("PT", "Portugal", "Azores", "Ponta Delgada", None)),
        (78.22, 15.65, ("SJ", "Svalbard and Jan Mayen", "Svalbard", "Longyearbyen", None)),
        # beside the date line
        (-16.6, 179.4, ("FJ", "Fiji", "Northern", "Labasa", None)),
        (64.73, 177.5, ("RU", "Russia", "Chukotka", "Anadyr", None)),
        (-21.13, -175.2, ("TO", "Tonga", "Tongatapu", "Nuku\u2018alofa", None)),
        (1.87, -157.4, ("KI", "Kiribati", "Line Islands", "Banana", None)),
    ],
)
def test_a_position_has_the_names_of_its_place(latitude, longitude, names):
    """Its country's code and name, region, city and quarter, as a map has them."""
    found = place_names.find(latitude, longitude)
    assert found is not None
    assert found[:5] == names


@pytest.mark.parametrize(
    ("latitude", "longitude", "city", "population", "distance"),
    [
        (48.8534, 2.3488, "Paris", 2_140_000, 0.0),
        (-16.6, 179.4, "Labasa", 27_900, 18.9),
        (10.78, 106.7, "Quận Một", None, 0.1),  # its population is not known
    ],
)
def test_a_city_has_a_population_and_a_distance(latitude, longitude, city, population, distance):
    """To three digits, and in km to one decimal."""
    found = place_names.find(latitude, longitude)
    assert (found.city, found.population, found.distance) == (city, population, distance)


def test_the_distance_is_from_the_quarter_where_one_is_named():
    """The population is the city's."""
    found = place_names.find(38.7139, -9.1335)
    assert (found.district, found.distance, found.population) == ("Baixa", 0.4, 518_000)


def test_at_sea_there_is_a_city_nearby_or_nothing():
    """Beyond territorial waters no country is named, however near its cities are."""
    off_lisbon = place_names.find(38.7, -9.9)
    assert off_lisbon == place_names.Place(city="Azoia", population=2280, distance=37.7)
    assert place_names.find(40.0, -30.0) is None
    assert place_names.find(0.0, 0.0) is None


def table_of(*places):
    """Return a table of places on Réunion: names with latitude and longitude, in the order of the file."""
    bands = [int((latitude + 90) * 2) for _, latitude, _ in places]
    count = len(places)
    return place_names._Table(
        starts=[sum(band < edge for band in bands) for edge in range(361)],
        regions=[("RE.00", "")],
        zones={"Indian/Reunion": "RE"},
        east=memoryview(array("I", [round((longitude + 180) * 11_930_464) for _, _, longitude in places])),
        north=memoryview(
            array("H", [round((latitude * 2 - latitude * 2 // 1) * 65_535) for _, latitude, _ in places])
        ),
        region=memoryview(array("H", [0] * count)),
        population=memoryview(array("H", [1] * count)),
        blocks=memoryview(array("I", [0])),
        quarters=memoryview(array("I")),
        cities=memoryview(array("I")),
        names=memoryview(b"".join(bytes([len(name)]) + name.encode() for name, _, _ in places)),
    )


@pytest.fixture
def found(monkeypatch):
    """Return the nearest city of a position, and its distance, among a few places in one country."""

    def find(latitude, longitude, *places):
        monkeypatch.setattr(place_names, "_table", lambda: table_of(*places))
        monkeypatch.setattr(time_zones, "covering", lambda _latitude, _longitude: ["Indian/Reunion"])
        place = place_names.find(latitude, longitude)
        assert place.country_code == "RE"
        return place.city, place.distance

    return find


@pytest.mark.parametrize(("east", "told"), [(0.4496, ("A", 50.0)), (0.45, (None, None))])
def test_no_city_is_named_beyond_fifty_kilometres(found, east, told):
    """Counted on the equator, where 0.4496 degrees are 49.99 km and 0.45 are 50.04."""
    assert found(0.0, east, ("A", 0.0, 0.0)) == told


@pytest.mark.parametrize(
    ("longitude", "told"),
    [(-179.95, ("B", 16.7)), (180.0, ("B", 11.1)), (-180.0, ("B", 11.1)), (-179.8, ("A", 22.2))],
)
def test_the_nearest_place_may_lie_across_the_date_line(found, longitude, told):
    """Of A at 179.6 west, M in the middle and B at 179.9 east, on the equator, where a degree is 111.195 km."""
    places = ("A", 0.0, -179.6), ("M", 0.0, 0.0), ("B", 0.0, 179.9)
    assert found(0.0, longitude, *places) == told
    assert found(0.0, -longitude, ("B", 0.0, -179.9), ("M", 0.0, 0.0), ("A", 0.0, 179.6)) == told


def test_a_place_across_the_date_line_may_follow_one_before_it(found):
    """Half a band north of the first one: 51.7 km away, which is too far; the next is 27.8 km away."""
    assert found(0.0, -179.8, ("A", 0.45, -179.9), ("M", 0.0, 0.0), ("B", 0.0, 179.95)) == ("B", 27.8)
    assert found(0.0, 179.8, ("B", 0.0, -179.95), ("M", 0.0, 0.0), ("A", 0.45, 179.9)) == ("B", 27.8)


@pytest.mark.parametrize("latitude", [89.9, -89.9])
def test_the_nearest_place_may_lie_across_a_pole(found, latitude):
    """0.1 and 0.2 degrees from the pole, on the other side: 33.4 km by the straight way."""
    place = 89.8 if latitude > 0 else -89.8
    assert found(latitude, 60.0, ("A", place, -120.0)) == ("A", 33.4)


def test_places_in_the_bands_beside_count(found):
    """At 10.49 degrees north, the one at 10.51 is nearer than the one at 10.2; at 10.51 that of 10.49."""
    assert found(10.49, 0.0, ("A", 10.2, 0.0), ("B", 10.51, 0.0)) == ("B", 2.2)
    assert found(10.51, 0.0, ("A", 10.49, 0.0), ("B", 10.9, 0.0)) == ("A", 2.2)


def test_land_far_from_every_city_has_its_country():
    """The Sahara, Chukotka, the South Pole."""
    assert place_names.find(23.0, 10.0) == place_names.Place("DZ", "Algeria")
    assert place_names.find(66.0, -169.8) == place_names.Place("RU", "Russia")
    assert place_names.find(-90.0, 0.0) == place_names.Place("AQ", "Antarctica")


@pytest.mark.parametrize("latitude", [-16.83, 67.0, 71.2])
def test_both_sides_of_the_date_line_have_the_same_names(latitude):
    """180 degrees east are 180 degrees west."""
    assert place_names.find(latitude, 180.0) == place_names.find(latitude, -180.0)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.1, 0), (-91, 0), (0, 180.1), (0, -181), (float("nan"), 0), (0, float("inf"))]
)
def test_no_position_has_no_names(latitude, longitude):
    """As it has no zone."""
    assert place_names.find(latitude, longitude) is None


def positions():
    """Return 240 positions around places of the file: a third anywhere, in the far north, by the date line."""
    chosen = random.Random(3)
    every = gazetteer.entries()
    groups = (
        every,
        [one for one in every if one.latitude > 66 or one.latitude < -50],
        [one for one in every if abs(one.longitude) > 172],
    )
    for group in groups:
        for one in chosen.choices(group, k=80):
            latitude = one.latitude + chosen.uniform(-0.3, 0.3)
            longitude = one.longitude + chosen.uniform(-0.6, 0.6)
            yield latitude, (longitude + 180) % 360 - 180


@pytest.mark.medium
def test_no_place_of_the_country_is_nearer():
    """By brute force over all places, with vectors instead of angles."""
    for latitude, longitude in positions():
        found = place_names.find(latitude, longitude)
        code = found.country_code if found else None
        place, distance = gazetteer.nearest(latitude, longitude, code)
        if found is None or found.city is None:
            assert distance > 50
            continue
        assert found.distance == pytest.approx(distance, abs=0.0501), (latitude, longitude)
        assert found.city == gazetteer.entries()[place.city].name


@pytest.mark.medium
def test_every_place_is_in_its_own_country():
    """GeoNames' country of 2,000 places against that of their time zones; of all 170,391, 40 differ."""
    chosen = random.Random(4).sample(gazetteer.entries(), 2000)
    wrong = [one for one in chosen if place_names.find(one.latitude, one.longitude).country_code != one.country]
    assert len(wrong) <= 5


def test_every_country_of_iso_3166_has_a_name():
    """The table of codes is tzdata's, without two uninhabited islands, and with Kosovo's user-assigned code."""
    text = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text()
    codes = {line.split("\t")[0] for line in text.splitlines() if not line.startswith("#")}
    assert codes ^ countries.NAMES.keys() == {"XK", "BV", "HM"}
    assert (countries.NAMES["PT"], countries.NAMES["CI"], countries.NAMES["KR"]) == (
        "Portugal",
        "Ivory Coast",
        "South Korea",
    )


def test_the_file_is_mapped_and_not_read():
    """Naming a place loads neither NumPy nor SciPy, and takes at most 12 MB besides the zones."""
    program = (
        "import re, sys, tzfpy; tzfpy.get_tzs(0.0, 0.0); from image_processing import time_zones; "
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]); "
        "before = peak(); "
        "from image_processing import place_names; "
        "[place_names.find(north, east) for north in range(-60, 70) for east in range(-180, 180, 9)]; "
        "print(peak() - before, *{'numpy', 'scipy'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    kilobytes, *heavy = done.stdout.split()
    assert heavy == []
    assert 500 <= int(kilobytes) <= 12 * 1024
