"""Actions of admins on accounts, each recorded in the audit trail first."""

from __future__ import annotations

import functools
import json
import platform
import time
import uuid
from importlib import metadata
from typing import Any

import pytest

from chalicelib import queues, storage
from chalicelib.api.endpoint import ROUTES, UnauditedRouteError, endpoint
from chalicelib.api.security.access import Access
from chalicelib.config import settings
from chalicelib.db import accounts, audit, keys
from chalicelib.routes import admin as admin_routes
from tests import delivery, samples


def everything(api: str, http: Any, path: str, items: str) -> list[Any]:
    """Follow a list to its end."""
    found: list[Any] = []
    while path:
        answer = http.get(api + path)
        assert answer.status_code == 200, answer.text
        found += answer.json()[items]
        path = answer.json()["links"].get("next")
    return found


def registered(prefix: str, number: int) -> list[str]:
    """Make accounts whose names begin alike; return their owners."""
    owners = [f"{prefix}{position:02}-{uuid.uuid4().hex[:6]}" for position in range(number)]
    for owner in owners:
        accounts.standing(owner)
    return owners


def entries(api: str, admin: Any, target: str) -> list[Any]:
    return everything(api, admin.http, f"/v1/admin/audit?target={target}&actor={admin.owner}", "entries")


def test_a_recount_is_queued(api: str, admin: Any) -> None:
    """For an account that there is, and written down."""
    (owner,) = registered("recounted-", 1)
    answer = admin.http.post(f"{api}/v1/admin/users/{owner}/recount")
    assert (answer.status_code, answer.json()) == (202, {"job": "recount"})
    (message,) = delivery.receive(settings().jobs_queue)
    assert json.loads(message["body"]) == {"job": "recount", "owner": owner}
    assert [entry["action"] for entry in entries(api, admin, owner)] == ["user.recount"]
    for nobody in (f"{owner}-none", "a$b"):
        answer = admin.http.post(f"{api}/v1/admin/users/{nobody}/recount")
        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


