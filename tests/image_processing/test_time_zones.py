"""The zone of a position against the zone data and the map; its offsets against literals and another reader."""

from __future__ import annotations

import re
import shutil
import zoneinfo
from datetime import datetime
from importlib import resources

import pytest
import tzfpy
from dateutil import zoneinfo as another_reader

from image_processing import time_zones

DATA = resources.files("tzdata") / "zoneinfo"
LAND = sorted(name for name in tzfpy.timezonenames() if not name.startswith("Etc/"))


def degrees(text):
    """Return ±DDMM, ±DDDMM, ±DDMMSS or ±DDDMMSS of zone.tab (ISO 6709) in degrees."""
    sign, whole, minutes, seconds = re.fullmatch(r"([+-])(\d{2,3}?)(\d\d)(\d\d)?", text).groups()
    return (-1 if sign == "-" else 1) * (int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600)


def centres():
    """Return name, latitude and longitude of the principal place of every zone, as tzdata's zone.tab has them."""
    for line in (DATA / "zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            _, place, name, *_ = line.split("\t")
            latitude, longitude = re.fullmatch(r"([+-]\d+)([+-]\d+)", place).groups()
            yield name, degrees(latitude), degrees(longitude)


NOT_THERE = {
    "Asia/Urumqi": "Asia/Shanghai",  # both cover Xinjiang
    "Europe/Monaco": "Europe/Paris",  # zone.tab rounds to minutes, to a hill above Monaco
}


def test_every_zone_is_found_at_its_principal_place():
    """All of zone.tab, whose coordinates are not made from the boundaries."""
    found = {name: time_zones.at(latitude, longitude) for name, latitude, longitude in centres()}
    assert len(found) > 400
    assert {name: zone for name, zone in found.items() if zone != name} == NOT_THERE


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (65.83, 24.13, "Europe/Stockholm"),  # Haparanda
        (65.85, 24.16, "Europe/Helsinki"),  # Tornio, beyond the river
        (-28.170, 153.535, "Australia/Brisbane"),  # Coolangatta
        (-28.178, 153.545, "Australia/Sydney"),  # Tweed Heads, the next street
        (31.76, -106.49, "America/Denver"),  # El Paso
        (31.69, -106.42, "America/Ciudad_Juarez"),
        (31.04, -104.83, "America/Chicago"),  # Van Horn, Texas
        (32.47, -85.00, "America/New_York"),  # Phenix City, Alabama, which keeps the time of Georgia
        (36.13, -111.24, "America/Denver"),  # Tuba City, of the Navajo
        (35.87, -110.62, "America/Phoenix"),  # of the Hopi, an enclave in these
        (-31.68, 128.88, "Australia/Eucla"),
        (47.70, 8.69, "Europe/Busingen"),  # an enclave in Switzerland
        (45.97, 8.97, "Europe/Rome"),  # Campione, another
        (41.903, 12.453, "Europe/Vatican"),
        (41.903, 12.470, "Europe/Rome"),
        (43.94, 12.45, "Europe/San_Marino"),
        (-29.31, 27.48, "Africa/Maseru"),
        (35.89, -5.31, "Africa/Ceuta"),
        (28.12, -15.43, "Atlantic/Canary"),
        (54.71, 20.51, "Europe/Kaliningrad"),
        (78.22, 15.65, "Arctic/Longyearbyen"),
        (-31.55, 159.08, "Australia/Lord_Howe"),
        (1.87, -157.43, "Pacific/Kiritimati"),
        (-13.83, -171.76, "Pacific/Apia"),
        (-14.28, -170.70, "Pacific/Pago_Pago"),  # the next island, and a day before
        (-72.01, 2.53, "Antarctica/Troll"),
        (51.0, 1.5, "Europe/Paris"),  # in the Channel, a country's own waters
    ],
)
def test_borders_and_enclaves(latitude, longitude, zone):
    """Towns on both sides of borders, from the map."""
    assert time_zones.at(latitude, longitude) == zone


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (40.0, -30.0, "Etc/GMT+2"),
        (40.0, -37.4, "Etc/GMT+2"),  # a nautical zone reaches 7.5 degrees from its meridian
        (40.0, -37.6, "Etc/GMT+3"),
        (1.0, 1.0, "Etc/GMT"),
        (-40.0, 90.0, "Etc/GMT-6"),
        (0.0, 179.9, "Etc/GMT-12"),
        (0.0, -179.9, "Etc/GMT+12"),
        (90.0, 0.0, "Etc/GMT"),
        (89.9, 100.0, "Etc/GMT-7"),
    ],
)
def test_the_sea_has_a_zone_and_no_offset(latitude, longitude, zone):
    """Ships keep a time of their own; the North Pole lies in the sea, too."""
    assert time_zones.at(latitude, longitude) == zone
    assert time_zones.is_nautical(zone)
    assert time_zones.offsets_at(latitude, longitude, "2024-07-01T12:00:00") == ()


