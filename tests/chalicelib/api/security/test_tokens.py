"""Which tokens are taken: those of the issuer, for this client or audience, now; and how often it is asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import tokens
from chalicelib.config import ConfigurationError, Settings
from tests.chalicelib.api.issuer import CLIENT, ISSUER, Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIENCE = "https://api.example.org"
NOW = int(time.time())


@pytest.fixture
def issuer(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """Return an issuer that tells its tokens by client, as Cognito does."""
    with Issuer() as issuer:
        issuer.install(monkeypatch)
        yield issuer


@pytest.fixture
def by_audience(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """Return one that tells them by audience."""
    issuer.install(monkeypatch, auth_audience=AUDIENCE, auth_client_id=None)
    return issuer


def refused(token: str) -> str:
    """Return why a token is refused; fail when it is not, or otherwise than with a challenge."""
    with pytest.raises(Problem) as raised:
        tokens.verify(token)
    assert raised.value.code == "unauthorized"
    assert raised.value.headers["WWW-Authenticate"].startswith('Bearer realm="janus", error="invalid_token"')
    return raised.value.detail


def test_a_token_names_its_subject(issuer: Issuer) -> None:
    """And whether the issuer calls it an admin."""
    identity = tokens.verify(issuer.sign(username="ada"))
    assert (identity.owner, identity.username, identity.admin) == ("somebody", "ada", False)
    assert tokens.verify(issuer.sign(**{"cognito:groups": ["a", "admin"]})).admin
    assert not tokens.verify(issuer.sign(**{"cognito:groups": "admin"})).admin


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "soon"},
        {"iat": NOW + 3600},
        {"iat": None},
        {"nbf": NOW + 3600},
        {"iss": "https://elsewhere.example.org"},
        {"iss": f"{ISSUER}/"},
        {"iss": None},
        {"token_use": "id"},
        {"token_use": None},
        {"client_id": "another"},
        {"client_id": None},
        {"client_id": [CLIENT]},
        {"client_id": None, "azp": CLIENT},
        {"sub": "../etc"},
        {"sub": ""},
        {"sub": None},
    ],
    ids=lambda claims: str(claims).replace(str(NOW - 3600), "past").replace(str(NOW + 3600), "future"),
)
def test_a_well_signed_token_of_the_wrong_kind_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    """Expired, too early, of another issuer or client, no access token, naming no possible owner."""
    refused(issuer.sign(**claims))


def test_a_token_has_at_most_8192_characters(issuer: Issuer) -> None:
    """A longer one is refused before anything of it is read."""
    issuer.add("second")  # the length of its name makes that of a token meet the bound
    short = issuer.sign("second", more="")
    token = issuer.sign("second", more="x" * ((8192 - len(short)) * 3 // 4))  # base64: four characters for three
    assert len(token) == 8192
    assert tokens.verify(token).owner == "somebody"
    assert refused(f"{token}x") == "The token is too long."


def test_an_issuer_may_tell_its_tokens_by_audience(by_audience: Issuer) -> None:
    """Then they need neither `token_use` nor `client_id` (RFC 9068)."""
    plain = {"token_use": None, "client_id": None}
    assert tokens.verify(by_audience.sign(aud=AUDIENCE, **plain)).owner == "somebody"
    assert tokens.verify(by_audience.sign(aud=["other", AUDIENCE], **plain)).owner == "somebody"
    assert "audience" in refused(by_audience.sign(aud="other", **plain))
    refused(by_audience.sign(**plain))
    refused(by_audience.sign(aud=[], **plain))
    refused(by_audience.sign(aud=AUDIENCE, token_use="id"))


def test_an_audience_and_a_client_must_both_be_met(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `client_id`, or by `azp` where the issuer names it so."""
    issuer.install(monkeypatch, auth_audience=AUDIENCE)
    assert tokens.verify(issuer.sign(aud=AUDIENCE))
    assert tokens.verify(issuer.sign(aud=AUDIENCE, client_id=None, azp=CLIENT))
    for claims in ({"client_id": "another"}, {"client_id": None}, {"client_id": "another", "azp": CLIENT}):
        assert "client" in refused(issuer.sign(aud=AUDIENCE, **claims))


