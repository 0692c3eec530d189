"""Work that a sandbox is given in tests: honest, greedy, slow, crashing, forgetful."""

import ctypes
import os
import signal
import threading
import time

from image_processing.errors import Corrupt

seen: list[str] = []


def do(source, arguments):
    """Do what the arguments name."""
    return globals()[arguments["what"]](source, arguments)


def describe(source, _arguments):
    return {"size": source.size, "parent": os.getppid()}, [
        source.read(0, 4),
        source.read(4, 100),
    ]


def allocate(_source, arguments):
    return {"taken": len(bytearray(arguments["megabytes"] << 20))}, []


def burn(_source, _arguments):
    while True:
        pass


def wait(_source, _arguments):
    time.sleep(60)


def crash(_source, _arguments):
    ctypes.string_at(0)


def abort(_source, _arguments):
    os.abort()


def vanish(_source, _arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(_source, _arguments):
    raise Corrupt("The picture is torn.")


def blunder(_source, _arguments):
    return dict[str, int]()["missing"], []


def flood(_source, _arguments):
    return {}, [bytes(65 << 20)]


def remember(_source, arguments):
    seen.append(arguments["word"])
    return {"seen": seen}, []


def surroundings(_source, _arguments):
    return {"environment": dict(os.environ), "threads": threading.active_count()}, []
