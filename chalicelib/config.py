"""Settings, read once from the environment.

The values of the deployment's template (bucket, issuer, client, secret) have no default and are read when first
needed, so that `chalice package`, which imports the app to learn its routes, needs none of it.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from functools import cache, cached_property
from typing import NamedTuple

RATE_LIMITS = {
    "read": (1200, 60),
    "write": (300, 60),
    "admin": (600, 60),
    "public": (300, 60),
    "shared": (3000, 60),  # pages of 50 thumbnails, seen by an office of sixty people behind one address
    "auth": (20, 60),
    "send": (30, 60),  # requests to others, that a caller asks for
    "meaning": (300, 86_400),  # embeddings of texts: one account must not spend the budget of all
}
"""For each class of routes, how many requests one caller may make within how many seconds."""
PROFILES = ("metadata", "standard", "full")
"""How far to look at an image: not at its pixels, at a sample of them, at all."""
RECOGNITION = ("off", "local")
"""Who looks at the content of images: nobody, or the models in the function `recognize`."""
REKOGNITION = {"moderation": "moderation", "labels": "label", "text": "text"}
"""The requests of Amazon Rekognition that a stage may make, in their order, and how findings name their runs."""
EMBEDDINGS = ("", "amazon.titan-embed-image-v1")
"""Whose embeddings pictures are found by: nobody's, or those of a model of Amazon Bedrock."""
PRODUCTION = "prod"
"""The stage on which no setting for tests is allowed."""
ANY_ORIGIN = "*"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:.]+\](:[0-9]+)?")


class ConfigurationError(Exception):
    """A setting is missing or cannot be understood."""


class Demo(NamedTuple):
    """An account that everybody may use, because the system runs on one machine only."""

    name: str
    password: str


