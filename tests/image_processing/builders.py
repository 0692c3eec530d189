"""Small image files of every kind, written byte by byte: what a test says of a file is in the test."""

import struct
import zlib

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 2, 3, 4, 5, 7, 10


def packed(kind, value, order="<"):
    """Pack one TIFF value of a kind."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode() + b"\0"
    values = value if isinstance(value, tuple | list) else (value,)
    if kind in (RATIONAL, SRATIONAL):
        pairs = [part if isinstance(part, tuple) else (part, 1) for part in values]
        return b"".join(struct.pack(order + ("II" if kind == RATIONAL else "ii"), *pair) for pair in pairs)
    return struct.pack(f"{order}{len(values)}{ {1: 'B', SHORT: 'H', LONG: 'I', 16: 'Q'}[kind] }", *values)


def directory(entries, start, order="<", following=0):
    """Write one directory at `start`: entries are (tag, kind, value); values that are long lie behind it."""
    sizes = {SHORT: 2, LONG: 4, RATIONAL: 8, SRATIONAL: 8}
    head = struct.pack(order + "H", len(entries))
    data_at = start + 2 + 12 * len(entries) + 4
    data = b""
    for tag, kind, value in entries:
        body = packed(kind, value, order)
        head += struct.pack(order + "HHI", tag, kind, len(body) // sizes.get(kind, 1))
        if len(body) <= 4:
            head += body.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", data_at + len(data))
            data += body + b"\0" * (len(body) & 1)
    return head + struct.pack(order + "I", following) + data


def tiff(ifd0=(), exif=(), gps=(), ifd1=(), order="<"):
    """Write a TIFF structure: IFD0 with Exif and GPS directories below it, and IFD1."""
    ifd0 = list(ifd0)
    children = [(tag, entries) for tag, entries in ((0x8769, exif), (0x8825, gps)) if entries]
    first = directory([*ifd0, *((tag, LONG, 0) for tag, _ in children)], 8, order)
    at, bodies, pointers = 8 + len(first), b"", []
    for tag, entries in children:
        pointers.append((tag, LONG, at))
        body = directory(entries, at, order)
        bodies, at = bodies + body, at + len(body)
    first = directory([*ifd0, *pointers], 8, order, at if ifd1 else 0)
    last = directory(ifd1, at, order) if ifd1 else b""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8) + first + bodies + last


def segment(marker, body):
    """Write one JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def sof(width=40, height=30, components=3, marker=0xC0, sampling=0x22):
    """Write a JPEG frame header."""
    factors = b"".join(bytes([n + 1, sampling if n == 0 else 0x11, 0]) for n in range(components))
    return segment(marker, struct.pack(">BHHB", 8, height, width, components) + factors)


def jpeg(*segments, frame=None):
    """Write a JPEG up to its scan; no pixels that would decode."""
    return b"\xff\xd8" + b"".join(segments) + (sof() if frame is None else frame) + b"\xff\xda\0\x02\xff\xd9"


def exif_segment(block):
    """Write the APP1 segment of an Exif block."""
    return segment(0xE1, b"Exif\0\0" + block)


def xmp_segment(packet):
    """Write the APP1 segment of an XMP packet."""
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def chunk(kind, body):
    """Write one PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks, width=40, height=30, depth=8, colour=2, after=()):
    """Write a PNG with chunks before and after its pixels."""
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + ihdr + b"".join(chunks) + pixels + b"".join(after) + chunk(b"IEND", b"")


def webp(*chunks):
    """Write a WebP of (kind, body) chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


VP8 = (b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 40, 30))


def vp8x(flags=0, width=40, height=30):
    """Write the extended header chunk of a WebP."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sizes


def gif(*blocks, width=40, height=30):
    """Write a GIF of blocks, with a palette of two colours."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + b"".join(blocks) + b"\x3b"


GIF_FRAME = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0"


def bmp(width=40, height=30, bits=24, resolution=3780):
    """Write a BMP header with BITMAPINFOHEADER."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, resolution, resolution, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def box(kind, *bodies):
    """Write one box of ISO base media, JPEG 2000 or JPEG XL."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind, *bodies, version=0, flags=0):
    """Write a box with version and flags."""
    return box(kind, bytes([version]) + flags.to_bytes(3, "big"), *bodies)


def heif(brand=b"heic", items=(), properties=(), width=40, height=30):
    """Write a HEIF file: a primary item 1 with ispe and further properties, and metadata items in "idat".

    `items` are (infe type, content type, bytes), numbered from 2.
    """
    infe = [full(b"infe", struct.pack(">HH", 1, 0), b"hvc1", b"\0", version=2)]
    locations, data = [(1, 0, 0)], b""
    for number, (kind, content, body) in enumerate(items, 2):
        tail = content + b"\0" if kind == b"mime" else b""
        infe.append(full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", tail, version=2))
        locations.append((number, len(data), len(body)))
        data += body
    ispe = full(b"ispe", struct.pack(">II", width, height))
    own = b"".join(bytes([0x80 | at + 1]) for at in range(len(properties) + 1))
    iloc = b"".join(struct.pack(">HHHHII", n, 1, 0, 1, at, size) for n, at, size in locations)
    meta = full(
        b"meta",
        full(b"pitm", struct.pack(">H", 1)),
        full(b"iinf", struct.pack(">H", len(infe)), *infe),
        full(b"iloc", struct.pack(">HH", 0x4400, len(locations)), iloc, version=1),
        box(
            b"iprp",
            box(b"ipco", ispe, *properties),
            full(b"ipma", struct.pack(">IHB", 1, 1, len(properties) + 1), own),
        ),
        box(b"idat", data),
    )
    return box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand) + meta


