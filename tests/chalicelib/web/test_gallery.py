"""Figures of the gallery: months, sizes, and the words of those that cannot be seen."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web import gallery


def card(name: str, taken: str | None = None, **more: Any) -> Any:
    """Return a card as lists have it."""
    shown: dict[str, Any] = {
        "image_id": name,
        "state": "ready",
        "name": f"{name}.jpg",
        "key": f"uploads/o/{name}.jpg",
        "uploaded": "2026-11-29T10:40:37.047Z",
        "visibility": "private",
        "links": {},
        "thumbnails": {
            "small": {"url": "https://b/s?x=1&y=2", "width": 256, "height": 171},
            "medium": {"url": "https://b/m?x=1&y=2", "width": 640, "height": 427},
        },
        **more,
    }
    return shown if taken is None else {**shown, "taken": taken}


def test_images_lie_in_the_months_in_which_they_were_taken() -> None:
    """Else of their upload; the first and the last month of a page may go on beyond it."""
    found = gallery.months(
        [
            card("a"),
            card("b", "2024-09-14T19:42:31"),
            card("c", "2024-09-01T00:00:00"),
            card("d", "2023-01-02T00:00:00"),
        ],
        "taken",
        begins=True,
        ends=False,
    )
    told = [(one.key, one.name, one.whole, [figure.image_id for figure in one.figures]) for one in found]
    assert told == [
        ("2026-11", "November 2026", True, ["a"]),
        ("2024-09", "September 2024", True, ["b", "c"]),
        ("2023-01", "January 2023", False, ["d"]),
    ]


def test_a_month_that_began_on_the_page_before_is_not_counted() -> None:
    """And one that begins and ends with the list is."""
    cards = [card("b", "2024-09-14T19:42:31"), card("d", "2023-01-02T00:00:00")]
    assert [one.whole for one in gallery.months(cards, "taken", begins=False)] == [False, True]
    assert [one.whole for one in gallery.months(cards[:1], "taken")] == [True]
    assert [one.whole for one in gallery.months(cards[:1], "taken", begins=False)] == [False]
    assert gallery.months([], "taken") == []


def test_by_upload_and_by_nearness() -> None:
    """The months are those of the upload, or there are none."""
    cards = [card("b", "2024-09-14T19:42:31"), card("d", "2023-01-02T00:00:00")]
    assert [(one.key, len(one.figures)) for one in gallery.months(cards, "uploaded")] == [("2026-11", 2)]
    assert [(one.key, one.name, len(one.figures)) for one in gallery.months(cards, None)] == [("", "", 2)]


def test_a_figure_has_its_size_before_its_picture_is_there() -> None:
    """By the ratio of the stored thumbnail, which is told in numbers."""
    ((figure,),) = (one.figures for one in gallery.months([card("b", "2024-09-14T19:42:31")], "taken"))
    assert figure.style == "--ratio:1.499"
    assert figure.src == "https://b/s?x=1&y=2"
    assert figure.srcset == "https://b/s?x=1&y=2 256w, https://b/m?x=1&y=2 640w"
    assert figure.measures == 'sizes="(max-width:600px) 270px, 360px" width="640" height="427"'
    assert (figure.at, figure.eager, figure.note) == ("2024-09-14T19:42:31", True, "")


@pytest.mark.parametrize(("width", "height", "ratio"), [(640, 10, "3.5"), (10, 640, "0.4"), (640, 640, "1.0")])
def test_a_panorama_is_cropped(width: int, height: int, ratio: str) -> None:
    """No figure is wider than 3.5 times its height, or higher than 2.5 times its width."""
    size = {"url": "u", "width": width, "height": height}
    shown = card("a", thumbnails={"small": size, "medium": size}, placeholder={"css": "linear-gradient(red,blue)"})
    assert (
        gallery.months([shown], None)[0].figures[0].style
        == f"--ratio:{ratio};background:linear-gradient(red,blue)"
    )


@pytest.mark.parametrize(
    ("more", "format_", "note", "failed"),
    [
        ({"state": "expected"}, "JPG", "Waiting for the file", False),
        ({"state": "failed", "code": "truncated"}, "JPG", "The file ends too early. Send it again.", True),
        ({"state": "failed", "code": "of tomorrow"}, "JPG", "It could not be read.", True),
        ({"format": "DNG"}, "DNG", "No preview", False),
    ],
)
def test_an_image_without_a_picture_says_why(
    more: dict[str, Any], format_: str, note: str, *, failed: bool
) -> None:
    """It is a tile with its format."""
    figure = gallery.months([card("a", thumbnails={}, **more)], None)[0].figures[0]
    assert (figure.src, figure.measures, figure.style) == ("", "", "--ratio:1.3")
    assert (figure.format, figure.note, figure.failed) == (format_, note, failed)


def test_an_image_is_called_by_its_alternative_else_its_title_else_its_file() -> None:
    """As people wrote it."""
    cards = [
        card("a", alt="Boats", title="Harbour"),
        card("b", title="Harbour"),
        card("c"),
        card("d", visibility="public"),
    ]
    (month,) = gallery.months(cards, None)
    assert [(one.name, one.public) for one in month.figures] == [
        ("Boats", False),
        ("Harbour", False),
        ("c.jpg", False),
        ("d.jpg", True),
    ]


def test_only_the_first_figures_load_at_once() -> None:
    """The others as they come near."""
    (month,) = gallery.months([card(str(number)) for number in range(8)], None)
    assert [one.eager for one in month.figures] == [True] * 6 + [False] * 2
