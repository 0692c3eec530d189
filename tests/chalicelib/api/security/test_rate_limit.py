"""Rate limits: the permitted requests, their times, and the cost of counting."""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import threading
import uuid
from collections import Counter
from typing import Any

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.api.endpoint import ROUTES
from chalicelib.api.http import problems
from chalicelib.api.security import rate_limit
from chalicelib.config import RATE_LIMITS, settings
from chalicelib.db import api_keys, keys
from chalicelib.db.models import ApiKey
from tests import delivery
from tests.packaging import lambda_events

RATE, SUBJECT = "read", "owner:somebody"


class Table:
    """The counters in memory, with a clock, and counts of reads and writes."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.reads = self.writes = 0
        self.counted: Counter[Any] = Counter()

    def reserve(self, rate: str, subject: str, window: int, amount: int, expires: float) -> int:
        self.writes += 1
        assert expires > self.now, "the counter would expire while it is needed"
        self.counted[rate, subject, window] += amount
        return self.counted[rate, subject, window]

    def taken(self, rate: str, subject: str, window: int) -> int:
        self.reads += 1
        return self.counted[rate, subject, window]

    def process(self) -> rate_limit.Limiter:
        """Return the limiter of one more process on this table."""
        return rate_limit.Limiter(self.reserve, self.taken, lambda: self.now)


def granted(limiter: rate_limit.Limiter, quota: int, seconds: int = 60) -> bool:
    verdict = limiter.take(RATE, SUBJECT, quota, seconds)
    assert verdict is not None
    return verdict.granted


@pytest.mark.parametrize("quota", [1, 7, 100, 1000])
@pytest.mark.parametrize("processes", [1, 4, 20])
def test_no_window_lets_more_through_than_the_limit_and_no_moment_more_than_the_estimate(
    quota: int, processes: int
) -> None:
    """Whichever process a request comes to, and whenever: bursts, pauses and steady streams."""
    chance = random.Random(quota * processes)
    table = Table(chance.uniform(0, 1e9))
    limiters = [table.process() for _ in range(processes)]
    through: Counter[int] = Counter()
    for _ in range(6 * quota + 200):
        table.now += chance.choice([0, 0, 0, 60 / quota / 4, 60 / quota, 13 if chance.random() < 0.02 else 0])
        if granted(chance.choice(limiters), quota):
            window, part = divmod(table.now / 60, 1)
            through[int(window)] += 1
            assert through[int(window)] <= quota
            assert through[int(window) - 1] * (1 - part) + through[int(window)] <= quota + 1e-6


@pytest.mark.parametrize("processes", [1, 5, 20])
def test_a_caller_who_asks_too_often_still_gets_what_the_limit_allows(processes: int) -> None:
    """Twice the limit, at random over the processes: nine tenths of the limit go through, in each window."""
    chance, table, quota = random.Random(processes), Table(60_000.0), 600
    limiters = [table.process() for _ in range(processes)]
    through: Counter[int] = Counter()
    for _ in range(5 * 2 * quota):
        table.now += 60 / quota / 2
        through[int(table.now // 60)] += granted(chance.choice(limiters), quota)
    complete = [through[window] for window in sorted(through)[:5]]
    assert min(complete) >= 0.9 * quota


def test_a_burst_costs_few_writes_and_no_request_more_than_one() -> None:
    """1,200 requests at once, and as many that are refused."""
    table, quota = Table(), 1200
    limiter = table.process()
    costs = []
    for _ in range(2 * quota):
        before = table.writes
        granted(limiter, quota)
        costs.append(table.writes - before)
    assert max(costs) == 1
    assert sum(costs[:quota]) < quota / 10
    assert sum(costs[quota:]) <= 1


def test_a_caller_over_the_limit_costs_nothing() -> None:
    """Refused from memory: neither a read nor a write, until its time has come."""
    table = Table()
    limiter = table.process()
    while granted(limiter, 50):
        pass
    costs = table.reads, table.writes
    assert not any(granted(limiter, 50) for _ in range(1000))
    assert (table.reads, table.writes) == costs


def test_a_steady_caller_below_the_limit_costs_no_read() -> None:
    """The window before is read only where it decides."""
    table = Table(1.1)
    limiter = table.process()
    for _ in range(600):
        table.now += 0.2
        assert granted(limiter, 1200)
    assert table.reads == 0


def test_a_small_limit_is_counted_one_by_one() -> None:
    """A place that a process holds is one that others lack: below 32, nothing is reserved ahead."""
    table = Table(59.0)
    first, second = table.process(), table.process()
    assert [granted(first, 20) for _ in range(10)] == [True] * 10
    assert [granted(second, 20) for _ in range(11)] == [True] * 10 + [False]


def test_who_waits_as_told_gets_through_and_not_before() -> None:
    """In the window that is used up, and in the next, which remembers it."""
    table, quota = Table(30.0), 10
    limiter = table.process()
    for _ in range(25):
        verdict = limiter.take(RATE, SUBJECT, quota, 60)
        assert verdict is not None
        if not verdict.granted:
            assert verdict.remaining == 0
            table.now += verdict.seconds - 1.001
            assert not granted(limiter, quota)
            table.now += 1.001
            assert granted(limiter, quota)


def test_what_remains_is_what_then_goes_through() -> None:
    """The figure falls one by one to nothing."""
    limiter = Table(120.0).process()
    shown = [limiter.take(RATE, SUBJECT, 100, 60) for _ in range(100)]
    assert [verdict.remaining for verdict in shown if verdict] == list(range(99, -1, -1))


def test_what_remains_is_less_by_what_still_counts_of_the_window_before() -> None:
    """Of 80 requests half counts in the middle of the next window: 60 of 100 go through, as the last ten tell."""
    table = Table(60_000.0)
    limiter = table.process()
    assert all(granted(limiter, 100) for _ in range(80))
    table.now = 60_090.0
    shown = [limiter.take(RATE, SUBJECT, 100, 60) for _ in range(61)]
    assert [verdict.granted for verdict in shown if verdict] == [True] * 60 + [False]
    assert [verdict.remaining for verdict in shown[50:] if verdict] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]


def test_the_rate_that_the_figures_suggest_is_never_above_the_limit_s() -> None:
    """At the end of a window, too (draft-ietf-httpapi-ratelimit-headers-11, section 8.5)."""
    table = Table()
    limiter = table.process()
    for _ in range(500):
        table.now += 0.37
        verdict = limiter.take(RATE, SUBJECT, 100, 60)
        assert verdict is not None
        assert verdict.remaining / verdict.seconds <= 100 / 60


def test_callers_and_classes_do_not_share_their_limits() -> None:
    """One's requests leave another's, and one's own of another class, as they are."""
    limiter = Table(59.0).process()
    kinds = list(itertools.product(["read", "write"], ["owner:a", "owner:b"]))
    for rate, subject in kinds:
        verdicts = [limiter.take(rate, subject, 2, 60) for _ in range(3)]
        assert [verdict.granted for verdict in verdicts if verdict] == [True, True, False]


