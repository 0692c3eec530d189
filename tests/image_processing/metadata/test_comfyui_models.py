"""ComfyUI's graphs: the model is followed from the sampler to the file it was loaded from."""

import pytest

from tests.image_processing.metadata.comfyui import node, read, whole


@pytest.mark.parametrize(
    ("loader", "expected"),
    [
        (node("CheckpointLoaderSimple", ckpt_name="SDXL/base.safetensors"), "SDXL/base.safetensors"),
        (node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"), "flux1-dev.safetensors"),
        (node("UnetLoaderGGUF", unet_name="flux1-dev-Q8.gguf"), "flux1-dev-Q8.gguf"),
        (node("DiffusionModelLoaderKJ", model_name="wan.safetensors"), "wan.safetensors"),
        (
            node("CheckpointLoader|pysssss", ckpt_name={"content": "base.safetensors", "image": None}),
            "base.safetensors",
        ),
        (node("CheckpointLoaderSimple", ckpt_name=["name", 0]), "named.safetensors"),
    ],
)
def test_the_model_is_found_behind_all_that_was_added(loader, expected):
    """LoRAs, samplings, switches and names of their own lie between the sampler and the model's file."""
    graph = {
        "other": node("CheckpointLoaderSimple", ckpt_name="other.safetensors"),
        "up": node("UpscaleModelLoader", model_name="4x.pth"),
        **whole(
            model=loader,
            sampler=node(
                "UltimateSDUpscale",
                upscale_model=["up", 0],
                model=["shift", 0],
                positive=["pos", 0],
                seed=1,
            ),
            shift=node("ModelSamplingFlux", model=["switch", 0], max_shift=1.15),
            switch=node("ImpactSwitch", select=2, input1=["other", 0], input2=["lora", 0]),
            lora=node("LoraLoader", lora_name="style.safetensors", model=["lora2", 0], clip=["lora2", 1]),
            lora2=node("Power Lora Loader (rgthree)", model=["model", 0], clip=["model", 1]),
            name=node("Checkpoint Selector", ckpt_name="named.safetensors"),
        ),
    }

    assert read(graph)[2] == expected
