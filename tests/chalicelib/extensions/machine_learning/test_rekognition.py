"""Amazon Rekognition is asked where all agree, is sent pixels alone, and never costs what models here found."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.catalogue.index import image_annotations, record_change
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, keys, spending
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Found
from chalicelib.db.models import Spending
from chalicelib.extensions.machine_learning import paid, recognition_switch, recognize, rekognition
from chalicelib.extensions.machine_learning.results import Seen
from chalicelib.offline import provisioning
from image_processing.errors import ImageError
from tests import delivery
from tests import rekognition as service
from tests.chalicelib.extensions.machine_learning.test_recognize import LONG, get, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chalicelib.extensions.machine_learning.conftest import Bench, Models
    from tests.rekognition import Server

SIZE = (200, 100)
DOLLAR = 1_000_000
BOAT = Found("label", "Boat", 0.975, Box(0.1, 0.2, 0.3, 0.25))


@pytest.fixture
def budget(models: Models, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the stage ask for everything, for a dollar a month; return what sets settings."""

    def change(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setitem(settings().__dict__, name, value)

    change(rekognition=("moderation", "label", "text"), rekognition_budget=DOLLAR)
    Spending(keys.spending("rekognition"), f"{keys.now():%Y-%m}").delete()
    return change


@pytest.fixture
def server(budget: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run a server that answers as Rekognition is documented to, and lead the client there."""
    with service.serve() as (running, address):
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", address)
        clients.client.cache_clear()
        yield running
        clients.client.cache_clear()


@pytest.fixture
def moto(budget: Any) -> None:
    """Ask moto."""


def labels(bench: Bench, image_id: str) -> list[Found]:
    findings = bench.findings(image_id)
    assert findings is not None
    return [one for one in findings.found if one.kind == "label"]


def again(bench: Bench, image_id: str) -> int:
    """Touch an image, as `reindex` does, and let the function run."""
    images.touch(image_id)
    bench.follow()
    return bench.recognize()


def failing(bench: Bench, count: int = 1) -> list[str]:
    """Give the one message that waits to the function as its attempt of that number; return those that failed."""
    (message,) = bench.waiting()
    message["attributes"]["ApproximateReceiveCount"] = str(count)
    return delivery.give(bench.app, message, function="recognize")


def test_moto_answers_labels_and_text(moto: None, models: Models, bench: Bench, budget: Any) -> None:
    """The client speaks the protocol: these answers are moto's, in the shape of AWS."""
    budget(rekognition=("label", "text"))
    models.here = frozenset()
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert found.models == {"label": "rekognition/3.0", "text": "rekognition/3.0"}
    told = [(one.kind, one.value, round(one.score, 3), one.box is not None) for one in found.found]
    assert told == [
        ("label", "Mobile Phone", 0.999, True),
        ("text", "IT'S", 0.994, True),
        ("text", "MONDAY", 0.996, True),
        ("text", "but keep", 0.996, True),
        ("text", "Smiling", 0.89, True),
    ]
    assert (found.skipped, found.cost, spending.spent("rekognition")) == ({}, 2000, 2000)


def test_a_stage_asks_nobody_unless_it_says_so(server: Server, bench: Bench, budget: Any) -> None:
    """And no budget is needed then."""
    budget(rekognition=())
    settings().__dict__.pop("rekognition_budget")
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (server.asked, found.skipped, found.cost) == ([], {}, 0)
    assert again(bench, image_id) == 0


def test_offline_it_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says: moto makes up its answers."""
    monkeypatch.setenv("JANUS_REKOGNITION", "labels")
    client = provisioning.Client("", "", "")
    assert provisioning.environment("", client)["JANUS_REKOGNITION"] == ""


def test_labels_moderation_and_text_become_annotations(server: Server, models: Models, bench: Bench) -> None:
    """Moderation first; a box for each thing, cut at the picture's edge; the top category that is not mild."""
    models.here = frozenset({"face"})
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    assert server.actions == ["DetectModerationLabels", "DetectLabels", "DetectText"]
    assert server.asked[0].options == {"MinConfidence": 5}
    assert server.asked[1].options == {"MinConfidence": 50, "MaxLabels": 50}
    found = bench.findings(image_id)
    assert found is not None
    assert found.models == {
        "face": "finder/1",
        "moderation": "rekognition/7.0",
        "label": "rekognition/3.0",
        "text": "rekognition/3.1",
    }
    assert [one for one in found.found if one.kind != "face"] == [
        Found("unsafe", "", 0.935, None, None, {"category": "Explicit"}, "moderation"),
        BOAT,
        Found("label", "Boat", 0.6, Box(0.75, 0.0, 0.25, 0.125)),
        Found("label", "Harbor", 0.9125),
        Found("label", "Sky", 0.55),
        Found("text", "Fish & Chips", 0.995, Box(0.25, 0.5, 0.5, 0.125)),
    ]
    assert (found.cost, spending.spent("rekognition")) == (3000, 3000)
    bench.follow()
    assert bench.waiting() == []
    shown = image_annotations.of(get(image_id))
    assert [(one.kind, one.model) for one in shown.shown if one.kind in ("unsafe", "text")] == [
        ("text", "rekognition/3.1"),
        ("unsafe", "rekognition/7.0"),
    ]
    assert shown.cost == 3000


def test_an_image_is_found_by_its_labels(server: Server, bench: Bench) -> None:
    """As by every other word."""
    image_id = bench.put(plain(size=SIZE))
    bench.recognize()
    said = record_change.indexed(get(image_id)).words
    assert {"boat", "harbor"} <= {word.text for word in said}


@pytest.mark.medium
def test_the_service_reads_text_only_where_no_model_does(server: Server, models: Models, bench: Bench) -> None:
    """Then, once there is a model, by that."""
    models.here = frozenset({"face"})
    image_id = bench.put(plain(size=SIZE))
    bench.recognize()
    assert server.actions.count("DetectText") == 1
    models.here = frozenset({"face", "text"})
    assert again(bench, image_id) == 1
    found = bench.findings(image_id)
    assert found is not None
    assert [one.value for one in found.found if one.kind == "text"] == ["#102030"]
    assert found.models["text"] == "reader/1"
    bench.put(plain("#ffeedd", size=SIZE), "other.png")
    bench.recognize()
    assert server.actions.count("DetectText") == 1


@pytest.mark.medium
def test_pixels_alone_are_sent(server: Server, bench: Bench) -> None:
    """Upright, at most 1,280 pixels a side, as JPEG, with nothing of the file's metadata."""
    picture = Image.new("RGB", (2000, 1000), "#204060")
    picture.paste("#f0c000", (0, 0, 1000, 1000))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: its left half is the upper one, seen upright
    exif[0x010E] = "SECRET-CAPTION"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE" * 20)
    key = f"uploads/{bench.owner}/photo.jpg"
    storage.put(key, file.getvalue(), "image/jpeg")
    delivery.deliver(bench.app)
    bench.follow()
    assert bench.recognize() == 1
    assert {len(server.asked), len({one.picture for one in server.asked})} == {2, 1}
    sent = server.asked[0].picture
    assert b"SECRET" not in sent
    assert b"Exif" not in sent
    with Image.open(io.BytesIO(sent)) as opened:
        assert (opened.format, opened.size, len(opened.getexif())) == ("JPEG", (640, 1280), 0)
        assert not {"exif", "icc_profile", "comment", "xmp"} & opened.info.keys()
        top, bottom = opened.getpixel((320, 100)), opened.getpixel((320, 1180))
    assert [abs(a - b) < 12 for a, b in zip((*top, *bottom), (0xF0, 0xC0, 0, 0x20, 0x40, 0x60), strict=True)] == [
        True
    ] * 6


@pytest.mark.medium
def test_an_owner_who_wants_no_recognition_is_sent_nowhere(
    server: Server, models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the run, and even while models here look."""
    bench.put(plain(size=SIZE))
    (message,) = bench.waiting()
    accounts.standing(bench.owner)

    def meanwhile(pixels: Any, kinds: Any) -> Any:
        accounts.change(bench.owner, recognition=False)
        return real(pixels, kinds)

    real = models.recognize
    monkeypatch.setattr("image_processing.recognition.recognize", meanwhile)
    assert delivery.give(bench.app, message, function="recognize") == []
    assert models.runs
    assert delivery.give(bench.app, message, function="recognize") == []
    assert server.asked == []
    monkeypatch.setattr("image_processing.recognition.recognize", real)
    accounts.change(bench.owner, recognition=None)
    assert recognition_switch.apply_recognition({"owner": bench.owner}) is None
    assert bench.recognize() == 1
    assert len(server.asked) == 2


@pytest.mark.medium
def test_an_upload_may_ask_to_stay_here(server: Server, models: Models, bench: Bench) -> None:
    """Models here look at it, nobody else does, and it is not asked about again."""
    image_id = bench.put(plain(size=SIZE), recognition="local")
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert server.asked == []
    assert (len(models.runs), found.cost) == (1, 0)
    assert found.skipped == {"moderation": "upload", "label": "upload"}
    assert again(bench, image_id) == 0


@pytest.mark.parametrize(("size", "sent"), [((80, 80), True), ((79, 200), False), ((200, 79), False)])
def test_a_picture_below_the_least_size_is_not_sent(
    server: Server, models: Models, bench: Bench, size: tuple[int, int], *, sent: bool
) -> None:
    """Rekognition refuses it, and charges for that, perhaps."""
    image_id = bench.put(plain(size=size))
    bench.recognize()
    found = bench.findings(image_id)
    assert found is not None
    assert bool(server.asked) is sent
    assert found.skipped == ({} if sent else {"moderation": "too_small", "label": "too_small"})


@pytest.mark.medium
def test_a_spent_budget_leaves_images_to_the_models_here(
    server: Server, models: Models, bench: Bench, budget: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record says so; the next month asks again, and the sum of the record counts both."""
    budget(rekognition_budget=1500)
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (server.actions, found.skipped, found.cost) == (["DetectModerationLabels"], {"label": "budget"}, 1000)
    assert "#102030" in [one.value for one in found.found]
    assert again(bench, image_id) == 1
    other = bench.put(plain("#ffeedd", size=SIZE), "other.png")
    bench.recognize()
    late = bench.findings(other)
    assert late is not None
    assert late.skipped == {"moderation": "budget", "label": "budget"}
    assert [one.value for one in late.found] == ["#ffeedd"]
    assert len(server.asked) == 1
    with monkeypatch.context() as patched:
        patched.setattr("image_processing.examine.samples", lambda *_, **__: pytest.fail("it is not even decoded"))
        assert again(bench, image_id) == 1
    month_later = datetime(2099, 1, 1, tzinfo=UTC)
    Spending(keys.spending("rekognition"), "2099-01").delete()
    monkeypatch.setattr(keys, "now", lambda: month_later)
    recognize.recognize(image_id, time.monotonic() + LONG)
    found = bench.findings(image_id)
    assert found is not None
    assert (server.actions[1:], found.skipped, found.cost) == (["DetectLabels"], {}, 2000)


@pytest.mark.medium
def test_a_request_that_is_throttled_once_is_repeated(server: Server, bench: Bench) -> None:
    """And paid once."""
    server.failures = [(400, "ThrottlingException")]
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert server.actions == ["DetectModerationLabels"] * 2 + ["DetectLabels"]
    assert (found.skipped, found.cost, spending.spent("rekognition")) == ({}, 2000, 2000)


@pytest.mark.medium
@pytest.mark.parametrize("failure", [(400, "ThrottlingException"), (500, "InternalServerError")])
def test_an_outage_costs_neither_findings_nor_money(
    server: Server, models: Models, bench: Bench, failure: tuple[int, str]
) -> None:
    """Nothing more is asked after the first failure; one more attempt comes by the queue, then a `reindex` may."""
    server.failures = [failure] * 4
    image_id = bench.put(plain(size=SIZE))
    assert failing(bench) != []
    assert server.actions == ["DetectModerationLabels"] * 2
    found = bench.findings(image_id)
    assert found is not None
    assert [one.kind for one in found.found] == ["text", "face"]
    assert found.skipped == {"moderation": "unavailable", "label": "unavailable"}
    images.touch(image_id)
    bench.follow()
    assert failing(bench, count=2) == []
    assert (len(server.asked), len(models.runs)) == (4, 1)
    found = bench.findings(image_id)
    assert found is not None
    assert (found.skipped["label"], found.cost, spending.spent("rekognition")) == ("unavailable", 0, 0)
    assert again(bench, image_id) == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (found.skipped, found.cost) == ({}, 2000)
    assert BOAT in labels(bench, image_id)


@pytest.mark.medium
def test_a_queue_that_tries_once_has_no_second_attempt(server: Server, bench: Bench, budget: Any) -> None:
    """The dead-letter queue is for messages that need somebody."""
    budget(max_receive_count=1)
    server.failures = [(500, "InternalServerError")] * 2
    bench.put(plain(size=SIZE))
    assert failing(bench) == []


@pytest.mark.medium
def test_a_request_without_an_answer_may_have_been_charged(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it counts, and is over after the timeout."""
    monkeypatch.setitem(clients.HURRIED, "rekognition", (1, 0.2, 1))
    clients.client.cache_clear()
    server.silent.set()
    image_id = bench.put(plain(size=SIZE))
    assert failing(bench) != []
    found = bench.findings(image_id)
    assert found is not None
    assert found.skipped == {"moderation": "unavailable", "label": "unavailable"}
    assert (found.cost, spending.spent("rekognition")) == (1000, 1000)


def test_a_request_takes_thirteen_seconds_at_most() -> None:
    """Two attempts, and a second between them: less than the function keeps in reserve."""
    to_connect, to_answer, attempts = clients.HURRIED["rekognition"]
    assert (to_connect + to_answer) * 2 + paid.PAUSE_SECONDS == 13
    config = clients.client.__wrapped__("rekognition").meta.config
    assert (config.connect_timeout, config.read_timeout) == (to_connect, to_answer)
    assert (
        config.retries
        == {"mode": "standard", "total_max_attempts": attempts}
        == {"mode": "standard", "total_max_attempts": 1}
    )


@pytest.mark.medium
def test_a_refused_request_does_not_come_again_by_itself(server: Server, bench: Bench) -> None:
    """Such as one that lacks a permission; the others are asked, and a `reindex` asks for it again."""
    server.failures = [(400, "AccessDeniedException")]
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (found.skipped, server.actions) == (
        {"moderation": "refused"},
        ["DetectModerationLabels", "DetectLabels"],
    )
    assert again(bench, image_id) == 1
    found = bench.findings(image_id)
    assert found is not None
    assert found.skipped == {}


def test_an_answer_of_another_shape_is_left_out(server: Server, bench: Bench) -> None:
    """The findings of the models here are written."""
    server.answers["DetectModerationLabels"] = {"Something": "else"}
    image_id = bench.put(plain(size=SIZE))
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (found.skipped, "#102030" in [one.value for one in found.found]) == ({"moderation": "refused"}, True)


def test_nothing_is_asked_after_the_deadline(server: Server) -> None:
    """The rest of the function's time is for the results."""
    pixels = np.zeros((90, 90, 3), "uint8")
    assert rekognition.ask(pixels, ("label",), 0.0) == Seen(skipped={"label": "unavailable"})
    assert server.asked == []


@pytest.mark.medium
@pytest.mark.parametrize(
    ("moderated", "score"),
    [
        ([], None),
        ([("Alcohol", "", 99.0), ("Swimwear or Underwear", "", 98.0)], None),
        ([("Female Swimwear or Underwear", "Swimwear or Underwear", 98.0)], None),
        ([("Weapon Violence", "Violence", 80.0)], ("Violence", 0.8)),
        ([("Something New", "", 70.0)], ("Something New", 0.7)),
        ([("Violence", "", 70.0), ("Explicit", "", 80.0)], ("Explicit", 0.8)),
        ([("A", "B", 70.0), ("B", "A", 60.0)], ("B", 0.7)),  # no taxonomy has a circle, an answer may
    ],
)
def test_the_category_that_hides_is_the_top_one_that_is_not_mild(
    server: Server, bench: Bench, moderated: list[tuple[str, str, float]], score: Any
) -> None:
    """A child counts for its parent, though the parent is not told."""
    server.answers["DetectModerationLabels"] = {
        "ModerationLabels": [
            {"Name": name, "ParentName": parent, "Confidence": percent} for name, parent, percent in moderated
        ],
        "ModerationModelVersion": "7.0",
    }
    image_id = bench.put(plain(size=SIZE))
    bench.recognize()
    found = bench.findings(image_id)
    assert found is not None
    assert found.models["moderation"] == "rekognition/7.0"
    unsafe = [(one.details["category"], one.score) for one in found.found if one.kind == "unsafe"]
    assert unsafe == ([score] if score else [])


@pytest.mark.medium
def test_moderation_hides_as_the_score_of_the_model_here_does(server: Server, bench: Bench, budget: Any) -> None:
    """From the stage's threshold on, until the owner says otherwise; a later run, too, cannot undo that."""
    budget(unsafe_threshold=0.9)
    image_id = bench.put(plain(size=SIZE))
    assert image_annotations.of(get(image_id)).withheld  # nobody has looked
    bench.recognize()
    seen = image_annotations.of(get(image_id))
    assert seen.withheld
    (unsafe,) = (one for one in seen.shown if one.kind == "unsafe")
    budget(unsafe_threshold=0.94)
    assert not image_annotations.of(get(image_id)).withheld
    budget(unsafe_threshold=0.9)
    image = get(image_id)
    made = Decisions(image.sha256, (Decision(unsafe.annotation_id, "removed", "unsafe", ""),))
    assert images.edit(image, {"decisions": annotation_codec.pack_decisions(made)})
    assert not image_annotations.of(get(image_id)).withheld
    findings = bench.findings(image_id)
    assert findings is not None
    other = Found("unsafe", "", 0.99, details={"category": "Violence"}, run="moderation")
    later = Seen({"moderation": "rekognition/8.0"}, (other,)).after(findings)
    assert [one.score for one in later.found if one.kind == "unsafe"] == [0.99]
    assert images.annotate(get(image_id), {"annotations": annotation_codec.pack_findings(later)})
    assert not image_annotations.of(get(image_id)).withheld


def test_each_run_replaces_its_own_findings_alone() -> None:
    """The model here and the service both find unsafe content."""
    here, there = Found("unsafe", "", 0.3), Found("unsafe", "", 0.9, run="moderation")
    before = annotation_codec.Findings(
        "ab" * 32, {"unsafe": "nsfw/1"}, (here,), skipped={"moderation": "budget", "label": "budget"}, cost=1000
    )
    both = Seen({"moderation": "rekognition/7"}, (there,), {}, 1000).after(before)
    assert (both.found, both.skipped, both.cost) == ((here, there), {"label": "budget"}, 2000)
    newer = Seen({"unsafe": "nsfw/2"}, (Found("unsafe", "", 0.4),)).after(both)
    assert newer.found == (there, Found("unsafe", "", 0.4))
    assert newer.models == {"unsafe": "nsfw/2", "moderation": "rekognition/7"}


@pytest.mark.medium
def test_a_deleted_image_stays_unasked(server: Server, bench: Bench) -> None:
    """An owner who deleted all annotations of an image is not sent anywhere with it again."""
    image_id = bench.put(plain(size=SIZE))
    bench.recognize()
    asked = len(server.asked)
    image = get(image_id)
    stopped = annotation_codec.pack_decisions(Decisions(image.sha256, stopped=True))
    assert images.edit(image, {"annotations": None, "decisions": stopped})
    assert (again(bench, image_id), len(server.asked)) == (0, asked)


@pytest.mark.medium
def test_a_label_has_at_most_twenty_boxes(server: Server, bench: Bench) -> None:
    """A crowd does not crowd out the other labels."""
    box = {"Left": 0.0, "Top": 0.0, "Width": 0.1, "Height": 0.1}
    crowd = [{"BoundingBox": box | {"Left": n / 100}, "Confidence": 50.0 + n} for n in range(30)]
    server.answers["DetectLabels"] = {
        "Labels": [{"Name": "Person", "Confidence": 99.0, "Instances": crowd}],
        "LabelModelVersion": "3.0",
    }
    image_id = bench.put(plain(size=SIZE))
    bench.recognize()
    assert [one.score for one in labels(bench, image_id)] == [round((79 - n) / 100, 2) for n in range(20)]


def test_an_image_that_cannot_be_decoded_is_sent_nowhere(
    server: Server, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For good: the record says so."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise ImageError("The file ends early.")

    image_id = bench.put(plain(size=SIZE))
    bench.waiting()
    monkeypatch.setattr("image_processing.examine.samples", refuse)
    recognize.recognize(image_id, time.monotonic() + LONG)
    found = bench.findings(image_id)
    assert found is not None
    runs = ("text", "face", "moderation", "label")  # those of models, too
    assert (server.asked, found.skipped) == ([], dict.fromkeys(runs, "unreadable"))
    assert again(bench, image_id) == 0
