"""A running Janus, as its users and its operators reach it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from chalicelib.offline import provisioning
from image_processing import recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.system import System


@dataclass(frozen=True)
class Target:
    """A running Janus, and the AWS that it runs on."""

    name: str
    api: str  # address of the API, with its stage, without a slash at the end
    aws: str  # address of S3, SQS and Cognito
    region: str
    access_key: str
    secret_key: str
    stage: str  # queues are named after it
    bucket: str
    user_pool: str
    code: Callable[[str], str]  # returns the confirmation code that was sent to an address
    errors: Callable[[], list[str]]  # returns the lines of every log that report an error
    headers: Mapping[str, str] = field(default_factory=dict)  # of every request to the API, such as Host
    without_models: str = ""  # why no models look at images; empty where they do

    @property
    def origin(self) -> str:
        """Scheme and host that requests go to."""
        return self.api.removesuffix(self.prefix)

    @property
    def prefix(self) -> str:
        """The path that the API is served under; empty where it has none."""
        return urlsplit(self.api).path

    def address(self, path: str) -> str:
        """Return the address of a route, or of a link in an answer, which has the prefix already."""
        if "://" in path:
            return path
        return self.origin + path if self.prefix and path.startswith(f"{self.prefix}/") else self.api + path

    def client(self, service: Any) -> Any:
        """Return a boto3 client of the AWS."""
        return boto3.client(
            service,
            self.region,
            endpoint_url=self.aws,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}),
        )

    def command(self, *words: str) -> str:
        """Run the AWS command line as an operator does; return its output."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_WEBHOOKS_"))
        } | {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{name: value for name, value in os.environ.items() if name == "AWS_CA_BUNDLE"},
        }
        line = [sys.executable, "-m", "awscli", *words, "--endpoint-url", self.aws]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_admin(self, email: str) -> None:
        """Put a user into the pool's group of admins, as an operator does."""
        self.client("cognito-idp").admin_add_user_to_group(
            UserPoolId=self.user_pool, Username=self.username(email) or email, GroupName="admin"
        )

    def username(self, email: str) -> str | None:
        """Return the pool's name of the user with an address, or None where there is none."""
        pages = self.client("cognito-idp").get_paginator("list_users").paginate(UserPoolId=self.user_pool)
        for user in (user for page in pages for user in page["Users"]):
            told = {one["Name"]: one["Value"] for one in user["Attributes"]}
            if email in (user["Username"], told.get("email")):
                return str(user["Username"])
        return None

    def objects(self) -> set[str]:
        """Return the keys of all objects in the bucket."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {item["Key"] for page in pages for item in page.get("Contents", ())}

    def derived(self) -> set[str]:
        """Return the folders of derived files, one an image."""
        return {key.split("/")[1] for key in self.objects() if key.startswith("derived/")}

    def items(self, table: str, words: str) -> set[str]:
        """Return the keys of the items of a table of the stage whose keys contain the words."""
        dynamodb, name = self.client("dynamodb"), f"janus-{self.stage}-{table}"
        schema = dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]
        pages = dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        every = (item for page in pages for item in page["Items"])
        found = {" ".join(item[one["AttributeName"]]["S"] for one in schema) for item in every}
        return {key for key in found if words in key}

    def queues(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the address of each queue of the stage."""
        found = self.client("sqs").list_queues(QueueNamePrefix=f"janus-{self.stage}-")
        for url in found["QueueUrls"]:
            yield url.rpartition("/")[2], url

    def dead_letters(self) -> dict[str, int]:
        """Return the number of messages in each dead-letter queue that has any, waiting or received."""
        sqs, names = self.client("sqs"), ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = {}
        for name, url in self.queues():
            if "dead-letter" in name:
                told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*names])["Attributes"]
                found[name] = sum(int(told[one]) for one in names)
        assert len(found) >= 3, found  # of uploads, jobs and changes
        return {name: number for name, number in found.items() if number}

    def set_aside(self, queue: str, body: Mapping[str, Any]) -> None:
        """Send a message to a dead-letter queue, as SQS does with one that failed too often."""
        urls = dict(self.queues())
        self.client("sqs").send_message(
            QueueUrl=urls[f"janus-{self.stage}-{queue}-dead-letter"], MessageBody=json.dumps(body)
        )


def offline(system: System) -> Target:
    """Return the target that `make run` is."""
    (pool,) = system.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    return Target(
        name="make run",
        api=system.api,
        aws=system.endpoint,
        region=provisioning.REGION,
        access_key=provisioning.ACCESS_KEY,
        secret_key=provisioning.SECRET_KEY,
        stage="dev",
        bucket="janus-dev-images",
        user_pool=pool["Id"],
        code=lambda _email: "123456",
        errors=lambda: errors_in(system.output.splitlines()),
        without_models="" if recognition.available() else "no models are installed",
    )


def errors_in(lines: Iterable[str]) -> list[str]:
    """Return the lines of a log that report an error: the application's own (JSON), and tracebacks past it."""
    return [line for line in lines if _level(line) in ("error", "critical") or "Traceback (most" in line]


def _level(line: str) -> Any:
    try:
        told = json.loads(line[line.index("{") :])
    except ValueError:
        return None
    return told.get("level")
