"""Idempotency-Key over HTTP: a repeated request does nothing again, and gets the same answer."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.api import endpoint, idempotency
from chalicelib.api.security.access import Access
from chalicelib.db import claims, keys
from tests import delivery, samples

if TYPE_CHECKING:
    from chalicelib.db.models import Replay

ONE = {"images": [{"filename": "a.jpg"}]}


@pytest.fixture
def key() -> dict[str, str]:
    """Return a header with a key that no other test has."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def stored(user: Any, key: dict[str, str]) -> Any:
    return claims.get_replay(f"replay#{idempotency._digest(user.owner, key['Idempotency-Key'])}")


def test_the_first_answer_is_given_again(api: str, user: Any, key: dict[str, str]) -> None:
    """The same tickets, to the byte; another key, other tickets."""
    first, second = (user.http.post(f"{api}/v1/images", json=ONE, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    other = user.http.post(f"{api}/v1/images", json=ONE, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert other.json()["images"][0]["image_id"] != first.json()["images"][0]["image_id"]
    assert stored(user, key).expires - keys.now() > timedelta(hours=23)


def test_two_files_of_one_name_are_two_images(api: str, user: Any, key: dict[str, str]) -> None:
    """One request with one key, and a ticket for each."""
    body = {"images": [{"filename": "a.jpg"}, {"filename": "a.jpg"}]}
    first, second = user.http.post(f"{api}/v1/images", json=body, headers=key).json()["images"]
    assert first["image_id"] != second["image_id"]


def test_an_image_sent_twice_is_there_once(api: str, app: Any, user: Any, key: dict[str, str]) -> None:
    """Status, Location and Retry-After come again, too."""
    headers = {**key, "Content-Type": "image/jpeg"}
    answers = [
        user.http.post(f"{api}/v1/images?filename=a.jpg", data=samples.jpeg(), headers=headers) for _ in range(2)
    ]
    assert {answer.status_code for answer in answers} == {202}
    for name in ("Location", "Retry-After"):
        assert answers[0].headers[name] == answers[1].headers[name]
    delivery.deliver(app)
    assert len(user.http.get(f"{api}/v1/images").json()["images"]) == 1
    assert len(list(storage.list_objects(f"uploads/{user.owner}/"))) == 1


@pytest.mark.medium
def test_as_many_tickets_as_there_can_be_are_kept(api: str, user: Any, key: dict[str, str]) -> None:
    """The largest answer of all fits."""
    body = {"images": [{"filename": f"{number:03}" + "ü" * 120 + ".jpg"} for number in range(100)]}
    first, second = (user.http.post(f"{api}/v1/images", json=body, headers=key) for _ in range(2))
    assert first.status_code == 201
    assert first.content == second.content
    assert len(stored(user, key).body) < idempotency.MAX_PACKED_BYTES / 2


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/images", {"json": {"images": [{"filename": "b.jpg"}]}}),
        ("/v1/images?filename=b.jpg", {"json": ONE}),
        ("/v1/images/actions", {"json": {"action": "delete", "images": ["x"]}}),
        ("/v1/images", {"data": samples.jpeg(), "headers": {"Content-Type": "image/jpeg"}}),
    ],
)
def test_a_key_belongs_to_one_request(
    api: str, user: Any, key: dict[str, str], path: str, more: dict[str, Any]
) -> None:
    """Another body, query, path or type with it is 422, and does nothing; the first is answered as before."""
    first = user.http.post(f"{api}/v1/images", json=ONE, headers=key)
    answer = user.http.post(api + path, **{**more, "headers": {**more.get("headers", {}), **key}})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).content == first.content


def test_a_key_is_its_callers_own(api: str, user: Any, other_user: Any, key: dict[str, str]) -> None:
    """The same key in another's hands is another key."""
    first, second = (who.http.post(f"{api}/v1/images", json=ONE, headers=key) for who in (user, other_user))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["images"][0]["image_id"] != second.json()["images"][0]["image_id"]


@pytest.mark.parametrize("value", ["", "x" * 256, "a b", "\x7f", "é".encode()])
def test_what_is_no_key_is_refused(api: str, user: Any, value: str | bytes) -> None:
    """400: one to 255 visible characters."""
    answer = user.http.post(f"{api}/v1/images", json=ONE, headers={"Idempotency-Key": value})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_what_was_refused_can_be_sent_again(api: str, user: Any, key: dict[str, str]) -> None:
    """It has changed nothing, so its key is free, for another request, too."""
    odd = {"images": [{"filename": "a", "content_type": "text/html"}]}
    assert user.http.post(f"{api}/v1/images", json=odd, headers=key).status_code == 415
    assert stored(user, key) is None
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 201


def test_what_went_wrong_is_not_kept(api: str, user: Any, key: dict[str, str], monkeypatch: Any) -> None:
    """A 500 is not the answer; the next attempt makes one."""

    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "ticket", away)
        assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 500
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 201


