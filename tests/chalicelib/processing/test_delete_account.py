"""The deletion of an account ends with nothing left, despite any interruption."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Self

import pytest
from botocore.client import BaseClient

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.catalogue.index import change_feed, counters, entries
from chalicelib.catalogue.repair import recount_owner
from chalicelib.config import settings
from chalicelib.db import accounts, api_keys, document_codec, images, index_table, keys, owner_lists
from chalicelib.db.models import DELETED, DELETING, READY, REMOVED, AccountItem, Image, Share
from chalicelib.extensions.integrations import webhooks
from chalicelib.processing import delete_account
from tests import delivery, histories, samples

if TYPE_CHECKING:
    from tests.conftest import User


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing that was given out be waited for."""
    monkeypatch.setattr(settings(), "ticket_seconds", 0)
    monkeypatch.setattr(settings(), "account_seconds", 0)
    monkeypatch.setattr(delete_account, "MARGIN_SECONDS", 0)


def belongings(owner: str) -> dict[str, Any]:
    """Return an owner's remaining data, except for items that expire by themselves."""
    cognito, pool = clients.client("cognito-idp"), settings().user_pool
    listed = owner_lists.newest(owner, 100).items
    return {
        "objects": [item.key for item in storage.list_objects(f"{keys.UPLOADS}{owner}/")],
        "trash": [item.key for item in storage.list_objects(f"trash/{owner}/")],
        "records": [image.image_id for image in listed],
        "items": [item.item for item in AccountItem.query(keys.account(owner)) if item.item != keys.PROFILE],
        "catalogue": [
            item.entry
            for held in (counters.holder(owner), entries.same(owner), f"{owner}#changes")
            for item in index_table.read(held, consistent=True).items
        ],
        "known": [known for known in change_feed.owners() if known == owner],
        "recounts": [item.key for item in storage.list_objects(f"system/recount/{owner}")],
        "users": cognito.list_users(UserPoolId=pool, Filter=f'sub = "{owner}"')["Users"],
    }


def record(owner: str) -> str:
    """Make an image as processing leaves it, without the processing; return its id."""
    key = f"uploads/{owner}/made.jpg"
    image_id, order = keys.image_id(settings().images_bucket, key), keys.order_at(keys.now())
    storage.put(key, b"made", "image/jpeg")
    storage.put(f"{keys.derived_folder(image_id, order, 'ab' * 32)}small.webp", b"small", "image/webp")
    (stored,) = storage.list_objects(key)
    images.put_newer(
        Image(
            image_id,
            owner=owner,
            key=key,
            state=READY,
            sequencer=order,
            uploaded=keys.timestamp(keys.now()),
            etag=stored.etag,
            document=document_codec.pack({"metadata": {}}),
        )
    )
    return image_id


def furnish(user: User) -> list[str]:
    """Give a user something of everything that an account can have; return the ids of the images."""
    made = [record(user.owner)]
    api_keys.make(user.owner, "machine", ["read"], None)
    Share(
        keys.account(user.owner),
        f"share#{made[0]}#1",
        owner=user.owner,
        token=f"share:{user.owner}",
        share_id="1",
        image_id=made[0],
        scope="image",
        created=keys.timestamp(keys.now()),
    ).save()
    told = index_table.Transaction()
    change_feed.append(told, user.owner, 0, [])
    told.add((counters.holder(user.owner), "month#2026-11"), {"images": 1})
    assert told.commit()
    index_table.write({(entries.same(user.owner), "0123#left"): b"over"})
    recount_owner.advance(user.owner, settle_seconds=60)
    storage.put(f"uploads/{user.owner}/untold.jpg", b"no record yet", "image/jpeg")
    for name in ("a/1", "a/1.json", "b/1"):
        storage.put(f"trash/{user.owner}/{name}", b"deleted before", "image/jpeg")
    delivery.receive()
    return made


def assert_nothing_is_left(user: User, made: list[str]) -> None:
    assert not [name for name, left in belongings(user.owner).items() if left]
    for image_id in made:
        image = images.get(image_id, consistent=True)
        assert image is not None
        assert (image.state, image.document, image.expires is not None) == (REMOVED, None, True)
        assert list(storage.list_objects(keys.derived_prefix(image_id))) == []
    profile = accounts.get(user.owner, consistent=True)
    assert profile is not None
    assert (profile.state, profile.name, profile.directory) == (DELETED, None, None)
    assert profile.expires is not None


