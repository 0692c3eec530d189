"""Quotas as a caller meets them: at the ticket, at the upload, in the record."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from chalicelib import aws as clients
from chalicelib.catalogue.index import usage
from chalicelib.catalogue.index.usage import Amount
from chalicelib.db.index_table import Transaction
from chalicelib.processing import quota
from tests import delivery, samples
from tests.histories import change_account

DATA = samples.jpeg(seed=3)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: Any) -> None:
    """Read the usage at each request."""
    monkeypatch.setattr(quota, "REMEMBERED_SECONDS", 0.0)


def ask(api: str, user: Any, images: int) -> requests.Response:
    """Ask for tickets."""
    answer: requests.Response = user.http.post(
        f"{api}/v1/images", json={"images": [{"filename": "a.jpg"}] * images}
    )
    return answer


def send(api: str, user: Any) -> requests.Response:
    """Send an image as the body."""
    answer: requests.Response = user.http.post(
        f"{api}/v1/images", data=DATA, headers={"Content-Type": "image/jpeg"}
    )
    return answer


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_tickets_are_given_for_as_many_images_as_there_is_room_for(
    app: Any, stream: Any, api: str, user: Any
) -> None:
    """All of a request or none of it, with usage and quota."""
    change_account(user.owner, quota_images=3)
    assert send(api, user).status_code == 202
    delivery.deliver(app)
    stream()
    assert ask(api, user, 2).status_code == 201
    refused = ask(api, user, 3)
    assert code(refused) == (403, "quota_exceeded")
    assert "The account has 1 of 3 images allowed." in refused.json()["detail"]


@pytest.mark.medium
def test_a_quota_that_an_admin_has_just_raised_counts_at_once(app: Any, stream: Any, api: str, user: Any) -> None:
    """Although this process has cached the account; a lower one counts when the cache expires."""
    change_account(user.owner, quota_images=1)
    assert send(api, user).status_code == 202
    delivery.deliver(app)
    stream()
    assert code(ask(api, user, 1)) == (403, "quota_exceeded")
    clients.client("dynamodb").update_item(  # as another process does
        TableName="janus-dev-accounts",
        Key={"holder": {"S": f"owner:{user.owner}"}, "item": {"S": "profile"}},
        UpdateExpression="SET quota_images = :most",
        ExpressionAttributeValues={":most": {"N": "2"}},
    )
    assert ask(api, user, 1).status_code == 201
    assert code(ask(api, user, 2)) == (403, "quota_exceeded")


@pytest.mark.medium
def test_an_image_in_the_body_is_taken_while_its_bytes_fit(app: Any, stream: Any, api: str, user: Any) -> None:
    """To the byte."""
    change_account(user.owner, quota_bytes=2 * len(DATA))
    for _ in range(2):
        assert send(api, user).status_code == 202
        delivery.deliver(app)
        stream()
    assert code(send(api, user)) == (403, "quota_exceeded")
    assert code(ask(api, user, 1)) == (403, "quota_exceeded")


@pytest.mark.medium
def test_an_upload_that_slipped_through_shows_why_it_was_removed(
    app: Any, stream: Any, api: str, user: Any
) -> None:
    """A ticket that was given before: its record has code, reason and expiry, leads to no file, can be deleted."""
    change_account(user.owner, quota_images=1)
    ticket = ask(api, user, 1).json()["images"][0]
    assert send(api, user).status_code == 202
    delivery.deliver(app)
    stream()
    form = ticket["upload"]
    assert requests.post(form["url"], form["fields"], files={"file": DATA}, timeout=10).status_code == 204
    for _ in range(2):
        delivery.deliver(app)
    image = f"{api}{ticket['links']['self']}"
    record = user.http.get(image).json()
    assert (record["state"], record["code"]) == ("failed", "quota_exceeded")
    assert record["reason"].startswith("The account has 1 of 1 images allowed.")
    assert record["expires"] > record["uploaded"]
    assert set(record["links"]) == {"self"}
    assert code(user.http.get(f"{image}/original")) == (404, "image_not_found")
    assert user.http.delete(image).status_code == 204
    assert user.http.get(image).status_code == 404


@pytest.mark.medium
def test_what_is_used_is_remembered_for_a_few_seconds(
    app: Any, stream: Any, api: str, user: Any, monkeypatch: Any
) -> None:
    """So most tickets read no sum; ingest refuses the uploads that slip through."""
    monkeypatch.setattr(quota, "REMEMBERED_SECONDS", 3600.0)
    change_account(user.owner, quota_images=1)
    for _ in range(2):
        assert send(api, user).status_code == 202
    for message in delivery.receive():
        delivery.give(app, message)
        stream()
    delivery.deliver(app)
    states = [image["state"] for image in user.http.get(f"{api}/v1/images").json()["images"]]
    assert sorted(states) == ["failed", "ready"]


def test_what_is_used_is_told_by_month_without_what_was_refused(aws: str, owner: str) -> None:
    """The oldest first; a month of which nothing takes up anything is left out."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "month#2026-03"), {"images": 3, "refused": 1, "bytes": 5})
    transaction.add((f"{owner}#count", "month#2026-02"), {"images": 1, "refused": 1})
    transaction.add((f"{owner}#count", "month#2026-01"), {"images": 2, "bytes": 7})
    transaction.add((f"{owner}#count", "taken#2026"), {"2026-01": 2})
    assert transaction.commit()
    assert list(usage.used_by_month(owner).items()) == [("2026-01", Amount(2, 7)), ("2026-03", Amount(2, 5))]
