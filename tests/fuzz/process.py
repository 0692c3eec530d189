"""Read and decode files as the command line does, each in a process of its own, and hold its memory and time."""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import resource
import signal
from pathlib import Path
from typing import NamedTuple

from image_processing import examine, sandbox, sandboxed
from image_processing.__main__ import main
from image_processing.sandbox import child as sandbox_child

_give_back = getattr(ctypes.CDLL(None), "malloc_trim", abs)  # glibc's
MAX_SECONDS = 10.0  # of CPU, for a file of up to `_SMALL` bytes
_SMALL = 4 << 20
_LARGE_SECONDS = 110.0  # for another: `examine.cpu_seconds` goes by the bytes of a file
MAX_GROWTH = 450  # megabytes more than an ordinary image takes
MAX_ADDRESSES = 4 << 30  # bytes: the machine is shared
_KILLED = 120  # seconds of CPU, after which a process is ended


class Cost(NamedTuple):
    """A file's cost: how its process ended, its bytes, seconds of CPU, megabytes of growth, and its record."""

    status: int
    size: int
    seconds: float
    megabytes: float
    record: str

    def broken(self, ordinary: float) -> str | None:
        """Tell which promise is broken, beside an ordinary image's memory; None when all are kept."""
        if os.WIFSIGNALED(self.status):
            return f"ended by {signal.Signals(os.WTERMSIG(self.status)).name}"
        if os.WEXITSTATUS(self.status) not in (0, 1):
            return f"exit code {os.WEXITSTATUS(self.status)}: {self.record[-500:]}"
        if self.seconds > (MAX_SECONDS if self.size <= _SMALL else _LARGE_SECONDS):
            return f"took {self.seconds:.1f} seconds"
        if self.megabytes - ordinary > MAX_GROWTH:
            return f"took {self.megabytes - ordinary:.0f} MB"
        return None


def run(path: Path) -> Cost:
    """Read, decode and analyse a file in a child; its output is its record."""
    _give_back(0)  # else the child decodes into memory that its parent has freed, and does not grow
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _work(path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        before, _, told = pipe.read().partition(b"\n")
    _, status, used = os.wait4(child, 0)
    growth = used.ru_maxrss / 1024 - float(before or 0)
    return Cost(
        status, path.stat().st_size, used.ru_utime + used.ru_stime, growth, told.decode("utf-8", "replace")
    )


class Forking:
    """A pool of sandboxes whose work is forked from this process, which has imported all of it already."""

    def run(self, source, arguments, limits, _deadline=None):
        """Do a piece of work as `sandbox.child` does, under the same limits."""
        reading, writing = os.pipe()
        question = json.loads(json.dumps({"arguments": arguments, "limits": limits}))
        worker = os.fork()
        if not worker:
            os.close(reading)
            sandbox_child._answer(sandboxed.look, source.file.fileno(), writing, question)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        status = os.waitpid(worker, 0)[1]
        return sandbox._understood(told, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


def _resident() -> float:
    """Tell this process's memory in megabytes: of its parent's, a child has no pages of files at first."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / (1 << 20)


def _work(path: Path, writing: int) -> None:
    os.write(writing, f"{_resident()}\n".encode())
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESSES, MAX_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (_KILLED, _KILLED))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    vars(examine)["_pool"] = Forking
    out, code = io.StringIO(), 3
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = main(["--json", "--decode", "--analyse", str(path)])
            if code == 0:
                json.loads(out.getvalue())
    except BaseException as error:  # what leaks is what is looked for
        out.write(repr(error))
    finally:
        with contextlib.suppress(OSError):
            os.write(writing, out.getvalue()[-60_000:].encode("utf-8", "replace"))
        os._exit(code)
