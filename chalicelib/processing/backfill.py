"""Take over a full bucket: queue each object without a current record, batch by batch.

The program `chalicelib.commands.backfill` and the job `backfill` both do it. A batch is completed before the next
begins, so that a run which is stopped anywhere continues with its last batch: that is done twice, which does no
harm, and nothing is left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib import aws, queues, storage
from chalicelib.config import PROFILES, settings
from chalicelib.db import accounts, keys
from chalicelib.db.models import ACTIVE
from chalicelib.logs import logger
from chalicelib.processing import copies, reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.storage import ObjectSummary

OBJECTS = 5000  # in one slice of the job: half a minute at the worst, of the function's two
BURST_SECONDS = 60  # one slice of the job queues the objects of a minute at once, then it waits
MAX_DELAY_SECONDS = 900  # SQS's limit


class PlanError(Exception):
    """The objects cannot be taken over by this plan; the message names the remedy."""


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """Which objects are taken over, and how."""

    bucket: str
    prefix: str
    owner: str | None = None  # copied to whom; else they belong to whom their keys name
    profile: str | None = None  # in preference to that of the object and the stage
    per_second: int | None = None  # objects that are queued or copied, at most
    again: bool = False  # current records, too
    dry_run: bool = False  # only count


class Progress(Struct, frozen=True):
    """The progress of a plan: the key after which it continues, and the outcomes of the objects up to there."""

    after: str = ""
    seen: int = 0
    queued: int = 0
    copied: int = 0
    known: int = 0  # up to date, or copied before
    odd: int = 0  # no key of an image, or of one that is too long or too large to be copied
    gone: int = 0  # before they were copied
    inactive: int = 0  # of accounts that are not active: passed over
    owner: str | None = None  # whose objects the last ones are, and how many of that owner's so far
    images: int = 0
    bytes: int = 0

    @property
    def ordered(self) -> int:
        """How many objects were sent on their way."""
        return self.queued + self.copied


def check(plan: Plan) -> None:
    """Raise PlanError for a plan that cannot be carried out."""
    ours = settings().images_bucket
    if plan.profile is not None and plan.profile not in PROFILES:
        raise PlanError(f"There is no profile {plan.profile!r}; there are {', '.join(PROFILES)}.")
    if plan.owner is None:
        if plan.bucket != ours or not plan.prefix.startswith(keys.UPLOADS):
            raise PlanError(
                f"Whose images are these? With --owner OWNER they are copied to {keys.UPLOADS}OWNER/ in {ours}, "
                f"and their events do the rest. Without, only what is under s3://{ours}/{keys.UPLOADS} is taken."
            )
        return
    if not keys.is_owner(plan.owner):
        raise PlanError(f"{plan.owner!r} cannot be an owner: 1 to 128 letters, digits and ._|@:+=- are one.")
    own = (keys.UPLOADS, keys.DERIVED, keys.TRASH, keys.SYSTEM)
    if plan.bucket == ours and any(plan.prefix.startswith(name) or name.startswith(plan.prefix) for name in own):
        raise PlanError(
            f"--owner is for objects elsewhere than under {', '.join(own)} in {ours}: what is under "
            f"{keys.UPLOADS} belongs to whom its key names. Name a narrower prefix, or leave --owner out."
        )


def run(plan: Plan, progress: Progress) -> Iterator[Progress]:
    """Continue a plan; yield the progress after each batch of up to 100 objects, until all is done.

    Raises the errors of AWS; the batch at hand should then be done again. Raises PlanError before a batch that
    would exceed its owner's quota: refused objects move to the trash, which is unwanted when taking over a bucket.
    """
    take = _queue if plan.owner is None else _copy
    size = min(reconcile.BATCH, plan.per_second or reconcile.BATCH)
    for batch in aws.batches(storage.list_objects(plan.prefix, progress.after, bucket=plan.bucket), size):
        progress = _within_quotas(plan, progress, batch)
        done = take(plan, batch)
        sums = {name: number + getattr(progress, name) for name, number in done.items()}
        progress = replace(progress, after=batch[-1].key, seen=progress.seen + len(batch), **sums)
        yield progress


def pause(per_second: int | None, ordered: int, seconds: float) -> float:
    """Return how many seconds to wait so that the objects ordered in the last `seconds` keep to the limit."""
    return max(0.0, ordered / per_second - seconds) if per_second else 0.0


def backfill(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Do one slice of the job, for the objects under a `prefix` of our bucket; return the next slice.

    The other attributes of a plan may be among the arguments; `progress` is the start of the slice.
    """
    told = dict(arguments)
    begun = msgspec.convert(told.pop("progress", {}), Progress)
    plan = msgspec.convert({"bucket": settings().images_bucket, **told}, Plan)
    check(plan)
    progress = begun
    for progress in run(plan, begun):
        ordered = progress.ordered - begun.ordered
        full = plan.per_second is not None and ordered >= plan.per_second * BURST_SECONDS
        if full or progress.seen - begun.seen >= OBJECTS:
            delay = min(MAX_DELAY_SECONDS, math.ceil(pause(plan.per_second, ordered, 0)))
            return {**told, "progress": msgspec.to_builtins(progress), "delay": delay}
    logger.info("backfilled", extra={"prefix": plan.prefix, **msgspec.to_builtins(progress)})
    return None


