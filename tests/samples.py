"""Small image files, made for the tests."""

from __future__ import annotations

import io
import struct
from typing import Any

import piexif
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def picture(size: tuple[int, int] = (64, 48), seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Return a colourful picture; another seed, another picture."""
    gradient = Image.linear_gradient("L").resize(size)
    bands = [
        gradient,
        gradient.rotate(90 + seed % 90),
        gradient.point(lambda value: (value * 3 + seed * 40) % 256),
    ]
    return Image.merge("RGB", bands).convert(mode)


def jpeg(size: tuple[int, int] = (64, 48), seed: int = 0, **options: Any) -> bytes:
    """Return a JPEG."""
    return _encoded(picture(size, seed), "JPEG", **options)


def photo(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """Return a JPEG with Exif: a camera, a date with its offset, a place, and lying on its side."""
    exif = {
        "0th": {
            piexif.ImageIFD.Make: b"Janus",
            piexif.ImageIFD.Model: b"Two Faces",
            piexif.ImageIFD.Orientation: 6,
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: b"2026:01:09 12:30:15",
            piexif.ExifIFD.SubSecTimeOriginal: b"25",
            piexif.ExifIFD.OffsetTimeOriginal: b"+01:00",
            piexif.ExifIFD.ExposureTime: (1, 250),
            piexif.ExifIFD.FNumber: (28, 10),
            piexif.ExifIFD.ISOSpeedRatings: 200,
        },
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N",
            piexif.GPSIFD.GPSLatitude: ((41, 1), (53, 1), (24, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"E",
            piexif.GPSIFD.GPSLongitude: ((12, 1), (29, 1), (6, 1)),
        },
    }
    return jpeg(size, seed, exif=piexif.dump(exif))


def enumerated() -> bytes:
    """Return a JPEG with numbers in Exif that stand for words: aperture priority, spot, no flash, shade."""
    exif = {
        "0th": {piexif.ImageIFD.Make: b"Janus", piexif.ImageIFD.Orientation: 1},
        "Exif": {
            piexif.ExifIFD.ExposureProgram: 3,
            piexif.ExifIFD.MeteringMode: 3,
            piexif.ExifIFD.Flash: 0x10,
            piexif.ExifIFD.LightSource: 11,
        },
    }
    return jpeg((320, 240), exif=piexif.dump(exif))


PLACE = struct.pack(">6I", 41, 1, 53, 1, 24, 1)  # degrees, minutes, seconds as Exif has them
SECRETS = {
    "file name": "IMG-secret-4711.jpg",
    "owner of the camera": "Ottilie Ownerson",
    "serial of the body": "BODY-00012345",
    "serial of the lens": "LENS-00067890",
    "identifier": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "computer": "Ottilie's phone",
    "software": "/home/ottilie/bin/tool",
    "caption": "Our garden in Elm Street 7",
    "comment": "Gate code 8642",
    "document": "xmp.did:5ec2e7-d0c-1d",
    "city": "Hiddenville",
    "keyword": "divorce",
    "person": "Percy Person",
    "e-mail": "ottilie@example.org",
    "place": "41,53.4N",
}
"""The private texts of `telling`, which only its owner may read."""


def telling(image_format: str = "JPEG", size: tuple[int, int] = (320, 240)) -> bytes:
    """Return an image that tells all of SECRETS, and PLACE, in Exif and XMP; and its camera and copyright."""
    told = {name: value.encode() for name, value in SECRETS.items()}
    exif = {
        "0th": {
            piexif.ImageIFD.Make: b"Janus",
            piexif.ImageIFD.Model: b"Two Faces",
            piexif.ImageIFD.Orientation: 6,
            piexif.ImageIFD.Copyright: b"(c) Ann Artist",
            piexif.ImageIFD.ImageDescription: told["caption"],
            piexif.ImageIFD.DocumentName: told["file name"],
            piexif.ImageIFD.HostComputer: told["computer"],
            piexif.ImageIFD.Software: told["software"],
            piexif.ImageIFD.XPKeywords: SECRETS["keyword"].encode("utf-16-le"),
        },
        "Exif": {
            piexif.ExifIFD.FNumber: (28, 10),
            piexif.ExifIFD.DateTimeOriginal: b"2026:01:09 12:30:15",
            piexif.ExifIFD.CameraOwnerName: told["owner of the camera"],
            piexif.ExifIFD.BodySerialNumber: told["serial of the body"],
            piexif.ExifIFD.LensSerialNumber: told["serial of the lens"],
            piexif.ExifIFD.ImageUniqueID: told["identifier"],
            piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + told["comment"],
            piexif.ExifIFD.MakerNote: b"note of " + told["serial of the body"],
        },
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N",
            piexif.GPSIFD.GPSLatitude: ((41, 1), (53, 1), (24, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"E",
            piexif.GPSIFD.GPSLongitude: ((12, 1), (29, 1), (6, 1)),
        },
    }
    spaces = {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "aux": "http://ns.adobe.com/exif/1.0/aux/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
        "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "core": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    }
    declared = " ".join(f'xmlns:{name}="{address}"' for name, address in spaces.items())
    xmp = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {declared}><rdf:Description
        aux:SerialNumber="{SECRETS["serial of the body"]}" aux:OwnerName="{SECRETS["owner of the camera"]}"
        exif:GPSLatitude="{SECRETS["place"]}" exif:GPSLongitude="12,29.1E" photoshop:City="{SECRETS["city"]}"
        xmpMM:DocumentID="{SECRETS["document"]}" crs:RawFileName="{SECRETS["file name"]}">
        <ext:PersonInImage><rdf:Bag><rdf:li>{SECRETS["person"]}</rdf:li></rdf:Bag></ext:PersonInImage>
        <core:CreatorContactInfo rdf:parseType="Resource"><core:CiEmailWork>{SECRETS["e-mail"]}</core:CiEmailWork>
        </core:CreatorContactInfo></rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
    options: dict[str, Any] = {"exif": piexif.dump(exif)}
    if image_format == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    else:
        options["xmp"] = xmp
    return _encoded(picture(size), image_format, **options)


def png(size: tuple[int, int] = (64, 48), seed: int = 0, mode: str = "RGB", **options: Any) -> bytes:
    """Return a PNG."""
    return _encoded(picture(size, seed, mode), "PNG", **options)


def _encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
