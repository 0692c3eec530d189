"""One's own account over HTTP: profile and export; its deletion: processing/test_delete_account.py."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.api.presenters import record_export
from chalicelib.config import settings
from chalicelib.db import accounts, keys
from tests import delivery, samples

if TYPE_CHECKING:
    from tests.conftest import User


def fill(app: Any, user: User, count: int = 2) -> list[str]:
    """Give a user some images; return their ids."""
    names = [f"uploads/{user.owner}/{number}.jpg" for number in range(count)]
    for number, key in enumerate(names):
        storage.put(key, samples.photo(number), "image/jpeg")
    delivery.deliver(app)
    return [keys.image_id(settings().images_bucket, key) for key in names]


def test_an_account_is_there_with_the_first_call(api: str, user: User) -> None:
    """Who one is, and how much one may have; unchanged, it need not be sent again."""
    answer = user.http.get(f"{api}/v1/users/me")
    shown = answer.json()
    assert (shown["owner"], shown["role"]) == (user.owner, "user")
    assert shown["quota"] == {"images": settings().quota_images, "bytes": settings().quota_bytes}
    unchanged = {"If-None-Match": answer.headers["ETag"]}
    assert user.http.get(f"{api}/v1/users/me", headers=unchanged).status_code == 304


def test_a_name_to_show_is_set_and_taken_away(api: str, user: User) -> None:
    """By its user alone."""
    url = f"{api}/v1/users/me"
    assert user.http.patch(url, json={"display_name": "Ada 🦊"}).json()["display_name"] == "Ada 🦊"
    assert user.http.get(url).json()["display_name"] == "Ada 🦊"
    assert "display_name" not in user.http.patch(url, json={"display_name": None}).json()
    for body in ({}, {"display_name": ""}, {"display_name": "x" * 101}, {"role": "admin"}):
        assert user.http.patch(url, json=body).json()["code"] == "invalid_request"


@pytest.mark.medium
def test_usage_is_what_is_in_the_bucket(api: str, app: Any, stream: Any, user: User) -> None:
    """By month of upload, and less again when an image is deleted."""
    url = f"{api}/v1/users/me/usage"
    quota = {"images": settings().quota_images, "bytes": settings().quota_bytes}
    assert user.http.get(url).json() == {"images": 0, "bytes": 0, "months": [], "quota": quota}
    first, _ = fill(app, user, 2)
    stream()
    size = len(samples.photo(0)) + len(samples.photo(1))
    month = {"month": keys.timestamp(keys.now())[:7], "images": 2, "bytes": size}
    assert user.http.get(url).json() == {"images": 2, "bytes": size, "months": [month], "quota": quota}
    user.http.delete(f"{api}/v1/images/{first}")
    stream()
    assert user.http.get(url).json()["bytes"] == len(samples.photo(1))
    delivery.deliver(app)
    stream()
    assert user.http.get(url).json()["images"] == 1


def export(api: str, user: User, kind: str) -> tuple[str, int]:
    """Return the whole file of an export, and of how many pages it is made."""
    path, text = f"/v1/users/me/export?format={kind}", ""
    for number in itertools.count(1):
        answer = user.http.get(api + path)
        assert answer.status_code == 200, answer.text
        answer.encoding = "utf-8-sig"
        text += answer.text
        if "next" not in answer.links:
            return text, number
        path = answer.links["next"]["url"]
    raise AssertionError("unreachable")


@pytest.mark.medium
def test_an_export_as_json_lines_holds_every_record(
    api: str, app: Any, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the API shows them, newest first; however small the pages must be."""
    wanted = fill(app, user, 3)
    for limit in (record_export.MAX_BYTES, 1):
        monkeypatch.setattr(record_export, "MAX_BYTES", limit)
        text, pages = export(api, user, "jsonl")
        records = [json.loads(line) for line in text.splitlines()]
        assert sorted(record["image_id"] for record in records) == sorted(wanted)
        assert records == [user.http.get(f"{api}/v1/images/{record['image_id']}").json() for record in records]
        assert pages == (1 if limit > 1 else 3)


