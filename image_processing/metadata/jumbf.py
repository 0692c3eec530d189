"""Read JUMBF boxes (ISO/IEC 19566-5): the tree of superboxes in which C2PA keeps its manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 8
MAX_BOXES = 4096


class Superbox(NamedTuple):
    """A described box: its type (first four bytes of the UUID), its label, boxes by kind, superboxes."""

    kind: bytes
    label: str
    boxes: list[tuple[bytes, bytes]]
    children: list[Superbox]

    def content(self, kind: bytes) -> bytes | None:
        """Give the first content box of a kind (b"cbor", b"json" ...)."""
        return next((body for name, body in self.boxes if name == kind), None)

    def child(self, kind: bytes) -> Superbox | None:
        """Give the first superbox of a type."""
        return next((child for child in self.children if child.kind == kind), None)


def read(data: bytes) -> list[Superbox]:
    """Read the superboxes of a block; what is cut short counts as far as it goes."""
    left = [MAX_BOXES]
    return [_superbox(body, 0, left) for kind, body in _boxes(data, left) if kind == b"jumb"]


def _boxes(data: bytes, left: list[int]) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data) and left[0] > 0:
        left[0] -= 1
        length, header = int.from_bytes(data[at : at + 4], "big"), 8
        if length == 1:  # XLBox
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + length if length else len(data)
        if end < at + header:
            return
        yield data[at + 4 : at + 8], data[at + header : end]
        at = end


def _superbox(data: bytes, depth: int, left: list[int]) -> Superbox:
    box = Superbox(b"", "", [], [])
    for kind, body in _boxes(data, left):
        if kind == b"jumd":
            box = box._replace(kind=body[:4], label=_label(body))
        elif kind != b"jumb":
            box.boxes.append((kind, body))
        elif depth < MAX_DEPTH:
            box.children.append(_superbox(body, depth + 1, left))
    return box


def _label(description: bytes) -> str:
    """Read the label of a description box: type (16 bytes), toggles, then a C string if bit 1 is set."""
    if len(description) < 18 or not description[16] & 2:
        return ""
    return description[17:].split(b"\0", 1)[0].decode("utf-8", "replace")
