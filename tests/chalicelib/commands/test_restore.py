"""A table's lost items come back out of a copy of it at an earlier time, and nothing that is there changes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from chalicelib import aws
from chalicelib.commands import restore, stages
from chalicelib.config import settings
from chalicelib.db import images, keys
from tests.chalicelib.catalogue.collection import Library, filled, recount, should_be
from tests.chalicelib.catalogue.index.test_stream_consumer import counted, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.db.models import Image

    Follow = Callable[[], None]
    Copied = Callable[[str], str]

IMAGES = 8


@pytest.fixture
def library(stream: Follow, owner: str, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return an owner's images, which the catalogue has followed."""
    monkeypatch.setattr(stages, "enter", lambda *_: None)  # the tests are in a stage already
    return filled(stream, owner, IMAGES, seed=5)


@pytest.fixture
def copied(aws: str) -> Iterator[Copied]:
    """Return a way to restore a table as it is now, under another name."""
    made: list[str] = []

    def copy(table: str) -> str:
        made.append(f"{table}-{uuid.uuid4().hex[:8]}")
        client().update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        client().restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=made[-1], UseLatestRestorableTime=True
        )
        return made[-1]

    yield copy
    for table in made:
        client().delete_table(TableName=table)


def client() -> Any:
    return aws.client("dynamodb")


