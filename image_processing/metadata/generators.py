"""Read what image generators write beside their images: prompt, model, software. Each reader knows one writer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import text
from image_processing.metadata.budget import Budget, Exhausted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Tags = Mapping[str, Mapping[str, Any]]  # group -> tag -> value

MAX_JSON = 1 << 20  # characters
MAX_TEXT = 10_000
MAX_STEPS = 200  # nodes of a graph visited in search of one text
MAX_VISITS = 200_000  # nodes and their inputs looked at in all searches of a file


class Generation(NamedTuple):
    """How an image was generated, as far as the generator tells."""

    generator: str
    where: str  # the tag that says so
    prompt: str | None = None
    negative_prompt: str | None = None
    model: str | None = None


def find(tags: Tags) -> Generation | None:
    """Find what a generator wrote into the raw tags, or None."""
    return next((found for reader in _READERS if (found := reader(tags))), None)


def _parameters(tags: Tags) -> Generation | None:
    """Read the text of AUTOMATIC1111's web UI and of those who write alike, or Fooocus's and SwarmUI's JSON."""
    for group, tag in (("PNG", "parameters"), ("Exif", "UserComment"), ("GIF", "Comment"), ("File", "Comment")):
        value = _text(tags, group, tag)
        where = f"{group}:{tag}"
        if value.startswith("{"):
            found = _json_parameters(_json(value), where, fooocus="fooocus_scheme" in tags.get("PNG", {}))
        else:
            found = _infotext(value, where)
        if found:
            return found
    return None


def _infotext(value: str, where: str) -> Generation | None:
    head, found, tail = value.rpartition("Steps: ")
    if not found or not re.match(r"\d+, ", tail) or ("Sampler: " not in tail and "Seed: " not in tail):
        return None
    settings = dict(re.findall(r"(?:^|, )([A-Z][\w ]{0,40}): ([^,\n\"]{1,200})", "Steps: " + tail[:MAX_TEXT]))
    prompt, _, negative = head.partition("Negative prompt: ")
    version = settings.get("Version", "")
    generator = "Fooocus" if "fooocus" in version.lower() else "Stable Diffusion web UI"
    return _generation(generator, where, prompt, negative, settings.get("Model"))


def _json_parameters(value: dict[str, Any], where: str, *, fooocus: bool) -> Generation | None:
    swarm = value.get("sui_image_params")
    if isinstance(swarm, dict):
        return _generation("SwarmUI", where, swarm.get("prompt"), swarm.get("negativeprompt"), swarm.get("model"))
    version = str(value.get("version", ""))
    if "prompt" in value and ("base_model" in value or fooocus or "fooocus" in version.lower()):
        return _generation(
            "Fooocus", where, value["prompt"], value.get("negative_prompt"), value.get("base_model")
        )
    return None


def _invokeai(tags: Tags) -> Generation | None:
    value = _json(_text(tags, "PNG", "invokeai_metadata"))
    if value:
        prompt, negative = value.get("positive_prompt"), value.get("negative_prompt")
        return _generation("InvokeAI", "PNG:invokeai_metadata", prompt, negative, _model_name(value.get("model")))
    value = _json(_text(tags, "PNG", "sd-metadata"))
    if value:
        image = value.get("image")
        prompts = image.get("prompt") if isinstance(image, dict) else None
        if isinstance(prompts, list) and prompts and isinstance(prompts[0], dict):
            prompts = prompts[0].get("prompt")
        return _generation("InvokeAI", "PNG:sd-metadata", prompts, None, value.get("model_weights"))
    dream = _text(tags, "PNG", "Dream")
    return _generation("InvokeAI", "PNG:Dream", dream.rpartition('" -')[0].strip('"')) if dream else None


def _model_name(model: Any) -> Any:
    return (model.get("name") or model.get("model_name")) if isinstance(model, dict) else model


def _novelai(tags: Tags) -> Generation | None:
    if _text(tags, "PNG", "Software") != "NovelAI":
        return None
    value = _json(_text(tags, "PNG", "Comment"))
    prompt = value.get("prompt") or _text(tags, "PNG", "Description")
    return _generation("NovelAI", "PNG:Software", prompt, value.get("uc"), _text(tags, "PNG", "Source"))


def _comfyui(tags: Tags) -> Generation | None:
    """Read ComfyUI's graph of nodes: in PNG text, or behind "prompt:" in Exif, where WebP files keep it."""
    for group, tag in (("PNG", "prompt"), ("Exif", "Model"), ("Exif", "Make"), ("Exif", "ImageDescription")):
        value = _text(tags, group, tag)
        graph = _json(value if group == "PNG" else value.partition("rompt:")[2])
        nodes = {
            str(name): node for name, node in graph.items() if isinstance(node, dict) and "class_type" in node
        }
        if nodes:
            prompt, negative = _prompts(nodes)
            return _generation("ComfyUI", f"{group}:{tag}", prompt, negative, _graph_model(nodes))
    if isinstance(_json(_text(tags, "PNG", "workflow")).get("nodes"), list):
        return Generation("ComfyUI", "PNG:workflow")
    return None


