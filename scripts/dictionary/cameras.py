"""Exif as phones and cameras write it (Exif 3.0, section 4.6): the usual tags, with values that could be."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import piexif
from PIL import Image

if TYPE_CHECKING:
    import random

    Tags = dict[int, object]

E, G, T = piexif.ExifIFD, piexif.GPSIFD, piexif.ImageIFD
SENSOR = (4032, 3024)  # pixels that the tags speak of


class Camera(NamedTuple):
    """A maker's usual words: names as in Exif, the lens, the software, how its maker note begins."""

    make: str
    model: str
    lens_make: str
    lens: str
    software: str
    focal: tuple[int, int]  # mm, least and greatest
    phone: bool
    note: bytes


CAMERAS = (
    Camera("Apple", "iPhone 13", "Apple", "iPhone 13 back dual wide camera 5.1mm f/1.6", "17.4.1", (5, 5),
           True, b"Apple iOS\0\0\1MM\0"),
    Camera("Apple", "iPhone 15 Pro", "Apple", "iPhone 15 Pro back triple camera 6.765mm f/1.78", "18.1",
           (7, 7), True, b"Apple iOS\0\0\1MM\0"),
    Camera("Apple", "iPhone", "Apple", "iPhone front camera 2.69mm f/2.2", "16.0", (3, 3), True,
           b"Apple iOS\0\0\1MM\0"),
    Camera("samsung", "SM-S911B", "", "", "S911BXXU1AWBM", (5, 5), True, b"\7\0\1\0\7\0\4\0\0\0" b"0100"),
    Camera("samsung", "Galaxy S24", "samsung", "Galaxy S24 Rear Main Camera", "S921BXXU1AXB6", (5, 5), True,
           b"\7\0\1\0\7\0\4\0\0\0" b"0100"),
    Camera("Google", "Pixel 8 Pro", "Google", "Pixel 8 Pro back camera 6.9mm f/1.68", "HDR+ 1.0.585804376zd",
           (7, 7), True, b"HDRP\2"),
    Camera("Google", "Pixel 7", "Google", "Pixel 7 back camera 6.81mm f/1.85", "HDR+ 1.0.540104767zd",
           (7, 7), True, b"HDRP\2"),
    Camera("Xiaomi", "Redmi Note 12", "", "", "MediaTek Camera Application", (5, 5), True, b""),
    Camera("HUAWEI", "P30 Pro", "", "", "", (6, 6), True, b"HUAWEI\0\0II*\0"),
    Camera("OnePlus", "OnePlus 11", "", "", "", (6, 6), True, b""),
    Camera("Canon", "Canon EOS R5", "Canon", "RF24-105mm F4 L IS USM",
           "Adobe Photoshop Lightroom Classic 13.2 (Windows)", (24, 105), False, b""),
    Camera("Canon", "Canon EOS 80D", "", "EF-S18-55mm f/3.5-5.6 IS STM", "Firmware Version 1.0.3", (18, 55),
           False, b""),
    Camera("Canon", "Canon PowerShot G7 X Mark II", "Canon", "8.8-36.8 mm", "", (9, 37), False, b""),
    Camera("NIKON CORPORATION", "NIKON D750", "NIKON", "AF-S NIKKOR 24-120mm f/4G ED VR", "Ver.1.10 ",
           (24, 120), False, b"Nikon\0\2\x10\0\0MM\0*\0\0\0\10"),
    Camera("NIKON CORPORATION", "NIKON Z 6", "NIKON", "NIKKOR Z 24-70mm f/4 S", "Ver.03.30", (24, 70), False,
           b"Nikon\0\2\x11\0\0II*\0\10\0\0\0"),
    Camera("NIKON", "COOLPIX P1000", "", "", "COOLPIX P1000V1.2", (4, 539), False,
           b"Nikon\0\2\x10\0\0MM\0*\0\0\0\10"),
    Camera("SONY", "ILCE-7M3", "Sony", "FE 24-70mm F2.8 GM", "ILCE-7M3 v3.10", (24, 70), False,
           b"SONY DSC \0\0\0"),
    Camera("SONY", "DSC-RX100M3", "Sony", "24-70mm F1.8-2.8", "DSC-RX100M3 v1.00", (9, 26), False,
           b"SONY DSC \0\0\0"),
    Camera("FUJIFILM", "X-T4", "FUJIFILM", "XF18-55mmF2.8-4 R LM OIS", "Digital Camera X-T4 Ver1.20",
           (18, 55), False, b"FUJIFILM\x0c\0\0\0"),
    Camera("OLYMPUS IMAGING CORP.  ", "E-M10MarkII", "OLYMPUS", "OLYMPUS M.14-42mm F3.5-5.6 EZ",
           "Version 1.0", (14, 42), False, b"OLYMPUS\0II\3\0"),
    Camera("Panasonic", "DC-GH5", "Panasonic", "LUMIX G VARIO 12-35mm F2.8", "Ver.1.0", (12, 35), False,
           b"Panasonic\0\0\0"),
    Camera("LEICA CAMERA AG", "LEICA Q2", "Leica Camera AG", "SUMMILUX 1:1.7/28 ASPH.", "3.1", (28, 28),
           False, b""),
    Camera("RICOH IMAGING COMPANY, LTD.", "PENTAX K-70", "", "smc PENTAX-DA 18-135mm",
           "PENTAX K-70 Ver. 1.10", (18, 135), False, b"PENTAX \0II"),
    Camera("DJI", "FC3582", "", "24.0 mm f/1.7", "10.00.12.05", (7, 7), True, b""),
    Camera("EASTMAN KODAK COMPANY", "KODAK EASYSHARE DIGITAL CAMERA", "", "", "GIMP 2.10.34", (6, 18), False,
           b""),
)  # fmt: skip


