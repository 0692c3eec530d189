"""Read XMP packets (ISO 16684-1) safely: no document types, no entities, nothing external.

A broken packet is read as far as it goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from image_processing.metadata import text

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings

MAX_DEPTH = 50
MAX_NODES = 20_000  # in all packets of a file
MAX_BYTES = 4 << 20  # of a packet
MAX_BYTES_IN_ALL = 8 << 20
MAX_NAME = 200  # characters of a property's name

_STANDARD = {  # the prefixes their publishers use, whatever a file calls them
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/bj/": "xmpBJ",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": "xmpDM",
    "http://ns.adobe.com/xap/1.0/t/pg/": "xmpTPg",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://www.metadataworkinggroup.com/schemas/keywords/": "mwg-kw",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
    "http://ns.google.com/photos/1.0/image/": "GImage",
    "http://ns.google.com/photos/1.0/depthmap/": "GDepth",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.google.com/photos/1.0/container/": "GContainer",
    "http://ns.google.com/photos/dd/1.0/device/": "Device",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://ns.apple.com/HDRGainMap/1.0/": "HDRGainMap",
    "http://creativecommons.org/ns#": "cc",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.acdsee.com/iptc/1.0/": "acdsee",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "adobe:ns:meta/": "x",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://www.gimp.org/xmp/": "GIMP",
    "http://ns.exiftool.ca/1.0/": "et",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
}
_OLD = {"xap": "xmp", "xapMM": "xmpMM", "xapRights": "xmpRights", "xapBJ": "xmpBJ", "xapTPg": "xmpTPg"}


def _bare(uri: str) -> str:
    """Normalize a namespace where writers err: its scheme, case, last character and blanks around."""
    return uri.strip().lower().partition("://")[2].rstrip("/#") or uri


_TOLERANT = {_bare(uri): prefix for uri, prefix in _STANDARD.items()}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PLAIN = frozenset(
    ("rdf:about", "rdf:ID", "rdf:nodeID", "rdf:datatype", "rdf:parseType", "rdf:resource", "xml:lang")
)


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


class _Refused(Exception):
    """The packet holds forbidden markup, or too much."""


class _Tree:
    """Builds nodes while expat reads; those built before an error are kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.root = _Node("", {})
        self.stack = [self.root]
        self.prefixes: dict[str, str] = {}
        self.count = 0

    def parse(self, data: bytes) -> str | None:
        """Parse, and return the error that stopped it, if any."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            return str(error)
        except _Refused as refused:
            return str(refused)
        return None

    def _refuse(self, *_: object) -> None:
        raise _Refused("a document type or entity declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1 + len(attributes)
        if len(self.stack) > MAX_DEPTH or self.count > self.limit:
            raise _Refused("too deep or too large")
        for key, value in attributes.items():
            if key.startswith("xmlns"):
                self.prefixes[key[6:]] = _STANDARD.get(value) or _TOLERANT.get(_bare(value), key[6:])
        plain = {self._standard(k): v for k, v in attributes.items() if not k.startswith("xmlns")}
        if ":" not in name and self.prefixes.get(""):
            name = ":" + name  # of the default namespace
        node = _Node(self._standard(name), plain)
        self.stack[-1].children.append(node)
        self.stack.append(node)

    def _end(self, _: str) -> None:
        self.stack.pop()

    def _characters(self, data: str) -> None:
        self.stack[-1].text.append(data)

    def _standard(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        return f"{self.prefixes.get(prefix) or _OLD.get(prefix, prefix)}:{local}"


def read(data: bytes, findings: Findings) -> None:
    """Read a packet: each property goes to the group "XMP-" and its standard prefix.

    Values are text, lists (Bag, Seq), mappings from language to text (Alt), or mappings (structures).
    """
    if not findings.admit("XMP"):
        return
    data = data[: min(MAX_BYTES, MAX_BYTES_IN_ALL - findings.payloads["XMP bytes"])]
    findings.payloads["XMP bytes"] += len(data)
    findings.budget.spend(decoded=len(data))
    packet = _utf8(data)
    limit = MAX_NODES - findings.payloads["XMP nodes"]
    tree = _Tree(limit)
    trouble = tree.parse(packet)
    if trouble is not None:
        repaired = _Tree(limit)
        repaired.parse(_repair(packet))
        if repaired.count >= tree.count:
            tree = repaired
        findings.warn("xmp", f"The XMP is damaged ({trouble}); what could be read is kept.")
    findings.payloads["XMP nodes"] += tree.count
    for description in _descriptions(tree.root):
        _properties(description, findings)


def _utf8(data: bytes) -> bytes:
    """Give a packet in UTF-8, from its first tag on (XMP may be UTF-16 or UTF-32, ISO 16684-1, 7.2)."""
    start = max(data.find(b"<"), 0)
    if data[start + 1 : start + 4] == bytes(3):
        data = data.decode("utf-32-le" if start % 4 == 0 else "utf-32-be", "replace").encode()
    elif data[start + 1 : start + 2] == b"\0":
        data = data.decode("utf-16-le" if start % 2 == 0 else "utf-16-be", "replace").encode()
    data = data[max(data.find(b"<"), 0) :]
    if data.startswith(b"<?xml"):  # a declaration may name another encoding; here it is UTF-8 already
        data = data[data.find(b"?>") + 2 :]
    return data.replace(b"\0", b"").rstrip()  # writers fill up packets with NULs, even before their trailer


def _repair(data: bytes) -> bytes:
    """Repair common errors of writers: stray bytes, control characters, bare ampersands, junk at the end."""
    packet = _BARE_AMPERSAND.sub("&amp;", _CONTROLS.sub("", text.mixed(data)))
    starts = [at for mark in ("<x:xmpmeta", "<x:xapmeta", "<rdf:RDF") if (at := packet.find(mark)) >= 0]
    return packet[min(starts, default=0) :].encode()


def _descriptions(node: _Node) -> list[_Node]:
    if node.name == "rdf:Description":
        return [node]
    return [found for child in node.children for found in _descriptions(child)]


def _properties(description: _Node, findings: Findings) -> None:
    for name, value in description.attributes.items():
        if name not in _PLAIN:
            _put(name, text.clean(value), findings)
    for child in description.children:
        _put(child.name, _value(child), findings)


def _put(name: str, value: Any, findings: Findings) -> None:
    prefix, colon, local = name.partition(":")
    if colon and len(name) <= MAX_NAME and value not in ("", [], {}, None):
        findings.put("XMP-" + prefix, local, value)


def _value(node: _Node) -> Any:
    children = node.children
    if not children:
        structure = {k: v for k, v in node.attributes.items() if k not in _PLAIN}
        if structure:
            return {key.partition(":")[2] or key: text.clean(value) for key, value in structure.items()}
        return text.clean(node.attributes.get("rdf:resource", "") or "".join(node.text))
    first = children[0]
    if first.name in ("rdf:Bag", "rdf:Seq", "rdf:Alt"):
        return _array(first)
    if first.name == "rdf:Description":
        return _structure(first)
    return _structure(node)


def _array(node: _Node) -> Any:
    items = [child for child in node.children if child.name == "rdf:li"]
    if node.name == "rdf:Alt" and any("xml:lang" in item.attributes for item in items):
        texts: dict[str, Any] = {}
        for item in items:
            value = _value(item)
            if value:
                texts.setdefault(item.attributes.get("xml:lang", "x-default"), value)
        return texts
    return [value for item in items if (value := _value(item)) not in ("", {}, [])]


def _structure(node: _Node) -> Any:
    found = {k.partition(":")[2]: text.clean(v) for k, v in node.attributes.items() if k not in _PLAIN}
    for child in node.children:
        if child.name == "rdf:value":  # a qualified value: the value counts (ISO 16684-1, 7.8)
            return _value(child)
        value = _value(child)
        if value not in ("", [], {}):
            found.setdefault(child.name.partition(":")[2] or child.name, value)
    return found
