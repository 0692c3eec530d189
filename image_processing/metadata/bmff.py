"""Read HEIF and AVIF (ISO/IEC 23008-12, AV1 Image File Format): the primary item, its properties and metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata import boxes, exif, icc, sequence, text, xmp
from image_processing.metadata.boxes import Cursor
from image_processing.metadata.findings import MAX_PAYLOADS
from image_processing.source import BytesSource, window

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_ITEMS = 4096
MAX_EXTENTS = 256
MAX_PARTS = 100_000  # items, extents, references, properties and associations in all
MAX_BOX = 4 << 20  # bytes of a header box that is read
MAX_PAYLOAD = 16 << 20  # bytes of a metadata item that is read
MAX_URN = 256  # bytes of the name of a kind of auxiliary image
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_GAIN_MAPS = (b"urn:com:apple:photo:2020:aux:hdrgainmap",)
_DEPTH = (b"urn:mpeg:hevc:2015:auxid:2", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth")
_ALPHA = (b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
_CODECS = {b"hvc1": "HEVC", b"av01": "AV1", b"avc1": "AVC", b"jpeg": "JPEG", b"j2k1": "JPEG 2000", b"unci": "none"}


class Item(NamedTuple):
    """An item of a "meta" box: its type, and the content type of a "mime" item."""

    kind: bytes
    content_type: bytes


_EXIF, _XMP = Item(b"Exif", b""), Item(b"mime", b"application/rdf+xml")


@dataclass(slots=True)
class Meta:
    """The item structure of a "meta" box."""

    budget: Budget
    primary: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    locations: dict[int, tuple[int, list[tuple[int, int]]]] = field(default_factory=dict)  # method, extents
    references: list[tuple[bytes, int, list[int]]] = field(default_factory=list)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    associations: dict[int, dict[int, None]] = field(default_factory=dict)  # item -> properties, each once
    data_start: int = 0  # of "idat"
    parts: int = 0
    property_bytes: int = 0

    def admit(self, count: int = 1) -> bool:
        """Count parts, and tell whether they are still to be read."""
        self.parts += count
        return self.parts <= MAX_PARTS

    def of(self, item: int) -> list[tuple[bytes, bytes]]:
        """Give the properties of an item, in order."""
        numbers = self.associations.get(item, {})
        self.budget.spend(len(numbers))
        return [self.properties[at - 1] for at in numbers if at <= len(self.properties)]


def read(source: Source, findings: Findings) -> None:
    """Read the boxes of the file and the metadata items in it."""
    meta: Meta | None = None
    for box in boxes.walk(source, 0, source.size):
        if not box.whole and box.kind != b"mdat":
            findings.warn("truncated", "The file ends within a box.")
        if box.kind == b"meta" and meta is None:
            meta = read_items(source, box, findings.budget)
            _primary(meta, findings)
            _metadata_items(source, meta, findings)
        elif box.kind == b"moov":
            sequence.read(source, box, findings)
        elif box.kind == b"uuid":
            _uuid(source, box, findings)
        elif box.kind == b"ftyp":
            findings.fact("animated", source.read(box.start, 4) in (b"avis", b"msf1", b"hevc"), "BMFF:ftyp")
    if findings.known("stored_width") is None:
        sequence.promote(findings)


def _uuid(source: Source, box: boxes.Box, findings: Findings) -> None:
    uuid = source.read(box.start, 16)
    body = source.read(box.start + 16, min(box.end - box.start - 16, MAX_PAYLOAD))
    if uuid == XMP_UUID:
        xmp.read(body, findings)
    elif uuid == C2PA_UUID:
        # version and flags, purpose as a C string, for "manifest" the offset of the merkle box, then JUMBF
        cursor = Cursor(body, 4)
        if cursor.string() == b"manifest":
            findings.keep_jumbf(body[cursor.at + 8 :])


def read_items(source: Source, outer: boxes.Box, budget: Budget) -> Meta:
    """Read the item structure of a "meta" box."""
    meta = Meta(budget)
    for box in boxes.walk(source, outer.start + 4, outer.end):
        if box.kind == b"idat":
            meta.data_start = box.start
            continue
        if box.kind == b"iprp":
            _item_properties(source, box, meta)
        elif box.kind in _PARSERS:
            _PARSERS[box.kind](Cursor(source.read(box.start, min(box.end - box.start, MAX_BOX))), meta)
    return meta


def _pitm(cursor: Cursor, meta: Meta) -> None:
    version = cursor.number(4) >> 24
    meta.primary = cursor.number(4 if version else 2)


def _iinf(cursor: Cursor, meta: Meta) -> None:
    version = cursor.number(4) >> 24
    count = cursor.number(4 if version else 2)
    for _ in range(min(count, MAX_ITEMS)):
        start, size, kind = cursor.at, cursor.number(4), cursor.take(4)
        if kind != b"infe" or size < 12 or cursor.over or not meta.admit():
            return
        entry = Cursor(cursor.data[start : start + size], 8)
        entry_version = entry.number(4) >> 24
        if entry_version >= 2:
            number = entry.number(4 if entry_version > 2 else 2)
            entry.number(2)  # protection
            item_kind = entry.take(4)
            entry.string()  # name
            meta.items.setdefault(number, Item(item_kind, entry.string() if item_kind == b"mime" else b""))
        cursor.at = start + size


def _iloc(cursor: Cursor, meta: Meta) -> None:
    version = cursor.number(4) >> 24
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    count = cursor.number(4 if version >= 2 else 2)
    for _ in range(min(count, MAX_ITEMS)):
        number = cursor.number(4 if version >= 2 else 2)
        method = cursor.number(2) & 15 if version else 0
        cursor.number(2)  # data reference
        base = cursor.number(base_size)
        extents = []
        extent_count = min(cursor.number(2), MAX_EXTENTS)
        if extent_count > 1 and not offset_size + length_size:
            return  # pieces without a place
        for _ in range(extent_count):
            if cursor.over or not meta.admit():
                return
            if version:
                cursor.number(index_size)
            offset = cursor.number(offset_size)
            extents.append((base + offset, cursor.number(length_size)))
        if cursor.over or not meta.admit():
            return
        meta.locations.setdefault(number, (method, extents))


def _iref(cursor: Cursor, meta: Meta) -> None:
    width = 4 if cursor.number(4) >> 24 else 2
    while cursor.at + 8 <= len(cursor.data) and len(meta.references) < MAX_ITEMS:
        start, size, kind = cursor.at, cursor.number(4), cursor.take(4)
        source = cursor.number(width)
        count = cursor.number(2)
        targets_count = min(count, MAX_ITEMS, size // width)
        if size < 8 or not meta.admit(targets_count):
            return
        targets = [cursor.number(width) for _ in range(targets_count)]
        meta.references.append((kind, source, targets))
        cursor.at = start + size


def _item_properties(source: Source, outer: boxes.Box, meta: Meta) -> None:
    for box in boxes.walk(source, outer.start, outer.end):
        if not meta.admit():
            return
        if box.kind == b"ipco":
            for item in boxes.walk(source, box.start, box.end):
                if not meta.admit():
                    return
                body = source.read(item.start, min(item.end - item.start, MAX_BOX - meta.property_bytes))
                meta.property_bytes += len(body)
                meta.properties.append((item.kind, body))
        elif box.kind == b"ipma":
            _ipma(Cursor(source.read(box.start, min(box.end - box.start, MAX_BOX))), meta)


def _ipma(cursor: Cursor, meta: Meta) -> None:
    version, flags = cursor.number(1), cursor.number(3)
    for _ in range(min(cursor.number(4), MAX_ITEMS)):
        item = cursor.number(4 if version else 2)
        count = cursor.number(1)
        if cursor.over or not meta.admit(1 + count):
            return
        if flags & 1:
            found = [cursor.number(2) & 0x7FFF for _ in range(count)]
        else:
            found = [cursor.number(1) & 0x7F for _ in range(count)]
        meta.associations.setdefault(item, {}).update((at, None) for at in found if at)


_PARSERS = {b"pitm": _pitm, b"iinf": _iinf, b"iloc": _iloc, b"iref": _iref}


def _primary(meta: Meta, findings: Findings) -> None:
    """Note what the properties of the primary item tell (23008-12, 6.5)."""
    item = meta.items.get(meta.primary)
    properties = meta.of(meta.primary)
    if item is not None:
        kinds = [item.kind, *(meta.items[to].kind for to in _targets(meta, b"dimg") if to in meta.items)]
        findings.fact("compression", next((_CODECS[kind] for kind in kinds if kind in _CODECS), None), "BMFF:infe")
    if not properties:
        properties = meta.properties  # a broken file: take what there is
    for kind, body in properties:
        if kind in _PROPERTIES:
            _PROPERTIES[kind](body, findings)
    orientation = _orientation(properties)
    if orientation != 1:
        findings.fact("container_orientation", orientation, "BMFF:irot")
    _derived(meta, findings)
    _auxiliaries(meta, findings)


def _derived(meta: Meta, findings: Findings) -> None:
    """Take from what a derived image (a grid) is made of what it does not say itself."""
    for target in _targets(meta, b"dimg")[:1]:
        for kind, body in meta.of(target):
            if kind in (b"pixi", b"av1C", b"hvcC", b"colr"):
                _PROPERTIES[kind](body, findings)
    if "ICC_Profile" not in findings.tags:
        for kind, body in meta.properties:
            if kind == b"colr":
                _colr(body, findings)


def _targets(meta: Meta, kind: bytes) -> list[int]:
    return [
        to for name, source, targets in meta.references if (name, source) == (kind, meta.primary) for to in targets
    ]


def _auxiliaries(meta: Meta, findings: Findings) -> None:
    """Find alpha, depth and gain maps among the auxiliary images and alternates."""
    if meta.primary:
        findings.fact("frame_count", 1, "BMFF:pitm")
    for kind, source, targets in meta.references:
        if kind != b"auxl" or meta.primary not in targets:
            continue
        for name, body in meta.of(source):
            if name == b"auxC":
                urn = text.until_nul(body[4 : 4 + MAX_URN])
                for wanted, fact in ((_ALPHA, "has_alpha"), (_DEPTH, "depth_map"), (_GAIN_MAPS, "gain_map")):
                    if urn in wanted:
                        findings.fact(fact, True, "BMFF:auxC")
    if any(item.kind == b"tmap" for item in meta.items.values()):
        findings.fact("gain_map", True, "BMFF:tmap")
    if meta.primary:
        findings.fact("has_alpha", False, "BMFF:auxC")


def _ispe(body: bytes, findings: Findings) -> None:
    if len(body) >= 12:
        findings.fact("stored_width", int.from_bytes(body[4:8], "big"), "BMFF:ispe")
        findings.fact("stored_height", int.from_bytes(body[8:12], "big"), "BMFF:ispe")


def _pixi(body: bytes, findings: Findings) -> None:
    if len(body) >= 6 and body[4]:
        findings.fact("bit_depth", body[5], "BMFF:pixi")
        findings.fact("color_model", "gray" if body[4] == 1 else "rgb", "BMFF:pixi")


def _av1c(body: bytes, findings: Findings) -> None:
    """Read the flags of an AV1 configuration (AV1-ISOBMFF, 2.3.3)."""
    if len(body) < 3:
        return
    flags = body[2]
    findings.fact("bit_depth", 8 if not flags & 0x40 else 12 if flags & 0x20 else 10, "BMFF:av1C")
    findings.fact("color_model", "gray" if flags & 0x10 else "rgb", "BMFF:av1C")
    if not flags & 0x10:
        ratio = {0x0C: "4:2:0", 0x08: "4:2:2", 0: "4:4:4"}.get(flags & 0x0C)
        findings.fact("chroma_subsampling", ratio, "BMFF:av1C")


def _hvcc(body: bytes, findings: Findings) -> None:
    """Read chroma format and luma depth of an HEVC configuration (ISO/IEC 14496-15, 8.3.3.1)."""
    if len(body) < 18:
        return
    findings.fact("bit_depth", (body[17] & 7) + 8, "BMFF:hvcC")
    ratio = {0: None, 1: "4:2:0", 2: "4:2:2", 3: "4:4:4"}[body[16] & 3]
    findings.fact("chroma_subsampling", ratio, "BMFF:hvcC")
    findings.fact("color_model", "rgb" if ratio else "gray", "BMFF:hvcC")


def _colr(body: bytes, findings: Findings) -> None:
    kind = body[:4]
    if kind == b"nclx" and len(body) >= 11:
        names = ("ColourPrimaries", "TransferCharacteristics", "MatrixCoefficients")
        for at, name in enumerate(names):
            findings.put("CICP", name, int.from_bytes(body[4 + 2 * at : 6 + 2 * at], "big"))
        findings.put("CICP", "FullRange", body[10] >> 7)
    elif kind in (b"prof", b"rICC"):
        icc.read(body[4:], findings)


def _clli(body: bytes, findings: Findings) -> None:
    if len(body) >= 4:
        findings.put("CICP", "MaxContentLightLevel", int.from_bytes(body[:2], "big"))
        findings.put("CICP", "MaxPicAverageLightLevel", int.from_bytes(body[2:4], "big"))


_PROPERTIES = {
    b"ispe": _ispe,
    b"pixi": _pixi,
    b"av1C": _av1c,
    b"hvcC": _hvcc,
    b"colr": _colr,
    b"clli": _clli,
}


def _orientation(properties: list[tuple[bytes, bytes]]) -> int:
    """Combine irot (anticlockwise quarter turns) and imir, in their order, to an Exif orientation."""
    # an orientation as a matrix (a, b, c, d) that maps stored (x, y), y down, to shown ones
    matrix = (1, 0, 0, 1)
    for kind, body in properties:
        if kind == b"irot" and body:
            for _ in range(body[0] & 3):
                matrix = _after((0, 1, -1, 0), matrix)
        elif kind == b"imir" and body:
            matrix = _after((1, 0, 0, -1) if body[0] & 1 == 0 else (-1, 0, 0, 1), matrix)
    return _ORIENTATIONS[matrix]


def _after(second: tuple[int, int, int, int], first: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    (a, b, c, d), (e, f, g, h) = second, first
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


_ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, -1, 1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, 1, -1, 0): 8,
}


def _metadata_items(source: Source, meta: Meta, findings: Findings) -> None:
    told = [(number, item) for number, item in sorted(meta.items.items()) if item in (_EXIF, _XMP)]
    for number, kind in told[:MAX_PAYLOADS]:
        if kind == _EXIF:
            item = item_source(source, meta, number)
            start = 4 + int.from_bytes(item.read(0, 4), "big")
            if item.read(start, 2) not in (b"II", b"MM"):
                start = 4
            if item.size > start:
                exif.read_source(window(item, start, item.size), findings)
        elif data := _item_bytes(source, meta, number):
            xmp.read(data, findings)


def item_source(source: Source, meta: Meta, number: int) -> Source:
    """Give an item as a source: as a window where it lies in one piece of the file."""
    method, extents = meta.locations.get(number, (0, []))
    if method == 0 and len(extents) == 1:
        offset, length = extents[0]
        return window(source, offset, length or source.size)
    return BytesSource(_item_bytes(source, meta, number))


def _item_bytes(source: Source, meta: Meta, number: int) -> bytes:
    """Read an item from the file (method 0) or from "idat" (method 1) (14496-12, 8.11.3)."""
    method, extents = meta.locations.get(number, (0, []))
    if method > 1:
        return b""
    base = meta.data_start if method == 1 else 0
    pieces, total = [], 0
    for offset, length in extents:
        length = length or max(source.size - base - offset, 0)  # noqa: PLW2901 -- 0 means up to the end
        total += length
        if total > MAX_PAYLOAD:
            return b""
        pieces.append(source.read(base + offset, length))
    return b"".join(pieces)
