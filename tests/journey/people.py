"""People of a journey: each calls the API over HTTP, and knows which status an answer must have."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journey.target import Target

PASSPHRASE = "three quiet lakes at noon"
TIMEOUT = 60
WAIT_SECONDS = 90.0  # for an event to arrive, or the caches of all processes to expire


class Person:
    """Somebody who calls the API: a stranger, until there is a token or a key."""

    def __init__(self, target: Target, email: str = "", **headers: str) -> None:
        self.target, self.email = target, email or f"{uuid.uuid4().hex[:12]}@example.org"
        self.owner = ""
        self.http = requests.Session()
        self.http.headers.update({**target.headers, **headers})

    def call(self, method: str, path: str, status: int = 200, **arguments: Any) -> requests.Response:
        """Return the answer to a request, which must have this status; redirects are not followed."""
        url = self.target.address(path)
        answer = self.http.request(method, url, timeout=TIMEOUT, allow_redirects=False, **arguments)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:800]}"
        return answer

    def get(self, path: str, status: int = 200, **arguments: Any) -> Any:
        """Return the JSON of an answer."""
        return self.call("GET", path, status, **arguments).json()

    def refused(self, method: str, path: str, status: int, code: str, **arguments: Any) -> requests.Response:
        """Return the answer to a request that is refused with this status and code (RFC 9457)."""
        answer = self.call(method, path, status, **arguments)
        assert answer.json()["code"] == code, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
        return answer

    def follow(self, path: str) -> requests.Response:
        """Return the file that a route leads to; without the caller's headers, as browsers fetch it elsewhere."""
        answer = self.call("GET", path, 302)
        found = requests.get(answer.headers["Location"], timeout=TIMEOUT)
        assert found.status_code == 200, f"{path}: {found.status_code} {found.text[:800]}"
        return found

    def sign_up(self) -> None:
        """Sign up and confirm the address."""
        self.call("POST", "/v1/auth/signup", 202, json={"email": self.email, "password": PASSPHRASE})
        code = self.target.code(self.email)
        self.call("POST", "/v1/auth/confirm", 204, json={"username": self.email, "code": code})

    def log_in(self) -> dict[str, Any]:
        """Log in; return the tokens, and use them from now on."""
        given = {"username": self.email, "password": PASSPHRASE}
        tokens: dict[str, Any] = self.call("POST", "/v1/auth/login", json=given).json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self.owner = self.get("/v1/users/me")["owner"]
        return tokens

    def pages(self, path: str) -> list[dict[str, Any]]:
        """Return the images of all pages of a list."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.get(path)
            found += page["images"]
            path = page["links"].get("next", "")
        return found

    def names(self, query: str) -> list[str]:
        """Return the file names of the images that a search finds, in its order."""
        return [image["name"] for image in self.pages(f"/v1/images?{query}")]

    def settled(self, image_id: str, state: str = "ready") -> dict[str, Any]:
        """Wait until an image was processed; return its record, which must be in this state."""

        def processed() -> dict[str, Any] | None:
            record: dict[str, Any] = self.get(f"/v1/images/{image_id}")
            return record if record["state"] != "expected" else None

        record: dict[str, Any] = wait_for(f"{image_id} is processed", processed)
        assert record["state"] == state, record
        return record


def wait_for(what: str, found: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Return the first true value of `found`; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)
    return value


def wait_same(found: Callable[[], Any], expected: Any, seconds: float = WAIT_SECONDS) -> None:
    """Wait until `found` returns a value, for the catalogue follows the records; fail with the last other one."""
    deadline = time.monotonic() + seconds
    while (value := found()) != expected:
        assert time.monotonic() < deadline, f"{value!r}\nand not within {seconds} s: {expected!r}"
        time.sleep(0.2)
