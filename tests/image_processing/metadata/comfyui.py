"""Graphs of ComfyUI for tests, as they are run."""

import json

from image_processing.metadata import generators

FOX, TEXT = "a red fox", "text, watermark"
CHECKPOINT = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "example.safetensors"}}
SAVE = {"class_type": "SaveImage", "inputs": {"images": ["decode", 0], "filename_prefix": "x"}}
DECODE = {"class_type": "VAEDecode", "inputs": {"samples": ["sampler", 0], "vae": ["model", 2]}}


def node(kind, **inputs):
    """Write a node as it is run."""
    return {"class_type": kind, "inputs": inputs}


def encode(text, kind="CLIPTextEncode", key="text"):
    """Write an encoder of a text or of a link."""
    return node(kind, clip=["model", 1], **{key: text})


def sampler(positive="pos", negative="neg", **inputs):
    """Write a sampler of two linked sides."""
    own = {"seed": 1, "steps": 20, "model": ["model", 0], "latent_image": ["latent", 0]}
    return node("KSampler", **own | {"positive": [positive, 0], "negative": [negative, 0]} | inputs)


def whole(**nodes):
    """Write a graph with a checkpoint, a sampler, both prompts and a saved image, unless told otherwise."""
    return {
        "save": SAVE,
        "decode": DECODE,
        "latent": node("EmptyLatentImage", width=64, height=64),
        "model": CHECKPOINT,
        "sampler": sampler(),
        "pos": encode(FOX),
        "neg": encode(TEXT),
        **nodes,
    }


def read(graph, tag="prompt", group="PNG"):
    """Read a graph: prompt, negative prompt, model."""
    found = generators.find({group: {tag: json.dumps(graph)}})
    assert found is not None
    assert found.generator == "ComfyUI"
    return found.prompt, found.negative_prompt, found.model


PLAIN = (FOX, TEXT, "example.safetensors")
