"""Where an image comes from, as an answer with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.web import wording
from chalicelib.web.image import facts

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answer(NamedTuple):
    """A verdict in words, the tone of its badge (a class of `badge`), and a sentence that explains it."""

    words: str
    tone: str
    meaning: str


_TONES = {
    "captured": ("good", "A camera wrote this file, and no program has left a trace in it."),
    "edited": ("", "A program for editing has left its traces in the file."),
    "ai_assisted": ("warn", "The file says that a machine has changed a part of it."),
    "ai_generated": ("warn", "The file says that a generator made the picture."),
    "unknown": ("", "The file does not say how the picture came to be."),
}
_ANSWERS = {name: Answer(wording.provenance(name), *told) for name, told in _TONES.items()}

_FACTS = {
    "generator": "Generator",
    "generator_model": "Model",
    "prompt": "Prompt",
    "negative_prompt": "To be avoided",
    "digital_source_type": "Declared as",
    "c2pa_status": "Content Credentials",
    "c2pa_generator": "Claim made by",
    "c2pa_signer": "Signed by",
    "c2pa_actions": "Actions",
    "c2pa_ingredients": "Made from",
    "edit_history": "History",
}


def answer(provenance: Mapping[str, Any]) -> Answer:
    """Return the answer of a record's group `provenance`."""
    return _ANSWERS.get(str(provenance.get("provenance")), _ANSWERS["unknown"])


def evidence(provenance: Mapping[str, Any]) -> list[str]:
    """Return each piece of evidence as a sentence: `Edited: Exif:Software says GIMP 2.10`."""
    return [_sentence(str(text)) for text in provenance.get("provenance_evidence") or ()]


def details(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the further facts of the group: label and text."""
    return [(label, facts.text(provenance[name])) for name, label in _FACTS.items() if provenance.get(name)]


def _sentence(text: str) -> str:
    verdict, _, rest = text.partition(": ")
    source, _, value = rest.partition(": ")
    label = _ANSWERS[verdict].words.split(",")[0] if verdict in _ANSWERS else verdict
    return f"{label}: {source} says {value}" if value else text
