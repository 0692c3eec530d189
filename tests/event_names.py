"""The types of event that are promised, in their order: docs, schemas, pages and code have these alone."""

NAMES = (
    "image.expected",
    "image.ready",
    "image.failed",
    "image.updated",
    "image.annotated",
    "image.flagged",
    "image.removed",
    "image.shared",
    "share.revoked",
    "theme.changed",
    "duplicate.found",
    "quota.near",
    "job.finished",
    "account.deleted",
)
