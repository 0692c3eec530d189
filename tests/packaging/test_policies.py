"""Each function has exactly the permissions that it needs: its real calls are compared with its policy."""

from __future__ import annotations

import json
import re
import uuid
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import pytest
import requests
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib import aws, queues, storage
from chalicelib.cache import Memory
from chalicelib.catalogue.index import change_feed, counters, entries
from chalicelib.catalogue.repair import recount_owner
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, api_keys, images, index_table, keys, shares, upload_days
from chalicelib.db.annotation_codec import ADDED, Box, Decision, Decisions
from chalicelib.events import jobs, sweep
from chalicelib.extensions.integrations import deliveries, event, event_types, outbox, vault, webhooks
from chalicelib.extensions.integrations.deliveries import Due
from chalicelib.processing import delete_account, s3_events
from image_processing import recognition
from tests import delivery, embeddings, histories, samples
from tests.packaging import lambda_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import User

CHALICE = Path(__file__).parents[2] / ".chalice"
pytestmark = pytest.mark.slow  # every function goes through all that it does
FUNCTIONS = json.loads((CHALICE / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
NOWHERE = "http://127.0.0.1:9/hooks"  # the port of discard: nobody listens
BY_LAMBDA_ITSELF = {"BeTriggered", "WriteLogs"}  # statements for the service that runs the function


class Need(NamedTuple):
    """An IAM action on a resource; in the table of accounts, on items of a holder."""

    action: str
    resource: str
    holder: str = ""


@pytest.fixture(scope="session")
def needs(app: Any, api: str, http: User, admin_http: User) -> dict[str, set[Need]]:
    """Run every function through all its tasks; return the permissions that each needed.

    Once in a process: a second time, an image has its vector already.
    """
    return {
        "api_handler": needs_of_admins(app, api, admin_http)
        | needs_of_searches(api, http)
        | needs_of_the_api(app, api, http),
        "extract_metadata": needs_of_extraction(app),
        "sweep": needs_of_the_sweep(app),
        "follow_images": needs_of_following(app),
        "run_job": needs_of_jobs(app, http),
        "deliver_events": needs_of_deliveries(app, http),
        "release_deliveries": needs_of_releases(app),
        "recognize": needs_of_recognition(app) | needs_of_rekognition(app) | needs_of_embeddings(app),
    }


@pytest.fixture(scope="session")
def http(app: Any) -> Iterator[User]:
    """Return a user for the whole module."""
    from tests import conftest

    yield from conftest._user()


@pytest.fixture(scope="session")
def admin_http(app: Any) -> Iterator[User]:
    """Return an admin for the whole module."""
    from tests import conftest

    yield from conftest._user("admin")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_what_it_does(needs: dict[str, set[Need]], function: str) -> None:
    """Every call of the function is allowed by its policy."""
    missing = {need for need in needs[function] if not any(allows(item, need) for item in granted(function))}
    assert not missing


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_nothing_else(needs: dict[str, set[Need]], function: str) -> None:
    """Every action and resource that the policy allows is used by some call of the function."""
    unused = {item for item in granted(function) if not any(allows(item, need) for need in needs[function])}
    assert not unused


@pytest.mark.parametrize(
    ("function", "action", "holder", "allowed"),
    [
        ("extract_metadata", "PutItem", "days", True),
        ("extract_metadata", "PutItem", "owner:somebody", False),
        ("extract_metadata", "PutItem", "audit", False),
        ("extract_metadata", "GetItem", "owner:somebody", True),
        ("extract_metadata", "GetItem", "audit", False),
        ("sweep", "GetItem", "audit", False),
        ("run_job", "UpdateItem", "owner:somebody", True),
        ("run_job", "UpdateItem", "audit", False),
        ("run_job", "BatchWriteItem", "days", False),
    ],
)
def test_a_function_writes_no_roles_and_no_audit_trail(
    aws: str, function: str, action: str, holder: str, *, allowed: bool
) -> None:
    """In the table of accounts, where both are, each function has the items of its task alone."""
    need = Need(f"dynamodb:{action}", table_arn(settings().accounts_table), holder)
    assert any(allows(grant, need) for grant in granted(function)) is allowed


def test_every_function_has_a_policy_of_its_own(app: Any) -> None:
    """No function runs with another's rights."""
    assert set(FUNCTIONS) == {"api_handler", *(source.name for source in app.event_sources)}
    assert len({item["iam_policy_file"] for item in FUNCTIONS.values()}) == len(FUNCTIONS)


def needs_of_the_api(app: Any, api: str, user: User) -> set[Need]:
    """Call every route."""
    http, follow = user.http, delivery.following(app)
    with recorded() as calls:
        ticket = http.post(f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"][0]
        sent = http.post(f"{api}/v1/images", data=samples.photo(), headers={"Content-Type": "image/jpeg"}).json()
    delivery.deliver(app)
    image = f"{api}/v1/images/{sent['image_id']}"
    with recorded() as more:
        assert http.get(image).json()["state"] == "ready"
        assert http.get(f"{api}/v1/images").json()["images"]
        for path in ("images?tag=sea", f"images/{sent['image_id']}/similar", "duplicates", "facets", "changes"):
            assert http.get(f"{api}/v1/{path}").ok
        links = [http.get(f"{image}/{name}?redirect=false").json()["url"] for name in ("original", "thumbnail")]
        assert http.get(f"{api}/v1/status").ok
        assert http.get(f"{api}/v1/status/ready").ok
        assert not http.post(f"{api}/v1/auth/login", json={"username": "nobody", "password": "x"}).ok
        assert http.get(f"{api}/v1/users/me/export").ok
        write_and_share(api, http, sent["image_id"])
        long = [f"{number:064}" for number in range(5)]
        assert http.patch(image, json={"tags": long}).ok
    more += use_webhooks(api, user, sent["image_id"])
    delivery.run_jobs(app)
    follow()
    with recorded() as last:
        assert http.get(f"{api}/v1/images?sort=taken").json()["images"][0]["tags"] == long
        links.append(http.get(f"{api}/v1/public/images/{sent['image_id']}/file?redirect=false").json()["url"])
        assert http.delete(image).status_code == 204
        assert len(http.get(f"{api}/v1/trash").json()["images"]) == 1
        trashed = f"{api}/v1/trash/{sent['image_id']}"
        assert http.post(f"{trashed}/restore").status_code == 202
        assert http.delete(trashed).status_code == 404
        storage.put(f"trash/{user.owner}/a/b", b"left", "image/jpeg")
        assert http.delete(f"{api}/v1/trash").status_code == 204
        use_a_key(api, user)
        assert http.patch(f"{api}/v1/users/me", json={"display_name": "x"}).ok
        with pytest.MonkeyPatch.context() as changed:
            changed.setitem(vars(settings()), "rate_limits", {"public": (1, 86_400)})
            http.get(f"{api}/")  # so near its limit, a caller is looked up
        assert http.delete(f"{api}/v1/users/me").status_code == 202
    bucket = f"arn:aws:s3:::{settings().images_bucket}"
    signed = {Need("s3:PutObject", f"{bucket}/{ticket['key']}")}  # a presigned request has its signer's rights
    signed |= {Need("s3:GetObject", f"{bucket}/{unquote(urlsplit(url).path).split('/', 2)[2]}") for url in links}
    return signed | needed([*calls, *more, *last])


def write_and_share(api: str, http: requests.Session, image_id: str) -> None:
    """Write on an image, make it public, give a link to it and take that back; repeat a request, and fail one."""
    image, once = f"{api}/v1/images/{image_id}", {"Idempotency-Key": str(uuid.uuid4())}
    tagging = {"action": "tag", "images": [image_id], "tags": ["sea"]}
    answers = [http.post(f"{api}/v1/images/actions", json=tagging, headers=once).content for _ in range(2)]
    assert answers[0] == answers[1]
    odd = {"images": [{"filename": "a", "content_type": "text/html"}]}
    assert (
        http.post(f"{api}/v1/images", json=odd, headers={"Idempotency-Key": str(uuid.uuid4())}).status_code == 415
    )
    assert http.patch(image, json={"visibility": "public"}).ok
    links = http.post(f"{image}/shares", json={"scope": "original"}).json()["links"]
    assert http.get(api + links["shared"]).ok
    assert http.get(f"{image}/shares").json()["shares"]
    assert http.delete(api + links["self"]).status_code == 204


def use_a_key(api: str, user: User) -> None:
    """Make an API key, call with it where it is not remembered, list it, revoke it."""
    made = user.http.post(f"{api}/v1/users/me/keys", json={"name": "machine", "scopes": ["read"]}).json()
    with patch.object(api_keys, "_known", Memory()):
        assert requests.get(f"{api}/v1/images", headers={"X-API-Key": made["key"]}, timeout=10).ok
    assert user.http.get(f"{api}/v1/users/me/keys").ok
    assert user.http.delete(api + made["links"]["self"]).status_code == 204


def use_webhooks(api: str, user: User, image_id: str) -> list[Any]:
    """Make a webhook, read, change, test and replay it, share an image that it is told of, delete it."""
    http = user.http
    vault._keys._kept.clear()  # as in a new process
    with recorded() as calls:
        made = http.post(f"{api}/v1/webhooks", json={"url": NOWHERE, "types": ["*"]}).json()
        hook = f"{api}/v1/webhooks/{made['webhook_id']}"
        assert http.get(f"{api}/v1/webhooks").json()["webhooks"]
        assert http.patch(hook, json={"description": "a build"}).ok
        assert http.post(f"{hook}/secret").ok
        told = http.post(f"{hook}/test").json()["event_id"]
    sent = deliveries.get(keys.deliveries(user.owner, made["webhook_id"]), told)
    assert sent is not None
    assert deliveries.give_up(sent)
    deliveries.list_failed(user.owner, made["webhook_id"], told, failed=True)
    with recorded() as more:
        for query in ("", "?state=failed", f"/{told}"):
            assert http.get(f"{hook}/deliveries{query}").ok
        assert http.post(f"{hook}/deliveries/{told}/replay").status_code == 202
        assert http.post(f"{hook}/replay", json={}).status_code == 202
        link = http.post(f"{api}/v1/images/{image_id}/shares", json={}).json()["links"]["self"]
        assert http.delete(f"{api}{link}").status_code == 204
        assert http.delete(hook).status_code == 204
    delivery.receive(settings().deliveries_queue)
    return [*calls, *more]


def needs_of_deliveries(app: Any, user: User) -> set[Need]:
    """Try to deliver events to an endpoint that is not there: once, for a third and the last time, at the end."""
    made = webhooks.make(user.owner, NOWHERE, ["*"], None).item
    data = event_types.TYPES["job.finished"].example
    bodies = []
    for tries in (0, 2, 9):
        told = event.make("job.finished", user.owner, keys.now(), data, str(tries))
        outbox.tell([told])
        found = deliveries.get(keys.deliveries(user.owner, made.webhook_id), told.event_id)
        assert found is not None
        found.tries = tries
        found.save()
        due = Due(user.owner, made.webhook_id, told.event_id, tries)
        bodies.append((outbox.message(due), made))
    delivery.receive(settings().deliveries_queue)
    calls: list[Any] = []
    for body, item in bodies:
        webhooks.change(user.owner, item.webhook_id, paused_until=None)
        vault._keys._kept.clear()  # as in a new process
        with recorded() as some:
            assert delivery.give(app, delivery.message(body), function="deliver_events") == []
        calls += some
    webhooks.change(user.owner, made.webhook_id, paused_until=None)
    webhooks.part(user.owner)
    told = event.make("account.deleted", user.owner, keys.now(), event_types.TYPES["account.deleted"].example)
    deliveries.write(deliveries.new(user.owner, made.webhook_id, told))
    last = outbox.message(Due(user.owner, made.webhook_id, told.event_id, 0))
    bus = outbox.message(Due(user.owner, "eventbridge", told.event_id, 0))
    deliveries.write(deliveries.new(user.owner, "eventbridge", told))
    aws.client("events").create_event_bus(Name="janus-test")
    with recorded() as some, patch.dict(vars(settings()), event_bus="janus-test"):
        assert delivery.give(app, delivery.message(bus), function="deliver_events") == []
        assert delivery.give(app, delivery.message(last), function="deliver_events") == []
        assert delivery.give(app, delivery.message("no delivery"), function="deliver_events") == ["1"]
    aws.client("events").delete_event_bus(Name="janus-test")  # the fixture may be made twice in a process
    delivery.receive(settings().deliveries_queue)
    return needed([*calls, *some])


def needs_of_releases(app: Any) -> set[Need]:
    """Ask for an attempt that is due."""
    deliveries.later(Due("nobody", "a" * 16, "evt_1", 3), keys.now()).save()
    with recorded() as calls:
        app.handler_map["release_deliveries"](lambda_events.schedule(), delivery.CONTEXT)
    assert delivery.receive(settings().deliveries_queue)
    return needed(calls)


def needs_of_recognition(app: Any) -> set[Need]:
    """Look at an image, at one whose object is gone, and fail."""
    seen, gone = ("uploads/policy-recognized/seen.jpg", "uploads/policy-recognized/gone.jpg")
    for key in (seen, gone):
        storage.put(key, samples.photo(), "image/jpeg")
    delivery.deliver(app)
    storage.delete([gone])
    delivery.receive()
    queue = settings().recognition_queue
    ids = [keys.image_id(settings().images_bucket, key) for key in (seen, gone)]
    messages = [delivery.message(json.dumps({"image_id": name}), queue=queue) for name in ids]
    with (
        recorded() as calls,
        patch.dict(vars(settings()), recognition=True),
        patch.object(recognition, "available", lambda: frozenset({"code"})),
        patch.object(recognition, "recognize", lambda *_: []),
    ):
        assert delivery.give(app, *messages, function="recognize") == []
        assert delivery.give(app, delivery.message("no image", queue=queue), function="recognize") == ["1"]
    found = images.get(ids[0])
    assert found is not None
    assert found.annotations is not None
    return needed(calls)


def needs_of_rekognition(app: Any) -> set[Need]:
    """Ask for labels, text, and moderation, which moto does not know: after the second attempt it is left out."""
    key = "uploads/policy-recognized/asked.png"
    storage.put(key, samples.png(size=(120, 90)), "image/png")
    delivery.deliver(app)
    name = keys.image_id(settings().images_bucket, key)
    message = delivery.message(json.dumps({"image_id": name}), "1", 2, settings().recognition_queue)
    runs = ("label", "text", "moderation")
    with (
        recorded() as calls,
        patch.dict(vars(settings()), recognition=True, rekognition=runs, rekognition_budget=10**9),
        patch.object(recognition, "available", frozenset),
    ):
        assert delivery.give(app, message, function="recognize") == []
    return needed(calls)


def needs_of_embeddings(app: Any) -> set[Need]:
    """Make the vector of an image, and delete it."""
    key = "uploads/policy-recognized/embedded.png"
    storage.put(key, samples.png(size=(120, 90)), "image/png")
    delivery.deliver(app)
    told = {"image_id": keys.image_id(settings().images_bucket, key)}
    with pytest.MonkeyPatch.context() as patched, embeddings.serve(patched):
        patched.setattr(recognition, "available", frozenset)
        with recorded() as calls:
            for body in (told, {**told, "content": "0" * 64}):
                message = delivery.message(json.dumps(body), queue=settings().recognition_queue)
                assert delivery.give(app, message, function="recognize") == []
    assert {call[1] for call in calls} >= {"InvokeModel", "PutVectors", "DeleteVectors"}
    return needed(calls)


def needs_of_searches(api: str, http: User) -> set[Need]:
    """Find images by meaning."""
    with pytest.MonkeyPatch.context() as patched, embeddings.serve(patched), recorded() as calls:
        assert http.http.get(f"{api}/v1/images?about=red").status_code == 200
    return needed(calls)


def needs_of_admins(app: Any, api: str, admin: User) -> set[Need]:
    """Call every route for admins, with a failed image and a dead letter."""
    key = "uploads/policy-admin/failed.jpg"
    storage.put(key, b"no image", "image/jpeg")
    delivery.deliver(app)
    failed = keys.image_id(settings().images_bucket, key)
    queues.send(settings().uploads_dead_letter_queue, [s3_events.compose(key, keys.order("1"), keys.now())])
    queues.send(settings().jobs_dead_letter_queue, [json.dumps({"job": "unknown"})])
    queues.send(settings().deliveries_dead_letter_queue, [json.dumps({"owner": "nobody"})])
    queues.send(settings().recognition_dead_letter_queue, [json.dumps({"image_id": "a" * 26})])
    http, base = admin.http, f"{api}/v1/admin"
    with recorded() as calls:
        for path in ("users", f"users/{admin.owner}", "audit", "system", "unsettled", f"images/{failed}"):
            assert http.get(f"{base}/{path}").ok
        assert http.get(f"{base}/images").json()["images"]
        assert http.get(f"{base}/dead-letters").ok
        for queue in ("uploads", "jobs", "deliveries", "recognition"):
            assert http.get(f"{base}/dead-letters/{queue}").json()["messages"]
            assert http.post(f"{base}/dead-letters/{queue}/redrive").json()["moved"]
        assert http.patch(f"{base}/users/{admin.owner}", json={"quota_images": 10}).ok
        assert http.post(f"{base}/users/{admin.owner}/recount").status_code == 202
        assert http.post(f"{base}/backfill", json={"prefix": "uploads/policy-admin/"}).status_code == 202
        assert (
            http.post(f"{base}/images/reprocess", json={"images": [failed]}).json()["images"][0]["status"] == 202
        )
    delivery.deliver(app)
    delivery.receive(settings().jobs_queue)
    delivery.receive(settings().deliveries_queue)
    return needed(calls)


def needs_of_extraction(app: Any) -> set[Need]:
    """Process an image, others in its place, a removal, one that is gone, a last try, a refusal, a failure."""
    key = "uploads/policy/photo.jpg"
    upload_days._noted.clear()  # as in a new process
    contents = [samples.photo(1), samples.photo(2), b""]
    calls: list[Any] = []
    for content in contents:
        storage.put(key, content, "image/jpeg")
        told = delivery.receive()
        with recorded() as made:
            assert delivery.give(app, *told) == []
        calls += made
    histories.change_account("policy", state="disabled")
    storage.put("uploads/policy/refused.jpg", samples.photo(3), "image/jpeg")
    told = delivery.receive()
    with recorded() as made:
        assert delivery.give(app, *told) == []
    calls += made
    delivery.deliver(app)  # of the refused file's removal
    storage.put(key, samples.photo(3), "image/jpeg")
    created = delivery.receive()[0]["body"]
    storage.delete([key])
    removed = delivery.receive()
    with recorded() as made:
        assert delivery.give(app, delivery.message(created, receive_count=3), *removed) == []
        assert delivery.give(app, delivery.message("no event")) == ["1"]
    return needed(calls + made)


def needs_of_the_sweep(app: Any) -> set[Need]:
    """Run out of time, then go on to the end, with something to queue."""
    for number in range(2):
        storage.put(f"uploads/policy-sweep/lost-{number}.jpg", samples.photo(number), "image/jpeg")
    delivery.receive()
    hurried = SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: 0)
    with recorded() as calls:
        for context in (hurried, delivery.CONTEXT):
            app.handler_map["sweep"](lambda_events.schedule(), context)
    assert storage.read_small(sweep.MARKER) is None
    delivery.deliver(app)
    return needed(calls)


def needs_of_following(app: Any) -> set[Need]:
    """Follow an image that comes, is there twice, and goes."""
    follow = delivery.following(app)
    calls: list[Any] = []
    webhooks.make("policy-follows", NOWHERE, ["*"], None)
    accounts.forget("policy-follows")  # as in a new process
    for number, act in enumerate((storage.put, storage.put, None)):
        key = f"uploads/policy-follows/gull-{number % 2}.jpg"
        storage.delete([key]) if act is None else act(key, samples.photo(), "image/jpeg")
        delivery.deliver(app)
        with recorded() as made, patch.dict(vars(settings()), recognition=True):
            follow()
        calls += made
    with recorded() as made:
        poison = {"image_id": {"S": "policy-poison"}, "width": {"S": "wide"}}
        aws.client("dynamodb").put_item(TableName=settings().images_table, Item=poison)
        del made[:]
        follow()
    delivery.receive(settings().changes_dead_letter_queue)
    assert delivery.receive(settings().recognition_queue)
    delivery.receive(settings().deliveries_queue)
    calls += made
    return needed([call for call in calls if call[0] != "dynamodbstreams"])


def needs_of_jobs(app: Any, user: User) -> set[Need]:
    """Publish an image, look through a bucket, ask for recognition, recount; delete an account with an image."""
    published = [*publish_twice(app), *blur_and_clear(app), *look_through_and_recount(app)]
    storage.put(f"uploads/{user.owner}/photo.jpg", samples.photo(), "image/jpeg")
    storage.put(f"trash/{user.owner}/a/b", b"left", "image/jpeg")
    delivery.deliver(app)
    api_keys.make(user.owner, "machine", ["read"], None)
    webhooks.make(user.owner, NOWHERE, ["*"], None)
    told = index_table.Transaction()
    change_feed.append(told, user.owner, change_feed.head(user.owner), [])
    assert told.commit()
    index_table.write({(entries.same(user.owner), "0123#left"): b"over"})
    waited: dict[str, Any] = {"ticket_seconds": 0, "account_seconds": 0}
    with (
        patch.multiple(settings(), **waited),
        patch.object(delete_account, "MARGIN_SECONDS", 0),
        recorded() as calls,
    ):
        for waiting in iter(lambda: delivery.receive(settings().jobs_queue), []):
            assert delivery.give(app, *waiting, function="run_job") == []
        endless = delivery.message(json.dumps({"job": "endless", "slices": jobs.MAX_SLICES}))
        with patch.dict(jobs.JOBS, {"endless": lambda arguments: arguments}):
            assert delivery.give(app, endless, function="run_job") == []
        assert delivery.give(app, delivery.message("no job"), function="run_job") == ["1"]
        delivery.receive(settings().jobs_dead_letter_queue)
    delivery.deliver(app)
    calls += published
    return needed([call for call in calls if call[1] not in ("ReceiveMessage", "DeleteMessageBatch")])


def publish_twice(app: Any) -> list[Any]:
    """Publish an image, and its next revision while a newer record is faster; return the calls."""
    key = "uploads/policy-publishes/published.jpg"
    image_id, real = keys.image_id(settings().images_bucket, key), images.publish
    calls: list[Any] = []
    for revision in range(2):
        storage.put(key, samples.photo(revision), "image/jpeg")
        delivery.deliver(app)
        with (
            recorded() as made,
            patch.object(images, "publish", lambda *told, last=revision: not last and real(*told)),
        ):
            jobs.JOBS["publish"]({"image_id": image_id})
        calls += made
    storage.delete([key])
    delivery.deliver(app)
    return calls


def blur_and_clear(app: Any) -> list[Any]:
    """Blur the faces of an image for a link, and delete the copies for none; return the calls."""
    key = "uploads/policy-blurs/blurred.jpg"
    storage.put(key, samples.photo(), "image/jpeg")
    delivery.deliver(app)
    image = images.get(keys.image_id(settings().images_bucket, key), consistent=True)
    assert image is not None
    face = Decision("a" * 16, ADDED, "face", "", Box(0.1, 0.1, 0.2, 0.2))
    decided = annotation_codec.pack_decisions(Decisions(str(image.sha256), (face,)))
    assert images.annotate(image, {"decisions": decided})
    link = shares.new(image, "t" * 32, "original", 3600, "faces")
    link.save()
    with recorded() as made:
        assert jobs.JOBS["blur_faces"]({"image_id": image.image_id}) is None
        assert jobs.JOBS["blur_faces"]({"image_id": image.image_id, "without": link.share_id}) is None
    storage.delete([key])
    delivery.deliver(app)
    return made


def look_through_and_recount(app: Any) -> list[Any]:
    """Look through the bucket with something to queue; mend counts that are wrong; return the calls."""
    owner = "policy-recount"
    storage.put(f"uploads/{owner}/photo.jpg", samples.photo(), "image/jpeg")
    delivery.receive()
    with recorded() as made:
        assert jobs.JOBS["backfill"]({"prefix": f"uploads/{owner}/"}) is None
    delivery.deliver(app)
    with recorded() as asked, patch.dict(vars(settings()), recognition=True):
        assert jobs.JOBS["apply_recognition"]({"owner": owner}) is None
    assert delivery.receive(settings().recognition_queue)
    with patch.object(recount_owner, "SETTLE_SECONDS", 0), recorded() as more:
        left: dict[str, Any] | None = {"owner": owner}
        while left is not None:
            left = jobs.JOBS["recount"](left)
    assert counters.of_owner(owner, "month")
    return [*made, *asked, *more]


@contextmanager
def recorded() -> Iterator[list[tuple[str, str, dict[str, Any]]]]:
    """Note every call of AWS that this process makes: service, operation, arguments."""
    aws.queue_url.cache_clear()  # as in a new process
    calls: list[tuple[str, str, dict[str, Any]]] = []
    send = BaseClient._make_api_call

    def note(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        calls.append((service, operation, arguments))
        try:
            return send(self, operation, arguments)
        except ClientError as error:
            if service == "s3" and error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                # S3 tells an absent object from a forbidden one only to those who may list the bucket
                calls.append((service, "HeadBucket", {"Bucket": arguments["Bucket"]}))
            raise

    BaseClient._make_api_call = note
    try:
        yield calls
    finally:
        BaseClient._make_api_call = send


def needed(calls: list[tuple[str, str, dict[str, Any]]]) -> set[Need]:
    """Return the permissions that calls need (Service Authorization Reference)."""
    return {need for call in calls for need in needed_by(*call)}


def needed_by(service: str, operation: str, arguments: dict[str, Any]) -> set[Need]:
    """Return the permissions that one call needs; the test knows these services only."""
    if service == "cognito-idp":
        if operation == "AdminDeleteUser":
            pool = f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{arguments['UserPoolId']}"
            return {Need(f"cognito-idp:{operation}", pool)}
        model = aws.client(service).meta.service_model.operation_model(operation)
        assert model.auth_type == "none"  # it takes no signature, and so no policy
        return set()
    if service == "sqs":
        action = operation.removesuffix("Batch")
        queue = arguments.get("QueueName") or arguments["QueueUrl"].rpartition("/")[2]
        return {Need(f"sqs:{action}", f"arn:aws:sqs:us-east-1:123456789012:{queue}")}
    if service == "dynamodb":
        if operation == "TransactWriteItems":  # each of its parts needs its own permission
            parts = [part for item in arguments["TransactItems"] for part in item.items()]
            return {
                Need(f"dynamodb:{kind}Item", table_arn(part["TableName"]), holder)
                for kind, part in parts
                for holder in holders(part["TableName"], part)
            }
        index = f"/index/{arguments['IndexName']}" if "IndexName" in arguments else ""
        named = arguments.get("RequestItems") or [arguments["TableName"]]
        return {
            Need(f"dynamodb:{operation}", f"{table_arn(table)}{index}", holder)
            for table in named
            for holder in holders(table, arguments)
        }
    return (
        needed_in_s3(operation, arguments) if service == "s3" else needed_elsewhere(service, operation, arguments)
    )


def needed_elsewhere(service: str, operation: str, arguments: dict[str, Any]) -> set[Need]:
    """Return the permissions that one call needs of a service that has one kind of resource, or none."""
    account = "us-east-1:123456789012"
    if service == "s3vectors":
        filtered = {"GetVectors"} if "filter" in arguments else set()  # API Reference, QueryVectors, "Permissions"
        return {Need(f"s3vectors:{name}", arguments["indexArn"]) for name in {operation, *filtered}}
    if service == "bedrock-runtime":
        return {
            Need(f"bedrock:{operation}", f"arn:aws:bedrock:us-east-1::foundation-model/{arguments['modelId']}")
        }
    if service == "secretsmanager":
        secret = f"arn:aws:secretsmanager:{account}:secret:{arguments['SecretId']}"
        return {Need(f"secretsmanager:{operation}", secret)}
    if service == "events":
        bus = arguments["Entries"][0]["EventBusName"]
        return {Need(f"events:{operation}", f"arn:aws:events:{account}:event-bus/{bus}")}
    assert service == "rekognition"
    return {Need(f"rekognition:{operation}", "*")}


def holders(table: str, arguments: dict[str, Any]) -> set[str]:
    """Return the hash keys of the items that a call is about; of tables without rules for them, an empty one."""
    name_of = {settings().accounts_table: "holder", settings().facets_table: "facet"}
    if table not in name_of or "IndexName" in arguments or arguments.keys() == {"TableName"}:
        return {""}
    if "KeyConditionExpression" in arguments:
        name = arguments["KeyConditionExpression"].lstrip("(").split()[2]
        return {arguments["ExpressionAttributeValues"][name]["S"]}
    batch = arguments.get("RequestItems", {}).get(table)
    if isinstance(batch, dict):
        return {item[name_of[table]]["S"] for item in batch["Keys"]}
    requests = [request for item in batch for request in item.values()] if batch else [arguments]
    return {(request.get("Item") or request["Key"])[name_of[table]]["S"] for request in requests}


def needed_in_s3(operation: str, arguments: dict[str, Any]) -> set[Need]:
    """Return the permissions that one call of S3 needs."""
    bucket = f"arn:aws:s3:::{arguments['Bucket']}"
    if operation in ("ListObjectsV2", "HeadBucket"):
        return {Need("s3:ListBucket", bucket)}
    if operation == "DeleteObjects":
        return {Need("s3:DeleteObject", f"{bucket}/{item['Key']}") for item in arguments["Delete"]["Objects"]}
    if operation == "CopyObject":
        copied = Need("s3:GetObject", f"arn:aws:s3:::{unquote(arguments['CopySource'])}")  # boto3 writes it so
        return {copied, Need("s3:PutObject", f"{bucket}/{arguments['Key']}")}
    action = {"HeadObject": "GetObject"}.get(operation, operation)
    return {Need(f"s3:{action}", f"{bucket}/{arguments['Key']}")}


def granted(function: str) -> set[Need]:
    """Return the pairs of action and resource that a function's policy allows, in the tests' stage."""
    policy = json.loads((CHALICE / FUNCTIONS[function]["iam_policy_file"]).read_text())
    queues = "arn:aws:sqs:us-east-1:123456789012"
    arns = {
        "${ImagesBucket.Arn}": f"arn:aws:s3:::{settings().images_bucket}",
        "${ImagesTable.Arn}": table_arn(settings().images_table),
        "${FacetsTable.Arn}": table_arn(settings().facets_table),
        "${AccountsTable.Arn}": table_arn(settings().accounts_table),
        "${TransientTable.Arn}": table_arn(settings().transient_table),
        "${UserPool.Arn}": f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{settings().user_pool}",
        "${WebhooksKey}": f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{settings().webhooks_key_secret}",
        "${UploadsQueue.Arn}": f"{queues}:{settings().uploads_queue}",
        "${UploadsDeadLetterQueue.Arn}": f"{queues}:{settings().uploads_dead_letter_queue}",
        "${JobsQueue.Arn}": f"{queues}:{settings().jobs_queue}",
        "${JobsDeadLetterQueue.Arn}": f"{queues}:{settings().jobs_dead_letter_queue}",
        "${EventBus.Arn}": "arn:aws:events:us-east-1:123456789012:event-bus/janus-test",
        "${DeliveriesQueue.Arn}": f"{queues}:{settings().deliveries_queue}",
        "${DeliveriesDeadLetterQueue.Arn}": f"{queues}:{settings().deliveries_dead_letter_queue}",
        "${RecognitionQueue.Arn}": f"{queues}:{settings().recognition_queue}",
        "${RecognitionDeadLetterQueue.Arn}": f"{queues}:{settings().recognition_dead_letter_queue}",
        "${ChangesDeadLetterQueue.Arn}": f"{queues}:{settings().changes_dead_letter_queue}",
        "${VectorIndex.IndexArn}": embeddings.INDEX,
        "${Embeddings}": embeddings.MODEL,
        "${AWS::Partition}": "aws",
        "${AWS::Region}": "us-east-1",
    }
    pairs = set()
    for listed in policy["Statement"]:
        statement = listed["Fn::If"][1] if "Fn::If" in listed else listed  # with all that a condition turns on
        assert statement["Effect"] == "Allow"
        if statement["Sid"] in BY_LAMBDA_ITSELF:
            continue
        for resource in as_list(statement["Resource"]):
            arn = resource if resource == "*" else resource["Fn::Sub"]
            if arn == "*":
                pairs |= {Need(action, arn) for action in as_list(statement["Action"])}
                continue
            named = re.sub(r"\$\{[^}]+\}", lambda name: arns[name[0]], arn)
            told = statement.get("Condition", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}})
            pairs |= {
                Need(action, named, holder)
                for action in as_list(statement["Action"])
                for holder in told["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            }
    return pairs


def allows(grant: Need, need: Need) -> bool:
    """Tell whether a policy's pair covers a need."""
    return all(map(fnmatchcase, need, grant))


def table_arn(name: str) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}"


def as_list(value: Any) -> list[Any]:
    """Return a policy's element, which may be one or many, as many."""
    return value if isinstance(value, list) else [value]
