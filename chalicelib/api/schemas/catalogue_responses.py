"""The answers of the catalogue: similar images, facets, changes, analytics.

The annotations are types, as in `image_responses`.
"""

from typing import Literal, NotRequired, TypedDict

from chalicelib.api.schemas.image_responses import Card, ImageId, Links, Paged


class AlikeSummary(Card):
    """An image similar to another, with the number of bits, of 64, in which their perceptual hashes differ."""

    distance: NotRequired[int]
    same_pixels: bool
    same_bytes: bool


class AlikeImages(TypedDict):
    """Images similar to one, the nearest first."""

    images: list[AlikeSummary]
    links: Links


class DuplicatePage(Paged):
    """A page of groups of images that have the same pixels."""

    groups: list[list[Card]]


class Valued(TypedDict):
    """The number of images with a value."""

    value: str
    images: int


class Camera(TypedDict):
    """The number of images from a camera; its make or model is empty where the files name none."""

    make: str
    model: str
    images: int


class Cameras(TypedDict):
    """The number of images from each camera, the most frequent first."""

    cameras: list[Camera]


class Cell(TypedDict):
    """The number of images from a place: a geohash cell, with the bounds of the positions in it, in degrees."""

    geohash: str
    images: int
    west: float
    south: float
    east: float
    north: float


class Country(TypedDict):
    """The number of images from a country: its code, and its name in English."""

    value: str
    name: str
    images: int


class City(TypedDict):
    """The number of images from a city, and the code of its country; both are the filters that find them."""

    value: str
    country: str
    images: int


class Facets(TypedDict):
    """The facets of an owner's images: values with counts, the most frequent first, months in their order.

    Each value, given back as its filter, finds the images counted. An image may have several tags and colors.
    """

    cameras: list[Camera]
    lenses: list[Valued]
    formats: list[Valued]
    states: list[Valued]
    provenance: list[Valued]
    people: list[Valued]  # 0, 1, 2+
    colors: list[Valued]
    tags: list[Valued]
    taken: list[Valued]  # months, `2026-11`
    uploaded: list[Valued]
    countries: list[Country]
    cities: list[City]
    places: list[Cell]
    links: Links


class Change(TypedDict):
    """An image that was created, updated or removed."""

    image_id: ImageId
    change: Literal["created", "updated", "removed"]
    time: str
    state: NotRequired[Literal["ready", "failed"]]


class Changes(TypedDict):
    """Changes, and the cursor for the next request."""

    changes: list[Change]
    cursor: str
    more: bool  # whether more changes are available now
    links: Links


class Period(TypedDict):
    """A month's uploads."""

    month: str
    images: int
    bytes: int
    values: dict[str, dict[str, int]]  # by format, state, provenance, color and people


class Analytics(TypedDict):
    """A time series of uploads by month, and their sum."""

    images: int
    bytes: int
    months: list[Period]
