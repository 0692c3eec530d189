"""Secrets at rest: readable for their webhook alone, over rotations of the key, and by an independent AES-GCM."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chalicelib import aws as clients
from chalicelib.cache import Memory
from chalicelib.config import ConfigurationError, settings
from chalicelib.extensions.integrations import vault
from chalicelib.extensions.integrations.vault import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MINE = {"owner": "ada", "webhook_id": "wh_1"}
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def key(aws: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that puts another text into the test's own secret, and forgets the keys of the process."""
    manager, name = clients.client("secretsmanager"), f"key-{request.node.name[:80].encode().hex()}"
    manager.create_secret(Name=name, SecretString="a" * 32)
    monkeypatch.setitem(vars(settings()), "webhooks_key_secret", name)
    monkeypatch.setattr(vault, "_keys", Memory())

    def rotate(text: str) -> str:
        monkeypatch.setattr(vault, "_keys", Memory())
        return manager.put_secret_value(SecretId=name, SecretString=text)["VersionId"]

    yield rotate
    manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_a_secret_comes_back_for_its_webhook(key: Any) -> None:
    """And is not to be seen in what is stored."""
    sealed = vault.seal(SECRET, **MINE)
    assert vault.unseal(sealed, **MINE) == SECRET
    assert sealed.isascii()
    assert SECRET[6:20] not in sealed
    assert base64.b64encode(SECRET.encode())[:20].decode() not in sealed


def test_a_secret_is_never_sealed_the_same_way_twice(key: Any) -> None:
    """GCM allows no nonce a second time."""
    assert len({vault.seal(SECRET, **MINE) for _ in range(20)}) == 20


def test_the_form_is_aes_gcm_as_documented(key: Any) -> None:
    """Another implementation reads it: version, key and bound data are those of the module's docstring."""
    version = key("k" * 40)
    form, named, text = vault.seal(SECRET, **MINE).split(".")
    data = base64.urlsafe_b64decode(text)
    value = hmac.new(b"k" * 40, b"janus webhooks", hashlib.sha256).digest()
    decryptor = Cipher(algorithms.AES(value), modes.GCM(data[:12], data[-16:])).decryptor()
    decryptor.authenticate_additional_data(f"v1\0{version}\0ada\0wh_1".encode())
    assert (form, named) == ("v1", version)
    assert decryptor.update(data[12:-16]) + decryptor.finalize() == SECRET.encode()


@pytest.mark.parametrize(
    "other",
    [
        {"owner": "eve", "webhook_id": "wh_1"},
        {"owner": "ada", "webhook_id": "wh_2"},
        {"owner": "adawh_1", "webhook_id": ""},
        {"owner": "ad", "webhook_id": "awh_1"},
    ],
)
def test_a_secret_cannot_be_moved_to_another_webhook(key: Any, other: dict[str, str]) -> None:
    """An item that was copied in the table signs nothing."""
    with pytest.raises(UnreadableError, match="sealed for another webhook"):
        vault.unseal(vault.seal(SECRET, **MINE), **other)


@pytest.mark.parametrize("at", [0, 11, 12, 30, -17, -16, -1])
def test_a_secret_that_was_changed_is_refused(key: Any, at: int) -> None:
    """One bit, in nonce, ciphertext or tag."""
    head, _, text = vault.seal(SECRET, **MINE).rpartition(".")
    data = bytearray(base64.urlsafe_b64decode(text))
    data[at] ^= 1
    with pytest.raises(UnreadableError, match="webhook wh_1 was changed"):
        vault.unseal(f"{head}.{base64.urlsafe_b64encode(data).decode()}", **MINE)


@pytest.mark.parametrize("kept", [13, 20, 60])
def test_a_secret_that_was_cut_is_refused(key: Any, kept: int) -> None:
    """Shorter than its tag, or than it was."""
    head, _, text = vault.seal(SECRET, **MINE).rpartition(".")
    cut = base64.urlsafe_b64encode(base64.urlsafe_b64decode(text)[:kept]).decode()
    with pytest.raises(UnreadableError, match="was changed"):
        vault.unseal(f"{head}.{cut}", **MINE)


@pytest.mark.parametrize(
    "text",
    ["", "v1", "v1.", "v1..", "v1.a.", "v1.a.AAAA", "v1.a.!!!!", "v2.{rest}", "{rest}", "v1..{data}", "v1.é"],
)
def test_a_text_in_another_form_is_refused(key: Any, text: str) -> None:
    """Before any key is asked for."""
    _, _, rest = vault.seal(SECRET, **MINE).partition(".")
    given = text.format(rest=rest, data=rest.rpartition(".")[2])
    with pytest.raises(UnreadableError, match="wh_1 is not in the form"):
        vault.unseal(given, **MINE)


