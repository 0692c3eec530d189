"""Admins see everybody's images, have them processed again, and look after the dead-letter queues."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import aws as clients
from chalicelib import queues, storage
from chalicelib.config import settings
from chalicelib.db import admin_lists, document_codec, images, keys, owner_lists, upload_days
from chalicelib.db.models import Image
from chalicelib.processing import remove
from tests import delivery, histories, samples


def everything(api: str, admin: Any, path: str, items: str = "images") -> list[Any]:
    """Follow a list to its end."""
    found: list[Any] = []
    while path:
        answer = admin.http.get(api + path)
        assert answer.status_code == 200, answer.text
        found += answer.json()[items]
        path = answer.json()["links"].get("next")
    return found


def put(app: Any, key: str, data: bytes) -> str:
    """Have an object processed; return its image's id."""
    storage.put(key, data, "image/jpeg")
    delivery.deliver(app)
    return keys.image_id(settings().images_bucket, key)


def written(owner: str, uploaded: str, number: int) -> str:
    """Write a record as ingest would have at that time; return its image's id."""
    key = f"uploads/{owner}/{number}.jpg"
    image_id = keys.image_id(settings().images_bucket, key)
    assert images.put_newer(
        Image(image_id, owner=owner, key=key, state="ready", sequencer=f"{1:032X}", uploaded=uploaded)
    )
    return image_id


def read(image_id: str) -> Image:
    image = images.get(image_id, consistent=True)
    assert image is not None
    return image


@pytest.mark.slow
def test_all_images_are_listed_newest_first(api: str, app: Any, admin: Any, owner: str) -> None:
    """Over owners and days, with their owners; a page leads to the next until all were shown once."""
    years = ("2021", "2023")
    made = [
        (f"{year}-0{month}-15T12:00:{second:02}.000Z", f"{owner}-{second % 3}")
        for year in years
        for month in (1, 6)
        for second in range(12)
    ]
    expected = [written(who, when, number) for number, (when, who) in enumerate(made)]
    recent = put(app, f"uploads/{owner}/recent.jpg", samples.jpeg())
    found = everything(api, admin, "/v1/admin/images?limit=40")  # its own are more
    ids = [item["image_id"] for item in found]
    assert len(set(ids)) == len(ids)
    assert {recent, *expected} <= set(ids)
    times = [item["uploaded"] for item in found]
    assert times == sorted(times, reverse=True)
    assert {item["owner"] for item in found if item["image_id"] in expected} == {f"{owner}-{n}" for n in range(3)}
    assert ids.index(recent) < ids.index(expected[-1]) < ids.index(expected[0])


@pytest.mark.medium
def test_a_page_asks_a_bounded_number_of_questions(aws: str, owner: str, monkeypatch: Any) -> None:
    """With many days behind it, it ends early and says where it goes on."""
    expected = [written(owner, f"2019-{month:02}-01T00:00:00.000Z", month) for month in range(1, 13)]
    monkeypatch.setattr(admin_lists, "QUERIES", 20)
    asked = 0
    query = Image.by_day.query

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return query(*arguments, **options)

    monkeypatch.setattr(Image.by_day, "query", counted)
    found: list[str] = []
    after: str | None = "2020-01-01"
    pages = 0
    while after is not None:
        asked = 0
        page = admin_lists.newest(100, after)
        assert asked <= 20
        found += [item.image_id for item in page.items]
        after, pages = page.after, pages + 1
    assert [image_id for image_id in found if image_id in expected] == expected[::-1]
    assert pages < 5


@pytest.mark.medium
def test_a_day_with_many_images_in_one_shard_loses_none(aws: str, owner: str) -> None:
    """A shard that reaches farther than was read ends the page, not the list."""
    expected = []
    for number in range(200):
        key = f"uploads/{owner}/{number}.jpg"
        image_id = keys.image_id(settings().images_bucket, key)
        if keys.day("2018-03-04", image_id).endswith("#05"):
            expected.append(written(owner, f"2018-03-04T00:00:00.{number:03}Z", number))
    for number in range(3):
        written(owner, f"2018-03-04T09:00:0{number}.000Z", 1000 + number)
    found: list[str] = []
    after: str | None = "2018-03-05"
    while after is not None and after > "2018-03-04":
        page = admin_lists.newest(5, after)
        found += [item.image_id for item in page.items]
        after = page.after
    assert len(set(found)) == len(found)
    assert [image_id for image_id in found if image_id in expected] == expected[::-1]


