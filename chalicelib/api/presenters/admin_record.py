"""How accounts, images of all owners and the audit trail look to an admin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from chalicelib.api.presenters import image_annotations, image_record
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.index import image_annotations as index
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import READY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import admin_responses
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.catalogue.index.usage import Amount
    from chalicelib.db.judgements import Judgement
    from chalicelib.db.models import AuditEntry, Image, Profile

MESSAGE_CHARACTERS = 8192  # of a message's body


def user(call: Call, profile: Profile) -> admin_responses.User:
    """Return an account as an admin sees it."""
    shown = {
        "owner": profile.owner,
        "name": profile.name or profile.owner,
        "display_name": profile.display_name,
        "state": profile.state,
        "created": profile.created,
        "role": profile.role,
        "quota_images": _or(profile.quota_images, settings().quota_images),
        "quota_bytes": _or(profile.quota_bytes, settings().quota_bytes),
        "links": {
            "self": call.link(f"/v1/admin/users/{quote(profile.owner)}"),
            "images": call.link(f"/v1/admin/images?owner={quote(profile.owner, safe='')}"),
        },
    }
    return cast("admin_responses.User", _present(shown))


def user_with_usage(call: Call, profile: Profile, months: Mapping[str, Amount]) -> admin_responses.UserWithUsage:
    """Return an account with its usage, by month of upload."""
    shown: dict[str, admin_responses.Amount] = {
        month: {"images": part.images, "bytes": part.bytes} for month, part in months.items()
    }
    total: admin_responses.Amount = {
        "images": sum(part.images for part in months.values()),
        "bytes": sum(part.bytes for part in months.values()),
    }
    return {**user(call, profile), "usage": total, "months": shown}


def summary(call: Call, image: Image) -> admin_responses.OwnedSummary:
    """Return an image as a list over all owners shows it."""
    return card_summary(call, cards.card(image))


def card_summary(call: Call, card: Card) -> admin_responses.OwnedSummary:
    """Return a card as a list over all owners shows it."""
    own = {"owner": card.owner, "links": {"self": _path(call, card.image_id)}}
    return cast("admin_responses.OwnedSummary", {**image_record.described(call, card), **own})


def _path(call: Call, image_id: str) -> str:
    return call.link(f"/v1/admin/images/{image_id}")


def _moderated(call: Call, image: Image, found: Annotations) -> dict[str, Any]:
    """Return who sees an image, and why, with links to its judgement, and to a thumbnail if admins may see it."""
    own = _path(call, image.image_id)
    links = {"self": own}
    if image.sha256 is not None:
        links["judgement"] = f"{own}/judgement"
    if found.flagged and image.state == READY:
        links["thumbnail"] = f"{own}/thumbnail"
    return {"moderation": _moderation(found), "links": links}


def unsettled(call: Call, image: Image) -> admin_responses.UnsettledSummary:
    """Return an image that somebody should look at, with the reason."""
    shown = {
        **summary(call, image),
        "changed": image.changed,
        "expires": None if image.expires is None else keys.timestamp(image.expires),
        "reason": image.reason,
        "interrupted": image.interrupted,
    }
    return cast("admin_responses.UnsettledSummary", _present(shown))


def flagged(call: Call, image: Image) -> admin_responses.OwnedSummary:
    """Return an image as the list of flagged images shows it."""
    return cast(
        "admin_responses.OwnedSummary", {**summary(call, image), **_moderated(call, image, index.of(image))}
    )


def record(call: Call, image: Image) -> admin_responses.OwnedRecord:
    """Return the record of an image of any owner, without the links that only the owner may follow."""
    found = index.of(image)
    shown = image_record.record(call, image, found)
    shown.pop("pictures", None)
    return cast("admin_responses.OwnedRecord", {**shown, "thumbnails": {}, **_moderated(call, image, found)})


def _moderation(found: Annotations) -> admin_responses.Moderation:
    unsafe = next((one for one in found.all if one.kind == index.UNSAFE), None)
    shown = {
        "withheld": found.withheld,
        "unsafe": unsafe and image_annotations.annotation(unsafe),
        "judgement": found.judgement and _signed(found.judgement),
        "of_other_contents": [{**_signed(one), "sha256": one.content} for one in found.of_other_contents] or None,
    }
    return cast("admin_responses.Moderation", _present(shown))


def _signed(made: Judgement) -> dict[str, Any]:
    return {**image_annotations.judgement(made), **_present({"by": made.by or None})}


def entry(written: AuditEntry) -> admin_responses.Entry:
    """Return an entry of the audit trail."""
    shown = {
        "time": written.time,
        "actor": written.actor,
        "action": written.action,
        "target": written.target or None,
        "detail": None if written.detail is None else json.loads(written.detail),
    }
    return cast("admin_responses.Entry", _present(shown))


def depth(found: tuple[int, int]) -> admin_responses.Depth:
    """Return how many messages a queue holds: waiting, and with somebody."""
    waiting, in_flight = found
    return {"waiting": waiting, "in_flight": in_flight}


def message(found: dict[str, Any]) -> admin_responses.Message:
    """Return a message as SQS describes it, its body up to 8192 characters."""
    return {
        "message_id": found["MessageId"],
        "sent": keys.timestamp(keys.at(int(found["Attributes"]["SentTimestamp"]) / 1000)),
        "receives": int(found["Attributes"]["ApproximateReceiveCount"]),
        "body": found["Body"][:MESSAGE_CHARACTERS],
        "truncated": len(found["Body"]) > MESSAGE_CHARACTERS,
    }


def _present(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value is not None}


def _or(number: float | None, default: int) -> int:
    return default if number is None else int(number)