@pytest.mark.parametrize(
    ("latitude", "longitudes", "zone"),
    [
        (-90.0, (-180.0, -90.0, 0.0, 90.0, 180.0), "Antarctica/McMurdo"),
        (-16.83, (180.0, -180.0), "Pacific/Fiji"),  # Taveuni lies on both sides
        (71.2, (180.0, -180.0), "Asia/Anadyr"),  # Wrangel Island, too
        (67.0, (180.0, -180.0, 179.99, -179.99), "Asia/Anadyr"),
    ],
)
def test_the_south_pole_and_the_antimeridian_have_one_zone(latitude, longitudes, zone):
    """However they are written."""
    assert {time_zones.at(latitude, longitude) for longitude in longitudes} == {zone}


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.1, 0), (-91, 0), (0, 180.1), (0, -181), (float("nan"), 0), (0, float("inf"))]
)
def test_no_position_has_no_zone(latitude, longitude):
    """Nor an offset."""
    assert time_zones.at(latitude, longitude) is None
    assert time_zones.offsets_at(latitude, longitude, "2024-07-01T12:00:00") == ()


def test_where_zones_overlap_all_offsets_are_told():
    """In Xinjiang two times are kept; in Abyei those of Khartoum and Juba, which differed from 2017 to 2021."""
    assert time_zones.offsets_at(43.8, 87.6, "2024-07-01T12:00:00") == ("+08:00", "+06:00")
    assert time_zones.offsets_at(9.6, 28.4, "2016-07-01T12:00:00") == ("+03:00",)
    assert time_zones.offsets_at(9.6, 28.4, "2019-07-01T12:00:00") == ("+03:00", "+02:00")
    assert time_zones.offsets_at(9.6, 28.4, "2024-07-01T12:00:00") == ("+02:00",)


def test_a_zone_of_the_land_goes_before_one_of_the_sea(monkeypatch):
    """Boundaries of both overlap by a few metres; `Etc` would be the first by name."""
    monkeypatch.setattr(tzfpy, "get_tzs", lambda _longitude, _latitude: ["Etc/GMT-3", "Europe/Moscow"])
    assert time_zones.at(68.75, 44.9) == "Europe/Moscow"
    assert time_zones.offsets_at(68.75, 44.9, "2024-07-01T12:00:00") == ("+03:00",)