def item_file(items, properties, references=(), primary=1, brand=b"heic"):
    """Write a HEIF or AVIF file of items in "idat": {number: (type, bytes, numbers of its properties, from 1)}.

    The type of a "mime" item is b"mime:" and its content type. References are (type, from, [to]).
    """
    infe, places, data, associations = [], [], b"", []
    for number, (named, body, own) in items.items():
        kind, _, content = named.partition(b":")
        tail = content + b"\0" if content else b""
        infe.append(full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", tail, version=2))
        places.append(struct.pack(">HHHHII", number, 1, 0, 1, len(data), len(body)))
        data += body
        associations.append(struct.pack(">HB", number, len(own)) + bytes(own))
    to = [
        box(kind, struct.pack(f">HH{len(targets)}H", one, len(targets), *targets))
        for kind, one, targets in references
    ]
    meta = full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", struct.pack(">H", primary)),
        full(b"iinf", struct.pack(">H", len(infe)), *infe),
        full(b"iloc", struct.pack(">HH", 0x4400, len(places)), *places, version=1),
        full(b"iref", *to),
        box(
            b"iprp",
            box(b"ipco", *properties),
            full(b"ipma", struct.pack(">I", len(associations)), *associations),
        ),
        box(b"idat", data),
    )
    return box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand) + meta


def ispe(width, height):
    """Write the property that tells the size of a HEIF or AVIF picture."""
    return full(b"ispe", struct.pack(">II", width, height))


def clap(width, height, across=(0, 1), down=(0, 1)):
    """Write a clean aperture; each number is a fraction or a whole number."""
    sizes = [size if isinstance(size, tuple) else (size, 1) for size in (width, height)]
    return box(b"clap", struct.pack(">IIIIiIiI", *sizes[0], *sizes[1], *across, *down))


def jp2(*boxes, width=40, height=30):
    """Write a JPEG 2000 file without a codestream."""
    ihdr = box(b"ihdr", struct.pack(">IIHBBBB", height, width, 3, 7, 7, 0, 0))
    signature = b"\0\0\0\x0cjP  \r\n\x87\n"
    return signature + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", ihdr, *boxes)


def rdf(body="", attributes="", prefixes=""):
    """Write an XMP packet of one rdf:Description."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
        f' {prefixes} {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def icc(description="sRGB", version=2):
    """Write an ICC profile that holds its description, as version 2 or version 4 does."""
    if version == 2:
        text = b"desc\0\0\0\0" + struct.pack(">I", len(description) + 1) + description.encode() + bytes(80)
    else:
        words = description.encode("utf-16-be")
        text = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(words), 28) + words
    head = bytearray(128)
    head[8], head[12:16], head[16:20], head[20:24], head[36:40] = version, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    return bytes(head) + struct.pack(">I4sII", 1, b"desc", 144, len(text)) + text


def iim(*datasets):
    """Write IPTC-IIM datasets: (record, number, bytes)."""
    return b"".join(struct.pack(">BBBH", 0x1C, record, n, len(body)) + body for record, n, body in datasets)


def photoshop(*resources):
    """Write Photoshop resources: (number, bytes)."""
    return b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + b"\0" * (len(body) & 1)
        for number, body in resources
    )


def with_tag(profile: bytes, tag: bytes, value: bytes) -> bytes:
    """Return an ICC profile with one more tag, whose value lies at its end."""
    count = int.from_bytes(profile[128:132], "big")
    tags = [list(struct.unpack_from(">4sII", profile, 132 + 12 * number)) for number in range(count)]
    tags.append([tag, len(profile), len(value)])
    table = b"".join(struct.pack(">4sII", name, at + 12, size) for name, at, size in tags)
    rest = profile[132 + 12 * count :] + value
    whole = profile[4:128] + struct.pack(">I", len(tags)) + table + rest
    return struct.pack(">I", len(whole) + 4) + whole


def tiff_image(parts, tags, *, tiled=False, kind=LONG):
    """Write a TIFF of strips or tiles, beside whose offsets and sizes there are tags: {tag: (kind, value)}.

    A tag may come twice, as {tag: [(kind, value), (kind, value)]}.
    """
    start, offsets = 8, []
    for part in parts:
        offsets.append(start)
        start += len(part)
    own = {324 if tiled else 273: (kind, tuple(offsets)), 325 if tiled else 279: (kind, tuple(map(len, parts)))}
    entries = []
    for tag, value in sorted({**own, **tags}.items()):
        entries += [(tag, *one) for one in (value if isinstance(value, list) else [value]) if one]
    return b"II*\0" + struct.pack("<I", start) + b"".join(parts) + directory(entries, start)
