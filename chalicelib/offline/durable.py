"""Write the changes of each request before its answer leaves: an answer means that the write is kept."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wsgi import get_input_stream

from chalicelib.offline import provisioning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalicelib.offline.store import Store

_READS = (
    "Get",
    "Receive",
    "Query",
    "Scan",
    "BatchGet",
    "TransactGet",
    "Describe",
    "List",
    "AdminGet",
    "AdminList",
)
_SETTINGS = ("AWSCognito", "secretsmanager.")
_DELIVERY = ("DeleteMessage", "ChangeMessageVisibility")
_REPEATED = {
    "BatchWriteItem",
    "CreateQueue",
    "DeleteItem",
    "PutItem",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "TransactWriteItems",
    "UpdateItem",
}
_FORM = "application/x-www-form-urlencoded"


class Durable:
    """moto's WSGI application; it answers a write when the store has it.

    A request goes to the journal where repeating it leads to the same state. After any other write of tables or
    queues, of which there are few, comes a snapshot. Deliveries and deletions of messages are kept by the next
    snapshot only: after a kill, a queue may deliver a message again, as SQS may.
    """

    def __init__(self, moto_application: Any, store: Store) -> None:
        self._moto, self._store = moto_application, store

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request; `Serial` takes the store's lock for those to tables and users."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target:
            return self._untargeted(environ, start_response)
        operation = target.partition(".")[2]
        if operation.startswith(_READS) and operation != "GetTokensFromRefreshToken":
            return self._answer(environ, start_response)[0]
        body = get_input_stream(environ).read()
        environ["wsgi.input"] = BytesIO(body)
        if operation in _REPEATED:
            return self._journaled(environ, start_response, {"target": target, "body": body.decode()})
        answer, succeeded = self._answer(environ, start_response)
        if not succeeded:
            return answer
        if target.startswith(_SETTINGS):
            self._store.write_settings()
        elif not _is_kept(environ):
            return answer
        elif operation.startswith(_DELIVERY):
            self._store.changed.set()
        else:
            self._store.snapshot()
        return answer

    def repeat(self, target: str, body: str) -> None:
        """Repeat a request of the journal; raise ValueError where it is refused now."""
        service = "sqs" if target.startswith("AmazonSQS") else "dynamodb"
        scope = f"{provisioning.ACCESS_KEY}/20260101/{provisioning.REGION}/{service}/aws4_request"
        headers: Any = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
        builder = EnvironBuilder(method="POST", data=body.encode(), headers=headers)
        builder.content_type = "application/x-amz-json-1.0"
        answer, status, _ = run_wsgi_app(self._moto, builder.get_environ(), buffered=True)
        if not status.startswith("200"):
            raise ValueError(f"{target} is refused: {status} {b''.join(answer).decode()}")

    def _journaled(
        self, environ: dict[str, Any], start_response: Callable[..., Any], entry: dict[str, Any]
    ) -> Iterable[bytes]:
        """Answer a write, and journal it; a snapshot between the two would have it already, and it came twice."""
        with self._store.journal.lock:
            answer, succeeded = self._answer(environ, start_response)
            if succeeded and _is_kept(environ):
                self._store.journal.append(entry)
        return answer

    def _untargeted(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer S3's requests, and those in the older protocol of SQS."""
        method = environ["REQUEST_METHOD"]
        try:
            answer, succeeded = self._answer(environ, start_response)
        finally:
            written = self._store.objects.flush()
        if written or method in ("GET", "HEAD", "OPTIONS"):
            return answer
        if succeeded and method == "POST" and environ.get("CONTENT_TYPE", "").startswith(_FORM):
            self._store.snapshot()
        elif succeeded and _is_setting(method, environ):
            self._store.write_settings()
        return answer

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> tuple[Iterable[bytes], bool]:
        """Return moto's answer, and whether it says that the request has succeeded."""
        told: list[str] = []

        def note(status: str, headers: Any, exc_info: Any = None) -> Any:
            told.append(status)
            return start_response(status, headers, exc_info)

        answer: Iterable[bytes] = self._moto(environ, note)
        return answer, told[-1].startswith("2")


def _is_kept(environ: dict[str, Any]) -> bool:
    """Tell whether a request's state is kept: the box is in one region, and keeps nothing of others."""
    return f"/{provisioning.REGION}/" in environ.get("HTTP_AUTHORIZATION", "")


def _is_setting(method: str, environ: dict[str, Any]) -> bool:
    """Tell whether a request of S3 that wrote no object has changed a bucket's settings or an object's tags."""
    of_bucket = "/" not in environ.get("PATH_INFO", "").strip("/")
    part = "partNumber=" in environ.get("QUERY_STRING", "")  # an upload in parts is nothing until it is complete
    return (method == "PUT" and not part) or (method == "DELETE" and of_bucket)
