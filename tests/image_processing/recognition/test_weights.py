"""Subnormal weights become zero when a model is read; nothing else of it changes."""

from __future__ import annotations

import gc
import struct

import numpy as np
import onnxruntime
import pytest

from image_processing.recognition import models, runtime, weights

LEAST_NORMAL = 0x00800000  # 2 ** -126, the least float32 with a full precision
BITS = [0x00000001, 0x007FFFFF, 0x807FFFFF, LEAST_NORMAL, 0x80000000 | LEAST_NORMAL, 0x3F800000, 0]


def field(number, content):
    """Return a field of bytes with its length, of Protocol Buffers."""
    return bytes([number << 3 | 2, len(content)]) + content


def model(data_type, words, *, before=b""):
    """Return a model with one initializer, a version, and fields of every other type."""
    tensor = (
        bytes([1 << 3, len(words), 2 << 3, data_type])
        + field(8, b"w")
        + field(9, struct.pack(f"<{len(words)}I", *words))
    )
    graph = field(2, b"graph") + field(5, tensor) + field(9, struct.pack("<I", 1))
    return b"\x08\x0a\x28\xff\x01" + before + field(7, graph) + field(2, b"maker")


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a model from a file."""

    def written(content):
        path = tmp_path / "model.onnx"
        path.write_bytes(content)
        return weights.read(path)

    return written


def test_subnormal_weights_become_zero(read):
    """Those below 2 ** -126 of either sign; the least normal ones stay."""
    kept = [0, 0, 0x80000000, LEAST_NORMAL, 0x80000000 | LEAST_NORMAL, 0x3F800000, 0]
    assert read(model(1, BITS)) == model(1, kept)


@pytest.mark.parametrize("before", [b"\x09" + b"\x01" * 8, b"\x0d" + b"\x01" * 4], ids=["8 bytes", "4 bytes"])
def test_numbers_of_fixed_width_are_passed_by(read, before):
    """ONNX has none of them at this place, later versions of it might."""
    assert read(model(1, BITS[:1], before=before)) == model(1, [0], before=before)


@pytest.mark.parametrize("data_type", [6, 7, 10], ids=["int32", "int64", "float16"])
def test_other_numbers_stay(read, data_type):
    """A small integer has the bits of a subnormal float."""
    assert read(model(data_type, BITS)) == model(data_type, BITS)


def test_another_file_is_refused(read):
    """Its first field has a type that Protocol Buffers lacks."""
    with pytest.raises(ValueError, match="field 9 has the unknown type 6: the file is no ONNX model"):
        read(b"No model")


def test_a_file_that_is_cut_is_refused(read):
    """At any byte within a field: in its key, its number, its length, or its content, however deep it lies."""
    whole = model(1, BITS[:1], before=b"\x09" + b"\x01" * 8 + b"\x0d" + b"\x01" * 4)
    between = {2, 5, 14, 19, len(whole) - 7, len(whole)}  # after each field; the last one has seven bytes
    for length in range(1, len(whole) + 1):
        if length in between:
            assert len(read(whole[:length])) == length
        else:
            with pytest.raises(ValueError, match="the file is no ONNX model, or cut short"):
                read(whole[:length])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (field(7, b"\x2a\x05abc"), "field 5 ends after its message"),  # though the file has more
        (field(7, field(5, b"\x4a\x08" + b"\x01" * 4)), "field 9 ends after its message"),
        (field(7, b"\x0d\x01\x01"), "field 1 ends after its message"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "the integer at byte 1 of a message has no end"),
        (b"\x80" * 11, "the integer at byte 0 of a message has no end"),
    ],
    ids=["graph", "tensor", "fixed width", "value", "key"],
)
def test_false_lengths_and_integers_are_refused(read, content, message):
    """A field is within its message; an integer has up to ten bytes."""
    with pytest.raises(ValueError, match=message):
        read(content + field(2, b"maker"))


def test_an_integer_of_ten_bytes_is_read(read):
    """It is how -1 is written."""
    minus_one = b"\x08" + b"\xff" * 9 + b"\x01"
    assert read(model(1, BITS[:1], before=minus_one)) == model(1, [0], before=minus_one)


@pytest.mark.parametrize(
    ("file", "number"), [(models.TEXT_DETECTION, 388_763), (models.TEXT_RECOGNITION, 713), (models.UNSAFE, 0)]
)
def test_the_runtime_gets_no_subnormal_weights(monkeypatch, file, number):
    """As many bytes change x."""
    loaded = []

    class Spy(onnxruntime.InferenceSession):
        def __init__(self, model, *arguments, **options):
            loaded.append(model)
            super().__init__(model, *arguments, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Spy)
    runtime.Session(file.path())
    before, after = (np.frombuffer(content, np.uint8) for content in (file.path().read_bytes(), loaded[0]))
    changed = np.flatnonzero(before != after)
    assert len(changed) == number
    assert set(after[changed].tolist()) <= {0, 0x80}


def test_the_model_s_file_is_not_kept():
    """The runtime has its own copy of the weights: a second one would be 55 MB for all models."""
    path = models.TEXT_DETECTION.path()
    assert path
    before = {id(one) for one in gc.get_objects()}
    session = runtime.Session(path)
    kept = gc.get_referents(*(one for one in gc.get_objects() if id(one) not in before))
    assert session
    assert not [one for one in kept if isinstance(one, bytes) and len(one) > 1_000_000]
