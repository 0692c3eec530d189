"""What a fuzzer feeds: any bytes, read every way Janus reads bytes, held to what Janus promises of any input."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from typing import TYPE_CHECKING, NamedTuple

from image_processing import derive, metadata
from image_processing.decode import previews
from image_processing.errors import ImageError, NotAnImage
from image_processing.metadata import (
    c2pa,
    cbor,
    certificate,
    exif,
    generators,
    icc,
    iptc,
    jumbf,
    photoshop,
    provenance,
    xmp,
)
from image_processing.metadata.findings import Findings
from image_processing.metadata.merge import merge
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_SECONDS = 2.0
MAX_JSON = 4 << 20  # characters of a whole record, raw values included


class Crash(NamedTuple):
    """A promise broken: where, and how it looks."""

    place: str
    report: str


def broken_promise(data: bytes) -> Crash | None:
    """Read data every way that fits; None when all promises are kept.

    Bytes that begin like an image go the way of a file; others go to the payload reader that the first byte names.
    """
    started = time.monotonic()
    try:
        _read(data)
    except Exception as error:  # finding what leaks is the purpose
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return Crash(f"{type(error).__name__} in {frame.filename}:{frame.lineno}", traceback.format_exc())
    seconds = time.monotonic() - started
    return Crash("slow", f"took {seconds:.1f} seconds") if seconds > MAX_SECONDS else None


class Crashes:
    """Keeps one file a place in a folder, and prints each as it is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: set[str] = set()

    def try_one(self, data: bytes) -> None:
        crash = broken_promise(data)
        if crash is None or crash.place in self.places:
            return
        self.places.add(crash.place)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
        path.write_bytes(data)
        print(f"\n{path}: {crash.place}\n{crash.report}", flush=True)


def _read(data: bytes) -> None:
    source = BytesSource(data)
    try:
        found = metadata.read(source)
    except NotAnImage:
        PAYLOADS[data[0] % len(PAYLOADS)](data[1:]) if data else None
        return
    except ImageError as error:
        if error.metadata is None:
            return
        found = error.metadata
    told = [found.to_dict(), found.values, found.origins, found.warnings, found.raw]
    text = json.dumps(told, allow_nan=False, ensure_ascii=False)
    text.encode()  # no lone surrogates
    assert len(text) <= MAX_JSON, f"a record of {len(text)} characters"
    for copy in (derive.strip_private, previews.largest):
        try:
            copy(source, found)
        except ImageError:
            continue


def _merged(reader: Callable[[bytes, Findings], object], data: bytes) -> None:
    findings = Findings()
    reader(data, findings)
    values, _ = merge(findings)
    json.dumps(values, allow_nan=False, ensure_ascii=False).encode()


def _cbor(data: bytes) -> None:
    try:
        cbor.decode(data)
    except cbor.MalformedError:
        return


PAYLOADS: tuple[Callable[[bytes], object], ...] = (
    lambda data: _merged(exif.read, data),
    lambda data: _merged(xmp.read, data),
    lambda data: _merged(iptc.read, data),
    lambda data: _merged(icc.read, data),
    lambda data: _merged(photoshop.read, data),
    lambda data: provenance.assess({}, {}, [data]),
    lambda data: c2pa.read([data]) and jumbf.read(data),
    _cbor,
    certificate.subject,
    lambda data: generators.find(
        {"PNG": {"prompt": data.decode("latin-1"), "parameters": data.decode("latin-1")}}
    ),
)
