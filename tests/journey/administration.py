"""Steps: an admin looks after people, failures and dead letters; the counts equal a count of the records."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.journey.people import wait_for, wait_same

if TYPE_CHECKING:
    from tests.journey.state import Journey


def administer(journey: Journey) -> None:
    """Find people and failures, read one's images, process one again; the audit trail has it all."""
    admin, person = journey.admin, journey.traveller
    (found,) = admin.get(f"/v1/admin/users?search={quote(person.get('/v1/users/me')['name'])}")["users"]
    assert (found["owner"], found["state"], found["quota_images"]) == (person.owner, "active", 100_000), found
    failures = admin.pages("/v1/admin/unsettled?state=failed")
    (notes,) = [one for one in failures if one["image_id"] == journey.ids["notes.jpg"]]
    assert (notes["code"], notes["owner"]) == ("not_an_image", person.owner), notes
    seen = admin.pages(f"/v1/admin/images?owner={person.owner}")
    assert {one["image_id"] for one in seen} == {*journey.ids.values()}, seen
    image_id = journey.ids["crimson.png"]
    record = admin.get(f"/v1/admin/images/{image_id}")
    answer = admin.call("POST", "/v1/admin/images/reprocess", 202, json={"images": [image_id, "a" * 26]})
    assert [one["status"] for one in answer.json()["images"]] == [202, 404], answer.text
    path = f"/v1/admin/images/{image_id}"
    wait_for("the image is processed again", lambda: admin.get(path)["changed"] > record["changed"])
    assert admin.get(path)["alt"] == "A red area"
    system = admin.get("/v1/admin/system")
    assert system["stage"] == journey.target.stage, system
    entries = admin.get(f"/v1/admin/audit?target={image_id}")["entries"]
    assert {one["action"] for one in entries} == {"image.read", "images.reprocess"} or {
        one["action"] for one in entries
    } == {"image.read"}, entries
    ready = admin.get("/v1/status/ready")
    assert ready["status"] == "ready", ready


def redrive(journey: Journey) -> None:
    """Look at messages that were set aside, of uploads and of jobs, and have them tried again."""
    admin, person, target = journey.admin, journey.traveller, journey.target
    before = person.get(journey.image("crimson.png"))
    stored = {"key": before["key"], "size": before["size"]}
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "s3": {"bucket": {"name": target.bucket}, "object": stored},
    }
    target.set_aside("uploads", {"Records": [record]})
    target.set_aside("jobs", {"job": "recount", "owner": person.owner})
    for queue in ("uploads", "jobs"):
        path = f"/v1/admin/dead-letters/{queue}"
        wait_same(lambda queue=queue: _depths(journey)[queue], 1)
        (message,) = admin.get(path)["messages"]
        assert person.owner in message["body"], message
        moved = wait_for(f"{queue} move", lambda path=path: _moved(journey, path))
        assert (moved["moved"], moved["passed_over"]) == (1, 0), moved
    wait_same(lambda: _depths(journey), {"uploads": 0, "jobs": 0})
    admin.refused("POST", "/v1/admin/dead-letters/mail/redrive", 404, "queue_not_found")
    path = journey.image("crimson.png")
    wait_for("the upload is processed again", lambda: person.get(path)["changed"] > before["changed"])
    wait_same(target.dead_letters, {})


def recount(journey: Journey) -> None:
    """Count the records one by one; the counters, which follow each change, must say the same."""
    person, admin = journey.traveller, journey.admin
    wait_same(lambda: _counters(person.get("/v1/facets")), _counted(person.pages("/v1/images?limit=100")))
    everybody = admin.pages("/v1/admin/images?limit=100")
    expected = {"images": len(everybody), "bytes": sum(image["size"] for image in everybody)}
    wait_same(lambda: _totals(admin.get("/v1/admin/analytics/uploads")), expected)
    own = {"images": 5, "bytes": sum(len(data) for name, data in journey.files.items() if name != "notes.jpg")}
    assert _totals(person.get("/v1/users/me/usage")) == own
    sizes = [len(journey.files[name]) for name in ("crimson.png", "photo.jpg")]
    assert _totals(journey.guest.get("/v1/users/me/usage")) == {"images": 2, "bytes": sum(sizes)}


def _depths(journey: Journey) -> dict[str, int]:
    queues = journey.admin.get("/v1/admin/dead-letters")["queues"]
    return {name: told["waiting"] + told["in_flight"] for name, told in queues.items()}


def _moved(journey: Journey, path: str) -> Any:
    """Return the outcome of a redrive, once the message, which was just looked at, can be received again."""
    outcome = journey.admin.call("POST", f"{path}/redrive").json()
    return outcome if outcome["moved"] else None


def _totals(told: Any) -> dict[str, int]:
    return {"images": told["images"], "bytes": told["bytes"]}


def _counted(images: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    return {
        "states": Counter(image["state"] for image in images),
        "formats": Counter(image["format"] for image in images if "format" in image),
        "taken": Counter(image["taken"][:7] for image in images if "taken" in image),
        "uploaded": Counter(image["uploaded"][:7] for image in images),
    }


def _counters(facets: Any) -> dict[str, Counter[str]]:
    names = ("states", "formats", "taken", "uploaded")
    return {name: Counter({one["value"]: one["images"] for one in facets[name]}) for name in names}