NORMAL = [
    ("Europe/Berlin", "2024-01-01T12:00:00", "+01:00"),
    ("Europe/Berlin", "2024-07-01T12:00:00", "+02:00"),
    ("America/New_York", "2024-07-01T12:00:00", "-04:00"),
    ("America/New_York", "2006-04-01T12:00:00", "-05:00"),  # before the longer summer time of 2007
    ("America/New_York", "2007-04-01T12:00:00", "-04:00"),
    ("Australia/Sydney", "2024-01-01T12:00:00", "+11:00"),  # summer in the south
    ("Australia/Sydney", "2024-07-01T12:00:00", "+10:00"),
    ("Australia/Lord_Howe", "2024-01-01T12:00:00", "+11:00"),  # half an hour of summer time
    ("Australia/Lord_Howe", "2024-07-01T12:00:00", "+10:30"),
    ("Australia/Eucla", "2024-07-01T12:00:00", "+08:45"),
    ("Asia/Kathmandu", "1985-12-31T12:00:00", "+05:30"),
    ("Asia/Kathmandu", "1986-01-02T12:00:00", "+05:45"),
    ("Asia/Kolkata", "2024-07-01T12:00:00", "+05:30"),
    ("Asia/Yangon", "2024-07-01T12:00:00", "+06:30"),
    ("Asia/Pyongyang", "2016-01-01T12:00:00", "+08:30"),
    ("Asia/Pyongyang", "2019-01-01T12:00:00", "+09:00"),
    ("Asia/Tehran", "2021-07-01T12:00:00", "+04:30"),
    ("Asia/Tehran", "2023-07-01T12:00:00", "+03:30"),
    ("America/Caracas", "2010-07-01T12:00:00", "-04:30"),
    ("America/St_Johns", "2024-01-01T12:00:00", "-03:30"),
    ("Pacific/Marquesas", "2024-01-01T12:00:00", "-09:30"),
    ("Pacific/Chatham", "2024-01-01T12:00:00", "+13:45"),
    ("Pacific/Chatham", "2024-07-01T12:00:00", "+12:45"),
    ("Pacific/Kiritimati", "2024-07-01T12:00:00", "+14:00"),
    ("Pacific/Apia", "2011-12-29T12:00:00", "-10:00"),
    ("Pacific/Apia", "2011-12-31T12:00:00", "+14:00"),
    ("Africa/Casablanca", "2024-03-01T12:00:00", "+01:00"),
    ("Africa/Casablanca", "2024-03-20T12:00:00", "+00:00"),  # Ramadan
    ("Africa/Casablanca", "2024-05-01T12:00:00", "+01:00"),
    ("Europe/Dublin", "2024-01-01T12:00:00", "+00:00"),  # summer time is standard there, winter time below it
    ("Europe/Dublin", "2024-07-01T12:00:00", "+01:00"),
    ("Europe/London", "1970-01-15T12:00:00", "+01:00"),  # British Standard Time, the year round
    ("Europe/Moscow", "2012-01-01T12:00:00", "+04:00"),
    ("Europe/Moscow", "2015-01-01T12:00:00", "+03:00"),
    ("Europe/Istanbul", "2017-01-01T12:00:00", "+03:00"),
    ("Antarctica/Troll", "2024-01-01T12:00:00", "+00:00"),
    ("Antarctica/Troll", "2024-07-01T12:00:00", "+02:00"),
    ("Africa/Monrovia", "1973-01-01T12:00:00", "+00:00"),
    ("Europe/Berlin", "1970-01-01T00:00:00", "+01:00"),
    ("Europe/Berlin", "2024-07-01T12:00", "+02:00"),  # to the minute
    ("Europe/Berlin", "2024-07-01T12:00:00.123", "+02:00"),
]


@pytest.mark.parametrize(("zone", "local", "told"), NORMAL)
def test_a_wall_time_has_an_offset(zone, local, told):
    """As the laws of the place had it."""
    assert time_zones.offsets(zone, local) == (told,)
    assert time_zones.offset(zone, local) == told


BERLIN, DUBLIN, LORD_HOWE = ("+02:00", "+01:00"), ("+01:00", "+00:00"), ("+11:00", "+10:30")


