"""A write whose answer was lost is known as done, though its repetition is refused; and a refusal stays one."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws as clients
from chalicelib import jobs, storage
from chalicelib.config import settings
from chalicelib.db import accounts, claims, images, index_table, keys
from chalicelib.db.models import Image, Replay, TransientItem
from tests import delivery
from tests.faults import flows, proxy, scenes
from tests.faults.gate import KILL_BEFORE
from tests.faults.world import OWNER
from tests.histories import FIRST, put, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.world import World

IMAGE, KEY = scenes.IMAGE, scenes.KEY
UNDONE = [proxy.THROTTLED, proxy.UNAVAILABLE, proxy.REFUSED]  # it is not, and botocore repeats it


def etag(world: World) -> dict[str, str]:
    return {"if-match": world.ask("GET", IMAGE, image_id=scenes.image_id()).headers["etag"]}


def test_a_published_file_is_there_though_the_answer_was_lost(world: World) -> None:
    """The record names the file, and the bucket has it."""
    world.begin(scenes.one)
    world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"visibility": "public"})
    world.gate.reset(proxy.LOST, 1, b"attribute_not_exists (#")
    (job,) = delivery.receive(settings().jobs_queue)
    assert world.run(lambda: delivery.give(world.app, job, function="run_job")) == (True, [])
    assert world.gate.struck
    named = read(KEY).published
    assert named.endswith(".jpg")
    assert storage.find(named) is not None


@pytest.mark.medium
@pytest.mark.parametrize("fault", [proxy.LOST, proxy.LATE])
def test_an_edit_with_if_match_is_done_once(world: World, fault: str) -> None:
    """200 with the title and a new ETag, not 412."""
    world.begin(scenes.one)
    before = etag(world)
    world.gate.reset(fault, 1, b"Harbour")
    reply = world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"title": "Harbour"}, headers=before)
    assert world.gate.struck
    assert (reply.status, reply.body["title"], read(KEY).edits) == (200, "Harbour", 1)
    assert reply.headers["etag"] == etag(world)["if-match"] != before["if-match"]


@pytest.mark.medium
def test_texts_that_are_taken_away_are_gone_though_the_answer_was_lost(world: World) -> None:
    """200 without them: an attribute that is removed has no value to compare."""
    world.begin(scenes.one)
    one = scenes.image_id()
    world.ask("PATCH", IMAGE, image_id=one, body={"title": "Harbour", "tags": ["sea"]})
    world.gate.reset(proxy.LOST, 1, b"REMOVE")
    reply = world.ask("PATCH", IMAGE, image_id=one, body={"title": None, "tags": None})
    assert world.gate.struck
    assert (reply.status, reply.body.get("title"), reply.body["tags"]) == (200, None, [])
    assert (read(KEY).title, read(KEY).tags, read(KEY).edits) == (None, None, 2)


@pytest.mark.medium
def test_a_revoked_link_and_key_are_revoked(world: World) -> None:
    """204, not 404."""
    world.begin(scenes.shared)
    path = f"{IMAGE}/shares"
    (share,) = world.ask("GET", path, image_id=scenes.image_id()).body["shares"]
    world.gate.reset(proxy.LOST, 2, share["share_id"].encode())  # the first request reads the link
    named = {"image_id": scenes.image_id(), "share_id": share["share_id"]}
    assert world.ask("DELETE", f"{path}/{{share_id}}", **named).status == 204
    assert world.gate.struck
    key_id = world.ask("POST", scenes.KEYS, body={"name": "camera", "scopes": ["read"]}).body["key_id"]
    world.gate.reset(proxy.LOST, 1, b"attribute_exists")
    assert world.ask("DELETE", f"{scenes.KEYS}/{{key_id}}", key_id=key_id).status == 204
    assert world.gate.struck
    world.gate.reset()
    assert world.ask("DELETE", f"{scenes.KEYS}/{{key_id}}", key_id=key_id).status == 404
    assert world.ask("DELETE", f"{path}/{{share_id}}", **named).status == 404


def test_a_claim_is_its_makers_own(world: World) -> None:
    """201 at once, not 409 for a minute; and the second request gets the same."""
    world.begin(scenes.nothing)
    body = {"images": [{"filename": "a.jpg"}]}
    world.gate.reset(proxy.LOST, 1, b"replay#")
    first, second = (world.ask("POST", "/v1/images", body=body, headers=scenes.ONCE) for _ in range(2))
    assert world.gate.struck
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body


@pytest.mark.medium
def test_a_job_is_queued_once(world: World) -> None:
    """One message, not none for a minute."""
    world.begin(scenes.one)
    world.gate.reset(proxy.LOST, 1, b"job#")
    world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"visibility": "public"})
    assert world.gate.struck
    assert len(delivery.receive(settings().jobs_queue)) == 1


@pytest.mark.medium
def test_a_job_that_could_not_be_queued_is_queued_by_the_next_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claimant gives the claim up where SQS is away."""
    world.begin(scenes.one)
    arguments = {"image_id": "a" * 26}

    def away(**_: Any) -> None:
        raise ConnectionError("SQS is away")

    with monkeypatch.context() as patched:
        patched.setattr(clients.client("sqs"), "send_message", away)
        with pytest.raises(ConnectionError, match="SQS is away"):
            jobs.send_once("publish", 60, **arguments)
    jobs.send_once("publish", 60, **arguments)
    jobs.send_once("publish", 60, **arguments)
    assert len(delivery.receive(settings().jobs_queue)) == 1


