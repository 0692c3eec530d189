"""Images over HTTP: upload in every way, read, list, files, delete; and nobody gets at what is not theirs."""

from __future__ import annotations

import base64
import io
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import keys, models
from chalicelib.routes.images import MAX_BODY_BYTES
from tests import delivery, samples
from tests.image_processing import builders

WHOLE = (1600, 1200)  # so large that all three thumbnails are made


def ticket(api: str, user: Any, filename: str = "photo.jpg", **more: Any) -> Any:
    answer = user.http.post(f"{api}/v1/images", json={"images": [{"filename": filename, **more}]})
    assert answer.status_code == 201, answer.text
    return answer.json()["images"][0]


def upload(api: str, app: Any, user: Any, data: bytes, filename: str = "photo.jpg") -> str:
    """Upload through a ticket, let it be processed, return the image's id."""
    given = ticket(api, user, filename)
    sent = requests.post(given["upload"]["url"], data=given["upload"]["fields"], files={"file": data}, timeout=10)
    assert sent.ok
    delivery.deliver(app)
    identifier: str = given["image_id"]
    return identifier


def test_a_ticket_names_the_largest_size(api: str, user: Any) -> None:
    """In bytes, as the policy has it, so that a form refuses a larger file before it is sent."""
    given = ticket(api, user)
    policy = json.loads(base64.b64decode(given["upload"]["fields"]["policy"]))
    assert given["max_bytes"] == 200_000_000
    assert ["content-length-range", 1, 200_000_000] in policy["conditions"]


def test_a_ticket_knows_its_image_before_the_upload(api: str, user: Any) -> None:
    """The record is there at once, and waits."""
    given = ticket(api, user)
    record = user.http.get(api + given["links"]["self"]).json()
    assert (record["image_id"], record["state"], record["name"]) == (given["image_id"], "expected", "photo.jpg")
    assert given["key"].startswith(f"uploads/{user.owner}/")


def test_an_upload_through_a_ticket_becomes_a_whole_record(api: str, app: Any, user: Any) -> None:
    """What it is, when and where it was taken, and its files."""
    record = user.http.get(f"{api}/v1/images/{upload(api, app, user, samples.photo(size=WHOLE))}").json()
    assert (record["state"], record["format"], record["mime_type"]) == ("ready", "JPEG", "image/jpeg")
    assert (record["width"], record["height"]) == (1200, 1600)
    found = {name: value for group in record["metadata"].values() for name, value in group.items()}
    assert (found["make"], found["model"], found["f_number"], found["iso"]) == ("Janus", "Two Faces", 2.8, 200)
    assert found["gps_latitude"] == pytest.approx(41.89)
    assert found["gps_longitude"] == pytest.approx(12.485)
    assert record["thumbnails"]["small"]["height"] == 256
    own = f"/v1/images/{record['image_id']}"
    assert record["pictures"] == {
        name: {"href": f"{own}/pictures/{name}"}
        for name in ("theme", "palette", "placement", "clusters", "luminosity", "histogram", "edges")
    }
    assert record["links"]["theme"] == f"{own}/theme"
    assert record["owner"] == user.owner


def test_a_record_tells_where_the_file_contradicts_itself(api: str, app: Any, user: Any) -> None:
    """The owner sees each source, and which was chosen; one that agrees with itself has no such list."""
    assert "conflicts" not in user.http.get(f"{api}/v1/images/{upload(api, app, user, samples.photo())}").json()
    plain = samples.jpeg()
    exif = builders.exif_segment(builders.tiff([(0x10F, builders.ASCII, "Camera")]))
    xmp = builders.xmp_segment(builders.rdf(attributes='tiff:Make="Copy"'))
    identifier = upload(api, app, user, plain[:2] + exif + xmp + plain[2:])
    record = user.http.get(f"{api}/v1/images/{identifier}").json()
    assert record["metadata"]["camera"]["make"] == "Camera"
    assert record["conflicts"] == [
        {
            "field": "make",
            "chosen": "Exif:Make",
            "claims": [
                {"source": "Exif:Make", "value": "Camera"},
                {"source": "XMP-tiff:Make", "value": "Copy"},
            ],
        }
    ]


