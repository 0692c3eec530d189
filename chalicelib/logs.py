"""Structured logs: one JSON object a line, on the standard library alone.

structlog and Powertools cost 76 to 100 ms of CPU at import, the standard library nothing more: botocore needs it.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the request or invocation that is being answered; every log line and every response carries it."""

logging.getLogger("pynamodb").setLevel(logging.WARNING)  # it tells at import, to all, which settings it has

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
logger = logging.getLogger("janus")  # Chalice logs under the name of the app


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON; the values of `extra` become fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line.update((key, value) for key, value in vars(record).items() if key not in _PLAIN)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: int = logging.INFO) -> None:
    """Send Janus's own log lines to the standard error as JSON, once; other loggers keep their way."""
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
        logger.propagate = False  # Lambda's root handler would print every line again
    # No line tells of threads, processes or places in the code; not to look for them halves what a line costs.
    # Source: Python's Logging HOWTO, "Optimization".
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001
    logger.setLevel(level)