@pytest.mark.medium
def test_removed_and_lost_images_come_back(
    library: Library, stream: Follow, copied: Copied, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tombstone and a missing record are replaced, and the catalogue follows; other owners' images stay."""
    owner, (removed, lost, *_) = library.owner, records(library)
    entries = should_be(library)
    copy = copied(settings().images_table)
    order = keys.order("ffffffffffffffff")
    assert images.bury(removed.image_id, owner, removed.key, order)
    client().delete_item(TableName=settings().images_table, Key={"image_id": {"S": lost.image_id}})
    stream()
    assert len(counted(owner)) > 0
    assert held(owner) != entries
    assert restore.main([copy, owner]) == 0
    assert f"2 of {IMAGES} items restored" in capsys.readouterr().out
    stream()
    assert held(owner) == entries
    assert counted(owner) == recount(library)
    assert restore.main([copy, owner]) == 0
    assert f"0 of {IMAGES} items restored" in capsys.readouterr().out


@pytest.mark.medium
def test_a_tombstone_s_judgement_stays(library: Library, copied: Copied) -> None:
    """It is newer than the copy's, which may have none, or one of other bytes, and which comes back beside it."""
    owner, (judged, again, other, *_) = library.owner, records(library)
    first, second, of_other = (
        f'{{"content":"{content * 32}","verdict":"{verdict}"}}'
        for content, verdict in (("ab", "unsafe"), ("ab", "safe"), ("cd", "unsafe"))
    )
    assert images.judge(again, f"[{first}]")
    assert images.judge(other, f"[{of_other}]")
    copy = copied(settings().images_table)
    for image, judgement in ((judged, f"[{first}]"), (again, f"[{second}]"), (other, f"[{second}]")):
        standing = images.get(image.image_id, consistent=True)
        assert standing is not None
        assert images.judge(standing, judgement)
        assert images.bury(image.image_id, owner, image.key, keys.order("ffffffffffffffff"))
    assert restore.restore(copy, settings().images_table, [owner]) == (IMAGES, 3)
    for image, judgement in (
        (judged, f"[{first}]"),
        (again, f"[{second}]"),
        (other, f"[{second},{of_other}]"),
    ):
        standing = images.get(image.image_id, consistent=True)
        assert standing is not None
        assert (standing.state, standing.judgement) == ("ready", judgement)


@pytest.mark.medium
def test_what_is_there_stays(library: Library, stream: Follow, copied: Copied) -> None:
    """Edits since the copy, images since then, and images whose tombstone the copy has."""
    owner, (edited, removed, *_) = library.owner, records(library)
    order = keys.order("ffffffffffffffff")
    assert images.bury(removed.image_id, owner, removed.key, order)
    copy = copied(settings().images_table)
    assert images.edit(edited, {"title": "Newer"})
    assert restore.restore(copy, settings().images_table, [owner]) == (IMAGES - 1, 0)
    now = images.get(edited.image_id)
    assert now is not None
    assert now.title == "Newer"
    client().delete_item(TableName=settings().images_table, Key={"image_id": {"S": removed.image_id}})
    assert restore.restore(copy, settings().images_table, [owner]) == (IMAGES - 1, 0)
    assert images.get(removed.image_id) is None


def test_items_of_accounts_come_back_and_expired_ones_do_not(owner: str, copied: Copied) -> None:
    """Of the owners that are named alone; the rest of an account is left as it is."""
    table, other = settings().accounts_table, f"{owner}-other"
    gone, now = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    items = [
        {"holder": {"S": f"owner:{owner}"}, "item": {"S": "note#1"}, "note": {"S": "old"}},
        {"holder": {"S": f"owner:{owner}"}, "item": {"S": "note#2"}, "expires": {"N": str(int(now.timestamp()))}},
        {"holder": {"S": f"owner:{owner}"}, "item": {"S": "note#3"}, "expires": {"N": str(int(gone.timestamp()))}},
        {"holder": {"S": f"owner:{owner}"}, "item": {"S": "note#4"}, "note": {"S": "old"}},
        {"holder": {"S": f"owner:{other}"}, "item": {"S": "note#1"}},
    ]
    for item in items:
        client().put_item(TableName=table, Item=item)
    copy = copied(table)
    for item in items[:3] + items[4:]:
        client().delete_item(TableName=table, Key={name: item[name] for name in ("holder", "item")})
    client().put_item(TableName=table, Item={**items[3], "note": {"S": "new"}})
    assert restore.restore(copy, table, [owner]) == (3, 2)
    assert stored(table, owner) == {"note#1": "old", "note#2": "", "note#4": "new"}
    assert stored(table, other) == {}


@pytest.mark.parametrize(
    ("options", "back"),
    [
        ([], {"profile": "mine"}),
        (["--credentials"], {"profile": "mine", "key#a": "", "share#b#c": "", "webhook#d": ""}),
    ],
)
def test_revoked_credentials_come_back_only_where_that_is_asked(
    owner: str, copied: Copied, monkeypatch: pytest.MonkeyPatch, options: list[str], back: dict[str, str]
) -> None:
    """Nobody can tell whether a key, a share link or a webhook was lost, or revoked because it had leaked."""
    monkeypatch.setattr(stages, "enter", lambda *_: None)
    table, holder = settings().accounts_table, {"S": f"owner:{owner}"}
    items = [{"holder": holder, "item": {"S": name}} for name in ("key#a", "share#b#c", "webhook#d")]
    items.append({"holder": holder, "item": {"S": "profile"}, "note": {"S": "mine"}, "state": {"S": "active"}})
    for item in items:
        client().put_item(TableName=table, Item=item)
    copy = copied(table)
    for item in items:
        client().delete_item(TableName=table, Key={name: item[name] for name in ("holder", "item")})
    assert restore.main([*options, copy, owner]) == 0
    assert stored(table, owner) == back


@pytest.mark.parametrize(
    ("then", "now", "found", "note"),
    [
        ("active", "deleted", (1, 1), "then"),
        ("disabled", "deleted", (1, 1), "then"),
        ("active", "deleting", (1, 0), "now"),  # its deletion still runs
        ("active", "disabled", (1, 0), "now"),
        ("deleted", "deleted", (0, 0), "now"),
        ("deleted", None, (0, 0), None),
    ],
)
def test_a_deleted_account_is_a_tombstone(  # noqa: PLR0913, PLR0917
    owner: str, copied: Copied, then: str, now: str | None, found: tuple[int, int], note: str | None
) -> None:
    """Its profile comes back over it, without the expiry; any other profile stays, and no tombstone comes back."""
    table = settings().accounts_table
    key = {"holder": {"S": f"owner:{owner}"}, "item": {"S": "profile"}}
    client().put_item(TableName=table, Item={**key, "state": {"S": then}, "note": {"S": "then"}})
    copy = copied(table)
    client().delete_item(TableName=table, Key=key)
    if now is not None:
        expires = str(int(datetime.now(UTC).timestamp()) + 3600)
        closed = {**key, "state": {"S": now}, "note": {"S": "now"}, "expires": {"N": expires}}
        client().put_item(TableName=table, Item=closed)
    assert restore.restore(copy, table, [owner]) == found
    item = client().get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    assert item.get("note", {}).get("S") == note
    assert ("expires" in item) is (note == "now")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("images_table", "is the stage's own table"),
        ("facets_table", "is a copy neither of the table of images nor of that of accounts"),
        ("janus-absent", "janus-absent is not found"),
        ("no/name", "no/name is not found"),
        ("", "Name the copy"),
    ],
)
def test_another_table_is_refused(
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    named: str,
    said: str,
) -> None:
    """The stage's own one, one without people's data, one that is not there or cannot be, and none."""
    monkeypatch.setattr(stages, "enter", lambda *_: None)
    assert restore.main([getattr(settings(), named or "-", named)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), EndpointConnectionError(endpoint_url="https://dynamodb.example")]
)
def test_an_aws_that_is_not_reached_is_told_in_words(
    app: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    """Without a traceback."""

    def fails(**_: Any) -> None:
        raise error

    monkeypatch.setattr(stages, "enter", lambda *_: None)
    monkeypatch.setattr(client(), "describe_table", fails)
    assert restore.main(["janus-copy"]) == 2
    assert f"The table janus-copy is not found: {error}" in capsys.readouterr().err


def records(library: Library) -> list[Image]:
    """Return the records of a library's images."""
    return list(images.get_many(library.images))


def stored(table: str, owner: str) -> dict[str, str]:
    """Return the notes of an owner's items."""
    found = client().query(
        TableName=table,
        KeyConditionExpression="holder = :holder",
        ExpressionAttributeValues={":holder": {"S": f"owner:{owner}"}},
        ConsistentRead=True,
    )
    return {item["item"]["S"]: item.get("note", {}).get("S", "") for item in found["Items"]}
