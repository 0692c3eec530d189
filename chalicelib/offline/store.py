"""State that survives a kill of every process, at any moment.

A folder of one's own, never readable by others, for much of it is pickles::

    format.json      the versions that wrote it; state of other versions is set aside unread
    snapshot         tables and queues, as of a moment ago
    journal-*        the requests that have changed tables and queues since; the next start repeats them
    settings         users, secrets, buckets without their objects; written whole at each change; there are few
    objects/*        one file for each object (`objects`)

`durable` writes all of it before a request is answered. (The operating system may still lose it with the power:
nothing is forced to the disk.) An upload in parts is kept when it is complete; before that, it begins anew.
"""

from __future__ import annotations

import copyreg
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
from moto.s3.models import MultipartDict, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends

from chalicelib.offline import objects, provisioning
from chalicelib.offline.journal import Journal
from chalicelib.offline.objects import Keys, Objects, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMAT = {"format": 4, "moto": moto.__version__}
_FORMER = {"format": 3, "moto": moto.__version__}  # one snapshot of everything, no journal
_SNAPSHOT_SHARE = 0.05  # of the time, at most, that snapshots may take
_ATTEMPTS = 5  # to pickle a service that other requests change meanwhile
_SNAPSHOT_SECONDS = 1.0  # between two snapshots, at least

logger = logging.getLogger(__name__)


class Store:
    """The state folder, while this process alone owns it. Tables and users change under `lock` only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.changed = threading.Event()  # since the last snapshot
        self.notices: list[str] = []
        copyreg.pickle(RSAKey, _reduce_key)
        copyreg.pickle(Keys, lambda keys: (Keys, (keys.bucket,)))
        copyreg.pickle(MultipartDict, lambda _: (MultipartDict, ()))
        copyreg.pickle(threading.Condition, lambda _: (threading.Condition, ()))
        self._check_format()
        self.journal = Journal(folder, self.changed)
        self.objects = Objects(folder / "objects", self.journal)

    def load(self, repeat: Callable[[str, str], None]) -> None:
        """Load the folder; set unreadable files aside, with a line in the log.

        `repeat` takes the target and the body of a request of the journal, and makes it again.
        """
        first = self._restore("snapshot").get("journal", 0)
        self.journal.number = max(self.journal.number, first)
        self._restore("settings")
        for name in objects.backend().buckets:
            s3_backends.bucket_accounts[name] = ("aws", provisioning.ACCOUNT)
        if not (self.folder / "settings").exists():  # the former format had them in the snapshot
            self.write_settings()
        try:
            entries = list(self.journal.entries(first))
        except ValueError:
            self._set_aside_journal()
            entries = []
        self.objects.load((name for entry in entries for name in entry.get("removed", ())), self._set_aside)
        try:
            for entry in entries:
                _repeat(entry, repeat)
        except Exception:
            self._set_aside_journal()
        if entries:
            self.changed.set()

    def snapshot(self) -> None:
        """Write tables and queues, and begin the journal anew."""
        with self.lock:
            self.changed.clear()
            with self.journal.lock:
                data = _dumps("dynamodb", "sqs", journal=self.journal.number + 1)
                self.journal.turn()
            replace(self.folder / "snapshot", data)
            self.journal.drop(self.journal.number)

    def write_settings(self) -> None:
        """Write users, secrets and buckets."""
        with self.lock:
            replace(self.folder / "settings", _dumps("s3", "cognito-idp", "secretsmanager"))

    def keep(self) -> None:
        """Take a snapshot soon after each change, so that no start has much to make again; never return."""
        pause = _SNAPSHOT_SECONDS
        while True:
            time.sleep(pause)
            if self.changed.is_set():
                began = time.monotonic()
                try:
                    self.snapshot()
                except Exception:
                    logger.exception("snapshot_failed")
                    self.changed.set()
                pause = max(_SNAPSHOT_SECONDS, (time.monotonic() - began) / _SNAPSHOT_SHARE)

    def _restore(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        if not path.exists():
            return {}
        try:
            state: dict[str, Any] = pickle.loads(path.read_bytes())  # noqa: S301  a folder of our own
            for service in state.keys() & _BACKENDS.keys():
                vars(_BACKENDS[service]()).update(state[service])
        except Exception:
            self._set_aside(path)
            if name == "snapshot":  # the journal builds on it
                self._set_aside_journal()
            return {}
        return state

    def _check_format(self) -> None:
        marker = self.folder / "format.json"
        written = marker.read_text() if marker.exists() else None
        if written == json.dumps(FORMAT):
            return
        state = [path for path in self.folder.glob("*") if path.name.startswith(_STATE)]
        if written != json.dumps(_FORMER):
            for path in state:
                self._set_aside(path, f"it was written by {written}, this is {json.dumps(FORMAT)}")
        replace(marker, json.dumps(FORMAT).encode())

    def _set_aside_journal(self) -> None:
        for path in self.journal.paths():
            self._set_aside(path)

    def _set_aside(self, path: Path, reason: str = "it cannot be read") -> None:
        aside = self.folder / "set-aside"
        aside.mkdir(mode=0o700, exist_ok=True)
        target = aside / f"{time.strftime('%Y%m%d-%H%M%S')}-{path.name}"
        shutil.move(path, target)
        self.notices.append(f"{path} is set aside as {target}: {reason}.")
        logger.warning(
            "state_set_aside",
            extra={"path": str(path), "target": str(target), "reason": reason},
            exc_info=reason == "it cannot be read",
        )


_STATE = ("snapshot", "settings", "objects", "journal-")
_BACKENDS: dict[str, Callable[[], Any]] = {
    "s3": objects.backend,
    "dynamodb": lambda: dynamodb_backends[provisioning.ACCOUNT][provisioning.REGION],
    "sqs": lambda: sqs_backends[provisioning.ACCOUNT][provisioning.REGION],
    "cognito-idp": lambda: cognitoidp_backends[provisioning.ACCOUNT][provisioning.REGION],
    "secretsmanager": lambda: secretsmanager_backends[provisioning.ACCOUNT][provisioning.REGION],
}


def _dumps(*services: str, **more: Any) -> bytes:
    """Pickle services of moto; raise RuntimeError where they keep changing meanwhile."""
    for attempt in range(_ATTEMPTS):
        try:
            state = {service: dict(vars(_BACKENDS[service]())) for service in services}
            return pickle.dumps({**state, **more}, protocol=pickle.HIGHEST_PROTOCOL)
        except RuntimeError:  # a dictionary changed while it was walked through
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _repeat(entry: dict[str, Any], repeat: Callable[[str, str], None]) -> None:
    if "target" in entry:
        repeat(entry["target"], entry["body"])
    for queue, body in entry.get("events", ()):
        objects.send(queue, body)


def _reduce_key(key: RSAKey) -> tuple[Any, tuple[Any, ...]]:
    return RSAKey.import_key, (key.as_dict(private=True),)
