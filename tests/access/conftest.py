"""An owner with one of everything, and everybody who might come for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib import aws as clients
from chalicelib.api.security.cognito import proven
from chalicelib.config import settings
from chalicelib.db import keys as stored_keys
from chalicelib.extensions.integrations import deliveries
from tests import delivery, samples
from tests.access import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.access.credentials import Headers

PASSWORD = "Test-pass-12"


@dataclass
class Person:
    """A user of the offline pool, logged in."""

    owner: str
    access: str
    identity: str
    refresh: str

    @property
    def headers(self) -> Headers:
        """The credentials of the user."""
        return credentials.bearer(self.access)


def person(*groups: str) -> Person:
    """Make a user, and log in."""
    cognito, name = clients.client("cognito-idp"), f"user-{uuid.uuid4().hex[:12]}"
    pool = settings().auth_issuer.rpartition("/")[2]
    cognito.admin_create_user(
        UserPoolId=pool, Username=name, UserAttributes=[{"Name": "sub", "Value": name}], MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
    return log_in(name, PASSWORD)


def log_in(name: str, password: str) -> Person:
    """Log a user in, as somebody whose name is the `sub`."""
    result = clients.client("cognito-idp").initiate_auth(
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=proven({"USERNAME": name, "PASSWORD": password}),
    )["AuthenticationResult"]
    return Person(name, result["AccessToken"], result["IdToken"], result["RefreshToken"])


@dataclass
class World:
    """One owner with an image, a share of it, API keys and a webhook, and all who come for them."""

    owner: Person
    another: Person
    admin: Person
    disabled: Person
    read_key: Headers
    write_key: Headers
    places: dict[str, str] = field(default_factory=dict)  # path parameters by their names

    def credentials(self, who: str) -> Headers:
        """Return the headers of a caller: a column of the table, or one of the bad tokens."""
        people = {
            "owner": self.owner.headers,
            "another user": self.another.headers,
            "admin": self.admin.headers,
            "disabled user": self.disabled.headers,
            "read key": self.read_key,
            "write key": self.write_key,
            "no token": {},
        }
        return people[who] if who in people else credentials.bad(self.owner.access, self.owner.identity)[who]


def make_world(api: str, app: Any, data: bytes = b"", name: str = "private.jpg") -> World:
    """Make a state of its own, over HTTP as far as routes can; its image is `data`, of that name."""
    owner, another, admin, disabled = person(), person(), person("admin"), person()
    sent = requests.post(
        f"{api}/v1/images",
        data=data or samples.jpeg(),
        headers={"Content-Type": "image/jpeg", **owner.headers},
        params={"filename": name, "profile": "full"},
        timeout=10,
    )
    delivery.deliver(app)
    image = sent.json()["image_id"]
    call(api, "PATCH", f"/v1/images/{image}", owner.headers, {"visibility": "public"})
    trashed = requests.post(
        f"{api}/v1/images",
        data=samples.jpeg(seed=1),
        headers={"Content-Type": "image/jpeg", **owner.headers},
        timeout=10,
    ).json()["image_id"]
    delivery.deliver(app)
    call(api, "POST", "/v1/images/actions", owner.headers, {"action": "delete", "images": [trashed]})
    call(api, "PUT", f"/v1/admin/images/{image}/judgement", admin.headers, {"verdict": "safe"})
    share = call(api, "POST", f"/v1/images/{image}/shares", owner.headers, {"scope": "original"})
    keys = [
        call(api, "POST", "/v1/users/me/keys", owner.headers, {"name": scope, "scopes": [scope]})
        for scope in ("read", "write")
    ]
    call(api, "GET", "/v1/users/me", disabled.headers)  # the first call makes the account
    call(api, "PATCH", f"/v1/admin/users/{disabled.owner}", admin.headers, {"state": "disabled"})
    hook = call(api, "POST", "/v1/webhooks", owner.headers, {"url": "https://example.org/hook", "types": ["*"]})
    webhook_id = hook["webhook_id"]
    told = call(api, "POST", f"/v1/webhooks/{webhook_id}/test", owner.headers)["event_id"]
    delivery.receive(settings().deliveries_queue)  # nobody calls example.org
    stored = deliveries.get(stored_keys.deliveries(owner.owner, webhook_id), told)
    assert stored is not None
    assert deliveries.give_up(stored)  # so that it may be replayed
    read_key, write_key = ({"X-API-Key": key["key"]} for key in keys)
    places = {
        "image_id": image,
        "trashed_id": trashed,
        "name": "palette",
        "owner": owner.owner,
        "queue": "uploads",
        "asset": "swagger-ui.css",
        "key_id": keys[0]["key_id"],
        "share_id": share["share_id"],
        "token": share["token"],
        "webhook_id": webhook_id,
        "event_id": told,
    }
    return World(owner, another, admin, disabled, read_key, write_key, places)


def call(api: str, method: str, path: str, headers: Headers, body: Any = None) -> Any:
    """Return the JSON answer of a request that must succeed."""
    answer = requests.request(method, f"{api}{path}", headers=headers, json=body, timeout=10)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def world(api: str, app: Any) -> World:
    """Return a world that nothing in it changes."""
    return make_world(api, app)


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    """Return a connection that is kept: seven hundred requests need not each open one."""
    with requests.Session() as session:
        yield session
