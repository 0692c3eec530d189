"""Pages of other origins call with fetch, as the stage's origins allow it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.config import settings
from tests import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import User

pytestmark = pytest.mark.medium

OURS, FOREIGN = "127.0.0.1", "localhost"  # one server, two origins


@pytest.fixture(autouse=True)
def exact(app: Any, pages: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the one origin."""
    monkeypatch.setitem(settings().__dict__, "allowed_origins", frozenset({f"http://{OURS}:{pages['port']}"}))


def test_a_page_of_an_allowed_origin_does_all_that_it_needs(
    api: str, user: User, run: Callable[[str, str], Any]
) -> None:
    """A ticket by a preflighted POST, the upload to S3, the record and its ETag, 304, and errors to be read."""
    names = json.dumps({"api": api, "token": user.token, "photo": list(samples.photo())})
    found = run(
        OURS,
        f"const {{ api, token, photo }} = {names};"
        """
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
        const body = JSON.stringify({ images: [{ filename: "photo.jpg" }] });
        const made = await fetch(`${api}/v1/images`, { method: "POST", headers, body });
        const { images: [ticket] } = await made.json();
        const form = new FormData();
        for (const [name, value] of Object.entries(ticket.upload.fields)) form.append(name, value);
        form.append("file", new Blob([new Uint8Array(photo)]));
        const sent = await fetch(ticket.upload.url, { method: "POST", body: form });
        const record = await fetch(api + ticket.links.self, { headers });
        const etag = record.headers.get("ETag");
        const known = { ...headers, "If-None-Match": etag };
        const again = await fetch(api + ticket.links.self, { headers: known, cache: "no-store" });
        const absent = await fetch(`${api}/v1/images/${"a".repeat(26)}`, { headers });
        const nobody = await fetch(`${api}/v1/images`);
        const nowhere = await fetch(`${api}/v1/nowhere`);
        return {
          made: made.status, sent: sent.status, image: (await record.json()).image_id === ticket.image_id, etag,
          again: again.status,
          codes: await Promise.all([absent, nobody, nowhere].map(async (answer) => (await answer.json()).code)),
          request: absent.headers.get("X-Request-Id"), type: absent.headers.get("Content-Type"),
        };""",
    )
    assert (found["made"], found["sent"], found["image"]) == (201, 204, True), found
    assert found["etag"]
    assert found["again"] == 304
    assert found["codes"] == ["image_not_found", "unauthorized", "route_not_found"]
    assert found["request"]
    assert found["type"] == "application/problem+json"


def test_a_page_of_another_origin_reads_nothing(api: str, user: User, run: Callable[[str, str], Any]) -> None:
    """Neither an answer nor an error, with a token or without; the preflight keeps the request itself away."""
    before = requests.get(f"{api}/v1/images", headers={"Authorization": f"Bearer {user.token}"}, timeout=10).json()
    names = json.dumps({"api": api, "token": user.token})
    found = run(
        FOREIGN,
        f"const {{ api, token }} = {names};"
        """
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "image/jpeg" };
        const outcome = (promise) => promise.then((answer) => answer.status, (error) => error.name);
        return [
          await outcome(fetch(`${api}/v1/status`)),
          await outcome(fetch(`${api}/v1/images`)),
          await outcome(fetch(`${api}/v1/images`, { headers })),
          await outcome(fetch(`${api}/v1/images`, { method: "POST", headers, body: "bytes" })),
        ];""",
    )
    assert found == ["TypeError"] * 4
    after = requests.get(f"{api}/v1/images", headers={"Authorization": f"Bearer {user.token}"}, timeout=10).json()
    assert before == after
