"""The course of the whole journey: its steps in their order, each printed with its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.journey import (
    accounts,
    administration,
    browsing,
    catalogue,
    ending,
    hearing,
    recognizing,
    sharing,
    uploading,
)
from tests.journey.receiver import Receiver
from tests.journey.state import Journey

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journey.target import Target

STEPS: dict[str, Callable[[Journey], str | None]] = {  # a step that the target has nothing for returns the reason
    "sign up, confirm, log in, refresh": accounts.sign_up,
    "a guest and an admin": accounts.others_sign_up,
    "a webhook": hearing.subscribe,
    "tickets, aws s3 cp, a body": uploading.upload,
    "a word, a face, blurred in a share": recognizing.recognize,
    "records and originals": uploading.records,
    "lists, filters, pages": catalogue.search,
    "facets, duplicates, similar, analytics": catalogue.count,
    "themes, pictures, thumbnails": uploading.themes,
    "edits, tags, changes": catalogue.edit,
    "signed events, received and replayed": hearing.hear,
    "shares, revoked": sharing.share,
    "a public image, private again": sharing.publish,
    "API keys": accounts.keys,
    "pages": browsing.browse,
    "a quota": accounts.quota,
    "replaced and removed with aws s3": uploading.replace_and_remove,
    "users, failures, audit": administration.administer,
    "dead letters, redrive": administration.redrive,
    "trash, restored and emptied": catalogue.trash,
    "counts equal a recount": administration.recount,
    "account deletion": ending.delete_account,
    "rate limit": accounts.rate_limit,
    "no dead letter, no error": ending.sound,
}


def run(target: Target) -> float:
    """Go through all steps; return how many seconds they took. Raises AssertionError where a step fails."""
    begun = time.perf_counter()
    print(f"The journey against {target.name}, {target.api}", flush=True)
    with Receiver() as receiver:
        journey = Journey.begin(target, receiver)
        for name, step in STEPS.items():
            print(f"  {name:<40}", end="", flush=True)
            start = time.perf_counter()
            left_out = step(journey)
            took = time.perf_counter() - start
            print(f"NOT TESTED: {left_out}" if left_out else f"{took:6.1f} s", flush=True)
    took = time.perf_counter() - begun
    print(f"  {'the whole journey':<40}{took:6.1f} s", flush=True)
    return took