def test_while_the_first_is_made_the_second_waits(
    api: str, user: Any, key: dict[str, str], monkeypatch: Any
) -> None:
    """409 with Retry-After, and 422 for another request; the answer, once it is made."""
    begun, go_on, real = threading.Event(), threading.Event(), storage.ticket
    answers: list[Any] = []

    def slow(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return real(*arguments)

    def ask() -> None:
        answers.append(user.http.post(f"{api}/v1/images", json=ONE, headers=key))

    monkeypatch.setattr(storage, "ticket", slow)
    first = threading.Thread(target=ask)
    first.start()
    assert begun.wait(10)
    ask()
    other = user.http.post(f"{api}/v1/images", json={"images": [{"filename": "b"}]}, headers=key)
    go_on.set()
    first.join()
    ask()
    assert [answer.status_code for answer in answers] == [409, 201, 201]
    assert (answers[0].json()["code"], answers[0].headers["Retry-After"]) == ("request_in_progress", "2")
    assert other.status_code == 422
    assert answers[1].content == answers[2].content


def test_a_claim_given_up_while_it_is_read_is_409(
    api: str, user: Any, key: dict[str, str], monkeypatch: Any
) -> None:
    """The first attempt fails between the second's claim and its look for the answer: ask again, and it works."""
    real = claims.get_replay

    def after_a_failure(identifier: str) -> Any:
        failed = real(identifier)
        assert failed is not None
        claims.release(failed)
        return real(identifier)

    user.http.post(f"{api}/v1/images", json=ONE, headers=key)
    with monkeypatch.context() as failing:
        failing.setattr(claims, "get_replay", after_a_failure)
        answer = user.http.post(f"{api}/v1/images", json=ONE, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert answer.headers["Retry-After"] == "2"
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 201


def test_an_attempt_that_died_frees_its_key(api: str, user: Any, key: dict[str, str], monkeypatch: Any) -> None:
    """A killed function leaves a claim, which expires by itself soon after the function's longest time."""
    with monkeypatch.context() as killed:
        killed.setattr(claims, "release", lambda _: None)
        killed.setattr(storage, "ticket", lambda *_: 1 / 0)
        user.http.post(f"{api}/v1/images", json=ONE, headers=key)
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 409
    claim = stored(user, key)
    assert timedelta(seconds=30) < claim.expires - keys.now() <= timedelta(seconds=60)
    claim.expires = keys.now() - timedelta(seconds=1)
    claim.save()
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 201


def test_a_request_whose_answer_was_lost_makes_the_same_images(api: str, user: Any, key: dict[str, str]) -> None:
    """A killed attempt leaves tickets, which the next one finds: by owner, key, request and place in it."""

    def tickets(body: dict[str, Any], headers: dict[str, str]) -> list[str]:
        answer = user.http.post(f"{api}/v1/images", json=body, headers=headers).json()
        stored(user, headers).delete()
        return [image["key"] for image in answer["images"]]

    two = {"images": [{"filename": "a.jpg"}, {"filename": "a.jpg"}]}
    first = tickets(two, key)
    assert tickets(two, key) == first
    assert len(set(first)) == 2
    assert set(tickets({**two, "images": two["images"][:1]}, key)).isdisjoint(first)
    assert set(tickets(two, {"Idempotency-Key": str(uuid.uuid4())})).isdisjoint(first)


def test_an_answer_is_forgotten_after_a_day(api: str, user: Any, key: dict[str, str]) -> None:
    """Even where DynamoDB has not removed it yet."""
    first = user.http.post(f"{api}/v1/images", json=ONE, headers=key)
    kept = stored(user, key)
    kept.expires = keys.now() - timedelta(seconds=1)
    kept.save()
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).content != first.content


def test_an_answer_that_cannot_be_kept_arrives(api: str, user: Any, key: dict[str, str], monkeypatch: Any) -> None:
    """Too large, or the table is away: the work is done, and the claim keeps a hasty second request from it."""
    with monkeypatch.context() as small:
        small.setattr(idempotency, "MAX_PACKED_BYTES", 10)
        assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 201
    assert user.http.post(f"{api}/v1/images", json=ONE, headers=key).status_code == 409

    def away(_: Replay) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as broken:
        broken.setattr(claims, "keep", away)
        other = {"Idempotency-Key": str(uuid.uuid4())}
        assert user.http.post(f"{api}/v1/images", json=ONE, headers=other).status_code == 201


def test_routes_say_whether_they_take_part(app: Any) -> None:
    """Every POST for WRITE does, but for share links, whose answers hold a secret."""
    posts = {route.path: route for route in endpoint.ROUTES if route.method == "POST"}
    assert posts["/v1/images"].replayed
    assert posts["/v1/images/actions"].replayed
    assert not posts["/v1/images/{image_id}/shares"].replayed
    assert not any(route.replayed for route in endpoint.ROUTES if route.access is not Access.WRITE)
    assert not any(route.replayed for route in endpoint.ROUTES if route.method != "POST")
