"""QR codes: module by module those of the package qrcode."""

from __future__ import annotations

import hashlib
import re

import pytest

from chalicelib.web import qr_code

URI = (
    "otpauth://totp/Janus:ada%40example.org"
    "?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW&issuer=Janus"
)


def rows(text: str) -> str:
    """Return the modules of a QR code, `#` for a dark one, a line for each row."""
    path = qr_code.svg_path(text)
    assert path
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", path)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
    return "\n".join("".join("#" if (x, y) in dark else "." for x in range(57)) for y in range(57))


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (URI, "f62f44a02761761277c9edfc4954477b6cd01002326824890d5b60bf1a73f8fb"),
        ("", "4046fb08d4528020a49d63cfa7613f4e19870a014ecb1ce357cff8094b77130c"),
        ("y" * 271, "73991856971dfd924a11026fc987686c2f93a03714a934b97b80857ea24e7f2b"),
        ("ü" * 10 + "z" * 251, "9c7ed65c577f81234cf80db29ad671c79b0402d061bc104214acf28fbc87fdf5"),
    ],
)
def test_the_modules_are_those_of_another_encoder(text: str, digest: str) -> None:
    """The package qrcode 8.2, told of version 10, ERROR_CORRECT_L, mask_pattern 0, border 0 and MODE_8BIT_BYTE."""
    assert hashlib.sha256(rows(text).encode()).hexdigest() == digest


def test_a_code_looks_as_scanners_expect() -> None:
    """The finder pattern in the upper left corner, with its light rim."""
    assert [line[:8] for line in rows(URI).splitlines()[:8]] == [
        "#######.",
        "#.....#.",
        "#.###.#.",
        "#.###.#.",
        "#.###.#.",
        "#.....#.",
        "#######.",
        "........",
    ]


def test_a_longer_text_has_no_code() -> None:
    """Its bytes count."""
    assert qr_code.svg_path("y" * 272) is None
    assert qr_code.svg_path("ü" * 136) is None
