"""Read HEIF and AVIF (ISO/IEC 23008-12, AV1 Image File Format): the primary item, its properties and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import boxes, exif, icc, items, sequence, text, trailers, transforms, xmp
from image_processing.metadata.boxes import Cursor
from image_processing.metadata.findings import MAX_PAYLOADS

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.metadata.items import Meta, Property
    from image_processing.source import Source

MAX_URN = 256  # bytes of the name of a kind of auxiliary image
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_GAIN_MAPS = (b"urn:com:apple:photo:2020:aux:hdrgainmap",)
_DEPTH = (b"urn:mpeg:hevc:2015:auxid:2", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth")
_ALPHA = (b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
_CODECS = {b"hvc1": "HEVC", b"av01": "AV1", b"avc1": "AVC", b"jpeg": "JPEG", b"j2k1": "JPEG 2000", b"unci": "none"}


_OF_PICTURES = (b"thmb", b"auxl")  # references from one picture to another
_EXIF, _XMP = items.Item(b"Exif", b""), items.Item(b"mime", b"application/rdf+xml")


def read(source: Source, findings: Findings) -> None:
    """Read the boxes of the file and the metadata items in it."""
    meta: Meta | None = None
    for box in boxes.walk(source, 0, source.size):
        if not box.whole and box.kind != b"mdat":
            findings.warn("truncated", "The file ends within a box.")
        if box.kind == b"meta" and meta is None:
            meta = items.read_items(source, box, findings.budget)
            _primary(source, meta, findings)
            _metadata_items(source, meta, findings)
        elif box.kind == b"moov":
            sequence.read(source, box, findings)
        elif box.kind == b"mpvd" and box.end > box.start:
            findings.fact("motion_photo", True, "BMFF:mpvd")
        elif box.kind == b"sefd":
            trailers.samsung(source, box.end, findings)
        elif box.kind == b"uuid":
            _uuid(source, box, findings)
        elif box.kind == b"ftyp":
            findings.fact("animated", source.read(box.start, 4) in (b"avis", b"msf1", b"hevc"), "BMFF:ftyp")
    if findings.known("stored_width") is None:
        sequence.promote(findings)


def _uuid(source: Source, box: boxes.Box, findings: Findings) -> None:
    uuid = source.read(box.start, 16)
    body = source.read(box.start + 16, min(box.end - box.start - 16, items.MAX_PAYLOAD))
    if uuid == XMP_UUID:
        xmp.read(body, findings)
    elif uuid == C2PA_UUID:
        # version and flags, purpose as a C string, for "manifest" the offset of the merkle box, then JUMBF
        cursor = Cursor(body, 4)
        if cursor.string() == b"manifest":
            findings.keep_jumbf(body[cursor.at + 8 :])


def _primary(source: Source, meta: Meta, findings: Findings) -> None:
    """Record the properties of the primary item (23008-12, 6.5), and of the pictures it stands for."""
    chain = meta.identities()
    kinds = [meta.kind(chain[-1]), *map(meta.kind, meta.targets(b"dimg", chain[-1]))]
    findings.fact("compression", next((_CODECS[kind] for kind in kinds if kind in _CODECS), None), "BMFF:infe")
    own = [meta.of(number) for number in chain]
    if not any(own):
        _canvas(source, meta, chain[-1], findings)
        own = [meta.properties]  # a broken file: take what there is
    _sizes(own[-1], findings)
    _canvas(source, meta, chain[-1], findings)
    _sizes(own[0], findings)
    for kind, body in (item for properties in own for item in properties):
        if kind in _PROPERTIES:
            _PROPERTIES[kind](body, findings)
    _shown([item for properties in reversed(own) for item in properties], findings)
    _derived(meta, chain[-1], findings)
    _auxiliaries(meta, chain, findings)


def _canvas(source: Source, meta: Meta, number: int, findings: Findings) -> None:
    """Take the size of a derived picture from its own data (23008-12, 6.6.2) where no property tells it."""
    if findings.known("stored_width") is None and meta.kind(number) in items.CANVASES:
        head = items.item_source(source, meta, number).read(0, 32)
        width, height = items.canvas(meta.kind(number), head)
        if head[:1] == b"\0" and width and height:  # the one version there is
            findings.fact("stored_width", width, "BMFF:grid")
            findings.fact("stored_height", height, "BMFF:grid")


def _shown(properties: list[Property], findings: Findings) -> None:
    """Note clean aperture and orientation."""
    size = findings.known("stored_width") or 0, findings.known("stored_height") or 0
    found = transforms.shown(size, properties)
    if not found.valid:
        findings.warn("clean_aperture", "The clean aperture is not within the picture; all of it is shown.")
    if found.area != (0, 0, *size):
        findings.fact("clean_aperture", list(found.area), "BMFF:clap")
    if found.orientation != 1:
        findings.fact("container_orientation", found.orientation, "BMFF:irot")


def _derived(meta: Meta, number: int, findings: Findings) -> None:
    """Complete the properties of a derived image (a grid) from its parts."""
    for target in meta.targets(b"dimg", number)[:1]:
        for kind, body in meta.of(target):
            if kind in (b"pixi", b"av1C", b"hvcC", b"colr"):
                _PROPERTIES[kind](body, findings)
    if "ICC_Profile" not in findings.tags:
        for kind, body in meta.properties:
            if kind == b"colr":
                _colr(body, findings)


def _auxiliaries(meta: Meta, pictures: list[int], findings: Findings) -> None:
    """Find alpha, depth and gain maps among the auxiliary images and alternates."""
    if meta.primary:
        findings.fact("frame_count", 1, "BMFF:pitm")
    for kind, source, targets in meta.references:
        if kind != b"auxl" or set(pictures).isdisjoint(targets):
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


def _sizes(properties: list[Property], findings: Findings) -> None:
    for kind, body in properties:
        if kind == b"ispe" and len(body) >= 12:
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
    b"pixi": _pixi,
    b"av1C": _av1c,
    b"hvcC": _hvcc,
    b"colr": _colr,
    b"clli": _clli,
}


def _metadata_items(source: Source, meta: Meta, findings: Findings) -> None:
    """Read the Exif and XMP that describe the primary item."""
    for wanted in (_EXIF, _XMP):
        for number in _describing(meta, wanted)[:MAX_PAYLOADS]:
            if wanted == _EXIF:
                exif.read_item(items.item_source(source, meta, number), findings)
            elif data := items.item_bytes(source, meta, number):
                xmp.read(data, findings)


def _describing(meta: Meta, wanted: items.Item) -> list[int]:
    """Give the items of a kind that describe the primary picture ("cdsc"); without such, those of no picture."""
    same = _same_picture(meta)
    mine, nobodys = [], []
    for number in sorted(number for number, item in meta.items.items() if item == wanted):
        described = {to for to in meta.targets(b"cdsc", number) if to in meta.items}
        if any(meta.targets(kind, number) for kind in _OF_PICTURES):
            described = set()  # metadata cannot be a thumbnail too: the references are broken
        if not same.isdisjoint(described):
            mine.append(number)
        elif not described:
            nobodys.append(number)
    return mine or nobodys


def _same_picture(meta: Meta) -> set[int]:
    """Give the primary item, the items it is made of, and its rendition with a gain map ("tmap")."""
    same, waiting = {meta.primary}, [meta.primary]
    while waiting:
        for target in meta.targets(b"dimg", waiting.pop()):
            if target not in same:
                same.add(target)
                waiting.append(target)
    renditions = {number for number, item in meta.items.items() if item.kind == b"tmap"}
    return same | {number for number in renditions if meta.primary in meta.targets(b"dimg", number)}
