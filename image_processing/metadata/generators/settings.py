"""Read the settings that generators write as JSON, or as texts of PNG under names of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from image_processing.metadata.generators.notes import Generation, Notes, generation, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Values = Mapping[str, Any]

_NEGATIVE_PART = re.compile(r"\[([^\[\]]*)\]")  # InvokeAI 2: what is in brackets is to be avoided


def read(notes: Notes) -> Generation | None:
    """Find settings: JSON of a program that can be told by its keys, or texts of PNG."""
    for where, value in notes.objects.items():
        for reader in _OBJECTS:
            found = reader(value, where, notes)
            if found:
                return found
    if "PNG" not in notes.tags:
        return None
    return _invokeai(notes) or _novelai(notes) or _easy_diffusion(notes.tags.get("PNG", {}), "PNG", notes)


def _swarmui(value: Values, where: str, _: Notes) -> Generation | None:
    swarm = value.get("sui_image_params")
    if not isinstance(swarm, dict):
        return None
    model = swarm.get("model") or next(
        (
            item.get("name")
            for item in _list(value.get("sui_models"))
            if isinstance(item, dict) and item.get("param") == "model"
        ),
        None,
    )
    return generation("SwarmUI", where, swarm.get("prompt"), swarm.get("negativeprompt"), model)


def _fooocus(value: Values, where: str, notes: Notes) -> Generation | None:
    """Read Fooocus and its forks; `fooocus_scheme` or Exif's Software tells where no key does."""
    software, version = str(value.get("software", "")), str(value.get("version", ""))
    if software == "RuinedFooocus" or ("Prompt" in value and "base_model_name" in value):
        prompt, negative = value.get("Prompt") or value.get("prompt"), value.get("Negative")
        return generation("RuinedFooocus", where, prompt, negative, value.get("base_model_name"))
    said = f"{software} {version} {notes.text('Exif', 'Software')[:200]}".lower()
    known = "base_model" in value or "fooocus" in said or "fooocus_scheme" in notes.tags.get("PNG", {})
    if isinstance(value.get("prompt"), str) and known and "class_type" not in value:
        return generation("Fooocus", where, value["prompt"], value.get("negative_prompt"), value.get("base_model"))
    return None


def _draw_things(value: Values, where: str, _: Notes) -> Generation | None:
    if isinstance(value.get("c"), str) and "uc" in value and value.keys() & {"sampler", "seed", "steps", "v2"}:
        return generation("Draw Things", where, value["c"], value["uc"], value.get("model"))
    return None


def _novelai_object(value: Values, where: str, _: Notes) -> Generation | None:
    """Read NovelAI's WebP files: the texts of its PNG files as one object."""
    if value.get("Software") != "NovelAI":
        return None
    prompt, negative = _novelai_prompts(parse(value.get("Comment")))
    return generation("NovelAI", where, prompt or value.get("Description"), negative, value.get("Source"))


def _civitai(value: Values, where: str, _: Notes) -> Generation | None:
    """Read Civitai's addition to the graph that it ran: the request, as a JSON text."""
    extra = value.get("extraMetadata")
    nested = value.get("extra")
    if extra is None and isinstance(nested, dict):
        extra = nested.get("extraMetadata")
    asked = parse(extra)
    if "prompt" not in asked:
        return None
    names = (
        inputs.get("ckpt_name")
        for node in value.values()
        if isinstance(node, dict) and isinstance(inputs := node.get("inputs"), dict)
    )
    model = next((name for name in names if isinstance(name, str)), None)
    program = "ComfyUI" if any(isinstance(n, dict) and "class_type" in n for n in value.values()) else "Civitai"
    return generation(program, where, asked["prompt"], asked.get("negativePrompt"), model)


def _easy_diffusion(value: Values, where: str, _: Notes) -> Generation | None:
    for prompt, negative, model in (
        ("prompt", "negative_prompt", "use_stable_diffusion_model"),
        ("Prompt", "Negative Prompt", "Stable Diffusion model"),
    ):
        if prompt in value and model in value:
            return generation("Easy Diffusion", where, value[prompt], value.get(negative), value[model])
    return None


def _invokeai(notes: Notes) -> Generation | None:
    value = parse(notes.text("PNG", "invokeai_metadata"))
    if value:
        prompt, negative = value.get("positive_prompt"), value.get("negative_prompt")
        return generation("InvokeAI", "PNG:invokeai_metadata", prompt, negative, _model_name(value.get("model")))
    value = parse(notes.text("PNG", "sd-metadata"))
    if value:
        image = value.get("image")
        prompts = image.get("prompt") if isinstance(image, dict) else None
        if isinstance(prompts, list) and prompts and isinstance(prompts[0], dict):
            prompts = prompts[0].get("prompt")
        return generation("InvokeAI", "PNG:sd-metadata", *_bracketed(prompts), value.get("model_weights"))
    dream = notes.text("PNG", "Dream")
    prompt = dream.rpartition('" -')[0].strip('"') or dream.strip('"')
    return generation("InvokeAI", "PNG:Dream", *_bracketed(prompt)) if dream else None


def _bracketed(prompt: Any) -> tuple[str | None, str | None]:
    """Separate a prompt from the negative prompt in its brackets."""
    if not isinstance(prompt, str):
        return None, None
    return _NEGATIVE_PART.sub("", prompt), ", ".join(_NEGATIVE_PART.findall(prompt))


def _model_name(model: Any) -> Any:
    return (model.get("name") or model.get("model_name")) if isinstance(model, dict) else model


def _novelai(notes: Notes) -> Generation | None:
    if notes.text("PNG", "Software") != "NovelAI":
        return None
    prompt, negative = _novelai_prompts(notes.objects.get("PNG:Comment", {}))
    prompt = prompt or notes.text("PNG", "Description")
    return generation("NovelAI", "PNG:Software", prompt, negative, notes.text("PNG", "Source"))


def _novelai_prompts(value: Values) -> tuple[str | None, str | None]:
    """Give both prompts; version 4 keeps those of each character apart from the base."""
    positive = _captions(value.get("v4_prompt")) or value.get("prompt")
    return positive, _captions(value.get("v4_negative_prompt")) or value.get("uc")


def _captions(value: Any) -> str | None:
    caption = value.get("caption") if isinstance(value, dict) else None
    if not isinstance(caption, dict):
        return None
    characters = [
        item.get("char_caption") for item in _list(caption.get("char_captions")) if isinstance(item, dict)
    ]
    return "\n".join(part for part in (caption.get("base_caption"), *characters) if isinstance(part, str) and part)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_OBJECTS: tuple[Callable[[Values, str, Notes], Generation | None], ...] = (
    _swarmui,
    _fooocus,
    _draw_things,
    _novelai_object,
    _civitai,
    _easy_diffusion,
)
