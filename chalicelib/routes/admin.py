"""For admins: accounts, the audit trail, the system's figures. Images are in `admin_images`."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

import msgspec
from chalice import Blueprint, Response

from chalicelib import jobs, queues
from chalicelib.api import paging
from chalicelib.api.endpoint import IMPERSONAL, Answer, endpoint
from chalicelib.api.http import entity_tags
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import admin_record
from chalicelib.api.schemas import admin_requests, admin_responses
from chalicelib.api.security.access import Access
from chalicelib.catalogue.index import usage
from chalicelib.config import settings
from chalicelib.db import account_directory, accounts, admin_lists, audit, keys
from chalicelib.db.models import ACTIVE, DISABLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.call import Call
    from chalicelib.db.models import Profile

routes = Blueprint(__name__)

ADMIN_ROLE = "admin"
LIBRARIES = ("chalice", "pynamodb", "msgspec", "botocore", "PyJWT", "pillow", "pillow-heif", "numpy")


@endpoint(
    routes,
    "GET",
    "/v1/admin/users",
    Access.ADMIN,
    answers={200: admin_responses.UserPage},
    problems=["invalid_cursor"],
    audited="users.list",
)
def list_users(call: Call, query: admin_requests.UserListing) -> Response:
    """List accounts by name: all, or those whose names begin with `search`.

    An account is created by its first request.
    """
    page = account_directory.page(query.limit, paging.start(call, query), search=query.search)
    body: admin_responses.UserPage = {
        "users": [admin_record.user(call, profile) for profile in page.items],
        **paging.following(call, query, page.after),
    }
    return call.answer(body)


@endpoint(
    routes,
    "GET",
    "/v1/admin/users/{owner}",
    Access.ADMIN,
    answers={200: Answer(admin_responses.UserWithUsage, headers=("ETag",))},
    problems=["user_not_found"],
    audited="user.read",
)
def get_user(call: Call, owner: str) -> Response:
    """Return an account with its usage; the ETag covers the account alone."""
    profile = _profile(owner)
    tag = entity_tags.of_json(admin_record.user(call, profile))
    return call.answer(
        admin_record.user_with_usage(call, profile, usage.used_by_month(owner)), headers={"ETag": tag}
    )


@endpoint(
    routes,
    "PATCH",
    "/v1/admin/users/{owner}",
    Access.ADMIN,
    answers={200: Answer(admin_responses.User, headers=("ETag",))},
    problems=["user_not_found", "own_account", "account_deleted"],
    matched=True,
    audited="user.change",
)
def change_user(call: Call, owner: str, body: admin_requests.UserChange) -> Response:
    """Disable or enable an account, or set its role or quotas; null restores the default.

    The change takes effect everywhere within 30 seconds.
    """
    profile = _profile(owner)
    changes = msgspec.to_builtins(body)
    if owner == call.caller.owner:
        _keep_oneself(changes)
    if profile.state not in (ACTIVE, DISABLED):
        raise Problem("account_deleted", "The account was deleted by its owner and cannot be changed.")
    call.require_match(admin_record.user(call, profile))
    if changes and not account_directory.change(profile, changes):
        raise Problem("precondition_failed", "The account was changed by another request. Read it again.")
    return call.tagged(admin_record.user(call, profile))


@endpoint(
    routes,
    "POST",
    "/v1/admin/users/{owner}/recount",
    Access.ADMIN,
    answers={202: admin_responses.Queued},
    problems=["user_not_found"],
    audited="user.recount",
)
def recount_user(call: Call, owner: str) -> Response:
    """Recount an owner's images and correct wrong counters, as a job of a few minutes."""
    _profile(owner)
    jobs.send("recount", owner=owner)
    queued: admin_responses.Queued = {"job": "recount"}
    return call.answer(queued, status=202)


@endpoint(
    routes,
    "GET",
    "/v1/admin/audit",
    Access.ADMIN,
    answers={200: admin_responses.Trail},
    problems=["invalid_cursor"],
    audited=IMPERSONAL,  # an entry for each look at the entries would bury the others
)
def list_audit(call: Call, query: admin_requests.AuditListing) -> Response:
    """List the actions of admins, newest first: all, those of an `actor`, or those on a `target`."""
    page = audit.newest(query.limit, paging.start(call, query), actor=query.actor, target=query.target)
    body: admin_responses.Trail = {
        "entries": [admin_record.entry(written) for written in page.items],
        **paging.following(call, query, page.after),
    }
    return call.answer(body)


@endpoint(
    routes, "GET", "/v1/admin/system", Access.ADMIN, answers={200: admin_responses.System}, audited=IMPERSONAL
)
def get_system(call: Call) -> Response:
    """Return the system's figures: queues, today's images, failed and expected images, versions, settings."""
    figures: admin_responses.System = {
        "stage": settings().stage,
        "region": settings().region,
        "time": keys.timestamp(keys.now()),
        "queues": {name: admin_record.depth(queues.depth(full)) for name, full in _queues().items()},
        "images": {
            name: {"number": count.number, "complete": count.complete}
            for name, count in admin_lists.counts().items()
        },
        "versions": {"python": platform.python_version(), **_versions()},
        "settings": _settings(),
    }
    return call.answer(figures)


def _profile(owner: str) -> Profile:
    profile = accounts.get(owner, consistent=True) if keys.is_owner(owner) else None
    if profile is None:
        raise Problem(
            "user_not_found", "There is no account with this owner id. An account is created by its first request."
        )
    return profile


def _keep_oneself(changes: Mapping[str, Any]) -> None:
    """Raise Problem (409) where admins would shut themselves out."""
    if changes.get("state") == DISABLED or changes.get("role", ADMIN_ROLE) != ADMIN_ROLE:
        raise Problem(
            "own_account", "Admins cannot change their own account, so that one admin remains. Ask another admin."
        )


def _queues() -> dict[str, str]:
    return {
        "uploads": settings().uploads_queue,
        "uploads_dead_letters": settings().uploads_dead_letter_queue,
        "jobs": settings().jobs_queue,
        "jobs_dead_letters": settings().jobs_dead_letter_queue,
        "deliveries": settings().deliveries_queue,
        "deliveries_dead_letters": settings().deliveries_dead_letter_queue,
        "recognition": settings().recognition_queue,
        "recognition_dead_letters": settings().recognition_dead_letter_queue,
    }


def _settings() -> dict[str, Any]:
    """Return the settings that matter to operators, without secrets."""
    known = settings()
    return {
        "account_seconds": known.account_seconds,
        "allowed_origins": sorted(known.allowed_origins),
        "analysis_profile": known.analysis_profile,
        "link_seconds": known.link_seconds,
        "max_receive_count": known.max_receive_count,
        "quota_bytes": known.quota_bytes,
        "quota_images": known.quota_images,
        "recognition": known.recognition,
        "sweep_grace_seconds": known.sweep_grace_seconds,
        "ticket_seconds": known.ticket_seconds,
        "tombstone_days": known.tombstone_days,
    }


def _versions() -> dict[str, str]:
    """Return the versions of libraries, which are not imported for it."""
    return {name.lower(): metadata.version(name) for name in LIBRARIES}