@pytest.mark.medium
def test_an_export_as_csv_is_one_table(api: str, app: Any, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One header, then a row an image, however many pages it is made of."""
    wanted = fill(app, user, 3)
    for limit in (record_export.MAX_BYTES, 1):
        monkeypatch.setattr(record_export, "MAX_BYTES", limit)
        rows = list(csv.DictReader(io.StringIO(export(api, user, "csv")[0], newline="")))
        assert sorted(row["image_id"] for row in rows) == sorted(wanted)
        told = {(row["state"], row["camera.make"], row["exposure.iso"]) for row in rows}
        assert told == {("ready", "Janus", "200")}
        assert float(rows[0]["place.gps_latitude"]) == pytest.approx(41.89)
        assert {row["time.time_zone"] for row in rows} == {"Europe/Rome"}
        assert {row["place.gps_country_code"] for row in rows} == {"IT"}
        assert {row["place.gps_city"] for row in rows} == {"Rome"}
        assert [*rows[0]][-6:] == [
            "time.time_zone", "place.gps_country_code", "place.gps_country", "place.gps_region", "place.gps_city",
            "place.gps_district",
        ]  # fmt: skip


def test_an_export_of_nothing_is_an_empty_table(api: str, user: User) -> None:
    """With its header; as JSON Lines, nothing at all."""
    assert export(api, user, "csv") == (record_export.header(), 1)
    assert export(api, user, "jsonl") == ("", 1)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http:x")'])
def test_no_cell_of_an_export_is_a_formula(api: str, app: Any, user: User, name: str) -> None:
    """For any file name: a spreadsheet shows it, and does not run it."""
    storage.put(f"uploads/{user.owner}/{name}", samples.jpeg(), "image/jpeg")
    delivery.deliver(app)
    (row,) = csv.DictReader(io.StringIO(export(api, user, "csv")[0], newline=""))
    assert row["name"] == f"'{name}"


@pytest.mark.medium
def test_a_csv_export_opens_in_a_spreadsheet_with_its_script_and_tags(
    api: str, app: Any, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte order mark at its very start and nowhere else; tags as one text."""
    monkeypatch.setattr(record_export, "MAX_BYTES", 1)
    wanted = fill(app, user, 2)
    edit = {"title": "港の夜明け", "tags": ["море", "dawn", "=1+1"]}
    assert user.http.patch(f"{api}/v1/images/{wanted[0]}", json=edit).ok
    path, whole = "/v1/users/me/export?format=csv", b""
    while path:
        answer = user.http.get(api + path)
        whole, path = whole + answer.content, answer.links.get("next", {}).get("url", "")
    assert whole.startswith(b"\xef\xbb\xbfimage_id,")
    assert whole.count(b"\xef\xbb\xbf") == 1
    rows = {row["image_id"]: row for row in csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline=""))}
    row = rows[wanted[0]]
    assert (row["title"], row["tags"]) == ("港の夜明け", "'=1+1; dawn; море")
    assert rows[wanted[1]]["tags"] == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
        ("\ufe661", "'\ufe661"),
        ("\u22121", "'\u22121"),  # U+2212
        ("  =1", "'  =1"),
        ("\t1", "'\t1"),
        ("\r\n1", "'\r\n1"),
        ("a;=1+1", "a;'=1+1"),  # a cell of its own where the list separator is a semicolon
        ('a; "=1+1"', 'a;\' "=1+1"'),
        ("a\n=1+1", "a\n'=1+1"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        (["a", "-b"], "a;' -b"),
        (("a", "b"), "a; b"),
        ([], ""),
        ("2 = 1 + 1, -1; a@b", "2 = 1 + 1, -1; a@b"),
        ("it's", "it's"),
        (-33.86, -33.86),
        (-5, -5),
        (None, None),
    ],
)
def test_a_cell_holds_no_formula_in_any_locale(value: Any, shown: Any) -> None:
    """What would start one has an apostrophe before it; everything else is as it is, and numbers are numbers."""
    assert record_export.cell(value) == shown


def test_a_cursor_of_an_export_is_bound_to_its_owner_and_format(
    api: str, app: Any, user: User, other_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another's hands, or for another format, it is worth nothing."""
    monkeypatch.setattr(record_export, "MAX_BYTES", 1)
    fill(app, user, 2)
    following = user.http.get(f"{api}/v1/users/me/export").links["next"]["url"]
    assert other_user.http.get(api + following).json()["code"] == "invalid_cursor"
    assert user.http.get(api + following.replace("jsonl", "csv")).json()["code"] == "invalid_cursor"


def test_an_account_is_closed_as_soon_as_its_deletion_is_asked_for(api: str, user: User) -> None:
    """Before the job begins: nothing new comes in meanwhile."""
    assert user.http.delete(f"{api}/v1/users/me").status_code == 202
    account = accounts.get(user.owner, consistent=True)
    assert account is not None
    assert account.state == "deleting"
    assert len(delivery.receive(settings().jobs_queue)) == 1
