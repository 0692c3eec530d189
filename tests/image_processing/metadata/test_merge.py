"""Judgement: which source wins, and what is derived."""

from tests.image_processing import builders as b
from tests.image_processing.metadata.told import read


def test_what_a_device_measures_comes_from_exif_first():
    """XMP is a copy that may lag behind."""
    found = read([(0x10F, b.ASCII, "Camera")], xmp=b.rdf(attributes='tiff:Make="Copy" tiff:Model="Only here"'))
    assert (found.get("make"), found.origins["make"]) == ("Camera", "Exif:Make")
    assert (found.get("model"), found.origins["model"]) == ("Only here", "XMP-tiff:Model")


def test_what_people_write_comes_from_xmp_over_iptc_over_exif():
    """Cameras fill Exif's description with defaults."""
    description = "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>Mine</rdf:li></rdf:Alt></dc:description>"
    default, iptc = [(0x10E, b.ASCII, "OLYMPUS DIGITAL CAMERA")], b.iim((2, 120, b"Wire"))
    assert read(default, xmp=b.rdf(description), iptc=iptc).get("caption") == "Mine"
    assert read(default, iptc=iptc).get("caption") == "Wire"
    assert read(default).origins["caption"] == "Exif:ImageDescription"


def test_regions_and_their_names_are_private():
    """Faces carry names that must not be published."""
    area = "<a:Area xmlns:s='http://ns.adobe.com/xmp/sType/Area#' s:x='0.5' s:y='0.4' s:w='0.1' s:h='0.2'/>"
    packet = b.rdf(
        "<a:Regions rdf:parseType='Resource'><a:RegionList><rdf:Bag><rdf:li rdf:parseType='Resource'>"
        f"<a:Name>Ann</a:Name><a:Type>Face</a:Type>{area}</rdf:li></rdf:Bag></a:RegionList></a:Regions>",
        prefixes='xmlns:a="http://www.metadataworkinggroup.com/schemas/regions/"',
    )
    found = read(xmp=packet)
    assert found.get("regions") == [{"name": "Ann", "kind": "Face", "x": 0.5, "y": 0.4, "w": 0.1, "h": 0.2}]
    assert found.get("face_names") == ["Ann"]
    assert "face_names" not in found.to_dict(private=False).get("description", {})


def test_structures_are_told_readably():
    """Places, edits and a lens's reach come as what people would write."""
    event = "<rdf:li s:action='saved' s:softwareAgent='Editor 1' s:when='2020-02-03T04:05:06Z'/>"
    packet = b.rdf(
        f"<m:History xmlns:s='http://s/'><rdf:Seq>{event}</rdf:Seq></m:History>"
        "<e:LocationShown><rdf:Bag><rdf:li rdf:parseType='Resource'><e:City>Oslo</e:City></rdf:li></rdf:Bag>"
        "</e:LocationShown>",
        prefixes='xmlns:m="http://ns.adobe.com/xap/1.0/mm/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    )
    found = read((), [(0xA432, b.RATIONAL, ((24, 1), (70, 1), (28, 10), (28, 10)))], xmp=packet)
    assert found.get("edit_history") == ["saved, Editor 1, 2020-02-03T04:05:06Z"]
    assert found.get("location_shown") == {"City": "Oslo"}
    assert found.get("lens_specification") == "24-70mm f/2.8"
