"""The offline S3 holds uploaders and web pages to their signatures, as S3 does."""

from __future__ import annotations

import base64
import http.client
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
import requests
from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from chalicelib.offline import provisioning

if TYPE_CHECKING:
    from .conftest import Box

BUCKET = "signed"
KEY = "uploads/demo/ä photo + 100 %.jpg"
PAGE = {"Origin": "http://evil.example"}
LARGEST = 300_000


class Answer(NamedTuple):
    """The answer of S3."""

    status: int
    code: str


class Form(NamedTuple):
    """A presigned form of the offline AWS."""

    url: str
    fields: dict[str, str]

    def post(self, file: bytes | None = b"pixels", **more: Any) -> Answer:
        """Send the form, with other fields where they are given and without those that are None."""
        fields = {name: value for name, value in (self.fields | more).items() if value is not None}
        parts = [*fields.items(), *([("file", ("x.jpg", file))] if file is not None else [])]
        sent = requests.post(self.url, files=[(n, v if n == "file" else (None, v)) for n, v in parts], timeout=20)
        return answer(sent)


def answer(sent: requests.Response) -> Answer:
    """Return the relevant parts of an answer; an error must be S3's XML."""
    code = re.search("<Code>(.*)</Code>", sent.text)
    assert bool(code) == (sent.status_code >= 400), sent.text
    return Answer(sent.status_code, code[1] if code else "")


def s3(endpoint: str, key: str = provisioning.ACCESS_KEY, secret: str = provisioning.SECRET_KEY) -> Any:
    """Return a client that signs with SigV4."""
    return boto3.client(
        "s3",
        provisioning.REGION,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4"),
    )


def make_form(client: Any, seconds: int = 60) -> Form:
    """Sign a form for one key, one type and 1 to `LARGEST` bytes."""
    signed = client.generate_presigned_post(
        BUCKET,
        KEY,
        Fields={"Content-Type": "image/jpeg"},
        Conditions=[
            {"Content-Type": "image/jpeg"},
            ["starts-with", "$x-amz-meta-by", "me"],
            ["content-length-range", 1, LARGEST],
        ],
        ExpiresIn=seconds,
    )
    return Form(signed["url"], {**signed["fields"], "x-amz-meta-by": "me, myself"})


@pytest.fixture(scope="module")
def client(box: Box) -> Any:
    """Return an S3 client of an offline AWS that has the bucket."""
    made = s3(box.endpoint)
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture
def form(client: Any) -> Form:
    """Return a good form."""
    return make_form(client)


@pytest.mark.parametrize("size", [1, LARGEST])
def test_form_as_signed(client: Any, form: Form, size: int) -> None:
    """A form used as it was signed stores the very bytes, with type and metadata."""
    data = bytes(number % 251 for number in range(size))
    assert form.post(data, **{"x-ignore-me": "1"}) == (204, "")
    stored = client.get_object(Bucket=BUCKET, Key=KEY)
    assert stored["Body"].read() == data
    assert stored["ContentType"] == "image/jpeg"
    assert stored["Metadata"] == {"by": "me, myself"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": "uploads/admin/evil.jpg"}, (403, "AccessDenied")),
        ({"key": "derived/x"}, (403, "AccessDenied")),
        ({"key": None}, (403, "AccessDenied")),
        ({"Content-Type": "text/html"}, (403, "AccessDenied")),
        ({"x-amz-meta-by": "you"}, (403, "AccessDenied")),
        ({"x-amz-meta-more": "1"}, (403, "AccessDenied")),
        ({"acl": "public-read"}, (403, "AccessDenied")),
        ({"success_action_redirect": "http://evil.example"}, (403, "AccessDenied")),
        ({"policy": None}, (403, "AccessDenied")),
        ({"x-amz-signature": None}, (403, "AccessDenied")),
        ({"x-amz-algorithm": "none"}, (403, "AccessDenied")),
        ({"x-amz-credential": "offline"}, (403, "AccessDenied")),
        ({"x-amz-date": "20200101T000000Z"}, (403, "AccessDenied")),
        ({"policy": "e30="}, (403, "SignatureDoesNotMatch")),
        ({"x-amz-signature": "0" * 64}, (403, "SignatureDoesNotMatch")),
        ({"x-amz-signature": "é"}, (403, "SignatureDoesNotMatch")),
        ({"Key": KEY}, (400, "MalformedPOSTRequest")),
        ({"x-ignore-me": "x" * 20_000}, (400, "MaxPostPreDataLengthExceeded")),
    ],
)
def test_form_that_is_not_as_signed(form: Form, changes: dict[str, Any], expected: Answer) -> None:
    """A field that the policy does not allow, or a policy that is not ours, is refused."""
    assert form.post(**changes) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"", (400, "EntityTooSmall")),
        (b"x" * (LARGEST + 1), (400, "EntityTooLarge")),
        (b"x" * 12_000_000, (400, "EntityTooLarge")),
        (None, (400, "MalformedPOSTRequest")),
    ],
    ids=["empty", "a byte too much", "far too much", "none"],
)
def test_size_of_the_file(form: Form, file: bytes | None, expected: Answer) -> None:
    """The file has as many bytes as the policy allows."""
    assert form.post(file) == expected


def test_form_of_yesterday(client: Any) -> None:
    """A policy that has expired is refused."""
    assert make_form(client, -1).post() == (403, "AccessDenied")


def test_forms_of_others(box: Box) -> None:
    """A form that another key or secret signed is refused."""
    assert make_form(s3(box.endpoint, "someone")).post() == (403, "InvalidAccessKeyId")
    assert make_form(s3(box.endpoint, secret="guessed")).post() == (403, "SignatureDoesNotMatch")


