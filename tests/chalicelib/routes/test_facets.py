"""Every value that `/v1/facets` counts, given back as its filter, finds exactly the images that are counted."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from coloraide import Color

from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import annotation_codec, document_codec, images, keys
from chalicelib.db.annotation_codec import Box, Findings, Found
from chalicelib.db.models import FAILED, READY, Image
from image_processing.colour import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import User

GEAR = [
    ("Canon", "EOS 5D", "EF 50mm f/1.8"),
    ("CANON", "eos 5d", "ef 50MM f/1.8"),
    ("Canon", "EOS 5D", None),
    ("Canon", None, None),
    (None, "EOS 5D", "EF 50mm"),
    (None, None, "EF 50mm"),
    ("null", "NULL", "null"),
    ("Straße", "ß", "Größe"),
    ("STRASSE", "SS", "GRÖSSE"),
    ("a&b=c%20+d#?/", "ünïcødé \U0001f4f7", "24\u201370 \u201cmm\u201d"),
    ("x" * 200, "y" * 80, "z" * 81),
    (" two  spaces\t", "a\tb\nc", "'); DROP"),
    ("cafe\u0301", "café", None),
    (None, None, None),
]
PLACES = [
    (0.0, 0.0), (-0.00001, -0.00001), (0.0, -0.00001), (0.17578, 0.35156), (0.17579, 0.35157), (1.40625, 1.40625),
    (1.40624, 1.40624), (90.0, 180.0), (-90.0, -180.0), (89.99999, 179.99999), (-1.40625, -1.40625),
    (-1.40626, -1.40626), (48.85661, 2.35222), (None, None),
]  # fmt: skip
LANDS = [
    ("FR", "Paris"), ("FR", "paris"), ("US", "Paris"), ("PT", "Óbidos"), ("PT", "Obidos"), ("BR", "Óbidos"),
    ("FR", "Y"), ("CI", "N'Da"), ("DZ", None), ("XK", "Pristina"), (None, "Azoia"), (None, None), ("ZZ", "null"),
]  # fmt: skip
TAGS = [
    "null", "+", "a+b", " Sea ", "SEA", "\uff33\uff26", "Straße", "x" * 64, "#", "100 %", "e\u0301",
    "a,b", "total#", "\U0001f30a", "/v1/images?x=1", "tag", "日本語",
]  # fmt: skip
FOLDED = {" Sea ": "sea", "SEA": "sea", "\uff33\uff26": "sf", "Straße": "strasse", "e\u0301": "é"}
TAKEN = ["2014-01-31T23:59:59", "2014-02-01T00:00:00", "0001-12-01T10:00:00", "9999-12-31T23:59:59", None]
PROVENANCE = ["captured", "edited", "ai_assisted", "ai_generated", "unknown"]
FORMATS = ["JPEG", "HEIF", "JP2", "3FR", "WEBP", "JXL"]
COLOURS = [
    "#ffffff",
    "#000000",
    "#5e4b3d",
    "#c9d2e2",
    "#f53330",
    "#336699",
    "#00ff00",
    "#808080",
    "#7d8081",
    "#30609a",
]
CSS = {
    name: f"#{digits}" for name, digits in (entry.split() for entry in names._CSS.replace("\n", " ").split(","))
}

PEOPLE = [(None, None), (0, "0"), (1, "1"), (2, "2+"), (7, "2+")]
"""How many faces a model found in an image, and under which number it is listed."""


def nearest(colour: str) -> str:
    """Return the CSS name nearest to a colour in OKLab, by coloraide."""
    return min(CSS, key=lambda name: Color(colour).distance(CSS[name], space="oklab"))


class Shelf:
    """Records of an owner, and which images have which value of each kind."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.held: defaultdict[str, defaultdict[Any, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.chosen = random.Random(7)

    def add(self, number: int) -> None:
        """Write the record of an image."""
        chosen = self.chosen
        make, model, lens = GEAR[number % len(GEAR)]
        latitude, longitude = PLACES[number % len(PLACES)]
        taken, provenance = TAKEN[number % len(TAKEN)], PROVENANCE[number % len(PROVENANCE)]
        tags = set(chosen.sample(TAGS, number % 4))
        shares = chosen.choice([(0.6, 0.3, 0.1), (0.4, 0.16, 0.1549), (0.13, 0.12), (0.2, 0.2, 0.2, 0.2, 0.2)])
        palette = [
            {"hex": colour, "share": share}
            for colour, share in zip(chosen.sample(COLOURS, len(shares)), shares, strict=True)
        ]
        uploaded = f"202{number % 3}-1{number % 2}-28T23:59:59.999Z"
        kind, state = FORMATS[number % len(FORMATS)], FAILED if number % 7 == 0 else READY
        metadata: dict[str, dict[str, Any]] = {
            "camera": {"make": make, "model": model, "lens_model": lens},
            "time": {"date_taken": taken},
            "place": {"gps_latitude": latitude, "gps_longitude": longitude, **_names(number)},
            "provenance": {"provenance": provenance},
        }
        document = {"metadata": metadata, "analysis": {"palette": palette, "dominant": palette[0]["hex"]}}
        key = f"uploads/{self.owner}/{number}.bin"
        image_id = keys.image_id(settings().images_bucket, key)
        image = Image(
            image_id, owner=self.owner, key=key, state=state, sequencer=keys.order(f"{number + 1:010X}"),
            uploaded=uploaded, size=5, format=kind, width=1, height=1, document=document_codec.pack(document),
            sha256=f"{number:064x}", facts=cards.pack_facts(cards.facts(document, f"{number:064x}")),
        )  # fmt: skip
        assert images.put_newer(image)
        seen, listed = PEOPLE[number % len(PEOPLE)]
        faces = tuple(Found("face", "", 0.9, Box(0.1 * place, 0.0, 0.05, 0.1)) for place in range(seen or 0))
        found = Findings(image.sha256, {} if seen is None else {"face": "finder/1"}, faces)
        packed = annotation_codec.pack_findings(found)
        assert images.edit(image, {"tags": tags or None, "annotations": packed})
        if listed is not None:
            self.held["people"][listed].add(image_id)
        self._note(image_id, metadata, palette)
        for kind_of, value in (("formats", kind), ("states", state), ("uploaded", uploaded[:7])):
            self.held[kind_of][value].add(image_id)
        for tag in tags:
            self.held["tags"][FOLDED.get(tag, tag)].add(image_id)

    def _note(self, image_id: str, metadata: dict[str, dict[str, Any]], palette: list[dict[str, Any]]) -> None:
        make, model, lens = (
            " ".join((metadata["camera"][name] or "").split())[:80].casefold()
            for name in ("make", "model", "lens_model")
        )
        if make or model:
            self.held["cameras"][make, model].add(image_id)
        if lens:
            self.held["lenses"][lens].add(image_id)
        place = metadata["place"]
        if place["gps_latitude"] is not None and (code := place["gps_country_code"]):
            self.held["countries"][code].add(image_id)
            if city := place["gps_city"]:
                self.held["cities"][code, city.casefold().replace("ó", "o")].add(image_id)
        if taken := metadata["time"]["date_taken"]:
            self.held["taken"][taken[:7]].add(image_id)
        self.held["provenance"][metadata["provenance"]["provenance"]].add(image_id)
        for number, swatch in enumerate(palette):
            if number == 0 or round(100 * swatch["share"]) >= 16:
                self.held["colors"][nearest(swatch["hex"])].add(image_id)


