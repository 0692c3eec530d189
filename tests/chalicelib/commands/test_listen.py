"""`make listen`: the loop from an upload to a verified event, and its replay."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from chalicelib.commands import listen
from chalicelib.offline.provisioning import DEMO
from tests.system import PROJECT, System, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"type": "image.ready"}'


def signed(moment: int, body: bytes = BODY, event_id: str = "evt_1") -> dict[str, str]:
    """Return the headers of an event, signed by hand as Standard Webhooks 1.0 says."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    mac = hmac.new(key, f"{event_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1a,AAAA v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": str(moment), "webhook-signature": signature}


def test_a_signature_is_right_for_its_id_time_and_body() -> None:
    """Within five minutes of now, either way."""
    now = int(time.time())
    headers = signed(now)
    assert listen.verified(headers, BODY, SECRET)
    assert listen.verified(signed(now - 295), BODY, SECRET)
    assert not listen.verified(signed(now - 305), BODY, SECRET)
    assert not listen.verified(signed(now + 305), BODY, SECRET)
    assert not listen.verified(headers, BODY + b" ", SECRET)
    assert not listen.verified({**headers, "webhook-id": "evt_2"}, BODY, SECRET)
    assert not listen.verified({**headers, "webhook-timestamp": str(now - 1)}, BODY, SECRET)
    assert not listen.verified(headers, BODY, "whsec_" + "A" * 32)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_request_without_a_header_is_refused(missing: str) -> None:
    """Each of the three is needed; an odd one is no error."""
    headers = signed(int(time.time()))
    assert not listen.verified({name: text for name, text in headers.items() if name != missing}, BODY, SECRET)
    assert not listen.verified({**headers, missing: "ä"}, BODY, SECRET)


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the way out."""
    with listen.Receiver(0) as taken:
        assert listen.main(["--api", "http://127.0.0.1:9", "--at", str(taken.server_port)]) == 1
    assert "Port" in capsys.readouterr().err


class Listener:
    """The program in a process of its own, and the lines that it has printed."""

    def __init__(self, api: str, at: int = 0) -> None:
        self.lines: list[str] = []
        command = [sys.executable, "-m", "chalicelib.commands.listen", "--api", api, "--at", str(at)]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        wait_until(lambda: len(self.lines) >= 2)

    def read(self) -> None:
        """Take its lines as they come."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def webhook_id(self) -> str:
        """The id of its webhook, as it tells."""
        return self.lines[1].strip().rpartition("/")[2]

    @property
    def port(self) -> int:
        """The port at which it listens."""
        found = re.search(r"127\.0\.0\.1:(\d+)/", self.lines[0])
        assert found
        return int(found[1])

    def told(self, text: str, seconds: float = 60) -> str:
        """Wait for a line with a text, and return it."""
        line: str = wait_until(lambda: next((line for line in self.lines if text in line), ""), seconds)
        return line

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.mark.slow  # the whole system
def test_the_loop_from_an_upload_to_a_replay(tmp_path: Path) -> None:
    """An upload's events are printed once each; a replay has the same id; a second start uses the same webhook."""
    system = System(PROJECT, tmp_path / "state").ready()
    try:
        listener = Listener(system.api)
        body = {"username": DEMO.name, "password": DEMO.password}
        token = requests.post(f"{system.api}/v1/auth/login", json=body, timeout=20).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        sample = (PROJECT / "samples" / "harbour.jpg").read_bytes()
        sent = requests.post(
            f"{system.api}/v1/images?filename=harbour.jpg",
            data=sample,
            headers={**headers, "Content-Type": "image/jpeg"},
            timeout=20,
        ).json()
        ready = listener.told("image.ready")
        assert f'"image_id": "{sent["image_id"]}"' in ready
        assert '"name": "harbour.jpg"' in ready
        event_id = re.search(r"evt_\w+", ready)
        assert event_id
        path = f"/v1/webhooks/{listener.webhook_id}"
        delivery = f"{system.api}{path}/deliveries/{event_id[0]}"
        wait_until(lambda: requests.get(delivery, headers=headers, timeout=20).json()["state"] == "delivered")
        replayed = requests.post(f"{delivery}/replay", headers=headers, timeout=20)
        assert replayed.status_code == 202
        assert event_id[0] in listener.told("image.ready (again)")
        port, webhook_id = listener.port, listener.webhook_id
        listener.stop()
        assert not [line for line in listener.lines if "refused" in line]
        second = Listener(system.api, port)
        assert second.webhook_id == webhook_id
        assert requests.post(f"{system.api}{path}/test", headers=headers, timeout=20).status_code == 202
        second.told("webhook.test")
        second.stop()
    finally:
        system.stop()
