"""Text that people write, over HTTP: kept in one normal form, never blank, and file names as they were given."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
import requests

from chalicelib import aws as clients
from chalicelib.config import settings
from tests import delivery, samples

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"
ODD = "what? \u0939\u093f\u0928\u094d\u0926\u0940 \u201c50%\u201d #1.jpg"  # with what no key of S3 should have
IN_KEY = "what_ \u0939\u093f\u0928\u094d\u0926\u0940 \u201c50_\u201d _1.jpg"


def ticket(api: str, user: Any, filename: str) -> Any:
    answer = user.http.post(f"{api}/v1/images", json={"images": [{"filename": filename}]})
    assert answer.status_code == 201, answer.text
    return answer.json()["images"][0]


def uploaded(api: str, app: Any, user: Any, filename: str, data: bytes) -> Any:
    """Upload by ticket; return the record."""
    given = ticket(api, user, filename)
    post = given["upload"]
    sent = requests.post(post["url"], data=post["fields"], files={"file": ("blob", data)}, timeout=10)
    assert sent.status_code in (200, 204), sent.text
    delivery.deliver(app)
    return user.http.get(api + given["links"]["self"]).json()


def saved_as(api: str, user: Any, record: Any) -> str:
    """Return the name under which a browser saves the original."""
    address = user.http.get(f"{api}{record['links']['original']}?redirect=false").json()["url"]
    told = requests.get(address, timeout=10).headers["Content-Disposition"]
    return unquote(told.partition("filename*=UTF-8''")[2])


def test_a_file_keeps_its_name_however_it_is_uploaded(api: str, app: Any, user: Any, stream: Any) -> None:
    """Beside a key that S3 takes: in ticket, record, list, export and download, and found by its words."""
    given = ticket(api, user, ODD)
    assert given["key"].rpartition("/")[2] == IN_KEY
    assert user.http.get(api + given["links"]["self"]).json()["name"] == ODD
    record = uploaded(api, app, user, ODD, samples.jpeg())
    assert (record["state"], record["name"], record["key"].rpartition("/")[2]) == ("ready", ODD, IN_KEY)
    assert saved_as(api, user, record) == ODD
    sent = user.http.post(
        f"{api}/v1/images", params={"filename": ODD}, data=samples.png(), headers={"Content-Type": "image/png"}
    )
    delivery.deliver(app)
    assert user.http.get(api + sent.headers["Location"]).json()["name"] == ODD
    stream()
    assert [image["name"] for image in user.http.get(f"{api}/v1/images").json()["images"]] == [ODD, ODD]
    found = user.http.get(f"{api}/v1/images", params={"text": "\u0939\u093f\u0928\u094d\u0926\u0940"})
    assert [image["name"] for image in found.json()["images"]] == [ODD, ODD]
    assert user.http.get(f"{api}/v1/users/me/export?format=csv").text.count(ODD.replace('"', '""')) == 2


def test_a_file_that_fails_keeps_its_name_too(api: str, app: Any, user: Any) -> None:
    """Nothing but its name may be known of it."""
    record = uploaded(api, app, user, ODD, b"no image")
    assert (record["state"], record["name"]) == ("failed", ODD)


@pytest.mark.parametrize(
    "name", ["Tom & Jerry.jpg", "\u0939\u093f\u0928\u094d\u0926\u0940.jpg", f"{COMPOSED}.jpg"]
)
def test_a_common_name_is_the_name_in_the_key(api: str, app: Any, user: Any, name: str) -> None:
    """Also where macOS has decomposed it: no metadata of the object is needed then."""
    record = uploaded(api, app, user, name.replace(COMPOSED, DECOMPOSED), samples.jpeg())
    assert (record["name"], record["key"].rpartition("/")[2]) == (name, name)
    assert saved_as(api, user, record) == name
    stored = clients.client("s3").head_object(Bucket=settings().images_bucket, Key=record["key"])
    assert stored["Metadata"] == {}


def test_a_name_spoofs_no_extension_whoever_puts_the_object(api: str, app: Any, user: Any) -> None:
    """A key, and a name in its metadata, that the API has not made."""
    s3, spoof = clients.client("s3"), "photo\u202egpj.exe"
    s3.put_object(Bucket=settings().images_bucket, Key=f"uploads/{user.owner}/{spoof}", Body=samples.jpeg())
    s3.put_object(
        Bucket=settings().images_bucket,
        Key=f"uploads/{user.owner}/a.jpg",
        Body=samples.jpeg(),
        Metadata={"janus-name": "../%E2%80%AEx%0Agpj.exe"},
    )
    delivery.deliver(app)
    listed = user.http.get(f"{api}/v1/images").json()["images"]
    assert sorted(image["name"] for image in listed) == ["_x_gpj.exe", "photo_gpj.exe"]
    assert sorted(saved_as(api, user, image) for image in listed) == ["_x_gpj.exe", "photo_gpj.exe"]


def test_what_people_write_is_kept_in_nfc(api: str, user: Any) -> None:
    """Title, description, alt, tags, names of keys and people: what looks the same is the same."""
    given = ticket(api, user, "a.jpg")
    url = api + given["links"]["self"]
    fields = {"title": DECOMPOSED, "description": DECOMPOSED, "alt": DECOMPOSED, "tags": [DECOMPOSED, COMPOSED]}
    record = user.http.patch(url, json=fields).json()
    assert [record[name] for name in fields] == [COMPOSED, COMPOSED, COMPOSED, [COMPOSED]]
    action = {"action": "tag", "images": [given["image_id"]], "tags": [f"{DECOMPOSED} 2"]}
    assert user.http.post(f"{api}/v1/images/actions", json=action).ok
    assert user.http.get(url).json()["tags"] == [COMPOSED, f"{COMPOSED} 2"]
    assert user.http.post(f"{api}/v1/images/actions", json={**action, "action": "untag"}).ok
    assert user.http.get(url).json()["tags"] == [COMPOSED]
    made = user.http.post(f"{api}/v1/users/me/keys", json={"name": DECOMPOSED, "scopes": ["read"]})
    assert made.json()["name"] == COMPOSED
    shown = user.http.patch(f"{api}/v1/users/me", json={"display_name": DECOMPOSED})
    assert shown.json()["display_name"] == COMPOSED


@pytest.mark.parametrize(
    "blank", [" ", "\u200b\u200d", "\u3164", "\u2800", "\u115f\u1160", "\u00a0\u3000", "\ufeff", "\u202e", "\x00"]
)
def test_a_text_with_nothing_to_see_is_refused(api: str, user: Any, blank: str) -> None:
    """All of them at once, each with its place, and in words."""
    url = api + ticket(api, user, "a.jpg")["links"]["self"]
    fields = {"title": blank, "description": blank, "alt": blank, "tags": [blank]}
    answer = user.http.patch(url, json=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]} == {
        "#/title": "Expected a text with a visible character, 1 to 200 characters",
        "#/description": "Expected a text with a visible character, 1 to 5000 characters",
        "#/alt": "Expected a text with a visible character, 1 to 1000 characters",
        "#/tags/0": "Expected a text with a visible character, 1 to 64 characters",
    }
    assert user.http.patch(f"{api}/v1/users/me", json={"display_name": blank}).status_code == 400
    assert user.http.post(f"{api}/v1/users/me/keys", json={"name": blank, "scopes": ["read"]}).status_code == 400
    assert user.http.patch(url, json={"alt": f"{blank}a"}).status_code == 200
