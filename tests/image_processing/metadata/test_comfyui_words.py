"""ComfyUI's graphs: conditioning, encoders, strings and switches are followed to the words that went in."""

import pytest

from tests.image_processing.metadata.comfyui import encode, node, read, sampler, whole

WORDS = {
    "concat": (node("ConditioningConcat", conditioning_from=["y", 0], conditioning_to=["x", 0]), "one\ntwo"),
    "combine": (node("ConditioningCombine", conditioning_1=["x", 0], conditioning_2=["y", 0]), "one\ntwo"),
    "average": (
        node(
            "ConditioningAverage",
            conditioning_to=["x", 0],
            conditioning_from=["y", 0],
            conditioning_to_strength=0.5,
        ),
        "one\ntwo",
    ),
    "average of one": (
        node(
            "ConditioningAverage",
            conditioning_to=["x", 0],
            conditioning_from=["y", 0],
            conditioning_to_strength=1.0,
        ),
        "one",
    ),
    "zeros": (node("ConditioningZeroOut", conditioning=["x", 0]), None),
    "switch by number": (
        node("CR Conditioning Input Switch", Input=2, conditioning1=["x", 0], conditioning2=["y", 0]),
        "two",
    ),
    "switch by a linked number": (node("ImpactSwitch", select=["n", 0], input1=["x", 0], input2=["y", 0]), "two"),
    "switch by truth": (node("ComfySwitchNode", switch=False, on_true=["x", 0], on_false=["y", 0]), "two"),
    "switch from zero": (node("easy conditioningIndexSwitch", index=0, cond0=["x", 0], cond1=["y", 0]), "one"),
    "first that is there": (node("Any Switch (rgthree)", any_02=["y", 0], any_01=["gone", 0]), "two"),
    "first of those that are there": (node("Any Switch (rgthree)", any_02=["y", 0], any_01=["x", 0]), "one"),
    "SDXL": (node("CLIPTextEncodeSDXL", text_g="one", text_l="two", width=64, clip=["model", 1]), "one\ntwo"),
    "SDXL, both alike": (node("CLIPTextEncodeSDXL", text_g="one", text_l="one", clip=["model", 1]), "one"),
    "Flux": (node("CLIPTextEncodeFlux", clip_l="one", t5xxl="two", guidance=3.5, clip=["model", 1]), "one\ntwo"),
    "SD3": (node("CLIPTextEncodeSD3", clip_l="one", clip_g="one", t5xxl="two", empty_padding="none"), "one\ntwo"),
    "Flux by link": (node("CLIPTextEncodeFlux", clip_l=["s", 0], t5xxl=["s", 0], clip=["model", 1]), "three"),
    "Qwen": (node("TextEncodeQwenImageEdit", prompt="one", clip=["model", 1], vae=["model", 2]), "one"),
    "Qwen plus": (
        node("TextEncodeQwenImageEditPlus", prompt=["s", 0], clip=["model", 1], image1=["i", 0]),
        "three",
    ),
    "primitive": (encode(["s", 0]), "three"),
    "shown text": (encode(["show", 0]), "three"),
    "joined strings": (encode(["join", 0]), "three, four"),
    "joined strings of WAS": (encode(["was", 0]), "three / four"),
    "string function": (encode(["append", 0]), "three, four"),
    "string replaced": (encode(["replace", 0]), "thirty"),
    "filled-in wildcards": (encode(["wild", 0]), "a blue bird"),
    "wildcard encoder": (
        node("ImpactWildcardEncode", wildcard_text="a {red|blue} bird", populated_text="a blue bird"),
        "a blue bird",
    ),
    "styler": (encode(["styler", 0]), "one in oil"),
    "text switch": (encode(["ts", 0]), "four"),
    "second text of a node": (encode(["texts", 1]), "four"),
    "words of another model": (encode(["florence", 2]), None),
    "a loop": (node("ConditioningCombine", conditioning_1=["p", 0], conditioning_2=["x", 0]), "one"),
}


@pytest.mark.parametrize(("start", "expected"), WORDS.values(), ids=WORDS.keys())
@pytest.mark.parametrize("side", ["positive", "negative"])
def test_words_are_found_behind_any_node(side, start, expected):
    """Conditioning, encoders, strings and switches lead to the words that went in, on either side."""
    others = {
        "x": encode("one"),
        "y": encode("two"),
        "s": node("PrimitiveString", value="three"),
        "t": node("CR Prompt Text", prompt="four"),
        "n": node("PrimitiveInt", value=2),
        "show": node("ShowText|pysssss", text=["s", 0], text_0="stale"),
        "join": node("StringConcatenate", string_a=["s", 0], string_b=["t", 0], delimiter=", "),
        "was": node(
            "Text Concatenate", delimiter=" / ", clean_whitespace="true", text_b=["t", 0], text_a=["s", 0]
        ),
        "append": node("StringFunction|pysssss", action="append", tidy_tags="yes", text_a=["s", 0], text_b="four"),
        "replace": node("StringFunction|pysssss", action="replace", text_a=["s", 0], text_b="ree", text_c="irty"),
        "wild": node("ImpactWildcardProcessor", wildcard_text="a {red|blue} bird", populated_text="a blue bird"),
        "ts": node("CR Text Input Switch", Input=2, text1="three", text2="four"),
        "texts": node("Text String", text="three", text_b="four", text_c="", text_d=""),
        "florence": node("Florence2Run", image=["i", 0], text_input="describe", task="caption"),
        "i": node("LoadImage", image="example.png"),
        "styler": node("SDXLPromptStyler", text_positive="one in oil", text_negative="one in oil", style="oil"),
    }
    ends = {"positive": "p", "negative": "q"} if side == "positive" else {"positive": "q", "negative": "p"}
    graph = whole(sampler=sampler(**ends), p=start, q=encode("other side"), **others)

    found = dict(zip(("positive", "negative"), read(graph), strict=False))

    assert found.pop(side) == expected
    assert list(found.values()) == ["other side"]
