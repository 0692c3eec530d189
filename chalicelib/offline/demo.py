"""`make demo`: upload a few images through tickets, wait for their records, and show them as a table.

    python -m chalicelib.offline.demo [--api URL] [FILE ...]

It knows of Janus only what any client knows: the address of the API, a name and a password.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from chalicelib.offline import world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DEFAULT_API = "http://127.0.0.1:8000"
_PATIENCE_SECONDS = 30.0
_CHUNK_BYTES = 1 << 16
_SAMPLE_ENDINGS = (".gif", ".heic", ".jpg", ".png", ".webp")

mimetypes.add_type("image/heic", ".heic")
mimetypes.add_type("image/avif", ".avif")
mimetypes.add_type("image/webp", ".webp")


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


class Client:
    """A client of the API, logged in as the demo user."""

    def __init__(self, api: str) -> None:
        self._api = api.rstrip("/")
        credentials = {"username": world.DEMO.name, "password": world.DEMO.password}
        self._token: str | None = None
        self._token = self.call("POST", "/v1/auth/login", credentials)["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON answer of one request; raise DemoError where it is not reached or refuses."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        return json.loads(_send(Request(self._api + path, data, headers, method=method)))  # noqa: S310


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; return 0 when every image has its record, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m chalicelib.offline.demo", description="Show Janus at work.")
    parser.add_argument("--api", default=DEFAULT_API, help="address of the API (default: %(default)s)")
    parser.add_argument("files", nargs="*", type=Path, help="images (default: the samples of the project)")
    given = parser.parse_args(arguments)
    files = given.files or sorted(path for path in SAMPLES.iterdir() if path.suffix in _SAMPLE_ENDINGS)
    try:
        records = _run(Client(given.api), files)
    except (DemoError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201
        return 1
    print("\n" + table(records))  # noqa: T201
    return 0 if all(record["state"] == "ready" for record in records) else 1


def _run(client: Client, files: Sequence[Path]) -> list[dict[str, Any]]:
    wanted = [{"filename": file.name, "content_type": _type(file)} for file in files]
    tickets = client.call("POST", "/v1/images", {"images": wanted})["images"]
    for number, (file, ticket) in enumerate(zip(files, tickets, strict=True), 1):
        _upload(file, ticket["upload"], f"[{number}/{len(files)}] {file.name}")
    return [_wait(client, ticket["image_id"], file.name) for file, ticket in zip(files, tickets, strict=True)]


def _upload(file: Path, upload: dict[str, Any], label: str) -> None:
    """Send a file as multipart/form-data (RFC 7578), the file last as S3 wants it, with progress."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in upload["fields"].items()
    ]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="image"\r\n\r\n')
    content = ["".join(parts).encode(), file.read_bytes(), f"\r\n--{boundary}--\r\n".encode()]
    body = b"".join(content)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(len(body))}
    _send(Request(upload["url"], _progress(body, label), headers, method="POST"))  # noqa: S310
    print()  # noqa: T201


def _progress(body: bytes, label: str) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK_BYTES):
        yield body[start : start + _CHUNK_BYTES]
        share = min(1.0, (start + _CHUNK_BYTES) / len(body))
        bar = "█" * round(share * 24)
        print(f"\r{label:<28} {bar:<24} {share:4.0%}", end="", flush=True)  # noqa: T201


def _wait(client: Client, image_id: str, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        record: dict[str, Any] = client.call("GET", f"/v1/images/{image_id}")
        if record["state"] != "expected":
            return record
        time.sleep(0.1)
    raise DemoError(f"{name} has no record after {_PATIENCE_SECONDS:.0f} s: the log of `make run` says why.")


def _send(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310  where the user points it
            data: bytes = answer.read()
            return data
    except HTTPError as error:
        detail = error.read(500).decode(errors="replace")
        raise DemoError(f"{request.method} {request.full_url} answered {error.code}: {detail}") from error
    except URLError as error:
        raise DemoError(
            f"Janus does not answer at {request.host}: {error.reason}. "
            "Start it with `make run`, or name its port: `make demo PORT=8001`."
        ) from error


def table(records: Sequence[dict[str, Any]]) -> str:
    """Return records as a table for people, one a line."""
    rows = [("name", "state", "format", "size", "pixels", "taken", "camera", "place")]
    for record in records:
        groups = (record.get("metadata") or {}).values()
        found = {name: value for group in groups for name, value in group.items()}
        place = [found.get("gps_latitude"), found.get("gps_longitude")]
        rows.append(
            (
                record["name"],
                record["state"] if record["state"] != "failed" else f"failed: {record.get('code')}",
                str(record.get("format", "")),
                f"{record.get('size', 0) / 1000:.0f} kB",
                f"{record.get('width', '?')} x {record.get('height', '?')}",
                str(found.get("date_taken") or ""),
                " ".join(str(found[name]) for name in ("make", "model") if found.get(name)),
                ", ".join(f"{axis:.4f}" for axis in place if isinstance(axis, int | float)),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def _type(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


if __name__ == "__main__":
    sys.exit(main())
