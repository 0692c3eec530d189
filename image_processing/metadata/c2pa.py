"""Read C2PA manifests (C2PA specification 2.1): a file's claims about its making. Nothing is verified."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import cbor, certificate, jumbf, source_types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image_processing.metadata.jumbf import Superbox

MAX_MANIFESTS = 100
MAX_ACTIONS = 500
MAX_TEXT = 1000
MAX_JSON = 1 << 18  # bytes of an assertion in JSON
MAX_KEY = 100  # characters of a key that are looked at
STATUS = "structure read, signature not verified"

_KEY = "digitalsourcetype"  # after "com.adobe.", "Iptc4xmpExt:" and the like
_DESCRIPTIONS = ("stds.iptc", "c2pa.metadata", "cawg.metadata", "stds.schema-org")  # assertions about the asset
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
    source_type: str | None = None


class Manifest(NamedTuple):
    """The content of one claim."""

    label: str
    generator: str | None
    actions: list[Action]
    ingredients: list[Ingredient]
    signer: str | None
    source_types: tuple[str, ...] = ()  # of the asset, as its metadata assertions name them


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
    described: list[str] = []
    for assertion in store.children if store else ():
        if assertion.label.startswith("c2pa.actions"):
            actions += _actions(_decoded(assertion, budget))
        elif assertion.label.startswith("c2pa.ingredient"):
            ingredients.append(_ingredient(_decoded(assertion, budget)))
        elif assertion.label.startswith(_DESCRIPTIONS):
            described += filter(None, [_source_type(_decoded(assertion, budget))])
    signature = box.child(b"c2cs")
    signer = _signer(signature.content(b"cbor"), budget) if signature else None
    limit = MAX_ACTIONS
    return Manifest(
        box.label, _generator(claim), actions[:limit], ingredients[:limit], signer, tuple(described[:limit])
    )


def _decoded(box: Superbox | None, budget: cbor.Budget) -> dict[Any, Any]:
    data = box.content(b"cbor") if box else None
    written = box.content(b"json") if box and not data else None
    value: Any = None
    try:
        if data:
            value = cbor.decode(data, budget)
        elif written and len(written) <= MAX_JSON:
            value = json.loads(written)
    except (cbor.MalformedError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _generator(claim: dict[Any, Any]) -> str | None:
    info = claim.get("claim_generator_info")
    return _named(info[0] if isinstance(info, list) and info else info) or _text(claim.get("claim_generator"))


def _actions(assertion: dict[Any, Any]) -> list[Action]:
    """Read the actions of an assertion; a template completes the actions of its kind (version 2)."""
    agents = _list(assertion.get("softwareAgents"))
    templates: dict[Any, Action] = {}
    for item in _list(assertion.get("templates")):
        if isinstance(item, dict) and isinstance(item.get("action"), str):
            templates.setdefault(item["action"], _action(item, agents))
    found = []
    for item in _list(assertion.get("actions")):
        if isinstance(item, dict):
            action = _action(item, agents)
            template = templates.get(action.action) or templates.get("*")
            if template:
                action = action._replace(
                    source_type=action.source_type or template.source_type, agent=action.agent or template.agent
                )
            found.append(action)
    return found


def _action(item: dict[Any, Any], agents: list[Any]) -> Action:
    agent, index = item.get("softwareAgent"), item.get("softwareAgentIndex")
    if agent is None and isinstance(index, int) and 0 <= index < len(agents):
        agent = agents[index]
    # Adobe names the source type of what another maker's model gave among the parameters
    parts = (item, item.get("parameters"), agent)
    source_type = next(filter(None, (_source_type(part) for part in parts if isinstance(part, dict))), None)
    return Action(_text(item.get("action")) or "", source_type, _named(agent))


def _source_type(item: dict[Any, Any]) -> str | None:
    """Give the digital source type that a mapping names, under any prefix of its key."""
    values = (v for k, v in item.items() if isinstance(k, str) and k[-MAX_KEY:].lower().endswith(_KEY))
    return next(filter(None, (source_types.name(_text(value)) for value in values)), None)


def _ingredient(item: dict[Any, Any]) -> Ingredient:
    manifest = item.get("activeManifest") or item.get("c2pa_manifest")
    address = _text(manifest.get("url")) if isinstance(manifest, dict) else _text(manifest)
    return Ingredient(
        _text(item.get("dc:title")),
        _text(item.get("relationship")),
        address.rpartition("/")[2] if address else None,
        _source_type(item),
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
