"""Read the file of an ONNX model for the runtime, with its subnormal weights set to zero.

Training with weight decay leaves weights below 1.2e-38 in unused channels. They change no output, but Intel's
processors take a hundred times as long for each operation on them: with its 255,958 subnormal weights, the text
detector takes two and a half times its time. The runtime's own option, `session.set_denormal_as_zero`, changes all
arithmetic of the one thread that makes the first session, Python's included.

The format is Protocol Buffers ("Encoding", protobuf.dev): ModelProto.graph, GraphProto.initializer and TensorProto
of onnx.proto3.
"""

from __future__ import annotations

from mmap import ACCESS_COPY, mmap
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GRAPH, _INITIALIZER, _DATA_TYPE, _RAW_DATA = 7, 5, 2, 9  # numbers of fields
_FLOAT: Final = 1  # TensorProto.DataType
_VARINT, _LENGTH = 0, 2  # types on the wire
_FIXED: Final = {1: 8, 5: 4}  # bytes by type on the wire
_EXPONENT: Final = np.uint32(0x7F800000)  # the bits of a float32 that are all zero for zero and subnormal numbers
_SIGN: Final = np.uint32(0x80000000)


def read(path: Path) -> bytes:
    """Return a model; raise ValueError for a file that is not Protocol Buffers."""
    with path.open("rb") as file:
        model = mmap(file.fileno(), 0, access=ACCESS_COPY)  # of which only pages that change are copied
    for number, graph in _fields(memoryview(model)):
        if number == _GRAPH and isinstance(graph, memoryview):
            for inner, tensor in _fields(graph):
                if inner == _INITIALIZER and isinstance(tensor, memoryview):
                    _flush(dict(_fields(tensor)))
    return model[:]


def _flush(tensor: dict[int, int | memoryview]) -> None:
    """Set the subnormal weights of a tensor to zero of the same sign, in place."""
    data = tensor.get(_RAW_DATA)
    if tensor.get(_DATA_TYPE) == _FLOAT and isinstance(data, memoryview):
        bits = np.frombuffer(data, "<u4")
        bits[bits & _EXPONENT == 0] &= _SIGN


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field of a message that has an integer or bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif kind == _LENGTH:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise ValueError(f"field {number} has the unknown type {kind}: the file is no ONNX model")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the integer at a position, seven bits a byte from the lowest on, and the position after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
