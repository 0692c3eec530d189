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
_VARINT_BYTES: Final = 10  # 64 bits
_EXPONENT: Final = np.uint32(0x7F800000)  # the bits of a float32 that are all zero for zero and subnormal numbers
_SIGN: Final = np.uint32(0x80000000)


def read(path: Path) -> bytes:
    """Return a model; raise ValueError for a file that is not Protocol Buffers, or is cut within a field."""
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
        elif kind == _LENGTH or kind in _FIXED:
            length, at = _varint(message, at) if kind == _LENGTH else (_FIXED[kind], at)
            if at + length > len(message):
                raise ValueError(f"field {number} ends after its message: the file is no ONNX model, or cut short")
            if kind == _LENGTH:
                yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"field {number} has the unknown type {kind}: the file is no ONNX model")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the integer at a position, seven bits a byte from the lowest on, and the position after it."""
    value = 0
    for place, byte in enumerate(message[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError(f"the integer at byte {at} of a message has no end: the file is no ONNX model, or cut short")