def _names(number: int) -> dict[str, str | None]:
    code, city = LANDS[number % len(LANDS)]
    return {"gps_country_code": code, "gps_country": code, "gps_city": city}


@pytest.fixture
def shelf(user: User, stream: Callable[[], None]) -> Shelf:
    """Return a user's records of awkward values, which the catalogue has followed."""
    shelf = Shelf(user.owner)
    for number in range(70):
        shelf.add(number)
    stream()
    return shelf


def filters(kind: str, entry: dict[str, Any]) -> dict[str, str]:
    """Return a counted value as its filter."""
    if kind == "cameras":
        return {"make": entry["make"], "model": entry["model"]}
    if kind == "places":
        return {"bbox": ",".join(str(entry[side]) for side in ("west", "south", "east", "north"))}
    if kind in {"taken", "uploaded"}:
        return {f"{kind}_from": entry["value"], f"{kind}_to": entry["value"]}
    if kind == "cities":
        return {"city": entry["value"], "country": entry["country"]}
    single = {
        "lenses": "lens",
        "formats": "format",
        "states": "state",
        "colors": "color",
        "tags": "tag",
        "countries": "country",
    }
    return {single.get(kind, kind): entry["value"]}


def found(user: User, api: str, parameters: dict[str, str]) -> Iterator[str]:
    """Yield the images of all pages of a search."""
    path = f"/v1/images?{urlencode({**parameters, 'limit': 100})}"
    while path:
        answer = user.http.get(f"{api}{path}")
        assert answer.status_code == 200, (parameters, answer.text)
        yield from (image["image_id"] for image in answer.json()["images"])
        path = answer.json()["links"].get("next")


@pytest.mark.slow
def test_every_value_that_is_counted_finds_what_was_counted(shelf: Shelf, user: User, api: str) -> None:
    """All kinds, awkward values among them; no image is found twice."""
    facets = user.http.get(f"{api}/v1/facets?limit=100").json()
    del facets["links"]
    assert {*shelf.held} | {"places"} == {*facets}
    for kind, entries in facets.items():
        if kind != "places":
            known = shelf.held[kind]
            values = [
                (entry["make"].casefold(), entry["model"].casefold()) if kind == "cameras"
                else (entry["country"], entry["value"].casefold().replace("ó", "o")) if kind == "cities"
                else entry["value"].casefold() if kind == "lenses" else entry["value"]
                for entry in entries
            ]  # fmt: skip
            assert sorted(values) == sorted(known)
        for entry in entries:
            ids = list(found(user, api, filters(kind, entry)))
            assert len(ids) == len({*ids}) == entry["images"], (kind, entry)
            if kind != "places":
                assert {*ids} == known[values[entries.index(entry)]], (kind, entry)
    assert sum(entry["images"] for entry in facets["places"]) == 65  # five of seventy have none
    named = {entry["value"]: entry["name"] for entry in facets["countries"]}
    assert named == {
        "FR": "France", "US": "United States", "PT": "Portugal", "BR": "Brazil", "CI": "Ivory Coast",
        "DZ": "Algeria", "XK": "Kosovo", "ZZ": "ZZ",
    }  # fmt: skip
