"""Generators other than ComfyUI: settings as text and as JSON, labels, names, and photographs that have none."""

import json

import pytest

from image_processing import metadata
from image_processing.metadata import generators
from image_processing.metadata.provenance import assess
from image_processing.source import BytesSource
from tests.image_processing import builders as b

CAMERA = {"make": "Nikon", "model": "D750", "exposure_time": 0.01}
UUID = "01234567-89ab-4cde-8f01-23456789abcd"
SIGNATURE = "Signature: " + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX" * 4
WEB = "Stable Diffusion web UI"
SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 48x32, Model hash: abc, Model: dream_8"
INFOTEXT = f"a red fox\nNegative prompt: blurry\n{SETTINGS}"
CIVITAI = (
    'Created Date: 2024-01-01T00:00:00Z, Civitai resources: [{"type":"lora","modelName":"Style"},'
    '{"type":"checkpoint","modelVersionId":1,"modelName":"Example XL","modelVersionName":"v1, final"}], '
    "Civitai metadata: {}"
)


@pytest.mark.parametrize(
    "tags",
    [
        {"PNG": {"parameters": INFOTEXT}},
        {"PNG": {"Comment": INFOTEXT}},
        {"Exif": {"UserComment": INFOTEXT}},
        {"Exif": {"ImageDescription": INFOTEXT}},
        {"File": {"Comment": INFOTEXT}},
        {"GIF": {"Comment": INFOTEXT}},
        {"XMP-dc": {"description": {"x-default": INFOTEXT}}},
        {"XMP-exif": {"UserComment": {"x-default": INFOTEXT}}},
        {"XMP-dc": {"description": {"x-default": INFOTEXT.replace("\n", " ")}}},  # XML folds line ends
    ],
)
def test_infotext_is_read_wherever_it_stands(tags):
    """PNG text, Exif, JPEG and GIF comments and XMP hold the same text."""
    found = generators.find(tags)

    assert (found.generator, found.prompt, found.negative_prompt) == (WEB, "a red fox", "blurry")
    assert found.model == "dream_8"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SETTINGS, (WEB, None, None, "dream_8")),
        (f"a red fox\n{SETTINGS}", (WEB, "a red fox", None, "dream_8")),
        (f"a red fox\nNegative prompt: a,\nb\n{SETTINGS}", (WEB, "a red fox", "a,\nb", "dream_8")),
        (f"one\n\ntwo\nNegative prompt:\n{SETTINGS}", (WEB, "one\n\ntwo", None, "dream_8")),
        ("a fox\nNegative prompt: blurry", (WEB, "a fox", "blurry", None)),
        (f"Steps: 39, steps of stone\n{SETTINGS}", (WEB, "Steps: 39, steps of stone", None, "dream_8")),
        (f"a stair\nSteps: 39, Size: huge\n{SETTINGS}", (WEB, "a stair\nSteps: 39, Size: huge", None, "dream_8")),
        (f"a fox\n{SETTINGS}\nTemplate: a {{fox|owl}}\nNegative Template: x", (WEB, "a fox", None, "dream_8")),
        ("a fox\nSteps: 20, Clip skip: 2, Sampler: Euler, Model: dream_8", (WEB, "a fox", None, "dream_8")),
        (
            f"a sign: Negative prompt: x\nNegative prompt: blurry\n{SETTINGS}",
            (WEB, "a sign: Negative prompt: x", "blurry", "dream_8"),
        ),
        (
            'a fox\nSteps: 20, Sampler: Euler, Seed: 5, Lora hashes: "Model: one, b: 2", Model: dream, RNG: CPU',
            (WEB, "a fox", None, "dream"),
        ),
        (
            'a fox\nSteps: 20, Sampler: Euler, Seed: 5, Model: "dream: big, \\"new\\"", Version: f2.0.1v1.10.1',
            (WEB, "a fox", None, 'dream: big, "new"'),
        ),
        (f"a fox\n{SETTINGS}, Version: Fooocus v2.5.5", ("Fooocus", "a fox", None, "dream_8")),
        (f"a fox\n{SETTINGS}, Version: ComfyUI", ("ComfyUI", "a fox", None, "dream_8")),
        (f"a fox\n{SETTINGS}, App: SD.Next, Version: 9", ("SD.Next", "a fox", None, "dream_8")),
        (f"a fox\nSteps: 20, Sampler: Euler, Seed: 5, {CIVITAI}", ("Civitai", "a fox", None, "Example XL")),
    ],
)
def test_infotext_is_parted_where_its_writer_parted_it(value, expected):
    """Lines, quotes, and words of the prompt that look like settings do not mislead."""
    found = generators.find({"PNG": {"parameters": value}})

    assert (found.generator, found.prompt, found.negative_prompt, found.model) == expected