def test_form_for_another_bucket(box: Box, form: Form) -> None:
    """A form is good for its bucket only, and for no object's address."""
    assert form._replace(url=f"{box.endpoint}/other").post() == (403, "AccessDenied")
    assert form._replace(url=f"{box.endpoint}/{BUCKET}/x").post() == (405, "MethodNotAllowed")
    assert form._replace(url=f"{box.endpoint}/{BUCKET}?delete").post() == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"x" * 3_000_000),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        ("Multipart/Form-Data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx'),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        ("application/x-www-form-urlencoded", b"key=uploads/admin/evil.jpg&file=x"),
    ],
)
def test_what_is_no_form(box: Box, content_type: str, body: bytes) -> None:
    """A body that is no form, or an incomplete one, is refused and does no harm."""
    sent = requests.post(f"{box.endpoint}/{BUCKET}", data=body, headers={"Content-Type": content_type}, timeout=20)
    assert answer(sent).status in (400, 403)


@pytest.mark.parametrize(
    "last", [("key", (None, "x")), ("file", ("y", b"more"))], ids=["a field", "a second file"]
)
def test_fields_after_the_file(form: Form, last: Any) -> None:
    """The file comes last and is one: moto would take a part after it for a field."""
    parts: list[Any] = [
        *((name, (None, value)) for name, value in form.fields.items()),
        ("file", ("x", b"pixels")),
        last,
    ]
    assert answer(requests.post(form.url, files=parts, timeout=10)) == (400, "MalformedPOSTRequest")


@pytest.mark.parametrize(
    "policy",
    [
        b"{",
        b"[]",
        b"[" * 4000,
        b'{"expiration": 1, "conditions": []}',
        b'{"expiration": "2999-01-01", "conditions": []}',
        b'{"expiration": "2999-01-01T00:00:00Z", "conditions": [["like", "$key", "x"]]}',
        b'{"expiration": "2999-01-01T00:00:00Z", "conditions": [7]}',
        b'{"expiration": "2999-01-01T00:00:00Z", "conditions": [[]]}',
    ],
)
def test_policy_that_is_none(form: Form, policy: bytes) -> None:
    """A policy that cannot be read is refused, though its signature be right."""
    encoded, request = base64.b64encode(policy).decode(), AWSRequest(method="POST")
    request.context["timestamp"] = form.fields["x-amz-date"]
    signer = S3SigV4PostAuth(
        Credentials(provisioning.ACCESS_KEY, provisioning.SECRET_KEY), "s3", provisioning.REGION
    )
    signed = {"policy": encoded, "x-amz-signature": signer.signature(encoded, request)}
    assert form.post(**signed) == (400, "InvalidPolicyDocument")


def link(client: Any, operation: str = "get_object", seconds: int = 60) -> str:
    """Sign a link to the object."""
    arguments = {"Bucket": BUCKET, "Key": KEY}
    return str(client.generate_presigned_url(operation, Params=arguments, ExpiresIn=seconds))


def test_links(client: Any, form: Form) -> None:
    """A presigned link works as it was signed, for a web page too, and in no other way."""
    assert form.post() == (204, "")
    good = link(client)
    assert requests.get(good, timeout=10).content == b"pixels"
    assert requests.get(good, headers=PAGE, timeout=10).content == b"pixels"
    for changed in (good.replace("demo", "admin"), good + "&x=1", good.replace("Expires=60", "Expires=600")):
        assert answer(requests.get(changed, timeout=10)) == (403, "SignatureDoesNotMatch")
    assert answer(requests.put(good, data=b"x", timeout=10)) == (403, "SignatureDoesNotMatch")
    assert answer(requests.get(link(client, seconds=-1), timeout=10)).status == 400
    old = re.sub(r"X-Amz-Date=\d{8}", "X-Amz-Date=20200101", re.sub(r"%2F\d{8}%2F", "%2F20200101%2F", good))
    assert answer(requests.get(old, timeout=10)) == (403, "AccessDenied")
    cut = good.replace("X-Amz-Date", "Date")
    assert answer(requests.get(cut, timeout=10)) == (400, "AuthorizationQueryParametersError")


def test_web_pages_need_what_was_signed(client: Any, box: Box, form: Form) -> None:
    """With an Origin only preflights, links and forms pass; a page cannot read or write anything else."""
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] >= 0
    listing, target = f"{box.endpoint}/{BUCKET}?list-type=2", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/{provisioning.REGION}/s3/aws4_request"}
    for headers in ({}, signed, {"Origin": "null"}):
        seen = requests.get(listing, headers=PAGE | headers, timeout=10)
        assert answer(seen) == (403, "AccessDenied")
    assert answer(requests.post(box.endpoint, headers=PAGE | target, data="{}", timeout=10)).status == 403
    assert answer(requests.put(f"{box.endpoint}/{BUCKET}/x", headers=PAGE, data="x", timeout=10)).status == 403
    wanted = PAGE | {"Access-Control-Request-Method": "POST"}
    assert requests.options(form.url, headers=wanted, timeout=10).ok
    parts: list[Any] = [
        *((name, (None, value)) for name, value in form.fields.items()),
        ("file", ("x", b"pixels")),
    ]
    sent = requests.post(form.url, files=parts, headers=PAGE, timeout=10)
    assert sent.status_code == 204
    assert sent.headers["Access-Control-Allow-Origin"] in ("*", PAGE["Origin"])


@pytest.mark.parametrize(
    "path",
    ["/moto-api/reset", "/./moto-api/reset", "//moto-api/reset", "/x/../moto-api/reset", "/%6doto-api/reset"],
)
def test_interface_of_moto_is_closed(box: Box, path: str) -> None:
    """However its path is written, moto's own interface is not there."""
    connection = http.client.HTTPConnection("127.0.0.1", box.known["port"], timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()