def test_memory_is_bounded() -> None:
    """Of any number of addresses, a process remembers the newest; reservations of the others stay."""
    table = Table(59.0)
    limiter = table.process()
    for number in range(2 * rate_limit._KEPT):
        limiter.take("public", f"address:{number}", 2, 60)
    assert len(limiter._windows) == rate_limit._KEPT
    verdicts = [limiter.take("public", "address:0", 2, 60) for _ in range(2)]
    assert [verdict.granted for verdict in verdicts if verdict] == [True, False]


def test_a_caller_s_next_window_pushes_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the place of its last one, behind all others: who asked least recently leaves first."""
    monkeypatch.setattr(rate_limit, "_KEPT", 2)
    table = Table(59.0)
    limiter = table.process()
    for now, subject, remembered in (
        (59.0, "a", {"a"}),
        (59.0, "b", {"a", "b"}),
        (61.0, "b", {"a", "b"}),
        (61.0, "a", {"a", "b"}),
        (61.0, "c", {"a", "c"}),
    ):
        table.now = now
        limiter.take(RATE, subject, 2, 60)
        assert {name for _, name in limiter._windows} == remembered


def test_nothing_is_limited_while_dynamodb_fails_and_it_is_not_asked_for_a_while(caplog: Any) -> None:
    """A limit must not take the system down; a pause keeps requests from waiting for one time-out each."""
    table, calls = Table(), []

    def failing(*_arguments: Any) -> int:
        calls.append(table.now)
        raise UpdateError("no answer")

    limiter = rate_limit.Limiter(failing, table.taken, lambda: table.now)
    assert [limiter.take(RATE, SUBJECT, 1, 60) for _ in range(100)] == [None] * 100
    assert len(calls) == 1
    table.now += 6
    assert limiter.take(RATE, SUBJECT, 1, 60) is None
    assert len(calls) == 2


@pytest.mark.medium
@pytest.mark.usefixtures("aws")
def test_threads_of_many_processes_never_get_more_than_the_limit_together() -> None:
    """50 threads on five limiters, counted in DynamoDB itself."""
    subject, moment = f"owner:{uuid.uuid4()}", 1_800_000_059.0
    limiters = [rate_limit.Limiter(clock=lambda: moment) for _ in range(5)]
    through: list[bool] = []

    def ask(limiter: rate_limit.Limiter) -> None:
        for _ in range(40):
            verdict = limiter.take(RATE, subject, 300, 60)
            through.append(verdict is not None and verdict.granted)

    threads = [threading.Thread(target=ask, args=[limiters[number % 5]]) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 2000
    assert 270 <= sum(through) <= 300


@pytest.fixture
def few(aws: str, monkeypatch: Any) -> None:
    """Let every class take three requests a day."""
    monkeypatch.setitem(vars(settings()), "rate_limits", dict.fromkeys(RATE_LIMITS, (3, 86_400)))


def call(app: Any, method: str, path: str, address: str, token: str = "", **parts: Any) -> Any:
    """Call the API as API Gateway does, from an address, with a token or an API key; return what it answers."""
    event = lambda_events.request(method, path, token=token, **parts)
    if token.startswith("janus_"):
        event |= {"headers": {"x-api-key": token}, "multiValueHeaders": {"x-api-key": [token]}}
    event["requestContext"]["identity"]["sourceIp"] = address
    answer = app(event, delivery.CONTEXT)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"] or "{}")


def an_address() -> str:
    """Return an address that no other test has."""
    return ".".join(str(part) for part in (10, *uuid.uuid4().bytes[:3]))


def test_answers_tell_the_limit_and_the_one_too_many_is_a_problem(few: None, app: Any, user: Any) -> None:
    """RateLimit, RateLimit-Policy, and Retry-After, not earlier than the window that RateLimit names."""
    for left in (2, 1, 0):
        status, headers, _ = call(app, "GET", "/v1/images", "192.0.2.1", user.token)
        assert (status, headers["RateLimit-Policy"]) == (200, '"read";q=3;w=86400')
        assert re.fullmatch(rf'"read";r={left};t=\d+', headers["RateLimit"])
    status, headers, body = call(app, "GET", "/v1/images", "192.0.2.1", user.token)
    assert (status, body["code"], headers["Content-Type"]) == (429, "too_many_requests", problems.CONTENT_TYPE)
    assert headers["RateLimit"] == f'"read";r=0;t={headers["Retry-After"]}'
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)


def test_one_caller_s_limit_leaves_others_and_other_classes_alone(
    few: None, app: Any, user: Any, other_user: Any
) -> None:
    """From the same address, too."""
    for _ in range(4):
        status = call(app, "GET", "/v1/images", "192.0.2.1", user.token)[0]
    assert status == 429
    assert call(app, "GET", "/v1/images", "192.0.2.1", other_user.token)[0] == 200
    wanted = {"images": [{"filename": "a.jpg"}]}
    assert call(app, "POST", "/v1/images", "192.0.2.1", user.token, body=wanted)[0] == 201


def test_errors_count_and_tell_the_limit_too(few: None, app: Any, user: Any) -> None:
    """Refusals after authentication: a missing image, a malformed body."""
    path = "/v1/images/{image_id}"
    status, headers, _ = call(app, "GET", path, "192.0.2.1", user.token, image_id="a" * 26)
    assert (status, headers["RateLimit"].partition(";t")[0]) == (404, '"read";r=2')
    status, headers, _ = call(app, "POST", "/v1/images", "192.0.2.1", user.token, body={"no": 1})
    assert (status, headers["RateLimit"].partition(";t")[0]) == (400, '"write";r=2')


def test_redirects_name_no_figures(app: Any, user: Any, api: str) -> None:
    """A client that heeds them might wait before it follows (section 6 of the draft)."""
    body = {"images": [{"filename": "a.jpg"}]}
    ticket = user.http.post(f"{api}/v1/images", json=body).json()["images"][0]
    assert "RateLimit" in user.http.get(f"{api}{ticket['links']['self']}").headers
    key = ticket["key"]
    from chalicelib import storage
    from tests import samples

    storage.put(key, samples.jpeg(), "image/jpeg")
    delivery.deliver(app)
    answer = user.http.get(f"{api}{ticket['links']['self']}/original", allow_redirects=False)
    assert answer.status_code == 302
    assert "RateLimit" not in answer.headers


def test_a_flood_of_bad_tokens_counts_towards_its_address_only(few: None, app: Any, user: Any) -> None:
    """The 401 becomes a 429; a valid token from the same address still works."""
    address = an_address()
    statuses = [call(app, "GET", "/v1/images", address, "nonsense")[0] for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert call(app, "GET", "/v1/openapi.json", address)[0] == 429
    assert call(app, "GET", "/v1/images", address, user.token)[0] == 200


def test_an_invalid_key_from_an_address_over_the_limit_costs_no_read(
    few: None, app: Any, user: Any, api: str, monkeypatch: Any
) -> None:
    """Only those within the limit are looked up; a key that is remembered works all the same."""
    address = an_address()
    body = {"name": "robot", "scopes": ["read"]}
    valid = user.http.post(f"{api}/v1/users/me/keys", json=body).json()["key"]
    looked_up = []
    find = ApiKey.query

    def query(*arguments: Any, **options: Any) -> Any:
        looked_up.append(arguments)
        return find(*arguments, **options)

    monkeypatch.setattr(ApiKey, "query", query)

    def status(key: str) -> int:
        return int(call(app, "GET", "/v1/images", address, key)[0])

    def invalid() -> str:
        return f"janus_{base64.b32encode(uuid.uuid4().bytes)[:16].decode().lower()}_{'x' * 43}"

    assert [status(invalid()) for _ in range(8)] == [401, 401, 401, 429, 429, 429, 429, 429]
    assert len(looked_up) == 4  # the fourth told that the limit is reached
    assert status(valid) == 200
    api_keys._known.forget(valid[6:22])
    assert status(valid) == 429


def test_a_refusal_from_memory_counts_nothing_and_ends_when_it_says() -> None:
    """None below the limit, and none once the wait is over; the one who then comes is let through."""
    table, quota = Table(60_000.0), 2
    limiter = table.process()
    assert limiter.refusal(RATE, SUBJECT, quota, 60) is None
    assert [granted(limiter, quota) for _ in range(3)] == [True, True, False]
    reads, writes = table.reads, table.writes
    refused = [limiter.refusal(RATE, SUBJECT, quota, 60) for _ in range(5)]
    assert (refused[0], len(set(refused))) == (rate_limit.Verdict(granted=False, remaining=0, seconds=91), 1)
    assert (table.reads, table.writes) == (reads, writes)
    table.now += 91
    assert limiter.refusal(RATE, SUBJECT, quota, 60) is None
    assert granted(limiter, quota)


def test_a_forbidden_caller_counts_as_any_other(few: None, app: Any, user: Any, monkeypatch: Any) -> None:
    """Who may not do a thing cannot try it without end."""
    from chalicelib.api.security.access import Access

    def refuse(_access: Access, _caller: Any) -> None:
        raise problems.Problem("forbidden", "No.")

    monkeypatch.setattr(Access, "check", refuse)
    statuses = [call(app, "GET", "/v1/images", "192.0.2.1", user.token)[0] for _ in range(5)]
    assert statuses == [403, 403, 403, 429, 429]


def test_logging_in_has_a_limit_of_its_own_by_address(few: None, app: Any) -> None:
    """Guessing passwords ends soon, with any names; another address is another caller."""
    address = an_address()

    def statuses() -> list[int]:
        body = {"username": uuid.uuid4().hex, "password": "guess"}
        return [call(app, "POST", "/v1/auth/login", address, body=body)[0] for _ in range(4)]

    assert statuses() == [401, 401, 401, 429]
    address = an_address()
    assert statuses()[0] == 401


def test_hosts_of_one_ipv6_network_are_one_caller(few: None, app: Any) -> None:
    """A host has 2^64 addresses to choose from."""
    network = f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}"
    statuses = [call(app, "GET", "/v1/openapi.json", f"{network}::{number:x}")[0] for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_limits_can_be_off(aws: str, app: Any, monkeypatch: Any) -> None:
    """Then nothing is counted and nothing said."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {})
    status, headers, _ = call(app, "GET", "/v1/openapi.json", an_address())
    assert (status, "RateLimit" in headers) == (200, False)


def test_every_route_has_a_class_with_a_limit(app: Any) -> None:
    """Only the one that does nothing is without: to count would be its only work."""
    free = {route.path for route in ROUTES if route.rate not in RATE_LIMITS}
    assert free == {"/v1/status"}
    assert {(route.method, route.path) for route in ROUTES if route.rate == "auth"} >= {("POST", "/v1/auth/login")}


def test_a_counter_is_one_item_for_subject_class_and_window() -> None:
    """No two of them meet."""
    parts = itertools.product(["read", "write"], ["owner:a", "owner:b"], [1, 2])
    assert len({keys.counter(*given) for given in parts}) == 8