@pytest.mark.parametrize(
    ("zone", "before", "inside", "after", "told"),
    [
        ("Europe/Berlin", "2024-10-27T01:59:59", "2024-10-27T02:00:00", "2024-10-27T03:00:00", BERLIN),
        ("Europe/Berlin", "2024-10-27T01:59:59", "2024-10-27T02:59:59", "2024-10-27T03:00:00", BERLIN),
        ("Europe/Berlin", "2024-03-31T01:59:59", "2024-03-31T02:00:00", "2024-03-31T03:00:00", ()),
        ("Europe/Berlin", "2024-03-31T01:59:59", "2024-03-31T02:59:59", "2024-03-31T03:00:00", ()),
        ("Australia/Lord_Howe", "2024-04-07T01:29:59", "2024-04-07T01:30:00", "2024-04-07T02:00:00", LORD_HOWE),
        ("Australia/Lord_Howe", "2024-10-06T01:59:59", "2024-10-06T02:29:59", "2024-10-06T02:30:00", ()),
        ("Europe/Dublin", "2024-10-27T00:59:59", "2024-10-27T01:30:00", "2024-10-27T02:00:00", DUBLIN),
        ("Antarctica/Troll", "2024-03-31T00:59:59", "2024-03-31T02:30:00", "2024-03-31T03:00:00", ()),
        ("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T00:00:00", "2011-12-31T00:00:00", ()),  # a day skipped
        ("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T23:59:59", "2011-12-31T00:00:00", ()),
        ("Pacific/Kwajalein", "1993-08-20T23:59:59", "1993-08-21T12:00:00", "1993-08-22T00:00:00", ()),
    ],
)  # fmt: skip
def test_a_wall_time_that_comes_twice_has_two_and_one_that_is_skipped_none(zone, before, inside, after, told):
    """To the second; on both sides there is one."""
    assert time_zones.offsets(zone, inside) == told
    assert time_zones.offset(zone, inside) is None
    assert len(time_zones.offsets(zone, before)) == len(time_zones.offsets(zone, after)) == 1


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Europe/Amsterdam", "1936-07-01T12:00:00"),  # +00:19:32 there; the data has Brussels' time
        ("Europe/Berlin", "1969-12-31T23:59:59"),
        ("Africa/Monrovia", "1971-01-01T12:00:00"),  # -00:44:30
        ("Pacific/Honolulu", "9999-12-31T23:59:59"),  # in UTC the year 10,000
        ("Pacific/Apia", "0001-01-01T00:00:00"),
        ("Etc/GMT+2", "2024-07-01T12:00:00"),
        ("Etc/UTC", "2024-07-01T12:00:00"),
        ("Europe/Berlin", "2024-07-01"),  # of no time
        ("Europe/Berlin", "2024-07-01T12"),
        ("Europe/Berlin", "2024-07"),
        ("Europe/Berlin", ""),
        ("Europe/Berlin", "2024-02-30T12:00:00"),
        ("Europe/Berlin", "2024-07-01T12:00:60"),
    ],
)
def test_an_offset_that_is_not_certain_is_not_told(zone, local):
    """Nor one that Exif cannot write, nor one of no time."""
    assert time_zones.offsets(zone, local) == ()
    assert time_zones.offset(zone, local) is None


@pytest.mark.medium
def test_every_zone_has_the_offsets_that_another_reader_finds():
    """The package dateutil has its own data and code; no correction since parts the two from 2002 on."""
    others = another_reader.get_zonefile_instance()
    known = {zone: others.get(zone) for zone in LAND}
    assert [zone for zone in LAND if known[zone] is None] == ["America/Coyhaique"]  # younger than that copy
    noons = [datetime(year, month, 15, 12) for year in range(2002, 2024) for month in (1, 7)]  # noqa: DTZ001
    wrong = []
    for zone, other in known.items():
        for noon in noons if other is not None else ():
            expected = noon.replace(tzinfo=other).strftime("%z")
            if time_zones.offset(zone, noon.isoformat()) != f"{expected[:3]}:{expected[3:]}":
                wrong.append((zone, noon))
    assert wrong == []


def test_every_zone_of_the_boundaries_has_data():
    """At sea, too, and none is unknown to the pinned tzdata."""
    assert [name for name in tzfpy.timezonenames() if not (DATA / name).is_file()] == []
    assert len(LAND) > 400


def test_zone_data_of_the_system_is_not_asked(tmp_path):
    """It may be absent or years old: the answer is that of the pinned package everywhere."""
    (tmp_path / "Europe").mkdir()
    with (DATA / "Asia" / "Tokyo").open("rb") as tokyo, (tmp_path / "Europe" / "Vilnius").open("wb") as wrong:
        shutil.copyfileobj(tokyo, wrong)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    time_zones._zone.cache_clear()
    try:
        assert time_zones.offset("Europe/Vilnius", "2024-07-01T12:00:00") == "+03:00"
    finally:
        zoneinfo.reset_tzpath(before)
