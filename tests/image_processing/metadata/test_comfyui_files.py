"""ComfyUI's graphs in files: the editor's workflow, the places where graphs stand, and bounds on hostile ones."""

import json
import time

import pytest

from image_processing import metadata
from image_processing.metadata import generators
from image_processing.metadata.budget import Budget
from image_processing.metadata.generators.comfyui import texts
from image_processing.metadata.generators.comfyui.graph import Graph
from image_processing.source import BytesSource
from tests.image_processing import builders as b
from tests.image_processing.metadata.comfyui import FOX, PLAIN, TEXT, encode, node, read, sampler, whole


def editor(nodes, links, **extra):
    """Write a workflow as the editor keeps it: links are (number, from, slot, to, slot, type)."""
    return {"nodes": nodes, "links": [list(link) for link in links], "version": 0.4, **extra}


def drawn(number, kind, inputs=(), widgets=(), mode=0):
    """Write a node of the editor: inputs are (name, type, link)."""
    return {
        "id": number,
        "type": kind,
        "mode": mode,
        "inputs": [{"name": name, "type": kind_, "link": link} for name, kind_, link in inputs],
        "widgets_values": list(widgets),
    }


def workflow(*, positive_mode=0, lora_mode=0):
    """Write a workflow with both prompts, a note of a first draft and a LoRA."""
    return editor(
        [
            drawn(7, "CLIPTextEncode", [("clip", "CLIP", 2)], [TEXT]),
            drawn(6, "CLIPTextEncode", [("clip", "CLIP", 1)], [FOX], positive_mode),
            drawn(8, "CLIPTextEncode", [("clip", "CLIP", 1)], ["muted words"], 2),
            drawn(9, "ConditioningCombine", [("a", "CONDITIONING", 4), ("b", "CONDITIONING", 9)]),
            drawn(
                5,
                "LoraLoader",
                [("model", "MODEL", 6), ("clip", "CLIP", 8)],
                ["style.safetensors", 1, 1],
                lora_mode,
            ),
            drawn(4, "CheckpointLoaderSimple", [], ["example.safetensors"]),
            drawn(
                3,
                "KSampler",
                [("model", "MODEL", 7), ("negative", "CONDITIONING", 5), ("positive", "CONDITIONING", 3)],
                [1, "randomize", 20, 8, "euler", "normal", 1],
            ),
            drawn(10, "VAEDecode", [("samples", "LATENT", 10)]),
            drawn(11, "SaveImage", [("images", "IMAGE", 11)], ["x"]),
        ],
        [
            *((1, 4, 1, 6, 0, "CLIP"), (2, 4, 1, 7, 0, "CLIP"), (3, 9, 0, 3, 2, "CONDITIONING")),
            *((4, 6, 0, 9, 0, "CONDITIONING"), (9, 8, 0, 9, 1, "CONDITIONING"), (5, 7, 0, 3, 1, "CONDITIONING")),
            *((6, 4, 0, 5, 0, "MODEL"), (7, 5, 0, 3, 0, "MODEL"), (8, 4, 1, 5, 1, "CLIP")),
            *((10, 3, 0, 10, 0, "LATENT"), (11, 10, 0, 11, 0, "IMAGE")),
        ],
    )


@pytest.mark.parametrize("lora_mode", [0, 4])
def test_a_workflow_tells_where_no_prompt_does(lora_mode):
    """The editor's workflow alone tells all: muted nodes do not count, bypassed ones pass on."""
    assert read(workflow(lora_mode=lora_mode), "workflow") == PLAIN


def test_a_muted_prompt_is_none():
    """A muted encoder gives no words."""
    assert read(workflow(positive_mode=2), "workflow") == (None, TEXT, "example.safetensors")


def test_editors_of_today_name_their_fields():
    """Fields named in the inputs are read of nodes that are not known; a seed's control does not shift them."""
    graph = workflow()
    graph["nodes"][1] = {
        "id": 6,
        "type": "BNK_CLIPTextEncodeAdvanced",
        "mode": 0,
        "inputs": [
            {"name": "clip", "type": "CLIP", "link": 1},
            {"name": "seed", "type": "INT", "widget": {"name": "seed"}, "link": None},
            {"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": None},
        ],
        "widgets_values": [1, "fixed", FOX],
    }

    assert read(graph, "workflow") == PLAIN