def test_secrets_of_former_keys_stay_readable(key: Any) -> None:
    """Of the one before the current always; `is_current` tells which to seal again."""
    first = vault.seal(SECRET, **MINE)
    assert vault.is_current(first)
    key("b" * 32)
    second = vault.seal(SECRET, **MINE)
    assert [vault.is_current(sealed) for sealed in (first, second)] == [False, True]
    key("c" * 32)
    assert [vault.unseal(sealed, **MINE) for sealed in (first, second)] == [SECRET, SECRET]
    assert [vault.is_current(sealed) for sealed in (first, second)] == [False, False]


def test_a_key_of_another_version_does_not_fit(key: Any) -> None:
    """The version in the text is bound, too."""
    first = vault.seal(SECRET, **MINE)
    version = key("b" * 32)
    moved = f"v1.{version}.{first.rpartition('.')[2]}"
    with pytest.raises(UnreadableError, match="was changed"):
        vault.unseal(moved, **MINE)


def test_the_same_text_again_is_another_version(key: Any) -> None:
    """The same key under two names reads neither under the other's."""
    first = vault.seal(SECRET, **MINE)
    version = key("a" * 32)
    with pytest.raises(UnreadableError, match="was changed"):
        vault.unseal(f"v1.{version}.{first.rpartition('.')[2]}", **MINE)


def test_a_key_that_is_gone_is_named(key: Any) -> None:
    """With what to do."""
    text = vault.seal(SECRET, **MINE).rpartition(".")[2]
    with pytest.raises(UnreadableError, match=r"version .* no longer exists; .* made anew"):
        vault.unseal(f"v1.11111111-2222-3333-4444-555555555555.{text}", **MINE)


def test_a_process_fetches_a_key_once(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either of its names: as the current one, and by its version."""
    calls = recorded(monkeypatch)
    sealed = vault.seal(SECRET, **MINE)
    for _ in range(3):
        assert vault.is_current(vault.seal(vault.unseal(sealed, **MINE), **MINE))
    assert calls == [{"SecretId": settings().webhooks_key_secret}]


def test_a_former_key_is_fetched_once(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its version alone."""
    sealed = vault.seal(SECRET, **MINE)
    key("b" * 32)
    calls = recorded(monkeypatch)
    for _ in range(3):
        assert vault.unseal(sealed, **MINE) == SECRET
    assert calls == [{"SecretId": settings().webhooks_key_secret, "VersionId": sealed.split(".")[1]}]


def test_a_process_sees_a_rotation_within_an_hour(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then it seals with the key that it has."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    sealed = vault.seal(SECRET, **MINE)
    clients.client("secretsmanager").put_secret_value(
        SecretId=settings().webhooks_key_secret, SecretString="b" * 32
    )
    clock[0] += 3599
    assert vault.is_current(sealed)
    clock[0] += 2
    assert not vault.is_current(sealed)
    assert vault.unseal(sealed, **MINE) == SECRET


def test_a_short_key_is_refused(key: Any) -> None:
    """An operator's password is no key."""
    key("b" * 31)
    with pytest.raises(ConfigurationError, match="31 characters; it needs 32"):
        vault.seal(SECRET, **MINE)
    key("b" * 32)
    assert vault.seal(SECRET, **MINE)


def test_a_secret_that_does_not_exist_is_a_fault_of_the_settings(
    key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name of the variable."""
    monkeypatch.setitem(vars(settings()), "webhooks_key_secret", "nothing")
    with pytest.raises(ConfigurationError, match="WEBHOOKS_KEY_SECRET names no secret"):
        vault.seal(SECRET, **MINE)


def test_a_failure_of_the_environment_is_raised_as_it_is(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a throttled delivery is tried again, and no secret is called unreadable."""
    error = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}

    def throttled(**_: Any) -> None:
        raise ClientError(error, "GetSecretValue")

    monkeypatch.setattr(clients.client("secretsmanager"), "get_secret_value", throttled)
    with pytest.raises(ClientError, match="Rate exceeded") as raised:
        vault.seal(SECRET, **MINE)
    assert clients.is_throttled(raised.value)


def test_a_stage_has_a_key_from_the_start(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline it is made with the other resources."""
    monkeypatch.setattr(vault, "_keys", Memory())
    assert vault.unseal(vault.seal(SECRET, **MINE), **MINE) == SECRET


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return the list of the arguments of all calls for a key from now on."""
    calls: list[dict[str, str]] = []
    client = clients.client("secretsmanager")
    fetch = client.get_secret_value

    def recording(**named: str) -> Any:
        calls.append(named)
        return fetch(**named)

    monkeypatch.setattr(client, "get_secret_value", recording)
    return calls
