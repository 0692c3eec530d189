"""Clients that do a bit of everything, and know what must be there afterwards.

Each client has a user and images of its own, so that nobody else changes them. A `Fact` holds the values that the
system may show: one, once an operation was answered; two, while it is in doubt, since its connection broke.
"""

from __future__ import annotations

import hashlib
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import requests
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.db import keys
from chalicelib.offline import provisioning
from tests import samples
from tests.system import System, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Value = TypeVar("Value")

PASSWORD = "Mixed-clients-1"
SECONDS = 30
OPERATIONS = {
    "ticket": 6,
    "put": 4,
    "overwrite": 4,
    "edit": 5,
    "share": 3,
    "unshare": 2,
    "key": 1,
    "sign up": 1,
    "delete": 3,
    "bulk": 3,
}
UPLOADS = {"ticket", "put"}
READS = {"record": 10, "list": 6, "search": 4, "facets": 2, "changes": 2, "thumbnail": 4}


class Tell(Protocol):
    """Takes the kind, the seconds and the status of each request; 0 where the connection broke."""

    def __call__(self, kind: str, seconds: float, status: int, /) -> None: ...


class RefusedError(Exception):
    """The request was answered, and has changed nothing."""


class InDoubtError(Exception):
    """The request was not answered: it may have changed something."""


class Fact(Generic[Value]):
    """The values that may be seen of something."""

    def __init__(self, value: Value) -> None:
        self.values = {value}

    @property
    def certain(self) -> bool:
        """Whether one value is right."""
        return len(self.values) == 1


@dataclass
class Picture:
    """An image as its client knows it."""

    key: str
    content: Fact[str | None] = field(default_factory=lambda: Fact(None))  # SHA-256; None where there is no image
    title: Fact[str | None] = field(default_factory=lambda: Fact(None))
    tags: Fact[frozenset[str]] = field(default_factory=lambda: Fact(frozenset()))
    shares: dict[str, tuple[str, Fact[bool]]] = field(default_factory=dict)  # by token: id, whether it opens

    @property
    def image_id(self) -> str:
        """Its identifier."""
        return keys.image_id(provisioning.BUCKET, self.key)

    @property
    def usable(self) -> bool:
        """Whether it is certainly there, and nothing of it in doubt."""
        facts: list[Fact[Any]] = [self.content, self.title, self.tags, *(fact for _, fact in self.shares.values())]
        return all(fact.certain for fact in facts) and self.content.values != {None}

    @property
    def open_shares(self) -> list[tuple[str, Fact[bool]]]:
        """The links that show it."""
        return [share for share in self.shares.values() if True in share[1].values]