@pytest.mark.medium
@pytest.mark.usefixtures("at_once")
def test_a_deleted_account_leaves_nothing_behind(api: str, app: Any, user: User, other_user: User) -> None:
    """Images, files, keys, shares, the user: all gone, and nobody else's touched."""
    untouched = [record(other_user.owner)]
    made = furnish(user)
    answer = user.http.delete(f"{api}/v1/users/me")
    assert (answer.status_code, answer.json()) == (202, {"state": "deleting"})
    delivery.run_jobs(app)
    delivery.deliver(app)
    assert_nothing_is_left(user, made)
    assert belongings(other_user.owner)["records"] == untouched


@pytest.mark.medium
@pytest.mark.usefixtures("at_once")
def test_an_object_that_cannot_be_deleted_keeps_nothing_else(
    api: str, app: Any, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else goes; the job waits among the dead letters, and a redrive ends it once the object is gone."""
    made = furnish(user)
    odd = [f"uploads/{user.owner}/odd\x01/{name}.jpg" for name in ("kept", "gone")]
    for name in odd:
        histories.put(name, b"data")
    assert user.http.delete(f"{api}/v1/users/me").status_code == 202
    histories.refuse_deletion(monkeypatch, odd[0])
    waiting, dead = delivery.receive(settings().jobs_queue), []
    while waiting:
        dead = [item for item in waiting if delivery.give(app, item, function="run_job")]
        waiting = delivery.receive(settings().jobs_queue)
    left = belongings(user.owner)
    assert left.pop("objects") == odd[:1]
    assert not any(left.values())
    assert len(dead) == 1
    with pytest.raises(delete_account.LeftoverError, match="by hand, then redrive"):
        delete_account.delete_account(
            {name: value for name, value in json.loads(dead[0]["body"]).items() if name != "job"}
        )
    monkeypatch.undo()
    storage.delete(odd)
    assert delivery.give(app, *dead, function="run_job") == []
    delivery.deliver(app)
    assert_nothing_is_left(user, made)


def test_an_account_that_is_being_deleted_is_closed_at_once(api: str, app: Any, user: User) -> None:
    """To tokens and keys alike, before the job has begun."""
    key = user.http.post(f"{api}/v1/users/me/keys", json={"name": "k", "scopes": ["read", "write"]}).json()["key"]
    assert user.http.delete(f"{api}/v1/users/me").status_code == 202
    for headers in ({}, {"Authorization": None, "X-API-Key": key}):
        answer = user.http.get(f"{api}/v1/images", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.medium
def test_what_was_given_out_before_is_waited_for(app: Any, user: User) -> None:
    """The second round comes when no ticket works any more, and finds late uploads."""
    accounts.introduce(user.owner, user.owner)
    left: dict[str, Any] | None = {"owner": user.owner, "username": user.owner}
    while left is not None and "not_before" not in left:
        left = delete_account.delete_account(left)
    assert left is not None
    storage.put(f"uploads/{user.owner}/late.jpg", samples.photo(), "image/jpeg")
    delivery.deliver(app)
    assert len(belongings(user.owner)["trash"]) == 2  # refused, and its facts
    waiting = delete_account.delete_account(left)
    assert waiting is not None
    assert waiting["delay"] == delete_account.MAX_DELAY_SECONDS
    profile = accounts.get(user.owner, consistent=True)
    assert profile is not None
    assert profile.state == DELETING
    left["not_before"] = 0
    while left is not None:
        left = delete_account.delete_account(left)
    delivery.deliver(app)
    assert_nothing_is_left(user, [keys.image_id(settings().images_bucket, f"uploads/{user.owner}/late.jpg")])


def test_what_the_catalogue_still_follows_meets_nothing_of_before(aws: str, owner: str, monkeypatch: Any) -> None:
    """News that come while those of an owner are removed are numbered on; afterwards they begin anew."""

    def tell() -> None:
        told = index_table.Transaction()
        change_feed.append(told, owner, change_feed.head(owner), [])
        assert told.commit()

    for _ in range(3):
        tell()
    write, before = index_table.write, change_feed.head(owner)

    def late(*arguments: Any) -> None:
        write(*arguments)
        if change_feed.head(owner) == before:
            tell()

    monkeypatch.setattr(index_table, "write", late)
    assert not change_feed.forget(owner)
    assert change_feed.forget(owner)
    assert change_feed.head(owner) == 0
    assert index_table.read(f"{owner}#changes", consistent=True).items == []
    for _ in range(5):
        tell()
    assert owner in change_feed.owners()
    told = change_feed.since(owner, 0)
    assert [change for batch in told.items for change in batch.changes] == []
    assert told.items[-1].number == change_feed.head(owner)
    assert not told.more
    for number in range(before - 2, before + 2):  # what a reader of before would go on from
        with pytest.raises(change_feed.LostError):
            change_feed.since(owner, number)


def test_more_than_one_slice_of_news_is_removed(aws: str, owner: str, monkeypatch: Any) -> None:
    """Slice by slice, the head last."""
    monkeypatch.setattr(change_feed, "_FORGOTTEN", 2)
    monkeypatch.setattr(delete_account, "ENTRIES", 1)
    for _ in range(5):
        told = index_table.Transaction()
        change_feed.append(told, owner, change_feed.head(owner), [])
        told.add((counters.holder(owner), "month#2026-11"), {"images": 1})
        told.add((counters.holder(owner), "month#2026-12"), {"images": 1})
        assert told.commit()
    slices = 1
    while delete_account._catalogue({"owner": owner}, None) is not None:
        slices += 1
    assert slices > 3
    held = f"{owner}#changes", counters.holder(owner)
    assert [item for list_key in held for item in index_table.read(list_key, consistent=True).items] == []
    assert owner not in change_feed.owners()


class Killed(BaseException):
    """The function ends, as when Lambda ends it."""


class Killer:
    """Let this process make some calls of AWS, and kill it at the next one: before it is made, or right after."""

    def __init__(self, calls: int, *, after: bool) -> None:
        self._left, self._after = calls, after
        self.killed = False
        self._send = BaseClient._make_api_call

    def __enter__(self) -> Self:
        send, killer = self._send, self

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            killer._left -= 1
            if killer._left >= 0:
                return send(client, operation, arguments)
            if killer._after:
                send(client, operation, arguments)
            killer.killed = True
            raise Killed

        BaseClient._make_api_call = call
        return self

    def __exit__(self, *_: object) -> None:
        BaseClient._make_api_call = self._send

    def spare(self) -> None:
        """Kill nobody any more."""
        self._left = 1_000_000


def order_of(user: User) -> dict[str, Any]:
    """Return the message that has a user's account deleted."""
    body = json.dumps({"job": "delete_account", "owner": user.owner, "username": user.owner})
    return delivery.message(body, queue=settings().jobs_queue)


def attempt(app: Any, message: dict[str, Any], killer: Killer) -> list[dict[str, Any]]:
    """Run the job's function; return the messages that wait afterwards: its own again, where it was killed."""
    try:
        with killer:
            assert delivery.give(app, message, function="run_job") == []
    except Killed:
        return [message, *delivery.receive(settings().jobs_queue)]
    return delivery.receive(settings().jobs_queue)


@pytest.mark.medium
@pytest.mark.usefixtures("at_once")
def test_a_deletion_ends_though_every_slice_is_killed_again_and_again(app: Any, user: User) -> None:
    """Each attempt at a slice gets one call further than the one before, until it succeeds."""
    accounts.introduce(user.owner, user.owner)
    made, waiting, kills = furnish(user), [order_of(user)], 0
    while waiting:
        message, calls = waiting.pop(), 0
        while message in (told := attempt(app, message, killer := Killer(calls, after=False))):
            assert killer.killed
            calls += 1
        kills += calls
        waiting += told
    delivery.deliver(app)
    assert_nothing_is_left(user, made)
    assert kills > 20


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_deletion_ends_wherever_it_is_killed(app: Any, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Killed once, at every single call in turn, before or right after it: nothing is left in the end."""
    from tests import conftest

    monkeypatch.setattr(delete_account, "PAGE", 1)
    for calls in itertools.count():
        for user in conftest._user():
            accounts.introduce(user.owner, user.owner)
            made, waiting = furnish(user), [order_of(user)]
            killer = Killer(calls, after=after)
            while waiting:
                waiting += attempt(app, waiting.pop(), killer)
                if killer.killed:
                    killer.spare()
            delivery.deliver(app)
            assert_nothing_is_left(user, made)
        if not killer.killed:
            break
    assert calls > 20


@pytest.mark.medium
@pytest.mark.usefixtures("aws", "at_once")
def test_webhooks_hear_of_the_end_of_their_account(owner: str) -> None:
    """Those that asked for it, once, in the last step: they were taken out of the account before."""
    accounts.introduce(owner, owner)
    for kind in ("account.*", "image.*"):
        webhooks.make(owner, "http://127.0.0.1:9/", [kind], None)
    left: dict[str, Any] | None = {"owner": owner, "username": owner, "not_before": 1.0}
    for _ in range(3 * len(delete_account.STEPS)):
        if left is not None:
            assert delivery.receive(settings().deliveries_queue) == []
            left = delete_account.delete_account(left)
    assert left is None
    (message,) = delivery.receive(settings().deliveries_queue)
    assert owner in message["body"]
