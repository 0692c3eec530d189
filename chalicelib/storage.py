"""S3: objects read by ranges, upload tickets, links, derived files.

Presigning uses botocore's signers without a client: a client costs a cold start more than all else a ticket needs.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from botocore.exceptions import ClientError

from chalicelib import aws, texts
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.logs import logger
from image_processing.source import RangeSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from typing import BinaryIO

FIRST_BYTES = 1 << 20  # one request brings most images whole
CHUNK_BYTES = 1 << 20
PROFILE = "janus-profile"  # user-defined metadata of an upload: x-amz-meta-janus-profile
RECOGNITION = "janus-recognition"  # likewise: LOCAL keeps the upload from services that the stage asks
LOCAL = "local"
NAME = "janus-name"  # the file's name, percent-encoded, where the key has another
DERIVED_CACHE = "private, max-age=86400, immutable"  # longer than any address works (`presigned`)
DELETE_BATCH = 1000  # S3's limit for DeleteObjects


class ObjectChangedError(Exception):
    """The object was overwritten or deleted while it was read; the event of that change is on its way."""


class NotDeletedError(Exception):
    """S3 did not delete some objects, although the rest is gone; the log names each of them."""


class Noted(NamedTuple):
    """The wishes of an uploader and the name of the file, which the object carries as user-defined metadata."""

    profile: str | None = None
    name: str | None = None
    recognition: str | None = None


NOTHING = Noted()


class Ticket(NamedTuple):
    """A presigned POST: send `fields`, and the file last, as multipart/form-data to `url`."""

    url: str
    fields: dict[str, str]


class ObjectSummary(NamedTuple):
    """An object as a listing shows it."""

    key: str
    size: int
    etag: str
    last_modified: datetime


class StoredObject(NamedTuple):
    """One version of an object, read by ranges; reading fails when the object changes under it."""

    key: str
    size: int
    etag: str
    content_type: str
    last_modified: datetime
    profile: str | None  # how much to find out, where the uploader asked for it
    recognition: str | None  # who may look at it, where the uploader asked for fewer: LOCAL
    name: str | None  # the file's, where the key has another
    head: bytes

    def source(self) -> RangeSource:
        """Return the object as a source for the readers of `image_processing`."""
        return RangeSource(self.size, self._fetch)

    def save(self, file: BinaryIO) -> str:
        """Write the whole object into a file, at its start; return the SHA-256 of its bytes in hexadecimal."""
        digest = hashlib.sha256(self.head)
        file.write(self.head)
        if len(self.head) < self.size:
            for chunk in self._get(len(self.head), self.size).iter_chunks(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if file.tell() != self.size:
            raise ObjectChangedError(f"{self.key} ended after {file.tell()} of {self.size} bytes")
        file.seek(0)
        return digest.hexdigest()

    def _fetch(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        data: bytes = self._get(offset, offset + length).read()
        return data

    def _get(self, start: int, stop: int) -> Any:
        try:
            answer = aws.client("s3").get_object(
                Bucket=settings().images_bucket,
                Key=self.key,
                Range=f"bytes={start}-{stop - 1}",
                IfMatch=f'"{self.etag}"',
            )
        except ClientError as error:
            if error_code(error) in ("PreconditionFailed", "NoSuchKey", "412", "404"):
                raise ObjectChangedError(f"{self.key} changed while it was read") from error
            raise
        return answer["Body"]


def open_object(key: str) -> StoredObject | None:
    """Return the object at a key as it is now, its first bytes with it, or None when there is none."""
    s3, bucket = aws.client("s3"), settings().images_bucket
    try:
        answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{FIRST_BYTES - 1}")
        head = answer["Body"].read()
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404"):
            return None
        if error_code(error) not in ("InvalidRange", "416"):
            raise
        answer, head = s3.head_object(Bucket=bucket, Key=key), b""  # an empty object has no first byte
    noted = answer.get("Metadata", {})
    span = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.get("ContentRange", ""))
    return StoredObject(
        key=key,
        size=int(span[1]) if span else len(head),
        etag=answer["ETag"].strip('"'),
        content_type=answer.get("ContentType", ""),
        last_modified=answer["LastModified"],
        profile=noted.get(PROFILE),
        recognition=noted.get(RECOGNITION),
        name=texts.shown(unquote(noted[NAME])) if NAME in noted else None,
        head=head,
    )


def list_objects(prefix: str, after: str = "", *, bucket: str | None = None) -> Iterator[ObjectSummary]:
    """Yield the objects under a prefix of our bucket, or another, by their keys, those after `after` only."""
    pages = aws.client("s3").get_paginator("list_objects_v2")
    start = {"StartAfter": after} if after else {}
    for page in pages.paginate(Bucket=bucket or settings().images_bucket, Prefix=prefix, **start):
        for item in page.get("Contents", ()):
            yield ObjectSummary(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])


def put(key: str, data: bytes, content_type: str, noted: Noted = NOTHING) -> None:
    """Write a small object, and note the uploader's wishes.

    A derived file never changes under its key, so it is stored with the permission to cache it.
    """
    cached = {"CacheControl": DERIVED_CACHE} if key.startswith(keys.DERIVED) else {}
    aws.client("s3").put_object(
        Bucket=settings().images_bucket,
        Key=key,
        Body=data,
        ContentType=content_type,
        Metadata=_metadata(key, noted),
        **cached,
    )


def find(key: str) -> ObjectSummary | None:
    """Return size, ETag and time of the object at a key, as a listing has them, or None without an object."""
    try:
        found = aws.client("s3").head_object(Bucket=settings().images_bucket, Key=key)
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404"):
            return None
        raise
    return ObjectSummary(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])


def read_small(key: str) -> bytes | None:
    """Return a small object of our own, or None when there is none."""
    try:
        data: bytes = aws.client("s3").get_object(Bucket=settings().images_bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404"):
            return None
        raise
    return data


def delete(object_keys: Iterable[str]) -> None:
    """Delete objects; an absent one is no error.

    Raises NotDeletedError, after all others are deleted, when S3 refuses some.
    """
    kept = [key for batch in aws.batches(object_keys, DELETE_BATCH) for key in _delete_batch(batch)]
    if kept:
        raise NotDeletedError(
            f"S3 did not delete {len(kept)} objects, such as {kept[0]!r}; the log has each reason."
        )


def _delete_batch(batch: Sequence[str]) -> list[str]:
    """Delete up to 1,000 objects; return those that S3 refused.

    A key with a control character makes the XML of the whole request malformed: then each is deleted by its own
    request, which names it in its path.
    """
    objects = [{"Key": key} for key in batch]
    try:
        answer = aws.client("s3").delete_objects(
            Bucket=settings().images_bucket, Delete={"Objects": objects, "Quiet": True}
        )
    except ClientError as error:
        if error_code(error) != "MalformedXML":
            raise
        return [key for key in batch if not _delete_one(key)]
    refused = answer.get("Errors", ())
    for item in refused:
        if item.get("Code") in aws.THROTTLED:
            raise ClientError({"Error": item}, f"DeleteObject of {item['Key']}")
        logger.error("object_not_deleted", extra={"key": item["Key"], "code": item.get("Code")})
    return [item["Key"] for item in refused]


def _delete_one(key: str) -> bool:
    try:
        delete_version(key, None)
    except ClientError as error:
        if aws.is_throttled(error):
            raise
        logger.error("object_not_deleted", extra={"key": key, "code": error_code(error)})
        return False
    return True


def delete_prefix(prefix: str) -> None:
    """Delete all objects under a prefix."""
    delete(item.key for item in list_objects(prefix))


def delete_version(key: str, etag: str | None) -> None:
    """Delete an object while it is the one with this ETag (any, if None); none is no error.

    Raises ObjectChangedError when it is another. Source: Amazon S3 User Guide, "Conditional deletes".
    """
    condition = {"IfMatch": f'"{etag}"'} if etag else {}
    try:
        aws.client("s3").delete_object(Bucket=settings().images_bucket, Key=key, **condition)
    except ClientError as error:
        if error_code(error) in ("PreconditionFailed", "412"):
            raise ObjectChangedError(f"{key} was overwritten") from error
        if error_code(error) not in ("NoSuchKey", "404"):
            raise


def ticket(key: str, content_type: str, max_bytes: int, noted: Noted = NOTHING) -> Ticket:
    """Return a presigned POST for exactly one key, one content type, 1 to `max_bytes` bytes, and a short time.

    Source: Amazon S3 API Reference, "Authenticating requests in browser-based uploads using POST (Signature
    Version 4)". S3 enforces it; the worker checks size and type again, since uploads need not come by ticket.
    """
    fields = {"key": key, "Content-Type": content_type}
    fields |= {f"x-amz-meta-{name}": value for name, value in _metadata(key, noted).items()}
    return _signed_post(fields, [{name: value} for name, value in fields.items()], max_bytes)


def form(prefix: str, content_type: str, max_bytes: int, arrived: str) -> Ticket:
    """Return a presigned POST for one file of any name under a prefix, for a form that a browser sends by itself.

    S3 puts the file's own name in the place of `${filename}`, and leads to `arrived`, an absolute address, with
    the key in the query. Source: Amazon S3 API Reference, "Creating an HTML form (Using AWS Signature Version 4)".
    """
    fields = {
        "key": f"{prefix}${{filename}}",
        "Content-Type": content_type,
        "success_action_redirect": arrived,
    }
    fixed = [{name: value} for name, value in fields.items() if name != "key"]
    return _signed_post(fields, [["starts-with", "$key", prefix], *fixed], max_bytes)


def _signed_post(fields: dict[str, str], conditions: Sequence[Any], max_bytes: int) -> Ticket:
    from botocore.auth import S3SigV4PostAuth  # noqa: PLC0415  only the routes that sign pay for it
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    expires = keys.now() + timedelta(seconds=settings().ticket_seconds)
    policy = {
        "expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [
            {"bucket": settings().images_bucket},
            *conditions,
            ["content-length-range", 1, max_bytes],
        ],
    }
    request = AWSRequest(method="POST", url=aws.bucket_url())
    request.context["s3-presign-post-fields"] = fields
    request.context["s3-presign-post-policy"] = policy
    S3SigV4PostAuth(aws.credentials(), "s3", settings().region).add_auth(request)
    return Ticket(aws.bucket_url(), fields)


def _metadata(key: str, noted: Noted) -> dict[str, str]:
    """Return the user-defined metadata of an upload: the file's name is left out where the key has it."""
    wishes = {PROFILE: noted.profile, RECOGNITION: noted.recognition}
    metadata = {name: value for name, value in wishes.items() if value}
    if noted.name and noted.name != keys.file_name(key):
        metadata[NAME] = quote(noted.name, safe="")
    return metadata


