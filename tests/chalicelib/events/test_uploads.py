"""A batch of uploads: a slow image lets the others go first, and no message is begun without time."""

import time
from types import SimpleNamespace

import pytest

from chalicelib.db import keys
from chalicelib.processing import ingest, s3_events
from image_processing.errors import OutOfTimeError
from tests import delivery


@pytest.fixture
def processed(monkeypatch):
    """Let each image need as many seconds as its name has; return the attempts, and the seconds given."""
    tried = []

    def process(event, *, last_attempt, deadline):
        name = event.key.rpartition("/")[2]
        given = deadline - time.monotonic()
        tried.append((name, round(given)))
        if given < float(name):
            raise OutOfTimeError

    monkeypatch.setattr(ingest, "process", process)
    return tried


def extract(app, names, seconds):
    """Call the function with a message for each image; return the images whose messages must come again."""
    now = keys.now()
    messages = [
        delivery.message(s3_events.compose(f"uploads/owner/{name}", keys.order_at(now), now), name)
        for name in names
    ]
    context = SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: seconds * 1000)
    answer = app.handler_map["extract_metadata"]({"Records": messages}, context)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.mark.parametrize(
    "case",
    [
        (["1"], 120, [("1", 115)], []),
        (["1", "2"], 120, [("1", 20), ("2", 115)], []),
        (["90", "1", "2"], 120, [("90", 20), ("1", 20), ("2", 20), ("90", 115)], []),
        (["90", "91", "1"], 120, [("90", 20), ("91", 20), ("1", 20), ("90", 115), ("91", 115)], []),
        (["200", "1"], 120, [("200", 20), ("1", 20), ("200", 115)], ["200"]),
        (["1", "2"], 12, [("1", 7), ("2", 7)], []),
        (["9", "1"], 12, [("9", 7), ("1", 7)], ["9"]),
        (["1", "2"], 4, [], ["1", "2"]),
    ],
)
def test_a_slow_image_delays_no_other(app, processed, case):
    """Twenty seconds each while others wait, then all that is left; five are kept to write the results."""
    names, seconds, tried, failed = case

    assert extract(app, names, seconds) == failed
    assert processed == tried
