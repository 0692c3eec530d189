"""AWS in a box for `chalice local`: the only package that imports moto.

`start` finds or starts the box (`launch`), which is moto's server as a process of its own (`server`) whose
state survives (`store`); makes the missing resources (`provisioning`); and has `chalice local` pump its queues
(`pump`) and answer as API Gateway would (`gateway`).
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from chalicelib.offline.provisioning import provision
from chalicelib.offline.server import in_process

if TYPE_CHECKING:
    from chalice import Chalice

__all__ = ["in_process", "provision", "start"]


def start(app: Chalice) -> None:
    """Make the running `chalice local` the whole system; call it when `app.py` has wired the app.

    Where a port or the state is another's, the process ends with a message.
    """
    from chalicelib.offline import autoreload, gateway, launch, process_lifetime, pump, welcome  # noqa: PLC0415  not for tests

    process_lifetime.end_with_parent()
    autoreload.install()
    _quiet()
    box = launch.find_or_start()
    process_lifetime.on_end(
        box.pid, lambda: process_lifetime.fail(f"The offline AWS has ended; {box.log} may say why.")
    )
    provision(box.endpoint)

    def ready(api: str, port: int) -> None:
        launch.announce(box, port)
        pump.start(app)
        welcome.show(api, box)

    gateway.install(ready)


def _quiet() -> None:
    """Keep the terminal for the app: Chalice sends the whole world's log lines to the standard output."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
    for name in ("botocore", "boto3", "urllib3", "pynamodb"):
        logging.getLogger(name).setLevel(logging.WARNING)