def test_a_backfill_is_queued_and_finds_what_has_no_record(api: str, app: Any, admin: Any, owner: str) -> None:
    """As far as it was told to look, and written down as everything that admins order."""
    storage.put(f"uploads/{owner}/a.jpg", samples.jpeg(), "image/jpeg")
    delivery.receive()
    body = {"prefix": f"uploads/{owner}/", "profile": "metadata", "per_second": 1}
    answer = admin.http.post(f"{api}/v1/admin/backfill", json=body)
    assert (answer.status_code, answer.json()) == (202, {"job": "backfill"})
    delivery.run_jobs(app)
    delivery.deliver(app)
    image = read(keys.image_id(settings().images_bucket, f"uploads/{owner}/a.jpg"))
    assert "analysis" not in document_codec.unpack(image.document)
    entry = admin.http.get(f"{api}/v1/admin/audit?actor={admin.owner}").json()["entries"][0]
    assert (entry["action"], entry["detail"]) == ("images.backfill", {**body, "again": False})


@pytest.mark.parametrize(
    "body",
    [
        {"prefix": "derived/"},
        {"prefix": ""},
        {"per_second": 0},
        {"per_second": 1001},
        {"profile": "all"},
        {"a": 1},
    ],
)
def test_a_backfill_has_bounds(api: str, admin: Any, body: dict[str, Any]) -> None:
    """What cannot be is refused, and nothing queued."""
    assert admin.http.post(f"{api}/v1/admin/backfill", json=body).status_code == 400
    assert delivery.receive(settings().jobs_queue) == []


def test_a_day_is_noted_before_its_first_image(aws: str, owner: str, monkeypatch: Any) -> None:
    """So that no image is on a day that the list does not know, whatever ends the process."""

    def broken(_shard: str) -> None:
        raise ConnectionError

    monkeypatch.setattr(upload_days, "note", broken)
    with pytest.raises(ConnectionError):
        written(owner, "2017-01-01T00:00:00.000Z", 1)
    assert owner_lists.newest(owner, 1).items == []
    monkeypatch.undo()
    image = read(written(owner, "2017-01-01T00:00:00.000Z", 1))
    assert image.day in upload_days.before("2017-01-02", 20)


@pytest.mark.medium
def test_a_day_of_which_shards_may_be_missing_is_left_to_the_next_page(
    aws: str, owner: str, monkeypatch: Any
) -> None:
    """The last of those that were read: else images of its other shards would be on no page."""
    expected, shards = set(), set()
    for day, number in (("1980-01-03", 2), ("1980-01-02", 5), ("1980-01-01", 1)):
        of_day: set[str] = set()
        while len(of_day) < number:
            image_id = written(owner, f"{day}T00:00:00.000Z", len(expected))
            expected.add(image_id)
            of_day.add(str(read(image_id).day))
        shards |= of_day
    assert len(shards) == 8
    monkeypatch.setattr(admin_lists, "QUERIES", 6)  # both shards of the newest day, and four of five
    found: list[str] = []
    after: str | None = "1980-01-04"
    while after is not None:
        page = admin_lists.newest(100, after)
        found += [image.image_id for image in page.items]
        after = page.after
    assert len(found) == len(set(found))
    assert set(found) >= expected


def test_one_owner_s_images_alone(api: str, admin: Any, owner: str) -> None:
    """Newest first, page by page."""
    expected = [written(owner, f"2024-05-0{number}T00:00:00.000Z", number) for number in range(1, 6)]
    found = everything(api, admin, f"/v1/admin/images?owner={owner}&limit=2")
    assert [item["image_id"] for item in found] == expected[::-1]
    assert {item["owner"] for item in found} == {owner}


def test_an_admin_reads_anybody_s_record(api: str, app: Any, admin: Any, user: Any) -> None:
    """With its metadata; links lead where an admin may go."""
    image_id = put(app, f"uploads/{user.owner}/a.jpg", samples.photo())
    found = admin.http.get(f"{api}/v1/admin/images/{image_id}").json()
    assert (found["owner"], found["metadata"]["camera"]["make"]) == (user.owner, "Janus")
    own = f"/v1/admin/images/{image_id}"
    assert found["links"] == {"self": own, "judgement": f"{own}/judgement"}
    assert "pictures" not in found
    assert found["thumbnails"] == {}
    assert admin.http.get(api + found["links"]["self"]).ok
    assert admin.http.get(f"{api}/v1/images/{image_id}").status_code == 404
    for absent in ("a" * 26, "no-id"):
        answer = admin.http.get(f"{api}/v1/admin/images/{absent}")
        assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")


