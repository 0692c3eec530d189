"""The items of the tables, as PynamoDB models."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE, STREAM_NEW_AND_OLD_IMAGE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.config import settings

if TYPE_CHECKING:
    from pynamodb.connection import TableConnection

EXPECTED = "expected"
READY = "ready"
FAILED = "failed"
REMOVED = "removed"

QUOTA_EXCEEDED, ACCOUNT_NOT_ACTIVE = "quota_exceeded", "account_not_active"
REFUSALS = frozenset({QUOTA_EXCEEDED, ACCOUNT_NOT_ACTIVE})
"""Codes of records whose object was refused unread, and moved to the trash."""

PRIVATE, PUBLIC = "private", "public"
"""Who sees an image besides its owner: nobody, or anybody (without private metadata)."""

ACTIVE, DISABLED, DELETING, DELETED = "active", "disabled", "deleting", "deleted"
"""States of an account; a deleted one stays for a while, since its tokens outlive it."""

_SUMMARY = [
    "key", "state", "uploaded", "size", "format", "width", "height", "code", "facts",
    "title", "alt", "tags", "visibility",
]  # fmt: skip


class Stored(Model):
    """An item of any table; all models share one client, since each more costs a cold start 100 ms of CPU time."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        shared = connection(cls.Meta.region)
        if table.connection is not shared:
            with suppress(ValueError):  # another model of the same table has told of it
                shared.add_meta_table(table.get_meta_table())
            table.connection = shared
        return table


@cache
def connection(region: str) -> Connection:
    """Return the connection of all models in a region."""
    return Connection(region=region)


class ByOwner(GlobalSecondaryIndex["Image"]):  # type: ignore[no-untyped-call]
    """An owner's images by time of upload, with all that a list shows; tickets and tombstones are not in it."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "by_owner"
        projection = IncludeProjection(_SUMMARY)

    owner = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex["Image"]):  # type: ignore[no-untyped-call]
    """All owners' images by day and time of upload; a day is spread over shards, so that no key grows hot."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "by_day"
        projection = IncludeProjection(["owner", *_SUMMARY])

    day = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute(range_key=True)


class Unsettled(GlobalSecondaryIndex["Image"]):  # type: ignore[no-untyped-call]
    """Images expected, failed or interrupted, by shard and time: sparse; a ready one costs nothing here."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "unsettled"
        projection = KeysOnlyProjection()

    unsettled = UnicodeAttribute(hash_key=True)
    changed = UnicodeAttribute(range_key=True)


class Image(Stored):
    """One image: a ticket, a record, or a tombstone, by its `state`.

    One item, so that every write is atomic. `document` is the part that no list shows (metadata, origins,
    thumbnails), packed by `document_codec`; the rest stays below 1 KB except for the owner's texts.
    """

    class Meta:
        """How PynamoDB makes it."""

        table_name = settings().images_table
        region = settings().region
        billing_mode = PAY_PER_REQUEST_BILLING_MODE
        stream_view_type = STREAM_NEW_AND_OLD_IMAGE  # the catalogue follows it

    by_owner = ByOwner()
    by_day = ByDay()
    unsettled_index = Unsettled()

    image_id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    key = UnicodeAttribute()
    state = UnicodeAttribute()
    changed = UnicodeAttribute()  # when this item was written, RFC 3339
    sequencer = UnicodeAttribute(null=True)  # order of the event it tells of (keys.order); none for a ticket
    uploaded = UnicodeAttribute(null=True)  # when the object was created, RFC 3339
    listed = UnicodeAttribute(null=True)
    day = UnicodeAttribute(null=True)
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
    interrupted = UnicodeAttribute(null=True)  # when an attempt to read the object again did not finish, RFC 3339
    document = BinaryAttribute(null=True, legacy_encoding=False)
    facts = BinaryAttribute(null=True, legacy_encoding=False)  # packed catalogue.index.cards.Facts
    expires = TTLAttribute(null=True)
    touched = UnicodeAttribute(null=True)  # when a reindex last asked for its index entries (commands.reindex)
    published = UnicodeAttribute(null=True)  # key of the file that others may have; empty: none can be
    blurred = UnicodeAttribute(null=True)  # catalogue.index.blurred_copies.Copies: those with blurred faces
    sealed = UnicodeAttribute(null=True)  # until when no edit is taken, RFC 3339: it is being deleted

    # A new object under the same key leaves these as they are (db.images.KEPT); a tombstone ends all but the last.
    since = UnicodeAttribute(null=True)  # when it first was here: share links are for this life of it alone
    title = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    alt = UnicodeAttribute(null=True)  # text alternative (WCAG 2.2, 1.1.1)
    tags = UnicodeSetAttribute(null=True)
    visibility = UnicodeAttribute(null=True)  # PRIVATE where there is none
    edits = NumberAttribute(null=True)  # how often its owner wrote
    annotations = BinaryAttribute(
        null=True, legacy_encoding=False
    )  # db.annotation_codec.Findings, of the content it names
    decisions = BinaryAttribute(null=True, legacy_encoding=False)  # db.annotation_codec.Decisions, likewise
    judgement = UnicodeAttribute(null=True)  # db.judgements.Judgement, likewise: an admin's, not the owner's


class Directory(GlobalSecondaryIndex["Profile"]):  # type: ignore[no-untyped-call]
    """All accounts by name, over a few shards, for admins to list and search."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "directory"
        projection = AllProjection()

    directory = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)


