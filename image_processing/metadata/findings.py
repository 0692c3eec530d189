"""The findings of a reading so far: facts of the container, tags of the payloads, warnings. All bounded."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from image_processing.metadata import json_safe
from image_processing.metadata.budget import Budget

MAX_TAGS = 10_000
MAX_WARNINGS = 50
MAX_SIZE = 4 << 20  # characters and bytes of values in all
MAX_PAYLOADS = 32  # blocks of one kind (Exif, XMP ...) that are read; real files have one or two
MAX_INFLATED = 24 << 20  # bytes that compressed text may grow to in all
MAX_JUMBF = 16 << 20  # bytes of JUMBF in all


class Warning(NamedTuple):  # noqa: A001 -- the contract's own word for it
    """Something in the file that is not as it should be."""

    code: str
    text: str


class Fact(NamedTuple):
    """A normalized value that the container tells, and its origin, such as `PNG:IHDR`."""

    value: Any
    origin: str


def _cost(value: Any) -> int:
    if isinstance(value, int):
        return 8
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _cost(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_cost, value))
    return 8


@dataclass(slots=True)
class Findings:
    """The sink that containers and payload readers write into; the first value of a tag stays.

    `facts` are normalized values the container itself tells, by field name, each with its origin. `tags` are raw
    values by standard group and tag name. `jumbf` are JUMBF superboxes (C2PA), whole. `iptc` is the stream of IPTC
    that counts, `iptc_digest` what Photoshop noted of it. `budget` is what all readers of the file may still
    spend.
    """

    facts: dict[str, Fact] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[Warning] = field(default_factory=list)
    jumbf: list[bytes] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    payloads: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    iptc: bytes = b""
    iptc_digest: bytes = b""
    count: int = 0
    size: int = 0
    inflated: int = 0

    def fact(self, name: str, value: Any, origin: str) -> None:
        """Note a normalized value that the container tells; the first stays."""
        if value is not None and name not in self.facts:
            self.facts[name] = Fact(value, origin)

    def override(self, name: str, value: Any, origin: str) -> None:
        """Note a normalized value in place of the one noted before, if any: the container corrects itself."""
        self.facts[name] = Fact(value, origin)

    def known(self, name: str) -> Any:
        """Give back a fact noted before, or None."""
        return self.facts[name].value if name in self.facts else None

    @property
    def iptc_fresh(self) -> bool:
        """Tell whether IPTC was changed after XMP was last brought in line with it (MWG Guidelines 2.0).

        The program that did so noted the MD5 digest of IPTC; sixteen zeros, or no digest, say nothing. Zeros that
        fill up the stream may have come or gone since.
        """
        digest, bare = self.iptc_digest, self.iptc.rstrip(b"\0")
        if len(digest) != 16 or not any(digest) or not bare:
            return False
        streams = (self.iptc, *(bare + bytes(padding) for padding in range(4)))
        return all(hashlib.md5(stream, usedforsecurity=False).digest() != digest for stream in streams)

    def put(self, group: str, tag: str, value: Any) -> None:
        """Note a raw value; the first stays."""
        tags = self.tags.get(group)
        if tags is None:
            tags = self.tags[group] = {}
        if tag not in tags and value is not None:
            self.count += 1
            self.size += _cost(value)
            if self.count <= MAX_TAGS and self.size <= MAX_SIZE:
                tags[tag] = value
            else:
                self.warn("too_much", "There is more metadata than is read.")

    def put_all(self, group: str, tags: dict[str, Any], size: int | None = None) -> None:
        """Note many raw values, which take up `size` if that is known; the first of each tag stays."""
        known = self.tags.get(group)
        if known is None and self.count + len(tags) <= MAX_TAGS:
            self.tags[group] = tags
            self.count += len(tags)
            return
        new = {tag: value for tag, value in tags.items() if value is not None and tag not in (known or ())}
        if size is None:
            size = sum(map(_cost, new.values()))
        if known is not None and self.count + len(new) <= MAX_TAGS and self.size + size <= MAX_SIZE:
            known.update(new)
            self.count += len(new)
            self.size += size
            return
        for tag, value in new.items():
            self.put(group, tag, value)

    def admit(self, kind: str) -> bool:
        """Count a block of metadata, and tell whether it is still to be read."""
        self.payloads[kind] += 1
        if self.payloads[kind] > MAX_PAYLOADS:
            self.warn("too_much", "There is more metadata than is read.")
        return self.payloads[kind] <= MAX_PAYLOADS

    def keep_jumbf(self, block: bytes) -> None:
        """Keep a JUMBF superbox, as long as there are not too many."""
        if len(self.jumbf) < MAX_PAYLOADS and sum(map(len, self.jumbf)) + len(block) <= MAX_JUMBF:
            self.jumbf.append(block)

    def group(self, name: str) -> dict[str, Any]:
        """Give the tags of a group; empty when there is none."""
        return self.tags.get(name, {})

    def warn(self, code: str, text: str) -> None:
        """Record a fault of the file, once."""
        warning = Warning(code, json_safe.text(text))
        if len(self.warnings) < MAX_WARNINGS and warning not in self.warnings:
            self.warnings.append(warning)
