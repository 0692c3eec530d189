"""Whole files of generators, byte by byte, from the container to the record."""

import html
import json

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

INFOTEXT = (
    "猫と山, best quality\nNegative prompt: lowres,\nblurry\n"
    "Steps: 20, Sampler: Euler a, Seed: 5, Size: 48x32, Model: example"
)
EXPECTED = ("ai_generated", "猫と山, best quality", "lowres,\nblurry", "example")
DRAWN = {
    "c": 'a fox\n"quoted"',
    "uc": "bad",
    "model": "xl.ckpt",
    "sampler": "Euler",
    "seed": 1,
    "steps": 8,
    "v2": {},
}
SWARM = {"sui_image_params": {"prompt": "a fox", "negativeprompt": "bad", "model": "xl"}, "sui_extra_data": {}}
CIVITAI = {
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "rewritten words"}},
    "resource": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "urn:air:sdxl:checkpoint:1@2"}},
    "extra": {"airs": ["urn:air:sdxl:checkpoint:1@2"]},
    "extraMetadata": json.dumps({"prompt": "un renard émeraude", "negativePrompt": "bad", "steps": 20}),
}


def told(data):
    """Read a file: verdict, prompt, negative prompt, model."""
    found = metadata.read(BytesSource(data))
    return tuple(found.get(name) for name in ("provenance", "prompt", "negative_prompt", "generator_model"))


def comment(text):
    """Write a Exif block with a UserComment in UTF-16, big-endian as the block."""
    return b.tiff(exif=[(0x9286, b.UNDEFINED, b"UNICODE\0" + text.encode("utf-16-be"))], order=">")


def described(text):
    """Write XMP with a description in a language."""
    item = f'<rdf:Alt><rdf:li xml:lang="x-default">{html.escape(text)}</rdf:li></rdf:Alt>'
    return b.rdf(f"<dc:description>{item}</dc:description>")


FILES = {
    "PNG iTXt": b.png(b.chunk(b"iTXt", b"parameters\0\0\0\0\0" + INFOTEXT.encode())),
    "PNG after the pixels": b.png(after=[b.chunk(b"iTXt", b"parameters\0\0\0\0\0" + INFOTEXT.encode())]),
    "JPEG Exif": b.jpeg(b.exif_segment(comment(INFOTEXT))),
    "WebP Exif": b.webp(b.vp8x(8), b.VP8, (b"EXIF", comment(INFOTEXT))),
    "JPEG comment": b.jpeg(b.segment(0xFE, INFOTEXT.encode())),
    "JPEG XMP": b.jpeg(b.xmp_segment(described(INFOTEXT))),
    "WebP XMP": b.webp(b.vp8x(4), b.VP8, (b"XMP ", described(INFOTEXT))),
    "GIF comment": b.gif(b"\x21\xfe" + bytes([len(INFOTEXT.encode())]) + INFOTEXT.encode() + b"\0", b.GIF_FRAME),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_infotext_is_read_from_any_file(data):
    """Prompts with letters of any script and with line ends come out of every container."""
    assert told(data) == EXPECTED


def test_infotext_in_an_attribute_of_xmp_has_lost_its_line_ends():
    """XML makes blanks of the line ends in an attribute: the labels part the text all the same."""
    packet = b.rdf(attributes=f'exif:UserComment="{html.escape(INFOTEXT)}"')

    assert told(b.jpeg(b.xmp_segment(packet))) == (*EXPECTED[:2], "lowres, blurry", "example")


@pytest.mark.parametrize("attribute", [False, True])
def test_draw_things_writes_json_into_xmp(attribute):
    """Draw Things keeps its settings as JSON in exif:UserComment, an alternative of languages or an attribute."""
    value, tool = html.escape(json.dumps(DRAWN)), 'xmp:CreatorTool="Draw Things"'
    item = f'<rdf:Alt><rdf:li xml:lang="x-default">{value}</rdf:li></rdf:Alt>'
    packet = (
        b.rdf(attributes=f'{tool} exif:UserComment="{value}"')
        if attribute
        else b.rdf(f"<exif:UserComment>{item}</exif:UserComment>", tool)
    )

    data = b.png(b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))

    assert told(data) == ("ai_generated", 'a fox\n"quoted"', "bad", "xl.ckpt")


def test_swarmui_writes_json_into_exif():
    """SwarmUI's JPEG files keep its JSON in the comment of Exif."""
    assert told(b.jpeg(b.exif_segment(comment(json.dumps(SWARM))))) == ("ai_generated", "a fox", "bad", "xl")


def test_civitai_writes_the_request_beside_its_graph():
    """The request counts, not the graph that Civitai made of it."""
    found = told(b.jpeg(b.exif_segment(comment(json.dumps(CIVITAI, ensure_ascii=False)))))

    assert found == ("ai_generated", "un renard émeraude", "bad", "urn:air:sdxl:checkpoint:1@2")


def test_fooocus_signs_its_jpeg_files_in_exif():
    """Fooocus writes its scheme into the maker note and its name into Software."""
    settings = json.dumps({"prompt": "a fox", "negative_prompt": "", "base_model": "xl", "styles": "[]"})
    exif = b.tiff(
        [(0x0131, b.ASCII, "Fooocus v2.5.5")],
        [(0x927C, b.ASCII, "fooocus"), (0x9286, b.ASCII, settings)],
    )

    assert told(b.jpeg(b.exif_segment(exif))) == ("ai_generated", "a fox", None, "xl")


def test_grok_signs_its_jpeg_files():
    """Grok's two tags of Exif are its mark."""
    artist, signature = "01234567-89ab-4cde-8f01-23456789abcd", "Signature: " + "QUJD" * 40
    exif = b.tiff([(0x010E, b.ASCII, signature), (0x013B, b.ASCII, artist)])
    found = metadata.read(BytesSource(b.jpeg(b.exif_segment(exif))))

    assert found.get("provenance") == "ai_generated"
    assert found.get("generator") == "Grok"
    assert found.origins["provenance"] == "derived:Exif:ImageDescription"


def test_a_photograph_with_a_chance_word_is_captured():
    """A camera's file whose caption begins as settings do, by an artist with a UUID, is a photograph."""
    exif = b.tiff(
        [
            (0x010E, b.ASCII, "Steps: 39, Sampler of cakes"),
            (0x010F, b.ASCII, "Nikon"),
            (0x0110, b.ASCII, "D750"),
            (0x0131, b.ASCII, "Flux"),
            (0x013B, b.ASCII, "01234567-89ab-4cde-8f01-23456789abcd"),
        ],
        [(0x829A, b.RATIONAL, (1, 100))],
    )

    assert told(b.jpeg(b.exif_segment(exif))) == ("captured", None, None, None)