class ByToken(GlobalSecondaryIndex["ApiKey"]):  # type: ignore[no-untyped-call]
    """API keys and share links by the public part of their secret; sparse."""

    class Meta:
        """How PynamoDB makes it."""

        index_name = "by_token"
        projection = AllProjection()

    token = UnicodeAttribute(hash_key=True)


class AccountItem(Stored):
    """Any item of the table of accounts: `holder` is its owner, `item` its kind and id (db.keys has both)."""

    class Meta:
        """How PynamoDB makes it."""

        table_name = settings().accounts_table
        region = settings().region
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    directory_index = Directory()
    by_token = ByToken()

    holder = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    expires = TTLAttribute(null=True)


class Profile(AccountItem):
    """An account. Role and quotas are there where an admin has set them; else token and configuration decide."""

    owner = UnicodeAttribute()
    state = UnicodeAttribute(default=ACTIVE)
    created = UnicodeAttribute()
    directory = UnicodeAttribute(null=True)  # shard
    name = UnicodeAttribute(null=True)  # the login name, in lower case
    display_name = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)  # "user" or "admin"
    signed_out = NumberAttribute(null=True)  # seconds since 1970: tokens issued until then are worth nothing
    quota_images = NumberAttribute(null=True)
    quota_bytes = NumberAttribute(null=True)
    recognition = BooleanAttribute(null=True)  # False: no model looks at the account's images


class ApiKey(AccountItem):
    """An API key of an account: its secret is kept as a hash only."""

    owner = UnicodeAttribute()
    token = UnicodeAttribute()
    key_id = UnicodeAttribute()
    name = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    secret_sha256 = UnicodeAttribute()
    created = UnicodeAttribute()
    last_used = UnicodeAttribute(null=True)


class Share(AccountItem):
    """A link that shows one image to its holder, until it expires or is revoked."""

    owner = UnicodeAttribute()
    token = UnicodeAttribute()
    share_id = UnicodeAttribute()
    image_id = UnicodeAttribute()
    since = UnicodeAttribute(null=True)  # the image's, when the link was made
    scope = UnicodeAttribute()
    blur = UnicodeAttribute(null=True)  # "faces": the link shows copies with blurred faces, and nothing else
    created = UnicodeAttribute()


class Webhook(AccountItem):
    """An endpoint of an account that events are delivered to, and how it fares."""

    owner = UnicodeAttribute()
    webhook_id = UnicodeAttribute()
    url = UnicodeAttribute()
    types = UnicodeSetAttribute()  # event types, or patterns of them
    description = UnicodeAttribute(null=True)
    enabled = BooleanAttribute()
    disabled_because = UnicodeAttribute(null=True)  # owner, gone (410), failing
    created = UnicodeAttribute()
    secret = UnicodeAttribute()  # sealed by integrations.vault, with the private key
    public_key = UnicodeAttribute()  # of the signatures v1a
    previous_public_key = UnicodeAttribute(null=True)  # of the rotated keys, the newest first, with spaces between
    previous_secret = UnicodeAttribute(null=True)  # the same; each signs, too, until its time
    previous_until = UnicodeAttribute(null=True)  # the same, RFC 3339
    failing_since = UnicodeAttribute(null=True)  # RFC 3339; none after a success
    failures = NumberAttribute(null=True)  # in a row
    paused_until = UnicodeAttribute(null=True)  # RFC 3339: no attempt before


class Spending(AccountItem):
    """The cost of a service that the stage pays by use, in one month."""

    spent = NumberAttribute(default=0)  # micro-dollars


class AuditEntry(AccountItem):
    """That an admin did something."""

    time = UnicodeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    target = UnicodeAttribute()
    detail = UnicodeAttribute(null=True)  # JSON


class CatalogueItem(Stored):
    """Any item of the index table: an index entry with its card, a counter, a change (catalogue/).

    db.index_table reads and writes them without this model: a page has fifty items, and fifty models would take
    longer than the query.
    """

    class Meta:
        """How PynamoDB makes it."""

        table_name = settings().facets_table
        region = settings().region
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    list_key = UnicodeAttribute(hash_key=True, attr_name="facet")
    entry = UnicodeAttribute(range_key=True)
    expires = TTLAttribute(null=True)


class Delivery(CatalogueItem):
    """An event on its way to one webhook: its body, its attempts, and when the next one is due."""

    event = BinaryAttribute(legacy_encoding=False)  # zlib
    type = UnicodeAttribute()
    state = UnicodeAttribute()  # pending, delivered, failed
    tries = NumberAttribute(default=0)  # of this round; a replay begins a new one
    due = UnicodeAttribute(null=True)  # of the next attempt, RFC 3339
    attempts = BinaryAttribute(null=True, legacy_encoding=False)  # the last ones, packed


class TransientItem(Stored):
    """Any short-lived item: expiry removes it, and nothing depends on the moment."""

    class Meta:
        """How PynamoDB makes it."""

        table_name = settings().transient_table
        region = settings().region
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    id = UnicodeAttribute(hash_key=True)
    expires = TTLAttribute()
    token = UnicodeAttribute(null=True)  # of a claim: random, so that its writer knows it as its own


class Counter(TransientItem):
    """How many requests one subject has taken in one window of time."""

    taken = NumberAttribute(default=0)


class Replay(TransientItem):
    """The first answer to a request with an Idempotency-Key; none while it is being made."""

    fingerprint = UnicodeAttribute()
    status = NumberAttribute(null=True)
    headers = UnicodeAttribute(null=True)  # JSON
    body = BinaryAttribute(null=True, legacy_encoding=False)  # zlib


MODELS: tuple[type[Model], ...] = (Image, CatalogueItem, AccountItem, TransientItem)
"""One model for each table, with all its indexes."""