@pytest.mark.medium
def test_failed_images_are_listed_with_their_reasons(api: str, app: Any, admin: Any, owner: str) -> None:
    """Those that changed last first; what is ready or removed meanwhile is not among them."""
    failed = [put(app, f"uploads/{owner}/{number}.jpg", b"no image") for number in range(4)]
    mended, removed = failed[1], failed[2]
    put(app, f"uploads/{owner}/1.jpg", samples.jpeg())
    remove.remove(read(removed))
    delivery.deliver(app)
    found = everything(api, admin, "/v1/admin/unsettled?limit=3")
    mine = [item for item in found if item["owner"] == owner]
    assert [item["image_id"] for item in mine] == [failed[3], failed[0]]
    assert all(item["code"] == "not_an_image" and item["reason"] for item in mine)
    assert mended not in {item["image_id"] for item in found}
    changed = [item["changed"] for item in found]
    assert changed == sorted(changed, reverse=True)


@pytest.mark.medium
def test_expected_images_are_listed_too(api: str, admin: Any, user: Any) -> None:
    """Tickets that nothing came for; not those that have expired."""
    wanted = {"images": [{"filename": f"{number}.jpg"} for number in range(5)]}
    given = user.http.post(f"{api}/v1/images", json=wanted).json()["images"]
    late = read(given[0]["image_id"])
    late.expires = keys.now() - timedelta(seconds=1)
    late.save()
    found = everything(api, admin, "/v1/admin/unsettled?state=expected&limit=2")
    mine = {item["image_id"] for item in found if item["owner"] == user.owner}
    assert mine == {item["image_id"] for item in given[1:]}
    assert all(item["expires"] > item["changed"] for item in found)
    assert admin.http.get(f"{api}/v1/admin/unsettled?state=ready").status_code == 400


def test_images_are_processed_again(api: str, app: Any, admin: Any, owner: str) -> None:
    """Although their records are settled: as the objects are now, at the same place in every list."""
    key = f"uploads/{owner}/a.jpg"
    image_id = put(app, key, samples.jpeg())
    image = read(image_id)
    before, folder = (
        image.attribute_values.copy(),
        document_codec.unpack(image.document)["thumbnails"]["small"]["key"],
    )
    image.document, image.width = None, 1  # as an older version of the program may have left it
    image.save()
    answer = admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": [image_id]})
    assert (answer.status_code, answer.json()) == (202, {"images": [{"image_id": image_id, "status": 202}]})
    delivery.deliver(app)
    after = read(image_id)
    assert (after.width, after.state, after.uploaded) == (64, "ready", before["uploaded"])
    assert after.listed == before["listed"]
    thumbnails = {item.key for item in storage.list_objects(keys.derived_prefix(image_id))}
    assert {item["key"] for item in document_codec.unpack(after.document)["thumbnails"].values()} == thumbnails
    assert folder not in thumbnails


@pytest.mark.medium
def test_each_image_answers_for_itself(api: str, app: Any, admin: Any, user: Any) -> None:
    """What is absent, removed, or still expected is not queued; what is named twice is queued once."""
    good = put(app, f"uploads/{user.owner}/good.jpg", samples.jpeg())
    gone = put(app, f"uploads/{user.owner}/gone.jpg", samples.jpeg(seed=1))
    remove.remove(read(gone))
    delivery.deliver(app)
    ticket = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}]}).json()["images"][0]
    named = [good, gone, ticket["image_id"], "a" * 26, good]
    answer = admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": named})
    results = answer.json()["images"]
    assert all(item.pop("detail") for item in results if item["status"] != 202)
    assert results == [
        {"image_id": good, "status": 202},
        {"image_id": gone, "status": 404, "code": "image_not_found"},
        {"image_id": ticket["image_id"], "status": 409, "code": "image_not_ready"},
        {"image_id": "a" * 26, "status": 404, "code": "image_not_found"},
    ]
    assert len(delivery.receive()) == 1


