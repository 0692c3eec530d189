"""The offline Cognito demands what AWS does: a client's secret, the right code, each once."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws as clients
from chalicelib.api.security import cognito
from chalicelib.config import settings
from chalicelib.offline import cognito_patches, provisioning
from tests import authenticator

if TYPE_CHECKING:
    from tests.conftest import User

RFC_6238 = [  # appendix B, of which six digits are the last ones of eight
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """Its secret is "12345678901234567890"."""
    assert cognito_patches.totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", seconds // 30) == code


def refusal(operation: str, **arguments: Any) -> tuple[str, str]:
    """Return the code and the message with which an operation refuses."""
    with pytest.raises(ClientError) as refused:
        getattr(clients.client("cognito-idp"), operation)(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


NAMED: dict[str, dict[str, Any]] = {
    "sign_up": {"Password": "a-long-passphrase"},
    "confirm_sign_up": {"ConfirmationCode": provisioning.CODE},
    "resend_confirmation_code": {},
    "forgot_password": {},
    "confirm_forgot_password": {"ConfirmationCode": provisioning.CODE, "Password": "a-long-passphrase"},
}


@pytest.mark.parametrize("operation", NAMED)
def test_whoever_knows_the_client_s_id_alone_gets_nothing(aws: str, operation: str) -> None:
    """It is in every token: without the secret's proof, or with another user's, the pool refuses."""
    name = f"{uuid.uuid4().hex}@example.org"
    given = {"ClientId": settings().auth_client_id, "Username": name, **NAMED[operation]}
    assert refusal(operation, **given) == (
        "NotAuthorizedException",
        f"Client {settings().auth_client_id} is configured with secret but SECRET_HASH was not received",
    )
    foreign = cognito.user("somebody-else")["SecretHash"]
    assert refusal(operation, **given, SecretHash=foreign) == (
        "NotAuthorizedException",
        f"Unable to verify secret hash for client {settings().auth_client_id}",
    )


def test_a_log_in_needs_the_secret(user: User) -> None:
    """In both steps."""
    name = {"USERNAME": user.owner}
    flow: dict[str, Any] = {"ClientId": settings().auth_client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    password = {**name, "PASSWORD": "Test-pass-12"}
    code, message = refusal("initiate_auth", **flow, AuthParameters=password)
    assert (code, "SECRET_HASH was not received" in message) == ("NotAuthorizedException", True)
    code, message = refusal(
        "respond_to_auth_challenge",
        ClientId=settings().auth_client_id,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        Session="s" * 20,
        ChallengeResponses={**name, "SOFTWARE_TOKEN_MFA_CODE": "123456", "SECRET_HASH": "x"},
    )
    assert (code, "Unable to verify secret hash" in message) == ("NotAuthorizedException", True)
    flow["AuthParameters"] = cognito.proven(password)
    assert clients.client("cognito-idp").initiate_auth(**flow)["AuthenticationResult"]


def test_a_refresh_token_needs_the_secret(user: User) -> None:
    """To be exchanged, and to be revoked; of another client it is worth nothing."""
    client = clients.client("cognito-idp")
    given = cognito.proven({"USERNAME": user.owner, "PASSWORD": "Test-pass-12"})
    name = {"ClientId": settings().auth_client_id}
    flow = {**name, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    token = client.initiate_auth(**flow)["AuthenticationResult"]["RefreshToken"]
    for secret in ({}, {"ClientSecret": "x" * 36}):
        assert refusal("get_tokens_from_refresh_token", **name, **secret, RefreshToken=token) == (
            "NotAuthorizedException",
            "Unable to verify secret for client",
        )
        assert refusal("revoke_token", **name, **secret, Token=token)[0] == "UnauthorizedException"
    pool = settings().user_pool
    other = client.create_user_pool_client(UserPoolId=pool, ClientName="other")["UserPoolClient"]["ClientId"]
    assert (
        refusal("get_tokens_from_refresh_token", ClientId=other, RefreshToken=token)[0] == "NotAuthorizedException"
    )
    proof = {**name, "ClientSecret": settings().auth_client_secret}
    renewed = client.get_tokens_from_refresh_token(**proof, RefreshToken=token)["AuthenticationResult"]
    assert {"AccessToken", "IdToken", "ExpiresIn", "TokenType"} == renewed.keys()
    client.revoke_token(**proof, Token=token)
    assert refusal("get_tokens_from_refresh_token", **proof, RefreshToken=token)[0] == "NotAuthorizedException"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_taken_in_its_time(
    user: User, monkeypatch: pytest.MonkeyPatch, *, steps: int, taken: bool
) -> None:
    """Half a minute early or late at most; the clock stands still meanwhile."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    client = clients.client("cognito-idp")
    secret = client.associate_software_token(AccessToken=user.token)["SecretCode"]
    given = {"AccessToken": user.token, "UserCode": authenticator.code(secret, steps)}
    if taken:
        assert client.verify_software_token(**given)["Status"] == "SUCCESS"
        assert refusal("verify_software_token", **given)[0] == "SoftwareTokenMFANotFoundException"
    else:
        assert refusal("verify_software_token", **given) == ("EnableSoftwareTokenMFAException", "Code mismatch")


def test_five_wrong_codes_end_a_step(user: User, api: str) -> None:
    """The right one comes too late."""
    secret = authenticator.enrol(api, user.token)
    client, name = clients.client("cognito-idp"), {"ClientId": settings().auth_client_id}
    given = cognito.proven({"USERNAME": user.owner, "PASSWORD": "Test-pass-12"})
    step = client.initiate_auth(**name, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    assert step["ChallengeParameters"] == {"USER_ID_FOR_SRP": user.owner}

    def answer(code: str) -> str:
        responses = cognito.proven({"USERNAME": user.owner, "SOFTWARE_TOKEN_MFA_CODE": code})
        return refusal(
            "respond_to_auth_challenge",
            **name,
            ChallengeName=step["ChallengeName"],
            Session=step["Session"],
            ChallengeResponses=responses,
        )[0]

    wrong = authenticator.wrong(secret)
    assert [answer(wrong) for _ in range(5)] == ["CodeMismatchException"] * 5
    assert answer(authenticator.code(secret)) == "NotAuthorizedException"


@pytest.mark.parametrize("name", ["\u00a4", "\u010d\u0130", "\u65e5\u672c", "\U0001f4f7"])
def test_a_name_of_any_script_can_be_proven(aws: str, name: str) -> None:
    """There is no such user, which is another answer than that the secret is wrong, or that moto failed."""
    assert aws
    asked = cognito.proven({"USERNAME": name, "PASSWORD": "a-long-passphrase"})
    code, message = refusal(
        "initiate_auth",
        ClientId=settings().auth_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=asked,
    )
    assert code in {"UserNotFoundException", "NotAuthorizedException"}
    assert "secret" not in message.lower()
    clients.client("cognito-idp").forgot_password(**cognito.user(name))  # tells nobody who has an account
