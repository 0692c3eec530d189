"""Public images and share links over HTTP: what others see, and what they never do."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from PIL import Image, ImageChops

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.api.presenters import public_image
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys, shares
from chalicelib.db.models import DISABLED, Profile, Share
from image_processing import metadata
from image_processing.source import BytesSource
from tests import delivery, samples


def put(app: Any, user: Any, data: bytes, name: str = samples.SECRETS["file name"]) -> str:
    """Put an image into the bucket, have it processed, return its id."""
    key = f"uploads/{user.owner}/{name}"
    clients.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=data)
    delivery.deliver(app)
    return keys.image_id(settings().images_bucket, key)


def publish(api: str, app: Any, user: Any, identifier: str) -> str:
    """Make an image public, have its file made, return its public address."""
    answer = user.http.patch(f"{api}/v1/images/{identifier}", json={"visibility": "public"})
    assert answer.status_code == 200, answer.text
    delivery.run_jobs(app)
    return api + str(answer.json()["links"]["public"])


def share(api: str, user: Any, identifier: str, **body: Any) -> Any:
    answer = user.http.post(f"{api}/v1/images/{identifier}/shares", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_share_needs_no_body(api: str, app: Any, user: Any) -> None:
    """Without one, it is for the thumbnails and a week; with a broken one, nothing is given."""
    address = f"{api}/v1/images/{put(app, user, samples.png())}/shares"
    given = user.http.post(address)
    assert (given.status_code, given.json()["scope"]) == (201, "thumbnails")
    days = datetime.fromisoformat(given.json()["expires"]) - keys.now()
    assert timedelta(days=6, hours=23) < days <= timedelta(days=7)
    broken = user.http.post(address, data=b'{"scope"', headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["detail"]) == (400, "In the body: The JSON ends too early.")


PLACE_NAMES = ("Italy", "Lazio", '"Rome"', "Pigna")
"""Country, region, city and quarter of the position that `samples.telling` tells."""


def everything(url: str) -> tuple[str, bytes]:
    """Read all that a stranger can: the words of every answer, its headers and addresses; and the file's bytes."""
    answers = [requests.get(url, timeout=10)]
    record = answers[0].json()
    answers += [requests.get(f"{url}/thumbnail?size={size}", timeout=10) for size in record["thumbnails"]]
    answers += [requests.get(f"{url}/{name}?redirect=false", timeout=10) for name in ("thumbnail", "file")]
    file = requests.get(f"{url}/file", timeout=10)
    assert all(answer.ok for answer in [*answers, file])
    hops = [hop for answer in [*answers, file] for hop in (answer, *answer.history)]
    words = [f"{hop.url} {hop.headers}" for hop in hops] + [answers[0].text, *(a.text for a in answers[-2:])]
    return unquote(" ".join(words)), file.content


@pytest.mark.medium
@pytest.mark.parametrize(
    "image_format", ["JPEG", *(pytest.param(other, marks=pytest.mark.slow) for other in ("PNG", "WEBP", "TIFF"))]
)
def test_nothing_private_is_shown(api: str, app: Any, user: Any, image_format: str) -> None:
    """Neither in a record nor in a header, an address or a file: what `telling` tells, the owner, the key."""
    data = samples.telling(image_format) if image_format != "TIFF" else tiff()
    identifier = put(app, user, data)
    owned = user.http.get(f"{api}/v1/images/{identifier}").text
    assert samples.SECRETS["serial of the body"] in owned  # it is there to be told
    assert "Europe/Rome" in owned
    assert all(name in owned for name in PLACE_NAMES)
    url = publish(api, app, user, identifier)
    link = share(api, user, identifier, scope="original")
    for address in (url, api + link["links"]["shared"]):
        words, file = everything(address)
        for secret in [
            *samples.SECRETS.values(),
            user.owner,
            "uploads/",
            "2026-01-09",
            "2026:01:09",
            "Europe/Rome",
            *PLACE_NAMES,
        ]:
            assert secret not in words
            assert not any(secret.encode(code) in file for code in ("utf-8", "utf-16-le", "utf-16-be"))
        told = json.dumps(requests.get(address, timeout=10).json()["metadata"])
        assert not re.search(r"gps|serial|date|41\.89|12\.48", told, re.IGNORECASE)
        assert samples.PLACE not in file
        assert samples.PLACE not in b"".join(file[at : at + 4][::-1] for at in range(0, len(file), 4))
        found = metadata.read(BytesSource(file))
        assert not set(found.tags) & {"GPS", "MakerNotes", "IPTC", "PNG"}
        assert not any(group.startswith("XMP") for group in found.tags)


