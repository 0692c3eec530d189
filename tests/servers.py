"""Servers of a test's own, in its process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from socketserver import BaseServer

_POLL_SECONDS = 0.01  # by default a server takes half a second to notice that it must stop


def start(server: BaseServer) -> Callable[[], None]:
    """Serve in a thread; return what ends it."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
