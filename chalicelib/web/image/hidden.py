"""Why others do not see an image that its owner has published or shared, for the image's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.api.schemas.image_responses import AnnotationSummary

_FOUND = "Others do not see it: a model finds it unsafe to show."
_NOT_LOOKED = "Others do not see it yet: nothing has looked whether it is safe to show."
_JUDGED = {
    "unsafe": "Others do not see it: an admin has judged it unsafe to show, and only an admin can change that.",
    "safe": "An admin has judged it safe to show.",
}


def told(annotations: AnnotationSummary | None, *, offered: bool) -> tuple[str, ...]:
    """Return sentences; none where nothing is to be told.

    A judgement is told always, with the admin's note; all else where the image is `offered` to others.
    """
    if annotations is None:
        return ()
    if "judgement" in annotations:
        judgement = annotations["judgement"]
        note = (f"The admin\u2019s note: {judgement['note']}",) if "note" in judgement else ()
        return (_JUDGED[judgement["verdict"]], *note)
    if not offered or not annotations.get("withheld"):
        return ()
    return (_FOUND if annotations["counts"].get("unsafe") else _NOT_LOOKED,)
