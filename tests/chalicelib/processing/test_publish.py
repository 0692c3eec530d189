"""Published files: made once for a revision, despite interruptions; no file is left over."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.processing import remove
from chalicelib.processing.publish import publish
from image_processing import derive
from tests import delivery, samples

pytestmark = pytest.mark.usefixtures("aws")


def put(app: Any, key: str, data: bytes, profile: str | None = None) -> str:
    storage.put(key, data, "image/jpeg", storage.Noted(profile))
    delivery.deliver(app)
    return keys.image_id(settings().images_bucket, key)


def copies(image_id: str) -> set[str]:
    """Return the derived files that are no thumbnails."""
    found = {item.key for item in storage.list_objects(keys.derived_prefix(image_id))}
    return {name for name in found if name.rpartition("/")[2] not in ("small.webp", "medium.webp", "large.webp")}


def png_with(rows: bytes) -> bytes:
    """Return a PNG of 64 x 48 pixels whose zlib stream holds these bytes."""
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def test_a_file_is_made_once(app: Any, key: str) -> None:
    """A job that comes twice makes nothing new."""
    image_id = put(app, key, samples.telling())
    for _ in range(2):
        publish({"image_id": image_id})
        assert copies(image_id) == {images.get(image_id, consistent=True).published}


def test_of_two_at_work_one_copy_stays(app: Any, key: str, monkeypatch: Any) -> None:
    """The slower does not take away the copy that the faster has published."""
    image_id, real = put(app, key, samples.telling()), images.publish

    def after_another(image: Any, name: str) -> bool:
        monkeypatch.setattr(images, "publish", real)
        publish({"image_id": image_id})
        return real(image, name)

    monkeypatch.setattr(images, "publish", after_another)
    publish({"image_id": image_id})
    assert copies(image_id) == {images.get(image_id, consistent=True).published}


def test_a_killed_job_leaves_no_second_copy(app: Any, key: str, monkeypatch: Any) -> None:
    """A job that ends after the copy is written, and comes again, publishes that copy."""
    image_id = put(app, key, samples.telling())

    def end(_image: Any, _name: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(images, "publish", end)
        with pytest.raises(KeyboardInterrupt):
            publish({"image_id": image_id})
    assert len(copies(image_id)) == 1
    publish({"image_id": image_id})
    assert copies(image_id) == {images.get(image_id, consistent=True).published}


@pytest.mark.parametrize("step", ["overwrite", "remove"])
def test_what_changes_meanwhile_is_not_published(app: Any, key: str, monkeypatch: Any, step: str) -> None:
    """A newer record has no file of an older one, and a removed image has none at all."""
    image_id, real = put(app, key, samples.telling()), images.publish

    def after_a_change(image: Any, name: str) -> bool:
        if step == "remove":
            remove.remove(image)
        else:
            put(app, key, samples.telling("PNG"))
        return real(image, name)

    monkeypatch.setattr(images, "publish", after_a_change)
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published is None
    assert copies(image_id) == set()
    delivery.deliver(app)


def test_a_copy_that_comes_too_late_is_taken_away(app: Any, key: str, monkeypatch: Any) -> None:
    """A newer record has cleared up before the copy of the older one was written."""
    image_id, real = put(app, key, samples.telling()), derive.strip_private

    def after_another_object(*arguments: Any) -> bytes:
        put(app, key, samples.telling("PNG"))
        return real(*arguments)

    monkeypatch.setattr(derive, "strip_private", after_another_object)
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published is None
    assert copies(image_id) == set()


def test_an_object_that_is_not_the_records_is_left_alone(app: Any, key: str) -> None:
    """Its event is on its way; until then there is nothing to publish."""
    image_id = put(app, key, samples.telling())
    storage.put(key, samples.telling("PNG"), "image/png")
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published is None
    delivery.deliver(app)
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published.endswith(".png")


def test_an_object_that_is_gone_is_left_to_its_event(app: Any, key: str) -> None:
    """Nothing is published, and the job does not come again."""
    image_id = put(app, key, samples.telling())
    storage.delete([key])
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published is None
    assert copies(image_id) == set()


def test_what_cannot_be_cleaned_is_published_as_its_thumbnail(app: Any, key: str) -> None:
    """A PNG with more in its stream than its pixels, which a decoder forgives, has no copy that is clean."""
    pixels = b"".join(b"\0" + bytes(3 * 64) for _ in range(48))
    image_id = put(app, key, png_with(pixels + b"hidden behind the last row"))
    assert images.get(image_id, consistent=True).state == "ready"
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published.endswith("/large.webp")


def test_where_there_is_nothing_to_show_the_record_says_so(app: Any, key: str) -> None:
    """No copy can be made, and no pixel was looked at."""
    image_id = put(app, key, samples._encoded(samples.picture(), "TIFF"), "metadata")
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published == ""


def test_what_is_not_there_is_passed_over(app: Any, key: str) -> None:
    """A job may outlive its image; and what failed is not published."""
    publish({"image_id": keys.image_id("no", "where")})
    image_id = put(app, key, b"no image")
    publish({"image_id": image_id})
    assert images.get(image_id, consistent=True).published is None
