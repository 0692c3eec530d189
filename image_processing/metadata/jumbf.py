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
    """Read the superboxes of a block; a truncated one counts as far as it goes."""
    left = [MAX_BOXES]
    found = _boxes(data, 0, len(data), left)
    return [_superbox(data, start, end, 0, left) for kind, start, end in found if kind == b"jumb"]


def _boxes(data: bytes, at: int, limit: int, left: list[int]) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, start and end of the boxes up to `limit`; superboxes hold each other, so nothing is copied."""
    while at + 8 <= limit and left[0] > 0:
        left[0] -= 1
        length, header = int.from_bytes(data[at : at + 4], "big"), 8
        if length == 1:  # XLBox
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + length if length else limit
        if end < at + header:
            return
        yield data[at + 4 : at + 8], at + header, min(end, limit)
        at = end


def _superbox(data: bytes, at: int, limit: int, depth: int, left: list[int]) -> Superbox:
    box = Superbox(b"", "", [], [])
    for kind, start, end in _boxes(data, at, limit, left):
        if kind == b"jumd":
            box = box._replace(kind=data[start : min(start + 4, end)], label=_label(data[start:end]))
        elif kind != b"jumb":
            box.boxes.append((kind, data[start:end]))
        elif depth < MAX_DEPTH:
            box.children.append(_superbox(data, start, end, depth + 1, left))
    return box


def _label(description: bytes) -> str:
    """Read the label of a description box: type (16 bytes), toggles, then a C string if bit 1 is set."""
    if len(description) < 18 or not description[16] & 2:
        return ""
    return description[17:].split(b"\0", 1)[0].decode("utf-8", "replace")
