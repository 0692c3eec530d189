"""An owner's records as a file: JSON Lines (whole records) or CSV (the fields that fit a table), page by page.

Pages of one export make one file when they are put one after another: CSV's header is in the first only.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.api.presenters import image_record
from chalicelib.db import images, owner_lists
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_responses

PAGE = 100
MAX_BYTES = 4_000_000  # of a page, as Lambda sends it; it takes 6 MB, and one record may have half of these

COLUMNS = (
    ("image_id", "state", "code", "name", "key", "uploaded", "size", "sha256", "format", "mime_type", "width")
    + ("height", "title", "description", "alt", "tags", "visibility")
)  # fmt: skip
FIELDS = (
    ("camera", "make"), ("camera", "model"), ("camera", "lens_model"),
    ("exposure", "exposure_time"), ("exposure", "f_number"), ("exposure", "iso"), ("exposure", "focal_length"),
    ("time", "taken_at"), ("place", "gps_latitude"), ("place", "gps_longitude"), ("place", "gps_altitude"),
    ("place", "city"), ("place", "country"), ("description", "title"), ("description", "caption"),
    ("description", "keywords"), ("rights", "creator"), ("rights", "copyright"), ("rights", "license"),
    ("provenance", "provenance"), ("time", "time_zone"),
    ("place", "gps_country_code"), ("place", "gps_country"), ("place", "gps_region"), ("place", "gps_city"),
    ("place", "gps_district"),
)  # fmt: skip
"""The fields of the metadata in CSV, each in the column `group.field`."""

BOM = "\ufeff"  # by which Excel knows a CSV file to be UTF-8, and reads every script
SEPARATOR = "; "  # between the parts of a list

# Characters that a spreadsheet takes for the start of a formula: also full-width, small, and as a minus sign
_SIGNS = r"=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
# A cell starts at the start of its text, and after the separators of cells and rows in other locales
_FORMULA = re.compile(rf"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[\s\"]*[{_SIGNS}])")


def page(call: Call, kind: str, after: str | None) -> Page[str]:
    """Return lines of the caller's records, newest first, as `jsonl` or `csv`, of at most `MAX_BYTES` in all."""
    found = owner_lists.newest(call.caller.owner, PAGE, after)
    whole = {image.image_id: image for image in images.get_many(image.image_id for image in found.items)}
    write = _csv_line if kind == "csv" else _json_line
    lines = [BOM + header()] if kind == "csv" and after is None else []
    size, reached = 0, after
    for item in found.items:
        image = whole.get(item.image_id)
        if image is not None and images.is_present(image):
            line = write(image_record.record(call, image))
            size += len(json.dumps(line))  # Lambda sends the page as a JSON string
            if size > MAX_BYTES and reached != after:
                return Page(lines, reached)
            lines.append(line)
        reached = item.listed
    return Page(lines, found.after)


def header() -> str:
    """Return CSV's first line."""
    return _row([*COLUMNS, *(f"{group}.{field}" for group, field in FIELDS)])


def _json_line(record: image_responses.Record) -> str:
    return msgspec.json.encode(record).decode() + "\n"


def _csv_line(record: image_responses.Record) -> str:
    metadata = msgspec.json.decode(msgspec.json.encode(record.get("metadata", {})))
    cells = [
        *(record.get(name) for name in COLUMNS),
        *(metadata.get(group, {}).get(name) for group, name in FIELDS),
    ]
    return _row([cell(value) for value in cells])


def cell(value: Any) -> Any:
    """Return a value as CSV shows it: a list as its parts, and a text so that no part of it runs as a formula.

    Where the list separator is a semicolon, as in most of Europe, Excel ends cells there even in a text with
    quotes around it. Numbers stay numbers. Source: OWASP, "CSV Injection".
    """
    if isinstance(value, list | tuple | set):
        value = SEPARATOR.join(str(item) for item in value)
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def _row(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)  # RFC 4180
    return text.getvalue()
