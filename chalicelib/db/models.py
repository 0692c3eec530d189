"""The items of the tables, as PynamoDB models."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.config import settings

EXPECTED = "expected"
READY = "ready"
FAILED = "failed"
REMOVED = "removed"


class ByOwner(GlobalSecondaryIndex["Image"]):  # type: ignore[no-untyped-call]
    """An owner's images by time of upload, with all that a list shows; tickets and tombstones are not in it."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "by_owner"
        projection = IncludeProjection(["key", "state", "uploaded", "size", "format", "width", "height", "code"])

    owner = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute(range_key=True)


class Unsettled(GlobalSecondaryIndex["Image"]):  # type: ignore[no-untyped-call]
    """What is expected or failed, by shard and time: sparse, so that a ready image costs nothing here."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "unsettled"
        projection = KeysOnlyProjection()

    unsettled = UnicodeAttribute(hash_key=True)
    changed = UnicodeAttribute(range_key=True)


class Image(Model):
    """One image: a ticket, a record, or a tombstone, by its `state`.

    One item, so that every write is atomic. `document` is the zlib-compressed JSON of what only the whole record
    shows (metadata, origins, thumbnails); the rest stays below 1 KB.
    """

    class Meta:
        """How PynamoDB makes it."""

        table_name = settings().images_table
        region = settings().region
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    by_owner = ByOwner()
    unsettled_index = Unsettled()

    image_id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    key = UnicodeAttribute()
    state = UnicodeAttribute()
    changed = UnicodeAttribute()  # when this item was written, RFC 3339
    sequencer = UnicodeAttribute(null=True)  # order of the event it tells of (keys.order); none for a ticket
    uploaded = UnicodeAttribute(null=True)  # when the object was created, RFC 3339
    listed = UnicodeAttribute(null=True)
    unsettled = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)  # bytes
    etag = UnicodeAttribute(null=True)  # S3's, of the object that was read
    sha256 = UnicodeAttribute(null=True)
    format = UnicodeAttribute(null=True)
    mime_type = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)  # pixels, as displayed
    height = NumberAttribute(null=True)
    code = UnicodeAttribute(null=True)  # why it failed
    reason = UnicodeAttribute(null=True)  # the same, for people
    document = BinaryAttribute(null=True, legacy_encoding=False)
    expires = TTLAttribute(null=True)


MODELS: tuple[type[Model], ...] = (Image,)