def _within_quotas(plan: Plan, progress: Progress, batch: Sequence[ObjectSummary]) -> Progress:
    """Return the progress with a batch counted for its owners; objects are listed one owner's after another's."""
    known: dict[str, accounts.Standing] = {}
    for item in batch:
        owner = plan.owner or keys.owner_of(item.key)
        if owner is None:
            continue
        if owner != progress.owner:
            progress = replace(progress, owner=owner, images=0, bytes=0)
        progress = replace(progress, images=progress.images + 1, bytes=progress.bytes + item.size)
        account = known[owner] = known.get(owner) or accounts.standing(owner, make=False)
        if account.state != ACTIVE:  # passed over
            continue
        if progress.images > account.quota_images or progress.bytes > account.quota_bytes:
            raise PlanError(
                f"{owner} has more than the account may have ({account.quota_images:,} images, "
                f"{account.quota_bytes:,} bytes), and what exceeds it would be refused. Raise its quotas first: "
                "PATCH /v1/admin/users/{owner}, or QUOTA_IMAGES and QUOTA_BYTES for all."
            )
    return progress


def _queue(plan: Plan, batch: Sequence[ObjectSummary]) -> dict[str, int]:
    """Queue the objects of a batch that have no current record."""
    found = reconcile.compare(batch, reconcile.always if plan.again else reconcile.outdated, plan.profile)
    if not plan.dry_run:
        queues.send(settings().uploads_queue, found.messages)
    return {"queued": len(found.messages), "known": found.known, "odd": found.odd, "inactive": found.inactive}


def _copy(plan: Plan, batch: Sequence[ObjectSummary]) -> dict[str, int]:
    """Copy the objects of a batch that have no copy yet."""
    if not accounts.is_active(str(plan.owner)):
        return {"inactive": len(batch)}
    done = {"copied": 0, "known": 0, "odd": 0, "gone": 0}
    for item in batch:
        key = f"{keys.UPLOADS}{plan.owner}/{item.key}"
        if not reconcile.is_upload(key) or item.size > copies.MAX_BYTES:
            done["odd"] += 1
        elif not plan.again and _is_there(key, item):
            done["known"] += 1
        elif plan.dry_run or copies.copy(plan.bucket, item.key, key, plan.profile):
            done["copied"] += 1
        else:
            done["gone"] += 1
    return done


def _is_there(key: str, item: ObjectSummary) -> bool:
    """Tell whether an object was copied: it has the ETag still, or its size and a later time.

    The copy of a multipart upload, or of an object encrypted by a key of KMS, has another ETag.
    """
    there = storage.find(key)
    if there is None:
        return False
    return there.etag == item.etag or (there.size == item.size and there.last_modified >= item.last_modified)
