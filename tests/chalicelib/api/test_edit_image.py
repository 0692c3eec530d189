"""Edits while others write: tried again after a pause that grows, and given up in the end."""

from __future__ import annotations

import random
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.api import edit_image, find_image
from chalicelib.api.call import Call
from chalicelib.api.http.problems import Problem
from chalicelib.db import images
from chalicelib.db.models import Image

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST: Any = SimpleNamespace(method="PATCH", path="/", headers={}, context={})
CALL = Call(REQUEST)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds of all pauses, each half of its longest, for an image titled Harbour."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    monkeypatch.setattr(find_image, "own", lambda *_, **__: Image("a" * 26, owner="o", title="Harbour"))
    return found


def answering(*answers: bool) -> Callable[..., bool]:
    """Return a write that is done or not, attempt by attempt."""
    left = iter(answers)
    return lambda *_: next(left)


def test_an_edit_is_tried_again_after_a_pause_that_doubles(waits: list[float], monkeypatch: Any) -> None:
    """Up to 20 ms, 40 ms, ...: those who met once come back at different times."""
    monkeypatch.setattr(images, "edit", answering(False, False, True))
    assert edit_image.edit(CALL, "a" * 26, lambda _: {"title": "Boats"}).title == "Harbour"
    assert waits == [0.01, 0.02]


def test_an_edit_that_is_never_first_is_refused(waits: list[float], monkeypatch: Any) -> None:
    """412: the caller should read the image again."""
    monkeypatch.setattr(images, "edit", lambda *_: False)
    with pytest.raises(Problem) as raised:
        edit_image.edit(CALL, "a" * 26, lambda _: {"title": "Boats"})
    assert raised.value.code == "precondition_failed"
    assert waits == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28]


def test_an_edit_that_changes_nothing_is_not_written(waits: list[float], monkeypatch: Any) -> None:
    """Only differing values are; those that the image has already cost nothing."""
    written: list[dict[str, Any]] = []

    def write(_: Image, changes: dict[str, Any]) -> bool:
        written.append(changes)
        return True

    monkeypatch.setattr(images, "edit", write)
    edit_image.edit(CALL, "a" * 26, lambda _: {"title": "Harbour", "alt": None})
    assert written == []
    edit_image.edit(CALL, "a" * 26, lambda _: {"title": "Harbour", "alt": "Boats"})
    assert written == [{"alt": "Boats"}]
    assert waits == []


def test_an_image_is_sealed_before_it_is_deleted(waits: list[float], monkeypatch: Any) -> None:
    """At the first attempt that nobody was faster than; 412 where there is none."""
    monkeypatch.setattr(images, "seal", answering(True))
    assert edit_image.seal(CALL, "a" * 26).title == "Harbour"
    assert waits == []
    monkeypatch.setattr(images, "seal", answering(False, True))
    assert edit_image.seal(CALL, "a" * 26).title == "Harbour"
    assert waits == [0.01]
    monkeypatch.setattr(images, "seal", lambda *_: False)
    with pytest.raises(Problem) as raised:
        edit_image.seal(CALL, "a" * 26)
    assert raised.value.code == "precondition_failed"


@pytest.mark.parametrize(
    ("standing", "more", "tags"),
    [
        (None, ["sea"], {"sea"}),
        ({"sea"}, ["Sea", " golden \t gate "], {"sea", "Sea", "golden gate"}),
        ({"cafe\u0301"}, [], {"caf\u00e9"}),  # NFC
        (None, [], None),
        ({str(number) for number in range(39)}, ["new"], {"new", *(str(number) for number in range(39))}),
    ],
)
def test_tags_are_added(standing: set[str] | None, more: list[str], tags: set[str] | None) -> None:
    """With single spaces and none around, the case kept; up to forty."""
    assert edit_image.tagged(Image("a" * 26, tags=standing), more) == tags


def test_more_than_forty_tags_are_refused() -> None:
    """409, whichever were there before."""
    image = Image("a" * 26, tags={str(number) for number in range(40)})
    assert edit_image.tagged(image, ["0"]) == image.tags
    with pytest.raises(Problem) as raised:
        edit_image.tagged(image, ["40"])
    assert raised.value.code == "too_many_tags"


def test_tags_are_taken_away() -> None:
    """Those that are there; none left is none."""
    image = Image("a" * 26, tags={"sea", "golden gate"})
    assert edit_image.untagged(image, ["golden  gate", "other"]) == {"sea"}
    assert edit_image.untagged(image, ["golden gate", "sea"]) is None
    assert edit_image.untagged(Image("a" * 26), ["sea"]) is None


@pytest.mark.parametrize(("sent", "stored"), [("public", "public"), ("private", None), (None, None)])
def test_only_a_public_image_says_so(sent: str | None, stored: str | None) -> None:
    """Private is the default."""
    assert edit_image.stored_visibility(sent) == stored
