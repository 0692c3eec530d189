"""What programs add to a photograph: XMP packets, IPTC, Photoshop's resources, colour profiles.

Sources: XMP Specification parts 1 and 2; Adobe's Camera Raw schema; IPTC Photo Metadata Standard 2023.2 and IIM
4.2; Photoshop File Formats, "Image Resource Blocks"; ICC.1:2022.
"""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

_SPACES = {
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "HDRGainMap": "http://ns.apple.com/HDRGainMap/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_COLOURS = ("Red", "Orange", "Yellow", "Green", "Aqua", "Blue", "Purple", "Magenta")
TOOLS = (
    "Adobe Photoshop Lightroom Classic 13.2 (Windows)",
    "Adobe Photoshop Lightroom 6.0 (Macintosh)",
    "Adobe Photoshop CC 2019 (Windows)",
    "Adobe Photoshop CC 2017 (Macintosh)",
    "Adobe Photoshop 25.5 (Macintosh)",
    "Adobe Photoshop Camera Raw 9.1 (Macintosh)",
)
SRGB, P3, ADOBE, GOOGLE = "sRGB IEC61966-2.1", "Display P3", "Adobe RGB (1998)", "sRGB"
# The red, green and blue primaries of profiles, X, Y and Z of each, adapted to D50.
_SRGB_PRIMARIES = (0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7141)
_P3_PRIMARIES = (0.5151, 0.2412, -0.0011, 0.2920, 0.6922, 0.0419, 0.1571, 0.0666, 0.7841)
_ADOBE_PRIMARIES = (0.6097, 0.3111, 0.0195, 0.2053, 0.6257, 0.0609, 0.1492, 0.0632, 0.7446)
_PROFILES = {  # creator, copyright, version, primaries
    SRGB: (b"HP  ", "Copyright (c) 1998 Hewlett-Packard Company", 2, _SRGB_PRIMARIES),
    P3: (b"appl", "Copyright Apple Inc., 2022", 4, _P3_PRIMARIES),
    ADOBE: (b"ADBE", "Copyright 1999 Adobe Systems Incorporated", 2, _ADOBE_PRIMARIES),
    GOOGLE: (b"GOOG", "Copyright (c) 2023 Google Inc.", 4, _SRGB_PRIMARIES),
}


def profile(name: str) -> bytes:
    """Return a colour profile of three primaries and a gamma of 2.2 (ICC.1:2022, 8.3.3)."""
    creator, rights, version, values = _PROFILES[name]
    tags = {b"desc": _text(name, version), b"cprt": _text(rights, version) if version == 4 else _plain(rights)}
    if name == SRGB:
        tags[b"dmnd"] = _text("IEC http://www.iec.ch", version)
        tags[b"dmdd"] = _text("IEC 61966-2.1 Default RGB colour space - sRGB", version)
    tags[b"wtpt"] = _point(0.9642, 1, 0.8249)
    for position, channel in enumerate((b"r", b"g", b"b")):
        tags[channel + b"XYZ"] = _point(*values[3 * position : 3 * position + 3])
        tags[channel + b"TRC"] = b"curv" + struct.pack(">IIH", 0, 1, round(2.2 * 256)) + bytes(2)
    start, entries, bodies = 132 + 12 * len(tags), b"", b""
    for tag, body in tags.items():
        entries += struct.pack(">4sII", tag, start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    head = struct.pack(
        ">I4sI", start + len(bodies), b"appl" if name == P3 else b"lcms", version << 24 | (version == 2) << 20
    )
    head += b"mntrRGB XYZ " + struct.pack(">6H", 2022, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1, 0.8249))) + creator
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + bodies


def _plain(words: str) -> bytes:
    return b"text" + bytes(4) + words.encode() + b"\0"


def _text(words: str, version: int) -> bytes:
    if version == 2:
        return b"desc" + bytes(4) + struct.pack(">I", len(words) + 1) + words.encode() + bytes(1 + 78)
    wide = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(wide), 28) + wide


def _point(*values: float) -> bytes:
    return b"XYZ " + struct.pack(">I3i", 0, *(round(value * 65536) for value in values))


