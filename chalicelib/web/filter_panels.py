"""The panels by which the library is filtered: fields, and values as links, with counts where these were read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import palettes
from chalicelib.web import library_query, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.catalogue_responses import Facets
    from chalicelib.web.library_query import Asked
    from chalicelib.web.page import PageCall

COLOURS = (
    "crimson",
    "orange",
    "gold",
    "green",
    "teal",
    "steelblue",
    "purple",
    "pink",
    "brown",
    "black",
    "grey",
    "white",
)
"""Names of CSS that are offered before counts are read."""

ORDERS = {
    "-taken": "Newest first",
    "taken": "Oldest first",
    "-uploaded": "Last added first",
    "uploaded": "First added first",
}
SMALL_SHARE = "0.01"  # the least that a palette tells
_PROVENANCE = ("captured", "edited", "ai_assisted", "ai_generated", "unknown")
_DATE, _HEX = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})?"), re.compile("#[0-9a-fA-F]{6}")


class Input(NamedTuple):
    """A field of a panel's form."""

    name: str
    label: str
    type: str = "text"
    placeholder: str = ""


class Option(NamedTuple):
    """A value as a link: its words, whether it is active, how many images it finds if known, its colour if any."""

    words: str
    href: str
    here: bool
    images: int | None = None
    colour: str = ""


PLACE = (Input("city", "City", placeholder="Lisbon"),)
CIRCLE = (Input("near", "Near", placeholder="48.858, 2.294"), Input("radius", "Kilometres", placeholder="10"))
PARAMETERS: dict[str, tuple[str, ...]] = {
    "camera": ("make", "model", "lens"),
    "date": ("taken_from", "taken_to"),
    "colour": ("color", "within", "metric", "share"),
    "tags": ("tag",),
    "place": ("country", "city", "near", "radius", "bbox"),
    "made": ("provenance",),
    "file": ("format", "state", "orientation"),
    "sort": ("sort",),
}
"""The parameters that a panel's form takes the place of."""


FIELDS = frozenset({"text", "taken_from", "taken_to", "color", "tag", "city", "near", "radius"})
"""The parameters that have a field on the page, at which their faults are told."""


class Group(NamedTuple):
    """Values of a kind."""

    heading: str
    options: list[Option]


class Panel(NamedTuple):
    """A panel: its form and its values, and the words and address of the link to the counts it lacks."""

    name: str
    label: str
    parameters: tuple[str, ...]
    inputs: Sequence[Input]
    groups: Sequence[Group]
    counted: str
    href: str
    faulty: bool


def panels(call: PageCall, asked: Asked, facets: Facets | None = None) -> list[Panel]:
    """Return the panels, with the values and counts of facets if these are given."""
    maker = _Maker(call, asked, facets)
    return [
        maker.panel("camera", "Camera", groups=maker.gear(), counted="Show your cameras and lenses"),
        maker.panel("date", "Date taken", inputs=maker.dates()),
        maker.panel(
            "colour", "Colour", inputs=maker.picker(), groups=maker.colours(), counted="Show your colours"
        ),
        maker.panel("tags", "Tags", inputs=[Input("tag", "Tag")], groups=maker.tags(), counted="Show your tags"),
        maker.panel("place", "Place", inputs=PLACE + CIRCLE, groups=maker.places(), counted="Show your places"),
        maker.panel("made", "How it was made", groups=maker.provenance(), counted="Count them"),
        maker.panel("file", "File", groups=maker.files(), counted="Show your formats"),
        maker.panel("sort", ORDERS.get(asked.order or "", "Nearest first"), groups=maker.orders()),
    ]