def test_groups_are_read_where_the_issuer_has_them(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """AUTH_GROUPS_CLAIM names the claim."""
    issuer.install(monkeypatch, auth_groups_claim="groups")
    assert tokens.verify(issuer.sign(groups=["admin"])).admin
    assert not tokens.verify(issuer.sign(**{"cognito:groups": ["admin"]})).admin


def test_a_configuration_that_would_take_anything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Client or audience must be set, and an audience that is the client would let id tokens in."""
    for name, value in {"AUTH_ISSUER": ISSUER, "AUTH_CLIENT_ID": "", "AUTH_AUDIENCE": ""}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="AUTH_CLIENT_ID"):
        _ = Settings().auth_client_id
    monkeypatch.setenv("AUTH_AUDIENCE", "same")
    assert Settings().auth_client_id is None
    monkeypatch.setenv("AUTH_CLIENT_ID", "same")
    with pytest.raises(ConfigurationError, match="AUTH_AUDIENCE"):
        _ = Settings().auth_client_id


@pytest.mark.parametrize(
    ("issuer_name", "pool"),
    [
        ("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12", "eu-central-1_Ab12"),
        ("https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_X", "cn-north-1_X"),
        ("https://example.org/cognito-idp.eu.amazonaws.com/x", None),
        ("https://tenant.auth0.com/", None),
    ],
)
def test_a_user_pool_is_known_by_its_issuer(
    monkeypatch: pytest.MonkeyPatch, issuer_name: str, pool: str | None
) -> None:
    """Any other issuer keeps its users itself."""
    monkeypatch.setenv("AUTH_ISSUER", issuer_name)
    assert Settings().user_pool == pool


def test_a_verified_token_is_verified_once(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is remembered by its hash, for as long as it is valid and no longer; one that was refused is not."""
    token = issuer.sign()
    first = tokens.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.verify(token) is first
    monkeypatch.undo()
    issuer.install(monkeypatch)
    ends = int(time.time()) + 2
    almost = issuer.sign(exp=ends - tokens.LEEWAY_SECONDS)
    tokens.verify(almost)
    time.sleep(max(0, ends + 0.1 - time.time()))
    refused(almost)


def test_the_keys_are_fetched_once_for_many_tokens(issuer: Issuer) -> None:
    """Not for each."""
    for number in range(5):
        tokens.verify(issuer.sign(sub=f"user-{number}"))
    assert issuer.fetches == 1


def test_a_new_key_of_the_issuer_is_fetched(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a token names it, and the last fetch is not quite recent."""
    tokens.verify(issuer.sign())
    issuer.add("second")
    refused(issuer.sign("second", sub="early"))
    monkeypatch.setattr(tokens, "REFETCH_SECONDS", 0)
    assert tokens.verify(issuer.sign("second")).owner == "somebody"
    assert issuer.fetches == 2


def test_a_flood_of_unknown_keys_is_no_flood_of_fetches(issuer: Issuer) -> None:
    """However many ids are tried, and though none is ever found."""
    stranger = Issuer()
    for number in range(50):
        stranger.keys[f"unknown-{number}"] = stranger.keys["first"]
        refused(stranger.sign(f"unknown-{number}"))
    refused(jwt.encode({"sub": "x"}, stranger.keys["first"], algorithm="RS256"))
    assert issuer.fetches == 1
    stranger._server.server_close()


def test_known_keys_serve_while_the_issuer_is_away(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch that fails takes nothing away, and is not repeated at once."""
    tokens.verify(issuer.sign())
    issuer.broken = True
    monkeypatch.setattr(tokens, "KEYS_SECONDS", 0)
    monkeypatch.setattr(tokens, "REFETCH_SECONDS", 0)
    assert tokens.verify(issuer.sign(sub="other")).owner == "other"
    assert issuer.fetches == 2


def test_without_any_key_nobody_is_turned_away_for_good(issuer: Issuer) -> None:
    """503: the token may be good, and the issuer is asked once."""
    issuer.broken = True
    for _ in range(3):
        with pytest.raises(Problem) as raised:
            tokens.verify(issuer.sign())
        assert raised.value.code == "not_ready"
    assert issuer.fetches == 1


def test_a_refreshed_token_is_as_old_as_its_session(issuer: Issuer) -> None:
    """Logging out everywhere ends sessions; a token refreshed from one of them afterwards is no new session."""
    now = int(time.time())
    assert tokens.verify(issuer.sign(iat=now, auth_time=now - 600)).issued == now - 600
    assert tokens.verify(issuer.sign(iat=now - 5)).issued == now - 5
