"""Steps: an account ends with all that belongs to it, and the system is as sound as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journey.people import PASSPHRASE, wait_for, wait_same

if TYPE_CHECKING:
    from tests.journey.people import Person
    from tests.journey.state import Journey

DUE = "*#due#"  # repeats attempts whose message was lost; `release_deliveries` takes them off within ten minutes


def delete_account(journey: Journey) -> None:
    """Delete the traveller's account: images, files, keys, shares, counts and the user are gone."""
    target, person, admin = journey.target, journey.traveller, journey.admin
    assert len(target.derived() - journey.derived) == 7  # folders: of five images, and of the guest's two
    assert target.username(person.email) is not None
    person.call("DELETE", "/v1/users/me", 202)
    for machine in (person, journey.key):
        assert machine is not None
        wait_for("its callers are refused", lambda caller=machine: _is_refused(caller))
    shared = target.address(f"/v1/shared/{journey.link}")
    wait_for("the link is closed", lambda: journey.stranger.http.get(shared, timeout=60).status_code == 404)
    wait_same(lambda: {key for key in target.objects() if person.owner in key}, set())
    wait_same(lambda: admin.pages(f"/v1/admin/images?owner={person.owner}"), [])
    wait_same(lambda: target.username(person.email), None)
    wrong = {"username": person.email, "password": PASSPHRASE}
    person.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=wrong)
    # the webhook is kept to be told of the end, which comes after the second round, in a quarter of an hour
    parting = f"parting:{person.owner} webhook#{journey.webhook.rpartition('/')[2]}"
    wait_same(lambda: target.items("accounts", person.owner), {f"owner:{person.owner} profile", parting})
    wait_same(lambda: {key for key in target.items("facets", person.owner) if not key.startswith(DUE)}, set())
    wait_same(lambda: len(target.derived() - journey.derived), 2)
    guest = journey.guest.get("/v1/users/me/usage")
    left = {name: journey.before[name] + guest[name] for name in ("images", "bytes")}
    wait_same(lambda: _totals(admin), left)


def sound(journey: Journey) -> None:
    """Find nothing in any dead-letter queue, no event that its receiver refused, and no error in any log."""
    assert journey.receiver.refused == [], journey.receiver.refused
    wait_same(journey.target.dead_letters, {})
    errors = journey.target.errors()
    assert errors == [], "\n".join(line[:2000] for line in errors[:10])


def _is_refused(person: Person) -> bool:
    address = person.target.address("/v1/images?limit=1")
    return person.http.get(address, timeout=60).status_code in (401, 403)


def _totals(admin: Person) -> dict[str, int]:
    told = admin.get("/v1/admin/analytics/uploads")
    return {"images": told["images"], "bytes": told["bytes"]}