class _Maker:
    def __init__(self, call: PageCall, asked: Asked, facets: Facets | None) -> None:
        self._call, self._asked, self._facets = call, asked, facets

    def panel(
        self,
        name: str,
        label: str,
        *,
        inputs: Sequence[Input] = (),
        groups: Sequence[Group] = (),
        counted: str = "",
    ) -> Panel:
        parameters = PARAMETERS[name]
        href = library_query.address(self._call, self._asked.filters, "/library/filters") + f"#{name}"
        faulty = any(parameter in self._asked.faults for parameter in parameters)
        return Panel(name, label, parameters, inputs, groups, "" if self._facets else counted, href, faulty)

    def dates(self) -> list[Input]:
        told = {"taken_from": "From", "taken_to": "To"}
        values = self._asked.values
        kinds = {name: "date" if _DATE.fullmatch(values.get(name, "")) else "text" for name in told}
        return [Input(name, label, kinds[name], "2024-05-31") for name, label in told.items()]

    def picker(self) -> list[Input]:
        known = _HEX.fullmatch(self._asked.values.get("color", "#000000"))
        small = f"In parts under {palettes.MAIN} % of a picture, too"
        return [
            Input("color", "Any colour", "color" if known else "text"),
            Input("share", small, "checkbox", SMALL_SHARE),
        ]

    def gear(self) -> list[Group]:
        found = self._facets
        if found is None:
            return []
        cameras = [
            self._option(
                wording.camera(one.get("make", ""), one.get("model", "")),
                {"make": one.get("make", ""), "model": one.get("model", "")},
                one["images"],
                ("make", "model"),
            )
            for one in found["cameras"]
        ]
        lenses = [self._option(one["value"], {"lens": one["value"]}, one["images"]) for one in found["lenses"]]
        return [Group("Cameras", cameras), Group("Lenses", lenses)]

    def colours(self) -> list[Group]:
        dropped = PARAMETERS["colour"]
        if self._facets is None:
            near = {"within": "20"}  # nobody has looked which shades there are
            return [Group("", [self._option(one, {"color": one, **near}, None, dropped, one) for one in COLOURS])]
        found = ((one["value"], one["images"]) for one in self._facets["colors"])
        return [Group("", [self._option(name, {"color": name}, images, dropped, name) for name, images in found])]

    def tags(self) -> list[Group]:
        found = self._facets["tags"] if self._facets else ()
        return [Group("", [self._option(one["value"], {"tag": one["value"]}, one["images"]) for one in found])]

    def places(self) -> list[Group]:
        found = self._facets
        if found is None:
            return []
        dropped = (*PARAMETERS["place"], "sort")
        lands = [
            self._option(one["name"], {"country": one["value"]}, one["images"], dropped)
            for one in found["countries"]
        ]
        cities = [
            self._option(one["value"], {"city": one["value"], "country": one["country"]}, one["images"], dropped)
            for one in found["cities"]
        ]
        around = []
        for one in found["places"]:
            box = f"{one['west']},{one['south']},{one['east']},{one['north']}"
            middle = (one["south"] + one["north"]) / 2, (one["west"] + one["east"]) / 2
            around.append(self._option(_position(*middle), {"bbox": box}, one["images"], dropped))
        return [Group("Countries", lands), Group("Cities", cities), Group("Around", around)]

    def provenance(self) -> list[Group]:
        return [
            Group(
                "",
                self._known("provenance", {name: wording.provenance(name) for name in _PROVENANCE}, "provenance"),
            )
        ]

    def files(self) -> list[Group]:
        found = self._facets["formats"] if self._facets else ()
        formats = [self._option(one["value"], {"format": one["value"]}, one["images"]) for one in found]
        states, shapes = (
            self._known("state", library_query.STATES, "states"),
            self._known("orientation", library_query.SHAPES, ""),
        )
        return [Group("Format", formats), Group("State", states), Group("Shape", shapes)]

    def orders(self) -> list[Group]:
        rest = {name: value for name, value in self._asked.filters.items() if name != "sort"}
        return [
            Group(
                "",
                [
                    Option(
                        words, library_query.address(self._call, {**rest, "sort": name}), name == self._asked.order
                    )
                    for name, words in ORDERS.items()
                ],
            )
        ]

    def _known(self, parameter: str, words: dict[str, str], facet: str) -> list[Option]:
        counted = {one["value"]: one["images"] for one in self._facets[facet]} if self._facets and facet else None  # type: ignore[literal-required]
        return [
            self._option(said, {parameter: name}, None if counted is None else counted.get(name, 0))
            for name, said in words.items()
        ]

    def _option(
        self,
        words: str,
        wanted: dict[str, str],
        images: int | None,
        dropped: tuple[str, ...] = (),
        colour: str = "",
    ) -> Option:
        filters = self._asked.filters
        rest = {name: value for name, value in filters.items() if name not in dropped}
        here = all(filters.get(name, "") == value for name, value in wanted.items())
        return Option(words, library_query.address(self._call, {**rest, **wanted}), here, images, colour)


def _position(latitude: float, longitude: float) -> str:
    """Return a position in words: `53.5° N, 10.0° E`."""
    north, east = "S" if latitude < 0 else "N", "W" if longitude < 0 else "E"
    return f"{abs(latitude):.1f}° {north}, {abs(longitude):.1f}° {east}"