_TEXT_INPUTS = ("text", "text_g", "t5xxl", "prompt", "positive_prompt", "string", "value", "wildcard_text")
_MODEL_INPUTS = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name")


def _inputs(node: dict[str, Any]) -> dict[str, Any]:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def _prompts(nodes: dict[str, dict[str, Any]]) -> tuple[str | None, str | None]:
    """Give the positive and the negative prompt; none of a graph too tangled to follow."""
    budget = Budget(MAX_VISITS)
    try:
        return _linked(nodes, ("positive", "conditioning"), budget), _linked(nodes, ("negative",), budget)
    except Exhausted:
        return None, None


def _linked(nodes: dict[str, dict[str, Any]], names: tuple[str, ...], budget: Budget) -> str | None:
    """Follow the first link of these names upstream to a text."""
    for node in nodes.values():
        for name in names:
            link = _inputs(node).get(name)
            if isinstance(link, list) and link:
                found = _upstream(nodes, str(link[0]), names, budget)
                if found:
                    return found
    return None


def _upstream(nodes: dict[str, dict[str, Any]], start: str, names: tuple[str, ...], budget: Budget) -> str | None:
    waiting, seen = [start], set[str]()
    while waiting and len(seen) < MAX_STEPS:
        name = waiting.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        inputs = _inputs(nodes[name])
        budget.spend(1 + len(inputs))
        for key in _TEXT_INPUTS:
            if isinstance(inputs.get(key), str) and inputs[key].strip():
                return str(inputs[key])
        links = [key for key, link in inputs.items() if isinstance(link, list) and link]
        # the last one pushed is followed first: texts, then the same side of the graph, then whatever else
        links.sort(key=lambda key: (key in _TEXT_INPUTS, key in names))
        waiting += [str(inputs[key][0]) for key in links]
    return None


def _graph_model(nodes: dict[str, dict[str, Any]]) -> str | None:
    inputs = [_inputs(node) for node in nodes.values()]
    return next((i[key] for key in _MODEL_INPUTS for i in inputs if isinstance(i.get(key), str)), None)


_JOB = re.compile(r"Job ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DESCRIPTIONS = (("PNG", "Description"), ("Exif", "ImageDescription"), ("XMP-dc", "description"))


def _midjourney(tags: Tags) -> Generation | None:
    for group, tag in _DESCRIPTIONS:
        value = _text(tags, group, tag)
        match = _JOB.search(value)
        if match:
            return _generation("Midjourney", f"{group}:{tag}", value[: match.start()].split(" --")[0])
    return None


# Software that only generates; names as it writes them into Software, CreatorTool, Credit and the like.
_MARKS = re.compile(
    r"midjourney|dall[·-]e\b|adobe[ _]firefly|stable diffusion|novelai|comfyui|invokeai|fooocus|ideogram[ .]ai"
    r"|leonardo\.ai|made with google ai|imagined with ai|bing image creator|openai|chatgpt"
    r"|gpt-4o|gpt-image|black forest labs|stability ai|recraft|craiyon|nightcafe",
    re.IGNORECASE,
)
_MARKED = (
    *(("Exif", "Software"), ("Exif", "ProcessingSoftware"), ("Exif", "Artist"), ("PNG", "Software")),
    *(("PNG", "Author"), ("XMP-xmp", "CreatorTool"), ("XMP-photoshop", "Credit"), ("IPTC", "Credit")),
    *(("XMP-Iptc4xmpExt", "AISystemUsed"), ("XMP-tiff", "Software"), ("XMP-dc", "creator")),
)


def name_mark(value: str) -> str | None:
    """Give the generator that a name of software names, or None."""
    match = _MARKS.search(value[:MAX_TEXT])
    return match[0] if match else None


def _marks(tags: Tags) -> Generation | None:
    for group, tag in _MARKED:
        name = name_mark(_text(tags, group, tag))
        if name:
            return _generation(name, f"{group}:{tag}", _text(tags, "XMP-Iptc4xmpExt", "AIPromptInformation"))
    return None


_READERS: tuple[Callable[[Tags], Generation | None], ...] = (
    *(_parameters, _invokeai, _novelai, _comfyui, _midjourney, _marks),
)


def _generation(
    generator: str, where: str, prompt: Any = None, negative: Any = None, model: Any = None
) -> Generation:
    return Generation(generator, where, _clipped(prompt), _clipped(negative), _clipped(model))


def _clipped(value: Any) -> str | None:
    return text.clean(value)[:MAX_TEXT] or None if isinstance(value, str) else None


def _text(tags: Tags, group: str, tag: str) -> str:
    """Give a tag as text: of alternatives (XMP) the default, of a list the first."""
    value = tags[group].get(tag) if group in tags else None
    if value is None:
        return ""
    if isinstance(value, dict):
        value = value.get("x-default") or next(iter(value.values()), None)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value if isinstance(value, str) else ""


def _json(value: str) -> dict[str, Any]:
    """Parse an object; anything else, or too much, is an empty one. NaN is let pass: ComfyUI writes it."""
    if not value.lstrip().startswith("{") or len(value) > MAX_JSON:
        return {}
    try:
        parsed = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
