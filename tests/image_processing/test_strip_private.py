"""A copy for publishing: the same pixels byte for byte, and nothing private left."""

import io
import json
import shutil
import struct
import subprocess
import zlib

import piexif
import pytest
from PIL import Image, ImageCms

from image_processing import derive, metadata
from image_processing.decode import pixels
from image_processing.errors import Corrupt, FormatNotAccepted, ImageError, Truncated
from image_processing.source import BytesSource
from tests import samples

SECRET = "Secret Person"
XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
aux:OwnerName="{SECRET}" aux:SerialNumber="SN123456" exif:GPSLatitude="52,30.5N" exif:GPSLongitude="13,22.5E"/>
</rdf:RDF></x:xmpmeta>""".encode()
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif_block(orientation=6):
    """Return Exif with a place, an owner, serial numbers, a maker note and a thumbnail."""
    return piexif.dump(
        {
            "0th": {0x010F: b"Maker", 0x0112: orientation, 0x013B: SECRET.encode(), 0x8298: "© Ann 2026".encode()},
            "Exif": {
                0xA430: SECRET.encode(),
                0xA431: b"SN123456",
                0x927C: b"note of " + SECRET.encode(),
                0xA001: 1,
            },
            "GPS": {1: b"N", 2: ((52, 1), (30, 1), (0, 1)), 3: b"E", 4: ((13, 1), (22, 1), (0, 1))},
            "1st": {0x0103: 6},
            "thumbnail": samples.jpeg((16, 16)),
        }
    )


def iptc_block():
    body = b"\x1c\x02\x50" + struct.pack(">H", len(SECRET)) + SECRET.encode()
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(body)) + body + bytes(len(body) & 1)
    return b"Photoshop 3.0\0" + resource


def jpeg_segment(code, body):
    return bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body


def private_jpeg(**options):
    data = samples.jpeg((120, 80), exif=exif_block(), icc_profile=ICC, comment=SECRET.encode(), xmp=XMP, **options)
    extra = jpeg_segment(0xED, iptc_block()) + jpeg_segment(0xEB, b"JP" + SECRET.encode())
    return data[:2] + extra + data[2:] + samples.jpeg((8, 8), exif=exif_block()) + b"trailer of " + SECRET.encode()


def private_png(**options):
    image = samples.picture((120, 80))
    out = io.BytesIO()
    image.save(out, "PNG", exif=exif_block(), icc_profile=ICC, **options)
    data = out.getvalue()

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    texts = chunk(b"tEXt", b"Author\0" + SECRET.encode()) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    return data[:33] + texts + chunk(b"pRVt", SECRET.encode()) + data[33:] + SECRET.encode()


def private_webp(**options):
    out = io.BytesIO()
    samples.picture((120, 80)).save(out, "WEBP", exif=exif_block(), icc_profile=ICC, xmp=XMP, **options)
    return out.getvalue() + SECRET.encode()


def chunks(data, kinds):
    """Return the chunks of a PNG or WebP of these kinds."""
    big, at, found = data[:4] != b"RIFF", 8 if data[:4] != b"RIFF" else 12, []
    while at + 8 <= len(data):
        name, size = (
            (data[at + 4 : at + 8], data[at : at + 4]) if big else (data[at : at + 4], data[at + 4 : at + 8])
        )
        length = int.from_bytes(size, "big" if big else "little")
        if name in kinds:
            found.append(data[at + 8 : at + 8 + length])
        at += 12 + length if big else 8 + length + (length & 1)
    return found


def scan(data):
    """Return a JPEG from its frame header to the end of its first image."""
    start = min(
        at for mark in (b"\xff\xc0\0\x11", b"\xff\xc2\0\x11") if (at := data.find(mark, data.rfind(ICC[-20:]))) > 0
    )
    return data[start : data.find(b"\xff\xd9", start) + 2]


def stripped(data):
    source = BytesSource(data)
    return derive.strip_private(source, metadata.read(source))


FILES = {
    "jpeg": private_jpeg,
    "progressive jpeg": lambda: private_jpeg(progressive=True),
    "jpeg with restarts": lambda: private_jpeg(restart_marker_blocks=2),
    "png": private_png,
    "lossy webp": private_webp,
    "lossless webp": lambda: private_webp(lossless=True),
}


@pytest.mark.parametrize("name", FILES)
def test_nothing_private_is_left(name):
    """No place, owner, serial number, maker note or thumbnail survives, in any block or behind the image."""
    data = FILES[name]()
    assert SECRET.encode() in data

    clean = stripped(data)

    assert SECRET.encode() not in clean
    assert b"SN123456" not in clean
    found = metadata.read(BytesSource(clean))
    assert not {field.name for field in metadata.FIELDS if field.private} & set(found.values)
    assert "gps_latitude" in metadata.read(BytesSource(data)).values


@pytest.mark.parametrize("name", FILES)
def test_the_image_stays_the_same(name):
    """Decoded pixels, orientation, colour profile and copyright are those of the original."""
    data = FILES[name]()
    before = metadata.read(BytesSource(data))

    clean = stripped(data)

    after = metadata.read(BytesSource(clean))
    for field in ("width", "height", "orientation", "icc_profile", "copyright"):
        assert after.get(field) == before.get(field)
    assert after.get("orientation") == 6
    assert after.get("copyright") == "© Ann 2026"
    assert pixels.decode(BytesSource(clean), after).tobytes() == pixels.decode(BytesSource(data), before).tobytes()


def test_the_stored_pixels_are_the_same_bytes():
    """The scans of a JPEG and the pixel chunks of PNG and WebP are not written anew but copied."""
    for name in ("jpeg", "progressive jpeg", "jpeg with restarts"):
        data = FILES[name]()
        assert scan(stripped(data)) == scan(data)
    assert chunks(stripped(private_png()), (b"IDAT",)) == chunks(private_png(), (b"IDAT",))
    assert chunks(stripped(private_webp()), (b"VP8 ",)) == chunks(private_webp(), (b"VP8 ",)) != []


def test_animation_survives():
    """Frames and their timing stay in PNG and WebP."""
    frames = [samples.picture((40, 30), seed) for seed in range(3)]
    for image_format in ("PNG", "WEBP"):
        out = io.BytesIO()
        frames[0].save(out, image_format, save_all=True, append_images=frames[1:], duration=70, exif=exif_block())
        with Image.open(io.BytesIO(stripped(out.getvalue()))) as image:
            assert getattr(image, "n_frames", 1) == 3
            image.seek(2)


def test_an_image_without_metadata_is_copied_as_it_is():
    """Where there is nothing to remove nothing changes, and cleaning twice is cleaning once."""
    for bare in (samples.jpeg(), samples.png()):
        assert stripped(bare) == bare
    for make in FILES.values():
        clean = stripped(make())
        assert stripped(clean) == clean


def test_the_thumbnail_in_the_jfif_header_goes_too():
    """JFIF can hold a thumbnail in its header: the header stays, without it."""
    data = samples.jpeg()
    header = b"JFIF\0\1\2\1\0\x48\0\x48" + b"\2\2" + b"secretpixels"
    rest = data[4 + int.from_bytes(data[4:6], "big") :]

    clean = stripped(data[:2] + jpeg_segment(0xE0, header) + jpeg_segment(0xE0, b"JFXX\0\x10" + data) + rest)

    assert b"secretpixels" not in clean
    assert b"JFXX" not in clean
    assert metadata.read(BytesSource(clean)).get("dpi_x") == 72


@pytest.mark.parametrize("make", [private_jpeg, private_png, private_webp])
def test_a_cut_file_is_refused(make):
    """What ends before its image does cannot be cleaned for sure, and is not."""
    data = make()

    with pytest.raises((Truncated, Corrupt)):
        stripped(data[: len(data) // 2])


@pytest.mark.parametrize("make", [private_jpeg, private_png, private_webp])
def test_damage_never_crashes(make):
    """Any byte changed, a copy comes out or an error of Janus's own."""
    data = make()
    found = metadata.read(BytesSource(data))
    for at in range(0, len(data), 97):
        try:
            derive.strip_private(BytesSource(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]), found)
        except ImageError:
            continue


def test_other_formats_are_refused_by_name():
    """What could only be cleaned by decoding is refused with advice."""
    out = io.BytesIO()
    samples.picture().save(out, "GIF")

    with pytest.raises(FormatNotAccepted, match="JPEG, PNG and WebP"):
        stripped(out.getvalue())


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")
@pytest.mark.parametrize("name", FILES)
def test_exiftool_finds_nothing_left(name, tmp_path):
    """The reference reader finds only what tells how to show the image, and the copyright."""
    path = tmp_path / "clean"
    path.write_bytes(stripped(FILES[name]()))

    done = subprocess.run(["exiftool", "-j", "-G1", "-a", "-ee", path], capture_output=True, check=True)

    tags = set(json.loads(done.stdout)[0])
    told = {tag for tag in tags if tag.split(":")[0] in ("IFD0", "ExifIFD", "IFD1", "GPS", "IPTC") or "XMP" in tag}
    assert told <= {"IFD0:Orientation", "IFD0:Copyright", "ExifIFD:ColorSpace"}
    assert not {tag for tag in tags if tag.endswith((":Author", ":Comment", ":Trailer"))}
