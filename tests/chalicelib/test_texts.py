"""Text that people write: one normal form, something to see, and file names of every script that spoof nothing."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import texts
from chalicelib.db import keys


@pytest.mark.usefixtures("aws")  # keys are of a stage
@given(st.text(max_size=400))
def test_a_file_name_from_outside_becomes_one_safe_segment(filename: str) -> None:
    """No slash, no control character, no leading dot, never empty, never too long."""
    name = texts.safe(filename)
    assert name
    assert not re.search(r"[/\\\x00-\x1f\x7f]", name)
    assert not name.startswith(".")
    assert len(name.encode()) <= 255
    assert keys.owner_of(keys.upload_key("demo", filename)) == "demo"


def test_a_long_file_name_keeps_its_ending() -> None:
    """Cutting a name leaves its extension."""
    assert texts.safe("é" * 300 + ".jpeg").endswith("é.jpeg")


@pytest.mark.parametrize(
    "name",
    [
        "\u0939\u093f\u0928\u094d\u0926\u0940.jpg",  # Hindi, with vowel signs and a virama
        "\u0e01\u0e33\u0e41\u0e1e\u0e07.png",  # Thai
        "\u0635\u0648\u0631\u0629\u064f.jpg",  # Arabic, with a vowel mark
        "caf\u00e9 \u6e2f.jpeg",
        "\u26f5\ufe0f \U0001f44d\U0001f3fd.webp",
        "Tom & Jerry.jpg",
        "it's 100$, (really) @home + co = fun; yes!.jpg",
        "\u00ab\u4f8b\u00bb \u2013 \u201cfoto\u201d.jpg",
    ],
)
def test_names_of_every_script_stay_as_they_are(name: str) -> None:
    """Letters, their marks, symbols and common punctuation, shown and in the key."""
    assert texts.shown(name) == texts.safe(name) == name


@pytest.mark.parametrize(
    ("given_name", "shown", "safe"),
    [
        ("cafe\u0301.jpg", "caf\u00e9.jpg", "caf\u00e9.jpg"),  # as macOS has it
        ("photo\u202egpj.exe", "photo_gpj.exe", "photo_gpj.exe"),
        ("a\u200bb\u2066c\ufeffd\u3164e.jpg", "a_b_c_d_e.jpg", "a_b_c_d_e.jpg"),
        ("a\r\nSet-Cookie: b.jpg", "a__Set-Cookie: b.jpg", "a__Set-Cookie_ b.jpg"),
        ('what? "50%" #1 [x].jpg', 'what? "50%" #1 [x].jpg', "what_ _50__ _1 _x_.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("..", "image", "image"),
        ("  .hidden. ", "hidden", "hidden"),
        ("", "image", "image"),
        ("a\udc80b.jpg", "a_b.jpg", "a_b.jpg"),
    ],
)
def test_only_what_deceives_or_breaks_is_replaced(given_name: str, shown: str, safe: str) -> None:
    """Controls of direction, of no width and of lines anywhere; in the key characters unsafe in S3 and Windows."""
    assert (texts.shown(given_name), texts.safe(given_name)) == (shown, safe)


@pytest.mark.parametrize(
    ("stem", "kept"),
    [
        ("\U0001f1e9\U0001f1ea" * 40, "\U0001f1e9\U0001f1ea" * 31),  # flags of 8 bytes, in 251
        ("\U0001f44d\U0001f3fd" * 40, "\U0001f44d\U0001f3fd" * 31),  # a skin tone
        ("x" + "\u0915\u094d\u0937\u093f" * 40, "x" + "\u0915\u094d\u0937\u093f" * 20),  # a conjunct of 12
        ("x\u0331\u0323" * 60, "x\u0331\u0323" * 50),  # 5 bytes, no composed form
        ("\u1112\u119e\u11ab" * 40, "\u1112\u119e\u11ab" * 27),  # an old Hangul syllable of 9
        ("x" + "\u0331" * 300, "x" + "\u0331" * 125),  # one without end
    ],
)
def test_a_long_name_is_cut_between_graphemes_and_keeps_its_ending(stem: str, kept: str) -> None:
    """A user-perceived character stays whole, up to 255 bytes."""
    assert texts.shown(f"{stem}.jpg") == f"{kept}.jpg"


def test_nothing_that_cannot_be_seen_counts_as_visible() -> None:
    """Controls, formats, spaces, separators, variation selectors, fillers; letters, marks and symbols do count."""
    visible = re.compile(texts.VISIBLE)
    blank = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in blank:
            assert not visible.match(chr(code)), hex(code)
    for code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x2800, 0x3164, 0xFE0F, 0xFFA0, 0xE0100):
        assert not visible.match(chr(code)), hex(code)
    for text in ("a", "\u00e9", "\u0939", "\u6e2f", "\u0301", "\U0001f600", "-", "\u2801", "\u1100"):
        assert visible.match(text), text


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_parts_are_enumerated_as_in_a_sentence(parts: list[str], expected: str) -> None:
    """With another word between the last two where it is asked for."""
    assert texts.enumerated(parts) == expected
    assert texts.enumerated(parts, "or") == expected.replace(" and ", " or ")
