"""Turn a workflow, as ComfyUI's editor keeps it, into the graph that would be run."""

from __future__ import annotations

from typing import Any

MAX_BYPASSED = 50  # nodes in a row
MAX_INPUTS = 100  # of a bypassed node

_MUTED, _BYPASSED = 2, 4
_CONTROLS = frozenset(("fixed", "increment", "decrement", "randomize"))  # what is done to a seed after a run
_WIDGETS = {  # editors before 2025 do not name the values of a node: what the common ones are, in order
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height"),
        "text_g",
        "text_l",
    ),
    "CLIPTextEncodeSDXLRefiner": ("ascore", "width", "height", "text"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl"),
    "TextEncodeQwenImageEdit": ("prompt",),
    "TextEncodeQwenImageEditPlus": ("prompt",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "Text Multiline": ("text",),
    "ShowText|pysssss": ("text_0",),
    "StringFunction|pysssss": ("action", "tidy_tags", "text_a", "text_b", "text_c"),
    "ImpactWildcardProcessor": ("wildcard_text", "populated_text"),
    "ImpactWildcardEncode": ("wildcard_text", "populated_text"),
    "easy positive": ("positive",),
    "easy negative": ("negative",),
    "Efficient Loader": (
        *("ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength", "lora_clip_strength"),
        *("positive", "negative"),
    ),
}


def graph(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the nodes by name, as they would be run: without muted ones, past those that are bypassed."""
    listed = [node for node in _list(workflow.get("nodes")) if isinstance(node, dict) and "id" in node]
    nodes = {str(node["id"]): node for node in listed if node.get("mode") != _MUTED}
    origins = {
        link[0]: (str(link[1]), link[2], link[5] if len(link) > 5 else None)
        for link in _list(workflow.get("links"))
        if isinstance(link, list) and len(link) >= 5 and isinstance(link[0], int) and isinstance(link[2], int)
    }
    names = {_first_value(node): name for name, node in nodes.items() if node.get("type") == "SetNode"}
    made = {}
    for name, node in nodes.items():
        inputs = _values(node)
        for item in _list(node.get("inputs")):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                origin = _origin(nodes, origins, item.get("link"))
                if origin:
                    inputs[item["name"]] = list(origin)
        if node.get("type") == "GetNode" and _first_value(node) in names:
            inputs["value"] = [names[_first_value(node)], 0]
        made[name] = {"class_type": str(node.get("type", "")), "inputs": inputs}
    return made


def _origin(nodes: dict[str, Any], origins: dict[int, tuple[str, int, Any]], link: Any) -> tuple[str, int] | None:
    """Give where a link comes from, past bypassed nodes: they hand on their first input of the same kind."""
    for _ in range(MAX_BYPASSED):
        name, slot, kind = origins.get(link, ("", 0, None)) if isinstance(link, int) else ("", 0, None)
        node = nodes.get(name)
        if node is None:
            return None
        if node.get("mode") != _BYPASSED:
            return name, slot
        inputs = [item for item in _list(node.get("inputs"))[:MAX_INPUTS] if isinstance(item, dict)]
        link = next((item.get("link") for item in inputs if item.get("type") == kind and kind is not None), None)
    return None


def _values(node: dict[str, Any]) -> dict[str, Any]:
    """Name the values of a node's own fields."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {str(key): value for key, value in values.items() if not isinstance(value, list)}
    values = [_text(value) for value in _list(values)]
    names: tuple[Any, ...] = _WIDGETS.get(str(node.get("type", "")), ())
    if not names:
        widgets = [item.get("widget") for item in _list(node.get("inputs")) if isinstance(item, dict)]
        names = tuple(widget.get("name") for widget in widgets if isinstance(widget, dict))
        values = [value for value in values if value not in _CONTROLS]
        if len(names) > len(values):  # older editors list only those that are linked
            return {}
    return {name: value for name, value in zip(names, values, strict=False) if isinstance(name, str)}


def _text(value: Any) -> Any:
    """Give a value; of a list of texts, which some nodes show, one text."""
    if isinstance(value, list):
        return "\n".join(item for item in value if isinstance(item, str))
    return value


def _first_value(node: dict[str, Any]) -> str:
    values = node.get("widgets_values")
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