def test_set_and_get_are_one_link():
    """What a node sets under a name, another gets by it."""
    graph = workflow()
    graph["nodes"] += [
        drawn(20, "SetNode", [("CONDITIONING", "CONDITIONING", 20)], ["mine"]),
        drawn(21, "GetNode", [], ["mine"]),
    ]
    graph["links"] = [link for link in graph["links"] if link[0] != 3]
    graph["links"] += [[20, 9, 0, 20, 0, "CONDITIONING"], [3, 21, 0, 3, 2, "CONDITIONING"]]

    assert read(graph, "workflow") == PLAIN


def subgraphed():
    """Write the workflow with the prompt's encoders and the sampler within a subgraph, as templates have them."""
    graph = workflow()
    by = {node["id"]: node for node in graph["nodes"]}
    kind = "5e0f8a52-3e8d-4f0c-9c2e-0a8a5b1c7d11"
    inner = {
        "id": kind,
        "nodes": [
            by[7],
            by[6] | {"inputs": [*by[6]["inputs"], {"name": "text", "type": "STRING", "link": 30}]},
            by[3],
        ],
        "links": [
            dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), link, strict=True))
            for link in (
                *((1, -10, 1, 6, 0, "CLIP"), (2, -10, 1, 7, 0, "CLIP"), (7, -10, 0, 3, 0, "MODEL")),
                *((3, 6, 0, 3, 2, "CONDITIONING"), (5, 7, 0, 3, 1, "CONDITIONING"), (30, -10, 2, 6, 1, "STRING")),
                (31, 3, 0, -20, 0, "LATENT"),
            )
        ],
    }
    outer = drawn(57, kind, [("model", "MODEL", 7), ("clip", "CLIP", 1), ("text", "STRING", None)], [FOX])
    outer["inputs"][2]["widget"] = {"name": "text"}
    return editor(
        [by[4], by[5], outer, by[10], by[11]],
        [
            *(
                (6, 4, 0, 5, 0, "MODEL"),
                (7, 5, 0, 57, 0, "MODEL"),
                (8, 4, 1, 5, 1, "CLIP"),
                (1, 4, 1, 57, 1, "CLIP"),
            ),
            *((10, 57, 0, 10, 0, "LATENT"), (11, 10, 0, 11, 0, "IMAGE")),
        ],
        definitions={"subgraphs": [inner]},
    )


def test_subgraphs_are_entered():
    """Links are followed through the borders of a subgraph; a value given to it replaces the one within."""
    graph = subgraphed()
    graph["definitions"]["subgraphs"][0]["nodes"][1]["widgets_values"] = ["stale words"]

    assert read(graph, "workflow") == PLAIN


@pytest.mark.parametrize("mode", [2, 4])
def test_a_subgraph_that_does_not_run_gives_no_words(mode):
    """A subgraph may be muted or bypassed as a whole."""
    graph = subgraphed()
    graph["nodes"][2]["mode"] = mode

    assert read(graph, "workflow")[:2] == (None, None)


@pytest.mark.parametrize("links", [0, 5_000])
def test_subgraphs_of_subgraphs_end(links):
    """A subgraph that uses itself, many times each time, is given up in time; the program is told."""
    kind, many = "5e0f8a52", [[n, -10, 0, 1, 0, "X"] for n in range(links + 1)]
    own = {"id": kind, "nodes": [drawn(n, kind, [("x", "X", 1)] * 50) for n in range(40)], "links": many}
    graph = editor([drawn(1, kind)], [], definitions={"subgraphs": [own]})
    start = time.process_time()

    assert read(graph, "workflow") == (None, None, None)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "tags",
    [
        {"Exif": {"Model": "prompt:{}", "Make": "workflow:{}"}},
        {"Exif": {"Make": "Prompt:{}", "ImageDescription": "Workflow: {}"}},
        {"Exif": {"ImageDescription": "Workflow:{}", "UserComment": "Prompt: {}"}},
        {"Exif": {"UserComment": "{}"}},
        {"File": {"Comment": "{}"}},
        {"XMP-dc": {"description": {"x-default": "prompt:{}"}}},
        {"XMP-exif": {"UserComment": {"x-default": "{}"}}},
    ],
)
def test_graphs_stand_in_other_places_too(tags):
    """Exif, comments and XMP keep a graph too, behind its name or bare; the one that ran counts."""
    graph, flow = json.dumps(whole()), json.dumps(workflow() | {"nodes": []})

    def filled(value):
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return value.replace("{}", flow if value.lower().startswith("workflow") else graph)

    found = generators.find(filled(tags))

    assert (found.prompt, found.negative_prompt, found.model) == PLAIN


