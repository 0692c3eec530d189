"""One's own account over HTTP: profile, export, deletion, which ends with nothing left whatever interrupts it."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient

from chalicelib import aws as clients
from chalicelib import deletion, storage
from chalicelib.api import exports
from chalicelib.config import settings
from chalicelib.db import accounts, api_keys, images, keys
from chalicelib.db.models import DELETED, DELETING, REMOVED, AccountItem, Share
from tests import delivery, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def export(api: str, user: User, kind: str) -> tuple[str, int]:
    """Return the whole file of an export, and of how many pages it is made."""
    path, text = f"/v1/users/me/export?format={kind}", ""
    for number in itertools.count(1):
        answer = user.http.get(api + path)
        assert answer.status_code == 200, answer.text
        answer.encoding = "utf-8"
        text += answer.text
        if "next" not in answer.links:
            return text, number
        path = answer.links["next"]["url"]
    raise AssertionError("unreachable")


@pytest.mark.parametrize("limit", [exports.MAX_BYTES, 1])
def test_an_export_as_json_lines_holds_every_record(
    api: str, app: Any, user: User, other_user: User, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """As the API shows them, newest first; however small the pages must be, and nobody else's."""
    monkeypatch.setattr(exports, "MAX_BYTES", limit)
    fill(app, other_user, 1)
    wanted = fill(app, user, 3)
    text, pages = export(api, user, "jsonl")
    records = [json.loads(line) for line in text.splitlines()]
    assert sorted(record["image_id"] for record in records) == sorted(wanted)
    assert records == [user.http.get(f"{api}/v1/images/{record['image_id']}").json() for record in records]
    assert pages == (1 if limit > 1 else 3)