def test_everything_read_raw_is_kept_under_its_own_names(api: str, app: Any, user: Any) -> None:
    """Groups and tags as the standards name them."""
    url = f"{api}/v1/images/{upload(api, app, user, samples.photo())}/tags"
    answer = user.http.get(url)
    assert answer.json()["tags"]["Exif"]["Make"] == "Janus"
    assert "GPSLatitude" in answer.json()["tags"]["GPS"]
    assert user.http.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_many_tickets_come_with_one_request(api: str, user: Any) -> None:
    """Each with a key and an image of its own; their types are told by the names, where not given."""
    names = [f"{number}.{end}" for number, end in enumerate(["jpg", "PNG", "webp", "heic", "unknown"])]
    answer = user.http.post(f"{api}/v1/images", json={"images": [{"filename": name} for name in names]})
    given = answer.json()["images"]
    assert len({item["image_id"] for item in given}) == len(names)
    types = [item["upload"]["fields"]["Content-Type"] for item in given]
    assert types == ["image/jpeg", "image/png", "image/webp", "image/heif", "application/octet-stream"]


def written(owner: str) -> list[Any]:
    """Return every item of an owner in the table of images, by reading all of it."""
    return list(models.Image.scan(models.Image.owner == owner))


def test_tickets_are_given_for_all_files_or_for_none(api: str, user: Any) -> None:
    """One that is refused leaves nothing of those before it."""
    files = [{"filename": "a.jpg"}, {"filename": "b.jpg"}, {"filename": "c", "content_type": "text/html"}]
    answer = user.http.post(f"{api}/v1/images", json={"images": files})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    (fault,) = answer.json()["errors"]  # a form shows it beside its file
    assert fault["pointer"] == "#/images/2/content_type"
    assert fault["detail"].startswith("'text/html' is not accepted. Send one of image/avif, ")
    assert written(user.owner) == []
    assert user.http.post(f"{api}/v1/images", json={"images": files[:2]}).status_code == 201
    assert len(written(user.owner)) == 2


@pytest.mark.medium
def test_a_profile_says_how_far_to_look(api: str, app: Any, user: Any) -> None:
    """By ticket, in the body's query, and as an object's metadata; an unknown one is the stage's own."""
    analysed = {}
    for profile in ("metadata", "standard", "full"):
        given = ticket(api, user, profile=profile)
        requests.post(
            given["upload"]["url"], data=given["upload"]["fields"], files={"file": samples.jpeg()}, timeout=10
        )
        delivery.deliver(app)
        record = user.http.get(api + given["links"]["self"]).json()
        analysed[profile] = record.get("analysis", {}).get("profile"), bool(record["thumbnails"])
    assert analysed == {"metadata": (None, False), "standard": ("standard", True), "full": ("full", True)}
    url, headers = f"{api}/v1/images", {"Content-Type": "image/jpeg"}
    sent = user.http.post(url, params={"profile": "metadata"}, data=samples.jpeg(), headers=headers)
    key = f"uploads/{user.owner}/odd.jpg"
    clients.client("s3").put_object(
        Bucket=settings().images_bucket, Key=key, Body=samples.jpeg(), Metadata={storage.PROFILE: "odd"}
    )
    delivery.deliver(app)
    assert "analysis" not in user.http.get(api + sent.headers["Location"]).json()
    odd = user.http.get(f"{url}/{keys.image_id(settings().images_bucket, key)}").json()
    assert odd["analysis"]["profile"] == "standard"
    assert user.http.post(url, json={"images": [{"filename": "a", "profile": "odd"}]}).status_code == 400


def test_an_upload_may_keep_to_the_models_of_the_stage(api: str, app: Any, user: Any) -> None:
    """By ticket, whose policy then fixes it, and in the query; there is one word for it."""
    given = ticket(api, user, recognition="local")
    fields = given["upload"]["fields"]
    requests.post(given["upload"]["url"], data=fields, files={"file": samples.jpeg()}, timeout=10)
    url, headers = f"{api}/v1/images", {"Content-Type": "image/jpeg"}
    sent = user.http.post(url, params={"recognition": "local"}, data=samples.jpeg(), headers=headers).json()
    plain = user.http.post(url, data=samples.jpeg(), headers=headers).json()
    head = clients.client("s3").head_object
    noted = [
        head(Bucket=settings().images_bucket, Key=name)["Metadata"].get("janus-recognition")
        for name in (given["key"], sent["key"], plain["key"])
    ]
    assert noted == ["local", "local", None]
    assert fields["x-amz-meta-janus-recognition"] == "local"
    delivery.receive()
    for odd in ("off", "rekognition"):
        body = {"images": [{"filename": "a", "recognition": odd}]}
        assert user.http.post(url, json=body).status_code == 400


