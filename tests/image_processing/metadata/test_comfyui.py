"""ComfyUI's graphs: the two sides are kept apart, whichever nodes lie between the words and the saved image."""

import pytest

from tests.image_processing.metadata.comfyui import FOX, PLAIN, TEXT, encode, node, read, sampler, whole

SIDES = {
    "plain": whole(),
    "negative first": dict(reversed(whole().items())),
    "advanced sampler": whole(
        sampler=node(
            "KSamplerAdvanced",
            model=["model", 0],
            noise_seed=1,
            latent_image=["latent", 0],
            negative=["neg", 0],
            positive=["pos", 0],
        )
    ),
    "custom sampler": whole(
        sampler=node("SamplerCustom", model=["model", 0], cfg=8, positive=["pos", 0], negative=["neg", 0])
    ),
    "guider": whole(
        sampler=node("SamplerCustomAdvanced", guider=["guider", 0], noise=["noise", 0], sigmas=["sigmas", 0]),
        guider=node("CFGGuider", model=["model", 0], cfg=1, positive=["pos", 0], negative=["neg", 0]),
        noise=node("RandomNoise", noise_seed=1),
        sigmas=node("BasicScheduler", model=["model", 0], steps=20),
    ),
    "control net": whole(
        sampler=node(
            "KSampler",
            model=["model", 0],
            seed=1,
            positive=["control", 0],
            negative=["control", 1],
        ),
        control=node(
            "ControlNetApplyAdvanced",
            positive=["pos", 0],
            negative=["neg", 0],
            control_net=["cn", 0],
            image=["load", 0],
        ),
        cn=node("ControlNetLoader", control_net_name="depth.safetensors"),
        load=node("LoadImage", image="example.png"),
    ),
    "control net, then its words crossed": whole(
        sampler=node("KSampler", model=["model", 0], seed=1, positive=["control", 1], negative=["control", 0]),
        control=node("ControlNetApplyAdvanced", positive=["neg", 0], negative=["pos", 0], control_net=["cn", 0]),
        cn=node("ControlNetLoader", control_net_name="depth.safetensors"),
    ),
    "old control net, guidance, unCLIP, style": whole(
        sampler=sampler("a"),
        a=node("FluxGuidance", guidance=3.5, conditioning=["b", 0]),
        b=node("unCLIPConditioning", conditioning=["c", 0], clip_vision_output=["v", 0], strength=1),
        c=node("StyleModelApply", conditioning=["d", 0], style_model=["s", 0], clip_vision_output=["v", 0]),
        d=node("ControlNetApply", conditioning=["pos", 0], control_net=["n", 0], image=["v", 0]),
    ),
    "areas, masks, time ranges": whole(
        sampler=sampler("a"),
        a=node("ConditioningSetArea", conditioning=["b", 0], width=64, height=64, x=0, y=0, strength=1),
        b=node("ConditioningSetMask", conditioning=["c", 0], mask=["m", 0], set_cond_area="default"),
        c=node("ConditioningSetTimestepRange", conditioning=["pos", 0], start=0, end=1),
        m=node("LoadImageMask", image="mask.png", channel="alpha"),
    ),
    "reroute": whole(sampler=sampler("a"), a=node("Reroute", **{"": ["pos", 0]})),
    "efficient loader": whole(
        model=node(
            "Efficient Loader",
            ckpt_name="example.safetensors",
            lora_name="None",
            token_normalization="none",
            positive=FOX,
            negative=TEXT,
        ),
        sampler=node(
            "KSampler (Efficient)",
            model=["model", 0],
            positive=["model", 1],
            negative=["model", 2],
            seed=1,
        ),
    ),
    "efficient SDXL": whole(
        model=node("Eff. Loader SDXL", base_ckpt_name="example.safetensors", positive=FOX, negative=TEXT),
        sampler=node("KSampler SDXL (Eff.)", sdxl_tuple=["model", 0], noise_seed=1, latent_image=["model", 1]),
    ),
    "easy pipe": {
        "1": node("easy fullLoader", ckpt_name="example.safetensors", positive=["p", 0], negative=TEXT, steps=20),
        "p": node("easy positive", positive=FOX),
        "2": node("easy preSampling", pipe=["1", 0], steps=20, cfg=8),
        "3": node("easy kSampler", pipe=["2", 0], image_output="Preview"),
        "4": node("SaveImage", images=["3", 1]),
    },
    "impact pipe": whole(
        sampler=node("ImpactKSamplerBasicPipe", basic_pipe=["edit", 0], seed=1, latent_image=["latent", 0]),
        edit=node("EditBasicPipe", basic_pipe=["pipe", 0], negative=["neg", 0]),
        pipe=node("ToBasicPipe", model=["model", 0], clip=["model", 1], positive=["pos", 0], negative=["old", 0]),
        old=encode("old words"),
    ),
    "impact pipe, unpacked": whole(
        sampler=node("KSampler", model=["out", 0], seed=1, positive=["out", 3], negative=["out", 4]),
        out=node("FromBasicPipe", basic_pipe=["pipe", 0]),
        pipe=node(
            "ToBasicPipe",
            negative=["neg", 0],
            positive=["pos", 0],
            model=["model", 0],
            clip=["model", 1],
        ),
    ),
    "rgthree context": whole(
        sampler=node("KSampler", model=["ctx", 1], seed=1, positive=["ctx", 4], negative=["ctx", 5]),
        ctx=node("Context Switch (rgthree)", ctx_02=["first", 0], ctx_01=["gone", 0]),
        first=node("Context (rgthree)", base_ctx=["base", 0], negative=["neg", 0]),
        base=node("Context Big (rgthree)", model=["model", 0], positive=["pos", 0], negative=["old", 0]),
        old=encode("old words"),
    ),
    "rgthree contexts merged": whole(
        sampler=node("KSampler", model=["model", 0], seed=1, positive=["ctx", 4], negative=["ctx", 5]),
        ctx=node("Context Merge (rgthree)", ctx_01=["old", 0], ctx_02=["new", 0]),
        old=node("Context (rgthree)", positive=["x", 0], negative=["x", 0]),
        new=node("Context (rgthree)", positive=["pos", 0], negative=["neg", 0]),
        x=encode("old words"),
    ),
    "infotext in a node": whole(
        note=node("Note", text="a draft Steps: 20, Sampler: Euler, Seed: 5, Size: 8x8, Model: old"),
    ),
    "an encoder of a loader with words": whole(
        model=node(
            "Efficient Loader", ckpt_name="example.safetensors", positive="its words", negative="its words"
        ),
    ),
    "FaceDetailer after the sampler": whole(
        save=node("SaveImage", images=["detail", 0]),
        detail=node(
            "FaceDetailer",
            image=["decode", 0],
            model=["model", 0],
            positive=["face", 0],
            negative=["neg", 0],
            seed=1,
            wildcard="",
            bbox_detector=["bbox", 0],
        ),
        face=encode("detailed face"),
        bbox=node("UltralyticsDetectorProvider", model_name="bbox/face.pt"),
    ),
    "FaceDetailer alone": whole(
        save=node("SaveImage", images=["detail", 0]),
        detail=node(
            "FaceDetailer",
            image=["load", 0],
            model=["model", 0],
            positive=["pos", 0],
            negative=["neg", 0],
        ),
        load=node("LoadImage", image="example.png"),
        sampler=node("Note"),
    ),
    "upscaler beside": whole(
        save=node("SaveImage", images=["up", 0]),
        up=node("ImageUpscaleWithModel", upscale_model=["upm", 0], image=["decode", 0]),
        upm=node("UpscaleModelLoader", model_name="4x.pth"),
    ),
    "hires fix: the last sampler": whole(
        sampler=sampler(latent_image=["up", 0]),
        up=node("LatentUpscale", samples=["first", 0]),
        first=sampler("draft", "draft"),
        draft=encode("draft words"),
    ),
    "the final of two saved images": whole(
        **{"0": node("SaveImage", images=["d0", 0]), "d0": node("VAEDecode", samples=["first", 0])},
        sampler=sampler(latent_image=["first", 0]),
        first=sampler("draft", "draft"),
        draft=encode("draft words"),
    ),
    "a last sampler without words": whole(
        save=node("SaveImage", images=["d2", 0]),
        d2=node("VAEDecode", samples=["refine", 0]),
        refine=sampler("none", "none", latent_image=["sampler", 0]),
        none=encode(" "),
    ),
    "another image that only conditions": whole(
        save=node("SaveImage", images=["d2", 0]),
        d2=node("VAEDecode", samples=["refine", 0]),
        refine=sampler("like", "none", latent_image=["up", 0]),
        up=node("LatentUpscale", samples=["encoded", 0]),
        encoded=node("VAEEncode", pixels=["scaled", 0], vae=["model", 2]),
        scaled=node("ImageScale", image=["sharp", 0]),
        sharp=node("ImageSharpen", image=["decode", 0]),
        like=node("unCLIPConditioning", conditioning=["none", 0], clip_vision_output=["seen", 0]),
        seen=node("CLIPVisionEncode", image=["d3", 0]),
        d3=node("VAEDecode", samples=["style", 0]),
        style=sampler("draft", "draft"),
        draft=encode("words of the style"),
        none=encode(""),
    ),
    "prompts of the saving node aside": whole(
        save=node("Image Saver", images=["decode", 0], positive="unknown", negative="unknown", steps=20),
    ),
    "no saved image": {k: v for k, v in whole().items() if k != "save"},
    "preview": whole(save=node("PreviewImage", images=["decode", 0])),
    "NaN": whole(save=node("SaveImage", images=["decode", 0], is_changed=[float("nan")])),
    "nodes of subgraphs": whole(sampler=sampler("57:27"), **{"57:27": encode(FOX)}),
    "WanVideo": whole(
        sampler=node("WanVideoSampler", model=["wan", 0], positive=["pos", 0], negative=["neg", 0], seed=1),
        wan=node("WanVideoModelLoader", model="example.safetensors"),
    ),
}


