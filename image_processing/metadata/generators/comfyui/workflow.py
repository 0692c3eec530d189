"""Turn a workflow, as ComfyUI's editor keeps it, into the graph that would be run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget

MAX_DEPTH = 8  # subgraphs within subgraphs
MAX_HOPS = 50  # bypassed nodes and borders of subgraphs in a row
MAX_NAME = 100
MAX_INPUTS = 100  # of a bypassed node or a subgraph

_MUTED, _BYPASSED = 2, 4
_INPUT, _OUTPUT = -10, -20  # the borders of a subgraph, as links name them
_CONTROLS = frozenset(("fixed", "increment", "decrement", "randomize"))  # what is done to a seed after a run
_LINK = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")  # as a subgraph's links are
_BORDER = "<"  # no node is named so
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


class _Place(NamedTuple):
    """The nodes of the workflow itself, or those of a subgraph where it is used."""

    prefix: str  # of the names of its nodes
    outer: _Place | None
    user: dict[str, Any]  # the outer node that stands for the subgraph


class _Flat:
    """All nodes of a workflow and its subgraphs, named as they are when they are run ("57:27")."""

    def __init__(self, workflow: dict[str, Any], budget: Budget) -> None:
        self.spend = budget.spend
        definitions = workflow.get("definitions")
        listed = _dicts(definitions.get("subgraphs")) if isinstance(definitions, dict) else []
        self.subgraphs = {item["id"]: item for item in listed if isinstance(item.get("id"), str)}
        self.nodes: dict[str, tuple[dict[str, Any], _Place]] = {}
        self.origins: dict[tuple[str, Any], tuple[str, int, Any]] = {}
        self.outputs: dict[tuple[str, int], tuple[_Place, Any]] = {}
        waiting = [(workflow, _Place("", None, {}))]
        while waiting:
            found, place = waiting.pop()
            nodes, links = _dicts(found.get("nodes")), _list(found.get("links"))
            self.spend(len(nodes) + len(links))
            self._links(links, place)
            for node in nodes:
                name = f"{place.prefix}{node.get('id')}"
                if node.get("mode") == _MUTED:
                    continue
                self.nodes[name] = node, place
                inner = self.subgraphs.get(node.get("type")) if isinstance(node.get("type"), str) else None
                if inner is not None and node.get("mode") != _BYPASSED and place.prefix.count(":") < MAX_DEPTH:
                    waiting.append((inner, _Place(name + ":", place, node)))

    def _links(self, links: list[Any], place: _Place) -> None:
        for written in links:
            link = [written.get(key) for key in _LINK] if isinstance(written, dict) else written
            if not isinstance(link, list) or len(link) < 5 or not all(map(_is_id, link[:5])):
                continue
            number, origin, slot, target, target_slot = link[:5]
            self.origins[place.prefix, number] = (
                _BORDER if origin == _INPUT else f"{place.prefix}{origin}",
                slot if isinstance(slot, int) else 0,
                link[5] if len(link) > 5 else None,
            )
            if target == _OUTPUT and place.outer is not None:
                self.outputs[place.prefix[:-1], target_slot] = place, number

    def _inputs(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        inputs = _dicts(_list(node.get("inputs"))[:MAX_INPUTS])
        self.spend(1 + len(inputs))
        return inputs

    def source(self, place: _Place, link: Any) -> Any:
        """Give where a link comes from, as [node, slot], or the value that a subgraph is given for it.

        Bypassed nodes hand on their first input of the same kind; a subgraph's own nodes are reached through it.
        """
        for _ in range(MAX_HOPS):
            name, slot, kind = (
                self.origins.get((place.prefix, link), ("", 0, None)) if _is_id(link) else ("", 0, None)
            )
            if name == _BORDER:
                inputs = self._inputs(place.user)
                given = inputs[slot] if 0 <= slot < len(inputs) else {}
                if place.outer is None or given.get("link") is None:
                    return _values(place.user, MAX_INPUTS).get(str(given.get("name")))
                place, link = place.outer, given["link"]
                continue
            node, found = self.nodes.get(name, ({}, place))
            if not node:
                return None
            if node.get("mode") == _BYPASSED:
                inputs = self._inputs(node)
                link = next((item.get("link") for item in inputs if item.get("type") == kind and kind), None)
                place = found
            elif (name, slot) in self.outputs:
                place, link = self.outputs[name, slot]
            else:
                return [name, slot]
        return None


def graph(workflow: dict[str, Any], budget: Budget) -> dict[str, dict[str, Any]]:
    """Give the nodes by name, as they would be run: without muted ones, past those that are bypassed.

    Raises:
        Exhausted: the workflow has too many parts, all uses of its subgraphs counted.

    """
    flat = _Flat(workflow, budget)
    names = {_first_value(node): name for name, (node, _) in flat.nodes.items() if node.get("type") == "SetNode"}
    made = {}
    for name, (node, place) in flat.nodes.items():
        inputs = _values(node)
        for item in _dicts(node.get("inputs")):
            source = flat.source(place, item["link"]) if item.get("link") is not None else None
            if source is not None and isinstance(item.get("name"), str):
                inputs[item["name"]] = source
        if node.get("type") == "GetNode" and _first_value(node) in names:
            inputs["value"] = [names[_first_value(node)], 0]
        made[name] = {"class_type": str(node.get("type", ""))[:MAX_NAME], "inputs": inputs}
    return made


def _values(node: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    """Name the values of a node's own fields."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {key: value for key, value in islice(values.items(), most) if not isinstance(value, list)}
    values = [_text(value) for value in _list(values)[:most]]
    names: tuple[Any, ...] = _WIDGETS.get(str(node.get("type", "")), ())
    if not names:
        widgets = [item.get("widget") for item in _dicts(_list(node.get("inputs"))[:most])]
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


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str)
