"""Webhooks of an owner: make, list, change, delete, and how each fares.

A webhook lies among the items of its account and goes with it. Its secrets are sealed (`vault`); only the answer
that makes or rotates one shows it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import conditional, keys
from chalicelib.db.models import Webhook
from chalicelib.extensions.integrations import event_types, signing, vault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pynamodb.expressions.condition import Condition

MOST = 10  # that an owner may have
OVERLAP_HOURS = 24  # in which a rotated secret still signs
FORMER_KEPT = 3  # rotated secrets that sign; one more rotation within the time ends the oldest
BY_OWNER, GONE, FAILING = "owner", "gone", "failing"
"""Why a webhook is disabled: its owner said so, its endpoint answered 410, it failed for days."""
FAILING_DAYS = 3  # without a success, after which the next failure disables the webhook
PAUSES = (5, 30, 60, 300, 900)  # seconds without an attempt, after so many failures in a row
FRESH = dict.fromkeys(("failing_since", "failures", "paused_until"))
"""The attributes of a webhook that has not failed."""
ENABLED = {"enabled": True, "disabled_because": None, **FRESH}
DISABLED = {"enabled": False, "disabled_because": BY_OWNER}
"""The attributes of a webhook that its owner enables, or disables."""
KNOWN_SECONDS = 5.0
PARTING_DAYS = 7  # that the webhooks of a deleted account are kept for its last event


class TooManyWebhooksError(Exception):
    """The owner has as many webhooks as an owner may have."""


class Keys(NamedTuple):
    """The secret of the signatures `v1`, and the private key of those `v1a` (Standard Webhooks 1.0)."""

    secret: str  # whsec_...
    private_key: str  # whsk_...


class Made(NamedTuple):
    """A new or rotated webhook, and its keys, of which the secret is shown this once."""

    item: Webhook
    keys: Keys


class Former(NamedTuple):
    """Rotated keys, which sign until a time (RFC 3339)."""

    secret: str  # sealed, with the private key
    public_key: str
    until: str


class Listener(NamedTuple):
    """A webhook that is enabled, and the event types that it asks for."""

    webhook_id: str
    types: frozenset[str]

    def wants(self, kind: str) -> bool:
        """Tell whether it asks for a type of event."""
        return event_types.matches(self.types, kind)


_listening: Memory[str, tuple[Listener, ...]] = Memory()
_known: Memory[tuple[str, str], Webhook] = Memory()


def make(owner: str, url: str, types: Iterable[str], description: str | None) -> Made:
    """Make a webhook with new keys. Raises TooManyWebhooksError, and the errors of `vault`.

    Counted once it is there, so that of many made at the same moment none is too many. Cost: 1 WRU, 1 RRU.
    """
    webhook_id = keys.new_id()
    made = Keys(signing.new_secret(), signing.new_private_key())
    item = Webhook(
        keys.account(owner),
        keys.webhook(webhook_id),
        owner=owner,
        webhook_id=webhook_id,
        url=url,
        types=set(types),
        description=description,
        enabled=True,
        created=keys.timestamp(keys.now()),
        secret=_sealed(made, owner, webhook_id),
        public_key=signing.public_key(made.private_key),
    )
    item.save()
    if len(of(owner)) > MOST:
        item.delete()
        raise TooManyWebhooksError
    _forget(owner, webhook_id)
    return Made(item, made)


def of(owner: str) -> list[Webhook]:
    """Return an owner's webhooks, oldest first. Cost: 1 RRU per 4 KB."""
    found = Webhook.query(keys.account(owner), Webhook.item.startswith(keys.webhook("")), consistent_read=True)
    return sorted(found, key=lambda item: item.created)


def get(owner: str, webhook_id: str) -> Webhook | None:
    """Return a webhook, or None. Cost: 1 RRU."""
    return _get(keys.account(owner), webhook_id)


def known(owner: str, webhook_id: str) -> Webhook | None:
    """Return a webhook as it was within the last seconds; also one of an account that is gone. Cost: 1 RRU."""
    found = _known.get((owner, webhook_id))
    if found is None:
        found = _get(keys.account(owner), webhook_id) or _get(keys.parting(owner), webhook_id)
        if found is not None:
            _known.keep((owner, webhook_id), found, KNOWN_SECONDS)
    return found


def listening(owner: str) -> tuple[Listener, ...]:
    """Return the enabled webhooks of an owner, from memory for `settings().account_seconds`. Cost: 1 RRU."""
    found = _listening.get(owner)
    if found is None:
        found = tuple(_listener(item) for item in of(owner) if item.enabled)
        _listening.keep(owner, found, settings().account_seconds)
    return found


def change(owner: str, webhook_id: str, **attributes: Any) -> Webhook | None:
    """Set attributes of a webhook, remove those that are None; return it, or None where there is none.

    Cost: 1 WRU.
    """
    item = Webhook(keys.account(owner), keys.webhook(webhook_id))
    changed = conditional.update(item, attributes, Webhook.holder.exists())
    _forget(owner, webhook_id)
    return item if changed else None


