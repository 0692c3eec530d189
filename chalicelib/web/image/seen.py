"""What models found in a picture, as facts on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.web.image.facts import MAX_TEXT, Fact, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.annotation_responses import Annotation

_LABELS = {"text": "Text", "code": "Code", "label": "Shows", "unsafe": "Unsafe to show"}


def group(annotations: Sequence[Annotation]) -> Group | None:
    """Return what was found, the number of faces among it; None where there is nothing."""
    facts = [_fact(one) for one in annotations if one["kind"] != "face"]
    if faces := len(annotations) - len(facts):
        facts.append(Fact("Faces", str(faces)))
    return Group("In the picture", facts, []) if facts else None


def _fact(one: Annotation) -> Fact:
    note = f"score {one['score']:.2f}" if one["source"] == "model" and "score" in one else "by you"
    value = one["value"][:MAX_TEXT] or one.get("details", {}).get("category", "nudity")
    return Fact(_LABELS[one["kind"]], value, note)
