"""How facets and series of uploads look to a caller, as JSON and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.extensions.data_analytics import facets, uploads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalice import Response

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import catalogue_responses, image_requests
    from chalicelib.extensions.data_analytics.facets import Camera, Cell, City, Country, Valued

CSV = "text/csv"


def of_owner(call: Call, query: image_requests.FacetLimit) -> catalogue_responses.Facets:
    """Return the values of the caller's facets with the numbers of images, at most `limit` of each."""
    found = facets.of(call.caller.owner, query.limit)
    body = {
        "cameras": _each(found.cameras),
        "lenses": _each(found.lenses),
        "formats": _each(found.valued["format"]),
        "states": _each(found.valued["state"]),
        "provenance": _each(found.valued["provenance"]),
        "people": _each(found.valued["people"]),
        "colors": _each(found.valued["color"]),
        "tags": _each(found.tags),
        "taken": _each(found.taken),
        "uploaded": _each(found.uploaded),
        "countries": _each(found.places.countries),
        "cities": _each(found.places.cities),
        "places": _each(found.places.cells),
        "links": {"images": call.link("/v1/images")},
    }
    return cast("catalogue_responses.Facets", body)


def months_taken(owner: str) -> list[catalogue_responses.Valued]:
    """Return the months in which an owner's images were taken, in their order, with counts. Cost: one query."""
    return cast("list[catalogue_responses.Valued]", _each(facets.months_taken(owner)))


def all_cameras(limit: int) -> catalogue_responses.Cameras:
    """Return the cameras of all owners, at most `limit`."""
    return cast("catalogue_responses.Cameras", {"cameras": _each(facets.all_cameras(limit))})


def series(call: Call, owner: str | None, query: image_requests.Series) -> Response:
    """Return the uploads of an owner, or of all, by month, as JSON or CSV."""
    months = uploads.by_month(owner, query.first, query.last)
    if query.format == "csv":
        text = uploads.as_csv(months)
        return call.tagged_text(text, CSV, headers={"Content-Disposition": 'attachment; filename="uploads.csv"'})
    body: catalogue_responses.Analytics = {
        "images": sum(numbers.get("images", 0) for numbers in months.values()),
        "bytes": sum(numbers.get("bytes", 0) for numbers in months.values()),
        "months": [
            {
                "month": month,
                "images": numbers.get("images", 0),
                "bytes": numbers.get("bytes", 0),
                "values": {name: dict(facets.summed([numbers], name).most_common()) for name in facets.VALUED},
            }
            for month, numbers in months.items()
        ],
    }
    return call.tagged(body)


def _each(found: Iterable[Valued | Camera | Country | City | Cell]) -> list[dict[str, Any]]:
    return [one._asdict() for one in found]
