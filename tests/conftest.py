"""What every test may stand on: AWS offline, the API over HTTP, an owner of one's own."""

from __future__ import annotations

import gc
import os
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests
from hypothesis import settings as hypothesis_settings

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

hypothesis_settings.register_profile(
    "unhurried", deadline=None
)  # a busy machine, or a slow first use, is no fault
hypothesis_settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """Let garbage collections pass over what is there to the end, and come less often: there is little garbage."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """Run moto's server with everything that a stage has; yield its address."""
    from chalicelib import offline

    # all tests call from one address
    os.environ["RATE_LIMITS"] = "auth=100000/60,public=100000/60,shared=100000/60"
    os.environ["JANUS_RECOGNITION"] = "off"  # tests of it switch it on: models take time
    with offline.in_process() as endpoint:
        from tests import delivery

        delivery.receive()  # S3's test event, which comes with the bucket's notifications
        gc.freeze()  # moto is as large as all else
        yield endpoint


@pytest.fixture(autouse=True)
def _nothing_waits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no message to the next test. Moto itself is asked: every request over HTTP takes milliseconds."""
    yield
    if "aws" in request.fixturenames:
        from moto.sqs.models import sqs_backends

        from chalicelib.offline import provisioning

        backend = sqs_backends[provisioning.ACCOUNT][provisioning.REGION]
        for name, queue in backend.queues.items():
            queue.last_purged_at = None  # once a minute would not do
            backend.purge_queue(name)


@pytest.fixture(scope="session")
def app(aws: str) -> Any:
    """Return the Chalice app, in the environment of the offline AWS."""
    from app import app

    return app


@pytest.fixture(scope="session")
def api(app: Any) -> Iterator[str]:
    """Serve the app as `chalice local` does; yield its address."""
    from chalice.config import Config
    from chalice.local import create_local_server

    from chalicelib.offline import gateway

    addresses: list[str] = []
    gateway.install(lambda address, _port: addresses.append(address))
    local = create_local_server(app, Config(), "127.0.0.1", 0)
    stop = servers.start(local.server)
    yield addresses[0]
    stop()


class User(NamedTuple):
    """A user of the offline pool, logged in."""

    owner: str
    token: str
    http: requests.Session


@pytest.fixture
def stream(app: Any) -> Callable[[], None]:
    """Return what lets the catalogue follow all changes of records since the test began."""
    from tests import delivery

    return delivery.following(app)


@pytest.fixture
def owner() -> str:
    """Return an owner that no other test has."""
    return f"owner-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def key(owner: str) -> str:
    """Return the key of an upload of that owner."""
    return f"uploads/{owner}/photo.jpg"


@pytest.fixture
def user(aws: str) -> Iterator[User]:
    """Return a user of one's own, with an HTTP session that carries the access token."""
    yield from _user()


@pytest.fixture
def other_user(aws: str) -> Iterator[User]:
    """Return a second user."""
    yield from _user()


@pytest.fixture
def admin(aws: str) -> Iterator[User]:
    """Return a user of the group of admins."""
    yield from _user("admin")


@pytest.fixture
def other_admin(aws: str) -> Iterator[User]:
    """Return a second admin."""
    yield from _user("admin")


def _user(*groups: str) -> Iterator[User]:
    from chalicelib import aws as clients
    from chalicelib.api.security.cognito import proven
    from chalicelib.config import settings

    cognito, name = clients.client("cognito-idp"), f"user-{uuid.uuid4().hex[:12]}"
    pool = settings().auth_issuer.rpartition("/")[2]
    cognito.admin_create_user(
        UserPoolId=pool, Username=name, UserAttributes=[{"Name": "sub", "Value": name}], MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password="Test-pass-12", Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
    answer = cognito.initiate_auth(
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=proven({"USERNAME": name, "PASSWORD": "Test-pass-12"}),
    )
    token = answer["AuthenticationResult"]["AccessToken"]
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {token}"
        yield User(name, token, http)
