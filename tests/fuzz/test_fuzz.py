"""The fuzzer itself: it finds planted faults, and a short run finds nothing in the readers."""

import random

import pytest

from image_processing import metadata
from tests.fuzz import mutation, seeds, target


@pytest.fixture(scope="module")
def made():
    return seeds.made()


def test_seeds_are_read_without_a_crash(made):
    """Every seed keeps every promise."""
    assert [crash for seed in made if (crash := target.broken_promise(seed))] == []


@pytest.mark.slow
def test_a_short_run_is_clean(made, tmp_path):
    """Some thousand mutations break no promise."""
    crashes = target.Crashes(tmp_path)

    count = mutation.run(made, crashes.try_one, seconds=3, chance=random.Random(1))

    assert crashes.places == set()
    assert count > len(made)


def test_what_breaks_a_promise_is_written_once(monkeypatch, tmp_path, capsys):
    """A crash is told with its trace, kept as a file, and not again for the same place."""

    def leak(_):
        raise KeyError("leaked")

    monkeypatch.setattr(metadata, "read", leak)
    crashes = target.Crashes(tmp_path)

    for data in (b"one", b"two"):
        crashes.try_one(data)

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"one"]
    assert "KeyError: 'leaked'" in capsys.readouterr().out
