"""The query strings of searches; `api/search_filters.py` makes filters of the catalogue of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib import texts
from chalicelib.api.schemas.image_requests import Listing

Name = Annotated[
    str, Meta(max_length=100, description="A name, whole; empty for images that name none", examples=["Canon"])
]
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
_DAY = "-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"  # of a month, and both are still open
_ZONE = f"(Z|[+ -]{_HOUR}:{_SIXTY})"  # a plus of a query is a space
When = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{4}}({_DAY}([T ]{_HOUR}(:{_SIXTY}(:{_SIXTY}(\.[0-9]{{1,9}})?)?{_ZONE}?)?)?)?)?$",
        description="A year, month, day or time",
        examples=["2024-05"],
    ),
]
_NUMBER = r"-?[0-9]{1,15}(\.[0-9]{1,6})?"
Range = Annotated[
    str,
    Meta(
        pattern=rf"^({_NUMBER}|{_NUMBER}\.\.|\.\.{_NUMBER}|{_NUMBER}\.\.{_NUMBER})$",
        description="A number, or a range of them: `400`, `100..400`, `100..`, `..400`",
        examples=["100..400"],
    ),
]
_DEGREES = r" *[-+]?[0-9]{1,3}(\.[0-9]{1,20})?(e-[0-9]{1,2})? *"  # a plus of a query is a space
MAX_RADIUS = 20_037.6  # kilometres: half of the way around


class Filters(Listing):
    """Filters of a search; an image must match all of them. Names are compared without regard to case."""

    uploaded_from: When | None = None  # in UTC
    uploaded_to: When | None = None  # including all of that period
    taken_from: When | None = None  # in local time
    taken_to: When | None = None
    make: Name | None = None  # of the camera
    model: Name | None = None
    lens: Name | None = None
    format: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=20,
                description="A format by its name or its extension",
                examples=["JPEG", "jpg", "heic"],
            ),
        ]
        | None
    ) = None
    state: Literal["ready", "failed"] | None = None
    orientation: Literal["portrait", "landscape", "square"] | None = None
    provenance: Literal["captured", "edited", "ai_assisted", "ai_generated", "unknown"] | None = None
    size: Range | None = None  # bytes
    megapixels: Range | None = None
    iso: Range | None = None
    f_number: Range | None = None
    focal_length: Range | None = None  # millimetres
    rating: Range | None = None  # stars, -1 to 5
    color: Annotated[str, Meta(min_length=1, max_length=40, examples=["#336699", "navy"])] | None = None
    within: Annotated[float, Meta(ge=0, le=100)] | None = (
        None  # largest difference from the color; by default 10 in CIEDE2000, 0.1 in OKLab
    )
    metric: Literal["ciede2000", "oklab"] = "ciede2000"
    share: Annotated[float, Meta(ge=0, le=1)] = 0.0  # of the image, that the colors found make up at least
    near: (
        Annotated[
            str,
            Meta(
                pattern=f"^{_DEGREES},{_DEGREES}$",
                description="Latitude and longitude in degrees",
                examples=["48.8584,2.2945"],
            ),
        ]
        | None
    ) = None
    radius: Annotated[float, Meta(gt=0, le=MAX_RADIUS)] = 10.0  # kilometres
    bbox: (
        Annotated[
            str,
            Meta(
                pattern=f"^{_DEGREES},{_DEGREES},{_DEGREES},{_DEGREES}$",
                description="West, south, east, north, in degrees; with west > east across the date line",
                examples=["2.2,48.8,2.5,48.9"],
            ),
        ]
        | None
    ) = None
    country: (
        Annotated[
            str,
            Meta(
                pattern="^[A-Za-z]{2}$",
                description="The country of the position, by its code (ISO 3166-1)",
                examples=["PT"],
            ),
        ]
        | None
    ) = None
    city: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=100,
                description="The city of the position, whole; accents and signs count as little as case",
                examples=["Lisbon"],
            ),
        ]
        | None
    ) = None
    tag: Annotated[str, Meta(min_length=1, max_length=64)] | None = None  # of the owner, or a keyword in the file
    text: Annotated[str, Meta(min_length=1, max_length=200)] | None = None  # a word's beginning, or words
    people: (
        Annotated[
            str,
            Meta(
                pattern="^(0|1|2[+ ])$",  # a plus of a query is a space
                description="Number of faces: `0`, `1` or `2+`; `0` finds images that were looked at only",
                examples=["2+"],
            ),
        ]
        | None
    ) = None


class Search(Filters):
    """Query of the list of images."""

    sort: Literal["-uploaded", "uploaded", "-taken", "taken"] | None = None
    explain: bool = False  # why each image is found, and the cost of the page


class ImageSearch(Search):
    """Query of the list of images, by meaning too."""

    about: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                pattern=texts.VISIBLE,
                description="What a picture shows, in English; finds by meaning, the highest score first, where"
                " the stage has a model for it",
                examples=["a dog on a beach"],
            ),
        ]
        | None
    ) = None
