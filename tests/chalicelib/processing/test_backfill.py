"""A full bucket is taken over: objects without a current record are queued, and the rest left alone."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from chalicelib import aws as clients
from chalicelib import jobs, storage
from chalicelib.config import settings
from chalicelib.db import document_codec, keys
from chalicelib.db.models import Image
from chalicelib.offline.provisioning import BUCKET
from chalicelib.processing import backfill, copies, s3_events
from chalicelib.processing.backfill import Plan, PlanError, Progress
from tests import delivery, histories, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Begin and end with empty queues."""
    for _ in range(2):
        for queue in (settings().uploads_queue, settings().jobs_queue):
            delivery.receive(queue)
        if _ == 0:
            yield


@pytest.fixture
def another(aws: str) -> str:
    """Return a bucket that is not the stage's."""
    name = f"another-{uuid.uuid4().hex[:12]}"
    clients.client("s3").create_bucket(Bucket=name)
    return name


def plan(owner: str, **changes: Any) -> Plan:
    return Plan(**{"bucket": BUCKET, "prefix": f"uploads/{owner}/", **changes})


def run(wanted: Plan) -> Progress:
    """Carry out a plan; return the outcomes of the objects."""
    backfill.check(wanted)
    return [Progress(), *backfill.run(wanted, Progress())][-1]


def untold(owner: str, *names: str, data: bytes | None = None) -> None:
    """Put objects of which no event tells."""
    for name in names:
        histories.put(f"uploads/{owner}/{name}", data or samples.jpeg())
    delivery.receive()


def read(owner: str, name: str) -> Any:
    return histories.read(f"uploads/{owner}/{name}")


def document(owner: str, name: str) -> dict[str, Any]:
    return document_codec.unpack(read(owner, name).document)


def test_what_has_no_record_gets_one(app: Any, owner: str) -> None:
    """For any key; once it has, there is nothing to do."""
    names = ["a.jpg", "ä ö+ü/🦊%20.jpg", "e\u0301/\u202e.jpg", "'\"&<>?#.jpg"]
    untold(owner, *names)
    done = run(plan(owner))
    assert (done.seen, done.queued, done.known, done.odd) == (4, 4, 0, 0)
    delivery.deliver(app)
    assert {read(owner, name).state for name in names} == {"ready"}
    assert (run(plan(owner)).queued, run(plan(owner)).known) == (0, 4)


def test_a_record_of_an_older_object_is_brought_up_to_date(app: Any, owner: str) -> None:
    """Its ETag says so."""
    histories.put(f"uploads/{owner}/a.jpg", histories.FIRST)
    delivery.deliver(app)
    untold(owner, "a.jpg", data=histories.SECOND)
    assert run(plan(owner)).queued == 1
    delivery.deliver(app)
    assert read(owner, "a.jpg").format == "PNG"
    assert run(plan(owner)).queued == 0


def test_a_record_from_before_the_catalogue_gets_its_facts(app: Any, owner: str) -> None:
    """It stays listed where it was; a newer event than the backfill's wins."""
    histories.put(f"uploads/{owner}/a.jpg", samples.jpeg())
    delivery.deliver(app)
    before = read(owner, "a.jpg")
    before.update([Image.facts.remove()])
    assert run(plan(owner)).queued == 1
    delivery.deliver(app)
    after = read(owner, "a.jpg")
    assert after.facts is not None
    assert (after.uploaded, after.listed) == (before.uploaded, before.listed)
    assert after.sequencer == keys.order_after(before.sequencer)
    assert run(plan(owner)).queued == 0


