"""`make demo`: upload images through tickets, wait for their records, and show them as a table.

    python -m chalicelib.commands.demo [--api URL] [FILE or FOLDER ...]

Like any client, it knows only the address of the API, a name and a password.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from chalicelib.api.http import media
from chalicelib.offline import launch, provisioning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = launch.PROJECT / "samples"
DEFAULT_PORT = "8000"
_PATIENCE_SECONDS = 30.0
_CHUNK_BYTES = 1 << 16
_BATCH = 100  # tickets that one request may ask for


class DemoError(Exception):
    """A request has failed; the message has the reason and the remedy."""


class Client:
    """A client of the API, logged in as the demo user."""

    def __init__(self, api: str) -> None:
        self._api = api.rstrip("/")
        credentials = {"username": provisioning.DEMO.name, "password": provisioning.DEMO.password}
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
    """Run the demonstration; return 0 when every image is ready, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.demo", description="Upload images, and show their records."
    )
    parser.add_argument("--port", help="port of the API (default: that of the running offline system)")
    parser.add_argument("--api", help="address of the API, instead of a port")
    parser.add_argument(
        "files", nargs="*", help="images or folders of images (default: the samples of the project)"
    )
    given = parser.parse_args(arguments)
    try:
        client = Client(given.api or f"http://127.0.0.1:{given.port or own_port()}")
        files, refusals = _files(given.files)
        records = _run(client, files, refusals)
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    if records:
        print("\n" + table(records))
    refusals |= {
        record["name"]: f"{record.get('code')}: {record.get('reason')}"
        for record in records
        if record["state"] != "ready"
    }
    for name, reason in refusals.items():
        print(f"\n{name}: {reason}", file=sys.stderr)
    return 1 if refusals or not records else 0


def own_port() -> str:
    """Return the port of the offline system that this project runs."""
    box = launch.find()
    return (box and launch.api_port(box.folder)) or DEFAULT_PORT


def _files(given: Sequence[str]) -> tuple[list[Path], dict[str, str]]:
    """Return the files that are meant, folders with all images below them, and why others cannot be sent."""
    whole = Path(" ".join(given)).expanduser()
    paths = [whole] if given and whole.exists() else [Path(text).expanduser() for text in given]  # "My Photos"
    found: list[Path] = []
    refusals: dict[str, str] = {}
    for path in paths or [SAMPLES]:
        images = sorted(_images(path)) if path.is_dir() else [path]
        if not path.exists():
            refusals[str(path)] = "There is no such file or folder."
        elif not images:
            endings = ", ".join(f".{end}" for end in sorted(media.BY_EXTENSION))
            refusals[str(path)] = f"No image is in this folder. Images are files that end in {endings}."
        else:
            found += images
    return found, refusals


def _images(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.suffix.lower().removeprefix(".") in media.BY_EXTENSION
        and path.is_file()
        and not path.name.startswith(".")
    )


def _run(client: Client, files: Sequence[Path], refusals: dict[str, str]) -> list[dict[str, Any]]:
    """Return the records of the files; one that cannot be sent keeps no other from it, and has its refusal."""
    sent: list[tuple[Path, str]] = []
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        wanted = [{"filename": file.name} for file in batch]
        tickets = client.call("POST", "/v1/images", {"images": wanted})["images"]
        for number, (file, ticket) in enumerate(zip(batch, tickets, strict=True), start + 1):
            try:
                _upload(file, ticket["upload"], f"[{number}/{len(files)}] {file.name}")
            except (DemoError, OSError) as error:
                refusals[str(file)] = str(error)
            else:
                sent.append((file, ticket["image_id"]))
    records = []
    for file, image_id in sent:
        try:
            records.append(_wait(client, image_id))
        except DemoError as error:
            refusals[str(file)] = str(error)
    return records


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
    print()


def _progress(body: bytes, label: str) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK_BYTES):
        yield body[start : start + _CHUNK_BYTES]
        share = min(1.0, (start + _CHUNK_BYTES) / len(body))
        bar = "█" * round(share * 24)
        print(f"\r{label:<28} {bar:<24} {share:4.0%}", end="", flush=True)


def _wait(client: Client, image_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        record: dict[str, Any] = client.call("GET", f"/v1/images/{image_id}")
        if record["state"] != "expected":
            return record
        time.sleep(0.1)
    raise DemoError(f"It has no record after {_PATIENCE_SECONDS:.0f} s: the log of `make run` says why.")


def _send(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310  where the user points it
            data: bytes = answer.read()
            return data
    except HTTPError as error:
        detail = _detail(error.read().decode(errors="replace"))
        raise DemoError(f"{request.method} {request.full_url} answered {error.code}: {detail}") from error
    except URLError as error:
        raise DemoError(
            f"Janus does not answer at {request.host}: {error.reason}. "
            "Start it with `make run`, or name its port: `make demo PORT=8001`."
        ) from error


def _detail(body: str) -> str:
    """Return the words of a refusal: a problem's detail, or S3's message."""
    if said := re.search("<Message>(.*?)</Message>", body, re.DOTALL):
        return said[1]
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:500]


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


if __name__ == "__main__":
    sys.exit(main())