NOVELAI = {
    "prompt": "a fox",
    "uc": "lowres",
    "v4_prompt": {
        "caption": {
            "base_caption": "a fox",
            "char_captions": [{"char_caption": "an owl", "centers": [{"x": 0.5}]}],
        }
    },
    "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": [{"char_caption": ""}]}},
}
RUINED = {"Prompt": "owl", "Negative": "bad", "base_model_name": "xl.safetensors", "software": "RuinedFooocus"}
FOOOCUS = {
    "prompt": "owl",
    "negative_prompt": "bad",
    "base_model": "xl",
    "version": "Fooocus v2.5.5",
    "styles": "[]",
}
SWARM = {"sui_image_params": {"prompt": "owl", "negativeprompt": "bad", "model": "xl", "swarm_version": "0.9"}}
DRAWN = {"c": "owl", "uc": "bad", "model": "xl", "sampler": "Euler", "seed": 1, "size": "64x64", "v2": {}}
MOCHI = "Include in Image: owl; Exclude from Image: bad; Model: xl; Steps: 50; Generator: Mochi Diffusion 2.2"
EASY = {"prompt": "owl", "negative_prompt": "bad", "use_stable_diffusion_model": "xl", "num_inference_steps": 25}
EASY_2 = {"Prompt": "owl", "Negative Prompt": "bad", "Stable Diffusion model": "xl"}
ASKED = {"prompt": "owl", "negativePrompt": "bad", "steps": 20, "resources": []}
LOADER = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl"}}
CIVITAI_GRAPH = {"resource": LOADER, "extra": {"airs": []}, "extraMetadata": json.dumps(ASKED)}