@pytest.mark.medium
def test_the_full_profile_keeps_the_layers_of_luminance(api: str, app: Any, user: Any) -> None:
    """As a map that a link leads to, and shapes in the analysis; the standard profile has neither, and says so."""
    urls = {}
    for profile in ("standard", "full"):
        headers = {"Content-Type": "image/jpeg"}
        sent = user.http.post(
            f"{api}/v1/images", params={"profile": profile}, data=samples.photo(size=WHOLE), headers=headers
        )
        urls[profile] = api + sent.headers["Location"]
    delivery.deliver(app)
    record = user.http.get(urls["full"]).json()
    answer = user.http.get(api + record["links"]["masks"])
    drawn = Image.open(io.BytesIO(answer.content))
    assert (answer.headers["Content-Type"], drawn.format, drawn.size) == ("image/png", "PNG", (480, 640))
    assert set(drawn.tobytes()) <= set(range(1, 11))
    assert requests.get(user.http.get(f"{urls['full']}/masks?redirect=false").json()["url"], timeout=10).ok
    assert record["analysis"]["layers"]["shapes"]
    standard = user.http.get(urls["standard"]).json()
    assert "masks" not in standard["links"]
    assert "layers" not in standard["analysis"]
    refused = user.http.get(f"{urls['standard']}/masks")
    assert (refused.status_code, refused.json()["code"]) == (404, "masks_not_available")


def test_a_small_image_can_be_the_body_itself(api: str, app: Any, user: Any) -> None:
    """It takes the same way from there."""
    data = samples.png()
    answer = user.http.post(
        f"{api}/v1/images", params={"filename": "é.png"}, data=data, headers={"Content-Type": "image/png"}
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "expected")
    delivery.deliver(app)
    record = user.http.get(api + answer.headers["Location"]).json()
    assert (record["state"], record["format"], record["name"]) == ("ready", "PNG", "é.png")


def test_a_body_beyond_the_limit_names_the_ticket_way(api: str, user: Any) -> None:
    """413, and what to do instead."""
    answer = user.http.post(
        f"{api}/v1/images", data=b"\0" * (MAX_BODY_BYTES + 1), headers={"Content-Type": "image/jpeg"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "ticket" in answer.json()["detail"]


def test_an_object_put_by_any_client_processes_itself(api: str, app: Any, user: Any) -> None:
    """Without a ticket, under the owner's prefix."""
    key = f"uploads/{user.owner}/holiday/beach 1.jpg"
    clients.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=samples.jpeg())
    delivery.deliver(app)
    (shown,) = user.http.get(f"{api}/v1/images").json()["images"]
    assert (shown["key"], shown["name"], shown["state"]) == (key, "beach 1.jpg", "ready")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": [{"filename": ""}]}, "filename"),
        ({"images": [{"filename": "a.jpg", "extra": 1}]}, "extra"),
        ({"images": [{"filename": "x" * 256}]}, "filename"),
        ({"images": [{"filename": "a.jpg"}] * 101}, "images"),
        ([], "object"),
    ],
)
def test_a_request_for_tickets_that_does_not_fit_says_where(api: str, user: Any, body: Any, named: str) -> None:
    """400, naming what is wrong."""
    answer = user.http.post(f"{api}/v1/images", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"images": NaN}'])
