"""S3: copies of objects, made by S3 itself, so that no byte of them comes here."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, storage
from chalicelib.config import settings

MAX_BYTES = 5 * 1024**3  # CopyObject's limit
_DESCRIBED = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage")
"""System-defined metadata that S3 keeps with an object."""


def copy(bucket: str, source: str, key: str, profile: str | None = None) -> bool:
    """Copy a bucket's object of up to 5 GB into ours; False when there is none.

    Its metadata come along; a profile takes the place of one among them. Source: Amazon S3 API Reference,
    "CopyObject".
    """
    s3 = aws.client("s3")
    options: dict[str, Any] = {"CopySource": {"Bucket": bucket, "Key": source}}
    try:
        if profile is not None:
            found = s3.head_object(Bucket=bucket, Key=source)
            options |= {name: found[name] for name in _DESCRIBED if name in found}
            options |= {
                "Metadata": {**found.get("Metadata", {}), storage.PROFILE: profile},
                "MetadataDirective": "REPLACE",
                "CopySourceIfMatch": found["ETag"],
            }
        s3.copy_object(Bucket=settings().images_bucket, Key=key, **options)
    except ClientError as error:
        if storage.error_code(error) in ("NoSuchKey", "404"):
            return False
        raise
    return True


def copy_version(source: str, key: str, etag: str, *, replace: bool = True) -> bool:
    """Copy an object of ours of up to 5 GB to another key with its metadata; False when there is none.

    Raises storage.ObjectChangedError when the source is not the one with this ETag, or, unless it is to `replace`
    one, when an object is at the key. Tags of S3, which need permissions of their own, do not come along.
    """
    bucket = settings().images_bucket
    try:
        aws.client("s3").copy_object(
            Bucket=bucket,
            Key=key,
            CopySource={"Bucket": bucket, "Key": source},
            CopySourceIfMatch=f'"{etag}"',
            TaggingDirective="REPLACE",
            **({} if replace else {"IfNoneMatch": "*"}),
        )
    except ClientError as error:
        if storage.error_code(error) in ("NoSuchKey", "404"):
            return False
        if storage.error_code(error) in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            raise storage.ObjectChangedError(f"{source} or {key} was overwritten") from error
        raise
    return True
