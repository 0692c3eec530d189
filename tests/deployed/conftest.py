"""One cloud for all tests of a deployed stage; they follow each other, as a stage's life does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deployed.cloud import PYTHON, Cloud
from tests.deployed.terminal import Terminal
from tests.journey.people import Person

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Run an AWS, whose certificate requests, boto3 and the AWS command line trust."""
    assert PYTHON.exists(), "The emulator is not installed: run `make test-deployed`."
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud, pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            patched.setenv(name, cloud.certificate)
        yield cloud


@pytest.fixture(scope="session")
def operator(cloud: Cloud) -> Iterator[Terminal]:
    """Return the terminal of somebody who follows the documentation from its top to its end."""
    with Terminal(cloud.project, cloud.environment) as terminal:
        yield terminal


@pytest.fixture(scope="session")
def person(cloud: Cloud) -> Person:
    """Return a user of the deployed stage, logged in, whose images outlive updates."""
    person = Person(cloud.target())
    person.sign_up()
    person.log_in()
    return person
