"""Tickets, links and ranged reads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from chalicelib import aws, storage
from chalicelib.config import settings
from tests.histories import put, refuse_deletion

pytestmark = pytest.mark.usefixtures("aws")


def test_a_ticket_allows_one_key_one_type_a_size_and_a_short_time(key: str) -> None:
    """The policy document names each, and nothing is left open."""
    ticket = storage.ticket(key, "image/jpeg", 5000)
    policy = json.loads(base64.b64decode(ticket.fields["policy"]))
    expires = datetime.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(0) < expires - datetime.now(UTC) <= timedelta(seconds=settings().ticket_seconds)
    conditions = policy["conditions"]
    assert {"bucket": settings().images_bucket} in conditions
    assert {"key": key} in conditions
    assert {"Content-Type": "image/jpeg"} in conditions
    assert ["content-length-range", 1, 5000] in conditions
    named = {name for item in conditions if isinstance(item, dict) for name in item}
    assert set(ticket.fields) - {"policy", "x-amz-signature"} <= named
    assert not [item for item in conditions if isinstance(item, list) and item[0] == "starts-with"]


def test_a_ticket_is_signed_with_version_4(key: str) -> None:
    """The signature is that of the documentation's own derivation, computed here anew."""
    fields = storage.ticket(key, "image/png", 10).fields
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    credentials = aws.credentials()
    identifier, date, region, service, end = fields["x-amz-credential"].split("/")
    assert (identifier, region, service, end) == (credentials.access_key, settings().region, "s3", "aws4_request")
    signing = f"AWS4{credentials.secret_key}".encode()
    for part in (date, region, service, end):
        signing = hmac.digest(signing, part.encode(), hashlib.sha256)
    expected = hmac.new(signing, fields["policy"].encode(), hashlib.sha256).hexdigest()
    assert fields["x-amz-signature"] == expected


def test_a_ticket_takes_a_real_upload(key: str) -> None:
    """A form with the fields and the file puts the object where the ticket says."""
    ticket = storage.ticket(key, "image/jpeg", 5000)
    answer = requests.post(ticket.url, data=ticket.fields, files={"file": b"bytes"}, timeout=10)
    assert answer.status_code in (200, 201, 204)
    stored = storage.open_object(key)
    assert stored is not None
    assert (stored.head, stored.content_type) == (b"bytes", "image/jpeg")


def test_a_link_leads_to_the_object_however_it_is_named(owner: str) -> None:
    """Keys are escaped in the path, file names in the header."""
    key = f"uploads/{owner}/a b+c%20ü🦊&?#.jpg"
    storage.put(key, b"bytes", "image/jpeg")
    answer = requests.get(storage.link(key, "image/png", filename='ü "x".jpg'), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"bytes")
    assert "filename*=UTF-8''%C3%BC%20%22x%22.jpg" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"] == "image/png"


def test_a_link_is_signed_and_short_lived(key: str) -> None:
    """It says for how long it works, and by whom it was signed."""
    link = storage.link(key, "image/webp")
    assert f"X-Amz-Expires={settings().link_seconds}" in link
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link


def test_an_absent_object_is_none(key: str) -> None:
    """Nothing to open is no error."""
    assert storage.open_object(key) is None
    assert storage.read_small(key) is None


def test_an_empty_object_opens_as_empty(key: str) -> None:
    """S3 has no first byte to give of it."""
    storage.put(key, b"", "image/jpeg")
    stored = storage.open_object(key)
    assert stored is not None
    assert (stored.size, stored.head) == (0, b"")


def test_ranges_give_the_bytes_they_name(key: str) -> None:
    """Across the end of the first request's bytes, too."""
    data = bytes(range(256)) * 6000
    storage.put(key, data, "image/x")
    stored = storage.open_object(key)
    assert stored is not None
    source = stored.source()
    assert source.size == len(data)
    for offset, length in ((0, 10), (storage.FIRST_BYTES - 5, 10), (len(data) - 3, 3), (1_200_000, 5000)):
        assert source.read(offset, length) == data[offset : offset + length]


def test_deleting_a_version_spares_a_newer_one(key: str) -> None:
    """An overwrite that came in between is not lost."""
    storage.put(key, b"one", "image/jpeg")
    first = storage.open_object(key)
    assert first is not None
    storage.put(key, b"two", "image/jpeg")
    with pytest.raises(storage.ObjectChangedError):
        storage.delete_version(key, first.etag)
    second = storage.open_object(key)
    assert second is not None
    storage.delete_version(key, second.etag)
    storage.delete_version(key, second.etag)
    assert storage.open_object(key) is None


def test_a_key_that_xml_cannot_carry_keeps_no_other_from_being_deleted(owner: str) -> None:
    """One control character makes the request for all of them malformed."""
    names = [f"uploads/{owner}/a.jpg", f"uploads/{owner}/odd\x01folder/b.jpg", f"uploads/{owner}/c.jpg"]
    for name in names:
        put(name, b"data")
    storage.delete(names)
    assert list(storage.list_objects(f"uploads/{owner}/")) == []


@pytest.mark.parametrize("odd", ["", "\x01"], ids=["together", "one by one"])
def test_one_object_that_s3_refuses_to_delete_keeps_no_other(owner: str, monkeypatch: Any, odd: str) -> None:
    """Neither those of its batch nor those of the batches after it; the error names it."""
    names = [f"uploads/{owner}/{number}{odd}.jpg" for number in range(5)]
    for name in names:
        put(name, b"data")
    monkeypatch.setattr(storage, "DELETE_BATCH", 2)
    refuse_deletion(monkeypatch, names[0])
    with pytest.raises(storage.NotDeletedError, match=r"1 objects, such as .*0"):
        storage.delete(names)
    monkeypatch.undo()
    assert [item.key for item in storage.list_objects(f"uploads/{owner}/")] == [names[0]]
