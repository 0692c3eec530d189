"""The zip carries the descriptions of every service that the code makes clients of."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.package import trim

PROJECT = Path(__file__).parents[2]


def test_every_service_that_is_called_is_kept() -> None:
    """Without its description in the zip, botocore raises UnknownServiceError."""
    sources = [
        path.read_text("utf-8")
        for path in (PROJECT / "chalicelib").rglob("*.py")
        if not {"offline", "commands"} & set(path.relative_to(PROJECT).parts)
    ]
    called = {name for text in sources for name in re.findall(r"""aws\.client\("([a-z0-9-]+)"\)""", text)}
    assert {"s3", "sqs", "events", "secretsmanager", "cognito-idp", "dynamodb"} - called <= {"dynamodb"}
    assert called | {"dynamodb"} == trim.SERVICES  # PynamoDB makes that client


def test_the_parts_of_numpy_that_are_removed_are_not_used() -> None:
    """Neither as attributes of the module nor by an import."""
    used = re.compile(
        rf"\b(?:np|numpy)\.({'|'.join(trim.NUMPY)})\b|from numpy import .*\b({'|'.join(trim.NUMPY)})\b"
    )
    sources = [*(PROJECT / "chalicelib").rglob("*.py"), *(PROJECT / "image_processing").rglob("*.py")]
    assert used.search("np.random.default_rng()")
    assert used.search("from numpy import fft")
    assert [path for path in sources if used.search(path.read_text("utf-8"))] == []
