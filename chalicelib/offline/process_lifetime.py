"""Nothing is left running: each process of the box watches the one it must not outlive."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_SECONDS = 0.5
_PARENT = os.getppid()  # when it has ended, getppid() names another


def in_worker() -> bool:
    """Tell whether this process is the child that `chalice local` replaces at each reload."""
    return "CHALICE_WORKER" in os.environ


def chalice_local() -> int:
    """Return the process that is `chalice local` to its user: the parent, when this is the reloaded child."""
    return os.getppid() if in_worker() else os.getpid()


def wait_for_end(pid: int) -> None:
    """Return when the process `pid` has ended, however it ended."""
    if hasattr(os, "pidfd_open"):
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        except OSError:
            pass  # a kernel without it: look again and again, as on macOS
        else:
            select.select([handle], [], [])
            os.close(handle)
            return
    while _is_alive(pid):
        time.sleep(_POLL_SECONDS)


def on_end(pid: int, call: Callable[[], object]) -> None:
    """Call back, from another thread, when the process `pid` has ended."""

    def watch() -> None:
        wait_for_end(pid)
        call()

    threading.Thread(target=watch, daemon=True).start()


def end_with_parent() -> None:
    """End this process when `chalice local` ends; Chalice leaves its worker running after SIGTERM or SIGKILL."""
    parent = chalice_local()
    if parent != os.getpid():
        on_end(parent, lambda: os._exit(0))


def fail(message: str) -> NoReturn:
    """End `chalice local` with a message and a status that is not zero.

    SystemExit ends the main thread only, and the reloaded child runs the application in another; and the child's
    parent ends with status zero for any status of the child, unless a signal ends it.
    """
    sys.stdout.flush()
    print(f"\njanus: {message}\n", file=sys.stderr, flush=True)  # noqa: T201
    if in_worker() and os.getppid() == _PARENT:
        os.kill(_PARENT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        os._exit(1)
    raise SystemExit(1)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