@pytest.mark.medium
@pytest.mark.parametrize("whole", [1, 3], ids=["ready", "failed"])
def test_a_record_whose_position_has_no_time_zone_is_read_again(app: Any, owner: str, whole: int) -> None:
    """It was made before zones were known; without a position there is none to know, nor is it read twice."""
    data = samples.photo()
    histories.put(f"uploads/{owner}/somewhere.jpg", data[: len(data) // whole])
    histories.put(f"uploads/{owner}/nowhere.jpg", samples.jpeg())
    delivery.deliver(app)
    assert (run(plan(owner)).queued, run(plan(owner)).known) == (0, 2)
    older = document(owner, "somewhere.jpg")
    assert older["metadata"]["time"].pop("time_zone") == "Europe/Rome"
    read(owner, "somewhere.jpg").update([Image.document.set(document_codec.pack(older) or b"")])
    assert run(plan(owner)).queued == 1
    delivery.deliver(app)
    assert document(owner, "somewhere.jpg")["metadata"]["time"]["time_zone"] == "Europe/Rome"
    assert (run(plan(owner)).queued, run(plan(owner)).known) == (0, 2)


@pytest.mark.medium
def test_a_record_whose_position_has_no_names_is_read_again(app: Any, owner: str) -> None:
    """Once: it was made before places had names. A place at sea, which has none, is left alone."""
    histories.put(f"uploads/{owner}/somewhere.jpg", samples.photo())
    histories.put(f"uploads/{owner}/at-sea.jpg", samples.photo())
    delivery.deliver(app)
    for name, changed in (("somewhere.jpg", {}), ("at-sea.jpg", {"gps_latitude": 40.0, "gps_longitude": -30.0})):
        older = document(owner, name)
        place = older["metadata"]["place"]
        assert place["gps_city"] == "Rome"
        kept = {field: value for field, value in place.items() if not field.startswith(("gps_c", "gps_region"))}
        older["metadata"]["place"] = {**kept, **changed}
        read(owner, name).update([Image.document.set(document_codec.pack(older) or b"")])
    assert (run(plan(owner)).queued, run(plan(owner)).known) == (1, 1)
    delivery.deliver(app)
    assert document(owner, "somewhere.jpg")["metadata"]["place"]["gps_country_code"] == "IT"
    assert (run(plan(owner)).queued, run(plan(owner)).known) == (0, 2)


def test_a_document_that_cannot_be_unpacked_is_made_again(app: Any, owner: str) -> None:
    """One poison record does not stop a backfill; its file is all that can mend it."""
    histories.put(f"uploads/{owner}/a.jpg", samples.photo())
    delivery.deliver(app)
    read(owner, "a.jpg").update([Image.document.set(b"no document")])
    assert run(plan(owner)).queued == 1
    delivery.deliver(app)
    assert document(owner, "a.jpg")["metadata"]["time"]["time_zone"] == "Europe/Rome"


def test_a_file_that_nobody_can_read_is_not_read_again(app: Any, owner: str) -> None:
    """It has no facts, and never will; one whose metadata could be read has some."""
    whole = samples.photo()
    histories.put(f"uploads/{owner}/none.jpg", b"no image")
    histories.put(f"uploads/{owner}/half.jpg", whole[: len(whole) // 3])
    delivery.deliver(app)
    assert read(owner, "none.jpg").facts is None
    assert run(plan(owner)).known == 2
    read(owner, "half.jpg").update([Image.facts.remove()])
    assert run(plan(owner)).queued == 1
    delivery.deliver(app)
    assert run(plan(owner)).known == 2


def test_all_of_it_is_read_again_where_that_is_wanted(app: Any, owner: str) -> None:
    """Up to date or not."""
    histories.put(f"uploads/{owner}/a.jpg", samples.jpeg())
    delivery.deliver(app)
    before = read(owner, "a.jpg").sequencer
    assert run(plan(owner, again=True)).queued == 1
    delivery.deliver(app)
    assert read(owner, "a.jpg").sequencer == keys.order_after(before)


def test_what_is_no_image_is_passed_over_and_counted(owner: str) -> None:
    """A folder's placeholder, and objects beside the owners."""
    for name in (f"{owner}/", f"{owner}/sub/", f"{owner}/a.jpg", f"{owner}-$/a.jpg", f"{owner}.jpg"):
        histories.put(f"uploads/{name}", b"")
    delivery.receive()
    done = run(plan(owner, prefix=f"uploads/{owner}"))
    assert (done.seen, done.queued, done.odd) == (5, 1, 4)
    storage.delete(
        f"uploads/{name}" for name in (f"{owner}/", f"{owner}/sub/", f"{owner}-$/a.jpg", f"{owner}.jpg")
    )


def test_a_dry_run_only_counts(owner: str) -> None:
    """The same numbers, and nothing in the queue."""
    untold(owner, "a.jpg", "b.jpg")
    assert run(plan(owner, dry_run=True)).queued == 2
    assert delivery.receive() == []


@pytest.mark.medium
def test_the_event_says_how_far_to_look(app: Any, owner: str) -> None:
    """Its profile goes before the upload's own, and the upload's before the stage's."""
    key = f"uploads/{owner}/a.jpg"
    storage.put(key, samples.jpeg(), "image/jpeg", storage.Noted("metadata"))
    delivery.deliver(app)
    assert "analysis" not in document(owner, "a.jpg")
    assert run(plan(owner, again=True, profile="full")).queued == 1
    delivery.deliver(app)
    found = document(owner, "a.jpg")
    assert "masks" in found
    assert run(plan(owner, again=True)).queued == 1
    delivery.deliver(app)
    assert "analysis" not in document(owner, "a.jpg")


@pytest.mark.parametrize("profile", ["", "all", "FULL", 1, ["full"], {"full": 1}])
def test_an_event_with_another_profile_is_malformed(owner: str, profile: Any) -> None:
    """It is kept for somebody to look at, and not taken for the stage's own."""
    message = json.loads(s3_events.compose(f"uploads/{owner}/a.jpg", keys.order("1"), keys.now(), "full"))
    (event,) = s3_events.parse(json.dumps(message))
    assert event.profile == "full"
    message["Records"][0]["profile"] = profile
    with pytest.raises(s3_events.MalformedMessageError):
        list(s3_events.parse(json.dumps(message)))


@pytest.mark.medium
def test_another_bucket_is_copied_and_its_events_do_the_rest(app: Any, owner: str, another: str) -> None:
    """Paths and metadata stay; existing copies are skipped, changed objects are not."""
    s3 = clients.client("s3")
    for name in ("photos/ä+b c.jpg", "photos/sub/b.jpg", "else/c.jpg"):
        s3.put_object(
            Bucket=another, Key=name, Body=samples.jpeg(), ContentType="image/jpeg", Metadata={"camera": "mine"}
        )
    wanted = Plan(another, "photos/", owner)
    assert run(Plan(another, "photos/", owner, dry_run=True)).copied == 2
    assert delivery.receive() == []
    assert run(wanted).copied == 2
    delivery.deliver(app)
    assert {read(owner, name).state for name in ("photos/ä+b c.jpg", "photos/sub/b.jpg")} == {"ready"}
    copy = s3.head_object(Bucket=BUCKET, Key=f"uploads/{owner}/photos/sub/b.jpg")
    assert (copy["ContentType"], copy["Metadata"]) == ("image/jpeg", {"camera": "mine"})
    again = run(wanted)
    assert (again.copied, again.known) == (0, 2)
    s3.put_object(Bucket=another, Key="photos/sub/b.jpg", Body=samples.png())
    done = run(wanted)
    assert (done.copied, done.known) == (1, 1)
    delivery.deliver(app)
    assert read(owner, "photos/sub/b.jpg").format == "PNG"


def test_a_copy_carries_the_profile_that_is_wanted(app: Any, owner: str, another: str) -> None:
    """Beside the object's other metadata."""
    clients.client("s3").put_object(
        Bucket=another, Key="a.jpg", Body=samples.jpeg(), ContentType="image/jpeg", Metadata={"camera": "mine"}
    )
    assert run(Plan(another, "", owner, profile="metadata")).copied == 1
    delivery.deliver(app)
    assert "analysis" not in document(owner, "a.jpg")
    copy = clients.client("s3").head_object(Bucket=BUCKET, Key=f"uploads/{owner}/a.jpg")
    assert copy["ContentType"] == "image/jpeg"
    assert copy["Metadata"] == {"camera": "mine", "janus-profile": "metadata"}


@pytest.mark.parametrize("profile", [None, "full"])
def test_what_cannot_be_copied_is_passed_over_and_counted(
    owner: str, another: str, monkeypatch: Any, profile: str | None
) -> None:
    """Folders, keys that grow too long by the owner's prefix, objects that are too large or gone meanwhile."""
    s3 = clients.client("s3")
    for name in ("folder/", "x" * 1020, "large.jpg", "small.jpg", "gone.jpg"):
        s3.put_object(Bucket=another, Key=name, Body=b"123456" if name == "large.jpg" else b"1")
    monkeypatch.setattr(copies, "MAX_BYTES", 5)
    real = storage.list_objects

    def listed(*told: Any, **named: Any) -> Iterator[Any]:
        found = list(real(*told, **named))
        s3.delete_object(Bucket=another, Key="gone.jpg")
        yield from found

    monkeypatch.setattr(storage, "list_objects", listed)
    done = run(Plan(another, "", owner, profile))
    assert (done.seen, done.copied, done.odd, done.gone) == (5, 1, 3, 1)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Plan("another", "photos/"), "--owner OWNER they are copied to uploads/OWNER/"),
        (Plan("another", "uploads/demo/"), "--owner OWNER"),
        (Plan(BUCKET, ""), "only what is under s3://.*/uploads/ is taken"),
        (Plan(BUCKET, "upload"), "only what is under"),
        (Plan(BUCKET, "", "demo"), "Name a narrower prefix"),
        (Plan(BUCKET, "uploads/demo/", "demo"), "belongs to whom its key names"),
        (Plan(BUCKET, "derived/x", "demo"), "elsewhere"),
        (Plan(BUCKET, "trash/x", "demo"), "elsewhere"),
        (Plan(BUCKET, "system/x", "demo"), "elsewhere"),
        (Plan(BUCKET, "sys", "demo"), "elsewhere"),
        (Plan("another", "", "a/b"), "cannot be an owner"),
        (Plan(BUCKET, "uploads/", profile="all"), "There is no profile 'all'"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_with_a_way_out(wanted: Plan, says: str) -> None:
    """Before anything happens."""
    with pytest.raises(PlanError, match=says):
        backfill.check(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        Plan(BUCKET, "uploads/"),
        Plan(BUCKET, "uploads/demo/", profile="full"),
        Plan("another", "", "demo"),
        Plan("another", "uploads/demo/", "demo"),
        Plan(BUCKET, "photos/", "demo"),  # beside our own folders
    ],
)
def test_plans_that_can_be_carried_out_are_taken(wanted: Plan) -> None:
    """Uploads of our bucket as they are, and anything elsewhere for an owner."""
    backfill.check(wanted)


@pytest.mark.parametrize(
    ("per_second", "ordered", "seconds", "wait"),
    [(None, 1000, 0.0, 0.0), (10, 0, 0.0, 0.0), (10, 100, 0.0, 10.0), (10, 100, 4.0, 6.0), (10, 100, 11.0, 0.0)],
)
def test_a_limit_is_kept_by_waiting(per_second: int | None, ordered: int, seconds: float, wait: float) -> None:
    """For as long as the limit requires for the ordered objects, less the time that it took."""
    assert backfill.pause(per_second, ordered, seconds) == wait


def test_the_job_goes_slice_by_slice(app: Any, owner: str, monkeypatch: Any) -> None:
    """Each is bounded; together they queue everything once."""
    names = [f"{number}.jpg" for number in range(5)]
    untold(owner, *names)
    monkeypatch.setattr("chalicelib.processing.reconcile.BATCH", 1)
    monkeypatch.setattr(backfill, "OBJECTS", 2)
    jobs.send("backfill", prefix=f"uploads/{owner}/", profile="metadata")
    slices = 0
    while waiting := delivery.receive(settings().jobs_queue):
        (message,) = waiting
        assert delivery.give(app, message, function="run_job") == []
        slices += 1
    assert slices == 3
    told = [json.loads(message["body"])["Records"][0] for message in delivery.receive()]
    assert sorted(unquote(record["s3"]["object"]["key"]) for record in told) == [
        f"uploads/{owner}/{name}" for name in names
    ]
    assert {record["profile"] for record in told} == {"metadata"}


def test_the_job_waits_where_there_is_a_limit(owner: str, monkeypatch: Any) -> None:
    """After the objects of a minute, for as long as these should have taken."""
    untold(owner, *(f"{number}.jpg" for number in range(5)))
    monkeypatch.setattr(backfill, "BURST_SECONDS", 2)
    told: dict[str, Any] = {"prefix": f"uploads/{owner}/", "per_second": 1}
    left = backfill.backfill(told)
    assert left is not None
    assert (left["delay"], left["progress"]["queued"]) == (2, 2)
    del left["delay"]
    left = backfill.backfill(left)
    assert left is not None
    assert (left.pop("delay"), left["progress"]["queued"]) == (2, 4)
    assert backfill.backfill(left) is None
    assert len(delivery.receive()) == 5


@pytest.mark.parametrize("told", [{}, {"prefix": "derived/"}, {"prefix": "uploads/", "more": 1}, {"prefix": 1}])
def test_a_job_that_nobody_should_have_queued_fails(app: Any, told: dict[str, Any]) -> None:
    """And its message is kept."""
    body = json.dumps({"job": "backfill", **told})
    assert delivery.give(app, delivery.message(body, queue=settings().jobs_queue), function="run_job") == ["1"]


@pytest.mark.parametrize("quota", [{"quota_images": 2}, {"quota_bytes": 2 * len(samples.jpeg())}])
def test_what_exceeds_a_quota_is_told_before_anything_of_it_is_queued(owner: str, quota: dict[str, int]) -> None:
    """Queued, it would be refused and removed; so it stays where it is until the quota is raised."""
    untold(owner, "1.jpg", "2.jpg", "3.jpg")
    histories.change_account(owner, **quota)
    with pytest.raises(PlanError, match="Raise its quotas first"):
        run(plan(owner))
    assert delivery.receive() == []
    histories.change_account(owner, quota_images=3, quota_bytes=10**9)
    assert run(plan(owner)).queued == 3


def test_each_owner_has_a_quota_of_its_own(owner: str) -> None:
    """Two images of each fit, though the four of both exceed it."""
    for name in (f"{owner}-1", f"{owner}-2"):
        untold(name, "a.jpg", "b.jpg")
        histories.change_account(name, quota_images=2, quota_bytes=2 * len(samples.jpeg()))
    assert run(plan(owner, prefix=f"uploads/{owner}-")).queued == 4
    untold(f"{owner}-2", "c.jpg")
    with pytest.raises(PlanError, match=f"{owner}-2 has more than the account may have"):
        run(plan(owner, prefix=f"uploads/{owner}-"))


def test_objects_of_an_inactive_account_are_passed_over(app: Any, owner: str) -> None:
    """Counted and told of; nothing of theirs is queued or deleted, however little they may have."""
    untold(owner, "a.jpg", "b.jpg")
    histories.put(f"uploads/{owner}/c.jpg", samples.jpeg())
    delivery.deliver(app)
    histories.change_account(owner, state="disabled", quota_images=0)
    done = run(plan(owner))
    assert (done.seen, done.queued, done.known, done.inactive) == (3, 0, 1, 2)
    assert run(plan(owner, again=True)).inactive == 3
    assert delivery.receive() == []
    assert len(list(storage.list_objects(f"uploads/{owner}/"))) == 3
    assert read(owner, "a.jpg") is None


def test_nothing_is_copied_to_an_inactive_account(owner: str, another: str) -> None:
    """It would be refused as soon as its event came."""
    clients.client("s3").put_object(Bucket=another, Key="a.jpg", Body=samples.jpeg())
    histories.change_account(owner, state="disabled")
    done = run(Plan(another, "", owner))
    assert (done.seen, done.copied, done.inactive) == (1, 0, 1)
    assert list(storage.list_objects(f"uploads/{owner}/")) == []
