"""An owner's images by upload: each once, newest first, also while some come and go."""

from __future__ import annotations

import pytest

from chalicelib.db import images, keys, owner_lists
from chalicelib.db.models import FAILED, READY
from tests.chalicelib.db.test_images import make

pytestmark = pytest.mark.usefixtures("aws")


def test_pages_cover_a_list_once_newest_first(owner: str) -> None:
    """Every image is shown exactly once, tickets and tombstones not at all."""
    for number in range(1, 8):
        images.put_newer(make(owner, str(number), f"{number:02X}", FAILED if number == 3 else READY))
    images.expect(keys.image_id("bucket", f"uploads/{owner}/t"), owner, f"uploads/{owner}/t")
    images.bury(make(owner, "7", "07").image_id, owner, f"uploads/{owner}/7", keys.order("08"))
    shown, after = [], None
    while True:
        page = owner_lists.newest(owner, 2, after)
        shown += [image.key.rpartition("/")[2] for image in page.items]
        after = page.after
        if after is None:
            break
    assert shown == ["6", "5", "4", "3", "2", "1"]


def test_a_page_goes_on_where_its_last_image_is_gone(owner: str) -> None:
    """Images removed meanwhile take no other with them, and no page becomes longer."""
    for number in range(1, 8):
        images.put_newer(make(owner, str(number), f"{number:02X}"))
    first = owner_lists.newest(owner, 2)
    gone = first.items[-1]
    images.bury(gone.image_id, owner, gone.key, keys.order("09"))
    shown, after = [], first.after
    while after is not None:
        page = owner_lists.newest(owner, 2, after)
        shown.append([image.key.rpartition("/")[2] for image in page.items])
        after = page.after
    assert [name for names in shown for name in names] == ["5", "4", "3", "2", "1"]
    assert max(map(len, shown)) == 2
