"""Steps: a program of the traveller's hears of images by a webhook; deliveries are listed and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.journey.people import wait_for, wait_same

if TYPE_CHECKING:
    from tests.journey.state import Journey

TYPES = ["account.deleted", "image.ready"]


def subscribe(journey: Journey) -> None:
    """Make a webhook that leads to a receiver on this machine; its secret is told once."""
    person, receiver = journey.traveller, journey.receiver
    made = person.call("POST", "/v1/webhooks", 201, json={"url": receiver.url, "types": TYPES}).json()
    receiver.secret = made["secret"]
    journey.webhook = made["links"]["self"]
    shown = person.get(journey.webhook)
    assert (shown["url"], shown["state"], shown["types"]) == (receiver.url, "enabled", TYPES), shown
    assert "secret" not in shown, shown
    journey.guest.refused("GET", journey.webhook, 404, "webhook_not_found")


def hear(journey: Journey) -> None:
    """Receive a signed event of each upload, see every attempt, and have one event delivered again."""
    person, receiver, ready = journey.traveller, journey.receiver, journey.ids.keys() - {"notes.jpg"}
    images = {journey.ids[name] for name in ready}
    wait_same(lambda: {data["image_id"] for _, data in receiver.of("image.ready")}, images)
    deliveries = f"{journey.webhook}/deliveries"
    sent = wait_for("the log has all as delivered", lambda: _delivered(person.get(f"{deliveries}?limit=100")))
    assert {one["event_id"] for one in sent} == {event_id for event_id, _ in receiver.of("image.ready")}, sent
    (first,) = receiver.put_off  # answered by 503, and tried again
    attempts = {one["event_id"]: [attempt["status"] for attempt in one["attempts"]] for one in sent}
    assert attempts[first] == [503, 204], attempts
    shown = person.get(f"{deliveries}/{first}")
    assert shown["event"] == next(event for event_id, event in receiver.received if event_id == first), shown
    again = person.call("POST", f"{deliveries}/{first}/replay", 202).json()
    assert again["event_id"] == first, again
    wait_same(lambda: sum(event_id == first for event_id, _ in receiver.of("image.ready")), 2)
    wait_same(lambda: [one["status"] for one in person.get(f"{deliveries}/{first}")["attempts"]], [503, 204, 204])
    test = person.call("POST", f"{journey.webhook}/test", 202).json()["event_id"]
    wait_same(lambda: [event_id for event_id, _ in receiver.of("webhook.test")], [test])
    assert receiver.refused == [], receiver.refused


def _delivered(page: dict[str, Any]) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = page["deliveries"]
    return found if all(one["state"] == "delivered" for one in found) else None
