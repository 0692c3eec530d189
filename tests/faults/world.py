"""Runs a flow as the world does: who gets no answer asks again, and a queue brings a failed message again.

The state in the end is compared as a picture of all that stays, without times and random names.
"""

from __future__ import annotations

import base64
import json
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from chalicelib import aws, storage
from chalicelib.api.security import rate_limit
from chalicelib.api.security.cognito import proven
from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import keys, upload_days
from chalicelib.db.models import MODELS
from chalicelib.offline import provisioning, streams
from tests import delivery
from tests.faults.gate import Gate, Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

OWNER, ADMIN = "owner-of-faults", "admin-of-faults"
PASSWORD = "Faults-pass-12"
PATIENCE = 4  # attempts of a client, and of a queue
NO_ANSWER = 500
IN_PROGRESS = 409


class Reply(NamedTuple):
    """An answer of the API: status, header fields, and the JSON of its body."""

    status: int
    headers: dict[str, str]
    body: Any


class World:
    """One owner, one admin, and all that happens between them and the application."""

    def __init__(self, app: Any, gate: Gate) -> None:
        from moto.sqs.models import sqs_backends

        self.app, self.gate = app, gate
        self.answers: list[tuple[str, int]] = []
        self._queues = sqs_backends[provisioning.ACCOUNT][provisioning.REGION]
        self._follower = streams.Follower(settings().images_table, 100, self._change, "LATEST")
        self._deaf = True
        self._later = timedelta()
        self._now = keys.now
        self.tokens = {name: self.user(name) for name in (OWNER, ADMIN)}

    # What happens

    def ask(  # noqa: PLR0913  a request has as many parts
        self,
        method: str,
        resource: str,
        *,
        who: str | None = OWNER,
        headers: dict[str, str] | None = None,
        body: Any = None,
        query: dict[str, str] | None = None,
        again: Collection[int] = (),
        **parameters: str,
    ) -> Reply:
        """Send a request until it is answered; `again` are statuses that a repetition may get, too.

        A repetition finds the state as the first attempt has left it: that is what such an answer says.
        """
        event = self._event(method, resource, who, headers or {}, body, query, parameters)
        for attempt in range(PATIENCE):
            reply = self._send(event)
            if reply is None or reply.status >= NO_ANSWER:
                continue
            if (
                self.gate.struck
                and reply.status == IN_PROGRESS
                and reply.body.get("code") == "request_in_progress"
            ):
                self.later(61)
                continue
            if attempt and reply.status in again:
                reply = reply._replace(status=-1)
            self.answers.append((f"{method} {resource}", reply.status))
            return reply
        raise AssertionError(f"{method} {resource} is not answered: {reply}")

    def handle(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function until it succeeds, as its event source does; return its result."""
        for attempt in range(1, PATIENCE):
            for record in event.get("Records", ()):
                record.get("attributes", {})["ApproximateReceiveCount"] = str(attempt)
            done, answer = self.run(lambda: self.app.handler_map[function](event, delivery.CONTEXT))
            if done and not (isinstance(answer, dict) and answer.get("batchItemFailures")):
                return answer
        raise AssertionError(f"{function} never succeeds")

    def run(self, work: Callable[[], Any]) -> tuple[bool, Any]:
        """Do something once, as a process of its own would; tell whether it came to its end, and its result."""
        try:
            with self.gate.arm():
                return True, work()
        except Killed:
            self.forget()
        except Exception:
            if not self.gate.struck:
                raise
        return False, None

    def settle(self) -> None:
        """Deliver all that waits in the queues and in the stream."""
        busy = True
        while busy:
            busy = self._deliver("extract_metadata", settings().uploads_queue)
            busy = self._deliver("run_job", settings().jobs_queue) or busy
            while self._follower.step():
                busy = True
            busy = busy or self._reappear()

    def later(self, seconds: int) -> None:
        """Let time pass for comparisons with `keys.now`."""
        self._later += timedelta(seconds=seconds)

    def forget(self) -> None:
        """Be a new process: remember nothing."""
        modules = [vars(module) for name, module in sys.modules.items() if name.startswith("chalicelib.")]
        for memory in (value for names in modules for value in names.values() if isinstance(value, Memory)):
            memory._kept.clear()
        upload_days._noted.clear()
        rate_limit.limiter = rate_limit.Limiter()
        aws.queue_url.cache_clear()

    # How it begins and ends

    def begin(self, prepare: Callable[[World], None]) -> None:
        """Empty the world, and prepare it for a flow without any fault."""
        self.gate.reset()
        self._later = timedelta()
        self._clear()
        self._deaf = False
        self.forget()
        prepare(self)
        self.settle()
        self.answers.clear()
        self.forget()

    def act(
        self, flow: Callable[[World], None], fault: str | None = None, nth: int = 0, where: bytes = b""
    ) -> None:
        """Let a flow happen, with a fault at its `nth` request (with `where` in it), and all that it leads to."""
        self.gate.reset(fault, nth, where)
        with patch.object(keys, "now", lambda: self._now() + self._later):
            flow(self)
            self.settle()

    # Inside

    def _send(self, event: dict[str, Any]) -> Reply | None:
        done, answer = self.run(lambda: self.app(event, delivery.CONTEXT))
        if not done:
            return None
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        body = answer["body"]
        parsed = json.loads(body) if body and "json" in headers.get("content-type", "") else body
        return Reply(answer["statusCode"], headers, parsed)

    def _event(  # noqa: PLR0913, PLR0917
        self,
        method: str,
        resource: str,
        who: str | None,
        headers: dict[str, str],
        body: Any,
        query: dict[str, str] | None,
        parameters: dict[str, str],
    ) -> dict[str, Any]:
        """Return API Gateway's proxy event (REST API, payload 1.0)."""
        named = {"content-type": "application/json", **headers}
        if who is not None:
            named["authorization"] = f"Bearer {self.tokens[who]}"
        path, binary = resource.format(**parameters), isinstance(body, bytes)
        return {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": named,
            "multiValueHeaders": {name: [value] for name, value in named.items()},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource,
                "httpMethod": method,
                "path": f"/api{path}",
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "body": base64.b64encode(body).decode() if binary else None if body is None else json.dumps(body),
            "isBase64Encoded": binary,
        }

    def _deliver(self, function: str, queue: str) -> bool:
        waiting = delivery.receive(queue)
        for message in waiting:
            self.handle(function, {"Records": [message]})
        return bool(waiting)

    def _change(self, event: dict[str, Any]) -> None:
        if not self._deaf:
            self.handle("follow_images", json.loads(json.dumps(event)))

    def _reappear(self) -> bool:
        """Let time pass until messages that are hidden or delayed can be received; tell whether there are any."""
        hidden = [
            message
            for queue in self._queues.queues.values()
            for message in queue.messages
            if message.delayed or not message.visible
        ]
        for message in hidden:
            message.visible_at = message.delayed_until = 0.0
        return bool(hidden)

    def _clear(self) -> None:
        """Remove all that the flow before has left; nobody hears of it."""
        self._deaf = True
        from moto.dynamodb.models import dynamodb_backends

        for model in MODELS:
            dynamodb_backends[provisioning.ACCOUNT][provisioning.REGION].tables[
                model.Meta.table_name
            ].items.clear()
        storage.delete([item.key for item in storage.list_objects("")])
        while self._follower.step():
            pass
        for name, queue in self._queues.queues.items():
            queue.last_purged_at = None
            self._queues.purge_queue(name)

    def user(self, name: str) -> str:
        """Make a user of the pool, and return an access token."""
        cognito, pool = aws.client("cognito-idp"), settings().user_pool
        with suppress(cognito.exceptions.UsernameExistsException):
            attributes = [{"Name": "sub", "Value": name}]
            cognito.admin_create_user(
                UserPoolId=pool, Username=name, UserAttributes=attributes, MessageAction="SUPPRESS"
            )
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        if name == ADMIN:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=provisioning.ADMIN_GROUP)
        answer = cognito.initiate_auth(
            ClientId=settings().auth_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters=proven({"USERNAME": name, "PASSWORD": PASSWORD}),
        )
        return str(answer["AuthenticationResult"]["AccessToken"])
