"""Where moto's Cognito is made more like AWS's: codes, clients' secrets, second factors, revoked tokens."""

from __future__ import annotations

import base64
import hmac
import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from chalicelib.offline import provisioning

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD_LENGTH = 98  # of the longest that moto takes; Cognito takes 256
TOTP = "SOFTWARE_TOKEN_MFA"
STEP_SECONDS = 30  # for which an authenticator app shows a code
SESSION_SECONDS = 180  # for which a challenge can be answered (AuthSessionValidity)
TRIES = 5  # wrong codes that end a challenge

_PROVEN = {
    "sign_up": "",
    "confirm_sign_up": "",
    "resend_confirmation_code": "",
    "forgot_password": "",
    "confirm_forgot_password": "",
    "initiate_auth": "AuthParameters",
    "respond_to_auth_challenge": "ChallengeResponses",
}
"""Operations that need the proof of a client's secret, and the parameter that has it."""


def improve() -> None:
    """Complete Cognito; call it once in the process that runs moto, before its first request."""
    os.environ["MOTO_COGNITO_IDP_USER_POOL_ID_STRATEGY"] = "HASH"
    os.environ["MOTO_COGNITO_IDP_USER_POOL_CLIENT_ID_STRATEGY"] = "HASH"
    _keep_given_subs()
    _take_long_passwords()
    _take_one_code()
    _complete_tokens()
    _check_totp()
    _prove_in_utf8()
    _check_secrets()  # last: it wraps the others


def totp(secret: str, step: int) -> str:
    """Return the code of a secret in base 32 for a step of 30 seconds since 1970 (RFC 6238: SHA-1, six digits)."""
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def _prove_in_utf8() -> None:
    """Let the proof of a client's secret be over UTF-8, as Cognito's is; moto fails beyond Latin-1."""
    from moto.cognitoidp import models, utils  # noqa: PLC0415

    def check_secret_hash(secret: str, client_id: str, username: str, proof: str | None) -> bool:
        expected = hmac.digest(secret.encode(), f"{username}{client_id}".encode(), "sha256")
        return proof == base64.b64encode(expected).decode()

    modules: tuple[Any, ...] = (models, utils)
    for module in modules:
        module.check_secret_hash = check_secret_hash


def _keep_given_subs() -> None:
    """Let a user who is made with a `sub` have it, as no pool of AWS would: tests know their users by it."""
    from moto.cognitoidp import models  # noqa: PLC0415  moto is heavy, and only this process needs it

    user: Any = models.CognitoIdpUser
    make_user = user.__init__

    def with_given_sub(self: Any, *arguments: Any, **named: Any) -> None:
        make_user(self, *arguments, **named)
        given = named["attributes"] if "attributes" in named else arguments[-1]
        self.id = next((item["Value"] for item in given if item["Name"] == "sub"), self.id)
        self.update_attributes([{"Name": "sub", "Value": self.id}])

    user.__init__ = with_given_sub


def _take_long_passwords() -> None:
    from moto.cognitoidp import models  # noqa: PLC0415

    backend: Any = models.CognitoIdpBackend
    validate_password = backend._validate_password  # noqa: SLF001

    def validate_start(self: Any, user_pool_id: str, password: str) -> None:
        validate_password(self, user_pool_id, password[:PASSWORD_LENGTH])

    backend._validate_password = validate_start  # noqa: SLF001


def _take_one_code() -> None:
    """Let Cognito take the code of every letter and no other, and send it again."""
    from moto.cognitoidp import exceptions, responses  # noqa: PLC0415
    from moto.core.exceptions import JsonRESTError  # noqa: PLC0415
    from moto.core.responses import EmptyResult  # noqa: PLC0415

    response: Any = responses.CognitoIdpResponse

    def with_code(take: Any) -> Any:
        def operation(self: Any) -> Any:
            if self._get_param("ConfirmationCode") != provisioning.CODE:
                raise JsonRESTError("CodeMismatchException", "Invalid verification code provided.")
            try:
                return take(self)
            except exceptions.ResourceNotFoundError as error:  # so moto calls an unknown user here
                raise exceptions.UserNotFoundError("Username/client id combination not found.") from error

        return operation

    def resend_confirmation_code(self: Any) -> Any:
        for pool in _pools(self):
            if pool._get_user(self._get_param("Username")) is None:  # noqa: SLF001
                raise exceptions.UserNotFoundError("Username/client id combination not found.")
        return EmptyResult()

    response.confirm_sign_up = with_code(response.confirm_sign_up)
    response.confirm_forgot_password = with_code(response.confirm_forgot_password)
    response.resend_confirmation_code = resend_confirmation_code


def _complete_tokens() -> None:
    """Let Cognito revoke refresh tokens, and give access tokens for them; both take the client's secret itself."""
    from moto.cognitoidp import exceptions, responses  # noqa: PLC0415
    from moto.core.exceptions import JsonRESTError  # noqa: PLC0415
    from moto.core.responses import ActionResult, EmptyResult  # noqa: PLC0415

    response: Any = responses.CognitoIdpResponse

    def proves(self: Any, pool: Any) -> bool:
        client = pool.clients[self._get_param("ClientId")]
        return not client.generate_secret or client.secret == self._get_param("ClientSecret")

    def revoke_token(self: Any) -> Any:
        for pool in _pools(self):
            if not proves(self, pool):
                raise JsonRESTError("UnauthorizedException", "Unable to verify the client's secret.")
            pool.refresh_tokens.pop(self._get_param("Token"), None)
        return EmptyResult()

    def get_tokens_from_refresh_token(self: Any) -> Any:
        for pool in _pools(self):
            if not proves(self, pool):
                raise exceptions.NotAuthorizedError("Unable to verify secret for client")
            token = self._get_param("RefreshToken")
            held = pool.refresh_tokens.get(token)
            if held is not None and held[0] == self._get_param("ClientId"):
                access, identity, seconds = pool.create_tokens_from_refresh_token(token)
                given = {"AccessToken": access, "IdToken": identity, "ExpiresIn": seconds, "TokenType": "Bearer"}
                return ActionResult({"AuthenticationResult": given})
        raise exceptions.NotAuthorizedError("Refresh Token has been revoked")

    response.revoke_token = revoke_token
    response.get_tokens_from_refresh_token = get_tokens_from_refresh_token


