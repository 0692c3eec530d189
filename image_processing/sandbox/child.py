"""The sandbox's process: it imports the work, then forks once for each piece of it.

A fork has the limits that it is told, the file, and a pipe for its answer; see the package for the other side.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import socket
import struct
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from image_processing.errors import ImageError, TooComplex
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.source import Source

    Work = Callable[[Source, dict[str, Any]], tuple[dict[str, Any], list[bytes]]]

_GRACE_SECONDS = 5  # from SIGXCPU, which ends the process, to SIGKILL, should a library have caught it
_MESSAGE = struct.Struct("!I")


def main(descriptor: int, name: str) -> None:
    """Serve pieces of work until the other side is gone."""
    module, _, function = name.partition(":")
    work: Work = getattr(import_module(module), function)
    gc.freeze()  # the collector would otherwise copy the pages of all that was imported in every fork
    with socket.socket(fileno=descriptor) as connection:
        while True:
            head, descriptors, _, _ = socket.recv_fds(connection, _MESSAGE.size, 2)
            if not head:
                return
            question = json.loads(_exactly(connection, _MESSAGE.unpack(head)[0]))
            process = os.fork()
            if process == 0:
                connection.close()
                _answer(work, descriptors[0], descriptors[1], question)
            for copy in descriptors:
                os.close(copy)
            status = os.waitpid(process, 0)[1]
            connection.sendall(struct.pack("!i", os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0))


def _answer(work: Work, file: int, pipe: int, question: dict[str, Any]) -> NoReturn:
    """Do the work within its limits, write the result, and end the process."""
    try:
        _limit(*question["limits"])
        told, blobs = _done(work, file, question["arguments"])
        with open(pipe, "wb") as answer:
            answer.write(json.dumps(told).encode() + b"\n")
            answer.writelines(blobs)
    finally:
        os._exit(0)  # no exit handler of the process that forked may run here


def _done(work: Work, file: int, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    try:
        with open(file, "rb", buffering=0) as opened:
            data, blobs = work(FileSource(opened), arguments)
    except MemoryError:
        return _refused(TooComplex("Decoding this file takes too much memory. Please send a smaller image.")), []
    except ImageError as refusal:
        return _refused(refusal), []
    except Exception:
        return {"fault": traceback.format_exc()}, []  # of ours, not of the file
    return {"data": data, "blobs": [len(blob) for blob in blobs]}, blobs


def _refused(refusal: ImageError) -> dict[str, Any]:
    return {"refused": {"code": refusal.code, "message": str(refusal)}}


def _limit(memory: int, cpu_seconds: int) -> None:
    """Bound this process: its address space beyond that of now, its CPU time; no core file, no new files."""
    taken = _address_space()
    if taken is not None:
        _lower(resource.RLIMIT_AS, taken + memory)
    _lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _GRACE_SECONDS)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, soft: int, hard: int | None = None) -> None:
    allowed = resource.getrlimit(kind)[1]
    wanted = [soft, soft if hard is None else hard]
    if allowed != resource.RLIM_INFINITY:
        wanted = [min(limit, allowed) for limit in wanted]
    resource.setrlimit(kind, (wanted[0], wanted[1]))


def _address_space() -> int | None:
    """Return this process's address space in bytes; None where the system does not tell (no Linux)."""
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as file:  # noqa: PTH123  once a fork
        return int(file.read().split()[0]) * resource.getpagesize()
    return None


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length and (more := connection.recv(length - len(data))):
        data += more
    return data


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
