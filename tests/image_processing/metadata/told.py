"""What the reader tells of a JPEG that holds only the tags which a test names."""

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b


def read(ifd0=(), exif=(), gps=(), xmp=None, iptc=None):
    """Read a JPEG of these Exif, GPS, XMP and IPTC entries."""
    segments = [b.exif_segment(b.tiff(ifd0, exif, gps))]
    if xmp:
        segments.append(b.xmp_segment(xmp))
    if iptc:
        segments.append(b.segment(0xED, b"Photoshop 3.0\0" + b.photoshop((0x404, iptc))))
    return metadata.read(BytesSource(b.jpeg(*segments)))
