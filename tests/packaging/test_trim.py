"""The zip carries the descriptions of every service that the code makes clients of."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

from scripts.package import trim
from scripts.package.target import Target

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


def test_the_documentation_of_services_is_emptied(tmp_path: Path) -> None:
    """The key stays, a member that has that name, any other text, and the order of all."""
    described = {
        "metadata": {"serviceId": "Any"},
        "operations": {"Put": {"name": "Put", "documentation": "<p>Puts.</p>"}},
        "shapes": {
            "Input": {
                "type": "structure",
                "members": {
                    "documentation": {"shape": "Text", "documentation": "<p>Any.</p>"},
                    "a": {"shape": "Text"},
                },
                "documentation": "<p>An input.</p>",
            },
            "Text": {"type": "string", "enum": ["documentation", "b"]},
        },
        "documentation": "<p>A service.</p>",
    }
    packed = tmp_path / "botocore" / "data" / "s3" / "2006-03-01" / "service-2.json.gz"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(gzip.compress(json.dumps(described).encode()))
    (tmp_path / "botocore" / "data" / "endpoints.json").write_text('{"partitions": []}')
    trim.trim(tmp_path, [], Target())
    assert [path.name for path in packed.parent.iterdir()] == ["service-2.json"]
    assert packed.with_suffix("").read_text() == (
        '{"metadata":{"serviceId":"Any"},"operations":{"Put":{"name":"Put","documentation":""}},"shapes":{'
        '"Input":{"type":"structure","members":{"documentation":{"shape":"Text","documentation":""},'
        '"a":{"shape":"Text"}},"documentation":""},"Text":{"type":"string","enum":["documentation","b"]}},'
        '"documentation":""}'
    )