@pytest.mark.parametrize(
    ("tags", "generator", "model"),
    [
        ({"PNG": {"parameters": json.dumps(RUINED)}}, "RuinedFooocus", "xl.safetensors"),
        ({"PNG": {"parameters": json.dumps(json.dumps(RUINED))}}, "RuinedFooocus", "xl.safetensors"),
        ({"Exif": {"UserComment": json.dumps(RUINED)}}, "RuinedFooocus", "xl.safetensors"),
        ({"PNG": {"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}}, "Fooocus", "xl"),
        ({"Exif": {"UserComment": json.dumps(FOOOCUS), "Software": "Fooocus v2.5.5"}}, "Fooocus", "xl"),
        ({"PNG": {"Comment": json.dumps(FOOOCUS | {"software": "Fooocus 1.0 MRE"})}}, "Fooocus", "xl"),
        ({"File": {"Comment": json.dumps(FOOOCUS)}}, "Fooocus", "xl"),
        ({"PNG": {"parameters": json.dumps(SWARM)}}, "SwarmUI", "xl"),
        ({"Exif": {"UserComment": json.dumps(SWARM)}}, "SwarmUI", "xl"),
        ({"XMP-exif": {"UserComment": {"x-default": json.dumps(DRAWN)}}}, "Draw Things", "xl"),
        ({"Exif": {"UserComment": json.dumps(DRAWN)}}, "Draw Things", "xl"),
        (
            {
                "XMP-xmp": {"CreatorTool": "Draw Things"},
                "XMP-dc": {
                    "description": "owl\n-bad\nSteps: 8, Sampler: Euler, Guidance Scale: 1, Seed: 1, Model: xl"
                },
            },
            "Draw Things",
            "xl",
        ),
        (
            {"IPTC": {"Caption-Abstract": MOCHI}},
            "Mochi Diffusion",
            "xl",
        ),
        ({"PNG": EASY | {"num_inference_steps": "25"}}, "Easy Diffusion", "xl"),
        ({"PNG": EASY_2}, "Easy Diffusion", "xl"),
        ({"Exif": {"UserComment": json.dumps(EASY)}}, "Easy Diffusion", "xl"),
        ({"Exif": {"UserComment": json.dumps(CIVITAI_GRAPH)}}, "ComfyUI", "xl"),
        ({"PNG": {"Dream": '"owl[bad]" -s 50 -S 1 -W 512 -A k_lms'}}, "InvokeAI", None),
        ({"PNG": {"sd-metadata": json.dumps({"image": {"prompt": "owl [bad]"}})}}, "InvokeAI", None),
    ],
)
def test_settings_of_programs_are_read(tags, generator, model):
    """Each program's own keys name the prompts and the model, in PNG, Exif, comments and XMP."""
    found = generators.find(tags)

    assert (found.generator, found.prompt, found.negative_prompt, found.model) == (generator, "owl", "bad", model)


@pytest.mark.parametrize(
    "tags",
    [
        {"PNG": {"Software": "NovelAI", "Source": "V4", "Description": "a fox", "Comment": json.dumps(NOVELAI)}},
        {
            "Exif": {
                "UserComment": json.dumps({"Software": "NovelAI", "Source": "V4", "Comment": json.dumps(NOVELAI)})
            }
        },
    ],
)
def test_characters_of_novelai_belong_to_the_prompt(tags):
    """Version 4 keeps the prompt of each character beside the base; WebP files keep all in Exif."""
    found = generators.find(tags)

    assert (found.generator, found.prompt, found.negative_prompt, found.model) == (
        *("NovelAI", "a fox\nan owl"),
        *("lowres", "V4"),
    )


AIGC = {"Label": "1", "ContentProducer": "doubao", "ProduceID": "1"}


@pytest.mark.parametrize(
    ("tags", "generator"),
    [
        ({"Exif": {"ImageDescription": SIGNATURE, "Artist": UUID}}, "Grok"),
        ({"Exif": {"Make": "Ideogram AI"}}, "Ideogram AI"),
        ({"Exif": {"Software": "Ideogram AI"}}, "Ideogram AI"),
        ({"PNG": {"Software": "Ideogram AI"}}, "Ideogram AI"),
        ({"Exif": {"ImageDescription": "Generated by Ideogram AI"}}, "Ideogram AI"),
        ({"Exif": {"Software": "Leonardo.Ai"}}, "Leonardo.Ai"),
        ({"XMP-xmp": {"CreatorTool": "Recraft"}}, "Recraft"),
        ({"XMP-photoshop": {"Credit": "Imagined with AI"}}, "Imagined with AI"),
        ({"IPTC": {"Credit": "Made with Google AI"}}, "Made with Google AI"),
        ({"PNG": {"Software": "Apple Image Playground"}}, "Apple Image Playground"),
        ({"XMP-Iptc4xmpExt": {"AISystemUsed": "Example Model 2"}}, "Example Model 2"),
        ({"PNG": {"AIGC": json.dumps(AIGC)}}, "doubao"),
        ({"XMP-TC260": {"AIGC": json.dumps(AIGC)}}, "doubao"),
        ({"XMP-TC260": {"AIGC": AIGC}}, "doubao"),
        ({"Exif": {"UserComment": json.dumps({"AIGC": AIGC})}}, "doubao"),
        ({"Exif": {"ImageDescription": json.dumps({"AIGC": json.dumps(AIGC)})}}, "doubao"),
        ({"Exif": {"UserComment": "AIGC" + json.dumps(AIGC | {"Label": 1})}}, "doubao"),
        ({"Exif": {"ImageDescription": json.dumps({"ServiceProvider": "Example", "Time": "1"})}}, "Example"),
        ({"PNG": {"Description": "a fox --ar 3:2 --v 6.1"}}, "Midjourney"),
    ],
)
def test_labels_and_names_tell_a_generated_image(tags, generator):
    """Marks that say only that an image is generated make it so."""
    found = assess({}, tags, [])

    assert (found.verdict, found.generator) == ("ai_generated", generator)


def test_black_forest_labs_writes_its_model_and_prompt():
    """Its program signs in Make and keeps the model and the prompt in two other tags of Exif."""
    exif = {"Software": "AI generated;txt2img;flux", "Make": "Black Forest Labs", "Model": "flux-dev"}

    found = generators.find({"Exif": exif | {"ImageDescription": "an owl"}})

    assert (found.generator, found.prompt, found.model) == ("Black Forest Labs", "an owl", "flux-dev")


def test_midjourney_names_what_to_avoid():
    """The flag --no names what the image must not have; other flags belong to neither prompt."""
    asked = "a fox, in snow --no text, people --ar 3:2 --v 6.1 Job ID: " + UUID

    found = generators.find({"PNG": {"Description": asked}})

    assert (found.generator, found.prompt, found.negative_prompt) == (
        "Midjourney",
        "a fox, in snow",
        "text, people",
    )


@pytest.mark.parametrize(
    "tags",
    [
        {"Exif": {"Artist": UUID}},
        {"Exif": {"ImageDescription": SIGNATURE}},
        {"Exif": {"ImageDescription": "Signature: yes", "Artist": UUID}},
        {"Exif": {"ImageDescription": SIGNATURE, "Artist": "Jo " + UUID}},
        {"Exif": {"Software": "Flux"}},
        {"Exif": {"Software": "Leonardo 3"}},
        {"Exif": {"Software": "Firefly"}},
        {"Exif": {"Software": "Recraftsman"}},
        {"Exif": {"Artist": "Stability AI Press"}},
        {"XMP-photoshop": {"Credit": "OpenAI"}},
        {"XMP-dc": {"description": "Steps: 39, Size: small, up to the tower"}},
        {"Exif": {"ImageDescription": "Steps: 12, Sampler: my mother's, Seed: oats"}},
        {"Exif": {"UserComment": "Steps: …"}},
        {"Exif": {"UserComment": "a stair\nNegative prompt: none"}},
        {"Exif": {"UserComment": '{"prompt": "a note", "model": "D750"}'}},
        {"Exif": {"UserComment": '{"c": 1, "uc": 2}'}},
        {"Exif": {"UserComment": '{"nodes": 5}'}},
        {"Exif": {"UserComment": json.dumps({"AIGC": AIGC | {"Label": "3"}})}},
        {"PNG": {"AIGC": '{"Label": "1"}'}},
        {"Exif": {"ImageDescription": "a dish --v 5"}},
        {"Exif": {"ImageDescription": "made in Midjourney, Germany"}},
        {"PNG": {"prompt": "enter your name"}},
    ],
)
def test_a_photograph_is_not_generated_by_a_chance_word(tags):
    """A camera's photograph stays one, whatever single word in it a generator also writes."""
    found = assess(CAMERA, tags, [])

    assert (found.verdict, found.generator, found.prompt) == ("captured", None, None)


def test_a_part_that_was_generated_makes_an_assisted_image():
    """A generator's name beside the source type of a composite says that it made a part."""
    values = CAMERA | {"digital_source_type": "compositeWithTrainedAlgorithmicMedia"}

    assert assess(values, {"XMP-xmp": {"CreatorTool": "Adobe Firefly"}}, []).verdict == "ai_assisted"


def test_the_label_of_china_is_read_from_xmp():
    """From the file to the record: the namespace tells, whatever its prefix."""
    value = json.dumps(AIGC).replace('"', "&quot;")
    packet = b.rdf(f"<x1:AIGC>{value}</x1:AIGC>", prefixes='xmlns:x1="http://www.tc260.org.cn/ns/AIGC/1.0/"')

    found = metadata.read(BytesSource(b.jpeg(b.xmp_segment(packet))))

    assert found.get("provenance") == "ai_generated"
    assert found.get("generator") == "doubao"