def edited(taken: str, offset: str, lens: str, chance: random.Random) -> bytes:
    """Return the packet of a photograph that went through a raw converter: `taken` as "YYYY-MM-DDTHH:MM:SS"."""
    tool, later = chance.choice(TOOLS), f"{taken}{offset}"
    document = uuid.UUID(int=chance.getrandbits(128))
    names = {
        "xmp": {"CreateDate": taken, "ModifyDate": later, "MetadataDate": later, "CreatorTool": tool}
        | ({"Rating": str(chance.randrange(6))} if chance.random() < 0.4 else {}),
        "dc": {"format": "image/jpeg"},
        "photoshop": {
            "DateCreated": taken,
            "ColorMode": "3",
            "ICCProfile": SRGB,
            "LegacyIPTCDigest": document.hex.upper(),
        },
        "aux": {
            "SerialNumber": f"{chance.randrange(10**9):012}",
            "LensInfo": "24/1 105/1 0/0 0/0",
            "Lens": lens,
            "LensID": str(chance.randrange(400)),
            "LensSerialNumber": "0000000000",
            "ImageNumber": "0",
            "ApproximateFocusDistance": "4294967295/1",
            "FlashCompensation": "0/1",
            "Firmware": "1.1.0",
        },
        "xmpMM": {
            "DocumentID": f"xmp.did:{document}",
            "OriginalDocumentID": document.hex.upper(),
            "InstanceID": f"xmp.iid:{document}",
        },
        "crs": _settings(chance) if chance.random() < 0.6 else {},
    }
    return _packet(names, _history(tool, later, document) + (_described(chance) if chance.random() < 0.6 else ""))


def phone(taken: str, make: str, model: str, chance: random.Random) -> bytes:
    """Return the packet that a phone writes."""
    names: dict[str, Mapping[str, str]] = {"xmp": {"CreateDate": taken, "ModifyDate": taken, "CreatorTool": model}}
    if make == "Apple":
        names["photoshop"] = {"DateCreated": taken}
        names["HDRGainMap"] = {"HDRGainMapVersion": "65536"}
    elif make == "Google":
        names["hdrgm"] = {"Version": "1.0"}
        names["GCamera"] = {
            "MotionPhoto": "1",
            "MotionPhotoVersion": "1",
            "MotionPhotoPresentationTimestampUs": "968644",
        }
    else:
        names["GCamera"] = {"MicroVideo": "0"} if chance.random() < 0.3 else {}
        names["tiff"] = {
            "Make": make,
            "Model": model,
            "Orientation": "1",
            "XResolution": "72/1",
            "YResolution": "72/1",
        }
    return _packet(names, "")


def _settings(chance: random.Random) -> dict[str, str]:
    """Return the settings of Camera Raw: nearly all of them as they are before anything is done."""
    found = {"Version": "9.2", "ProcessVersion": "6.7", "WhiteBalance": "As Shot", "AutoWhiteVersion": "134348800"}
    found |= {"Temperature": str(chance.randrange(2500, 8000, 50)), "Tint": f"+{chance.randrange(30)}"}
    found |= dict.fromkeys(
        ("Saturation", "Vibrance", "LuminanceSmoothing", "ShadowTint", "Dehaze", "GrainAmount"), "0"
    )
    for group in ("HueAdjustment", "SaturationAdjustment", "LuminanceAdjustment"):
        found |= {f"{group}{colour}": "0" for colour in _COLOURS}
    found |= {f"{colour}{what}": "0" for colour in ("Red", "Green", "Blue") for what in ("Hue", "Saturation")}
    found |= {f"SplitToning{what}": "0" for what in ("ShadowHue", "ShadowSaturation", "HighlightHue")}
    found |= {"SplitToningHighlightSaturation": "0", "SplitToningBalance": "0"}
    found |= {f"Parametric{what}": "0" for what in ("Shadows", "Darks", "Lights", "Highlights")}
    found |= {"ParametricShadowSplit": "25", "ParametricMidtoneSplit": "50", "ParametricHighlightSplit": "75"}
    found |= {"Sharpness": "25", "SharpenRadius": "+1.0", "SharpenDetail": "25", "SharpenEdgeMasking": "0"}
    found |= {
        "ColorNoiseReduction": "25",
        "ColorNoiseReductionDetail": "50",
        "ColorNoiseReductionSmoothness": "50",
    }
    found |= {"LuminanceNoiseReductionContrast": "0", "LuminanceNoiseReductionDetail": "50"}
    found |= {f"Perspective{what}": "0" for what in ("Vertical", "Horizontal", "Aspect", "Upright")}
    found |= {"PerspectiveRotate": "0.0", "PerspectiveScale": "100", "VignetteAmount": "0"}
    found |= {f"PostCropVignette{what}": "50" for what in ("Midpoint", "Feather")}
    found |= {f"PostCropVignette{what}": "0" for what in ("Amount", "Roundness", "HighlightContrast")}
    found |= {"PostCropVignetteStyle": "1", "AutoLateralCA": "0", "LensManualDistortionAmount": "0"}
    found |= {f"Defringe{what}Amount": "0" for what in ("Purple", "Green")}
    found |= {"DefringePurpleHueLo": "30", "DefringePurpleHueHi": "70"}
    found |= {"DefringeGreenHueLo": "40", "DefringeGreenHueHi": "60"}
    tone = (
        "Exposure2012",
        "Contrast2012",
        "Highlights2012",
        "Shadows2012",
        "Whites2012",
        "Blacks2012",
        "Clarity2012",
    )
    found |= {
        name: chance.choice(("0", "0", f"+{chance.randrange(60)}", f"-{chance.randrange(60)}")) for name in tone
    }
    found |= {"ConvertToGrayscale": "False", "ToneCurveName": "Medium Contrast", "ToneCurveName2012": "Linear"}
    found |= {"LensProfileEnable": "0", "LensProfileSetup": "LensDefaults", "ToneMapStrength": "0"}
    found |= {
        "CameraProfile": "Adobe Standard",
        "HasSettings": "True",
        "HasCrop": "False",
        "AlreadyApplied": "True",
    }
    return dict(sorted(found.items()))


