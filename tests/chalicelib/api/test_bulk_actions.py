"""Deletions that come too late: a newer file has arrived under the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.api import bulk_actions
from chalicelib.api.http.problems import Problem
from chalicelib.db import images
from chalicelib.processing import remove

if TYPE_CHECKING:
    from chalicelib.db.models import Image

from tests.chalicelib.db.test_images import make

pytestmark = pytest.mark.usefixtures("aws")


def stored(image_id: str) -> Image:
    found = images.get(image_id, consistent=True)
    assert found is not None
    return found


@pytest.mark.parametrize("sealed", [True, False])
def test_an_image_that_is_not_deleted_may_be_edited_again(owner: str, monkeypatch: Any, *, sealed: bool) -> None:
    """412; the seal that kept edits away ends. One without a seal costs no write."""
    image = make(owner, "1", "01")
    assert images.put_newer(image)
    assert not sealed or images.seal(image)

    def replaced(_image: Image) -> None:
        raise storage.ObjectChangedError(image.key)

    monkeypatch.setattr(remove, "discard", replaced)
    if not sealed:
        monkeypatch.setattr(images, "unseal", lambda _image: pytest.fail("there is no seal"))
    with pytest.raises(Problem) as raised:
        bulk_actions.to_trash(stored(image.image_id))
    assert (raised.value.code, stored(image.image_id).sealed) == ("precondition_failed", None)
