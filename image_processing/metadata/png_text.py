"""Read the text chunks of PNG (W3C PNG, third edition, 11.3.3), and the profiles that they may hold."""

from __future__ import annotations

import binascii
import contextlib
import re
import zlib
from typing import TYPE_CHECKING

from image_processing.metadata import exif, icc, iptc, photoshop, text, xmp
from image_processing.metadata.findings import MAX_INFLATED as MAX_INFLATED_IN_ALL
from image_processing.metadata.findings import MAX_PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.findings import Findings

MAX_INFLATED = 4 << 20  # bytes a compressed text may grow to
MAX_TEXT = 1 << 20  # bytes of a text that is kept
MAX_PROFILES = 16 << 20  # bytes of raw profiles kept

_KEYWORDS = {  # registered keywords, and some of wide use, whatever their case
    re.sub(r"\W", "", name).lower(): name
    for name in (
        *("Title", "Author", "Description", "Copyright", "Creation Time", "Software", "Disclaimer", "Warning"),
        *("Source", "Comment", "Collection", "Document", "Label", "Make", "Model", "URL", "Modify Date"),
    )
} | {"createdate": "Creation Time"}
_NO_LETTER = re.compile(r"[\W_]")
_RAW_PROFILE = re.compile(r"raw\s+profile\s+type\b\s*", re.IGNORECASE)
_HEADER = re.compile(rb"(?s).{0,100}?\s\d{1,10}\s+(?=[0-9a-fA-F])")  # a newline, the name, the length
_NOT_HEXADECIMAL = bytes(byte for byte in range(256) if byte not in b"0123456789abcdefABCDEF")
_APP1_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"


class Texts:
    """The texts of one file.

    `chunks` are the readers by kind of chunk. Profiles wait until the `end`, so that those in chunks of their own,
    wherever these lie, win; so do translated texts, which serve where there is none without a language.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.chunks: dict[bytes, Callable[[bytes], None]] = {
            b"tEXt": self._text,
            b"zTXt": self._compressed,
            b"iTXt": self._international,
        }
        self.profiles: list[tuple[str, bytes]] = []
        self.size = 0
        self.translated: dict[str, dict[str, str]] = {}

    def end(self) -> None:
        """Read the payloads that had to wait for the last chunk."""
        for name, texts in self.translated.items():
            english = next((found for language, found in texts.items() if language.lower().startswith("en")), None)
            self.findings.put("PNG", name, english or next(iter(texts.values())))
        for name, value in self.profiles:
            _raw_profile(name, value, self.findings)

    def _text(self, body: bytes) -> None:
        keyword, _, value = body.partition(b"\0")
        self._put(keyword, value, "latin-1")

    def _compressed(self, body: bytes) -> None:
        keyword, _, rest = body.partition(b"\0")
        value = inflate(rest[1:], self.findings)
        if value is not None:
            self._put(keyword, value, "latin-1")

    def _international(self, body: bytes) -> None:
        keyword, _, rest = body.partition(b"\0")
        parts = rest[2:].split(b"\0", 2)
        if len(rest) < 2 or len(parts) < 3:
            return
        value = inflate(parts[2], self.findings) if rest[0] else parts[2]
        if value is not None:
            self._put(keyword, value, "utf-8", text.decode(parts[0]))

    def _put(self, keyword: bytes, value: bytes, charset: str, language: str = "") -> None:
        name = text.decode(keyword, "latin-1")
        findings = self.findings
        if name.lower() == "xml:com.adobe.xmp":
            xmp.read(value, findings)
        elif raw := _RAW_PROFILE.match(name):
            self.size += len(value)
            if len(self.profiles) < MAX_PAYLOADS and self.size <= MAX_PROFILES:
                self.profiles.append((name[raw.end() :].lower(), value))
        elif name:
            findings.budget.spend(decoded=min(len(value), MAX_TEXT))
            name = _KEYWORDS.get(_NO_LETTER.sub("", name).lower(), name[:79])
            found = text.decode(value[:MAX_TEXT], charset)
            if not language or language.lower() == "x-default":
                findings.put("PNG", name, found)
            elif found and len(self.translated) < MAX_PAYLOADS:
                findings.put("PNG", f"{name}-{language[:35]}", found)
                self.translated.setdefault(name, {}).setdefault(language, found)


def _raw_profile(kind: str, value: bytes, findings: Findings) -> None:
    """Read a profile in hexadecimal digits, after a newline, its name, and its length, which is often wrong.

    The data identify themselves better than the names do: "exif" may hold XMP, "generic profile" anything.
    """
    findings.budget.spend(decoded=len(value))
    header = _HEADER.match(value)
    digits = value[header.end() if header else 0 :].translate(None, _NOT_HEXADECIMAL)
    data = binascii.unhexlify(digits[: len(digits) & ~1])
    if data.startswith(_APP1_XMP):
        xmp.read(data[len(_APP1_XMP) :], findings)
    elif data.startswith((b"Exif\0", b"II*\0", b"MM\0*")):
        exif.read(data, findings)
    elif data.startswith((_PHOTOSHOP, b"8BIM")):
        photoshop.read(data.removeprefix(_PHOTOSHOP), findings)
    elif data.startswith((b"\x1c\1", b"\x1c\2")):
        iptc.read(data, findings)
    elif data[36:40] == b"acsp":
        icc.read(data, findings)
    elif data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
        xmp.read(data, findings)
    else:
        for name, reader in _PROFILES.items():
            if name in kind:
                reader(data, findings)
                break


def inflate(data: bytes, findings: Findings) -> bytes | None:
    """Decompress, bounded; of damaged data the part before the damage."""
    limit = min(MAX_INFLATED, MAX_INFLATED_IN_ALL - findings.inflated)
    if limit <= 0:
        findings.warn("too_much", "There is more compressed text than is read.")
        return None
    try:
        out = zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        findings.warn("compressed_text", "Compressed text is damaged.")
        out = _inflate_damaged(data, limit)
    findings.inflated += len(out)
    return out or None


def _inflate_damaged(data: bytes, limit: int) -> bytes:
    inflater, out = zlib.decompressobj(), bytearray()
    with contextlib.suppress(zlib.error):
        for at in range(0, len(data), 256):
            out += inflater.decompress(data[at : at + 256], max(limit - len(out), 1))
            if len(out) >= limit:
                break
    return bytes(out)


_PROFILES: dict[str, Callable[[bytes, Findings], None]] = {
    "exif": exif.read,
    "app1": exif.read,
    "iptc": iptc.read,
    "8bim": photoshop.read,
    "icc": icc.read,
    "icm": icc.read,
    "xmp": xmp.read,
}
