"""People with accounts in a running system, whose libraries are filled through the API before a page is opened."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

import requests

from chalicelib.offline.provisioning import CODE, DEMO
from samples import album
from tests.system import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.system import System

PASSPHRASE = "quiet-lakes-at-noon"
TIMEOUT = 60
NUMBER = 64  # images of the album: more than a page of the library


class Person:
    """Somebody with an account; calls the API."""

    def __init__(self, system: System, name: str, passphrase: str) -> None:
        self.api, self.name, self.passphrase = system.api, name, passphrase
        self.http = requests.Session()
        answer = self.http.post(
            f"{self.api}/v1/auth/login", json={"username": name, "password": passphrase}, timeout=TIMEOUT
        )
        assert answer.status_code == 200, answer.text
        self.tokens: dict[str, Any] = answer.json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    @property
    def cookies(self) -> list[Any]:
        """The cookies of a session, as a browser takes them."""
        kinds = (("janus-access", "access_token"), ("janus-refresh", "refresh_token"))
        return [{"name": name, "value": self.tokens[kind], "url": self.api} for name, kind in kinds]

    @property
    def owner(self) -> str:
        """The person's identifier, the `sub` of the tokens."""
        claims = self.tokens["access_token"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API; return the answer's JSON, None without one."""
        answer = self.http.request(method, self.api + path, json=body, timeout=TIMEOUT)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def upload(self, files: Iterable[tuple[str, bytes]], seconds: float = 240) -> dict[str, str]:
        """Upload files; return the ids of their images by the files' names, once all are ready or have failed."""
        sent: dict[str, str] = {}
        for name, data in files:
            ticket = self.call("POST", "/v1/images", {"images": [{"filename": name}]})["images"][0]
            form = ticket["upload"]
            answer = requests.post(form["url"], data=form["fields"], files={"file": data}, timeout=TIMEOUT)
            answer.raise_for_status()
            sent[name] = ticket["image_id"]
        wait_until(lambda: set(sent.values()) <= self.settled(), seconds)
        return sent

    def settled(self) -> set[str]:
        """Return the ids of the images that are ready or have failed."""
        listed = {image["image_id"] for image in self.images("-taken")}  # the library's list, whose index follows
        return {image["image_id"] for image in self.images() if image["state"] != "expected"} & listed

    def images(self, sort: str = "-uploaded") -> list[dict[str, Any]]:
        """Return the cards of all images."""
        found: list[dict[str, Any]] = []
        path = f"/v1/images?limit=100&sort={sort}"
        while path:
            page = self.call("GET", path)
            found += page["images"]
            path = page["links"].get("next")
        return found


def sign_up(system: System) -> Person:
    """Open an account that nobody else has; return its owner."""
    email = f"{uuid.uuid4().hex[:12]}@example.org"
    for path, body in (
        ("signup", {"email": email, "password": PASSPHRASE}),
        ("confirm", {"username": email, "code": CODE}),
    ):
        answer = requests.post(f"{system.api}/v1/auth/{path}", json=body, timeout=TIMEOUT)
        assert answer.status_code < 300, answer.text
    return Person(system, email, PASSPHRASE)


def keep_an_album(system: System) -> tuple[Person, list[str]]:
    """Fill the demo account's library; return its owner, and the ids of the images in the order of the album."""
    demo = Person(system, DEMO.name, DEMO.password)
    photographs = list(album.photographs("browser", NUMBER))
    sent = demo.upload((one.name, one.data) for one in photographs)
    for one in photographs:
        edit = {"title": one.title, "tags": list(one.tags), "alt": f"{one.title}, drawn."}
        demo.call("PATCH", f"/v1/images/{sent[one.name]}", edit)
    return demo, [sent[one.name] for one in photographs]