def test_both_graphs_may_stand_in_one_object():
    """One JSON object holds both graphs under their names, as objects or as texts."""
    for prompt in (whole(), json.dumps(whole())):
        found = generators.find(
            {"Exif": {"UserComment": json.dumps({"workflow": {"nodes": []}, "prompt": prompt})}}
        )

        assert (found.prompt, found.negative_prompt, found.model) == PLAIN


def test_a_webp_file_is_read_whole():
    """From the file to the record: a graph in a WebP's Exif, in the camera's own fields, is no camera's."""
    exif = b.tiff([(0x010F, b.ASCII, "workflow:{}"), (0x0110, b.ASCII, "prompt:" + json.dumps(whole()))])

    found = metadata.read(BytesSource(b.webp(b.vp8x(8), b.VP8, (b"EXIF", exif))))

    assert found.get("provenance") == "ai_generated"
    assert found.get("prompt") == FOX
    assert found.get("negative_prompt") == TEXT
    assert found.origins["prompt"] == "derived:Exif:Model"


@pytest.mark.parametrize("value", [json.dumps(whole())[:-1], json.dumps(whole(x=node("X", text="x" * (1 << 20))))])
def test_a_graph_that_cannot_be_parsed_still_tells_its_program(value):
    """A graph that is cut, or too long to be parsed, names the program and no prompt."""
    found = generators.find({"PNG": {"prompt": value}})

    assert (found.generator, found.prompt) == ("ComfyUI", None)


@pytest.mark.parametrize(
    "graph",
    [
        {str(n): node("ConditioningCombine", a=[str(n + 1), 0], b=[str(n + 1), 1]) for n in range(9_000)},
        {str(n): node("KSampler", positive=[str(n + 1), 0], model=["0", 0], seed=1) for n in range(8_000)},
        {str(n): node("SaveImage", images=[str(n + 1), 0]) for n in range(8_000)},
        {"s": sampler("1", "1")}
        | {
            str(n): node("Join", text_a=[str(n + 1), 0], text_b=[str(n + 1), 1], text="x" * 50)
            for n in range(3_000)
        },
        {
            "s": sampler("1", "1"),
            "1": node("X" * 100_000, **{"_" * 100_000: ["1", 1]}, **{"pos_" * 9_999: ["1", 2]}),
        },
        {
            "s": sampler("1", "1"),
            "1": node("ConditioningCombine", **{f"c{n}": ["2", n] for n in range(4_000)}),
            "2": node("X", **{"_" * 300_000: ["3", 0]}),
        },
        {"s": sampler("0", "0")}
        | {
            str(n): node("StringFunction", action="replace", text_a="e" * 9_000, text_b="e", text_c="f" * 9_000)
            for n in range(30)
        },
    ],
    ids=["diamonds", "samplers", "saves", "joins", "names", "a long name, often", "replacements"],
)
def test_no_graph_takes_long(graph):
    """Large graphs, loops, long names and texts that double end in time; prompts stay bounded."""
    start = time.process_time()
    prompt, negative, _ = read(graph)

    assert time.process_time() - start < 2
    assert len(prompt or "") <= 10_000
    assert len(negative or "") <= 10_000


def test_a_long_chain_of_diamonds_leads_to_the_words():
    """A node is looked at once for each output, however many ways lead to it."""
    chain = {str(n): node("ConditioningCombine", a=[str(n + 1), 0], b=[str(n + 1), 0]) for n in range(60)}

    assert read(whole(sampler=sampler("0"), **chain, **{"60": encode(FOX)})) == PLAIN


def test_no_more_words_are_gathered_than_are_kept():
    """Of many long texts only as many are gathered as a prompt may have."""
    encoders = {str(n): encode(f"{n} " + "x" * 9_000) for n in range(100)}
    joined = node("ConditioningCombine", **{f"c{n}": [str(n), 0] for n in range(100)})
    graph = Graph(whole(pos=joined, **encoders), Budget())

    assert sum(map(len, texts.entry(graph, "sampler", texts.POSITIVE))) < 20_000
