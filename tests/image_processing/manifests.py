"""C2PA manifests for tests, written byte by byte: CBOR, JUMBF boxes, certificates."""

import struct

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def encoded(value):
    """Encode in CBOR (RFC 8949), as much of it as manifests need."""

    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        return bytes([major << 5 | 26]) + struct.pack(">I", number)

    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    return head(0, value)


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


def superbox(kind, label, *boxes):
    description = kind + bytes.fromhex("00110010800000aa00389b71") + b"\x03" + label.encode() + b"\0"
    return box(b"jumb", box(b"jumd", description) + b"".join(boxes))


def der(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, 0x82]) + struct.pack(">H", len(body)) + body


def name(**fields):
    oids = {"cn": b"\x55\x04\x03", "o": b"\x55\x04\x0a"}
    pairs = (der(0x30, der(0x06, oids[k]), der(0x0C, v.encode())) for k, v in fields.items())
    return der(0x30, *(der(0x31, pair) for pair in pairs))


def x509(**fields):
    tbs = der(0x30, der(0xA0, b"\2\1\2"), der(2, b"\1"), der(0x30), name(cn="Root"), der(0x30), name(**fields))
    return der(0x30, tbs)


def manifest(label, actions, ingredients=(), generator="Camera/1.0", certificate_=None):
    assertions = [
        superbox(b"cbor", "c2pa.actions", box(b"cbor", encoded({"actions": actions}))),
        *(
            superbox(b"cbor", f"c2pa.ingredient__{i}", box(b"cbor", encoded(item)))
            for i, item in enumerate(ingredients)
        ),
    ]
    signature = encoded([encoded({33: [certificate_ or x509(cn="Signer", o="Maker Ltd")]}), {}, b"", b"\0" * 8])
    return superbox(
        b"c2ma",
        label,
        superbox(b"c2as", "c2pa.assertions", *assertions),
        superbox(b"c2cl", "c2pa.claim", box(b"cbor", encoded({"claim_generator": generator}))),
        superbox(b"c2cs", "c2pa.signature", box(b"cbor", b"\xd2" + signature)),
    )


def store(*manifests):
    return superbox(b"c2pa", "c2pa", *manifests)


def assertion(label, value, kind=b"cbor"):
    """Write a manifest with one assertion of any kind."""
    body = value if isinstance(value, bytes) else encoded(value)
    return superbox(b"c2ma", "urn:1", superbox(b"c2as", "c2pa.assertions", superbox(kind, label, box(kind, body))))
