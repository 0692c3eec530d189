"""The resources of the offline AWS: names, settings, and the making of bucket, queues, tables, users and secret.

The same things that `.chalice/resources.yaml` makes on AWS, made here through the same interfaces.
"""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCESS_KEY = "offline"
SECRET_KEY = ACCESS_KEY
REGION = "us-east-1"  # moto answers unsigned requests, such as Cognito's InitiateAuth, in this region only
ACCOUNT = "123456789012"
BUCKET = "janus-dev-images"
UPLOADS_QUEUE = "janus-dev-uploads"
UPLOADS_DEAD_LETTER_QUEUE = "janus-dev-uploads-dead-letter"
JOBS_QUEUE = "janus-dev-jobs"
JOBS_DEAD_LETTER_QUEUE = "janus-dev-jobs-dead-letter"
DELIVERIES_QUEUE = "janus-dev-deliveries"
DELIVERIES_DEAD_LETTER_QUEUE = "janus-dev-deliveries-dead-letter"
RECOGNITION_QUEUE = "janus-dev-recognition"
RECOGNITION_DEAD_LETTER_QUEUE = "janus-dev-recognition-dead-letter"
CHANGES_DEAD_LETTER_QUEUE = "janus-dev-changes-dead-letter"
WEBHOOKS_KEY_SECRET = "janus-dev-webhooks-key"  # noqa: S105  the name of a secret
MAX_RECEIVE_COUNT = 3
VISIBILITY_SECONDS = 5  # quick retries; the pump extends it for as long as a function runs

ADMIN_GROUP = "admin"
CODE = "123456"  # of every letter that Cognito would send
_POOL = "janus-dev"
_PASSWORDS = {
    "MinimumLength": 12,
    "RequireLowercase": False,
    "RequireUppercase": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
}
_CLIENT = {
    "ClientName": "janus-dev",
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "PreventUserExistenceErrors": "ENABLED",
    "GenerateSecret": True,
}


class User(NamedTuple):
    """A user who is there from the start; the name is also the `sub` of tokens, and so the owner in keys."""

    name: str
    password: str
    groups: tuple[str, ...] = ()


DEMO = User("demo", "Janus-demo-1")
ADMIN = User("admin", "Janus-admin-1", (ADMIN_GROUP,))

# Variables that could lead a client of AWS out of the box, or change its answers.
_STRAY_SETTINGS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AUTH_JWKS_URL",
)


class Client(NamedTuple):
    """Identifiers of the user pool and of its one client, and the client's secret."""

    pool_id: str
    client_id: str
    secret: str


def environment(endpoint: str, client: Client) -> dict[str, str]:
    """Return the settings with which the application, boto3 and PynamoDB live in the box at `endpoint`.

    `AUTH_ISSUER` names amazonaws.com, as moto's tokens do; `config` finds their keys in the box.
    """
    return {
        **_access(endpoint),
        "JANUS_STAGE": "dev",
        "IMAGES_BUCKET": BUCKET,
        "UPLOADS_QUEUE": UPLOADS_QUEUE,
        "UPLOADS_DEAD_LETTER_QUEUE": UPLOADS_DEAD_LETTER_QUEUE,
        "MAX_RECEIVE_COUNT": str(MAX_RECEIVE_COUNT),
        "RETRY_SECONDS": "1",  # then 12: quick retries
        "AUTH_ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{client.pool_id}",
        "AUTH_CLIENT_ID": client.client_id,
        "AUTH_CLIENT_SECRET": client.secret,
        "CURSOR_SECRET": "offline",
        "DEMO_ACCOUNT": f"{DEMO.name}:{DEMO.password}",
        "JANUS_WEBHOOKS_ALLOW_LOOPBACK": "true",
        "JANUS_RECOGNITION": os.environ.get("JANUS_RECOGNITION") or _recognition(),
        "JANUS_REKOGNITION": "",  # moto makes up its answers
        "JANUS_EMBEDDINGS": "",  # nor has moto any model
        "WEBHOOKS_KEY_SECRET": WEBHOOKS_KEY_SECRET,
        "SWEEP_GRACE_SECONDS": "0",  # events travel in milliseconds here: a missing one was lost
    }


def _recognition() -> str:
    """Return who looks at images unless the user says: the models that are installed, if there are any."""
    from image_processing import recognition  # noqa: PLC0415  the offline server's process needs none

    return "local" if recognition.available() else "off"