@pytest.mark.parametrize("code", ["NotAuthorizedException", "ExpiredCodeException"])
@pytest.mark.parametrize(("attempts", "status"), [(0, 403), (1, 500)])
def test_a_spent_code_is_wrong_only_where_the_first_attempt_was_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, attempts: int, status: int
) -> None:
    """Moto takes a code twice; Cognito refuses the second attempt."""

    def refuse(**_: Any) -> None:
        response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"RetryAttempts": attempts}}
        raise ClientError(response, "ConfirmSignUp")

    monkeypatch.setattr(clients.client("cognito-idp"), "confirm_sign_up", refuse)
    body = {"username": "a@example.org", "code": "123456"}
    event = world._event("POST", "/v1/auth/confirm", None, {}, body, None, {})
    assert world.app(event, delivery.CONTEXT)["statusCode"] == status


@pytest.mark.medium
@pytest.mark.parametrize("flow", [flows.take, flows.tickets])
def test_a_key_makes_one_image_though_the_first_attempt_was_killed(
    world: World, flow: Callable[[World], None]
) -> None:
    """Killed before its answer is kept; the claim has expired by then, and the objects' keys are the same."""
    world.begin(scenes.nothing)
    world.act(flow, KILL_BEFORE, 2, b"replay#")
    assert world.gate.struck
    number = 1 if flow is flows.take else 2
    assert len(list(storage.list_objects(f"uploads/{OWNER}/"))) == number
    assert Image.count() == number


@pytest.mark.medium
def test_a_key_of_long_ago_overwrites_no_upload(world: World) -> None:
    """Where a ticket was used, the same request is given another one once the first answer is forgotten."""
    world.begin(scenes.nothing)
    body = {"images": [{"filename": "a.jpg"}]}
    first, later = "", ""
    for _ in range(2):
        reply = world.ask("POST", "/v1/images", body=body, headers=scenes.ONCE)
        first, later = later, reply.body["images"][0]["key"]
        put(later, FIRST)
        world.settle()
        for item in TransientItem.scan():
            item.delete()
    assert first != later
    assert read(first).state == read(later).state == "ready"


@pytest.mark.medium
@pytest.mark.parametrize("fault", UNDONE)
def test_a_refused_edit_stays_refused(world: World, fault: str) -> None:
    """Another was faster: repeated or not, the answer is 412, and the other's text stays."""
    world.begin(scenes.one)
    before = etag(world)
    world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"title": "First"})
    image = read(KEY)
    image.edits = 0
    world.gate.reset(fault, 1, b"Second")
    assert world.run(lambda: images.edit(image, {"title": "Second"})) == (True, False)
    reply = world.ask("PATCH", IMAGE, image_id=scenes.image_id(), body={"title": "Second"}, headers=before)
    assert (reply.status, read(KEY).title) == (412, "First")