class Client:
    """One user at work."""

    def __init__(
        self,
        system: System,
        seed: str,
        tell: Tell = lambda _kind, _seconds, _status: None,
        *,
        most: int = 1000,
        reads: bool = False,
    ) -> None:
        """Sign up and log in; keep up to about `most` images."""
        self.chance, self.tell, self.most = random.Random(seed), tell, most
        self.session = requests.Session()
        self.connect(system)
        self.pictures: list[Picture] = []
        self.last = Picture("")  # that was uploaded
        self.users: dict[str, Fact[bool]] = {}
        self.keys: dict[str, Fact[bool]] = {}
        self.names = 0
        self.seed = seed.replace(" ", "-")
        self.kinds = OPERATIONS | (READS if reads else {})
        email = self._sign_up()
        self.owner, token = self.log_in(email)
        self.session.headers["Authorization"] = f"Bearer {token}"

    def connect(self, system: System) -> None:
        """Talk to a system, which has begun anew."""
        self.system, self.s3 = system, system.client("s3")

    def close(self) -> None:
        """Close all connections."""
        self.session.close()
        self.s3.close()

    def step(self) -> str:
        """Do one operation; return its kind. Raises RefusedError or InDoubtError where it was not done."""
        kinds = [kind for kind in self.kinds if kind in ("ticket", "put", "key", "sign up") or self._choices(kind)]
        kind = self.chance.choices(kinds, [self.kinds[kind] for kind in kinds])[0]
        if kind in UPLOADS and len(self._choices("delete")) > self.most:
            kind = "delete"
        operation: Callable[[], object] = getattr(self, f"_{kind.replace(' ', '_')}")
        operation()
        return kind

    def log_in(self, email: str) -> tuple[str, str]:
        """Return a user's identifier and access token."""
        given = {"username": email, "password": PASSWORD}
        token = self.call("login", "POST", "/v1/auth/login", json=given).json()["access_token"]
        me = self.call("account", "GET", "/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        return str(me.json()["owner"]), str(token)

    def call(self, kind: str, method: str, path: str, **arguments: Any) -> requests.Response:
        """Return the answer of the API, or of the address that `path` is; raise where it is no success."""
        url = path if path.startswith("http") else self.system.api + path
        begun = time.perf_counter()
        try:
            answer = self.session.request(method, url, timeout=SECONDS, **arguments)
        except requests.RequestException as error:
            self.tell(kind, time.perf_counter() - begun, 0)
            raise InDoubtError(kind) from error
        self.tell(kind, time.perf_counter() - begun, answer.status_code)
        _check(kind, answer.status_code, answer.text if not answer.ok else "")
        return answer

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Write an object as any client of S3 does."""
        begun, status = time.perf_counter(), 200
        try:
            self.s3.put_object(Bucket=provisioning.BUCKET, Key=key, Body=data)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        except BotoCoreError:
            status = 0
        self.tell(kind, time.perf_counter() - begun, status)
        _check(kind, status, "")

    def lost(self) -> list[str]:
        """Return where the system shows something else than it must; where in doubt, the seen value is right then.

        Call it when nothing is being processed.
        """
        seen: list[tuple[str, Fact[Any], Any]] = []
        for picture in self.pictures:
            record = self.shown(picture)
            there = record.get("sha256") if record.get("state") == "ready" else None
            seen.append((f"content of {picture.key}", picture.content, there))
            if there is not None:
                seen += [
                    (f"title of {picture.key}", picture.title, record.get("title")),
                    (f"tags of {picture.key}", picture.tags, frozenset(record.get("tags") or ())),
                    *(("a share", fact, self.opens(token)) for token, (_, fact) in picture.shares.items()),
                ]
        seen += [("an API key", fact, self.unlocks(key)) for key, fact in self.keys.items()]
        seen += [(f"user {email}", fact, self.logs_in(email)) for email, fact in self.users.items()]
        for _, fact, value in seen:
            fact.values = fact.values & {value} or fact.values
        return [f"{name}: {value}, not {fact.values}" for name, fact, value in seen if value not in fact.values]

    def shown(self, picture: Picture) -> dict[str, Any]:
        """Return an image's record; nothing where there is none, or only a ticket."""
        try:
            record: dict[str, Any] = self.call("record", "GET", f"/v1/images/{picture.image_id}").json()
        except RefusedError:
            return {}
        return record if record["state"] != "expected" else {}

    def opens(self, token: str) -> bool:
        """Tell whether a share link shows something."""
        return self._succeeds("GET", f"/v1/shared/{token}")

    def unlocks(self, key: str) -> bool:
        """Tell whether an API key is taken."""
        bare = {"Authorization": None, "X-API-Key": key}
        return self._succeeds("GET", "/v1/images?limit=1", headers=bare)

    def logs_in(self, email: str) -> bool:
        """Tell whether a user who signed up can log in."""
        return self._succeeds("POST", "/v1/auth/login", json={"username": email, "password": PASSWORD})

    def wait_ready(self, picture: Picture) -> None:
        """Wait for an image to be as its last upload."""
        wait_until(lambda: self.shown(picture).get("sha256") in picture.content.values)

    def _succeeds(self, method: str, path: str, **arguments: Any) -> bool:
        try:
            self.call("check", method, path, **arguments)
        except RefusedError:
            return False
        return True

    def _choices(self, kind: str) -> list[Picture]:
        usable = [picture for picture in self.pictures if picture.usable]
        if kind == "unshare":
            return [
                picture for picture in usable if any(True in fact.values for _, fact in picture.shares.values())
            ]
        return usable

    def _choose(self, kind: str) -> Picture:
        return self.chance.choice(self._choices(kind))

    def _name(self) -> str:
        self.names += 1
        return f"{self.seed}-{self.names}"

    def _content(self) -> bytes:
        """Return a photograph that no other is equal to."""
        return samples.photo(self.chance.randrange(1_000_000)) + self._name().encode()

    def _ticket(self) -> None:
        data = self._content()
        wanted = {"images": [{"filename": f"{self._name()}.jpg", "content_type": "image/jpeg"}]}
        ticket = self.call("ticket", "POST", "/v1/images", json=wanted).json()["images"][0]
        picture = self._new(ticket["upload"]["fields"]["key"])
        with _attempt((picture.content, hashlib.sha256(data).hexdigest())):
            upload = {"data": ticket["upload"]["fields"], "files": {"file": data}}
            self.call("upload", "POST", ticket["upload"]["url"], headers={"Authorization": None}, **upload)
        self.last = picture

    def _put(self) -> None:
        self._write("put", self._new(f"uploads/{self.owner}/{self._name()}.jpg"))

    def _overwrite(self) -> None:
        self._write("overwrite", self._choose("overwrite"))

    def _write(self, kind: str, picture: Picture) -> None:
        data = self._content()
        with _attempt((picture.content, hashlib.sha256(data).hexdigest())):
            self.put(kind, picture.key, data)
        self.last = picture

    def _new(self, key: str) -> Picture:
        self.pictures.append(Picture(key))
        return self.pictures[-1]

    def _edit(self) -> None:
        picture, title, tags = self._choose("edit"), self._name(), frozenset({self._name(), "mixed"})
        with _attempt((picture.title, title), (picture.tags, tags)):
            given = {"title": title, "tags": sorted(tags)}
            self.call("edit", "PATCH", f"/v1/images/{picture.image_id}", json=given)

    def _share(self) -> None:
        picture, scope = self._choose("share"), self.chance.choice(("thumbnails", "original"))
        made = self.call("share", "POST", f"/v1/images/{picture.image_id}/shares", json={"scope": scope}).json()
        picture.shares[made["token"]] = made["share_id"], Fact(value=True)

    def _unshare(self) -> None:
        picture = self._choose("unshare")
        share_id, fact = self.chance.choice(picture.open_shares)
        with _attempt((fact, False)):
            self.call("unshare", "DELETE", f"/v1/images/{picture.image_id}/shares/{share_id}")

    def _key(self) -> None:
        made = self.call(
            "key", "POST", "/v1/users/me/keys", json={"name": self._name(), "scopes": ["read"]}
        ).json()
        self.keys[made["key"]] = Fact(value=True)
        if self.chance.random() < 0.5 or len(self.keys) > 40:  # an account has up to 50
            with _attempt((self.keys[made["key"]], False)):
                self.call("revoke", "DELETE", f"/v1/users/me/keys/{made['key_id']}")

    def _sign_up(self) -> str:
        email = f"{self._name()}@example.org"
        self.users[email] = Fact(value=False)
        self.call("sign up", "POST", "/v1/auth/signup", json={"email": email, "password": PASSWORD})
        with _attempt((self.users[email], True)):
            self.call("confirm", "POST", "/v1/auth/confirm", json={"username": email, "code": provisioning.CODE})
        return email

    def _delete(self) -> None:
        picture = self._choose("delete")
        with _attempt((picture.content, None)):
            self.call("delete", "DELETE", f"/v1/images/{picture.image_id}")

    def _bulk(self) -> None:
        some = self._choices("bulk")
        chosen = {picture.image_id: picture for picture in self.chance.sample(some, min(len(some), 4))}
        tag, changes = self._name(), []
        wanted: dict[str, Any] = {"action": "tag", "tags": [tag], "images": [*chosen]}
        if self.chance.random() < 0.3:
            wanted = {"action": "delete", "images": [*chosen]}
        for picture in chosen.values():
            (tags,) = picture.tags.values
            deleted = wanted["action"] == "delete"
            changes.append((picture.content, None) if deleted else (picture.tags, tags | {tag}))
        with _attempt(*changes) as undo:
            results = self.call("bulk", "POST", "/v1/images/actions", json=wanted).json()["images"]
            for result, (fact, _) in zip(results, changes, strict=True):
                if result["status"] >= 500:
                    raise InDoubtError("bulk")
                if result["status"] >= 300:
                    undo.append(fact)

    def _record(self) -> None:
        self.call("record", "GET", f"/v1/images/{self._choose('record').image_id}")

    def _list(self) -> None:
        self.call("list", "GET", "/v1/images?limit=20")

    def _search(self) -> None:
        self.call("search", "GET", "/v1/images?tag=mixed&orientation=portrait&limit=20")

    def _facets(self) -> None:
        self.call("facets", "GET", "/v1/facets")

    def _changes(self) -> None:
        self.call("changes", "GET", "/v1/changes")

    def _thumbnail(self) -> None:
        picture = self._choose("thumbnail")
        bare: Mapping[str, Any] = {"Authorization": None}
        answer = self.call("thumbnail", "GET", f"/v1/images/{picture.image_id}/thumbnail?redirect=false")
        self.call("file", "GET", answer.json()["url"], headers=bare)


def _check(kind: str, status: int, text: str) -> None:
    if status == 0 or status >= 500:
        raise InDoubtError(f"{kind}: {status} {text}")
    if status >= 400:
        raise RefusedError(f"{kind}: {status} {text}")


@contextmanager
def _attempt(*changes: tuple[Fact[Any], Any]) -> Iterator[list[Fact[Any]]]:
    """Have facts change with the requests made within; facts that are put into the list it gives do not."""
    before = [fact.values for fact, _ in changes]
    unchanged: list[Fact[Any]] = []
    for fact, value in changes:
        fact.values = fact.values | {value}
    try:
        yield unchanged
    except RefusedError:
        unchanged = [fact for fact, _ in changes]
        raise
    except InDoubtError:
        changes = ()
        raise
    finally:
        for (fact, value), values in zip(changes, before, strict=False):
            fact.values = values if fact in unchanged else {value}
