"""Read IPTC-IIM (Information Interchange Model 4.2): datasets of records 1 and 2."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING

from image_processing.metadata import text

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings

MAX_DATASETS = 2000

_ENVELOPE = {5: "Destination", 20: "FileFormat", 30: "ServiceIdentifier", 40: "EnvelopeNumber", 50: "ProductID"}
_ENVELOPE |= {60: "EnvelopePriority", 70: "DateSent", 80: "TimeSent", 90: "CodedCharacterSet", 100: "UNO"}
NAMES = {
    3: "ObjectTypeReference",
    4: "ObjectAttributeReference",
    5: "ObjectName",
    7: "EditStatus",
    10: "Urgency",
    12: "SubjectReference",
    15: "Category",
    20: "SupplementalCategories",
    22: "FixtureIdentifier",
    25: "Keywords",
    26: "ContentLocationCode",
    27: "ContentLocationName",
    30: "ReleaseDate",
    35: "ReleaseTime",
    37: "ExpirationDate",
    38: "ExpirationTime",
    40: "SpecialInstructions",
    42: "ActionAdvised",
    45: "ReferenceService",
    47: "ReferenceDate",
    50: "ReferenceNumber",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    75: "ObjectCycle",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    121: "LocalCaption",
    122: "Writer-Editor",
    131: "ImageOrientation",
    135: "LanguageIdentifier",
}
REPEATABLE = frozenset(NAMES[number] for number in (4, 12, 20, 25, 26, 27, 45, 47, 50, 80, 85, 118, 122))
_BINARY = frozenset((0,))  # record version

_PARTS = {"A": 1, "B": 2, "C": 3, "D": 4, "F": 7, "G": 6, "H": 8, "L": 5, "M": 9, "b": 15}  # of ISO 8859
_CHARACTER_SETS = {  # as ISO 2022 designates them, as G0 to G3
    **{f"\x1b{how}{end}".encode(): f"iso8859-{part}" for how in ",-./" for end, part in _PARTS.items()},
    **dict.fromkeys((b"\x1b%G", b"\x1b%/G"), "utf-8"),
}


def read(data: bytes, findings: Findings) -> None:
    """Read a stream of datasets; a broken one ends it, the earlier ones stay.

    Of two streams the first wins, and the Photoshop digest is compared with that one.
    """
    if not findings.admit("IPTC"):
        return
    if data[:1] != b"\x1c" and data[2:4] in (b"\1\x1c", b"\2\x1c"):  # written as LONG in the wrong byte order
        data = _swapped(data)
    findings.iptc = findings.iptc or data
    found: dict[tuple[int, int], list[bytes]] = {}
    start = data.find(b"\x1c", 0, 64)
    if start < 0:
        return
    at = _scan(data, start, found)
    findings.budget.spend(decoded=at - start)
    if at < len(data) and any(data[at : at + 64]):
        findings.warn("iptc", "The IPTC data is damaged; what came before the damage is kept.")
    charset = found.get((1, 90), [b""])[0]
    fallback = _CHARACTER_SETS.get(charset, "cp1252")
    for (record, number), values in found.items():
        if record == 1 and number in _ENVELOPE and number != 90:
            findings.put("IPTC", _ENVELOPE[number], text.decode(text.until_nul(values[0]), fallback))
        elif record == 2 and number not in _BINARY:
            _put(NAMES.get(number) or f"2:{number:03d}", values, fallback, findings)


def _swapped(data: bytes) -> bytes:
    """Turn each group of four bytes around."""
    words = array.array("I", data + bytes(-len(data) % 4))
    words.byteswap()
    return words.tobytes()


def _scan(data: bytes, at: int, found: dict[tuple[int, int], list[bytes]]) -> int:
    """Gather datasets by record and number; tell where they end."""
    for _ in range(MAX_DATASETS):
        if data[at : at + 1] != b"\x1c" or at + 5 > len(data):
            break
        record, number = data[at + 1], data[at + 2]
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        body = at + 5
        if length & 0x8000:  # an extended dataset: the length of the length (IIM 1.5.c)
            octets = length & 0x7FFF
            if octets > 8:
                break
            length = int.from_bytes(data[body : body + octets], "big")
            body += octets
        if body + length > len(data):
            break
        found.setdefault((record, number), []).append(data[body : body + length])
        at = body + length
    return at


def _put(name: str, values: list[bytes], fallback: str, findings: Findings) -> None:
    texts = [decoded for value in values if (decoded := text.decode(text.until_nul(value), fallback))]
    if not texts:
        return
    findings.put("IPTC", name, texts if name in REPEATABLE else texts[0])
