"""The page of an image: the picture, its facts, its theme; and the form that edits its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.api import bulk_actions, edit_image, find_image, neighbours
from chalicelib.api.http import entity_tags, validate
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.presenters import image_annotations, image_record
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.catalogue.index import blurred_copies, cards
from chalicelib.catalogue.index import image_annotations as index
from chalicelib.db import document_codec, keys, shares
from chalicelib.db.models import EXPECTED, PRIVATE, PUBLIC, READY, REFUSALS
from chalicelib.processing import reconcile, trash
from chalicelib.web import forms, library_query, notices, waiting, wording
from chalicelib.web.image import crops as image_crops
from chalicelib.web.image import faces, facts, hidden, palette, picture_texts, provenance, seen
from chalicelib.web.page import LIBRARY, page

if TYPE_CHECKING:
    from chalicelib.db.models import Image
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

NOTHING: dict[str, str] = {}
SHOWN = (
    "title", "alt", "description", "tags", "thumbnails", "placeholder", "size", "width", "height", "interrupted",
)  # fmt: skip
TEXTS = ("title", "description", "alt", "tags", "visibility")


@page(routes, "GET", "/images/{image_id}")
def get_image(call: PageCall, image_id: str) -> Response:
    """Show an image; the query carries the list that it was opened from, and `contrast` of its theme."""
    from chalicelib.api.presenters import accessibility, crops  # noqa: PLC0415  only this page and its form need them

    image = find_image.own(call, image_id)
    card = cards.card(image)
    annotations = index.of(image)
    told_record = image_record.record(call, image, annotations)
    document = document_codec.unpack(image.document)
    metadata, origins = document.get("metadata", {}), document.get("origins", {})
    analysis, words = document.get("analysis") or {}, told_record.get("words", {})
    asked = library_query.read(call.request.query_params)
    on_card = image_record.summary(call, card)
    shared = [_share(one) for one in shares.of(image)] if image.state == READY else []
    summary = told_record.get("annotations")
    found = neighbours.of(card, asked.query, asked.order) if image.state != EXPECTED else neighbours.NONE
    context: dict[str, Any] = {
        "image": {**dict.fromkeys(SHOWN), **told_record, **on_card, "alt": image.alt},
        "again": waiting.again(call) if image.state == EXPECTED else None,
        "refused": image.code in REFUSALS,
        "list_query": list_query(call),
        "neighbours": found,
        "provenance": provenance.answer(metadata.get("provenance", {})),
        "evidence": provenance.evidence(metadata.get("provenance", {})),
        "origin_facts": provenance.details(metadata.get("provenance", {})),
        "groups": facts.groups(metadata, origins, words),
        "file": facts.group("File", facts.file(told_record, metadata, analysis), origins),
        "everything": facts.everything(metadata, origins, words),
        "conflicts": facts.conflicts(document.get("conflicts", ())),
        "warnings": [detail for _, detail in document.get("warnings", ())],
        "pictures": picture_texts.pictures(analysis),
        "seen": seen.seen(image_annotations.one_by_one(annotations)),
        "crops": image_crops.section(crops.of(image, annotations, image_crops.RATIOS), annotations.people)
        if image.state == READY
        else None,
        "audit": accessibility.findings(image, document, annotations) if image.state == READY else [],
        "shares": shared,
        "hidden": hidden.told(summary, offered=image.visibility == PUBLIC or bool(shared)),
        "withheld": summary is not None and "withheld" in summary,
        "faces": faces.preview(on_card.get("thumbnails") or {}, blurred_copies.boxes(image, annotations))
        if image.state == READY
        else None,
        "failure": wording.failure(image.code),
        "reason": "" if wording.again(image.code) else image.reason,
        "swept": reconcile.EVERY_SECONDS,
        "trashed": trash.KEPT_SECONDS,
        **theme_context(call, analysis, f"/images/{image_id}", image.sequencer or ""),
    }
    return call.render("image.html", **context)


@page(routes, "GET", "/images/{image_id}/edit")
def get_edit(call: PageCall, image_id: str) -> Response:
    """Show the form that edits an image's texts."""
    return _form(call, find_image.own(call, image_id), 200)


