"""An AWS for the length of a test run, and the stage that the project's own commands deploy to it.

The emulator checks each call against the policies of the role that makes it (`AUTH`), and is reached by TLS alone,
as the bucket's policy asks. Functions run from the zip as processes; they inherit the emulator's environment.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
import requests
from botocore.config import Config

from scripts.package import layer, target
from tests.journey.target import Target, errors_in
from tests.system import clone_to

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = Path(f"{sys.prefix}-deployed", "bin", "python")  # the emulator's, which runs the functions
REGION = "eu-central-1"  # not the default: a region that somebody wrote down would be noticed
STAGE = "emulated"
"""A stage like `prod` (docs/deploying.md, "A stage"), which alone refuses webhooks that lead to this machine."""
STACK = f"janus-{STAGE}"
ARTIFACTS = "janus-artifacts-000000000000"  # as docs/deploying.md names it; the emulator's account
START_SECONDS, END_SECONDS = 60, 20
RECOGNITION_TIMEOUT = 240  # seconds, for 60: five processes load models at once, on this machine's processors
SETTINGS = {
    "JANUS_STAGE": STAGE,
    "JANUS_WEBHOOKS_ALLOW_LOOPBACK": "true",  # the receiver is here; taken where AWS_ENDPOINT_URL is set alone
    "RETRY_SECONDS": "5",  # then 60: a test need not wait for minutes
    "SWEEP_GRACE_SECONDS": "0",
}
"""Settings of the stage that differ from those of `prod`, and why."""


class Cloud:
    """A running emulator, and a clone of the project that is deployed from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = clone_to(folder / "janus")
        asked = [str(PYTHON), "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"]
        self.runtime = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        self.log = folder / "emulator.log"
        temporary, home = folder / "tmp", folder / "home"
        temporary.mkdir()
        home.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"https://127.0.0.1:{self.port}"
        self.certificate = str(temporary / "ministack-tls" / "server.crt")
        here = {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_CA_BUNDLE": self.certificate,
            "SSL_CERT_FILE": self.certificate,
        }
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=self.project, check=True)
        _add_stage(self.project / ".chalice" / "config.json", {**SETTINGS, **here})
        # the names of its APIs are not in DNS, nor in its certificate
        (home / ".curlrc").write_text(f'connect-to = "::127.0.0.1:{self.port}"\ninsecure\n')
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "STATE_DIR": str(folder / "state"),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "USE_SSL": "1",
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",  # else these two listen on ports of their own, on all interfaces
            "SFTP_ENABLED": "0",
        }
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [PYTHON, Path(__file__).with_name("emulator.py")],
                env=settings,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(requests.RequestException, OSError):
                requests.get(f"{self.address}/_ministack/health", verify=self.certificate, timeout=5)
                break
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(self.log.read_text()[-2000:])
            time.sleep(0.1)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the emulator, and the functions, which are its children and of its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a shell in which this is AWS."""
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_", "MAKE"))
        }
        return own | {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "test",  # the emulator's own account; it may do all
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CA_BUNDLE": self.certificate,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CURL_HOME": str(self.folder / "home"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RUNTIME": self.runtime,
        }

    @property
    def without_models(self) -> str:
        """Why no models look at images here; empty where they do, once the stage has the layer."""
        return "" if layer.supported(target.Target(self.runtime)) else "the layer needs Python 3.12"

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a target of the project's Makefile; return its status, and all that it said."""
        return subprocess.run(
            ["make", *words],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def deploy(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Deploy the stage with `make deploy`."""
        return self.make("deploy", f"STAGE={STAGE}", f"ARTIFACTS={ARTIFACTS}", *words)

    def commit(self) -> str:
        """Commit the clone as it is; return the commit."""
        who = ["-c", "user.name=Operator", "-c", "user.email=operator@example.org"]
        for words in (["add", "-A"], [*who, "commit", "-q", "-m", "as it is"]):
            subprocess.run(["git", *words], cwd=self.project, check=True)
        asked = ["git", "rev-parse", "HEAD"]
        return subprocess.run(asked, cwd=self.project, capture_output=True, text=True, check=True).stdout.strip()

    def fail(self, kind: str, *outcomes: str) -> None:
        """Let the next resources of this type end so (`works`, `fails`) that a deployment creates or updates."""
        (self.folder / "fails").write_text("\n".join([kind, *outcomes]))

    def client(self, service: Any) -> Any:
        """Return a boto3 client, with the rights of an operator."""
        return boto3.client(
            service,
            REGION,
            endpoint_url=self.address,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            verify=self.certificate,
            config=Config(retries={"total_max_attempts": 3}, read_timeout=120),
        )

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def resource(self, name: str) -> str:
        """Return the physical name of a resource of the template."""
        found = self.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function with an event; return its result, which must be none of an error."""
        payload = json.dumps(event).encode()
        answer = self.client("lambda").invoke(FunctionName=self.resource(function), Payload=payload)
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def logged(self) -> list[str]:
        """Return the lines of all functions' logs."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/janus/{STAGE}")
        return [event["message"] for page in pages for event in page["events"]]

    def code(self, email: str) -> str:
        """Return the code of the last mail to an address."""
        told = requests.get(f"{self.address}/_ministack/ses/messages", verify=self.certificate, timeout=10).json()
        mails = [mail for mails in told["messages"].values() for mail in mails if email in mail["To"]]
        return re.findall(r"\d{6}", mails[-1]["BodyText"])[0]

    def target(self) -> Target:
        """Return the deployed stage as the target of a journey."""
        known = self.outputs()
        return Target(
            name="the deployed stage",
            api=f"{self.address}/api",
            aws=self.address,
            region=REGION,
            access_key="test",
            secret_key="test",
            stage=STAGE,
            bucket=known["ImagesBucketName"],
            user_pool=known["UserPoolId"],
            code=self.code,
            errors=lambda: errors_in(self.logged()),
            without_models=self.without_models,
            headers={"Host": f"{known['RestAPIId']}.execute-api.{REGION}.amazonaws.com"},
        )


def _add_stage(file: Path, settings: Mapping[str, str]) -> None:
    """Add the stage to the stages of the clone."""
    config = json.loads(file.read_text())
    stage = copy.deepcopy(config["stages"]["prod"])
    stage["environment_variables"].update(settings)
    stage["lambda_functions"]["recognize"]["lambda_timeout"] = RECOGNITION_TIMEOUT
    file.write_text(json.dumps({**config, "stages": {**config["stages"], STAGE: stage}}, indent=2))


def shortened(said: str) -> str:
    """Return the last lines of a command's output, without the progress of uploads."""
    lines = [line for line in re.split(r"[\r\n]+", said) if not line.startswith("Uploading to ")]
    return "\n".join(lines[-25:])
