"""Find the sampler whose image was saved, and with it the prompts and the model."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata.generators.comfyui import texts

if TYPE_CHECKING:
    from image_processing.metadata.generators.comfyui.graph import Graph

MAX_SAVES = 8
MAX_SAMPLERS = 50
MAX_HOPS = 8  # reroutes between a sampler and its guider

_SAVES = re.compile(r"save|websocket|videocombine")
_SHOWS = re.compile(r"preview|compare")
_SAMPLES = re.compile(r"sampler|detailer|upscale")
_SIDELESS = re.compile(r"(?:\w+_)?(?:pipe|tuple|ctx|context|conditioning)")  # inputs that carry both sides, or one
_RUNS = frozenset(
    ("model", "latent_image", "latent", "samples", "seed", "noise_seed", "steps", "cfg", "cfg_scale")
)
_CONDITIONS = re.compile(r"model|clip|vae|control_net|mask|guider|cond.*|clip_vision.*")
_FILES = ("ckpt_name", "unet_name", "gguf_name", "base_ckpt_name")
_MODELS = (*_FILES, "model_name", "diffusion_name", "diffusion_model_name", "checkpoint", "model", "model_path")
_TO_MODEL = re.compile(  # a reroute's input has no name
    r"(?:(?:base|opt|diffusion)_)?(?:model|unet)(?:_?\d+)?|(?:\w+_)?(?:pipe|ctx|context|tuple)(?:_\d+)?"
    r"|(?:any|input|value)(?:_?\d+)?|guider|"
)


class Sampling(NamedTuple):
    """The prompts and the model of the image that a graph made."""

    prompt: str | None
    negative: str | None
    model: str | None


def read(graph: Graph) -> Sampling:
    """Follow the saved image up to its sampler.

    Of several samplers in a row the last counts that has words; those that only mend details, after the others.

    Raises:
        Exhausted: the graph is too tangled to follow.

    """
    samplers = {name for name in graph.nodes if _is_sampler(graph, name)}
    if not samplers:  # of a kind that is not known: it has a positive side at least
        samplers = {name for name in graph.nodes if texts.POSITIVE in map(texts.side_of, graph.links(name))}
    path = _path(graph, samplers)
    ways = sorted((name for name in path if name in samplers), key=lambda name: "detailer" in graph.kind(name))
    for name in (ways or path)[:MAX_SAMPLERS]:  # without any sampler, a node that asks a service has the words
        start = _guider(graph, name)
        prompt = texts.entry(graph, start, texts.POSITIVE)
        if prompt:
            negative = texts.entry(graph, start, texts.NEGATIVE)
            return Sampling("\n".join(prompt), "\n".join(negative) or None, _model(graph, name))
    if not ways:
        return Sampling(None, None, _any_model(graph))
    negative = texts.entry(graph, _guider(graph, ways[0]), texts.NEGATIVE)
    return Sampling(None, "\n".join(negative) or None, _model(graph, ways[0]))


def _path(graph: Graph, samplers: set[str]) -> list[str]:
    """Give the nodes that the saved image went through, the last first.

    Where several images are saved, one that is made of another counts, not the other.
    """
    for pattern in (_SAVES, _SHOWS):
        saves = [name for name in graph.nodes if pattern.search(graph.kind(name))][:MAX_SAVES]
        paths = [_upstream(graph, save)[1:] for save in saves]
        sampled = [path for path in paths if not samplers.isdisjoint(path)]
        if sampled:
            return _last(sampled, samplers)
        if paths and not samplers:
            return paths[0]
    starts = [name for name in graph.nodes if name in samplers][:MAX_SAMPLERS]
    return _last([_upstream(graph, name) for name in starts], samplers) if starts else []


def _last(paths: list[list[str]], samplers: set[str]) -> list[str]:
    """Choose the path whose last sampler is not an earlier one of another path."""
    found = [[name for name in path if name in samplers] for path in paths]
    earlier = {name for names in found for name in names[1:]}
    return next((path for path, names in zip(paths, found, strict=True) if names[0] not in earlier), paths[0])


def _upstream(graph: Graph, start: str) -> list[str]:
    """Give the nodes that pixels and latents come through, nearest first, and not those that condition them."""
    order, waiting, seen = [], deque([start]), {start}
    while waiting:
        name = waiting.popleft()
        order.append(name)
        for key, link in graph.links(name).items():
            if link.node not in seen and not (_CONDITIONS.fullmatch(key) or texts.side_of(key)):
                seen.add(link.node)
                waiting.append(link.node)
    return order


def _is_sampler(graph: Graph, name: str) -> bool:
    kind, inputs, links = graph.kind(name), graph.inputs(name), graph.links(name)
    if not links:
        return False
    if "guider" in links:
        return True
    if texts.sided(inputs, texts.POSITIVE):
        return not _RUNS.isdisjoint(inputs)
    return bool(_SAMPLES.search(kind)) and any(_SIDELESS.fullmatch(key) for key in links)


def _guider(graph: Graph, name: str) -> str:
    """Give the node that holds the sides: the guider of a sampler that has one, else the sampler itself."""
    link = graph.links(name).get("guider")
    for _ in range(MAX_HOPS):
        if link is None:
            break
        name = link.node
        following = graph.links(name)
        link = next(iter(following.values())) if "reroute" in graph.kind(name) and following else None
    return name


def _model(graph: Graph, sampler: str) -> str | None:
    """Follow the model up, past all that was added to it, to the file it was loaded from."""
    waiting, seen = deque([sampler]), {sampler}
    while waiting:
        name = waiting.popleft()
        found = _named(graph, graph.inputs(name), _MODELS)
        if found:
            return found
        ways = graph.chosen(name)
        if ways is None:
            ways = [value for key, value in graph.inputs(name).items() if _TO_MODEL.fullmatch(key)]
        for link in filter(None, map(graph.link, ways)):
            if link.node not in seen:
                seen.add(link.node)
                waiting.append(link.node)
    return _any_model(graph)


def _named(graph: Graph, inputs: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """Give the name of a model among the inputs of a loader, from a node of its own too."""
    for key in names:
        value = inputs.get(key)
        link = graph.link(value)
        if link is not None:
            held = graph.inputs(link.node) if key != "model" else {}
            value = next((held[name] for name in (*names, "value", "text", "string") if name in held), None)
        if isinstance(value, dict):  # a loader that shows a picture of it
            value = value.get("content")
        if isinstance(value, str) and value.strip() and value != "None":
            return value
    return None


def _any_model(graph: Graph) -> str | None:
    return next((found for name in graph.nodes if (found := _named(graph, graph.inputs(name), _FILES))), None)