def rotate(item: Webhook) -> Made | None:
    """Give a webhook new keys; the former ones sign beside them for a day. None where it is gone. Cost: 1 WRU.

    Of two rotations at the same moment one comes after the other, so that both secrets sign.
    """
    standing: Webhook | None = item
    while standing is not None:
        made = Keys(signing.new_secret(), signing.new_private_key())
        until = keys.timestamp(keys.now() + timedelta(hours=OVERLAP_HOURS))
        kept = [Former(standing.secret, standing.public_key, until), *former(standing)][:FORMER_KEPT]
        values = {
            "secret": _sealed(made, item.owner, item.webhook_id),
            "public_key": signing.public_key(made.private_key),
            "previous_secret": " ".join(one.secret for one in kept),
            "previous_public_key": " ".join(one.public_key for one in kept),
            "previous_until": " ".join(one.until for one in kept),
        }
        rotated = conditional.update(standing, values, Webhook.secret == standing.secret)
        _forget(item.owner, item.webhook_id)
        if rotated:
            return Made(standing, made)
        standing = get(item.owner, item.webhook_id)
    return None


def former(item: Webhook) -> list[Former]:
    """Return the rotated keys that still sign, the newest first."""
    lists = (item.previous_secret, item.previous_public_key, item.previous_until)
    found = (Former(*one) for one in zip(*((text or "").split() for text in lists), strict=True))
    return [one for one in found if one.until > keys.timestamp(keys.now())]


def delete(owner: str, webhook_id: str) -> bool:
    """Delete a webhook; return whether there was one. Its deliveries expire. Cost: 1 WRU."""
    deleted = conditional.delete(Webhook(keys.account(owner), keys.webhook(webhook_id)), Webhook.holder.exists())
    _forget(owner, webhook_id)
    return deleted


def signers(item: Webhook) -> list[str]:
    """Return the secrets and keys that sign for a webhook now: its own, and those rotated within a day.

    Raises the errors of `vault`.
    """
    if not vault.is_current(item.secret):  # the key was rotated: before it is rotated again, seal anew
        text = vault.unseal(item.secret, owner=item.owner, webhook_id=item.webhook_id)
        anew = vault.seal(text, owner=item.owner, webhook_id=item.webhook_id)
        _note(item, Webhook.secret == item.secret, secret=anew)
    return [
        text
        for one in (item.secret, *(one.secret for one in former(item)))
        for text in json.loads(vault.unseal(one, owner=item.owner, webhook_id=item.webhook_id))
    ]


def is_paused(item: Webhook) -> bool:
    """Tell whether no attempt should be made now."""
    return bool(item.paused_until and item.paused_until > keys.timestamp(keys.now()))


def hold(item: Webhook, seconds: float) -> bool:
    """Keep further attempts off a webhook while one lasts; False where another process does so already.

    `item` is then as it stands. Cost: 1 WRU.
    """
    until = keys.timestamp(keys.now() + timedelta(seconds=seconds))
    known = (
        Webhook.paused_until.does_not_exist()
        if item.paused_until is None
        else (Webhook.paused_until == item.paused_until)
    )
    return _note(item, known, paused_until=until)


def note_success(item: Webhook) -> None:
    """Write that a webhook works again; nothing where it never failed. Cost: 1 WRU after a failure."""
    if item.failing_since or item.paused_until:
        _note(item, **FRESH)


def note_failure(item: Webhook, pause_until: datetime | None = None) -> None:
    """Write that an attempt failed, and when the next one may be made. Cost: 1 WRU."""
    failures = int(item.failures or 0) + 1
    now = keys.now()
    pause = timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])
    until = max(now + pause, pause_until or now)
    since = item.failing_since or keys.timestamp(now)
    _note(item, failing_since=since, failures=failures, paused_until=keys.timestamp(until))


def note_end(item: Webhook, reason: str) -> None:
    """Disable a webhook for a reason. Cost: 1 WRU."""
    _note(item, enabled=False, disabled_because=reason)


def fails_for_days(item: Webhook) -> bool:
    """Tell whether a webhook has had no success for so long that it should be disabled."""
    return bool(
        item.failing_since and item.failing_since < keys.timestamp(keys.now() - timedelta(days=FAILING_DAYS))
    )


def part(owner: str) -> None:
    """Take the enabled webhooks of an account out of it, so that they can be told of its end. Cost: 2 WRU each.

    Done twice, it does no harm.
    """
    for item in of(owner):
        if item.enabled and event_types.matches(item.types, "account.deleted"):
            kept = Webhook.from_raw_data(item.serialize())
            kept.holder, kept.expires = keys.parting(owner), keys.now() + timedelta(days=PARTING_DAYS)
            kept.save()
        item.delete()
    _listening.forget(owner)


def parted(owner: str) -> list[Listener]:
    """Return the webhooks of a deleted account. Cost: 1 RRU."""
    found = Webhook.query(keys.parting(owner), Webhook.item.startswith(keys.webhook("")), consistent_read=True)
    return [_listener(item) for item in found]


def _sealed(made: Keys, owner: str, webhook_id: str) -> str:
    return vault.seal(json.dumps(made), owner=owner, webhook_id=webhook_id)


def _get(holder: str, webhook_id: str) -> Webhook | None:
    try:
        return Webhook.get(holder, keys.webhook(webhook_id), consistent_read=True)
    except Webhook.DoesNotExist:
        return None


def _note(item: Webhook, condition: Condition | None = None, **attributes: Any) -> bool:
    """Write how a webhook fares, unless its owner has changed its address or state meanwhile."""
    unchanged = (Webhook.url == item.url) & (Webhook.enabled == item.enabled)
    noted = conditional.update(item, attributes, unchanged if condition is None else unchanged & condition)
    _forget(item.owner, item.webhook_id)
    return noted


def _forget(owner: str, webhook_id: str) -> None:
    _known.forget((owner, webhook_id))
    _listening.forget(owner)


def _listener(item: Webhook) -> Listener:
    return Listener(item.webhook_id, frozenset(item.types))
