"""Settings: read from the environment, documented, and offline only where they should be."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from chalicelib import config
from tests import embeddings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented() -> None:
    """A variable that the configuration reads, and every JANUS_ one anywhere, stands in docs/operating.md."""
    own = (ROOT / "chalicelib/config.py").read_text()
    names = set(re.findall(r"(?:environ\.get\(|_required\(|_integer\()\"([A-Z_]+)\"", own))
    for path in ROOT.glob("chalicelib/**/*.py"):
        names |= set(re.findall(r"\"(JANUS_[A-Z_]+)\"", path.read_text()))
    names -= {"AWS_CHALICE_CLI_MODE", "AWS_DEFAULT_REGION"}  # Chalice's and boto3's own
    documented = (ROOT / "docs/operating.md").read_text()
    assert {"IMAGES_BUCKET", "JANUS_STATE", "TICKET_SECONDS"} <= names
    assert not {name for name in names if f"`{name}`" not in documented}


def test_a_missing_setting_says_who_sets_it(monkeypatch: Any) -> None:
    """Not a KeyError in the middle of a request."""
    monkeypatch.delenv("IMAGES_BUCKET", raising=False)
    with pytest.raises(config.ConfigurationError, match="IMAGES_BUCKET"):
        _ = config.Settings().images_bucket


def test_a_number_that_is_none_is_refused(monkeypatch: Any) -> None:
    """With the name of the variable."""
    monkeypatch.setenv("LINK_SECONDS", "soon")
    with pytest.raises(config.ConfigurationError, match="LINK_SECONDS"):
        _ = config.Settings().link_seconds


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool/.well-known/jwks.json"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
            "http://127.0.0.1:4566/eu-west-1_Pool/.well-known/jwks.json",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AUTH_ISSUER": "https://id.example.org"},
            "https://id.example.org/.well-known/jwks.json",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AUTH_JWKS_URL": "https://keys.example.org/all"},
            "https://keys.example.org/all",
        ),
    ],
)
def test_a_user_pools_keys_are_where_its_aws_is(monkeypatch: Any, settings: dict[str, str], address: str) -> None:
    """An emulator signs the tokens of its pools itself; another issuer is itself wherever AWS is."""
    monkeypatch.setenv("AUTH_ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool")
    for name in ("AWS_ENDPOINT_URL", "AUTH_JWKS_URL", "JANUS_WEBHOOKS_ALLOW_LOOPBACK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert config.Settings().auth_jwks_url == address


def test_limits_of_requests_are_changed_class_by_class(monkeypatch: Any) -> None:
    """Classes that are not named keep their limits; `off` leaves none."""
    monkeypatch.setenv("RATE_LIMITS", " auth=5/30, read=9/1")
    changed = {"auth": (5, 30), "read": (9, 1)}
    assert config.Settings().rate_limits == {**config.RATE_LIMITS, **changed}
    monkeypatch.setenv("RATE_LIMITS", "off")
    assert config.Settings().rate_limits == {}


@pytest.mark.parametrize(
    "text", ["auth", "auth=0/60", "auth=5/0", "auth=5", "other=5/60", "auth=5/60;read=5/60", ","]
)
def test_limits_that_are_none_are_refused(monkeypatch: Any, text: str) -> None:
    """A slip of the pen neither opens nor closes the API."""
    monkeypatch.setenv("RATE_LIMITS", text)
    with pytest.raises(config.ConfigurationError, match="RATE_LIMITS"):
        _ = config.Settings().rate_limits


@pytest.mark.parametrize(("text", "allowed"), [("true", True), ("false", False), (None, False)])
def test_webhooks_reach_this_machine_by_a_setting_alone(
    monkeypatch: Any, text: str | None, *, allowed: bool
) -> None:
    """Not by default, even with an emulator."""
    monkeypatch.setenv("JANUS_STAGE", "dev")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("JANUS_WEBHOOKS_ALLOW_LOOPBACK", raising=False)
    if text is not None:
        monkeypatch.setenv("JANUS_WEBHOOKS_ALLOW_LOOPBACK", text)
    assert config.Settings().webhooks_allow_loopback is allowed


@pytest.mark.parametrize("text", ["yes", "1", "True", ""])
def test_a_slip_of_the_pen_does_not_open_this_machine(monkeypatch: Any, text: str) -> None:
    """Only `true` and `false` are values."""
    monkeypatch.setenv("JANUS_WEBHOOKS_ALLOW_LOOPBACK", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_WEBHOOKS_ALLOW_LOOPBACK"):
        _ = config.Settings().webhooks_allow_loopback


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_offline_webhooks_may_reach_this_machine_from_the_start(monkeypatch: Any, stage: str) -> None:
    """`chalice local` reads its settings before it has an emulator; production stays closed there, too."""
    monkeypatch.setenv("JANUS_STAGE", stage)
    monkeypatch.setenv("JANUS_WEBHOOKS_ALLOW_LOOPBACK", "true")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("JANUS_OFFLINE", "AWS_CHALICE_CLI_MODE", "CHALICE_WORKER"):
        monkeypatch.setenv(name, "true")
    if stage == "dev":
        assert config.Settings().webhooks_allow_loopback
    else:
        with pytest.raises(config.ConfigurationError, match="JANUS_WEBHOOKS_ALLOW_LOOPBACK"):
            config.Settings()


@pytest.mark.parametrize(
    ("stage", "endpoint", "starts"),
    [
        ("test", "http://127.0.0.1:9", True),
        ("test", "", False),
        ("prod", "http://127.0.0.1:9", False),
        ("prod", "", False),
    ],
)
def test_no_stage_on_aws_starts_where_webhooks_reach_this_machine(
    stage: str, endpoint: str, *, starts: bool
) -> None:
    """Its app cannot even be imported; production's with an emulator neither."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_"))}
    clean |= {"AWS_DEFAULT_REGION": "us-east-1", "JANUS_WEBHOOKS_ALLOW_LOOPBACK": "true"}
    started = subprocess.run(
        [sys.executable, "-c", "import app"],
        cwd=ROOT,
        env={**clean, "JANUS_STAGE": stage, "AWS_ENDPOINT_URL": endpoint},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == (0 if starts else 1)
    assert ("ConfigurationError: JANUS_WEBHOOKS_ALLOW_LOOPBACK is for an emulator" in started.stderr) is not starts


@pytest.mark.parametrize(
    ("command", "environment", "expected"),
    [
        ("local", {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, True),
        (None, {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true", "CHALICE_WORKER": "true"}, True),
        ("package", {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, False),
        ("local", {"AWS_CHALICE_CLI_MODE": "true"}, False),
        ("local", {"JANUS_OFFLINE": "true"}, False),
        (None, {"JANUS_OFFLINE": "true", "AWS_CHALICE_CLI_MODE": "true"}, False),
    ],
)
def test_only_chalice_local_on_an_offline_stage_runs_offline(
    monkeypatch: Any, command: str | None, environment: dict[str, str], *, expected: bool
) -> None:
    """Neither packaging, nor another stage, nor Lambda."""
    for name in ("JANUS_OFFLINE", "AWS_CHALICE_CLI_MODE", "CHALICE_WORKER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    context = click.Context(click.Command(command), info_name=command) if command else contextlib.nullcontext()
    with context:
        assert config.runs_offline() is expected


POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a"


@pytest.mark.parametrize(("given", "needed"), [(None, False), ("false", False), ("true", True)])
def test_admins_need_a_second_factor_where_the_stage_says_so(
    monkeypatch: Any, given: str | None, *, needed: bool
) -> None:
    """By itself, they do not."""
    monkeypatch.setenv("AUTH_ISSUER", POOL)
    monkeypatch.delenv("ADMINS_NEED_SECOND_FACTOR", raising=False)
    if given is not None:
        monkeypatch.setenv("ADMINS_NEED_SECOND_FACTOR", given)
    assert config.Settings().admins_need_second_factor is needed


def test_the_second_factor_of_another_issuer_is_unknown(monkeypatch: Any) -> None:
    """The setting would ask for nothing there: it is refused, not ignored."""
    monkeypatch.setenv("AUTH_ISSUER", "https://auth.example.org/")
    monkeypatch.setenv("ADMINS_NEED_SECOND_FACTOR", "true")
    with pytest.raises(config.ConfigurationError, match="the issuer itself"):
        _ = config.Settings().admins_need_second_factor


@pytest.mark.parametrize(("mode", "judged"), [(None, False), ("OFF", False), ("AUDIT", True), ("ENFORCED", True)])
def test_threat_protection_is_off_by_itself(monkeypatch: Any, mode: str | None, *, judged: bool) -> None:
    """Its modes are Cognito's."""
    monkeypatch.delenv("AUTH_THREAT_PROTECTION", raising=False)
    if mode is not None:
        monkeypatch.setenv("AUTH_THREAT_PROTECTION", mode)
    assert config.Settings().auth_threat_protection is judged


@pytest.mark.parametrize(
    ("text", "right"), [("", None), ("0.8", 0.8), (".5", 0.5), ("1", 1.0), ("1.0", 1.0), ("0.0001", 0.0001)]
)
def test_a_threshold_for_unsafe_content_is_a_score(
    monkeypatch: pytest.MonkeyPatch, text: str, right: float | None
) -> None:
    """Above 0, up to 1; none by default."""
    monkeypatch.setenv("JANUS_RECOGNITION", "local")
    monkeypatch.setenv("JANUS_UNSAFE_THRESHOLD", text)
    assert config.Settings().unsafe_threshold == right


@pytest.mark.parametrize(
    ("text", "recognition"),
    [("0", "local"), ("0.00", "local"), ("1.1", "local"), ("high", "local"), ("0.8", "off")],
)
def test_a_threshold_that_hides_nothing_or_everything_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, recognition: str
) -> None:
    """And so is one without models, which would hide every image for good."""
    monkeypatch.setenv("JANUS_RECOGNITION", recognition)
    monkeypatch.setenv("JANUS_UNSAFE_THRESHOLD", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_UNSAFE_THRESHOLD"):
        _ = config.Settings().unsafe_threshold


@pytest.mark.parametrize(("text", "right"), [("", False), ("off", False), ("local", True)])
def test_recognition_is_off_unless_it_is_switched_on(
    monkeypatch: pytest.MonkeyPatch, text: str, *, right: bool
) -> None:
    """Another word is refused: a misspelt `off` must not switch it on."""
    monkeypatch.setenv("JANUS_RECOGNITION", text)
    assert config.Settings().recognition is right
    monkeypatch.setenv("JANUS_RECOGNITION", "none")
    with pytest.raises(config.ConfigurationError, match="JANUS_RECOGNITION must be off or local"):
        _ = config.Settings().recognition


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", ()),
        ("labels", ("label",)),
        ("text,labels,moderation", ("moderation", "label", "text")),
        ("moderation", ("moderation",)),
    ],
)
def test_rekognition_is_asked_for_what_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str, right: tuple[str, ...]
) -> None:
    """Nothing by default; unsafe content first, in whatever order they are named."""
    monkeypatch.setenv("JANUS_RECOGNITION", "local")
    monkeypatch.setenv("JANUS_REKOGNITION", text)
    assert config.Settings().rekognition == right


@pytest.mark.parametrize(
    ("text", "recognition"),
    [("faces", "local"), ("labels,", "local"), ("labels, text", "local"), (",", "local"), ("labels", "off")],
)
def test_a_misspelt_request_of_rekognition_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, recognition: str
) -> None:
    """And so is one where nobody is to look at images."""
    monkeypatch.setenv("JANUS_RECOGNITION", recognition)
    monkeypatch.setenv("JANUS_REKOGNITION", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_REKOGNITION"):
        _ = config.Settings().rekognition


@pytest.mark.parametrize(
    ("text", "micro"),
    [("0", 0), ("50", 50_000_000), ("2.5", 2_500_000), ("0.001", 1000), ("4.35", 4_350_000), (".5", 500_000)],
)
def test_the_budget_of_rekognition_is_exact(monkeypatch: pytest.MonkeyPatch, text: str, micro: int) -> None:
    """In micro-dollars, as whole numbers: 4.35 has no binary fraction."""
    monkeypatch.setenv("JANUS_REKOGNITION_BUDGET_USD", text)
    assert config.Settings().rekognition_budget == micro


@pytest.mark.parametrize("text", ["", "-1", "ten", "1e3", "$5", "1.0000001", ".", "12345678"])
def test_a_budget_of_rekognition_must_be_an_amount(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """There is none by default: somebody must have chosen it."""
    monkeypatch.setenv("JANUS_REKOGNITION_BUDGET_USD", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_REKOGNITION_BUDGET_USD"):
        _ = config.Settings().rekognition_budget


@pytest.mark.parametrize(
    ("text", "recognition", "index"),
    [
        ("titan", "local", "arn"),
        ("off", "local", "arn"),
        (embeddings.MODEL, "off", "arn"),
        (embeddings.MODEL, "local", ""),
    ],
)
def test_embeddings_need_a_known_model_recognition_and_an_index(
    monkeypatch: pytest.MonkeyPatch, text: str, recognition: str, index: str
) -> None:
    """None is the default."""
    monkeypatch.setenv("JANUS_RECOGNITION", recognition)
    monkeypatch.setenv("VECTOR_INDEX", index)
    assert config.Settings().embeddings == ""
    monkeypatch.setenv("JANUS_EMBEDDINGS", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_EMBEDDINGS"):
        _ = config.Settings().embeddings
    monkeypatch.setenv("JANUS_EMBEDDINGS", embeddings.MODEL)
    monkeypatch.setenv("JANUS_RECOGNITION", "local")
    monkeypatch.setenv("VECTOR_INDEX", "arn")
    assert config.Settings().embeddings == embeddings.MODEL


def test_embeddings_have_a_budget_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which somebody must have chosen."""
    monkeypatch.setenv("JANUS_REKOGNITION_BUDGET_USD", "7")
    with pytest.raises(config.ConfigurationError, match=r"^JANUS_EMBEDDINGS needs .*JANUS_EMBEDDINGS_BUDGET_USD"):
        _ = config.Settings().embeddings_budget
    monkeypatch.setenv("JANUS_EMBEDDINGS_BUDGET_USD", "2.5")
    assert config.Settings().embeddings_budget == 2_500_000


@pytest.mark.parametrize(
    ("text", "score"), [("0", 0.0), ("0.2", 0.2), (".25", 0.25), ("1", 1.0), ("1.0", 1.0), ("0.1234", 0.1234)]
)
def test_the_cutoff_is_a_score(monkeypatch: pytest.MonkeyPatch, text: str, score: float) -> None:
    """From 0 to 1."""
    monkeypatch.setenv("JANUS_EMBEDDINGS_CUTOFF", text)
    assert config.Settings().embeddings_cutoff == score


@pytest.mark.parametrize("text", ["", "-0.1", "1.1", "1.0001", "20%", "half", ".", "0.1234567891", "nan", "2"])
def test_a_cutoff_must_be_a_score(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """There is none by default but in the template."""
    monkeypatch.setenv("JANUS_EMBEDDINGS_CUTOFF", text)
    with pytest.raises(config.ConfigurationError, match="JANUS_EMBEDDINGS_CUTOFF"):
        _ = config.Settings().embeddings_cutoff
