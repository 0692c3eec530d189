"""Take over a full bucket: list it, and queue each object without a current record.

    python -m chalicelib.commands.backfill
    python -m chalicelib.commands.backfill s3://bucket/uploads/OWNER/ --again
    python -m chalicelib.commands.backfill s3://another/photos/ --owner OWNER --profile metadata --per-second 50

It works on the stage named by JANUS_STAGE. Stopped and started again with the same arguments, it continues at a
checkpoint in the stage's bucket. On AWS it needs the rights of the person who deployed the stage, those to read
the other bucket, and `AWS_REGION`.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from chalicelib import storage
from chalicelib.commands import stages
from chalicelib.config import PROFILES, settings
from chalicelib.db import keys
from chalicelib.processing import backfill as bucket_backfill
from chalicelib.processing.backfill import Plan, PlanError, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TELL_SECONDS = 2.0
MARKERS = f"{keys.SYSTEM}backfill/"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take over the objects that the arguments name; return 0 when all of them are done."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        stages.enter(settings().stage)
        source = given.source or f"s3://{settings().images_bucket}/{keys.UPLOADS}"
        plan = Plan(*_place(source), given.owner, given.profile, given.per_second, given.again, given.dry_run)
        bucket_backfill.check(plan)
        done = backfill(plan, restart=given.restart)
    except (PlanError, stages.StageError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here; with --restart it begins anew.", file=sys.stderr)
        return 130
    print(f"{'would be done' if plan.dry_run else 'done'}: {_told(done)}")
    return 0


def backfill(
    plan: Plan,
    *,
    restart: bool = False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Progress:
    """Carry out a plan, from its marker on unless it is to `restart`; return its outcome."""
    key = marker(plan)
    progress = Progress() if restart or plan.dry_run else _read(key)
    if progress.after:
        print(f"going on after {progress.after}", file=sys.stderr)
    before, began, told = progress.ordered, clock(), clock()
    for reached in bucket_backfill.run(plan, progress):
        progress = reached
        if not plan.dry_run:
            storage.put(key, msgspec.json.encode(progress), "application/json")
        if clock() - told >= TELL_SECONDS:
            print(_told(progress), file=sys.stderr)
            told = clock()
        wait = bucket_backfill.pause(plan.per_second, progress.ordered - before, clock() - began)
        if wait and not plan.dry_run:
            sleep(wait)
    if not plan.dry_run:
        storage.delete([key])
    return progress


def marker(plan: Plan) -> str:
    """Return the key of the object that says how far a plan is carried out; its speed may change on the way."""
    whole = msgspec.json.encode(replace(plan, per_second=None))
    return f"{MARKERS}{hashlib.sha256(whole).hexdigest()[:32]}"


def _read(key: str) -> Progress:
    standing = storage.read_small(key)
    return Progress() if standing is None else msgspec.json.decode(standing, type=Progress)


def _told(progress: Progress) -> str:
    counted = msgspec.to_builtins(progress)
    for name in ("after", "owner", "images", "bytes"):
        del counted[name]
    return ", ".join(f"{number:,} {name}" for name, number in counted.items())


def _place(address: str) -> tuple[str, str]:
    """Return bucket and prefix of an address; raise PlanError for any other text."""
    scheme, _, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise PlanError(f"{address!r} is no address of objects: it begins with s3://bucket/")
    return bucket, prefix


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _rate(text: str) -> int:
    rate = int(text)
    if rate < 1:
        raise ValueError(text)
    return rate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.backfill",
        description="Queue the objects of a bucket that have no record, the record of an older object, or one of "
        "an older version of Janus: without facts for the catalogue, or without the time zone of its place.",
    )
    parser.add_argument("source", nargs="?", help="s3://bucket/prefix (default: all uploads of the stage)")
    parser.add_argument("--owner", help="owner to copy objects of another bucket to")
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        help="profile for all objects (default: that of each object, then of the stage)",
    )
    parser.add_argument("--per-second", type=_rate, help="objects to queue or copy in a second, at most")
    parser.add_argument("--again", action="store_true", help="process objects with current records, too")
    parser.add_argument("--dry-run", action="store_true", help="only count the objects")
    parser.add_argument(
        "--restart", action="store_true", help="start from the beginning instead of at the checkpoint"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