def _history(tool: str, when: str, document: uuid.UUID) -> str:
    converted = "converted from image/x-canon-cr2 to image/jpeg, saved to new location"
    events = [f'stEvt:action="derived" stEvt:parameters="{converted}"']
    saved = f'stEvt:action="saved" stEvt:instanceID="xmp.iid:{document}" stEvt:when="{when}"'
    saved += f' stEvt:softwareAgent="{tool}"'
    events += [f'{saved} stEvt:changed="/"', f'{saved} stEvt:changed="/metadata"']
    steps = "".join(f"<rdf:li {event}/>" for event in events)
    source = f'stRef:documentID="xmp.did:{document}" stRef:originalDocumentID="{document.hex.upper()}"'
    curves = "".join(
        f"<crs:{name}><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq></crs:{name}>"
        for version in ("ToneCurve", "ToneCurvePV2012")
        for name in (version, f"{version}Red", f"{version}Green", f"{version}Blue")
    )
    return f"<xmpMM:DerivedFrom {source}/><xmpMM:History><rdf:Seq>{steps}</rdf:Seq></xmpMM:History>{curves}"


def _described(chance: random.Random) -> str:
    """Return what people write: title, caption, names, rights, places; each in some packets only."""
    texts = {
        "dc:title": "Title",
        "dc:description": "Description",
        "dc:rights": "All rights reserved",
        "xmpRights:UsageTerms": "All rights reserved",
    }
    lists = {
        "dc:creator": "Seq",
        "dc:subject": "Bag",
        "lr:hierarchicalSubject": "Bag",
        "Iptc4xmpExt:PersonInImage": "Bag",
    }
    plain = {
        "photoshop:City": "City",
        "photoshop:State": "State",
        "photoshop:Country": "United States",
        "Iptc4xmpCore:CountryCode": "USA",
        "Iptc4xmpCore:Location": "Location",
        "photoshop:Headline": "Headline",
        "photoshop:Credit": "Getty Images",
        "photoshop:Source": "Source",
        "photoshop:Instructions": "Instructions",
        "photoshop:AuthorsPosition": "Photographer",
        "xmpRights:Marked": "True",
        "xmpRights:WebStatement": "https://creativecommons.org/licenses/by-sa/4.0/",
        "xmp:Label": "Red",
    }
    made = [
        f'<{tag}><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></{tag}>'
        for tag, words in texts.items()
    ]
    made += [f"<{tag}><rdf:{kind}><rdf:li>Name</rdf:li></rdf:{kind}></{tag}>" for tag, kind in lists.items()]
    made += [f"<{tag}>{words}</{tag}>" for tag, words in plain.items()]
    return "".join(element for element in made if chance.random() < 0.6)


def _packet(names: Mapping[str, Mapping[str, str]], elements: str) -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _SPACES.items())
    given = " ".join(
        f'{prefix}:{name}="{value}"' for prefix, pairs in names.items() for name, value in pairs.items()
    )
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces} {given}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def photoshop(taken: str, offset: str, chance: random.Random) -> bytes:
    """Return Photoshop's resources: the resolution, the quality, and IPTC's datasets (`taken` as in `edited`)."""
    day, time = taken.replace("-", "").replace(":", "").split("T")
    datasets = {
        5: "Title", 25: "Keyword", 55: day, 60: time + offset.replace(":", ""), 62: day, 63: time, 80: "Name",
        85: "Photographer", 90: "City", 95: "State", 101: "United States", 105: "Headline", 110: "Credit",
        115: "Source", 116: "All rights reserved", 120: "Description", 122: "Name",
    }  # fmt: skip
    kept = {number: words for number, words in datasets.items() if number in (55, 60) or chance.random() < 0.5}
    iptc = b"\x1c\1\x5a\0\3\x1b%G" + b"\x1c\2\0\0\2\0\4"
    iptc += b"".join(struct.pack(">BBBH", 28, 2, n, len(words)) + words.encode() for n, words in kept.items())
    resolution = struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1)
    bodies = {0x404: iptc, 0x3ED: resolution, 0x40A: b"\1", 0x406: struct.pack(">hhh", 8, 0, 1)}
    return b"Photoshop 3.0\0" + b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) & 1)
        for number, body in bodies.items()
    )
