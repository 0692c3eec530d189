"""Alive and ready."""

from __future__ import annotations

from typing import Any

import requests

from chalicelib import aws as clients


def test_alive_touches_nothing(api: str, monkeypatch: Any) -> None:
    """It asks no service, and so answers when every one is away."""
    asked = []

    def away(_endpoint: Any, operation: Any, *_request: Any) -> None:
        asked.append(operation.name)
        raise ConnectionError(operation.name)

    monkeypatch.setattr("botocore.endpoint.Endpoint.make_request", away)
    assert requests.get(f"{api}/v1/status", timeout=10).json()["status"] == "alive"
    assert not asked


def test_ready_reaches_every_part_and_measures_it(api: str) -> None:
    """Bucket, queues and table, each with its latency."""
    answer = requests.get(f"{api}/v1/status/ready", timeout=10)
    parts = answer.json()["parts"]
    assert answer.status_code == 200
    assert set(parts) == {
        "bucket",
        "uploads_queue",
        "dead_letter_queue",
        "jobs_queue",
        "deliveries_queue",
        "images_table",
        "facets_table",
        "accounts_table",
        "transient_table",
    }
    assert all(part["reached"] and part["milliseconds"] > 0 for part in parts.values())


def test_not_ready_names_what_is_not_reached(api: str, monkeypatch: Any) -> None:
    """503, and nothing of the inside."""
    real = clients.client

    def without_s3(service: str) -> Any:
        if service == "s3":
            raise ConnectionError("secret address")
        return real(service)

    monkeypatch.setattr(clients, "client", without_s3)
    answer = requests.get(f"{api}/v1/status/ready", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "bucket" in answer.json()["detail"]
    assert "secret" not in answer.text
    assert answer.json()["parts"]["images_table"]["reached"]
