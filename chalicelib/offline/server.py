"""The HTTP server of the offline AWS: moto's application, on one port."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chalicelib.offline import likeness, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"


def make_server(port: int, application: Any) -> BaseWSGIServer:
    """Return a bound server that answers on 127.0.0.1; port 0 is any free one. Raise OSError if it is taken."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415  moto is heavy
    from werkzeug.serving import make_server as make  # noqa: PLC0415

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a kept connection stalls 40 ms a request: delayed ACK

    return make(HOST, port, application, threaded=True, request_handler=Handler)


@contextmanager
def in_process() -> Iterator[str]:
    """Run the offline AWS within this process, on a free port, with everything made; yield its address.

    For tests: the environment is that of `chalice local` while it lasts, and nothing is written to disk.
    """
    from moto.core.base_backend import BackendDict  # noqa: PLC0415  moto is heavy
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        create_backend_app,
    )

    before = dict(os.environ)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    likeness.improve()
    server = make_server(0, DomainDispatcherApplication(create_backend_app))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        endpoint = f"http://{HOST}:{server.port}"
        world.provision(endpoint)
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        BackendDict.reset()
        os.environ.clear()
        os.environ.update(before)
