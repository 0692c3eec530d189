"""Read ComfyUI's graphs of nodes: in texts of PNG, in Exif, comments and XMP of other formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from image_processing.metadata.budget import Budget, Exhausted
from image_processing.metadata.generators.comfyui import sampling, workflow
from image_processing.metadata.generators.comfyui.graph import Graph
from image_processing.metadata.generators.notes import Generation, generation, parse

if TYPE_CHECKING:
    from image_processing.metadata.generators.notes import Notes

_MARK = re.compile(r'\s*\{.*?"(?:class_type|widgets_values)"\s*:', re.DOTALL)  # of a graph that cannot be parsed
MAX_VISITS = 100_000  # nodes and their inputs looked at in all searches of a file


def read(notes: Notes) -> Generation | None:
    """Find a graph: the one that was run, which tells all, or else the editor's."""
    drawn: tuple[str, dict[str, Any]] | None = None
    for where, value in notes.objects.items():
        for found in (value, _within(value, "prompt"), _within(value, "workflow")):
            nodes = {
                str(name): node for name, node in found.items() if isinstance(node, dict) and "class_type" in node
            }
            if nodes:
                return _generation(where, nodes, {})
            if drawn is None and isinstance(found.get("nodes"), list):
                drawn = where, found
    if drawn:
        return _generation(drawn[0], None, drawn[1])
    for where in ("PNG:prompt", "PNG:workflow"):
        if where in notes.texts and _MARK.match(notes.texts[where]):
            return Generation("ComfyUI", where)
    return None


def _within(value: dict[str, Any], key: str) -> dict[str, Any]:
    """Give the graph that stands under a name, as an object or as its text."""
    found = value.get(key)
    return found if isinstance(found, dict) else parse(found)


def _generation(where: str, nodes: dict[str, dict[str, Any]] | None, drawn: dict[str, Any]) -> Generation:
    """Follow the graph that was run, or the one that a drawn workflow stands for."""
    budget = Budget(MAX_VISITS)
    try:
        found = sampling.read(Graph(nodes or workflow.graph(drawn, budget), budget))
    except Exhausted:
        return Generation("ComfyUI", where)
    return generation("ComfyUI", where, found.prompt, found.negative, found.model)
