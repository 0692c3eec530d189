"""`make seed`: people, images and history for a stage, offline or on AWS; existing data is left alone.

    JANUS_STAGE=dev python -m chalicelib.commands.seed

It compares the wanted state with the actual one, and creates the rest as uploads do: objects are put into the
bucket, and the functions do their work. A run that was interrupted, or run twice, ends in the same state. On AWS
it needs the rights of the person who deployed the stage, and `AWS_REGION`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib import aws, queues, storage
from chalicelib.commands import stages
from chalicelib.config import settings
from chalicelib.db import account_directory, accounts, images, keys
from chalicelib.db.models import ACTIVE, DISABLED, REMOVED
from chalicelib.processing import remove, s3_events
from samples import album

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chalicelib.db.models import Image, Profile

PATIENCE_SECONDS = 300.0
PASSWORD = "Janus-seed-1"  # noqa: S105  offline; on AWS SEED_PASSWORD, or nobody can log in as a seed


class SeedError(Exception):
    """Seeding cannot go on; the message says why."""


class Person(NamedTuple):
    """A user, and how many photographs belong to it."""

    name: str
    photographs: int
    state: str = ACTIVE

    @property
    def username(self) -> str:
        """The login name: an address of a reserved domain (RFC 2606)."""
        return f"{self.name}@example.org"


PEOPLE = (Person("ada", 10), Person("basil", 7), Person("chidi", 4), Person("dora", 2, DISABLED))


@dataclass(frozen=True)
class Wanted:
    """An object that should be in the bucket, and the state that it should lead to."""

    key: str
    data: bytes
    content_type: str
    uploaded: datetime
    title: str | None = None
    tags: tuple[str, ...] = ()
    removed: bool = False

    @property
    def etag(self) -> str:
        """S3's ETag of the object."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()

    @property
    def image_id(self) -> str:
        """The image that it is."""
        return keys.image_id(settings().images_bucket, self.key)