@pytest.mark.medium
def test_the_names_of_a_place_are_its_owners_alone(
    api: str, app: Any, user: Any, other_user: Any, stream: Any
) -> None:
    """Neither pages nor embeddings of a public or a shared image tell them, and nobody else finds it by them."""
    identifier = put(app, user, samples.telling())
    publish(api, app, user, identifier)
    token = share(api, user, identifier, scope="original")["token"]
    pages = [f"{api}/p/{identifier}", f"{api}/s/{token}"]
    embedded = [f"{api}/oembed?url={page}" for page in pages]
    for address in (*pages, *embedded):
        answer = requests.get(address, timeout=10)
        assert answer.ok, answer.text
        assert not re.search(r"Italy|Lazio|\bRome\b|Pigna", answer.text)
    stream()
    for query in ("text=rome", "text=pigna", "country=IT", "city=Rome"):
        mine = user.http.get(f"{api}/v1/images?{query}").json()["images"]
        assert [image["image_id"] for image in mine] == [identifier], query
        assert other_user.http.get(f"{api}/v1/images?{query}").json()["images"] == []
    theirs = other_user.http.get(f"{api}/v1/facets").json()
    assert theirs["countries"] == theirs["cities"] == []


def tiff() -> bytes:
    """Return a TIFF of the picture that tells what Exif can."""
    told = Image.open(io.BytesIO(samples.telling()))
    out = io.BytesIO()
    told.save(out, "TIFF", exif=told.getexif())
    return out.getvalue()


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_the_published_file_is_the_same_picture(api: str, app: Any, user: Any, image_format: str) -> None:
    """Pixel for pixel, in its own format, and with its copyright notice; nobody is asked who they are."""
    data = samples.telling(image_format)
    url = publish(api, app, user, put(app, user, data))
    answer = requests.get(f"{url}/file", timeout=10)
    assert answer.headers["Content-Type"] == f"image/{image_format.lower()}"
    copied, uploaded = Image.open(io.BytesIO(answer.content)), Image.open(io.BytesIO(data))
    assert copied.format == image_format
    assert ImageChops.difference(copied.convert("RGB"), uploaded.convert("RGB")).getbbox() is None
    assert copied.getexif()[0x8298] == "(c) Ann Artist"
    record = requests.get(url, timeout=10).json()
    assert (record["format"], record["width"], record["height"]) == (image_format, 240, 320)
    assert record["metadata"]["camera"] == {"make": "Janus", "model": "Two Faces"}
    assert record["metadata"]["rights"]["copyright"] == "(c) Ann Artist"
    assert record["analysis"]["palette"]


@pytest.mark.medium
def test_another_format_is_published_as_its_largest_thumbnail(api: str, app: Any, user: Any) -> None:
    """What cannot be cleaned without decoding it is shown as WebP."""
    out = io.BytesIO()
    samples.picture((1600, 1200)).save(out, "TIFF")
    url = publish(api, app, user, put(app, user, out.getvalue()))
    answer = requests.get(f"{url}/file", timeout=10)
    assert answer.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (1280, 960)


def test_what_its_owner_wrote_is_shown_but_not_the_tags(api: str, app: Any, user: Any) -> None:
    """Title, description and text alternative are written for others; tags order one's own."""
    identifier = put(app, user, samples.photo())
    written = {"title": "Harbour", "description": "At dawn", "alt": "Boats", "tags": ["tax"]}
    user.http.patch(f"{api}/v1/images/{identifier}", json=written)
    record = requests.get(publish(api, app, user, identifier), timeout=10).json()
    assert (record["title"], record["description"], record["alt"]) == ("Harbour", "At dawn", "Boats")
    assert "tax" not in str(record)


def test_every_field_that_is_shown_is_listed(api: str, app: Any, user: Any) -> None:
    """The record holds these names and no others."""
    record = requests.get(publish(api, app, user, put(app, user, samples.photo())), timeout=10).json()
    assert set(record) == {
        "format", "width", "height", "metadata", "analysis", "placeholder", "thumbnails", "pictures", "links",
    }  # fmt: skip
    for group, values in record["metadata"].items():
        assert set(values) <= set(public_image.METADATA[group])
    assert set(record["analysis"]) <= set(public_image.ANALYSIS)