def exif(camera: Camera, taken: str, offset: str, chance: random.Random) -> bytes:
    """Return an Exif block: `taken` as "YYYY:MM:DD HH:MM:SS", `offset` as "+HH:MM"; a place for most phones."""
    block: dict[str, Tags] = {
        "0th": _image(camera, taken, chance),
        "Exif": _exposure(camera, taken, offset, chance),
    }
    if chance.random() < (0.8 if camera.phone else 0.25):
        block["GPS"] = _place(taken, chance)
    if not camera.phone or chance.random() < 0.3:
        block["Interop"] = {piexif.InteropIFD.InteroperabilityIndex: b"R98"}
    block["1st"] = {T.Compression: 6, T.XResolution: (72, 1), T.YResolution: (72, 1), T.ResolutionUnit: 2}
    if not camera.phone:
        block["1st"][T.YCbCrPositioning] = 2
    written: bytes = piexif.dump({**block, "thumbnail": _thumbnail(chance)})
    return written


def _thumbnail(chance: random.Random) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((160, 120), chance.uniform(20, 80)).save(file, "JPEG", quality=75)
    return file.getvalue()


def _image(camera: Camera, taken: str, chance: random.Random) -> Tags:
    resolution = 72 if camera.phone else chance.choice((72, 240, 300))
    tags: Tags = {
        T.Make: camera.make.encode(),
        T.Model: camera.model.encode(),
        T.Orientation: chance.choice((1, 1, 1, 6, 8)),
        T.XResolution: (resolution, 1),
        T.YResolution: (resolution, 1),
        T.ResolutionUnit: 2,
        T.DateTime: taken.encode(),
    }
    if camera.software:
        tags[T.Software] = camera.software.encode()
    if camera.make in ("Apple", "HUAWEI") or chance.random() < 0.5:
        tags[T.YCbCrPositioning] = chance.choice((1, 2))
    if camera.make == "Apple":
        tags[T.HostComputer] = camera.model.encode()
    if camera.phone and chance.random() < 0.4:
        tags |= {T.ImageWidth: SENSOR[0], T.ImageLength: SENSOR[1], T.BitsPerSample: (8, 8, 8)}
    if not camera.phone and chance.random() < 0.4:
        tags |= {T.ImageDescription: b"", T.Artist: b"Photographer", T.Copyright: b"All rights reserved"}
        tags |= {T.PhotometricInterpretation: 2, T.SamplesPerPixel: 3}
    return tags