def test_a_claim_of_another_is_not_ones_own(world: World) -> None:
    """The same identifier and expiry at the same moment, and an attempt that was throttled: the claim is taken."""
    world.begin(scenes.nothing)
    until = keys.now()
    until = until.replace(year=until.year + 1)
    assert claims.claim(TransientItem("contended", expires=until))
    world.gate.reset(proxy.THROTTLED, 1)
    again = TransientItem("contended", expires=until)
    assert world.run(lambda: claims.claim(again)) == (True, False)
    assert world.gate.struck


def test_a_refusal_costs_no_more_than_the_write(world: World) -> None:
    """Where botocore has repeated nothing, nothing is read."""
    world.begin(scenes.nothing)
    until = keys.now()
    until = until.replace(year=until.year + 1)
    item = TransientItem("taken", expires=until)
    assert claims.claim(item)
    world.gate.reset()
    assert world.run(lambda: claims.claim(item)) == (True, False)
    assert world.gate.count == 1


def test_given_up_claims_are_ones_own(world: World) -> None:
    """A claim that another has made since is neither answered nor given up by its first maker."""
    world.begin(scenes.nothing)
    past, coming = keys.now(), keys.now().replace(year=keys.now().year + 1)
    first = claimed("shared", past)
    assert claims.claim(first)
    second = claimed("shared", coming)
    assert claims.claim(second)
    first.status = 201
    claims.keep(first)
    claims.release(first)
    kept = claims.get_replay("shared")
    assert kept is not None
    assert (kept.token, kept.status) == (second.token, None)


def claimed(identifier: str, expires: Any) -> Any:
    return Replay(identifier, fingerprint="f", expires=expires)


def test_a_transaction_is_done_once(world: World) -> None:
    """Its repetition carries the same token, with which DynamoDB takes it for done."""
    world.begin(scenes.nothing)
    world.gate.reset(proxy.LOST, 1, b"TransactItems")
    transaction = index_table.Transaction()
    transaction.add(("list", "entry"), {"images": 1})
    assert world.run(transaction.commit) == (True, True)
    assert world.gate.struck
    found = index_table.get("list", "entry")
    assert found is not None
    assert found.numbers() == {"images": 1}


def test_an_account_is_made_once(world: World) -> None:
    """The first call of an owner, and a change that an admin makes."""
    world.begin(lambda _: None)
    world.gate.reset(proxy.LOST, 1, b"attribute_not_exists")
    assert world.ask("GET", "/v1/users/me").status == 200
    assert world.gate.struck
    world.ask("GET", "/v1/users/me", who="admin-of-faults")
    world.gate.reset(proxy.LOST, 1, b"attribute_not_exists")
    flows.quota(world)
    assert world.gate.struck
    assert world.answers[-1] == ("PATCH /v1/admin/users/{owner}", 200)
    profile = accounts.get(OWNER, consistent=True)
    assert profile is not None
    assert profile.quota_images == 7


def writes(calls: Callable[[ast.Call], bool]) -> list[str]:
    """Return the modules of the application in which there is a call."""
    root = Path(__file__).parents[2]
    found = []
    for path in root.glob("chalicelib/**/*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        if any(calls(node) for node in nodes if isinstance(node, ast.Call)):
            found.append(path.relative_to(root).as_posix())
    return found


@pytest.mark.medium
def test_one_module_decides_on_conditional_writes() -> None:
    """Nothing else writes under a condition by itself, or looks for a refusal."""
    conditional = "chalicelib/db/conditional.py"

    def writes_itself(call: ast.Call) -> bool:
        named = isinstance(call.func, ast.Attribute) and call.func.attr in ("save", "update", "delete")
        return named and any(keyword.arg == "condition" for keyword in call.keywords)

    assert writes(writes_itself) == [conditional]
    root = Path(__file__).parents[2]
    refusals = [
        path.relative_to(root).as_posix()
        for path in root.glob("chalicelib/**/*.py")
        if "ConditionalCheckFailedException" in path.read_text()
    ]
    assert refusals == [conditional]
