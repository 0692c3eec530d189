"""Compressed zeros of any length, made without compressing them all."""

from __future__ import annotations

import functools
import lzma
import struct
import zlib

_STEP = 1 << 20


@functools.cache
def _step() -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(bytes(_STEP)) + packer.flush(zlib.Z_FULL_FLUSH)


def deflated(count: int) -> bytes:
    """Write a zlib stream (RFC 1950) of zeros."""
    steps, rest = divmod(count, _STEP)
    packer = zlib.compressobj(9, wbits=-15)
    last = packer.compress(bytes(rest)) + packer.flush()
    return b"\x78\xda" + _step() * steps + last + struct.pack(">I", count % 65_521 << 16 | 1)


@functools.lru_cache(maxsize=8)
def lzma_packed(count: int) -> bytes:
    """Write an xz stream of zeros."""
    return lzma.compress(bytes(count), preset=0)