def _exposure(camera: Camera, taken: str, offset: str, chance: random.Random) -> Tags:
    iso = chance.choice((32, 50, 64, 80, 100, 125, 160, 200, 250, 320, 400, 500, 640, 800, 1000, 1600, 3200, 6400))
    focal = chance.randint(*camera.focal)
    subsec = f"{chance.randrange(1000):03}" if camera.phone else f"{chance.randrange(100):02}"
    tags: Tags = {
        E.ExposureTime: (
            1,
            chance.choice((15, 25, 30, 40, 50, 60, 80, 100, 125, 160, 200, 250, 320, 400, 500, 1000)),
        ),
        E.FNumber: (chance.choice((16, 17, 18, 20, 22, 24, 28, 32, 35, 40, 45, 50, 56, 63, 71, 80, 90, 110)), 10),
        E.ExposureProgram: 2 if camera.phone else chance.choice((1, 2, 3, 3, 4)),
        E.ISOSpeedRatings: iso,
        E.ExifVersion: chance.choice((b"0220", b"0221", b"0230", b"0231", b"0232")),
        E.DateTimeOriginal: taken.encode(),
        E.DateTimeDigitized: taken.encode(),
        E.ComponentsConfiguration: b"\1\2\3\0",
        E.ShutterSpeedValue: (chance.randrange(4_000_000, 9_000_000), 1_000_000),
        E.ApertureValue: (chance.randrange(1_000_000, 6_000_000), 1_000_000),
        E.ExposureBiasValue: chance.choice(((0, 1), (0, 1), (0, 1), (-1, 3), (1, 3), (-2, 3), (2, 3), (1, 1))),
        E.MeteringMode: chance.choice((2, 3, 5, 5, 5)),
        E.LightSource: chance.choice((0, 0, 0, 4, 10)),
        E.Flash: chance.choice((0, 9, 16, 16, 16, 24, 24, 25)),
        E.FocalLength: (focal * 100, 100),
        E.SubSecTimeOriginal: subsec.encode(),
        E.SubSecTimeDigitized: subsec.encode(),
        E.FlashpixVersion: b"0100",
        E.ColorSpace: chance.choice((1, 1, 1, 1, 2, 65535)),
        E.PixelXDimension: SENSOR[0],
        E.PixelYDimension: SENSOR[1],
        E.SensingMethod: 2,
        E.SceneType: b"\1",
        E.ExposureMode: chance.choice((0, 0, 0, 1)),
        E.WhiteBalance: chance.choice((0, 0, 0, 1)),
        E.FocalLengthIn35mmFilm: chance.choice((13, 24, 26, 28, 35, 50, 77, 85)),
        E.SceneCaptureType: 0,
    }
    if camera.note:
        tags[E.MakerNote] = camera.note + bytes(chance.randrange(800, 3000))
    if chance.random() < 0.7:
        tags |= dict.fromkeys((E.OffsetTime, E.OffsetTimeOriginal, E.OffsetTimeDigitized), offset.encode())
    if camera.lens:
        tags[E.LensModel] = camera.lens.encode()
    if camera.lens_make:
        low, high = camera.focal
        tags |= {
            E.LensMake: camera.lens_make.encode(),
            E.LensSpecification: ((low, 1), (high, 1), (28, 10), (28, 10)),
        }
    if camera.phone:
        tags |= {E.BrightnessValue: (chance.randrange(-30_000, 90_000), 10_000), E.DigitalZoomRatio: (1, 1)}
        tags |= {E.SubSecTime: subsec.encode(), E.MaxApertureValue: (chance.randrange(100, 250), 100)}
        if camera.make == "Apple":
            tags[E.SubjectArea] = (2015, 1511, 2217, 1330)
            for tag in (E.MaxApertureValue, E.DigitalZoomRatio, E.SubSecTime, E.LightSource):
                del tags[tag]
        return tags
    return tags | {
        E.SensitivityType: 2,
        E.RecommendedExposureIndex: iso,
        E.CompressedBitsPerPixel: (chance.choice((1, 2, 4)), 1),
        E.MaxApertureValue: (chance.choice((10, 20, 30, 36, 40)), 10),
        E.UserComment: b"ASCII\0\0\0" + bytes(8),
        E.SubSecTime: subsec.encode(),
        E.FileSource: b"\3",
        E.CFAPattern: b"\2\0\2\0\0\1\1\2",
        E.CustomRendered: 0,
        E.DigitalZoomRatio: (1, 1),
        E.GainControl: chance.choice((0, 0, 1)),
        E.Contrast: 0,
        E.Saturation: 0,
        E.Sharpness: 0,
        E.SubjectDistanceRange: 0,
        E.FocalPlaneXResolution: (chance.randrange(3000, 9000), 1),
        E.FocalPlaneYResolution: (chance.randrange(3000, 9000), 1),
        E.FocalPlaneResolutionUnit: chance.choice((2, 3)),
        E.BodySerialNumber: f"{chance.randrange(10**9):010}".encode(),
        E.LensSerialNumber: chance.choice((b"0000000000", f"{chance.randrange(10**8):08}".encode())),
        E.CameraOwnerName: b"",
    }


def _place(taken: str, chance: random.Random) -> Tags:
    def angle(most: int) -> tuple[tuple[int, int], ...]:
        return (chance.randrange(most), 1), (chance.randrange(60), 1), (chance.randrange(6000), 100)

    direction = (chance.randrange(3_600_000), 10_000)
    tags: Tags = {
        G.GPSVersionID: (2, chance.choice((2, 3)), 0, 0),
        G.GPSLatitudeRef: chance.choice((b"N", b"N", b"S")),
        G.GPSLatitude: angle(70),
        G.GPSLongitudeRef: chance.choice((b"E", b"W")),
        G.GPSLongitude: angle(150),
        G.GPSAltitudeRef: 0,
        G.GPSAltitude: (chance.randrange(500_000), 1000),
        G.GPSTimeStamp: tuple((int(part), 1) for part in taken[11:].split(":")),
        G.GPSDateStamp: taken[:10].encode(),
    }
    if chance.random() < 0.6:
        tags |= {G.GPSSpeedRef: b"K", G.GPSSpeed: (chance.choice((0, 0, 13)), 10), G.GPSImgDirectionRef: b"T"}
        tags |= {G.GPSImgDirection: direction, G.GPSDestBearingRef: b"T", G.GPSDestBearing: direction}
        tags |= {G.GPSHPositioningError: (chance.randrange(300, 6500), 1000)}
    if chance.random() < 0.4:
        tags |= {G.GPSDOP: (11, 10), G.GPSProcessingMethod: b"ASCII\0\0\0GPS", G.GPSMapDatum: b"WGS-84"}
        tags |= {G.GPSSatellites: b"08", G.GPSStatus: b"A", G.GPSMeasureMode: b"3"}
    return tags