def enter(variables: Mapping[str, str]) -> None:
    """Make `variables` this process's environment, and remove those that would lead a client past them."""
    for name in [*_STRAY_SETTINGS, *(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_"))]:
        os.environ.pop(name, None)
    os.environ.update(variables)


def provision(endpoint: str) -> Client:
    """Make the missing resources at `endpoint`, and enter its environment; a second call changes nothing.

    Where the app was imported before, it has read the region of the user's shell: it is made to read again.
    """
    enter(_access(endpoint))
    client = _users()
    enter(environment(endpoint, client))
    _bucket_and_queues()
    _secret()
    from chalicelib.config import settings  # noqa: PLC0415  see the docstring
    from chalicelib.db.create_tables import create_tables  # noqa: PLC0415
    from chalicelib.db.models import MODELS  # noqa: PLC0415

    settings.cache_clear()
    for model in MODELS:
        model.Meta.region = REGION
    create_tables()
    return client


def _access(endpoint: str) -> dict[str, str]:
    given = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    no_proxy = ",".join(sorted({*filter(None, given.split(",")), "127.0.0.1", "localhost"}))
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def _boto(service: Any) -> Any:
    import boto3  # noqa: PLC0415  a quarter of a second that a refused start need not spend

    return boto3.client(service, region_name=REGION)


def _bucket_and_queues() -> None:
    from chalicelib.config import settings  # noqa: PLC0415  see `provision`

    sqs = _boto("sqs")
    uploads = _queue_with_dead_letters(sqs, UPLOADS_QUEUE, UPLOADS_DEAD_LETTER_QUEUE)
    _queue_with_dead_letters(sqs, JOBS_QUEUE, JOBS_DEAD_LETTER_QUEUE)
    _queue_with_dead_letters(sqs, DELIVERIES_QUEUE, DELIVERIES_DEAD_LETTER_QUEUE)
    _queue_with_dead_letters(sqs, RECOGNITION_QUEUE, RECOGNITION_DEAD_LETTER_QUEUE)
    _queue(sqs, CHANGES_DEAD_LETTER_QUEUE, {"MessageRetentionPeriod": "1209600"})
    s3 = _boto("s3")
    s3.create_bucket(Bucket=BUCKET)  # in us-east-1 no error when it is one's own already
    cors = {
        "AllowedMethods": ["GET", "HEAD", "POST", "PUT"],
        "AllowedOrigins": sorted(settings().allowed_origins),
        "AllowedHeaders": ["*"],
    }
    s3.put_bucket_cors(
        Bucket=BUCKET,
        CORSConfiguration={"CORSRules": [{**cors, "ExposeHeaders": ["ETag"]}]},
    )
    notification = {
        "Id": "uploads",
        "QueueArn": uploads,
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "uploads/"}]}},
    }
    wanted = {"QueueConfigurations": [notification]}
    if not s3.get_bucket_notification_configuration(Bucket=BUCKET).get("QueueConfigurations"):
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=wanted)


def _queue_with_dead_letters(sqs: Any, name: str, dead_letter_name: str) -> str:
    dead_letters = _queue(sqs, dead_letter_name, {"MessageRetentionPeriod": "1209600"})
    redrive = {"deadLetterTargetArn": dead_letters, "maxReceiveCount": MAX_RECEIVE_COUNT}
    attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": json.dumps(redrive)}
    return _queue(sqs, name, attributes)


def _queue(sqs: Any, name: str, attributes: dict[str, str]) -> str:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn


def _secret() -> None:
    manager = _boto("secretsmanager")
    if not manager.list_secrets(Filters=[{"Key": "name", "Values": [WEBHOOKS_KEY_SECRET]}])["SecretList"]:
        manager.create_secret(Name=WEBHOOKS_KEY_SECRET, SecretString=secrets.token_urlsafe(48))


def _users() -> Client:
    cognito = _boto("cognito-idp")
    client = _client(cognito, _find_pool(cognito) or _make_pool(cognito))
    known = {user["Username"] for user in _pages(cognito, "list_users", "Users", UserPoolId=client.pool_id)}
    for user in (DEMO, ADMIN):
        if user.name not in known:
            _make_user(cognito, client.pool_id, user)
    return client


def _find_pool(cognito: Any) -> str | None:
    pools = _pages(cognito, "list_user_pools", "UserPools")
    return next((pool["Id"] for pool in pools if pool["Name"] == _POOL), None)


def _make_pool(cognito: Any) -> str:
    policies = {"PasswordPolicy": _PASSWORDS}
    pool_id: str = cognito.create_user_pool(PoolName=_POOL, Policies=policies)["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool_id, GroupName=ADMIN_GROUP)
    return pool_id


def _client(cognito: Any, pool_id: str) -> Client:
    """Return the pool's client; one without a secret, from before there were any, is made anew."""
    for client in _pages(cognito, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool_id):
        if client["ClientName"] == _CLIENT["ClientName"]:
            name = {"UserPoolId": pool_id, "ClientId": client["ClientId"]}
            found = cognito.describe_user_pool_client(**name)["UserPoolClient"]
            if "ClientSecret" in found:
                return Client(pool_id, found["ClientId"], found["ClientSecret"])
            cognito.delete_user_pool_client(**name)
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
    )
    made = cognito.create_user_pool_client(UserPoolId=pool_id, **_CLIENT)["UserPoolClient"]
    return Client(pool_id, made["ClientId"], made["ClientSecret"])


def _make_user(cognito: Any, pool_id: str, user: User) -> None:
    cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=user.name,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "sub", "Value": user.name},
            {"Name": "email", "Value": f"{user.name}@example.org"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=user.name, Password=user.password, Permanent=True)
    for group in user.groups:
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=user.name, GroupName=group)


def _pages(client: Any, operation: str, items: str, **arguments: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 60}):
        yield from page[items]