@pytest.mark.parametrize("limit", [exports.MAX_BYTES, 1])
def test_an_export_as_csv_is_one_table(
    api: str, app: Any, user: User, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """One header, then a row an image, however many pages it is made of."""
    monkeypatch.setattr(exports, "MAX_BYTES", limit)
    wanted = fill(app, user, 3)
    rows = list(csv.DictReader(io.StringIO(export(api, user, "csv")[0], newline="")))
    assert sorted(row["image_id"] for row in rows) == sorted(wanted)
    assert {(row["state"], row["camera.make"], row["exposure.iso"]) for row in rows} == {("ready", "Janus", "200")}
    assert float(rows[0]["place.gps_latitude"]) == pytest.approx(41.89)


def test_an_export_of_nothing_is_an_empty_table(api: str, user: User) -> None:
    """With its header; as JSON Lines, nothing at all."""
    assert export(api, user, "csv") == (exports.header(), 1)
    assert export(api, user, "jsonl") == ("", 1)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http:x")'])
def test_no_cell_of_an_export_is_a_formula(api: str, app: Any, user: User, name: str) -> None:
    """Whatever a file is called: a spreadsheet shows it, and does not run it."""
    storage.put(f"uploads/{user.owner}/{name}", samples.jpeg(), "image/jpeg")
    delivery.deliver(app)
    (row,) = csv.DictReader(io.StringIO(export(api, user, "csv")[0], newline=""))
    assert row["name"] == f"'{name}"


def test_a_cursor_of_an_export_is_bound_to_its_owner_and_format(
    api: str, app: Any, user: User, other_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another's hands, or for another format, it is worth nothing."""
    monkeypatch.setattr(exports, "MAX_BYTES", 1)
    fill(app, user, 2)
    following = user.http.get(f"{api}/v1/users/me/export").links["next"]["url"]
    assert other_user.http.get(api + following).json()["code"] == "invalid_cursor"
    assert user.http.get(api + following.replace("jsonl", "csv")).json()["code"] == "invalid_cursor"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing that was given out be waited for."""
    monkeypatch.setattr(settings(), "ticket_seconds", 0)
    monkeypatch.setattr(settings(), "account_seconds", 0)
    monkeypatch.setattr(deletion, "MARGIN_SECONDS", 0)


def belongings(owner: str) -> dict[str, Any]:
    """Return what is there of an owner, but for what expires by itself."""
    cognito, pool = clients.client("cognito-idp"), settings().user_pool
    listed = images.newest(owner, 100).images
    return {
        "objects": [item.key for item in storage.list_objects(f"{keys.UPLOADS}{owner}/")],
        "records": [image.image_id for image in listed],
        "items": [item.item for item in AccountItem.query(keys.account(owner)) if item.item != keys.PROFILE],
        "users": cognito.list_users(UserPoolId=pool, Filter=f'sub = "{owner}"')["Users"],
    }


def furnish(app: Any, user: User) -> list[str]:
    """Give a user something of everything that an account can have; return the ids of the images."""
    made = fill(app, user)
    api_keys.make(user.owner, "machine", ["read"], None)
    Share(
        keys.account(user.owner),
        f"share#{made[0]}#1",
        owner=user.owner,
        token=f"share:{user.owner}",
        share_id="1",
        image_id=made[0],
        scope="image",
        created=keys.timestamp(keys.now()),
    ).save()
    storage.put(f"uploads/{user.owner}/untold.jpg", b"no record yet", "image/jpeg")
    delivery.receive()
    return made


def assert_nothing_is_left(user: User, made: list[str]) -> None:
    assert belongings(user.owner) == {"objects": [], "records": [], "items": [], "users": []}
    for image_id in made:
        image = images.get(image_id, consistent=True)
        assert image is not None
        assert (image.state, image.document, image.expires is not None) == (REMOVED, None, True)
        assert list(storage.list_objects(keys.derived_prefix(image_id))) == []
    profile = accounts.get(user.owner, consistent=True)
    assert profile is not None
    assert (profile.state, profile.name, profile.directory) == (DELETED, None, None)
    assert profile.expires is not None


@pytest.mark.usefixtures("at_once")
def test_a_deleted_account_leaves_nothing_behind(api: str, app: Any, user: User, other_user: User) -> None:
    """Images, files, keys, shares, the user: all gone, and nobody else's touched."""
    untouched = fill(app, other_user, 1)
    made = furnish(app, user)
    answer = user.http.delete(f"{api}/v1/users/me")
    assert (answer.status_code, answer.json()) == (202, {"state": "deleting"})
    delivery.run_jobs(app)
    delivery.deliver(app)
    assert_nothing_is_left(user, made)
    assert belongings(other_user.owner)["records"] == untouched


def test_an_account_that_is_being_deleted_is_closed_at_once(api: str, app: Any, user: User) -> None:
    """To tokens and keys alike, before the job has begun."""
    key = user.http.post(f"{api}/v1/users/me/keys", json={"name": "k", "scopes": ["read", "write"]}).json()["key"]
    assert user.http.delete(f"{api}/v1/users/me").status_code == 202
    for headers in ({}, {"Authorization": None, "X-API-Key": key}):
        answer = user.http.get(f"{api}/v1/images", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    delivery.receive(settings().jobs_queue)


def test_what_was_given_out_before_is_waited_for(app: Any, user: User) -> None:
    """The second round comes when no ticket works any more, and finds what came with one."""
    accounts.introduce(user.owner, user.owner)
    left: dict[str, Any] | None = {"owner": user.owner, "username": user.owner}
    while left is not None and "not_before" not in left:
        left = deletion.delete_account(left)
    assert left is not None
    storage.put(f"uploads/{user.owner}/late.jpg", samples.photo(), "image/jpeg")
    delivery.deliver(app)
    waiting = deletion.delete_account(left)
    assert waiting is not None
    assert waiting["delay"] == deletion.MAX_DELAY_SECONDS
    profile = accounts.get(user.owner, consistent=True)
    assert profile is not None
    assert profile.state == DELETING
    left["not_before"] = 0
    while left is not None:
        left = deletion.delete_account(left)
    delivery.deliver(app)
    assert_nothing_is_left(user, [keys.image_id(settings().images_bucket, f"uploads/{user.owner}/late.jpg")])


class Killed(BaseException):
    """The function ends, as when Lambda ends it."""


class Killer:
    """Let this process make some calls of AWS, and kill it at the next one: before it is made, or right after."""

    def __init__(self, calls: int, *, after: bool) -> None:
        self._left, self._after = calls, after
        self.killed = False
        self._send = BaseClient._make_api_call

    def __enter__(self) -> Killer:
        send, killer = self._send, self

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            killer._left -= 1
            if killer._left >= 0:
                return send(client, operation, arguments)
            if killer._after:
                send(client, operation, arguments)
            killer.killed = True
            raise Killed

        BaseClient._make_api_call = call
        return self

    def __exit__(self, *_: object) -> None:
        BaseClient._make_api_call = self._send


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_deletion_ends_wherever_it_is_killed(app: Any, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    """Killed at every single call in turn, and given its message again, as SQS does: nothing is left in the end."""
    from tests import conftest

    monkeypatch.setattr(deletion, "PAGE", 1)
    for calls in itertools.count():
        for user in conftest._user():
            accounts.introduce(user.owner, user.owner)
            made = furnish(app, user)
            left: list[dict[str, Any]] = [
                delivery.message(
                    json.dumps({"job": "delete_account", "owner": user.owner, "username": user.owner}),
                    queue=settings().jobs_queue,
                )
            ]
            killer = Killer(calls, after=after)
            while left:
                message = left.pop()
                try:
                    with killer:
                        assert delivery.give(app, message, function="run_job") == []
                except Killed:
                    killer = Killer(10**6, after=after)
                    killer.killed = True
                    left.append(message)
                left += delivery.receive(settings().jobs_queue)
            delivery.deliver(app)
            assert_nothing_is_left(user, made)
        if not killer.killed:
            break
    assert calls > 20
