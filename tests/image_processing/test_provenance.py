"""Where an image comes from: what generators, C2PA manifests, IPTC and cameras say, and what is made of it."""

import json
import struct

import pytest

from image_processing.metadata import c2pa, cbor, certificate, generators, jumbf
from image_processing.metadata.provenance import assess

CAMERA = {"make": "Nikon", "model": "D750", "exposure_time": 0.01}


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


SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
INFOTEXT = (
    "a red fox, in snow\nNegative prompt: blurry, low quality\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: abc, Model: dreamshaper_8"
)
GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"positive": ["6", 0], "negative": ["7", 0], "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly", "clip": ["4", 1]}},
    "9": {"class_type": "PrimitiveString", "inputs": {"value": "a lighthouse"}},
}


def test_nothing_known_is_unknown():
    """Without any evidence the answer is "unknown", and no claim is made."""
    found = assess({}, {}, [])

    assert found.verdict == "unknown"
    assert found.evidence == ()
    assert found.c2pa_status is None


def test_camera_settings_speak_for_a_capture():
    """A make and model with exposure settings is a capture, and the evidence names the camera."""
    found = assess(CAMERA, {}, [])

    assert found.verdict == "captured"
    assert found.evidence[0].detail == "Nikon D750"


def test_make_and_model_alone_are_no_capture():
    """A scanner or editor writes a make too: without exposure settings it proves nothing."""
    assert assess({"make": "Epson", "model": "V600"}, {}, []).verdict == "unknown"


def test_an_editor_outweighs_the_camera():
    """A photograph that went through an editor is "edited", with both as evidence."""
    found = assess({**CAMERA, "software": "Adobe Photoshop 25.0"}, {}, [])

    assert found.verdict == "edited"
    assert {item.verdict for item in found.evidence} == {"captured", "edited"}


@pytest.mark.parametrize(
    ("source_type", "verdict"),
    [
        ("digitalCapture", "captured"),
        ("humanEdits", "edited"),
        ("compositeWithTrainedAlgorithmicMedia", "ai_assisted"),
        ("trainedAlgorithmicMedia", "ai_generated"),
        ("algorithmicMedia", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_iptc_digital_source_type_is_believed(source_type, verdict):
    """IPTC's digital source type decides, whether written as an address or as a bare code."""
    assert assess({"digital_source_type": SOURCE + source_type}, {}, []).verdict == verdict
    assert assess({"digital_source_type": source_type}, {}, []).verdict == verdict


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            {"PNG": {"parameters": INFOTEXT}},
            ("Stable Diffusion web UI", "a red fox, in snow", "blurry, low quality", "dreamshaper_8"),
        ),
        (
            {"Exif": {"UserComment": INFOTEXT + ", Version: Fooocus v2.5"}},
            ("Fooocus", "a red fox, in snow", "blurry, low quality", "dreamshaper_8"),
        ),
        (
            {"PNG": {"parameters": json.dumps({"prompt": "owl", "base_model": "jug", "version": "Fooocus v2"})}},
            ("Fooocus", "owl", None, "jug"),
        ),
        (
            {"PNG": {"parameters": json.dumps({"sui_image_params": {"prompt": "owl", "model": "xl"}})}},
            ("SwarmUI", "owl", None, "xl"),
        ),
        (
            {"PNG": {"invokeai_metadata": json.dumps({"positive_prompt": "owl", "model": {"name": "sdxl"}})}},
            ("InvokeAI", "owl", None, "sdxl"),
        ),
        (
            {
                "PNG": {
                    "sd-metadata": json.dumps({"image": {"prompt": [{"prompt": "owl"}]}, "model_weights": "sd"})
                }
            },
            ("InvokeAI", "owl", None, "sd"),
        ),
        ({"PNG": {"Dream": '"an owl" -s 50 -W 512'}}, ("InvokeAI", "an owl", None, None)),
        (
            {
                "PNG": {
                    "Software": "NovelAI",
                    "Source": "SD XL",
                    "Comment": json.dumps({"prompt": "owl", "uc": "bad"}),
                }
            },
            ("NovelAI", "owl", "bad", "SD XL"),
        ),
        ({"PNG": {"prompt": json.dumps(GRAPH)}}, ("ComfyUI", "a lighthouse", "ugly", "sd_xl.safetensors")),
        (
            {"Exif": {"Model": "prompt:" + json.dumps(GRAPH)}},
            ("ComfyUI", "a lighthouse", "ugly", "sd_xl.safetensors"),
        ),
        ({"PNG": {"workflow": json.dumps({"nodes": []})}}, ("ComfyUI", None, None, None)),
        (
            {"PNG": {"Description": "owl --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"}},
            ("Midjourney", "owl", None, None),
        ),
        ({"XMP-xmp": {"CreatorTool": "Adobe Firefly"}}, ("Adobe Firefly", None, None, None)),
        ({"XMP-photoshop": {"Credit": "Made with Google AI"}}, ("Made with Google AI", None, None, None)),
    ],
)
def test_what_generators_write_is_read(tags, expected):
    """Every known writer's prompt, negative prompt and model are found, and the image is AI-generated."""
    found = assess({}, tags, [])

    assert found.verdict == "ai_generated"
    assert (found.generator, found.prompt, found.negative_prompt, found.model) == expected


@pytest.mark.parametrize(
    "tags",
    [
        {"PNG": {"parameters": "Steps: none at all"}},
        {"PNG": {"prompt": "[" * 100_000}},
        {"PNG": {"prompt": '{"a": ' * 5_000}},
        {"PNG": {"prompt": json.dumps({"1": {"class_type": 5, "inputs": []}, "2": 7})}},
        {"Exif": {"UserComment": (1, 2), "Model": None}},
        {"XMP-dc": {"description": {"x-default": "a caption that tells of Midjourney"}}},
    ],
)
def test_what_only_resembles_a_generator_is_not_believed(tags):
    """Broken JSON, deep nesting, wrong types and mere mentions yield no prompt and no crash."""
    found = assess({}, tags, [])

    assert found.prompt is None
    assert found.generator in (None, "ComfyUI")


@pytest.mark.parametrize("artist", ["Marco Dalle Vacche", "Ideogram Studio", "Midj Ourney", "A. Firefly"])
def test_a_name_that_resembles_a_generator_is_a_name(artist):
    """People whose names look like a generator's keep their photographs."""
    assert assess(CAMERA, {"Exif": {"Artist": artist}}, []).verdict == "captured"


@pytest.mark.parametrize("software", ["Canvas 4", "Acorns", "Megimpact"])
def test_software_that_resembles_an_editor_is_none(software):
    """Names of editors count as whole words."""
    assert assess({**CAMERA, "software": software}, {}, []).verdict == "captured"


def test_a_graph_that_loops_ends():
    """A ComfyUI graph whose nodes point at each other is given up, not followed for ever."""
    graph = {n: {"class_type": "X", "inputs": {"positive": [m, 0]}} for n, m in (("1", "2"), ("2", "1"))}

    found = generators.find({"PNG": {"prompt": json.dumps(graph)}})

    assert found is not None
    assert found.prompt is None


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
