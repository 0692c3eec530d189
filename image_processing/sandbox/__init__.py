"""Run work on hostile bytes in a process of its own, under limits of memory and time that the kernel keeps.

A `Sandbox` is one fresh process (`sandbox.child`) that has imported what the work needs and has no thread. For
each piece of work it forks: the fork is limited, does the work, answers, and ends. So imports are paid once, no
memory of one image is there for the next, and a codec that crashes takes nothing else along. Nothing here needs
`/dev/shm`, which AWS Lambda lacks.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from image_processing import errors
from image_processing.errors import OutOfTimeError
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.source import Source

MAX_ANSWER = 64 << 20
"""Bytes of an answer; a longer one comes from no work of ours."""

_CHUNK = 1 << 20
_OVER_LIMITS = frozenset(
    {signal.SIGXCPU, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}
)
# One arena: each further one reserves 64 MB of the address space that is limited. One thread: the child forks
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MALLOC_PERTURB_", "GLIBC_TUNABLES")


class SandboxLostError(Exception):
    """There is no answer, and the file may be sound: the process was killed, or our work has a fault."""


class Limits(NamedTuple):
    """How much one piece of work may take: bytes of memory beyond the idle process, seconds of CPU time."""

    memory: int
    cpu_seconds: int


class Answer(NamedTuple):
    """The result of a piece of work: JSON data, and byte strings beside it."""

    data: dict[str, Any]
    blobs: list[bytes]


class Sandbox:
    """One process that does one piece of work at a time; `work` names it as "module:function".

    The function takes (source, arguments) and returns (data, blobs). The process starts at once and imports while
    its maker goes on.
    """

    def __init__(self, work: str) -> None:
        self._work = work
        self._start()

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair()
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-P", "-m", "image_processing.sandbox.child", str(theirs.fileno()), self._work],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ}
            | {"PYTHONPATH": paths, **_ENVIRONMENT},
            start_new_session=True,
        )
        theirs.close()

    def run(
        self, source: Source, arguments: dict[str, Any], limits: Limits, deadline: float | None = None
    ) -> Answer:
        """Do the work on a source, within limits and, if given, before a deadline (of `time.monotonic`).

        Raises:
            errors.TooComplex: a limit was reached, or the codec crashed.
            errors.ImageError: as the work raised it, without metadata.
            OutOfTimeError: the deadline has passed.
            SandboxLostError: the process was killed from outside.

        """
        with _as_file(source) as file:
            question = {"arguments": arguments, "limits": limits}
            try:
                told = self._asked(file, question, deadline)
            except ConnectionError:  # it had ended while it was idle, perhaps; a second time is no accident
                try:
                    told = self._asked(file, question, deadline)
                except ConnectionError as error:
                    raise SandboxLostError("the decoding process has ended") from error
        return _understood(*told)

    def _asked(self, file: BinaryIO, question: dict[str, Any], deadline: float | None) -> tuple[bytes, int]:
        """Ask; after any early end, the next question finds a process without pending answers."""
        try:
            return self._ask(file, question, deadline)
        except BaseException:
            self._restart()
            raise

    def close(self) -> None:
        """End the process."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _restart(self) -> None:
        self.close()
        self._start()

    def _ask(self, file: BinaryIO, question: dict[str, Any], deadline: float | None) -> tuple[bytes, int]:
        """Send a question; return the answer's bytes, and the signal that ended the work, or 0."""
        ours, theirs = os.pipe()
        try:
            body = json.dumps(question).encode()
            try:
                socket.send_fds(self._socket, [struct.pack("!I", len(body))], [file.fileno(), theirs])
            finally:
                os.close(theirs)
            self._socket.sendall(body)
            told = b"".join(_chunks(ours, deadline))
        finally:
            os.close(ours)
        _wait(self._socket.fileno(), deadline)
        ended = self._socket.recv(4)
        if len(ended) < 4:
            raise ConnectionResetError("the decoding process has ended")
        return told, struct.unpack("!i", ended)[0]


class Pool:
    """Sandboxes for the threads of a process, at most `size` at work at once, made when needed and kept."""

    def __init__(self, work: str, size: int) -> None:
        self._work = work
        self._idle: list[Sandbox] = []
        self._free = threading.Semaphore(size)
        atexit.register(self.close)

    def prepare(self) -> None:
        """Start a sandbox, so that it imports while its first work is on the way."""
        if not self._idle:
            self._idle.append(Sandbox(self._work))

    def run(
        self, source: Source, arguments: dict[str, Any], limits: Limits, deadline: float | None = None
    ) -> Answer:
        """Do a piece of work in one of the sandboxes, as `Sandbox.run`."""
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._free.acquire(timeout=left):
            raise OutOfTimeError("all decoding processes are at work")
        try:
            sandbox = self._taken()
            try:
                return sandbox.run(source, arguments, limits, deadline)
            finally:
                self._idle.append(sandbox)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the processes that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> Sandbox:
        try:
            return self._idle.pop()  # atomic, as `append` is
        except IndexError:
            return Sandbox(self._work)


def _chunks(descriptor: int, deadline: float | None) -> Iterator[bytes]:
    total = 0
    while True:
        _wait(descriptor, deadline)
        chunk = os.read(descriptor, _CHUNK)
        total += len(chunk)
        if not chunk:
            return
        if total > MAX_ANSWER:
            raise ConnectionResetError("the answer has no end")
        yield chunk


def _wait(descriptor: int, deadline: float | None) -> None:
    """Wait until there is something to read. Raises OutOfTimeError at the deadline."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    left = None if deadline is None else max(0, round((deadline - time.monotonic()) * 1000))
    if not poll.poll(left):
        raise OutOfTimeError("decoding takes longer than there is time")


@contextlib.contextmanager
def _as_file(source: Source) -> Iterator[BinaryIO]:
    """Give a source as a file that another process can read."""
    if isinstance(source, FileSource):
        yield source.file
        return
    with tempfile.TemporaryFile(buffering=0) as file:
        for start in range(0, source.size, _CHUNK):
            file.write(source.read(start, _CHUNK))
        yield file


def _understood(told: bytes, signal_number: int) -> Answer:
    """Read an answer as `child` writes it: a line of JSON, then the blobs whose lengths it tells."""
    if signal_number in _OVER_LIMITS:
        raise errors.TooComplex(
            "Decoding this file takes more memory or time than is allowed. Please export the image again."
        )
    if signal_number:
        raise SandboxLostError(f"the decoding process was ended by {signal.Signals(signal_number).name}")
    head, _, rest = told.partition(b"\n")
    try:
        answer = json.loads(head)
        if "fault" in answer:
            raise SandboxLostError(f"the work failed:\n{answer['fault']}")
        if "refused" in answer:
            raise errors.BY_CODE[answer["refused"]["code"]](answer["refused"]["message"])
        ends = [sum(answer["blobs"][:count]) for count in range(len(answer["blobs"]) + 1)]
        return Answer(answer["data"], [rest[a:b] for a, b in itertools.pairwise(ends)])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SandboxLostError("the answer of the decoding process is unreadable") from error
