"""A graph of ComfyUI's nodes: the inputs of each, their sources, and the position of its switches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget

MAX_NAME = 100  # characters of a class or an input
MAX_HOPS = 8  # nodes between a switch and the number that sets it

_SWITCHES = re.compile(r"switch|ifelse|if else|conditionalbranch")
_NUMBER = re.compile(r"\d{1,4}$")
_TRUE_FALSE = (
    *(("on_true", "on_false"), ("true", "false"), ("if_true", "if_false"), ("tt_value", "ff_value")),
    *(
        ("true_value", "false_value"),
        ("input_a", "input_b"),
        ("text_a", "text_b"),
        ("conditioning_a", "conditioning_b"),
    ),
)
_FLAGS = ("switch", "boolean", "condition", "cond", "value", "Boolean")
_NUMBERS = ("select", "index", "Input", "selected", "selector", "input_index")
_LITERALS = ("value", "int", "number", "Number", "boolean", "Value")


class Link(NamedTuple):
    """Where an input comes from."""

    node: str
    slot: int


class Graph:
    """Nodes by name, as ComfyUI runs them: {"class_type": ..., "inputs": {name: value, or [node, slot]}}."""

    def __init__(self, nodes: dict[str, dict[str, Any]], budget: Budget) -> None:
        self.nodes = nodes
        self.spend = budget.spend
        self._inputs: dict[str, dict[str, Any]] = {}

    def kind(self, name: str) -> str:
        """Give the class of a node, in lower case."""
        found = self.nodes[name].get("class_type")
        return found[:MAX_NAME].lower() if isinstance(found, str) else ""

    def inputs(self, name: str) -> dict[str, Any]:
        """Give the inputs of a node, by name; each look is paid for.

        Raises:
            Exhausted: the graph is too tangled to follow.

        """
        inputs = self._inputs.get(name)
        if inputs is None:
            found = self.nodes[name].get("inputs")
            inputs = {k: v for k, v in found.items() if len(k) <= MAX_NAME} if isinstance(found, dict) else {}
            self._inputs[name] = inputs
        self.spend(1 + len(inputs))
        return inputs

    def link(self, value: Any) -> Link | None:
        """Give the place that an input is linked to, if there is such a node."""
        if not isinstance(value, list) or not value or not isinstance(value[0], str | int):
            return None
        slot = value[1] if len(value) > 1 and isinstance(value[1], int) else 0
        return Link(str(value[0]), slot) if str(value[0]) in self.nodes else None

    def links(self, name: str) -> dict[str, Link]:
        """Give the linked inputs of a node."""
        return {key: link for key, value in self.inputs(name).items() if (link := self.link(value))}

    def literal(self, value: Any) -> Any:
        """Give the number, text or truth of an input, through the primitive that it may come from."""
        for _ in range(MAX_HOPS):
            link = self.link(value)
            if link is None:
                return value
            inputs = self.inputs(link.node)
            value = next((inputs[key] for key in _LITERALS if key in inputs), None)
        return None

    def chosen(self, name: str) -> list[Any] | None:
        """Give the inputs that a switch may let through, the likeliest first; None of a node that is no switch."""
        if not _SWITCHES.search(self.kind(name)):
            return None
        inputs = self.inputs(name)
        for yes, no in _TRUE_FALSE:
            if yes in inputs or no in inputs:
                flag = next((self.literal(inputs[key]) for key in _FLAGS if key in inputs), None)
                keys = (yes, no) if flag is None else (yes,) if flag else (no,)
                return [inputs[key] for key in keys if key in inputs]
        numbered = {
            int(match[0]): value
            for key, value in inputs.items()
            if isinstance(value, str | list) and (match := _NUMBER.search(key))
        }
        if not numbered:
            return None
        number = next((self.literal(inputs[key]) for key in _NUMBERS if key in inputs), None)
        if isinstance(number, int):
            return [numbered[number]] if number in numbered else []
        return [value for _, value in sorted(numbered.items(), key=lambda item: item[0])]
