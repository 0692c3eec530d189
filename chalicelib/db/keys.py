"""Every identifier and key: how images are named, in S3 and in DynamoDB.

An image *is* its bucket and key: the same event twice is the same image, and a ticket knows its image before the
upload.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
import zlib
from datetime import UTC, datetime

from chalicelib import texts
from chalicelib.config import settings

UPLOADS = "uploads/"
DERIVED = "derived/"
TRASH = "trash/"
SYSTEM = "system/"
PROFILE = "profile"
AUDIT = "audit"  # holder of the audit trail
DAYS = "days"  # holder of the days on which images came
UNSETTLED_SHARDS = 8
DAY_SHARDS = 16
DIRECTORY_SHARDS = 4
DUE_SHARDS = 4
MAX_KEY_BYTES = 1024  # S3's own limit

_IMAGE_ID = re.compile(r"[a-z2-7]{26}")
_KEY_ID = re.compile(r"[a-z2-7]{16}")
_SHARE_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._|@:+=-]{0,127}")
_SEALED = re.compile("[0-9a-f]{48}")
_ORDER_DIGITS = 32
_VECTOR_BYTES = 8


def image_id(bucket: str, key: str) -> str:
    """Return the id of the image at a bucket's key: 26 characters of [a-z2-7], 128 bits of SHA-256."""
    digest = hashlib.sha256(f"{bucket}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def is_image_id(text: str) -> bool:
    """Tell whether a text from outside can be an image id at all."""
    return _IMAGE_ID.fullmatch(text) is not None


def new_id() -> str:
    """Return a new id, of a key, a webhook or an annotation: 80 random bits as 16 characters of [a-z2-7]."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def is_key_id(text: str) -> bool:
    """Tell whether a text from outside can be the id of an API key at all."""
    return _KEY_ID.fullmatch(text) is not None


def is_owner(text: str) -> bool:
    """Tell whether a text can name an owner, as one segment of a key."""
    return _OWNER.fullmatch(text) is not None


def is_webhook_id(text: str) -> bool:
    """Tell whether a text from outside can be the id of a webhook at all."""
    return _KEY_ID.fullmatch(text) is not None


def owner_of(key: str) -> str | None:
    """Return the owner that an object's key names, or None where it is not an upload."""
    prefix, _, rest = key.partition("/")
    owner, slash, name = rest.partition("/")
    if f"{prefix}/" != UPLOADS or not slash or not name or name.endswith("/") or not is_owner(owner):
        return None
    return owner


def upload_key(owner: str, filename: str, seed: str | None = None) -> str:
    """Return a key for an upload, which nothing else has or will have; the same seed gives the same key."""
    digest = hmac.new(settings().cursor_secret, f"upload {owner} {seed}".encode(), hashlib.sha256).digest()
    unique = uuid.uuid4() if seed is None else uuid.UUID(bytes=digest[:16], version=4)
    return f"{UPLOADS}{owner}/{unique}/{texts.safe(filename)}"


def file_name(key: str) -> str:
    """Return the last part of an object's key."""
    return key.rpartition("/")[2]


def derived_prefix(image_id: str) -> str:
    """Return the prefix of all that is derived from an image: a name that tells nobody else which image it is."""
    return f"{DERIVED}{_keyed('image', image_id).hex()[:32]}/"


def readable_prefix(image_id: str) -> str:
    """Return the prefix that records of before have: it names the image, and its folders begin with the order."""
    return f"{DERIVED}{image_id}/"


def derived_folder(image_id: str, order_text: str, sha256: str) -> str:
    """Return the prefix of the files derived for one event, from one content: no two revisions share a file.

    Links show it to the recipients of a share. So the order, which is the time of upload, is sealed, and the
    content proves nothing about a file that somebody else has: 8 bytes of a keyed hash of image, order and
    content, and the order, masked by a keyed hash of those (a synthetic initialization vector, as in RFC 5297).
    """
    prefix = derived_prefix(image_id)
    vector = _keyed("event", image_id, order_text, sha256)[:_VECTOR_BYTES]
    return f"{prefix}{vector.hex()}{_mask(prefix, vector, bytes.fromhex(order_text)).hex()}/"


def blurred_folder(folder: str, faces: str, changed: str) -> str:
    """Return the prefix of the copies of some blurred faces, within the folder of an image's derived files.

    `changed` is the image's: the same faces after others have another folder, so that clearing old copies never
    takes new ones. Links show it; it tells neither faces nor time.
    """
    return f"{folder}{_keyed('blurred', folder, faces, changed).hex()[:16]}/"


def derived_seal(key: str) -> bytes | None:
    """Return the name of the folder that a derived file lies in, in half its length; None of a readable one."""
    folder = key.removeprefix(DERIVED).split("/")[1]
    return bytes.fromhex(folder) if _SEALED.fullmatch(folder) else None


def unsealed_folder(image_id: str, seal: bytes) -> str:
    """Return the prefix of the derived files of an image that lie in a folder of this name (`derived_seal`)."""
    return f"{derived_prefix(image_id)}{seal.hex()}/"


def derived_order(key: str) -> str:
    """Return the order of the event that a derived file was made for, as its key tells."""
    image, folder, *_ = f"{key.removeprefix(DERIVED)}/".split("/", 2)
    if _SEALED.fullmatch(folder) is None:  # under a readable prefix
        return folder.partition("-")[0]
    sealed = bytes.fromhex(folder)
    vector, masked = sealed[:_VECTOR_BYTES], sealed[_VECTOR_BYTES:]
    return _mask(f"{DERIVED}{image}/", vector, masked).hex().upper()


def _mask(prefix: str, vector: bytes, data: bytes) -> bytes:
    """Mask 16 bytes, or take the mask from them."""
    pad = _keyed("order", prefix, vector.hex())[: len(data)]
    return bytes(one ^ other for one, other in zip(data, pad, strict=True))


def _keyed(use: str, *parts: str) -> bytes:
    return hmac.digest(settings().cursor_secret, "\0".join(("derived", use, *parts)).encode(), "sha256")


def order(sequencer: str) -> str:
    """Return an S3 sequencer as text that compares as time does: the shorter is padded on the right with zeros.

    Source: Amazon S3 User Guide, "Event message structure". Raises ValueError if it is not hexadecimal.
    """
    digits = sequencer.upper()
    if not digits or len(digits) > _ORDER_DIGITS or not set(digits) <= set("0123456789ABCDEF"):
        raise ValueError("a sequencer is 1 to 32 hexadecimal digits")
    return digits.ljust(_ORDER_DIGITS, "0")


def order_at(time: datetime) -> str:
    """Return the order of an event that has a time, but no sequencer.

    S3's sequencers are seconds since 1970 in ten hexadecimal digits, then a fraction of a second in eight; so this
    compares with them too.
    """
    stamp = time.timestamp()
    seconds = int(stamp)
    return order(f"{seconds:010X}{int((stamp - seconds) * (1 << 32)):08X}")


def order_after(order_text: str) -> str:
    """Return the order just after another: newer than it, older than every event still to come."""
    return f"{int(order_text, 16) + 1:0{_ORDER_DIGITS}X}"


def listed(uploaded: str, image_id: str) -> str:
    """Return the sort key of an owner's list: by time of upload, then by id, so that no two are equal."""
    return f"{uploaded}#{image_id}"


def unsettled(state: str, image_id: str) -> str:
    """Return the shard of the sparse index of images in a state that someone must look at."""
    return f"{state}#{zlib.crc32(image_id.encode()) % UNSETTLED_SHARDS}"


def unsettled_shards(state: str) -> list[str]:
    """Return all shards of a state that someone must look at."""
    return [f"{state}#{shard}" for shard in range(UNSETTLED_SHARDS)]


def account(owner: str) -> str:
    """Return the holder of all that an account consists of."""
    return f"owner:{owner}"


def api_key(key_id: str) -> str:
    """Return the name of an API key among the items of its account."""
    return f"key#{key_id}"


def key_token(key_id: str) -> str:
    """Return the index key of an API key."""
    return f"key:{key_id}"


def share_id(token: str) -> str:
    """Return the id of the share link that a token opens: 128 bits of SHA-256, which do not lead back to it."""
    return base64.b32encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=").lower()


def is_share_token(text: str) -> bool:
    """Tell whether a text from outside can open a share link at all."""
    return _SHARE_TOKEN.fullmatch(text) is not None


def share_token(share_id: str) -> str:
    """Return the key by which the index of secrets finds a share link."""
    return f"share:{share_id}"


def share(image_id: str, share_id: str) -> str:
    """Return the item of a share link in its owner's account."""
    return f"share#{image_id}#{share_id}"


def webhook(webhook_id: str) -> str:
    """Return the name of a webhook among the items of its account."""
    return f"webhook#{webhook_id}"


def parting(owner: str) -> str:
    """Return the holder of the webhooks of an account that is being deleted: they are told of its end."""
    return f"parting:{owner}"


def deliveries(owner: str, webhook_id: str) -> str:
    """Return the list of an owner's deliveries to one webhook, by the id of their event."""
    return f"{owner}#deliveries#{webhook_id}"


def undelivered(owner: str, webhook_id: str) -> str:
    """Return the list of the deliveries to one webhook that failed in the end."""
    return f"{owner}#undelivered#{webhook_id}"


def due_deliveries(webhook_id: str) -> str:
    """Return the shard of the list of all deliveries with a later attempt, by its time."""
    return f"*#due#{zlib.crc32(webhook_id.encode()) % DUE_SHARDS}"


def due_shards() -> list[str]:
    """Return all shards of the list of deliveries with a later attempt."""
    return [f"*#due#{shard}" for shard in range(DUE_SHARDS)]


def counter(rate: str, subject: str, window: int) -> str:
    """Return the counter of a subject's requests of one class in one window of time."""
    return f"limit:{rate}#{subject}#{window}"


def spending(service: str) -> str:
    """Return the holder of a service's costs, which are items by month."""
    return f"spending:{service}"


def directory(owner: str) -> str:
    """Return the shard of the directory in which an account is."""
    return f"accounts#{zlib.crc32(owner.encode()) % DIRECTORY_SHARDS}"


def directory_shards() -> list[str]:
    """Return all shards of the directory."""
    return [f"accounts#{shard}" for shard in range(DIRECTORY_SHARDS)]


def day(uploaded: str, image_id: str) -> str:
    """Return the day of an upload and its shard, a key of the list over all owners."""
    return f"{uploaded[:10]}#{zlib.crc32(image_id.encode()) % DAY_SHARDS:02}"


def timestamp(time: datetime) -> str:
    """Return a time as RFC 3339 in UTC with milliseconds, which sorts as text."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def at(seconds: float) -> datetime:
    """Return the time so many seconds after the beginning of 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def now() -> datetime:
    """Return the present in UTC."""
    return datetime.now(UTC)
