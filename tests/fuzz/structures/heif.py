"""HEIF and AVIF (ISO/IEC 23008-12): coded images and derived ones, each with a size of its own."""

from __future__ import annotations

import functools
import io
import struct
from typing import TYPE_CHECKING, NamedTuple

import pillow_heif
from PIL import Image

from tests.fuzz.structures.boxes import box, find, full

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice

CODECS = {"HEIF": (b"heic", b"hvc1", b"hvcC"), "AVIF": (b"avif", b"av01", b"av1C")}
_CODED = (64, 64, 64, 512, 1024)  # pixels of a side: what the codec allocates, whatever is told


class Item(NamedTuple):
    """An item: its kind, data, properties, and the items that it is made from."""

    kind: bytes
    data: bytes
    properties: tuple[bytes, ...]
    made_from: tuple[int, ...] = ()


@functools.lru_cache(maxsize=16)
def coded(form: str, side: int) -> tuple[bytes, bytes]:
    """Encode a flat image; give its configuration box and its data."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    fast = {"speed": 10} if form == "AVIF" else {"quality": 10, "enc_params": {"preset": "ultrafast"}}
    Image.new("RGB", (side, side), (90, 90, 90)).save(out, form, **fast)
    kind = CODECS[form][2]
    configuration = find(out.getvalue(), b"meta", b"iprp", b"ipco", kind)
    return box(kind, configuration), find(out.getvalue(), b"mdat")


def ispe(width: int, height: int) -> bytes:
    """Write the size of an item."""
    return full(b"ispe", struct.pack(">II", min(width, 0xFFFFFFFF), min(height, 0xFFFFFFFF)))


def clap(width: int, height: int) -> bytes:
    """Write a clean aperture of a size in the middle."""
    return box(b"clap", struct.pack(">8I", width, 1, height, 1, 0, 1, 0, 1))


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """Write the data of a grid."""
    return struct.pack(">BBBBII", 0, 1, rows - 1 & 255, columns - 1 & 255, width, height)


def overlay(width: int, height: int, places: list[tuple[int, int]]) -> bytes:
    """Write the data of an overlay."""
    offsets = b"".join(struct.pack(">ii", *place) for place in places)
    return struct.pack(">BBHHHHII", 0, 1, 0, 0, 0, 65_535, width, height) + offsets


def file(form: str, items: list[Item], primary: int, references: tuple[tuple[bytes, int, int], ...] = ()) -> bytes:
    """Write a file of items, numbered from 1; references besides those an item is made from."""
    brand = CODECS[form][0]
    infe = [
        full(b"infe", struct.pack(">HH", n, 0), item.kind, b"\0", version=2) for n, item in enumerate(items, 1)
    ]
    refs = [
        box(b"dimg", struct.pack(f">HH{len(item.made_from)}H", n, len(item.made_from), *item.made_from))
        for n, item in enumerate(items, 1)
        if item.made_from
    ]
    refs += [box(kind, struct.pack(">HHH", source, 1, target)) for kind, source, target in references]
    properties = list(dict.fromkeys(one for item in items for one in item.properties))
    numbers = {one: n for n, one in enumerate(properties, 1)}
    ipma = b"".join(
        struct.pack(">HB", n, len(item.properties)) + bytes(0x80 | numbers[one] for one in item.properties)
        for n, item in enumerate(items, 1)
    )
    iprp = box(b"iprp", box(b"ipco", *properties), full(b"ipma", struct.pack(">I", len(items)), ipma))
    ftyp = box(b"ftyp", brand, b"\0\0\0\0", b"mif1", b"miaf", brand)

    def meta(start: int) -> bytes:
        iloc, at = b"", start
        for n, item in enumerate(items, 1):
            iloc += struct.pack(">HHHII", n, 0, 1, at, len(item.data))
            at += len(item.data)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", primary)),
            full(b"iloc", struct.pack(">HH", 0x4400, len(items)), iloc),
            full(b"iinf", struct.pack(">H", len(items)), *infe),
            iprp,
            full(b"iref", *refs) if refs else b"",
        )

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", *(item.data for item in items))


def make(dice: Dice) -> bytes:
    """Make a coded, gridded, overlaid, cropped or chained image."""
    form = dice.choice(["HEIF", "AVIF"])
    shape = dice.choice(["coded", "grid"] if dice.honest or form == "AVIF" else ["coded", "grid", "iovl", "iden"])
    side = 64 if dice.honest else dice.choice(_CODED)
    configuration, data = coded(form, side)
    told = dice.lie(dice.told((side, side)), dice.size(), often=0.3)
    tile = Item(CODECS[form][1], data, (configuration, ispe(*told)))
    items: list[Item] = [tile]
    references: tuple[tuple[bytes, int, int], ...] = ()
    if shape == "coded":
        tile = tile._replace(properties=(*tile.properties, *_transforms(dice)))
        items = [tile]
        if dice.chance(0.3):  # an alpha plane of another size
            items.append(tile._replace(properties=(configuration, ispe(*dice.size()), _ALPHA)))
            references = ((b"auxl", 2, 1),)
        return file(form, items, 1, references)
    width, height = dice.size()
    if shape == "grid":
        rows, columns = dice.count(2, 256) or 1, dice.count(1, 256) or 1
        if dice.honest:
            rows, columns, width, height = 2, 1, 64, 128
        size = dice.lie((width, height), (told[0] * columns, told[1] * rows))
        shown = dice.told(size)
        each = (1,) * min(rows * columns, 65_535)
        if dice.honest:
            items, each = [tile, tile], (1, 2)
        made = Item(b"grid", grid(rows, columns, *size), (ispe(*shown), *_transforms(dice)), each)
    elif shape == "iovl":
        count = dice.choice([1, 2, 255, 4000])
        made = Item(
            b"iovl", overlay(width, height, [(0, 0)] * count), (ispe(*dice.told((width, height))),), (1,) * count
        )
    else:
        depth = dice.choice([1, 2, 30, 1000])
        turned = (ispe(*told), box(b"irot", b"\1"))
        items += [Item(b"iden", b"", turned, (n,)) for n in range(1, depth)]
        made = Item(b"iden", b"", (ispe(*dice.told((width, height))), *_transforms(dice)), (depth,))
    items.append(made)
    number = len(items)
    if dice.chance(0.1):  # made from itself
        items[-1] = made._replace(made_from=(number,) * max(len(made.made_from), 1))
    return file(form, items, number, references)


_ALPHA = full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")


def _transforms(dice: Dice) -> tuple[bytes, ...]:
    if not dice.chance(0.3):
        return ()
    return dice.choice(
        [(clap(*dice.size((1 << 31) - 1)),), (box(b"irot", b"\1"),), (box(b"imir", b"\1"), clap(1, 1))]
    )