@pytest.mark.medium
def test_a_private_image_looks_like_none(api: str, app: Any, user: Any) -> None:
    """Word by word, for its owner too, whose token changes nothing here; and again once it is private again."""
    identifier = put(app, user, samples.photo())
    url = f"{api}/v1/public/images/{identifier}"

    def refused(address: str) -> Any:
        answers = [user.http.get(f"{address}{path}") for path in ("", "/thumbnail", "/file")]
        assert {answer.status_code for answer in answers} == {404}
        return [{**answer.json(), "request_id": None} for answer in answers]

    absent = refused(f"{api}/v1/public/images/{keys.image_id('no', 'where')}")
    assert refused(url) == absent == refused(f"{api}/v1/public/images/..%2F..")
    assert publish(api, app, user, identifier) == url
    assert requests.get(url, timeout=10).ok
    user.http.patch(f"{api}/v1/images/{identifier}", json={"visibility": None})
    assert refused(url) == absent


def test_a_public_record_has_an_etag(api: str, app: Any, user: Any) -> None:
    """304 while nothing changed."""
    url = publish(api, app, user, put(app, user, samples.photo()))
    tag = requests.get(url, timeout=10).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": tag}, timeout=10).status_code == 304


def test_a_file_that_is_being_made_is_waited_for(api: str, app: Any, user: Any) -> None:
    """409 with Retry-After; however often one asks, one job is queued for it."""
    identifier = put(app, user, samples.photo())
    user.http.patch(f"{api}/v1/images/{identifier}", json={"visibility": "public"})
    url = f"{api}/v1/public/images/{identifier}/file"
    for _ in range(3):
        answer = requests.get(url, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (409, "image_not_ready")
        assert answer.headers["Retry-After"] == "1"
    waiting = delivery.receive(settings().jobs_queue)
    assert len(waiting) == 1
    assert delivery.give(app, *waiting, function="run_job") == []
    assert requests.get(url, timeout=10).ok


@pytest.mark.medium
def test_a_new_revision_is_published_anew(api: str, app: Any, user: Any) -> None:
    """The old copy is gone; the new one is made when it is asked for."""
    identifier = put(app, user, samples.telling())
    url = publish(api, app, user, identifier)
    before = images.get(identifier).published
    put(app, user, samples.telling("PNG"))
    assert requests.get(f"{url}/file", timeout=10).status_code == 409
    delivery.run_jobs(app)
    after = requests.get(f"{url}/file", timeout=10)
    assert after.headers["Content-Type"] == "image/png"
    assert storage.open_object(before) is None
    assert requests.get(url, timeout=10).json()["format"] == "PNG"


@pytest.mark.medium
def test_a_link_shows_what_it_is_for(api: str, app: Any, user: Any) -> None:
    """With the scope thumbnails no file, with original that too; both are listed, and neither token."""
    identifier = put(app, user, samples.photo())
    small, whole = (share(api, user, identifier, scope=scope) for scope in ("thumbnails", "original"))
    delivery.run_jobs(app)
    for made in (small, whole):
        answer = requests.get(api + made["links"]["shared"], timeout=10)
        assert answer.status_code == 200
        assert requests.get(api + answer.json()["thumbnails"]["small"]["href"], timeout=10).ok
        assert ("file" in answer.json()["links"]) == (made["scope"] == "original")
    refused = requests.get(api + small["links"]["shared"] + "/file", timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (404, "file_not_available")
    assert requests.get(api + whole["links"]["shared"] + "/file", timeout=10).ok
    listed = user.http.get(f"{api}/v1/images/{identifier}/shares")
    assert [item["share_id"] for item in listed.json()["shares"]] == [small["share_id"], whole["share_id"]]
    assert not {small["token"], whole["token"]} & set(re.findall(r"[\w-]+", listed.text))


def gone(url: str) -> bool:
    """Tell whether a link opens nothing, at any of its routes, and says no more than of one that never was."""
    never = requests.get(f"{url.rpartition('/')[0]}/{'x' * 32}", timeout=10).json()
    answers = [requests.get(url + path, timeout=10) for path in ("", "/thumbnail", "/file")]
    return all(
        answer.status_code == 404 and {**answer.json(), "request_id": None} == {**never, "request_id": None}
        for answer in answers
    )


@pytest.mark.medium
@pytest.mark.parametrize("scope", ["thumbnails", "original"])
def test_a_link_tells_neither_which_image_it_shows_nor_when_it_came(
    api: str, app: Any, user: Any, scope: str
) -> None:
    """In no body, header, address or file, nor in an error: no id, key, owner, order or time of upload."""
    identifier = put(app, user, samples.photo(), "first.jpg")
    put(app, user, samples.photo(2), "second.jpg")
    image = images.get(identifier)
    assert image is not None
    token = share(api, user, identifier, scope=scope)["token"]
    delivery.run_jobs(app)
    url = f"{api}/v1/shared/{token}"
    record = requests.get(url, timeout=10)
    answers = [record]
    for size in record.json()["thumbnails"]:
        answers += [
            requests.get(f"{url}/thumbnail?size={size}{more}", timeout=10) for more in ("", "&redirect=false")
        ]
    answers += [requests.get(f"{url}/file{more}", timeout=10) for more in ("", "?redirect=false")]
    answers.append(requests.get(f"{url}/thumbnail?size=none", timeout=10))
    hops = [hop for answer in answers for hop in (*answer.history, answer)]
    assert any("/derived/" in hop.url for hop in hops)
    told = unquote(" ".join(f"{hop.url} {hop.headers} {hop.content!r}" for hop in hops)).lower()
    seconds = image.sequencer[:10].lower()
    for secret in (
        identifier,
        image.key,
        user.owner,
        image.sequencer.lower(),
        seconds,
        image.uploaded[:19],
        image.etag,
    ):
        assert secret.lower() not in told, secret


@pytest.mark.medium
def test_a_link_taken_back_opens_nothing_at_once(api: str, app: Any, user: Any) -> None:
    """And the others still do; taking it back again is a 404."""
    identifier = put(app, user, samples.photo())
    first, second = (share(api, user, identifier) for _ in range(2))
    assert user.http.delete(api + first["links"]["self"]).status_code == 204
    assert gone(api + first["links"]["shared"])
    assert requests.get(api + second["links"]["shared"], timeout=10).ok
    again = user.http.delete(api + first["links"]["self"])
    assert (again.status_code, again.json()["code"]) == (404, "share_not_found")


def test_a_link_that_has_expired_opens_nothing(api: str, app: Any, user: Any) -> None:
    """DynamoDB's expiry lags by days, so the time itself is looked at."""
    identifier = put(app, user, samples.photo())
    made = share(api, user, identifier, expires_in=60)
    item = Share.get(keys.account(user.owner), keys.share(identifier, made["share_id"]))
    item.expires = keys.now() - timedelta(seconds=1)
    item.save()
    assert gone(api + made["links"]["shared"])
    assert user.http.get(f"{api}/v1/images/{identifier}/shares").json()["shares"] == []


@pytest.mark.medium
def test_deleting_an_image_ends_its_links_for_good(api: str, app: Any, user: Any) -> None:
    """Also when another image comes under the same key: nobody agreed to show that."""
    identifier = put(app, user, samples.photo())
    url = publish(api, app, user, identifier)
    made = share(api, user, identifier)
    assert user.http.delete(f"{api}/v1/images/{identifier}").status_code == 204
    assert gone(api + made["links"]["shared"])
    put(app, user, samples.photo(2))
    assert user.http.get(f"{api}/v1/images/{identifier}").json()["visibility"] == "private"
    assert requests.get(url, timeout=10).status_code == 404
    assert gone(api + made["links"]["shared"])
    assert user.http.get(f"{api}/v1/images/{identifier}/shares").json()["shares"] == []


@pytest.mark.medium
def test_an_account_that_is_disabled_shows_nothing(api: str, app: Any, user: Any) -> None:
    """Neither public images nor links; and again once it is active."""
    identifier = put(app, user, samples.photo())
    urls = [publish(api, app, user, identifier), api + share(api, user, identifier)["links"]["shared"]]
    profile = Profile.get(keys.account(user.owner), keys.PROFILE)
    for state, status in ((DISABLED, 404), ("active", 200)):
        profile.state = state
        profile.save()
        accounts.forget(user.owner)
        assert {requests.get(url, timeout=10).status_code for url in urls} == {status}


@pytest.mark.parametrize(
    "token", ["x", "x" * 31, "x" * 33, "ä" * 32, "..%2F", "%00" * 32, "x" * 5000, "' OR 1=1 --"]
)
def test_a_hostile_token_opens_nothing(api: str, token: str) -> None:
    """404, whatever it is, and the same words as of any other."""
    assert gone(f"{api}/v1/shared/{token}")


@pytest.mark.medium
def test_nobody_shares_what_is_anothers(api: str, app: Any, user: Any, other_user: Any) -> None:
    """To give, list and take back links one must own the image; and the links of one image are not another's."""
    identifier, own = put(app, user, samples.photo()), put(app, other_user, samples.photo())
    made = share(api, user, identifier)
    url = f"{api}/v1/images/{identifier}/shares"
    answers = [
        other_user.http.post(url, json={}),
        other_user.http.get(url),
        other_user.http.delete(f"{url}/{made['share_id']}"),
        other_user.http.delete(f"{api}/v1/images/{own}/shares/{made['share_id']}"),
        other_user.http.patch(f"{api}/v1/images/{identifier}", json={"visibility": "public"}),
    ]
    assert [answer.json()["code"] for answer in answers] == [
        "image_not_found", "image_not_found", "image_not_found", "share_not_found", "image_not_found",
    ]  # fmt: skip
    assert requests.get(api + made["links"]["shared"], timeout=10).ok
    assert images.get(identifier).visibility is None


@pytest.mark.parametrize(
    "body", [{"scope": "all"}, {"expires_in": 59}, {"expires_in": 10**9}, {"expires_in": "x"}, {"x": 1}]
)
def test_a_link_that_does_not_fit_is_refused(api: str, app: Any, user: Any, body: Any) -> None:
    """400."""
    answer = user.http.post(f"{api}/v1/images/{put(app, user, samples.jpeg())}/shares", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_an_image_has_so_many_links_and_no_more(api: str, app: Any, user: Any, monkeypatch: Any) -> None:
    """409; those that were taken back do not count."""
    monkeypatch.setattr(shares, "MAX_SHARES", 2)
    identifier = put(app, user, samples.jpeg())
    first, _ = (share(api, user, identifier) for _ in range(2))
    answer = user.http.post(f"{api}/v1/images/{identifier}/shares", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_shares")
    user.http.delete(api + first["links"]["self"])
    share(api, user, identifier)


def test_tokens_stay_out_of_the_table_and_the_log(api: str, app: Any, user: Any, caplog: Any) -> None:
    """Only a hash is kept, and the path that the log tells has the name of the parameter."""
    made = share(api, user, put(app, user, samples.jpeg()))
    with caplog.at_level("INFO"):
        requests.get(api + made["links"]["shared"], timeout=10)
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "/v1/shared/{token}" in told
    assert made["token"] not in told
    kept = Share.get(keys.account(user.owner), keys.share(made["links"]["self"].split("/")[3], made["share_id"]))
    assert made["token"] not in str(kept.attribute_values)


@pytest.mark.medium
def test_a_link_revoked_twice_at_once_is_told_once(
    api: str, app: Any, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests have read the link; the second one finds nothing to revoke. Its versions order its events."""
    identifier = put(app, user, samples.png())
    made = share(api, user, identifier)
    standing = shares.get(images.get(identifier), made["share_id"])  # type: ignore[arg-type]
    hook = {"url": "https://example.org/", "types": ["share.*", "image.shared"]}
    for listens in (False, True):
        if listens:
            assert user.http.post(f"{api}/v1/webhooks", json=hook).status_code == 201
            made = share(api, user, identifier)
            standing = shares.get(images.get(identifier), made["share_id"])  # type: ignore[arg-type]
        with monkeypatch.context() as patched:
            patched.setattr(shares, "get", lambda *_, one=standing: one)
            statuses = [user.http.delete(api + made["links"]["self"]).status_code for _ in range(2)]
        assert statuses == [204, 404]
    told = [json.loads(item["body"]) for item in delivery.receive(settings().deliveries_queue)]
    data = []
    for one in told:
        address = f"{api}/v1/webhooks/{one['webhook_id']}/deliveries/{one['event_id']}"
        event = user.http.get(address).json()["event"]
        data.append((event["type"], event["data"]["version"], event["data"]["share_id"]))
    first, last = "0" * 39 + "1", "0" * 39 + "2"
    assert data == [("image.shared", first, made["share_id"]), ("share.revoked", last, made["share_id"])]