@pytest.mark.parametrize("graph", SIDES.values(), ids=SIDES.keys())
def test_each_side_has_its_own_words(graph):
    """Prompts and model are those that the sampler of the saved image had."""
    for order in (graph, dict(reversed(graph.items()))):
        assert read(order) == PLAIN


def test_what_a_flux_template_zeroes_is_no_negative_prompt():
    """A negative side that is the positive one zeroed out has no words."""
    graph = whole(neg=node("ConditioningZeroOut", conditioning=["pos", 0]))

    assert read(graph) == (FOX, None, "example.safetensors")


def test_a_guider_of_one_side_has_no_negative_prompt():
    """BasicGuider has one conditioning: it is the prompt, and nothing is avoided."""
    graph = whole(
        sampler=node("SamplerCustomAdvanced", guider=["guider", 0], noise=["noise", 0]),
        guider=node("BasicGuider", model=["model", 0], conditioning=["pos", 0]),
    )

    assert read(graph) == (FOX, None, "example.safetensors")


def test_a_guider_of_two_prompts_gives_both():
    """DualCFGGuider has two positive conditionings and a negative one."""
    graph = whole(
        sampler=node("SamplerCustomAdvanced", guider=["guider", 0]),
        guider=node("DualCFGGuider", model=["model", 0], cond1=["pos", 0], cond2=["x", 0], negative=["neg", 0]),
        x=encode("in snow"),
    )

    assert read(graph) == ("a red fox\nin snow", TEXT, "example.safetensors")


def test_the_negative_prompt_alone_is_no_prompt():
    """Where the positive side has no words, the negative ones are not taken for them."""
    graph = whole(pos=encode(""))

    assert read(graph) == (None, TEXT, "example.safetensors")


def test_a_service_behind_a_node_is_asked_with_its_prompt():
    """A node that has a service make the image holds the prompt itself."""
    graph = {
        "1": node("FluxProUltraImageNode", prompt=FOX, seed=1, aspect_ratio="1:1"),
        "2": node("SaveImage", images=["1", 0]),
    }

    assert read(graph)[:2] == (FOX, None)


def test_no_words_are_made_up_where_no_sampler_is():
    """A graph that only writes on an image has no prompt."""
    graph = {
        "1": node("LoadImage", image="example.png"),
        "2": node("Add Text", image=["1", 0], text="© Example"),
        "3": node("SaveImage", images=["2", 0]),
        "4": encode("not used"),
    }

    assert read(graph) == (None, None, None)