def test_nobody_but_an_admin_gets_in(api: str, user: Any) -> None:
    """Every route for admins is forbidden to others, before any other error."""
    routes = [route for route in ROUTES if route.path.startswith("/v1/admin/")]
    assert len(routes) >= 12
    for route in routes:
        path = route.path.format(owner="x", image_id="x", queue="uploads")
        answer = user.http.request(route.method, api + path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route.path


@pytest.mark.medium
def test_users_are_listed_by_name_page_by_page(api: str, admin: Any) -> None:
    """Over all shards of the directory in one order, nobody twice, nobody left out."""
    prefix = f"list-{uuid.uuid4().hex[:8]}-"
    owners = registered(prefix, 11)
    found = everything(api, admin.http, f"/v1/admin/users?search={prefix.upper()}&limit=3", "users")
    assert [item["name"] for item in found] == owners
    first = admin.http.get(f"{api}/v1/admin/users?search={prefix}&limit=3").json()
    assert [item["owner"] for item in first["users"]] == owners[:3]
    everyone = [item["name"] for item in everything(api, admin.http, "/v1/admin/users?limit=100", "users")]
    assert everyone == sorted(everyone)
    assert set(owners) < set(everyone)


@pytest.mark.medium
def test_equal_names_are_all_listed(api: str, admin: Any) -> None:
    """However many accounts have one name, each is there once."""
    name = f"same-{uuid.uuid4().hex[:8]}"
    owners = registered(f"{name}-", 9)
    for owner in owners:
        profile = accounts.get(owner)
        assert profile is not None
        profile.name = name
        profile.save()
    found = everything(api, admin.http, f"/v1/admin/users?search={name}&limit=2", "users")
    assert sorted(item["owner"] for item in found) == sorted(owners)


def test_a_cursor_is_of_no_use_to_another_admin_or_search(api: str, admin: Any, other_admin: Any) -> None:
    """It is bound to its caller, its list and its filters."""
    prefix = f"bound-{uuid.uuid4().hex[:8]}-"
    registered(prefix, 3)
    cursor = admin.http.get(f"{api}/v1/admin/users", params={"search": prefix, "limit": 1}).json()["cursor"]
    good = {"search": prefix, "cursor": cursor}
    assert admin.http.get(f"{api}/v1/admin/users", params=good).status_code == 200
    for http, path, query in (
        (other_admin.http, "users", good),
        (admin.http, "users", {"search": "x", "cursor": cursor}),
        (admin.http, "audit", {"cursor": cursor}),
    ):
        answer = http.get(f"{api}/v1/admin/{path}", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_one_user_has_state_and_quota(api: str, admin: Any, user: Any) -> None:
    """From the first call on, with the quotas of the configuration."""
    url = f"{api}/v1/admin/users/{user.owner}"
    assert admin.http.get(url).json()["code"] == "user_not_found"
    assert user.http.get(f"{api}/v1/images").ok
    found = admin.http.get(url)
    assert found.json()["state"] == "active"
    assert found.json()["quota_images"] == settings().quota_images
    assert "role" not in found.json()
    assert found.json()["usage"] == {"images": 0, "bytes": 0}
    assert admin.http.get(api + found.json()["links"]["images"]).json() == {
        "images": [],
        "links": {},
        "ended": "end",
    }


def test_one_user_has_its_usage_by_month(api: str, app: Any, stream: Any, admin: Any, user: Any) -> None:
    """Images and bytes; an upload changes them, but not the ETag of the account."""
    user.http.get(f"{api}/v1/images")
    url, data = f"{api}/v1/admin/users/{user.owner}", samples.jpeg()
    before = admin.http.get(url)
    storage.put(f"uploads/{user.owner}/a.jpg", data, "image/jpeg")
    delivery.deliver(app)
    stream()
    after = admin.http.get(url)
    amount = {"images": 1, "bytes": len(data)}
    assert (after.json()["usage"], list(after.json()["months"].values())) == (amount, [amount])
    tag = before.headers["ETag"]
    assert tag == after.headers["ETag"]
    assert admin.http.patch(url, json={"quota_images": 1}, headers={"If-Match": tag}).ok


def test_an_owner_s_name_may_need_escaping(api: str, admin: Any) -> None:
    """Other issuers' subjects have characters that a path escapes; the links hold."""
    owner = f"auth0|{uuid.uuid4().hex[:8]}@x+y"
    accounts.standing(owner)
    (found,) = admin.http.get(f"{api}/v1/admin/users", params={"search": owner}).json()["users"]
    assert admin.http.get(api + found["links"]["self"]).json()["owner"] == owner
    assert admin.http.get(api + found["links"]["images"]).json()["images"] == []


def test_a_disabled_account_is_refused_until_it_is_enabled(api: str, admin: Any, user: Any) -> None:
    """At once in the process that changed it."""
    assert user.http.get(f"{api}/v1/images").ok
    url = f"{api}/v1/admin/users/{user.owner}"
    assert admin.http.patch(url, json={"state": "disabled"}).json()["state"] == "disabled"
    refused = user.http.get(f"{api}/v1/images")
    assert (refused.status_code, refused.json()["code"]) == (403, "account_disabled")
    assert admin.http.patch(url, json={"state": "active"}).json()["state"] == "active"
    assert user.http.get(f"{api}/v1/images").ok


@pytest.mark.medium
def test_quotas_and_role_are_set_and_given_back(api: str, admin: Any, user: Any) -> None:
    """Omitted fields stay; null restores the default; a role takes effect."""
    user.http.get(f"{api}/v1/images")
    url = f"{api}/v1/admin/users/{user.owner}"
    changed = admin.http.patch(url, json={"quota_images": 5, "role": "admin"}).json()
    assert (changed["quota_images"], changed["role"]) == (5, "admin")
    assert changed["quota_bytes"] == settings().quota_bytes
    assert user.http.get(f"{api}/v1/admin/system").ok
    again = admin.http.patch(url, json={"role": None, "quota_bytes": 0}).json()
    assert (again["quota_images"], again["quota_bytes"], again.get("role")) == (5, 0, None)
    assert user.http.get(f"{api}/v1/admin/system").status_code == 403
    assert accounts.standing(user.owner)[2:4] == (5, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"state": "deleted"},
        {"role": "god"},
        {"quota_images": -1},
        {"quota_bytes": 10**15 + 1},
        {"name": "x"},
        {"state": None},
        [],
    ],
)
def test_what_an_admin_cannot_say_is_refused(api: str, admin: Any, user: Any, body: Any) -> None:
    """Unknown fields, states, roles, and numbers out of bounds."""
    user.http.get(f"{api}/v1/images")
    answer = admin.http.patch(f"{api}/v1/admin/users/{user.owner}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_change_can_ask_for_the_state_that_was_read(api: str, admin: Any, user: Any) -> None:
    """If-Match names it; after somebody else's change it is another."""
    user.http.get(f"{api}/v1/images")
    url = f"{api}/v1/admin/users/{user.owner}"
    tag = admin.http.get(url).headers["ETag"]
    first = admin.http.patch(url, json={"quota_images": 1}, headers={"If-Match": tag})
    assert first.status_code == 200
    second = admin.http.patch(url, json={"quota_images": 2}, headers={"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    third = admin.http.patch(url, json={"quota_images": 2}, headers={"If-Match": first.headers["ETag"]})
    assert third.json()["quota_images"] == 2
    for known in (third.headers["ETag"], "*"):  # of reads alone: a change is answered with its outcome
        again = admin.http.patch(url, json={"quota_images": 2}, headers={"If-None-Match": known})
        assert (again.status_code, again.json()["quota_images"]) == (200, 2)


def test_two_changes_at_once_do_not_mix(api: str, admin: Any, user: Any, monkeypatch: Any) -> None:
    """A change between the reading and the writing is not overwritten."""
    user.http.get(f"{api}/v1/images")
    read = accounts.get

    def slow(owner: str, **options: Any) -> Any:
        profile = read(owner, **options)
        if owner == user.owner and options:
            other = read(owner)
            assert other is not None
            other.state = "disabled"
            other.save()
        return profile

    monkeypatch.setattr(accounts, "get", slow)
    answer = admin.http.patch(f"{api}/v1/admin/users/{user.owner}", json={"state": "active", "quota_images": 1})
    assert answer.status_code == 412
    monkeypatch.undo()
    assert admin.http.get(f"{api}/v1/admin/users/{user.owner}").json()["state"] == "disabled"


@pytest.mark.parametrize("body", [{"state": "disabled"}, {"role": "user"}, {"role": None}])
def test_an_admin_cannot_shut_oneself_out(api: str, admin: Any, body: Any) -> None:
    """Nor give up the role: another admin must do it."""
    answer = admin.http.patch(f"{api}/v1/admin/users/{admin.owner}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")
    assert admin.http.patch(f"{api}/v1/admin/users/{admin.owner}", json={"quota_images": 7}).ok


def test_a_deleted_account_stays_as_it_is(api: str, admin: Any) -> None:
    """It cannot be brought back by a change of its state."""
    (owner,) = registered("deleted-", 1)
    profile = accounts.get(owner)
    assert profile is not None
    profile.state = "deleting"
    profile.save()
    answer = admin.http.patch(f"{api}/v1/admin/users/{owner}", json={"state": "active"})
    assert (answer.status_code, answer.json()["code"]) == (409, "account_deleted")


def test_every_route_that_changes_something_is_audited(
    api: str, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each writes its entry, with all that was said, before its view is called: here, before it is refused."""
    writing = [route for route in ROUTES if route.access is Access.ADMIN and route.method != "GET"]
    assert {route.path for route in writing} >= {"/v1/admin/users/{owner}", "/v1/admin/images/reprocess"}
    for route in writing:
        target = f"target-{uuid.uuid4().hex[:8]}"
        parts = {"{owner}": target, "{queue}": target, "{image_id}": "a" * 26}
        named = "/".join(value for part, value in parts.items() if part in route.path)
        path = route.path.format(owner=target, queue=target, image_id="a" * 26)
        bodies: dict[str, Any] = {
            "reprocess": {"images": ["a" * 26]},
            "backfill": {"prefix": "uploads/nobody/"},
            "judgement": {"verdict": "unsafe", "note": "Violence"},
        }
        body = bodies.get(route.path.rpartition("/")[2], {"state": "disabled"})
        admin.http.request(route.method, api + path, json=body if route.body else None)
        newest = admin.http.get(f"{api}/v1/admin/audit?actor={admin.owner}&limit=1").json()["entries"][0]
        assert (newest["action"], newest["actor"]) == (route.audited, admin.owner)
        assert newest.get("target", named) == named
        assert not route.body or newest["detail"].items() >= body.items()


def test_an_order_that_cannot_be_written_down_is_not_carried_out(
    api: str, admin: Any, user: Any, monkeypatch: Any
) -> None:
    """The trail comes first."""
    user.http.get(f"{api}/v1/images")

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("no table")

    monkeypatch.setattr(audit, "write", broken)
    answer = admin.http.patch(f"{api}/v1/admin/users/{user.owner}", json={"state": "disabled"})
    assert answer.status_code == 500
    assert accounts.get(user.owner, consistent=True).state == "active"


def test_a_route_without_a_name_for_the_trail_is_a_mistake() -> None:
    """Nobody can forget it: the app does not start."""
    register: Any = functools.partial(
        endpoint, admin_routes.routes, path="/v1/admin/anything", access=Access.ADMIN, answers={204: None}
    )
    for declared in ({"method": "POST"}, {"method": "GET"}, {"method": "POST", "audited": ""}):
        with pytest.raises(UnauditedRouteError):
            register(**declared)


def test_reading_people_s_data_is_written_down_too(api: str, admin: Any, user: Any) -> None:
    """An account, a record, lists of them: with the filters that were asked, and no others."""
    user.http.get(f"{api}/v1/images")
    admin.http.get(f"{api}/v1/admin/users/{user.owner}")
    admin.http.get(f"{api}/v1/admin/images/{'b' * 26}")
    asked = {"owner": user.owner, "near": "48.8,2.2", "text": "secret", "limit": "7"}
    assert admin.http.get(f"{api}/v1/admin/images", params=asked).ok
    assert admin.http.get(f"{api}/v1/admin/users", params={"search": user.owner}).ok
    assert [item["action"] for item in entries(api, admin, user.owner)] == [
        "users.list",
        "images.list",
        "user.read",
    ]
    assert [item["action"] for item in entries(api, admin, "b" * 26)] == ["image.read"]
    listed = next(item for item in entries(api, admin, user.owner) if item["action"] == "images.list")
    assert listed["detail"] == {
        "owner": user.owner,
        "near": "48.8,2.2",
        "text": "secret",
        "limit": 7,
        "metric": "ciede2000",
        "share": 0.0,
        "radius": 10.0,
    }


@pytest.mark.medium
def test_only_figures_are_read_without_an_entry(api: str, admin: Any) -> None:
    """Totals, queue depths, the system's figures, and the trail itself; every other read of an admin has one."""
    reads = {route.path: route for route in ROUTES if route.access is Access.ADMIN and route.method == "GET"}
    assert {path for path, route in reads.items() if not route.audited} == {
        "/v1/admin/analytics/cameras",
        "/v1/admin/analytics/uploads",
        "/v1/admin/audit",
        "/v1/admin/dead-letters",
        "/v1/admin/system",
    }
    for path in sorted(reads):
        target = "a" * 26
        admin.http.get(api + path.format(owner=target, image_id=target, queue=target))
    trail = admin.http.get(f"{api}/v1/admin/audit?actor={admin.owner}").json()["entries"]
    assert sorted(entry["action"] for entry in trail) == [
        "dead_letters.read",
        "image.read",
        "image.view",
        "images.list",
        "trash.read",
        "unsettled.list",
        "user.read",
        "users.list",
    ]


def test_a_path_without_end_does_not_fill_the_trail(api: str, admin: Any) -> None:
    """What no account can be called is kept as far as one can see what it was."""
    assert admin.http.get(f"{api}/v1/admin/users/{'x' * 5000}").status_code == 404
    (entry,) = admin.http.get(f"{api}/v1/admin/audit?actor={admin.owner}").json()["entries"]
    assert entry["target"] == "x" * 256


@pytest.mark.medium
def test_the_trail_is_newest_first_page_by_page(api: str, admin: Any) -> None:
    """Filtered or not, every entry is there once."""
    targets = [f"nobody-{uuid.uuid4().hex[:6]}" for _ in range(5)]
    for target in targets:
        admin.http.patch(f"{api}/v1/admin/users/{target}", json={})
        time.sleep(0.002)  # the trail's times have milliseconds
    found = everything(api, admin.http, f"/v1/admin/audit?actor={admin.owner}&limit=2", "entries")
    assert [item["target"] for item in found] == targets[::-1]
    whole = everything(api, admin.http, "/v1/admin/audit?limit=3", "entries")
    assert [item["time"] for item in whole] == sorted((item["time"] for item in whole), reverse=True)
    assert [item for item in whole if item["actor"] == admin.owner] == found


@pytest.mark.medium
def test_a_filtered_page_looks_through_a_bounded_part(api: str, admin: Any, monkeypatch: Any) -> None:
    """It may be empty and still lead on."""
    rare = f"rare-{uuid.uuid4().hex[:6]}"
    admin.http.patch(f"{api}/v1/admin/users/{rare}", json={})
    for _ in range(5):
        audit.write("somebody", "user.change", "x", {})
    monkeypatch.setattr(audit, "SEARCHED", 2)
    first = admin.http.get(f"{api}/v1/admin/audit?target={rare}").json()
    assert first["entries"] == []
    assert first["cursor"]
    assert len(entries(api, admin, rare)) == 1


@pytest.mark.medium
def test_the_system_s_figures(api: str, admin: Any) -> None:
    """Queues, images, versions, settings; nothing that is secret."""
    found = admin.http.get(f"{api}/v1/admin/system").json()
    assert found["stage"] == "dev"
    assert found["queues"]["uploads"].keys() == {"waiting", "in_flight"}
    assert found["versions"]["python"] == platform.python_version()
    assert found["versions"]["pillow"] == metadata.version("pillow")
    assert found["versions"]["botocore"] == metadata.version("botocore")
    assert "boto3" not in found["versions"]  # which no function imports
    assert found["settings"]["ticket_seconds"] == settings().ticket_seconds
    assert set(found["images"]) == {"uploaded_today", "failed", "expected"}
    secret = settings().cursor_secret.decode()
    assert secret not in {str(value) for value in found["settings"].values()}


@pytest.mark.medium
def test_queues_are_counted(api: str, admin: Any) -> None:
    """A message that waits is in the figures."""
    queue = settings().uploads_dead_letter_queue
    before = admin.http.get(f"{api}/v1/admin/system").json()["queues"]["uploads_dead_letters"]["waiting"]
    queues.send(queue, ["x"])
    after = admin.http.get(f"{api}/v1/admin/system").json()["queues"]["uploads_dead_letters"]["waiting"]
    delivery.receive(queue)
    assert after == before + 1


def test_keys_of_the_directory_are_those_of_the_accounts(aws: str) -> None:
    """Every account is in one of the shards that are listed."""
    assert {keys.directory(f"owner-{number}") for number in range(100)} == set(keys.directory_shards())
