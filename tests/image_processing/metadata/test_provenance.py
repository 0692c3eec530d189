"""Where an image comes from: what generators, IPTC and cameras say, and what is made of it."""

import io
import json

import pytest
from PIL import PngImagePlugin

from image_processing import metadata
from image_processing.metadata import generators
from image_processing.metadata.provenance import assess
from image_processing.source import BytesSource
from tests import samples

CAMERA = {"make": "Nikon", "model": "D750", "exposure_time": 0.01}


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
        ("computationalCapture", "captured"),
        ("negativeFilm", "captured"),
        ("positiveFilm", "captured"),
        ("print", "captured"),
        ("humanEdits", "edited"),
        ("minorHumanEdits", "edited"),
        ("algorithmicallyEnhanced", "edited"),
        ("composite", "edited"),
        ("compositeCapture", "edited"),
        ("compositeSynthetic", "ai_assisted"),
        ("compositeWithTrainedAlgorithmicMedia", "ai_assisted"),
        ("trainedAlgorithmicMedia", "ai_generated"),
        ("algorithmicMedia", "unknown"),
        ("dataDrivenMedia", "unknown"),
        ("digitalCreation", "unknown"),
        ("digitalArt", "unknown"),
        ("softwareImage", "unknown"),
        ("screenCapture", "unknown"),
        ("virtualRecording", "unknown"),
        ("nonsense", "unknown"),
    ],
)
@pytest.mark.parametrize(
    "form", [SOURCE + "{}", SOURCE.replace("http", "https") + "{}/", "{}", "digsrctype:{}", " {} "]
)
def test_iptc_digital_source_type_is_believed(source_type, verdict, form):
    """IPTC's digital source type decides, written as an address, as a code of NewsCodes or as a bare word."""
    assert assess({"digital_source_type": form.format(source_type)}, {}, []).verdict == verdict


@pytest.mark.parametrize(
    "name", ["TrainedAlgorithmicMedia", "https://schema.org/TrainedAlgorithmicMediaDigitalSource"]
)
def test_other_spellings_of_a_source_type_are_known(name):
    """The case does not matter, and schema.org's own names are the same terms."""
    assert assess({"digital_source_type": name}, {}, []).verdict == "ai_generated"


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


@pytest.mark.parametrize(
    "tags",
    [
        {"Exif": {"Software": "ChatGPT Caption Writer"}},
        {"XMP-xmp": {"CreatorTool": "Adobe Firefly"}},
        {"XMP-photoshop": {"Credit": "Jo Example / Midjourney"}},
        {"XMP-Iptc4xmpExt": {"AISystemUsed": "Example Model 2"}},
    ],
)
def test_a_name_alone_does_not_make_a_photograph_generated(tags):
    """A camera took the image: a generator that left its name only had a part in it."""
    assert assess(CAMERA, tags, []).verdict == "ai_assisted"
    assert assess({}, tags, []).verdict == "ai_generated"


def test_a_generator_in_place_of_a_camera_is_no_camera():
    """Where a generator writes its name as the maker, that is no evidence of a capture."""
    found = assess(CAMERA | {"make": "Ideogram AI"}, {"Exif": {"Make": "Ideogram AI"}}, [])

    assert {item.verdict for item in found.evidence} == {"ai_generated"}


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


def test_the_record_tells_prompt_and_verdict():
    """From a PNG of a web UI the record has the verdict, the prompt and where that came from."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt("parameters", INFOTEXT)
    out = io.BytesIO()
    samples.picture().save(out, "PNG", pnginfo=text)

    found = metadata.read(BytesSource(out.getvalue()))

    assert found.get("provenance") == "ai_generated"
    assert found.get("prompt") == "a red fox, in snow"
    assert found.get("generator_model") == "dreamshaper_8"
    assert found.origins["provenance"] == "derived:PNG:parameters"