def link(key: str, content_type: str, *, filename: str | None = None, shown: bool = True) -> str:
    """Return a presigned GET for one object and a short time.

    The object is served as `content_type`, not as the type of its upload; with a file name, browsers save it
    under that, and do so at once unless it may be shown.
    """
    from botocore.auth import S3SigV4QueryAuth  # noqa: PLC0415  only the routes that sign pay for it
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    answered = {"response-content-type": content_type}
    if filename is not None:
        kind = "inline" if shown else "attachment"
        answered["response-content-disposition"] = f"{kind}; filename*=UTF-8''{quote(filename, safe='')}"
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in answered.items())
    url = f"{aws.bucket_url()}/{quote(key, safe='/~')}?{query}"
    request = AWSRequest(method="GET", url=url)
    signer = S3SigV4QueryAuth(aws.credentials(), "s3", settings().region, expires=settings().link_seconds)
    signer.add_auth(request)
    signed: str = request.url
    return signed


def origin() -> str:
    """Return the origin of the bucket's addresses, as a Content-Security-Policy names it."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(aws.bucket_url()))


def error_code(error: ClientError) -> str:
    """Return S3's code of an error, such as `NoSuchKey`; of an answer without a body, its status."""
    code: str = error.response.get("Error", {}).get("Code", "")
    return code
