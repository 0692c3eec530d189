"""Read C2PA manifests (C2PA specification 2.1): what a file claims about its making. Nothing is verified."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import cbor, certificate, jumbf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image_processing.metadata.jumbf import Superbox

MAX_MANIFESTS = 100
MAX_ACTIONS = 500
MAX_TEXT = 1000
STATUS = "structure read, signature not verified"

_X5CHAIN = (33, "x5chain")  # COSE header (RFC 9360); earlier manifests spell it out


class Action(NamedTuple):
    """One thing that was done (C2PA, "Actions")."""

    action: str
    source_type: str | None  # IPTC digital source type, without its address
    agent: str | None


class Ingredient(NamedTuple):
    """An asset the image was made from; `manifest` labels its own manifest, if that came along."""

    title: str | None
    relationship: str | None
    manifest: str | None


class Manifest(NamedTuple):
    """What one claim says."""

    label: str
    generator: str | None
    actions: list[Action]
    ingredients: list[Ingredient]
    signer: str | None


def read(blocks: Sequence[bytes]) -> list[Manifest]:
    """Read the manifests of all C2PA stores; the active one is first (it is the last of its store)."""
    budget = cbor.Budget()
    stores = (store for block in blocks for store in jumbf.read(block) if store.kind == b"c2pa")
    boxes = (box for store in stores for box in reversed(store.children) if box.kind[:2] == b"c2")
    return [_manifest(box, budget) for box in islice(boxes, MAX_MANIFESTS)]


def _manifest(box: Superbox, budget: cbor.Budget) -> Manifest:
    claim = _decoded(box.child(b"c2cl"), budget)
    store = box.child(b"c2as")
    actions: list[Action] = []
    ingredients: list[Ingredient] = []
    for assertion in store.children if store else ():
        if assertion.label.startswith("c2pa.actions"):
            listed = _list(_decoded(assertion, budget).get("actions"))
            actions += [_action(item) for item in listed if isinstance(item, dict)]
        elif assertion.label.startswith("c2pa.ingredient"):
            ingredients.append(_ingredient(_decoded(assertion, budget)))
    signature = box.child(b"c2cs")
    signer = _signer(signature.content(b"cbor"), budget) if signature else None
    return Manifest(box.label, _generator(claim), actions[:MAX_ACTIONS], ingredients[:MAX_ACTIONS], signer)


def _decoded(box: Superbox | None, budget: cbor.Budget) -> dict[Any, Any]:
    data = box.content(b"cbor") if box else None
    try:
        value = cbor.decode(data, budget) if data else None
    except cbor.MalformedError:
        return {}
    return value if isinstance(value, dict) else {}


def _generator(claim: dict[Any, Any]) -> str | None:
    info = claim.get("claim_generator_info")
    return _named(info[0] if isinstance(info, list) and info else info) or _text(claim.get("claim_generator"))


def _action(item: dict[Any, Any]) -> Action:
    source_type = _text(item.get("digitalSourceType"))
    return Action(
        _text(item.get("action")) or "",
        source_type.rstrip("/").rpartition("/")[2] if source_type else None,
        _named(item.get("softwareAgent")),
    )


def _ingredient(item: dict[Any, Any]) -> Ingredient:
    manifest = item.get("activeManifest") or item.get("c2pa_manifest")
    address = _text(manifest.get("url")) if isinstance(manifest, dict) else _text(manifest)
    return Ingredient(
        _text(item.get("dc:title")),
        _text(item.get("relationship")),
        address.rpartition("/")[2] if address else None,
    )


def _signer(signature: bytes | None, budget: cbor.Budget) -> str | None:
    """Name the subject of the signing certificate in a COSE_Sign1 (RFC 9052, 4.2)."""
    try:
        parts = cbor.decode(signature or b"", budget)
        protected = cbor.decode(parts[0], budget) if isinstance(parts, list) and parts[:1] and parts[0] else {}
    except (cbor.MalformedError, TypeError):
        return None
    headers = [protected, *(parts[1:2] if isinstance(parts, list) else [])]
    for header in headers:
        for key in _X5CHAIN if isinstance(header, dict) else ():
            chain = header.get(key)
            first = chain[0] if isinstance(chain, list) and chain else chain
            if isinstance(first, bytes):
                return certificate.subject(first)
    return None


def _named(value: Any) -> str | None:
    if isinstance(value, dict):
        return " ".join(filter(None, (_text(value.get("name")), _text(value.get("version"))))) or None
    return _text(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
