"""Signatures against the vectors of the specification's own libraries, and the forms of secrets and keys."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chalicelib.extensions.integrations import signing

# Vectors of the reference libraries in Go: webhook_symmetric_test.go and webhook_asymmetric_test.go
EVENT_ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="
BY_SECRET = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
BY_KEY = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
# `echo -n ... | openssl dgst -sha256 -mac HMAC`, with a key of the bytes 0 to 31
OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BY_OTHER_SECRET = "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="


@pytest.mark.parametrize(
    ("signers", "signature"),
    [
        ([SECRET], BY_SECRET),
        ([KEY], BY_KEY),
        ([OTHER_SECRET], BY_OTHER_SECRET),
        ([SECRET, OTHER_SECRET], f"{BY_SECRET} {BY_OTHER_SECRET}"),
        ([OTHER_SECRET, KEY, SECRET], f"{BY_OTHER_SECRET} {BY_KEY} {BY_SECRET}"),
    ],
)
def test_the_headers_are_those_of_the_reference(signers: list[str], signature: str) -> None:
    """Each secret and key signs, in their order, with a space between: a rotation has two."""
    assert signing.headers(EVENT_ID, TIMESTAMP, BODY, signers) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature,
    }


def test_the_body_is_signed_as_bytes() -> None:
    """`openssl` again: bytes that are no text, and none."""
    assert signature("evt_1", 0, b"\xff\x00") == "v1,A4oqlcPTA8vRC/VQv8CxJU44IDJqfkQHy0+cIp3NuKY="
    assert signature("evt_1", 0, b"") == "v1,cyKFp+kEuukceU9t6TSf6xZc3X1y5UBA2FuJCx+ktV8="


def signature(event_id: str, timestamp: int, body: bytes) -> str:
    return signing.headers(event_id, timestamp, body, [OTHER_SECRET])["webhook-signature"]


@pytest.mark.parametrize("event_id", ["", "evt.1", "evt 1", "evt\n1", "é", "a" * 65, "evt_1\n"])
def test_an_id_that_is_ambiguous_is_refused(event_id: str) -> None:
    """With a dot in it, two messages could have one signed text."""
    with pytest.raises(ValueError, match="an event's id"):
        signature(event_id, 0, b"")


@pytest.mark.parametrize("event_id", ["a", "a" * 64, "evt_2KWPBgLlAfxdpx2AI54pPJ85f4W", "0-9"])
def test_an_id_has_up_to_64_characters(event_id: str) -> None:
    """Letters, digits, low line and hyphen."""
    assert signature(event_id, 0, b"").startswith("v1,")


def test_nothing_goes_out_unsigned() -> None:
    """An endpoint without a secret is an error."""
    with pytest.raises(ValueError, match="at least one secret"):
        signing.headers(EVENT_ID, TIMESTAMP, BODY, [])


@pytest.mark.parametrize(("count", "valid"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_has_24_to_64_bytes(count: int, *, valid: bool) -> None:
    """The specification's bounds."""
    secret = "whsec_" + base64.b64encode(bytes(count)).decode()
    if valid:
        assert signing.headers(EVENT_ID, TIMESTAMP, BODY, [secret])
    else:
        with pytest.raises(signing.MalformedSecretError, match=f"24 to 64 bytes.* {count}"):
            signing.headers(EVENT_ID, TIMESTAMP, BODY, [secret])


@pytest.mark.parametrize("count", [31, 33, 64])
def test_a_private_key_has_32_bytes(count: int) -> None:
    """RFC 8032."""
    key = "whsk_" + base64.b64encode(bytes(count)).decode()
    with pytest.raises(signing.MalformedSecretError, match=f"32 bytes.* {count}"):
        signing.headers(EVENT_ID, TIMESTAMP, BODY, [key])


@pytest.mark.parametrize(
    "signer",
    [
        "",
        SECRET.removeprefix("whsec_"),
        "whsec-" + SECRET.removeprefix("whsec_"),
        SECRET[:-1],
        SECRET + "\n",
        SECRET.replace("K", "-"),
        SECRET.replace("K", "é"),
        "whpk_" + KEY.removeprefix("whsk_"),
        KEY[:-1],
    ],
)
def test_a_malformed_secret_is_refused_and_not_told(signer: str) -> None:
    """The message may be logged."""
    with pytest.raises(signing.MalformedSecretError) as refused:
        signing.headers(EVENT_ID, TIMESTAMP, BODY, [signer])
    assert not signer or signer[6:] not in str(refused.value)


def test_a_new_secret_is_32_random_bytes() -> None:
    """Never the same twice."""
    made = [signing.new_secret() for _ in range(3)]
    assert len(set(made)) == 3
    for secret in made:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_a_new_key_signs_for_its_public_key_alone() -> None:
    """As cryptography verifies it."""
    keys = [signing.new_private_key() for _ in range(2)]
    assert [key[:5] for key in keys] == ["whsk_", "whsk_"]
    sent = signing.headers(EVENT_ID, TIMESTAMP, BODY, [keys[0]])["webhook-signature"]
    version, _, text = sent.partition(",")
    assert version == "v1a"
    mine, other = (
        Ed25519PublicKey.from_public_bytes(base64.b64decode(signing.public_key(key).removeprefix("whpk_")))
        for key in keys
    )
    mine.verify(base64.b64decode(text), b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')
    with pytest.raises(InvalidSignature):
        other.verify(base64.b64decode(text), b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')


@pytest.mark.parametrize(
    ("private", "public"),
    [
        # RFC 8032, section 7.1, tests 1 and 2
        ("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
        ("TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="),
    ],
)
def test_a_public_key_follows_from_the_private_one(private: str, public: str) -> None:
    """The standard's own pairs."""
    assert signing.public_key(f"whsk_{private}") == f"whpk_{public}"


@pytest.mark.parametrize("text", [SECRET, "", "whsk_", KEY.removeprefix("whsk_")])
def test_a_text_that_is_no_private_key_has_no_public_one(text: str) -> None:
    """A secret is none."""
    with pytest.raises(signing.MalformedSecretError):
        signing.public_key(text)