class Settings:
    """The settings of this process; each is read from the environment at its first use and kept."""

    def __init__(self) -> None:
        # The models read the settings when they are imported, so that this ends a function's start
        emulated = self.stage != PRODUCTION and (self.endpoint_url is not None or runs_offline())
        if self.webhooks_allow_loopback and not emulated:
            raise ConfigurationError(
                f"JANUS_WEBHOOKS_ALLOW_LOOPBACK is for an emulator (AWS_ENDPOINT_URL) alone, never {PRODUCTION}"
            )

    @cached_property
    def stage(self) -> str:
        """Name of the Chalice stage."""
        return os.environ.get("JANUS_STAGE", "dev")

    @cached_property
    def region(self) -> str:
        """AWS region of bucket, queues and tables."""
        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    @cached_property
    def endpoint_url(self) -> str | None:
        """Address of an AWS emulator; None is AWS itself. botocore reads the same variable."""
        return os.environ.get("AWS_ENDPOINT_URL") or None

    @cached_property
    def images_bucket(self) -> str:
        """Name of the bucket with `uploads/` and `derived/`."""
        return _required("IMAGES_BUCKET")

    @cached_property
    def images_table(self) -> str:
        """Name of the table of image records."""
        return f"janus-{self.stage}-images"

    @cached_property
    def facets_table(self) -> str:
        """Name of the table of the catalogue: index entries, counters, changes."""
        return f"janus-{self.stage}-facets"

    @cached_property
    def accounts_table(self) -> str:
        """Name of the table of accounts, keys, shares and usage."""
        return f"janus-{self.stage}-accounts"

    @cached_property
    def transient_table(self) -> str:
        """Name of the table of rate limits and first answers, all of which expire."""
        return f"janus-{self.stage}-transient"

    @cached_property
    def uploads_queue(self) -> str:
        """Name of the SQS queue that S3 tells of created and removed objects."""
        return f"janus-{self.stage}-uploads"

    @cached_property
    def uploads_dead_letter_queue(self) -> str:
        """Name of the SQS queue that keeps messages that could not be processed."""
        return f"janus-{self.stage}-uploads-dead-letter"

    @cached_property
    def jobs_queue(self) -> str:
        """Name of the SQS queue of work that takes longer than a request."""
        return f"janus-{self.stage}-jobs"

    @cached_property
    def jobs_dead_letter_queue(self) -> str:
        """Name of the SQS queue that keeps the jobs that did not succeed."""
        return f"janus-{self.stage}-jobs-dead-letter"

    @cached_property
    def changes_dead_letter_queue(self) -> str:
        """Name of the SQS queue that keeps the changes of records that the catalogue could not follow."""
        return f"janus-{self.stage}-changes-dead-letter"

    @cached_property
    def deliveries_queue(self) -> str:
        """Name of the SQS queue of events to be delivered to webhooks."""
        return f"janus-{self.stage}-deliveries"

    @cached_property
    def deliveries_dead_letter_queue(self) -> str:
        """Name of the SQS queue that keeps deliveries whose attempt itself could not be made."""
        return f"janus-{self.stage}-deliveries-dead-letter"

    @cached_property
    def recognition_queue(self) -> str:
        """Name of the SQS queue of images that models are to look at."""
        return f"janus-{self.stage}-recognition"

    @cached_property
    def recognition_dead_letter_queue(self) -> str:
        """Name of the SQS queue that keeps images that models could not look at."""
        return f"janus-{self.stage}-recognition-dead-letter"

    @cached_property
    def recognition(self) -> bool:
        """Whether models look at images, as far as their owners let them."""
        text = os.environ.get("JANUS_RECOGNITION") or RECOGNITION[0]
        if text not in RECOGNITION:
            raise ConfigurationError(f"JANUS_RECOGNITION must be off or local, not {text!r}")
        return text != RECOGNITION[0]

    @cached_property
    def unsafe_threshold(self) -> float | None:
        """Score from which an image counts as unsafe, and is hidden from all but its owner; None: none is."""
        text = os.environ.get("JANUS_UNSAFE_THRESHOLD") or None
        if text is None:
            return None
        if not re.fullmatch(r"0?\.[0-9]{1,4}|1(\.0{1,4})?", text) or float(text) == 0:
            raise ConfigurationError(
                f"JANUS_UNSAFE_THRESHOLD must be a number above 0, up to 1, such as 0.8, not {text!r}"
            )
        if not self.recognition:
            raise ConfigurationError("JANUS_UNSAFE_THRESHOLD needs models: set JANUS_RECOGNITION to local")
        return float(text)

    @cached_property
    def rekognition(self) -> tuple[str, ...]:
        """The runs of Amazon Rekognition (values of `REKOGNITION`) that images are sent to; none by default."""
        text = os.environ.get("JANUS_REKOGNITION") or ""
        names = text.split(",") if text else []
        if not REKOGNITION.keys() >= set(names):
            raise ConfigurationError(
                f"JANUS_REKOGNITION must be empty, or some of {', '.join(REKOGNITION)} with commas between, "
                f"not {text!r}"
            )
        if names and not self.recognition:
            raise ConfigurationError("JANUS_REKOGNITION needs recognition: set JANUS_RECOGNITION to local")
        return tuple(run for name, run in REKOGNITION.items() if name in names)

    @cached_property
    def rekognition_budget(self) -> int:
        """How much Amazon Rekognition may cost in a month (UTC), in micro-dollars; 0 sends nothing."""
        return _budget("JANUS_REKOGNITION_BUDGET_USD")

    @cached_property
    def embeddings(self) -> str:
        """The model of Amazon Bedrock by whose embeddings pictures are found; empty, by default, for none."""
        text = os.environ.get("JANUS_EMBEDDINGS") or ""
        if text not in EMBEDDINGS:
            raise ConfigurationError(f"JANUS_EMBEDDINGS must be empty or {EMBEDDINGS[1]}, not {text!r}")
        if text and not self.recognition:
            raise ConfigurationError("JANUS_EMBEDDINGS needs recognition: set JANUS_RECOGNITION to local")
        if text and not self.vector_index:
            raise ConfigurationError("JANUS_EMBEDDINGS needs an index: set VECTOR_INDEX to its ARN")
        return text

    @cached_property
    def embeddings_budget(self) -> int:
        """How much embeddings may cost in a month (UTC), in micro-dollars; 0 makes none."""
        return _budget("JANUS_EMBEDDINGS_BUDGET_USD")

    @cached_property
    def embeddings_cutoff(self) -> float:
        """The least score (cosine similarity) of a picture that a search by meaning finds."""
        text = os.environ.get("JANUS_EMBEDDINGS_CUTOFF") or ""
        if not re.fullmatch(r"0?\.[0-9]{1,9}|0|1(\.0{1,9})?", text):
            raise ConfigurationError(
                "JANUS_EMBEDDINGS needs a cut-off: set JANUS_EMBEDDINGS_CUTOFF to a score from 0 to 1, "
                f"such as 0.2, not {text!r}"
            )
        return float(text)

    @cached_property
    def vector_index(self) -> str:
        """ARN of the index of Amazon S3 Vectors that has the embeddings; empty where there are none."""
        return os.environ.get("VECTOR_INDEX") or ""

    @cached_property
    def event_bus(self) -> str | None:
        """Name of the EventBridge bus that is told every event of the stage; None: none is."""
        return os.environ.get("EVENT_BUS") or None

    @cached_property
    def max_receive_count(self) -> int:
        """How often a message is tried before the dead-letter queue takes it (the queue's redrive policy)."""
        return _integer("MAX_RECEIVE_COUNT", 3)

    @cached_property
    def retry_seconds(self) -> int:
        """How long a failed message waits for its second attempt; longer for each further one."""
        return _integer("RETRY_SECONDS", 15)

    @cached_property
    def auth_issuer(self) -> str:
        """Issuer (`iss`) of the access tokens that are accepted."""
        return _required("AUTH_ISSUER")

    @cached_property
    def auth_jwks_url(self) -> str:
        """Address of the issuer's signing keys; an emulator signs with its own, and serves them."""
        emulated = self.endpoint_url and self.user_pool and f"{self.endpoint_url.rstrip('/')}/{self.user_pool}"
        return os.environ.get("AUTH_JWKS_URL") or f"{emulated or self.auth_issuer}/.well-known/jwks.json"

    @cached_property
    def auth_audience(self) -> str | None:
        """Audience (`aud`) that the access tokens must name; None where the issuer tells its tokens by client."""
        return os.environ.get("AUTH_AUDIENCE") or None

    @cached_property
    def auth_client_id(self) -> str | None:
        """Client that the access tokens must have been issued to; None only where an audience is set."""
        client = os.environ.get("AUTH_CLIENT_ID") or None
        if client is not None and client == self.auth_audience:
            raise ConfigurationError(
                "AUTH_AUDIENCE must name the API, not the client: by it, access tokens differ from id tokens"
            )
        return client if self.auth_audience else _required("AUTH_CLIENT_ID")

    @cached_property
    def auth_client_secret(self) -> str | None:
        """Secret of the user pool's client, which proves each request for tokens; None where it has none."""
        return os.environ.get("AUTH_CLIENT_SECRET") or None

    @cached_property
    def auth_threat_protection(self) -> bool:
        """Whether the user pool judges log-ins by the addresses that they come from."""
        return os.environ.get("AUTH_THREAT_PROTECTION", "OFF") != "OFF"

    @cached_property
    def admins_need_second_factor(self) -> bool:
        """Whether the routes for admins need an account with a second factor."""
        needed = os.environ.get("ADMINS_NEED_SECOND_FACTOR", "false") == "true"
        if needed and self.user_pool is None:
            raise ConfigurationError(
                "ADMINS_NEED_SECOND_FACTOR is for Cognito; have the issuer itself ask admins for a second factor"
            )
        return needed

    @cached_property
    def demo_account(self) -> Demo | None:
        """Account that the page to sign in fills in; set offline, and never on AWS."""
        name, _, password = os.environ.get("DEMO_ACCOUNT", "").partition(":")
        return Demo(name, password) if password else None

    @cached_property
    def auth_groups_claim(self) -> str:
        """Claim of the access tokens that lists the user's groups; the group `admin` makes an admin."""
        return os.environ.get("AUTH_GROUPS_CLAIM", "cognito:groups")

    @cached_property
    def user_pool(self) -> str | None:
        """Cognito's user pool, as the issuer names it; None where the issuer is another."""
        cognito = r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/([\w-]+)"
        match = re.fullmatch(cognito, self.auth_issuer)
        return match and match[1]

    @cached_property
    def cursor_secret(self) -> bytes:
        """Key that signs list cursors, and by which the names of derived files tell others nothing."""
        return _required("CURSOR_SECRET").encode()

    @cached_property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may call, exactly as browsers send them (`https://app.example.org`); or `*`, all."""
        names = [name.strip() for name in os.environ.get("ALLOWED_ORIGINS", ANY_ORIGIN).split(",")]
        for name in names:
            if name != ANY_ORIGIN and not _ORIGIN.fullmatch(name):
                raise ConfigurationError(
                    f"ALLOWED_ORIGINS has {name!r}; an origin is scheme, host in lower case, and port, no more"
                )
        return frozenset(names)

    @cached_property
    def public_host(self) -> str | None:
        """Host name of the site behind CloudFront; None where API Gateway is called directly."""
        return os.environ.get("PUBLIC_HOST") or None

    @cached_property
    def edge_secret(self) -> str | None:
        """Secret by which CloudFront proves itself; None without one."""
        return os.environ.get("EDGE_SECRET") or None

    @cached_property
    def ticket_seconds(self) -> int:
        """How long an upload ticket can be used."""
        return _integer("TICKET_SECONDS", 15 * 60)

    @cached_property
    def link_seconds(self) -> int:
        """How long a presigned link to an original or a published file works."""
        return _integer("LINK_SECONDS", 5 * 60)

    @cached_property
    def tombstone_days(self) -> int:
        """How long a removed image's tombstone keeps late events from resurrecting it."""
        return _integer("TOMBSTONE_DAYS", 14)

    @cached_property
    def analysis_profile(self) -> str:
        """How far to look, unless the upload says: `metadata` alone, `standard` a sample, `full` all pixels."""
        profile = os.environ.get("ANALYSIS_PROFILE", "standard")
        if profile not in PROFILES:
            raise ConfigurationError(f"ANALYSIS_PROFILE must be metadata, standard or full, not {profile!r}")
        return profile

    @cached_property
    def account_seconds(self) -> int:
        """How long a function caches an account or an API key."""
        return _integer("ACCOUNT_SECONDS", 30)

    @cached_property
    def quota_images(self) -> int:
        """How many images an account may have, unless an admin has said otherwise."""
        return _integer("QUOTA_IMAGES", 100_000)

    @cached_property
    def quota_bytes(self) -> int:
        """How many bytes an account may have, unless an admin has said otherwise."""
        return _integer("QUOTA_BYTES", 100 * 1000**3)

    @cached_property
    def rate_limits(self) -> dict[str, tuple[int, int]]:
        """Requests and seconds by class of route; RATE_LIMITS changes some (`read=9/60,auth=5/60`) or is `off`."""
        text = os.environ.get("RATE_LIMITS", "").strip()
        limits = {} if text == "off" else dict(RATE_LIMITS)
        for part in text.split(",") if text and limits else ():
            given = re.fullmatch(r"(\w+)=([1-9]\d{0,8})/([1-9]\d{0,4})", part.strip())
            if given is None or given[1] not in RATE_LIMITS:
                known = ", ".join(RATE_LIMITS)
                raise ConfigurationError(
                    f"RATE_LIMITS is `off` or like auth=20/60 for some of {known}; not {part!r}"
                )
            limits[given[1]] = int(given[2]), int(given[3])
        return limits

    @cached_property
    def webhooks_allow_loopback(self) -> bool:
        """Whether webhooks may call this machine (127.0.0.1, localhost), over http too: offline and in tests."""
        text = os.environ.get("JANUS_WEBHOOKS_ALLOW_LOOPBACK", "false")
        if text not in ("true", "false"):
            raise ConfigurationError(f"JANUS_WEBHOOKS_ALLOW_LOOPBACK must be true or false, not {text!r}")
        return text == "true"

    @cached_property
    def webhooks_key_secret(self) -> str:
        """ARN (or name) of the secret in AWS Secrets Manager that encrypts the secrets of webhooks."""
        return _required("WEBHOOKS_KEY_SECRET")

    @cached_property
    def sweep_grace_seconds(self) -> int:
        """How young an object the sweep leaves to the event that is surely on its way."""
        return _integer("SWEEP_GRACE_SECONDS", 15 * 60)


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def runs_offline() -> bool:
    """Tell whether this process is `chalice local` on a stage that is offline.

    AWS_CHALICE_CLI_MODE is set for every chalice command; only `local` sets CHALICE_WORKER (its autoreload child)
    or is click's current command.
    """
    if os.environ.get("JANUS_OFFLINE") != "true" or os.environ.get("AWS_CHALICE_CLI_MODE") != "true":
        return False
    if "CHALICE_WORKER" in os.environ:
        return True
    import click  # noqa: PLC0415  chalice's command line, not there on Lambda

    context = click.get_current_context(silent=True)
    return context is not None and context.info_name == "local"


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(
            f"{name} is not set: the deployment's template sets it, `chalice local` does offline"
        )
    return value


def _integer(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not {text!r}") from None


def _budget(name: str) -> int:
    """Return a service's budget for a month, in micro-dollars. Raises ConfigurationError where it has none."""
    text = os.environ.get(name) or ""
    if not re.fullmatch(r"(?=\.?[0-9])[0-9]{0,7}(\.[0-9]{0,6})?", text):
        raise ConfigurationError(
            f"{name.removesuffix('_BUDGET_USD')} needs a budget: set {name} to US dollars a month, "
            f"such as 50 or 2.5, not {text!r}"
        )
    return int(Decimal(text) * 1_000_000)
