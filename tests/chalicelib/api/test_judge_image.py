"""Judging an image: the record is read as it is now, not as it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api import judge_image
from chalicelib.api.call import Call
from chalicelib.db import images
from tests.chalicelib.db.test_images import make
from tests.chalicelib.dynamodb import asked

REQUEST: Any = SimpleNamespace(method="DELETE", path="/", headers={}, context={})


@pytest.mark.usefixtures("aws")
def test_a_judgement_is_compared_with_the_present_record(owner: str) -> None:
    """To withdraw none, or to repeat one, writes nothing: no condition would refuse an old record."""
    image = make(owner, "1", "01")
    assert images.put_newer(image)
    with asked("GetItem", "UpdateItem") as requests:
        judge_image.withdraw(Call(REQUEST), image.image_id)
    of_images = [one for one in requests if one["TableName"].endswith("-images")]
    assert [one.get("ConsistentRead") for one in of_images] == [True]
