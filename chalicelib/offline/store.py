"""State that survives: S3's objects file by file, all else (DynamoDB, SQS, Cognito) as one snapshot.

A folder of one's own, never readable by others, for its snapshot and the heads of its objects are pickles::

    format.json      the versions that wrote it; of other versions nothing is read, all is set aside
    snapshot         tables, queues, users, and buckets without their objects; at most a second behind
    objects/*        one file for each object: its pickled head, then its bytes

An object is written once, before its PUT is answered, and moto reads it from there: a kill loses nothing that was
acknowledged. (The operating system may still lose it with the power: nothing is forced to the disk.)
"""

from __future__ import annotations

import copyreg
import hashlib
import io
import json
import logging
import pickle
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

import moto
from joserfc.jwk import RSAKey
from moto.cognitoidp.models import cognitoidp_backends
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import FakeBucket, FakeKey, MultipartDict, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.sqs.models import sqs_backends

from chalicelib.offline import likeness, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = {"format": 3, "moto": moto.__version__}
_SNAPSHOT_SHARE = 0.05  # of the time, at most, that snapshots may take
_SNAPSHOT_ATTEMPTS = 5
_SNAPSHOT_SECONDS = 1.0  # between two snapshots, at least

logger = logging.getLogger(__name__)
_touched = threading.local()


