"""Find the texts of one side of a graph: follow conditioning, pipes and strings up to the words they come from."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from image_processing.metadata.generators.notes import MAX_TEXT

if TYPE_CHECKING:
    from image_processing.metadata.generators.comfyui.graph import Graph, Link

MAX_DEPTH = 100  # nodes in a row
MAX_GLUE = 100  # characters between joined texts
POSITIVE, NEGATIVE = "positive", "negative"

_SIDE = (
    r"(?:(?:text|prompt|opt|optional|base|string|clip|styled)_)?{}"
    r"(?:_(?:prompt|text|string|g|l|cond|conditioning|\d))*"
)
_SIDES = {
    POSITIVE: re.compile(_SIDE.format("pos(?:itive)?")),
    NEGATIVE: re.compile(_SIDE.format("neg(?:ative)?")),
}
_OTHER = {POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}
_PIPES = re.compile(r"(?:\w+_)?(?:pipe|ctx|context|tuple)(?:_\d+)?|dependencies")
_CONDITIONING = re.compile(r"cond(?:itioning)?(?:_?\d)?")
_STRING = re.compile(
    r"(?:text|string|str|prompt|clip|any|input|source|value)(?:_?(?:[a-z]|\d{1,2}))?|t5xxl|llama|bert|mt5xl"
    r"|wildcard_text|populated_text|user_prompt|content|text_input|input_string|tags",
    re.IGNORECASE,
)
# Models, pixels and numbers never lead to words; anything else that is linked may.
_ASIDE = re.compile(
    r"(?:\w+_)?(?:model|clip|vae|images?|pixels|latents?|latent_image|samples|masks?|control_net|noise|sampler"
    r"|sigmas|seed|clip_vision|clip_vision_output|bbox_detector|lora_stack|cnet_stack|empty_conditioning)(?:_?\d)?"
)
_GLUE = ("delimiter", "separator", "delimeter")
_JOINS = re.compile(r"concat|join|append")
# No words come out of these: a conditioning of zeros, and texts that other models wrote or files hold.
_WORDLESS = re.compile(
    r"zeroout|zero out|florence|ollama|llm|caption|interrogat|tagger|gemini|gpt|vlm|blip|fromfile"
)
_BOTH_OUT = re.compile(r"controlnet|inpaintmodelconditioning|pix2pix|pixtopix")  # out come positive, then negative


@lru_cache(maxsize=500)
def side_of(key: str) -> str | None:
    """Give the side that an input belongs to by its name, or None."""
    return next((side for side, pattern in _SIDES.items() if pattern.fullmatch(key)), None)


def sided(inputs: dict[str, Any], side: str) -> list[str]:
    """Name the inputs of a node that belong to a side, text or linked."""
    return [key for key, value in inputs.items() if isinstance(value, str | list) and side_of(key) == side]


def entry(graph: Graph, name: str, side: str) -> list[str]:
    """Give the texts of a side of a sampler, guider or any node that generates by itself."""
    inputs, words = graph.inputs(name), _Words(graph)
    keys = sided(inputs, side)
    if side == POSITIVE and not keys:
        keys = [key for key in inputs if _CONDITIONING.fullmatch(key)] or [
            key for key in inputs if key == "prompt"
        ]
    return words.of(inputs, keys, side) or words.first(inputs, _linked(inputs, _PIPES), side)


def _linked(inputs: dict[str, Any], pattern: re.Pattern[str]) -> list[str]:
    return [key for key, value in inputs.items() if isinstance(value, list) and pattern.fullmatch(key)]


class _Words:
    """One search: each output of a node is looked at once, so that loops and diamonds end."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.seen: set[tuple[Link, str]] = set()
        self.depth = 0

    def of(self, inputs: dict[str, Any], keys: list[str], side: str) -> list[str]:
        """Give the texts of all these inputs, none twice, up to as much as is kept."""
        found: dict[str, None] = {}
        left = MAX_TEXT
        for key in keys:
            for text in self.value(inputs[key], side):
                if text not in found and left > 0:
                    found[text] = None
                    left -= len(text)
        return list(found)

    def first(self, inputs: dict[str, Any], keys: list[str], side: str) -> list[str]:
        """Give the texts of the first of these inputs that has any."""
        return next((found for key in keys if (found := self.value(inputs[key], side))), [])

    def value(self, value: Any, side: str) -> list[str]:
        """Give the text that an input is, or the texts that it is linked to."""
        if isinstance(value, str):
            text = value[:MAX_TEXT].strip()
            self.graph.spend(decoded=len(text))
            return [text] if text else []
        link = self.graph.link(value)
        if link is None or (link, side) in self.seen or self.depth >= MAX_DEPTH:
            return []
        self.seen.add((link, side))
        self.depth += 1
        try:
            return self._node(link, side)
        finally:
            self.depth -= 1

    def _node(self, link: Link, side: str) -> list[str]:
        kind, inputs = self.graph.kind(link.node), self.graph.inputs(link.node)
        if _WORDLESS.search(kind):
            return []
        ways = self.graph.chosen(link.node)
        if ways is not None:
            return next((found for way in ways if (found := self.value(way, side))), [])
        pipes = _linked(inputs, _PIPES)
        if "merge" in kind:
            pipes.reverse()  # a later one counts
        if any(map(side_of, inputs)):
            if link.slot < 2 and _BOTH_OUT.search(kind):
                side = (POSITIVE, NEGATIVE)[link.slot]
            return self.of(inputs, sided(inputs, side), side) or self.first(inputs, pipes, side)
        found = self._strings(kind, inputs, link.slot, side) or self.first(inputs, pipes, side)
        return found or self.of(inputs, _onward(inputs), side)

    def _strings(self, kind: str, inputs: dict[str, Any], slot: int, side: str) -> list[str]:
        """Give the texts of an encoder, one by one, or the one text that a node makes of several."""
        keys = [key for key, value in inputs.items() if _STRING.fullmatch(key) and _is_text(key, value)]
        for fallback in ("text_0", "wildcard_text"):  # what was shown before; what was filled in since
            if fallback in keys and len(keys) > 1:
                keys.remove(fallback)
                return self.of(inputs, keys, side) or self.of(inputs, [fallback], side)
        action = inputs.get("action")
        if kind == "text string":  # a node of four texts
            return self.of(inputs, keys[slot : slot + 1], side)
        if action == "replace" and "text_b" in inputs:
            text, old, new = ("".join(self.value(inputs.get(key), side)) for key in ("text_a", "text_b", "text_c"))
            if text and old and text.count(old) * len(new) <= MAX_TEXT:
                text = text.replace(old, new)
            return [text] if text else []
        glue = next((inputs[key] for key in _GLUE if isinstance(inputs.get(key), str)), None)
        if glue is None and len(keys) > 1 and (action == "append" or _JOINS.search(kind)):
            glue = ", "
        if glue is None:
            return self.of(inputs, keys, side)
        found = self.of(inputs, sorted(keys, key=lambda key: (len(key), key)), side)
        return [glue[:MAX_GLUE].replace("\\n", "\n").join(found)[:MAX_TEXT]] if found else []


def _is_text(key: str, value: Any) -> bool:
    """Tell texts, of the encoder "clip_l" too, from a link to the encoder itself ("clip")."""
    return isinstance(value, str) or (isinstance(value, list) and not _ASIDE.fullmatch(key))


def _onward(inputs: dict[str, Any]) -> list[str]:
    """Name the linked inputs that may lead to words: the conditioning that others are added to comes first."""
    keys = [key for key, value in inputs.items() if isinstance(value, list) and not _ASIDE.fullmatch(key)]
    strength = inputs.get("conditioning_to_strength")
    if strength in (0, 1):  # an average of which only one counts
        gone = "conditioning_from" if strength else "conditioning_to"
        keys = [key for key in keys if key != gone]
    return sorted(keys, key=lambda key: key != "conditioning_to")