@page(routes, "POST", "/images/{image_id}")
def post_image(call: PageCall, image_id: str) -> Response:
    """Write an image's texts; the form again where one is refused, or somebody else was faster."""
    form = call.form(page_requests.EditedTexts)
    given = {name: getattr(form, name) for name in TEXTS}
    try:
        asked = validate.body(form.edit(), image_requests.Edit)
    except Problem as problem:
        return _form(call, find_image.own(call, image_id), 400, values=given, faults=forms.faults(problem))
    try:
        edit_image.apply(call, image_id, asked, form.match)
    except Problem as problem:
        if problem.code != "precondition_failed":
            raise
        image = find_image.own(call, image_id, consistent=True)
        return _form(call, image, CODES[problem.code][0], values=given, changed=True)
    return call.go(f"/images/{image_id}{list_query(call)}")


@page(routes, "POST", "/images/{image_id}/delete")
def post_delete(call: PageCall, image_id: str) -> Response:
    """Move an image to the trash, and lead back to the list."""
    bulk_actions.to_trash(find_image.own(call, image_id))
    query = list_query(call)
    return call.go(f"{LIBRARY}{query}{'&' if query else '?'}{notices.query('delete', 1)}")


def list_query(call: PageCall) -> str:
    """Return the query of the list that an image was opened from, with its question mark; empty without one."""
    return library_query.carried(library_query.read(call.request.query_params).filters)


def theme_context(call: PageCall, analysis: dict[str, Any], base: str, version: str) -> dict[str, Any]:
    """Return a page's palette and theme, of an image that is served at `base`; no theme without an analysis."""
    contrast = "aaa" if (call.request.query_params or NOTHING).get("contrast") == "aaa" else "aa"
    found = palette.swatches(analysis.get("palette") or ())
    context: dict[str, Any] = {"swatches": found, "palette_texts": palette.texts(found), "contrast": contrast}
    if not analysis:
        return {**context, "theme": None}
    from image_processing import theme  # noqa: PLC0415  only pages with a theme pay for the import

    built = theme.build(analysis, contrast)
    pairs = [pair for mode in built.modes for pair in mode.pairs]
    sheet = f"{base}/theme.css?{urlencode({'contrast': contrast, 'v': version})}"
    passing = sum(pair.ratio >= pair.required for pair in pairs)
    return {**context, "theme": {"sheet": sheet, "base": f"{base}/theme", "pairs": len(pairs), "passing": passing}}


def _share(share: Any) -> dict[str, Any]:
    expires = keys.timestamp(share.expires)
    return {"share_id": share.share_id, "scope": share.scope, "blur": share.blur, "expires": expires}


def _form(call: PageCall, image: Image, status: int, **given: Any) -> Response:
    """Return the form with an image's texts, or those given, and the present ones where it was changed."""
    from chalicelib.api.presenters import accessibility  # noqa: PLC0415  as above

    stored = {
        "title": image.title or "",
        "description": image.description or "",
        "alt": image.alt or "",
        "tags": "\n".join(sorted(image.tags or ())),
        "visibility": image.visibility or PRIVATE,
    }
    annotations = index.of(image)
    context: dict[str, Any] = {
        "image_id": image.image_id,
        "name": cards.card(image).name,
        "match": entity_tags.of_json(image_record.record(call, image, annotations)),
        "list_query": list_query(call),
        "stored": stored,
        "values": stored,
        "draft": None if image.alt else accessibility.draft(document_codec.unpack(image.document), annotations),
        "changed": False,
        "faults": {},
    }
    return call.render("image_edit.html", status=status, **{**context, **given})