def test_a_body_that_is_no_json_is_refused(api: str, user: Any, body: bytes) -> None:
    """400, however it is broken."""
    answer = user.http.post(f"{api}/v1/images", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/javascript"])
def test_a_type_that_is_no_image_is_refused(api: str, user: Any, content_type: str) -> None:
    """By ticket and as a body: what the bucket serves must never be a page."""
    asked = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a", "content_type": content_type}]})
    sent = user.http.post(f"{api}/v1/images", data=b"<html>", headers={"Content-Type": content_type})
    assert (asked.status_code, asked.json()["code"]) == (415, "unsupported_media_type")
    assert (sent.status_code, sent.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("sent_as", "kept_as"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("Image/JPG; q=1", "image/jpeg"),
        ("image/x-png", "image/png"),
        ("image/apng", "image/png"),
        ("image/x-ms-bmp", "image/bmp"),
        ("image/heic-sequence", "image/heic"),
        ("image/jpeg", "image/jpeg"),
    ],
)
def test_other_names_of_a_type_are_taken(api: str, user: Any, sent_as: str, kept_as: str) -> None:
    """By ticket and as a body, as browsers and tools send them; the object gets the registered one."""
    asked = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a", "content_type": sent_as}]})
    assert asked.status_code == 201, asked.text
    assert asked.json()["images"][0]["upload"]["fields"]["Content-Type"] == kept_as
    sent = user.http.post(f"{api}/v1/images", data=samples.png(), headers={"Content-Type": sent_as})
    assert sent.status_code == 202, sent.text
    head = clients.client("s3").head_object(Bucket=settings().images_bucket, Key=sent.json()["key"])
    assert head["ContentType"] == kept_as


def test_a_record_has_an_etag_that_saves_reading_it_again(api: str, app: Any, user: Any) -> None:
    """304 while nothing changed, 200 after an overwrite."""
    url = f"{api}/v1/images/{upload(api, app, user, samples.jpeg(seed=1))}"
    first = user.http.get(url)
    for tag in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
        again = user.http.get(url, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    clients.client("s3").put_object(
        Bucket=settings().images_bucket, Key=first.json()["key"], Body=samples.jpeg(seed=2)
    )
    delivery.deliver(app)
    changed = user.http.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["revision"] > first.json()["revision"]


@pytest.mark.medium
def test_pages_of_a_list_show_every_image_once_newest_first(api: str, app: Any, user: Any) -> None:
    """Following `links.next` to the end."""
    made = [upload(api, app, user, samples.jpeg(seed=number), f"{number}.jpg") for number in range(5)]
    shown, link = [], "/v1/images?limit=2"
    while link:
        page = user.http.get(api + link).json()
        assert len(page["images"]) <= 2
        shown += [item["image_id"] for item in page["images"]]
        link = page["links"].get("next")
    assert shown == made[::-1]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "unknown=1", "limit=5&cursor=" + "x" * 3000]
)
def test_a_list_query_that_does_not_fit_is_refused(api: str, user: Any, query: str) -> None:
    """400, with a code."""
    answer = user.http.get(f"{api}/v1/images?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_request", "invalid_cursor")


def test_the_original_and_the_thumbnails_are_a_redirect_away(api: str, app: Any, user: Any) -> None:
    """The original is the same bytes; thumbnails are WebP, upright, and carry no metadata."""
    data = samples.photo(size=WHOLE)
    url = f"{api}/v1/images/{upload(api, app, user, data)}"
    original = user.http.get(f"{url}/original", headers={"Authorization": user.http.headers["Authorization"]})
    assert original.history[0].status_code == 302
    assert original.content == data
    for size, side in (("small", 256), ("medium", 640), ("large", 1280)):
        picture = Image.open(io.BytesIO(user.http.get(f"{url}/thumbnail", params={"size": size}).content))
        assert (picture.format, max(picture.size), picture.size[0] < picture.size[1]) == ("WEBP", side, True)
        assert not picture.getexif()
        assert not {"exif", "xmp", "icc_profile"} & set(picture.info)
    address = user.http.get(f"{url}/thumbnail?redirect=false").json()
    assert requests.get(address["url"], timeout=10).ok