def _check_totp() -> None:
    """Give each user a secret of its own, and take its codes alone: each once, and at most 30 seconds off."""
    from moto.cognitoidp import exceptions, models  # noqa: PLC0415
    from moto.core.exceptions import JsonRESTError  # noqa: PLC0415

    backend: Any = models.CognitoIdpBackend
    initiate, respond = backend.initiate_auth, backend.respond_to_auth_challenge
    wrong: Counter[str] = Counter()  # codes, by session

    def holder(self: Any, token: str) -> Any:
        for pool in self.user_pools.values():
            if token in pool.access_tokens and (pool.token_mfa_config or {}).get("Enabled"):
                return self.get_user(token)
        raise exceptions.NotAuthorizedError("Invalid Access Token")

    def associate_software_token(self: Any, access_token: str, _session: str) -> dict[str, str]:
        user = holder(self, access_token)
        user.coming_totp = base64.b32encode(os.urandom(32)).decode().rstrip("=")
        return {"SecretCode": user.coming_totp}

    def verify_software_token(
        self: Any, access_token: str, _session: str, code: str, _name: str
    ) -> dict[str, str]:
        user = holder(self, access_token)
        secret = getattr(user, "coming_totp", "")
        if not secret:
            raise JsonRESTError("SoftwareTokenMFANotFoundException", "Software token MFA has not been set up.")
        if not _is_of(user, secret, code):
            raise JsonRESTError("EnableSoftwareTokenMFAException", "Code mismatch")
        user.totp, user.coming_totp, user.token_verified = secret, "", True
        return {"Status": "SUCCESS"}

    def initiate_auth(self: Any, *arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = initiate(self, *arguments)
        if answer.get("ChallengeName") == TOTP:
            username, pool = self.sessions.pop(answer["Session"])
            answer["Session"] += f".{int(time.time())}"
            self.sessions[answer["Session"]] = username, pool
            answer["ChallengeParameters"] = {"USER_ID_FOR_SRP": username}
        return answer

    def respond_to_auth_challenge(
        self: Any, session: str, client_id: str, challenge: str, given: dict[str, str]
    ) -> Any:
        if challenge != TOTP:
            return respond(self, session, client_id, challenge, given)
        username, pool = self.sessions.get(session, ("", None))
        late = pool is None or time.time() > int(session.rpartition(".")[2]) + SESSION_SECONDS
        if late or username != given["USERNAME"] or wrong[session] >= TRIES:
            raise exceptions.NotAuthorizedError("Invalid session for the user.")
        user = self.admin_get_user(pool.id, username)
        if not _is_of(user, user.totp, given["SOFTWARE_TOKEN_MFA_CODE"]):
            wrong[session] += 1
            raise exceptions.CodeMismatchException("Invalid code received for user")
        del self.sessions[session], wrong[session]
        return self._log_user_in(pool, pool.clients[client_id], username)

    backend.associate_software_token = associate_software_token
    backend.verify_software_token = verify_software_token
    backend.initiate_auth = initiate_auth
    backend.respond_to_auth_challenge = respond_to_auth_challenge


def _is_of(user: Any, secret: str, code: str) -> bool:
    """Tell whether a code is of a secret, of now or of the 30 seconds on either side, and newer than its last."""
    now = int(time.time()) // STEP_SECONDS
    of, last = getattr(user, "totp_last", ("", 0))
    for step in (now - 1, now, now + 1):
        if (of != secret or step > last) and code == totp(secret, step):
            user.totp_last = secret, step
            return True
    return False


def _check_secrets() -> None:
    """Let a client with a secret prove it wherever AWS demands it; of a refresh by InitiateAuth, moto does."""
    from moto.cognitoidp import exceptions, responses  # noqa: PLC0415
    from moto.cognitoidp.utils import check_secret_hash  # noqa: PLC0415

    response: Any = responses.CognitoIdpResponse

    def check(self: Any, parameter: str) -> None:
        given = self._get_param(parameter) if parameter else {}
        username = given.get("USERNAME", "") if parameter else self._get_param("Username")
        proof = given.get("SECRET_HASH") if parameter else self._get_param("SecretHash")
        for pool in _pools(self):
            client = pool.clients[self._get_param("ClientId")]
            if not client.generate_secret or (self._get_param("AuthFlow") or "").startswith("REFRESH"):
                return
            if not proof:
                raise exceptions.NotAuthorizedError(
                    f"Client {client.id} is configured with secret but SECRET_HASH was not received"
                )
            if not check_secret_hash(client.secret, client.id, username, proof):
                raise exceptions.NotAuthorizedError(f"Unable to verify secret hash for client {client.id}")

    def checked(take: Any, parameter: str) -> Any:
        def operation(self: Any) -> Any:
            check(self, parameter)
            return take(self)

        return operation

    for name, parameter in _PROVEN.items():
        setattr(response, name, checked(getattr(response, name), parameter))


def _pools(response: Any) -> Iterator[Any]:
    """Yield the pool of a request's client."""
    client = response._get_param("ClientId")  # noqa: SLF001
    return (pool for pool in response.backend.user_pools.values() if client in pool.clients)