class Keys(_VersionedKeyStore):
    """A bucket's objects; it notes which the current request has changed, for `Store.flush` to write them.

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
        if not hasattr(_touched, "names"):
            _touched.names = set()
        _touched.names.add((self.bucket, key))


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


class Store:
    """The state folder, while this process alone owns it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.writing = threading.Lock()
        self.changed = threading.Event()
        self.notices: list[str] = []
        self._paths: dict[str, Path] = {}
        copyreg.pickle(RSAKey, _reduce_key)
        copyreg.pickle(Keys, lambda keys: (Keys, (keys.bucket,)))
        copyreg.pickle(MultipartDict, lambda _: (MultipartDict, ()))
        copyreg.pickle(threading.Condition, lambda _: (threading.Condition, ()))
        self._check_format()
        self.objects.mkdir(mode=0o700, exist_ok=True)

    def load(self) -> None:
        """Bring back what the folder holds; set aside, with a line in the log, what cannot be read."""
        snapshot = self.folder / "snapshot"
        if snapshot.exists():
            try:
                _restore(pickle.loads(snapshot.read_bytes()))  # noqa: S301  a folder of our own
            except Exception:
                self._set_aside(snapshot)
        bucket_class: Any = FakeBucket
        make_bucket = bucket_class.__init__

        def with_keys(bucket: Any, name: str, *arguments: Any, **named: Any) -> None:
            make_bucket(bucket, name, *arguments, **named)
            bucket.keys = Keys(name)

        bucket_class.__init__ = with_keys
        for path in sorted(self.objects.iterdir(), key=lambda path: path.suffix):
            try:
                self._load_object(path)
            except Exception:
                self._set_aside(path)
        _touched.names = set()

    def flush(self) -> None:
        """Write the objects that this thread's request has changed; call it before the request is answered."""
        names: set[tuple[str, str]] = getattr(_touched, "names", set())
        if not names:
            return
        _touched.names = set()
        with self.writing:
            for bucket_name, key_name in names:
                self._write_object(bucket_name, key_name)

    def snapshot(self) -> None:
        """Write all but the objects; no request to a table or for a user may be under way."""
        for attempt in range(_SNAPSHOT_ATTEMPTS):
            try:
                data = pickle.dumps(_state(), protocol=pickle.HIGHEST_PROTOCOL)
                break
            except RuntimeError:  # a queue changed while it was walked through
                if attempt == _SNAPSHOT_ATTEMPTS - 1:
                    raise
        _replace(self.folder / "snapshot", data)

    def keep(self, lock: threading.Lock) -> None:
        """Take a snapshot soon after each change, holding `lock`; never return."""
        pause = _SNAPSHOT_SECONDS
        while True:
            time.sleep(pause)
            if self.changed.is_set():
                self.changed.clear()
                began = time.monotonic()
                try:
                    with lock:
                        self.snapshot()
                except Exception:
                    logger.exception("the snapshot failed; the next will be tried soon")
                    self.changed.set()
                pause = max(_SNAPSHOT_SECONDS, (time.monotonic() - began) / _SNAPSHOT_SHARE)

    def _check_format(self) -> None:
        marker = self.folder / "format.json"
        written = marker.read_text() if marker.exists() else None
        if written == json.dumps(FORMAT):
            return
        if written is not None or (self.folder / "snapshot").exists():
            for path in (self.folder / "snapshot", self.objects):
                if path.exists():
                    self._set_aside(path, f"it was written by {written}, this is {json.dumps(FORMAT)}")
        _replace(marker, json.dumps(FORMAT).encode())

    def _set_aside(self, path: Path, reason: str = "it cannot be read") -> None:
        aside = self.folder / "set-aside"
        aside.mkdir(mode=0o700, exist_ok=True)
        target = aside / f"{time.strftime('%Y%m%d-%H%M%S')}-{path.name}"
        shutil.move(path, target)
        self.notices.append(f"{path} is set aside as {target}: {reason}.")
        logger.warning(self.notices[-1], exc_info=reason == "it cannot be read")

    def _write_object(self, bucket_name: str, key_name: str) -> None:
        bucket = _s3().buckets.get(bucket_name)
        key: Any = bucket.keys.get(key_name) if bucket else None
        name = hashlib.sha256(f"{bucket_name}/{key_name}".encode(errors="surrogatepass")).hexdigest()[:40]
        old = self._paths.pop(name, None)
        if isinstance(key, FakeKey):
            self._paths[name] = self._write_version(name, key)
        if old is not None:
            old.unlink(missing_ok=True)

    def _write_version(self, name: str, key: Any) -> Path:
        state = key.__getstate__()
        data = state.pop("value")
        _ = key.etag  # a cheap thing while the bytes are in memory
        head = pickle.dumps({**state, "_etag": key._etag, "multipart": None})  # noqa: SLF001
        path = self.objects / f"{name}.{likeness.sequencer()}"
        _replace(path, head, data)
        with key.lock:
            key._value_buffer.close()  # noqa: SLF001
            key._value_buffer = Body(path, len(head))  # noqa: SLF001
        return path

    def _load_object(self, path: Path) -> None:
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
        s3 = _s3()
        if key.bucket_name not in s3.buckets:
            s3.create_bucket(key.bucket_name, world.REGION)
        s3.buckets[key.bucket_name].keys.setlist(key.name, [key])
        if older := self._paths.get(path.stem):  # killed between writing the new and removing the old
            older.unlink()
        self._paths[path.stem] = path


def _replace(path: Path, *parts: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        for part in parts:
            file.write(part)
    new.replace(path)


def _reduce_key(key: RSAKey) -> tuple[Any, tuple[Any, ...]]:
    return RSAKey.import_key, (key.as_dict(private=True),)


def _s3() -> Any:
    return s3_backends[world.ACCOUNT]["aws"]


def _state() -> dict[str, Any]:
    return {name: dict(vars(backend)) for name, backend in _backends()}


def _restore(state: dict[str, Any]) -> None:
    for name, backend in _backends():
        vars(backend).update(state[name])
    for name in _s3().buckets:
        s3_backends.bucket_accounts[name] = ("aws", world.ACCOUNT)


def _backends() -> Iterator[tuple[str, Any]]:
    yield "s3", _s3()
    yield "dynamodb", dynamodb_backends[world.ACCOUNT][world.REGION]
    yield "sqs", sqs_backends[world.ACCOUNT][world.REGION]
    yield "cognito-idp", cognitoidp_backends[world.ACCOUNT][world.REGION]
