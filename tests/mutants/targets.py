"""Which modules are made wrong, by how many mutants, and which tests must notice: the one table of names.

`pure` tests take a second and run first; `real` ones talk to the offline AWS. `known` are mutants that survive, by
`function: change`, each with its reason.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Target(NamedTuple):
    """A module's tests and those of its callers, below tests/chalicelib."""

    pure: tuple[str, ...] = ()
    real: tuple[str, ...] = ()
    number: int = 3
    known: Mapping[str, str] = MappingProxyType({})


TARGETS: dict[str, Target] = {
    # pure functions
    "chalicelib.catalogue.index.sources": Target(
        ("catalogue/search/test_explanation",), ("routes/test_explained_search", "routes/test_catalogue"), number=4
    ),
    "chalicelib.catalogue.search.explanation": Target(
        ("catalogue/search/test_explanation",),
        ("routes/test_explained_search",),
        number=8,
        known={
            "of: 1 -> 2": "one match too many tells that some are left out; so do two",
            "_of_record: {word.text for word in sources.said(told)} if question.words else set() -> "
            "({word.text for word in sources.said(told)})": "saves time: without words nothing reads them",
        },
    ),
    "chalicelib.api.presenters.explained_page": Target(
        (), ("routes/test_explained_search", "routes/test_search_by_meaning"), number=3
    ),
    "chalicelib.catalogue.search.filters": Target(("catalogue/search/test_filters",), number=14),
    "chalicelib.catalogue.index.cards": Target(
        ("catalogue/index/test_cards", "catalogue/index/test_entries", "catalogue/search/test_filters"),
        ("routes/test_catalogue", "catalogue/search/test_result_page"),
        number=12,
    ),
    "chalicelib.catalogue.index.entries": Target(
        ("catalogue/index/test_entries",), ("catalogue/index/test_stream_consumer",), number=8
    ),
    "chalicelib.catalogue.index.counters": Target(
        ("catalogue/index/test_counters",),
        ("catalogue/index/test_stream_consumer", "catalogue/repair/test_recount_owner"),
        number=10,
    ),
    "chalicelib.catalogue.index.phash_bands": Target(
        ("catalogue/index/test_phash_bands", "catalogue/index/test_entries"), number=6
    ),
    "chalicelib.catalogue.index.palettes": Target(
        ("catalogue/index/test_palettes", "catalogue/index/test_cards", "catalogue/index/test_entries"), number=4
    ),
    "chalicelib.catalogue.index.terms": Target(
        ("catalogue/index/test_terms",),
        number=16,
        known={
            "_normal: 2 -> 3": "two rounds reach the end: a third changes nothing",
            "said: len(found) < MAX_WORDS -> (len(found) <= MAX_WORDS)": "the answer is cut to MAX_WORDS besides",
        },
    ),
    "chalicelib.catalogue.index.colour_cells": Target(
        ("catalogue/index/test_entries", "catalogue/index/test_colour_cells"),
        number=8,
        known={
            "_hues: last - first >= 360 -> (last - first > 360)": "no two parts span 180 degrees of hue each",
        },
    ),
    "chalicelib.catalogue.index.geohash": Target(
        ("catalogue/search/test_filters", "catalogue/index/test_geohash"),
        number=10,
        known={"distance: 1.0 -> 1.5": "a guard: no two of two million antipodes were rounded to more than 1"},
    ),
    "chalicelib.api.search_filters": Target(("api/test_search_filters",), ("routes/test_catalogue",), number=8),
    "chalicelib.api.presenters.public_image": Target(
        (),
        ("api/presenters/test_public_image", "routes/test_sharing"),
        number=4,
    ),
    "chalicelib.extensions.machine_learning.accessibility": Target(
        ("extensions/machine_learning/test_accessibility",), number=10
    ),
    "chalicelib.extensions.machine_learning.alt_draft": Target(
        ("extensions/machine_learning/test_alt_draft",), number=6
    ),
    "chalicelib.api.presenters.crops": Target((), ("routes/test_crops",), number=3),
    "chalicelib.api.presenters.accessibility": Target((), ("routes/test_image_annotations",), number=3),
    "chalicelib.db.annotation_codec": Target(("db/test_annotation_codec",), number=6),
    "chalicelib.catalogue.index.blurred_copies": Target(
        ("catalogue/index/test_blurred_copies",), ("processing/test_blur_faces",), number=6
    ),
    "chalicelib.catalogue.index.image_annotations": Target(
        ("catalogue/index/test_image_annotations",),
        number=10,
        known={"_likeness: 2 -> 3": "any number that is more than nothing, and less than that of boxes"},
    ),
    "chalicelib.extensions.machine_learning.decisions": Target(
        ("extensions/machine_learning/test_decisions",), ("routes/test_image_annotations",), number=5
    ),
    "chalicelib.extensions.machine_learning.pending": Target(
        (),
        ("extensions/machine_learning/test_recognize", "extensions/machine_learning/test_vector_clean_up"),
        number=6,
    ),
    "chalicelib.extensions.machine_learning.recognize": Target(
        (),
        (
            "extensions/machine_learning/test_recognize",
            "extensions/machine_learning/test_embeddings",
            "extensions/machine_learning/test_vector_clean_up",
        ),
        number=7,
    ),
    "chalicelib.extensions.machine_learning.paid": Target(
        (),
        ("extensions/machine_learning/test_paid", "extensions/machine_learning/test_rekognition"),
        number=4,
    ),
    "chalicelib.extensions.machine_learning.vectors": Target(
        (), ("extensions/machine_learning/test_vectors", "routes/test_search_by_meaning"), number=5
    ),
    "chalicelib.extensions.machine_learning.embeddings": Target(
        (), ("extensions/machine_learning/test_embeddings", "routes/test_refused_search_by_meaning"), number=6
    ),
    "chalicelib.api.search_by_meaning": Target(
        (),
        ("routes/test_search_by_meaning", "routes/test_refused_search_by_meaning"),
        number=8,
        known={
            "answer: len(found) >= query.limit -> (len(found) > query.limit)": "another batch is read, not shown",
            ": 25 -> 26": "how many records are read before the page is looked at: any number does",
        },
    ),
    "chalicelib.extensions.machine_learning.rekognition": Target(
        (), ("extensions/machine_learning/test_rekognition",), number=8
    ),
    "chalicelib.extensions.machine_learning.results": Target(
        ("extensions/machine_learning/test_results",), ("extensions/machine_learning/test_rekognition",), number=3
    ),
    "chalicelib.db.spending": Target((), ("db/test_spending",), number=3),
    "chalicelib.extensions.machine_learning.recognition_switch": Target(
        (), ("extensions/machine_learning/test_recognize",), number=3
    ),
    "chalicelib.api.edit_annotations": Target(
        (), ("routes/test_image_annotations", "routes/test_annotations_kept"), number=5
    ),
    "chalicelib.api.presenters.image_annotations": Target(
        (), ("routes/test_image_annotations", "routes/test_admin_judgements"), number=4
    ),
    "chalicelib.db.judgements": Target(("db/test_judgements",), number=4),
    "chalicelib.api.judge_image": Target(
        (),
        ("api/test_judge_image", "routes/test_admin_judgements", "routes/test_judgements_kept"),
        number=5,
    ),
    "chalicelib.catalogue.search.flagged": Target(
        (), ("catalogue/search/test_flagged", "routes/test_flagged_images"), number=5
    ),
    "chalicelib.db.document_codec": Target(("db/test_document_codec",), number=4),
    # the catalogue's lists, followed and read
    "chalicelib.catalogue.search.planner": Target(
        ("catalogue/search/test_planner",), ("catalogue/search/test_result_page",), number=8
    ),
    "chalicelib.catalogue.search.cursors": Target(
        ("catalogue/search/test_cursors",),
        ("catalogue/search/test_result_page", "routes/test_catalogue"),
        number=6,
    ),
    "chalicelib.catalogue.search.result_page": Target(
        ("catalogue/search/test_cursors",),
        ("catalogue/search/test_result_page", "routes/test_catalogue", "routes/test_lists"),
        number=6,
    ),
    "chalicelib.catalogue.index.record_change": Target(
        (),
        ("catalogue/index/test_record_change", "catalogue/index/test_stream_consumer", "routes/test_catalogue"),
        number=5,
        known={"Indexed: False -> True": "the default of what has no card, and so no entry of any list"},
    ),
    "chalicelib.catalogue.index.stream_consumer": Target(
        (), ("catalogue/index/test_stream_consumer", "commands/test_reindex"), number=6
    ),
    "chalicelib.catalogue.index.change_feed": Target(
        (),
        ("catalogue/index/test_change_feed", "catalogue/index/test_stream_consumer"),
        number=5,
    ),
    "chalicelib.catalogue.search.whole_cards": Target(
        (),
        ("routes/test_lists",),
        number=2,
        known={"complete: card.apart -> True": "asks for items that are not there, too: the same answer"},
    ),
    "chalicelib.catalogue.search.similar": Target(
        (), ("catalogue/search/test_similar", "catalogue/search/test_result_page"), number=4
    ),
    "chalicelib.catalogue.repair.recount_owner": Target((), ("catalogue/repair/test_recount_owner",), number=6),
    "chalicelib.catalogue.repair.recount_totals": Target((), ("catalogue/repair/test_recount_owner",)),
    "chalicelib.catalogue.repair.owners": Target((), ("catalogue/repair/test_recount_owner",), number=2),
    "chalicelib.commands.reindex": Target((), ("commands/test_reindex",), number=4),
    # processing
    "chalicelib.processing.decide": Target(
        ("processing/test_decide",), ("processing/test_ingest", "processing/test_keeping"), number=10
    ),
    "chalicelib.processing.reconcile": Target(
        ("processing/test_reconcile",), ("events/test_sweep", "processing/test_backfill"), number=4
    ),
    "chalicelib.processing.backfill": Target((), ("processing/test_backfill",), number=4),
    "chalicelib.processing.s3_events": Target((), ("processing/test_s3_events",), number=4),
    "chalicelib.processing.copies": Target((), ("processing/test_backfill", "processing/test_trash"), number=3),
    "chalicelib.api.file_links": Target((), ("api/test_file_links",), number=3),
    "chalicelib.processing.remove": Target((), ("processing/test_trash", "processing/test_keeping"), number=3),
    "chalicelib.api.http.edge": Target((), ("api/http/test_edge",), number=4),
    "chalicelib.api.http.media": Target(("api/http/test_media",), number=3),
    "chalicelib.api.http.wording": Target(("api/http/test_wording",), number=4),
    "chalicelib.processing.ingest": Target(
        (),
        ("processing/test_keeping", "processing/test_refusals", "processing/test_ingest", "processing/test_trash"),
        number=10,
        known={
            "_leave_answer: standing is not None and keeps(standing, stored) -> (keeps(standing, stored))": "the "
            "same: `keeps` is false for None, and the type checker is told so",
        },
    ),
    "chalicelib.processing.extract": Target((), ("processing/test_ingest", "routes/test_images"), number=4),
    "chalicelib.processing.publish": Target((), ("processing/test_publish",), number=4),
    "chalicelib.processing.blur_faces": Target((), ("processing/test_blur_faces",), number=5),
    "chalicelib.processing.delete_account": Target(
        (),
        ("processing/test_delete_account",),
        number=5,
        known={
            "delete_account: wait > 0 -> (wait >= 0)": "a clock that stands exactly there; a delay of 0 is none",
        },
    ),
    "chalicelib.processing.quota": Target(
        (),
        ("processing/test_quota", "api/test_check_quota", "processing/test_refusals"),
        number=5,
        known={": 3 -> 4": "beyond a larger margin the counts are read once more, and decide the same"},
    ),
    "chalicelib.processing.trash": Target(
        (), ("processing/test_trash", "routes/test_trash", "routes/test_annotations_kept"), number=6
    ),
    # tables
    "chalicelib.db.keys": Target((), ("db/test_keys", "test_storage"), number=5),
    "chalicelib.db.images": Target(
        (), ("db/test_images", "db/test_consistency", "routes/test_editing", "processing/test_keeping"), number=6
    ),
    "chalicelib.db.conditional": Target((), ("db/test_images", "routes/test_editing", "../faults/test_writes")),
    "chalicelib.db.index_table": Target(
        (),
        ("db/test_index_table", "catalogue/index/test_stream_consumer", "catalogue/repair/test_recount_owner"),
        number=5,
    ),
    "chalicelib.db.sharded_query": Target((), ("routes/test_admin_images", "db/test_images"), number=2),
    "chalicelib.db.upload_days": Target((), ("db/test_upload_days", "routes/test_admin_images"), number=2),
    "chalicelib.db.owner_lists": Target((), ("db/test_owner_lists",), number=2),
    "chalicelib.db.admin_lists": Target(
        (), ("db/test_admin_lists", "routes/test_admin_images", "routes/test_admin"), number=3
    ),
    "chalicelib.db.accounts": Target((), ("db/test_accounts", "routes/test_users", "routes/test_admin"), number=4),
    "chalicelib.db.api_keys": Target((), ("db/test_api_keys", "routes/test_keys"), number=4),
    "chalicelib.db.audit": Target((), ("db/test_audit", "routes/test_admin"), number=3),
    "chalicelib.db.account_directory": Target((), ("routes/test_admin",), number=2),
    "chalicelib.commands.backfill": Target((), ("commands/test_backfill", "processing/test_backfill")),
    "chalicelib.db.rate_counters": Target((), ("db/test_rate_counters", "db/test_consistency"), number=2),
    "chalicelib.db.shares": Target((), ("routes/test_sharing",), number=2),
    "chalicelib.db.claims": Target((), ("api/test_idempotency", "api/security/test_rate_limit"), number=2),
    # integrations
    "chalicelib.extensions.integrations.address_guard": Target(
        ("extensions/integrations/test_address_guard",), number=14
    ),
    "chalicelib.extensions.integrations.sender": Target((), ("extensions/integrations/test_sender",), number=12),
    "chalicelib.extensions.integrations.signing": Target(("extensions/integrations/test_signing",), number=8),
    "chalicelib.extensions.integrations.vault": Target((), ("extensions/integrations/test_vault",), number=8),
    "chalicelib.catalogue.index.usage": Target((), ("processing/test_quota", "api/test_check_quota"), number=3),
    "chalicelib.api.webhooks": Target(
        (),
        ("routes/test_webhooks",),
        number=6,
        known={": 60 -> 61": "how long the same replay is queued once: any time that is long for a second click"},
    ),
    "chalicelib.api.presenters.webhook": Target(
        ("api/presenters/test_webhook",), ("routes/test_webhooks",), number=4
    ),
    "chalicelib.extensions.integrations.eventbridge": Target(
        (), ("extensions/integrations/test_eventbridge",), number=4
    ),
    "chalicelib.extensions.integrations.attempt_limit": Target(
        (), ("extensions/integrations/test_deliver", "extensions/integrations/test_isolation"), number=4
    ),
    "chalicelib.extensions.integrations.quota_use": Target(
        (), ("extensions/integrations/test_quota_use",), number=4
    ),
    "chalicelib.extensions.integrations.replay": Target(
        (), ("extensions/integrations/test_replay", "routes/test_webhooks"), number=3
    ),
    "chalicelib.extensions.integrations.event": Target(("extensions/integrations/test_event_types",), number=6),
    "chalicelib.extensions.integrations.event_types": Target(
        ("extensions/integrations/test_event_types",), number=4
    ),
    "chalicelib.extensions.integrations.image_changes": Target(
        ("extensions/integrations/test_image_changes",), number=12
    ),
    "chalicelib.extensions.integrations.webhooks": Target(
        (),
        (
            "extensions/integrations/test_webhooks",
            "extensions/integrations/test_rotation",
            "extensions/integrations/test_isolation",
            "extensions/integrations/test_deliver",
            "extensions/integrations/test_deliveries",
        ),
        number=12,
        known={
            "is_paused: item.paused_until > keys.timestamp(keys.now()) -> (item.paused_until >= "
            "keys.timestamp(keys.now()))": "a pause that ends in this very millisecond",
        },
    ),
    "chalicelib.extensions.integrations.deliveries": Target(
        (),
        (
            "extensions/integrations/test_deliveries",
            "extensions/integrations/test_deliver",
            "extensions/integrations/test_outbox",
        ),
        number=8,
    ),
    "chalicelib.extensions.integrations.deliver": Target(
        (),
        (
            "extensions/integrations/test_deliveries",
            "extensions/integrations/test_deliver",
            "extensions/integrations/test_isolation",
        ),
        number=14,
        known={
            '_after_pause: item.paused_until or "" -> (item.paused_until)': "called where there is a pause; the "
            "type checker is told so",
        },
    ),
    "chalicelib.extensions.integrations.outbox": Target(
        (),
        (
            "extensions/integrations/test_outbox",
            "extensions/integrations/test_deliveries",
            "extensions/integrations/test_deliver",
            "extensions/integrations/test_eventbridge",
            "extensions/integrations/test_replay",
            "routes/test_webhooks",
        ),
        number=10,
    ),
    # the API
    "chalicelib.api.security.access": Target((), ("routes/test_keys", "routes/test_admin"), number=3),
    "chalicelib.api.presenters.admin_record": Target(
        (), ("routes/test_admin", "routes/test_admin_images", "routes/test_flagged_images"), number=3
    ),
    "chalicelib.api.image_list": Target(
        ("api/test_image_list",),
        ("routes/test_catalogue", "routes/test_admin_images", "routes/test_lists"),
        number=3,
    ),
    "chalicelib.api.security.authenticate": Target(
        (), ("api/security/test_authenticate", "routes/test_keys"), number=4
    ),
    "chalicelib.api.security.cognito": Target((), ("routes/test_auth",), number=2),
    "chalicelib.api.security.second_factor": Target((), ("routes/test_second_factor",), number=3),
    "chalicelib.api.http.page_tokens": Target((), ("api/http/test_page_tokens",), number=4),
    "chalicelib.api.edit_image": Target(
        ("api/test_edit_image",), ("routes/test_editing", "routes/test_bulk"), number=4
    ),
    "chalicelib.api.endpoint": Target(
        (),
        (
            "api/test_endpoint",
            "api/http/test_headers",
            "api/security/test_capacity",
            "routes/test_editing",
            "routes/test_images",
            "routes/test_second_factor",
        ),
        number=5,
    ),
    "chalicelib.api.http.entity_tags": Target(("api/http/test_entity_tags",), number=2),
    "chalicelib.api.bulk_actions": Target((), ("api/test_bulk_actions", "routes/test_bulk"), number=3),
    "chalicelib.api.own_account": Target((), ("routes/test_users", "routes/pages/test_account"), number=2),
    "chalicelib.api.trash_bin": Target(("api/test_trash_bin",), ("routes/test_trash",), number=3),
    "chalicelib.api.presenters.record_export": Target((), ("routes/test_users",), number=3),
    "chalicelib.api.call": Target(("api/test_call",), ("api/test_endpoint", "routes/test_images"), number=3),
    "chalicelib.api.http.headers": Target((), ("api/http/test_headers",), number=3),
    "chalicelib.api.http.validate": Target((), ("api/http/test_validate",), number=5),
    "chalicelib.api.neighbours": Target((), ("routes/pages/test_image_neighbours",), number=4),
    "chalicelib.api.share_links": Target((), ("routes/test_sharing",), number=2),
    "chalicelib.api.designs": Target((), ("routes/test_themes", "routes/test_public_designs"), number=2),
    "chalicelib.api.embedding": Target((), ("routes/test_embedding",), number=3),
    "chalicelib.api.find_image": Target((), ("routes/test_images", "routes/test_sharing"), number=2),
    "chalicelib.api.paging": Target((), ("routes/test_catalogue", "routes/test_images"), number=2),
    "chalicelib.api.http.problems": Target((), ("api/http/test_problems", "api/security/test_capacity"), number=3),
    "chalicelib.api.check_quota": Target((), ("api/test_check_quota",), number=1),
    "chalicelib.api.idempotency": Target((), ("api/test_idempotency",), number=4),
    "chalicelib.api.presenters.analytics": Target(
        ("api/presenters/test_analytics",), ("routes/test_catalogue",), number=2
    ),
    "chalicelib.extensions.data_analytics.facets": Target(
        ("extensions/data_analytics/test_facets",), ("routes/test_catalogue",), number=6
    ),
    "chalicelib.extensions.data_analytics.uploads": Target(("extensions/data_analytics/test_facets",), number=3),
    "chalicelib.api.security.rate_limit": Target((), ("api/security/test_rate_limit",), number=6),
    "chalicelib.api.security.tokens": Target(
        (), ("api/security/test_tokens", "api/security/test_authenticate"), number=5
    ),
    "chalicelib.api.security.sign_in": Target((), ("routes/test_auth", "routes/test_second_factor"), number=3),
    "chalicelib.api.security.audit": Target((), ("routes/test_admin",), number=1),
    "chalicelib.api.presenters.thumbnails": Target(
        (), ("routes/test_list_thumbnails", "routes/test_images"), number=3
    ),
    "chalicelib.api.presenters.image_record": Target(
        ("api/presenters/test_image_record",), ("routes/test_images", "routes/test_editing"), number=4
    ),
}
PACKAGES = (
    "chalicelib/catalogue",
    "chalicelib/processing",
    "chalicelib/db",
    "chalicelib/api",
    "chalicelib/extensions",
)
"""Folders of which every module has a line here, or is left alone."""
LEFT_ALONE = {
    "chalicelib.api.schemas.annotation_requests": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.crop_requests": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.crop_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.accessibility_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.annotation_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.webhook_requests": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.webhook_responses": "declarations, of which nothing runs",
    "chalicelib.catalogue.index.colour_cell_extents": "a table that scripts/colour_cells writes",
    "chalicelib.commands.recount": "a program around recount_owner and recount_totals: output on a terminal",
    "chalicelib.db.models": "declarations; tests/packaging holds them against the template",
    "chalicelib.commands.seed": "a program: it makes up data for `make seed`",
    "chalicelib.db.slices": "declarations, of which nothing runs",
    "chalicelib.db.create_tables": "makes the tables that every other test stands on",
    "chalicelib.api.security.caller": "declarations, of which nothing runs",
    "chalicelib.api.schemas.search_query": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.image_requests": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.image_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.catalogue_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.system_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.page_requests": "declarations; tests/chalicelib/routes/pages hold them",
    "chalicelib.api.schemas.account_responses": "declarations, of which nothing runs",
    "chalicelib.api.schemas.admin_requests": "declarations; tests/document and make contract hold them",
    "chalicelib.api.schemas.admin_responses": "declarations, of which nothing runs",
}
