"""C2PA manifests and what they are made of: JUMBF boxes, CBOR, certificates; built here, read, broken."""

import struct
import zlib

import pytest

from image_processing import metadata
from image_processing.metadata import c2pa, cbor, certificate, jumbf
from image_processing.metadata.provenance import assess
from image_processing.source import BytesSource
from tests import samples
from tests.image_processing.manifests import SOURCE, box, encoded, manifest, store, superbox, x509

CAMERA = {"make": "Nikon", "model": "D750", "exposure_time": 0.01}


def test_a_manifest_is_read_as_a_whole():
    """Claim generator, actions, ingredients, source type and the signer's name come out, said to be unverified."""
    block = store(
        manifest(
            "urn:1",
            [
                {"action": "c2pa.opened"},
                {"action": "c2pa.cropped", "softwareAgent": {"name": "Tool", "version": "2"}},
            ],
            [{"dc:title": "before.jpg", "relationship": "parentOf"}],
        )
    )

    found = assess(CAMERA, {}, [block])

    assert found.verdict == "edited"
    assert found.c2pa_generator == "Camera/1.0"
    assert found.c2pa_actions == ("c2pa.opened", "c2pa.cropped")
    assert found.c2pa_ingredients == ("before.jpg",)
    assert found.c2pa_signer == "Signer (Maker Ltd)"
    assert found.c2pa_status == "structure read, signature not verified"
    assert "c2pa.cropped, Tool 2" in [item.detail for item in found.evidence]


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ({"action": "c2pa.created", "digitalSourceType": SOURCE + "trainedAlgorithmicMedia"}, "ai_generated"),
        ({"action": "c2pa.created", "softwareAgent": "DALL·E"}, "ai_generated"),
        ({"action": "c2pa.edited", "digitalSourceType": SOURCE + "trainedAlgorithmicMedia"}, "ai_assisted"),
        ({"action": "c2pa.edited", "softwareAgent": "Adobe Firefly"}, "ai_assisted"),
        ({"action": "c2pa.created", "digitalSourceType": SOURCE + "digitalCapture"}, "captured"),
        ({"action": "c2pa.color_adjustments"}, "edited"),
        ({"action": "c2pa.published"}, "unknown"),
    ],
)
def test_actions_of_a_manifest_decide(action, verdict):
    """What was created by AI is AI-generated; what AI changed is AI-assisted; a mere publication says nothing."""
    assert assess({}, {}, [store(manifest("urn:1", [action]))]).verdict == verdict


@pytest.mark.parametrize(
    ("relationship", "verdict"), [("parentOf", "ai_generated"), ("componentOf", "ai_assisted")]
)
def test_ingredients_hand_down_their_origin(relationship, verdict):
    """An edited AI image stays AI-generated; an AI image placed into another makes that one AI-assisted."""
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE + "trainedAlgorithmicMedia"}
    ingredient = {"relationship": relationship, "c2pa_manifest": {"url": "self#jumbf=/c2pa/urn:1"}}
    block = store(
        manifest("urn:1", [created]), manifest("urn:2", [{"action": "c2pa.placed"}], [ingredient], "Editor/3")
    )

    found = assess({}, {}, [block])

    assert found.verdict == verdict
    assert found.c2pa_generator == "Editor/3"


def test_every_cut_of_a_manifest_is_survived():
    """A store that ends anywhere, or with any byte changed, gives less, and never raises."""
    block = store(manifest("urn:1", [{"action": "c2pa.created"}], [{"dc:title": "a"}]))

    for end in range(len(block)):
        c2pa.read([block[:end]])
        c2pa.read([block[:end] + b"\xff" + block[end + 1 :]])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x9f" * 100,
        b"\x81" * 100,
        b"\xc1" * 100,
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\x1c",
        b"\x5f\x01\xff",
        b"\x1f",
    ],
)
def test_hostile_cbor_is_refused(data):
    """Endless nesting, absurd counts and lengths, reserved codes: refused at once, without the memory they ask."""
    with pytest.raises(cbor.MalformedError):
        cbor.decode(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("1903e8", 1000),
        ("3863", -100),
        ("f93e00", 1.5),
        ("f97e00", None),
        ("fb7ff0000000000000", None),
        ("f5", True),
        ("f6", None),
        ("c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z"),
        ("5f42010243030405ff", b"\1\2\3\4\5"),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f0102ff", [1, 2]),
        ("bf6161019f02ff03ff", {"a": 1, "[2]": 3}),
        ("a201020304", {1: 2, 3: 4}),
    ],
)
def test_cbor_is_decoded_as_the_standard_says(data, value):
    """Examples of RFC 8949, Appendix A, and what has no place in JSON (NaN, infinities) as None."""
    assert cbor.decode(bytes.fromhex(data)) == value


def test_one_budget_bounds_all_that_a_file_holds():
    """Many assertions, each within bounds, are not read without end."""
    listed = encoded({"actions": [{"action": "c2pa.edited"}] * 3000})
    assertions = [superbox(b"cbor", f"c2pa.actions__{n}", box(b"cbor", listed)) for n in range(40)]
    block = superbox(
        b"c2pa", "c2pa", superbox(b"c2ma", "urn:x", superbox(b"c2as", "c2pa.assertions", *assertions))
    )
    budget = cbor.Budget()

    assert len(c2pa.read([block])[0].actions) == c2pa.MAX_ACTIONS
    cbor.decode(listed, budget)
    cbor.decode(listed, budget)
    with pytest.raises(cbor.MalformedError):
        cbor.decode(listed, budget)


def test_nested_boxes_have_a_floor():
    """Superboxes within superboxes are followed to a depth, not to the end."""
    block = b""
    for _ in range(50):
        block = superbox(b"test", "x", block)

    depth, found = 0, jumbf.read(block)
    while found:
        depth, found = depth + 1, found[0].children

    assert depth == jumbf.MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"cn": "A", "o": "B"}, "A (B)"), ({"cn": "A", "o": "A"}, "A"), ({"o": "B"}, "B"), ({}, None)],
)
def test_a_certificate_names_its_subject(fields, expected):
    """The subject is named, by common name and organisation, never the issuer."""
    assert certificate.subject(x509(**fields)) == expected


@pytest.mark.parametrize("container", ["jpeg", "png"])
def test_the_record_tells_the_manifest(container):
    """A C2PA store is found in JPEG's APP11, in several packets, and in PNG's caBX."""
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE + "trainedAlgorithmicMedia"}
    block = store(manifest("urn:1", [created], generator="Camera/" + "9" * 500))
    if container == "jpeg":
        image, half = samples.jpeg(), len(block) // 2
        packets = [block[:half], block[:8] + block[half:]]  # each repeats the box's length and type
        bodies = [b"JP\0\1" + struct.pack(">I", number) + part for number, part in enumerate(packets, 1)]
        segments = b"".join(b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body for body in bodies)
        data = image[:2] + segments + image[2:]
    else:
        image = samples.png()
        chunk = struct.pack(">I", len(block)) + b"caBX" + block + struct.pack(">I", zlib.crc32(b"caBX" + block))
        data = image[:33] + chunk + image[33:]

    found = metadata.read(BytesSource(data))

    assert found.get("provenance") == "ai_generated"
    assert found.get("c2pa_signer") == "Signer (Maker Ltd)"
    assert found.get("c2pa_source_types") == ["trainedAlgorithmicMedia"]
    assert found.get("c2pa_status") == "structure read, signature not verified"