def test_files_of_an_image_that_has_not_arrived_must_wait(api: str, user: Any) -> None:
    """409, with the time after which to try again."""
    url = f"{api}/v1/images/{ticket(api, user)['image_id']}"
    for path in ("original", "thumbnail", "tags"):
        answer = user.http.get(f"{url}/{path}", allow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (409, "image_not_ready")
        assert answer.headers["Retry-After"] == "1"


def test_a_failed_image_says_why_and_keeps_its_original(api: str, app: Any, user: Any) -> None:
    """The code is stable, the reason is for people."""
    url = f"{api}/v1/images/{upload(api, app, user, b'no image at all')}"
    record = user.http.get(url).json()
    assert (record["state"], record["code"]) == ("failed", "not_an_image")
    assert record["reason"]
    assert "words" not in record  # nothing was read that has any
    assert user.http.get(f"{url}/original").content == b"no image at all"
    assert user.http.get(f"{url}/thumbnail").json()["code"] == "thumbnail_not_found"


@pytest.mark.medium
def test_a_deleted_image_is_gone_with_its_files(api: str, app: Any, user: Any) -> None:
    """From the list, from the record, from the bucket; and deleting it again is a 404."""
    identifier = upload(api, app, user, samples.jpeg())
    url = f"{api}/v1/images/{identifier}"
    key = user.http.get(url).json()["key"]
    assert user.http.delete(url, headers={"If-Match": '"other"'}).status_code == 412
    assert user.http.delete(url).status_code == 204
    assert user.http.get(url).status_code == 404
    assert user.http.delete(url).status_code == 404
    assert user.http.get(f"{api}/v1/images").json()["images"] == []
    assert storage.open_object(key) is None
    assert not list(storage.list_objects(keys.derived_prefix(identifier)))
    delivery.deliver(app)
    assert user.http.get(url).status_code == 404


@pytest.mark.medium
def test_anothers_image_looks_like_no_image_at_all(api: str, app: Any, user: Any, other_user: Any) -> None:
    """The same 404 for every route, word by word but for the request's id; and nothing happens to it."""
    identifier = upload(api, app, user, samples.jpeg())
    absent = keys.image_id("no", "where")
    routes = [("GET", ""), ("DELETE", ""), ("GET", "/original"), ("GET", "/thumbnail"), ("GET", "/tags")]
    for method, path in routes:
        answers = [
            other_user.http.request(method, f"{api}/v1/images/{name}{path}", allow_redirects=False)
            for name in (identifier, absent, "x" * 26, "..%2F", "%00", "a" * 3000)
        ]
        bodies = [{**answer.json(), "request_id": None} for answer in answers]
        assert {answer.status_code for answer in answers} == {404}
        assert all(body == bodies[0] for body in bodies)
    assert user.http.get(f"{api}/v1/images/{identifier}").json()["state"] == "ready"


def test_anothers_cursor_is_worth_nothing(api: str, app: Any, user: Any, other_user: Any) -> None:
    """It is bound to the owner it was given to."""
    for number in range(2):
        upload(api, app, user, samples.jpeg(seed=number))
    cursor = user.http.get(f"{api}/v1/images?limit=1").json()["cursor"]
    assert user.http.get(f"{api}/v1/images", params={"cursor": cursor}).status_code == 200
    assert other_user.http.get(f"{api}/v1/images", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    ("event", "status", "stored"),
    [
        (
            {"body": base64.b64encode(b"\xff\xd8\xff\xe0").decode(), "isBase64Encoded": True},
            202,
            b"\xff\xd8\xff\xe0",
        ),
        ({"body": "\ufffd\ufffd\ufffd\ufffd", "isBase64Encoded": False}, 415, None),
        ({"body": "\ufffd\ufffd\ufffd\ufffd"}, 415, None),
    ],
)
def test_bytes_that_became_a_text_are_refused(
    app: Any, user: Any, event: dict[str, Any], status: int, stored: bytes | None
) -> None:
    """API Gateway replaces what is no UTF-8 where it does not take a type for binary: no such file is stored."""
    answer = app(
        {
            "requestContext": {
                "httpMethod": "POST", "resourcePath": "/v1/images", "path": "/api/v1/images", "requestId": "r-1",
                "identity": {"sourceIp": "127.0.0.1"},
            },
            "headers": {"authorization": f"Bearer {user.token}", "content-type": "image/jpeg"},
            "multiValueQueryStringParameters": None, "pathParameters": None, "stageVariables": None, **event,
        },
        delivery.CONTEXT,
    )  # fmt: skip
    assert answer["statusCode"] == status
    s3, bucket = clients.client("s3"), settings().images_bucket
    objects = s3.list_objects_v2(Bucket=bucket, Prefix=f"uploads/{user.owner}/").get("Contents", [])
    assert [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in objects] == (
        [] if stored is None else [stored]
    )
    if stored is None:
        assert json.loads(answer["body"])["code"] == "body_not_binary"
        assert "Content-Type" in json.loads(answer["body"])["detail"]


@pytest.mark.parametrize("prefix", ["", "/api", "/photos/v1"])
def test_links_work_wherever_the_api_is_served(app: Any, user: Any, prefix: str) -> None:
    """API Gateway serves under its stage, a domain of one's own under any path; every link says so."""
    key = f"uploads/{user.owner}/a.jpg"
    clients.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=samples.jpeg())
    delivery.deliver(app)
    identifier = keys.image_id(settings().images_bucket, key)
    for resource, parameters in (("/v1/images", {}), ("/v1/images/{image_id}", {"image_id": identifier})):
        path = resource.format(**parameters)
        event = {
            "requestContext": {
                "httpMethod": "GET", "resourcePath": resource, "path": f"{prefix}{path}", "requestId": "r-1",
                "identity": {"sourceIp": "127.0.0.1"},
            },
            "headers": {"authorization": f"Bearer {user.token}"},
            "multiValueQueryStringParameters": None, "pathParameters": parameters, "body": None,
            "stageVariables": None, "isBase64Encoded": False,
        }  # fmt: skip
        answer = app(event, delivery.CONTEXT)
        body = json.loads(answer["body"])
        shown = body["images"][0] if "images" in body else body
        assert urlsplit(shown["links"]["self"]).path == f"{prefix}/v1/images/{identifier}"
        assert answer["headers"]["X-Request-Id"] == "r-1"