def main() -> int:
    """Seed the stage that JANUS_STAGE names; return 0 when all is as it should be."""
    try:
        stages.enter(settings().stage)
        seed(lambda: time.sleep(1))
    except (SeedError, stages.StageError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def seed(pause: Callable[[], None], people: Iterable[Person] = PEOPLE) -> dict[str, int]:
    """Bring the stage to the state that the seeds describe; return the number of changes by kind.

    `pause` is called while functions are waited for. Raises SeedError when they take too long.
    """
    done = {"users": 0, "objects": 0, "dates": 0, "tags": 0, "removals": 0, "states": 0}
    accounts_wanted = []
    wanted: list[Wanted] = []
    for person in people:
        owner, made = _user(person)
        done["users"] += made
        profile = _account(owner, person.username)
        if profile.state != ACTIVE:  # it takes no uploads
            print(f"{person.username}: the account is {profile.state}, and left alone")
            continue
        accounts_wanted.append((profile, person.state))
        own = list(_wanted(person, owner))
        print(f"{person.username}: {len(own)} images, owner {owner}")
        done["objects"] += _put(owner, own)
        wanted += own
    print("Waiting for the records ...")
    _wait(pause, "have no record", wanted, lambda item, image: image.etag == item.etag)
    done["dates"] = _date(wanted)
    print("Waiting for their history ...")
    _wait(pause, "are not dated", wanted, lambda item, image: image.uploaded == keys.timestamp(item.uploaded))
    done["tags"] = _describe(wanted)
    done["removals"] = _remove(wanted)
    for profile, state in accounts_wanted:
        if profile.state != state:
            done["states"] += account_directory.change(profile, {"state": state})
    print("done: " + ", ".join(f"{number} {name}" for name, number in done.items()))
    return done


def _wanted(person: Person, owner: str) -> Iterator[Wanted]:
    """Yield a person's photographs, a file that is none, and one that was removed."""
    folder = f"{keys.UPLOADS}{owner}/seed/"
    for photograph in album.photographs(person.name, person.photographs):
        yield Wanted(
            folder + photograph.name,
            photograph.data,
            photograph.content_type,
            photograph.uploaded,
            photograph.title,
            photograph.tags,
        )
    whole = next(album.photographs(f"{person.name}, regretted", 1))
    broken = whole.data[: len(whole.data) // 3]
    yield Wanted(f"{folder}broken.jpg", broken, "image/jpeg", datetime(2026, 5, 4, 8, tzinfo=UTC))
    yield Wanted(f"{folder}regretted.jpg", whole.data, "image/jpeg", whole.uploaded, removed=True)


def _user(person: Person) -> tuple[str, bool]:
    """Return the owner that a person is, and whether it had to be made."""
    cognito, pool = aws.client("cognito-idp"), settings().auth_issuer.rpartition("/")[2]
    try:
        found = cognito.admin_get_user(UserPoolId=pool, Username=person.username)
        made = False
    except cognito.exceptions.UserNotFoundException:
        attributes = {"email": person.username, "email_verified": "true"}
        password = os.environ.get("SEED_PASSWORD")
        if settings().endpoint_url:  # offline, as all users there: the name is the owner
            attributes["sub"] = person.name
            password = password or PASSWORD
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=person.username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        if password:
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=person.username, Password=password, Permanent=True
            )
        found = cognito.admin_get_user(UserPoolId=pool, Username=person.username)
        made = True
    return next(item["Value"] for item in found["UserAttributes"] if item["Name"] == "sub"), made


def _account(owner: str, username: str) -> Profile:
    accounts.introduce(owner, username)
    profile = accounts.get(owner, consistent=True)
    assert profile is not None  # the line before has made it
    return profile


def _put(owner: str, wanted: Iterable[Wanted]) -> int:
    """Put the objects that are not there as they should be; return how many."""
    there = {item.key: item.etag for item in storage.list_objects(f"{keys.UPLOADS}{owner}/seed/")}
    put = 0
    for item, image in _with_records(wanted):
        if there.get(item.key) == item.etag or (item.removed and image is not None and image.state == REMOVED):
            continue
        storage.put(item.key, item.data, item.content_type)
        print(f"  + {item.key}")
        put += 1
    return put


def _date(wanted: Iterable[Wanted]) -> int:
    """Queue events that give the records upload times of past months; return their number."""
    messages = []
    for item, image in _with_records(wanted):
        if image is None or image.state == REMOVED or image.uploaded == keys.timestamp(item.uploaded):
            continue
        assert image.sequencer is not None  # it tells of an object
        messages.append(s3_events.compose(item.key, keys.order_after(image.sequencer), item.uploaded))
    return queues.send(settings().uploads_queue, messages)


def _describe(wanted: Iterable[Wanted]) -> int:
    """Write title and tags on those images that nobody has written on; return how many."""
    described = 0
    for item, image in _with_records(wanted):
        if item.title is not None and image is not None and image.state != REMOVED and not image.edits:
            described += images.edit(image, {"title": item.title, "tags": set(item.tags)})
    return described


def _remove(wanted: Iterable[Wanted]) -> int:
    """Remove the images that should have been; return how many."""
    removed = 0
    for item, image in _with_records(wanted):
        if item.removed and image is not None and image.state != REMOVED:
            remove.discard(image)
            print(f"  - {item.key}")
            removed += 1
    return removed


def _wait(
    pause: Callable[[], None], missing: str, wanted: Iterable[Wanted], settled: Callable[[Wanted, Image], bool]
) -> None:
    """Wait until every record is as it should be or removed; raise SeedError where that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting := [
        item
        for item, image in _with_records(wanted)
        if image is None or not (settled(item, image) or (item.removed and image.state == REMOVED))
    ]:
        if time.monotonic() > deadline:
            raise SeedError(
                f"{len(waiting)} images {missing}, such as {waiting[0].key}: the functions' log says why."
            )
        pause()


def _with_records(wanted: Iterable[Wanted]) -> Iterator[tuple[Wanted, Image | None]]:
    for batch in aws.batches(wanted, 100):  # BatchGetItem's limit
        known = {image.image_id: image for image in images.get_many(item.image_id for item in batch)}
        yield from ((item, known.get(item.image_id)) for item in batch)


if __name__ == "__main__":
    sys.exit(main())