@pytest.mark.medium
def test_a_new_upload_is_newer_than_a_reprocessing(api: str, app: Any, admin: Any, owner: str) -> None:
    """Whichever is processed last, the record tells of the new object; a deletion stands, too."""
    key = f"uploads/{owner}/a.jpg"
    image_id = put(app, key, samples.jpeg())
    admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": [image_id]})
    (again,) = delivery.receive()
    put(app, key, samples.png((32, 32)))
    order = read(image_id).sequencer
    assert delivery.give(app, again) == []
    assert (read(image_id).format, read(image_id).sequencer) == ("PNG", order)
    admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": [image_id]})
    (again,) = delivery.receive()
    remove.remove(read(image_id))
    assert delivery.give(app, again) == []
    delivery.deliver(app)
    assert read(image_id).state == "removed"


@pytest.mark.parametrize("body", [{"images": []}, {"images": ["x"]}, {"images": ["a" * 26] * 101}, {}])
def test_reprocessing_is_bounded(api: str, admin: Any, body: Any) -> None:
    """One to a hundred ids that can be ids."""
    answer = admin.http.post(f"{api}/v1/admin/images/reprocess", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.fixture
def dead(aws: str) -> Any:
    """Return a way to put messages into the uploads' dead-letter queue."""
    return lambda *bodies: queues.send(settings().uploads_dead_letter_queue, bodies)


def depth(api: str, admin: Any) -> dict[str, int]:
    found: dict[str, int] = admin.http.get(f"{api}/v1/admin/dead-letters").json()["queues"]["uploads"]
    return found


@pytest.mark.medium
def test_a_look_leaves_the_messages_where_they_are(api: str, admin: Any, dead: Any) -> None:
    """Body, age and attempts are shown; the messages are there again at once; long ones are cut."""
    dead(*(f"message {number}" for number in range(12)), "x" * 10_000)
    url = f"{api}/v1/admin/dead-letters/uploads"
    shown = admin.http.get(url, params={"limit": 50}).json()["messages"]
    assert len({item["message_id"] for item in shown}) == 13
    bodies = {item["body"] for item in shown}
    assert {f"message {number}" for number in range(12)} < bodies
    assert [len(item["body"]) for item in shown if item["truncated"]] == [8192]
    assert all(item["sent"].endswith("Z") and item["receives"] == 1 for item in shown)
    assert depth(api, admin) == {"waiting": 13, "in_flight": 0}
    assert len(admin.http.get(url, params={"limit": 3}).json()["messages"]) == 3
    assert depth(api, admin) == {"waiting": 13, "in_flight": 0}


@pytest.mark.medium
def test_a_redrive_brings_messages_back(api: str, app: Any, admin: Any, dead: Any, key: str) -> None:
    """In bounded numbers; what they tell of is then processed."""
    storage.put(key, samples.jpeg(), "image/jpeg")
    (told,) = delivery.receive()
    dead(told["body"], *(json.dumps({"Event": "s3:TestEvent", "Bucket": str(number)}) for number in range(14)))
    url = f"{api}/v1/admin/dead-letters/uploads/redrive"
    assert admin.http.post(url, params={"limit": 12}).json() == {"moved": 12, "passed_over": 0, "left": 3}
    assert admin.http.post(url).json() == {"moved": 3, "passed_over": 0, "left": 0}
    assert admin.http.post(url).json() == {"moved": 0, "passed_over": 0, "left": 0}
    delivery.deliver(app)
    assert read(keys.image_id(settings().images_bucket, key)).state == "ready"


@pytest.mark.medium
def test_a_redrive_passes_over_uploads_of_inactive_accounts(
    api: str, app: Any, admin: Any, dead: Any, owner: str
) -> None:
    """They stay among the dead letters, however many they are, and go on once the account is active again."""
    histories.change_account(owner, state="disabled")
    for number in range(12):
        storage.put(f"uploads/{owner}/{number}.jpg", samples.jpeg(), "image/jpeg")
    dead(*(item["body"] for item in delivery.receive()))
    active = f"uploads/{owner}-active/1.jpg"
    storage.put(active, samples.jpeg(), "image/jpeg")
    dead(*(item["body"] for item in delivery.receive()))
    url = f"{api}/v1/admin/dead-letters/uploads/redrive"
    assert admin.http.post(url, params={"limit": 2}).json() == {"moved": 1, "passed_over": 12, "left": 12}
    delivery.deliver(app)
    assert read(keys.image_id(settings().images_bucket, active)).state == "ready"
    assert len(list(storage.list_objects(f"uploads/{owner}/"))) == 12
    histories.change_account(owner, state="active")
    assert admin.http.post(url).json() == {"moved": 12, "passed_over": 0, "left": 0}


@pytest.mark.medium
def test_a_ready_image_whose_reprocessing_was_interrupted_is_among_the_failed(
    api: str, app: Any, admin: Any, owner: str, monkeypatch: Any
) -> None:
    """It is listed until a later attempt succeeds, and its record says both."""
    image_id = put(app, f"uploads/{owner}/a.jpg", samples.jpeg())
    admin.http.post(f"{api}/v1/admin/images/reprocess", json={"images": [image_id]})
    (sent,) = delivery.receive()
    sent["attributes"]["ApproximateReceiveCount"] = str(settings().max_receive_count)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", histories.failing_once(storage.put, 1, "before"))
        assert delivery.give(app, sent) == [sent["messageId"]]
    (listed,) = (item for item in everything(api, admin, "/v1/admin/unsettled") if item["owner"] == owner)
    assert (listed["image_id"], listed["state"], "code" in listed) == (image_id, "ready", False)
    assert listed["interrupted"] == listed["changed"]
    shown = admin.http.get(f"{api}/v1/admin/images/{image_id}").json()
    assert (shown["state"], shown["interrupted"]) == ("ready", listed["interrupted"])
    assert delivery.give(app, sent) == []
    assert "interrupted" not in admin.http.get(f"{api}/v1/admin/images/{image_id}").json()
    assert owner not in {item["owner"] for item in everything(api, admin, "/v1/admin/unsettled")}


def test_an_interrupted_redrive_loses_nothing(aws: str, dead: Any, monkeypatch: Any) -> None:
    """What was sent and not deleted is there twice; what was not sent is there still."""
    dead("a", "b")
    sqs = clients.client("sqs")
    wanted = settings().uploads_dead_letter_queue, settings().uploads_queue

    def broken(**_options: Any) -> None:
        raise ConnectionError

    for operation, arrived in (("send_message_batch", 0), ("delete_message_batch", 2)):
        with monkeypatch.context() as patched:
            patched.setattr(queues, "MOVE_SECONDS", 0)  # as after the time for which messages are hidden
            patched.setattr(sqs, operation, broken)
            with pytest.raises(ConnectionError):
                queues.move(*wanted, 10)
        assert queues.depth(wanted[0]).waiting == 2
        assert len(delivery.receive()) == arrived


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/redrive")])
def test_other_queues_are_not_there(api: str, admin: Any, method: str, path: str) -> None:
    """Only those with dead letters can be named."""
    for name in (uuid.uuid4().hex, settings().uploads_queue):
        answer = admin.http.request(method, f"{api}/v1/admin/dead-letters/{name}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "queue_not_found")


def test_jobs_have_dead_letters_too(api: str, admin: Any) -> None:
    """They go back to the queue of jobs."""
    dead, jobs = settings().jobs_dead_letter_queue, settings().jobs_queue
    delivery.receive(jobs)  # what other tests have left to do
    queues.send(dead, ["a job"])
    answer = admin.http.post(f"{api}/v1/admin/dead-letters/jobs/redrive").json()
    assert answer == {"moved": 1, "passed_over": 0, "left": 0}
    assert [item["body"] for item in delivery.receive(jobs)] == ["a job"]


def test_message_attributes_survive_a_redrive(aws: str, dead: Any) -> None:
    """Whatever a message carried, it carries again."""
    sqs, source = clients.client("sqs"), settings().uploads_dead_letter_queue
    carried = {"kind": {"DataType": "String", "StringValue": "x"}}
    sqs.send_message(QueueUrl=clients.queue_url(source), MessageBody="a", MessageAttributes=carried)
    assert queues.move(source, settings().uploads_queue, 1).moved == 1
    url = clients.queue_url(settings().uploads_queue)
    (found,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
    assert found["MessageAttributes"] == carried


@pytest.mark.medium
def test_counts_know_when_they_are_not_complete(aws: str, owner: str, monkeypatch: Any) -> None:
    """A shard is counted up to a bound only."""
    for number in range(40):
        written(owner, keys.timestamp(keys.now()), number)
    counted = admin_lists.counts()["uploaded_today"]
    assert counted.complete
    assert counted.number >= 40
    monkeypatch.setattr(admin_lists, "COUNTED", 1)
    assert not admin_lists.counts()["uploaded_today"].complete
