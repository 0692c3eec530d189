"""`make listen`: receive the demo account's events on this machine, verify them, and print them.

    python -m chalicelib.commands.listen [--port PORT | --api URL] [--at PORT]

It makes a webhook of the demo account, or gives the one that leads here a new secret and enables it: events that
nobody received meanwhile come again. Ctrl-C ends it; the webhook stays.
"""

from __future__ import annotations

import argparse
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from chalicelib.commands.demo import Client, DemoError, own_port
from chalicelib.extensions.integrations import signing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT = 8010
"""Port of the receiver, unless another is given."""
TOLERANCE_SECONDS = 300  # between the timestamp of an attempt and now (Standard Webhooks 1.0)
NAME = "make listen"
_PATH = "/v1/webhooks"


class Receiver(ThreadingHTTPServer):
    """Takes events; prints those whose signature is right, and answers 401 to all others."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secret = ""
        self.seen: set[str] = set()
        self.printing = threading.Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Verify an event, print it, and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_right = verified(headers, body, self.server.secret)
        self.send_response(204 if is_right else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with self.server.printing:
            if is_right:
                again = headers["webhook-id"] in self.server.seen
                self.server.seen.add(headers["webhook-id"])
                print(line(json.loads(body), again=again), flush=True)
            else:
                print("refused: the signature or its time is wrong", flush=True)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing of requests: the events are printed."""


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Tell whether a request is signed with the secret, within the tolerance of time (Standard Webhooks 1.0)."""
    try:
        moment = int(headers["webhook-timestamp"])
        expected = signing.headers(headers["webhook-id"], moment, body, [secret])["webhook-signature"]
        given = headers["webhook-signature"].encode().split()
    except (KeyError, ValueError):
        return False
    is_recent = abs(time.time() - moment) <= TOLERANCE_SECONDS
    return is_recent and any(hmac.compare_digest(one, expected.encode()) for one in given)


def line(event: dict[str, Any], *, again: bool) -> str:
    """Return an event as one line."""
    mark = " (again)" if again else ""
    return f"{event['timestamp']}  {event['type']}{mark}  {event['id']}  {json.dumps(event['data'])}"


def subscribe(client: Client, url: str) -> tuple[str, str]:
    """Return the id and the secret of the webhook that leads to a URL, made or enabled; raise DemoError."""
    for webhook in client.call("GET", _PATH)["webhooks"]:
        if webhook["url"] == url:
            path = f"{_PATH}/{webhook['webhook_id']}"
            secret = client.call("POST", f"{path}/secret")["secret"]
            client.call("PATCH", path, {"state": "enabled", "types": ["*"]})
            return webhook["webhook_id"], secret
    made = client.call("POST", _PATH, {"url": url, "types": ["*"], "description": NAME})
    return made["webhook_id"], made["secret"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Receive events until Ctrl-C; return 0, or 1 where the receiver or the webhook cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.listen",
        description="Receive the demo account's events, verify them, and print them.",
    )
    parser.add_argument("--port", help="port of the API (default: that of the running offline system)")
    parser.add_argument("--api", help="address of the API, instead of a port")
    parser.add_argument("--at", type=int, default=AT, help=f"port of the receiver (default: {AT})")
    given = parser.parse_args(arguments)
    api = (given.api or f"http://127.0.0.1:{given.port or own_port()}").rstrip("/")
    try:
        receiver = Receiver(given.at)
    except OSError as error:
        print(f"Port {given.at} cannot be used ({error.strerror}): name another, --at 8011.", file=sys.stderr)
        return 1
    with receiver:
        try:
            webhook_id, receiver.secret = subscribe(Client(api), receiver.url)
        except DemoError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"Events of the demo account come to {receiver.url}; `make demo` makes some. Ctrl-C ends this.")
        print(f"Deliveries and replays: {api}/account/webhooks/{webhook_id}", flush=True)
        try:
            receiver.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
