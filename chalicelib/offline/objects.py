"""S3's objects, each in a file: its pickled head, then its bytes, which moto reads from there.

Each request takes effect at once: its new objects are written, then one entry of the journal names the removed
objects and the events, and only then the files of removed objects are deleted and the events sent. So no worker
learns of an object that a kill could take away again, and no object is lost without the event of its removal.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import threading
from typing import TYPE_CHECKING, Any

from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.sqs.models import sqs_backends

from chalicelib.offline import moto_patches, provisioning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from chalicelib.offline.journal import Journal


class _Effect(threading.local):
    """The changes of this thread's request so far."""

    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()
        self.events: list[tuple[str, str]] = []


_effect = _Effect()


class Keys(_VersionedKeyStore):
    """A bucket's objects; it notes which the current request has changed, for `Objects.flush` to write them.

    Every way of moto to change an object, be it PUT, POST, copy, multipart upload or deletion, comes through here.
    Offline buckets have no versions: of several, the newest survives a restart.
    """

    def __init__(self, bucket: str = "") -> None:
        super().__init__()
        self.bucket = bucket

    def setlist(self, key: str, list_: Any) -> None:
        """Set an object's versions."""
        super().setlist(key, list_)
        self._touch(key)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._touch(key)

    def pop(self, key: str) -> None:  # type: ignore[override]
        """Remove an object."""
        super().pop(key)
        self._touch(key)

    def _touch(self, key: str) -> None:
        _effect.names.add((self.bucket, key))


class Body(io.RawIOBase):
    """An object's bytes in its file, opened for each reading only: as many objects as one likes, no file held."""

    def __init__(self, path: Path, start: int) -> None:
        super().__init__()
        self.path, self._start, self._position = path, start, 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset from the beginning, as moto does."""
        assert whence == io.SEEK_SET
        self._position = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the position on; all that follow if it is negative."""
        with self.path.open("rb") as file:
            file.seek(self._start + self._position)
            data = file.read(size)
        self._position += len(data)
        return data


class Objects:
    """The folder of objects."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder, self._journal = folder, journal
        self._writing = threading.Lock()
        self._paths: dict[str, Path] = {}
        folder.mkdir(mode=0o700, exist_ok=True)

    def load(self, removed: Iterable[str], set_aside: Callable[[Path], None]) -> None:
        """Load all objects but those `removed`, by file name; set unreadable ones aside."""
        _note_changes()
        for name in removed:
            (self.folder / name).unlink(missing_ok=True)
        for path in sorted(self.folder.iterdir(), key=lambda path: path.suffix):
            try:
                self._load(path)
            except Exception:
                set_aside(path)
        _effect.names.clear()

    def flush(self) -> bool:
        """Write the changes of this thread's request, before it is answered; tell whether it changed an object."""
        names, events = _effect.names, _effect.events
        if not names and not events:
            return False
        _effect.__init__()  # type: ignore[misc]
        with self._writing:
            old = [path for name in names if (path := self._write(*name))]
            removed = [path.name for path in old if path.stem not in self._paths]
            with self._journal.lock:
                if removed or events:
                    self._journal.append({"removed": removed, "events": events})
                for path in old:
                    path.unlink(missing_ok=True)
                for queue, body in events:
                    send(queue, body)
        return bool(names)

    def _write(self, bucket_name: str, key_name: str) -> Path | None:
        """Write an object as it is now; return the file that it had before, if any."""
        bucket = backend().buckets.get(bucket_name)
        key: Any = bucket.keys.get(key_name) if bucket else None
        name = hashlib.sha256(f"{bucket_name}/{key_name}".encode(errors="surrogatepass")).hexdigest()[:40]
        old = self._paths.pop(name, None)
        if isinstance(key, FakeKey):
            self._paths[name] = self._write_version(name, key)
        return old

    def _write_version(self, name: str, key: Any) -> Path:
        state = key.__getstate__()
        data = state.pop("value")
        _ = key.etag  # a cheap thing while the bytes are in memory
        head = pickle.dumps({**state, "_etag": key._etag, "multipart": None})  # noqa: SLF001
        path = self.folder / f"{name}.{moto_patches.sequencer()}"
        replace(path, head, data)
        with key.lock:
            key._value_buffer.close()  # noqa: SLF001
            key._value_buffer = Body(path, len(head))  # noqa: SLF001
        return path

    def _load(self, path: Path) -> None:
        if path.suffix == ".new":
            path.unlink()
            return
        with path.open("rb") as file:
            state = pickle.load(file)  # noqa: S301  a folder of our own
            start = file.tell()
        if path.stat().st_size - start != state["contentsize"]:
            raise EOFError(f"{path} is not as long as its object")
        key: Any = FakeKey.__new__(FakeKey)
        key.__dict__.update(state, _value_buffer=Body(path, start), lock=threading.Lock())
        s3 = backend()
        if key.bucket_name not in s3.buckets:
            s3.create_bucket(key.bucket_name, provisioning.REGION)
        s3.buckets[key.bucket_name].keys.setlist(key.name, [key])
        if older := self._paths.get(path.stem):  # killed between writing the new and removing the old
            older.unlink()
        self._paths[path.stem] = path


def send(queue: str, body: str) -> None:
    """Send an event to a queue; one that does not exist is none of S3's concern."""
    queues = sqs_backends[provisioning.ACCOUNT][provisioning.REGION]
    if queue in queues.queues:
        queues.send_message(queue_name=queue, message_body=body)


def backend() -> Any:
    """Return moto's S3."""
    return s3_backends[provisioning.ACCOUNT]["aws"]


def replace(path: Path, *parts: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        for part in parts:
            file.write(part)
    new.replace(path)


def _note_changes() -> None:
    """Have moto's buckets note which objects change, and its notifications wait for `Objects.flush`."""
    bucket_class: Any = FakeBucket
    module: Any = notifications
    make_bucket = bucket_class.__init__

    def with_keys(bucket: Any, name: str, *arguments: Any, **named: Any) -> None:
        make_bucket(bucket, name, *arguments, **named)
        bucket.keys = Keys(name)

    def send_later(_account: str, event: Any, queue: str, _region: str) -> None:
        _effect.events.append((queue, json.dumps(event)))

    bucket_class.__init__ = with_keys
    module._send_sqs_message = send_later  # noqa: SLF001
