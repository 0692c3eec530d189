"""Models look at an image once for each content and model, and their findings never undo anything."""

from __future__ import annotations

import io
import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from chalicelib import aws as clients
from chalicelib import storage
from chalicelib.catalogue.index import image_annotations
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, keys
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.db.models import Image as Record
from chalicelib.db.models import connection
from chalicelib.extensions.machine_learning import pending, recognition_switch, recognize
from chalicelib.processing import remove
from image_processing import examine
from image_processing.errors import ImageError, OutOfTimeError
from tests import delivery, samples

if TYPE_CHECKING:
    from tests.chalicelib.extensions.machine_learning.conftest import Bench, Models

LONG = 60.0  # seconds


def plain(colour: str = "#102030", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG", **options)
    return file.getvalue()


def get(image_id: str) -> Any:
    image = images.get(image_id, consistent=True)
    assert image is not None
    return image


def test_an_image_is_looked_at_once_it_is_read(models: Models, bench: Bench) -> None:
    """The record's change asks, the function writes what each model found, within the picture."""
    image_id = bench.put(plain())
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert found.content == get(image_id).sha256
    assert found.models == {"text": "reader/1", "face": "finder/1"}
    assert found.found == (
        Found("text", "#102030", 0.9, Box(0.0, 0.0, 0.5, 0.5), "en", {"n": 1}),
        Found("face", "", 0.8, Box(0.0, 0.25, 0.5, 1.0)),
    )
    assert models.sizes == [(30, 40, 3)]
    bench.follow()
    assert bench.waiting() == []  # nothing is left to do, and its own change asks for nothing


def test_a_message_that_comes_again_does_nothing(models: Models, bench: Bench) -> None:
    """SQS brings a message at least once."""
    image_id = bench.put(plain())
    (message,) = bench.waiting()
    assert delivery.give(bench.app, message, function="recognize") == []
    before = get(image_id).attribute_values
    assert delivery.give(bench.app, message, function="recognize") == []
    assert len(models.runs) == 1
    assert get(image_id).attribute_values == before


@pytest.mark.medium
def test_an_edit_and_a_new_record_of_the_same_content_ask_for_nothing(models: Models, bench: Bench) -> None:
    """Reprocessing keeps what was found; so do the owner's texts."""
    image_id = bench.put(plain())
    bench.recognize()
    found = bench.findings(image_id)
    image = get(image_id)
    assert images.edit(image, {"title": "A title"})
    bench.follow()
    assert bench.waiting() == []
    assert bench.put(plain()) == image_id  # the same bytes under the same key: a newer event
    assert get(image_id).sequencer > image.sequencer
    assert (bench.waiting(), bench.findings(image_id)) == ([], found)


@pytest.mark.medium
def test_another_content_is_looked_at_anew(models: Models, bench: Bench) -> None:
    """What was found in the object before, and decided about it, means nothing, and goes."""
    image_id = bench.put(plain())
    bench.recognize()
    image = get(image_id)
    made = Decisions(image.sha256, (Decision("a" * 16, "added", "label", "boat"),))
    assert images.edit(image, {"decisions": annotation_codec.pack_decisions(made)})
    bench.put(plain("#ffeedd"))
    assert bench.findings(image_id) is None
    assert image_annotations.of(get(image_id)).all == ()
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert [(one.kind, one.value) for one in found.found] == [("text", "#ffeedd")]
    assert get(image_id).decisions is None


@pytest.mark.medium
def test_a_new_model_alone_looks_again(models: Models, bench: Bench) -> None:
    """When the record is next touched (`reindex`); the findings of the others stay, and so does every decision."""
    image_id = bench.put(plain())
    bench.recognize()
    image = get(image_id)
    face = next(one for one in image_annotations.of(image).all if one.kind == "face")
    made = Decisions(image.sha256, (Decision(face.annotation_id, "removed", "face", "", face.box),))
    assert images.edit(image, {"decisions": annotation_codec.pack_decisions(made)})
    models.models["text"] = "reader/2"
    bench.follow()
    assert bench.waiting() == []
    images.touch(image_id)
    bench.follow()
    assert bench.recognize() == 1
    assert models.runs == [["face", "text"], ["text"]]
    found = bench.findings(image_id)
    assert found is not None
    assert found.models == {"text": "reader/2", "face": "finder/1"}
    assert [one.kind for one in found.found] == ["face", "text"]
    assert [one.kind for one in image_annotations.of(get(image_id)).shown] == ["text"]


@pytest.mark.medium
def test_a_kind_that_cannot_run_here_is_left_for_later(models: Models, bench: Bench) -> None:
    """It was not looked for, and nobody says so; without any, the object is not even read."""
    models.here = frozenset({"face"})
    image_id = bench.put(plain())
    bench.recognize()
    found = bench.findings(image_id)
    assert found is not None
    assert found.models == {"face": "finder/1"}
    models.here = frozenset()
    other = bench.put(plain("#000000"), "other.png")
    bench.recognize()
    assert (bench.findings(other), len(models.runs)) == (None, 1)


@pytest.mark.medium
def test_pixels_are_upright_small_and_on_white(models: Models, bench: Bench) -> None:
    """As the thumbnails are: at most 1,280 a side, turned as the file says, without transparency."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right
    Image.new("RGB", (2000, 1000)).save(file, "JPEG", exif=exif)
    bench.put(file.getvalue(), "turned.jpg")
    bench.recognize()
    file = io.BytesIO()
    Image.new("RGBA", (4, 2), (255, 0, 0, 0)).save(file, "PNG")
    image_id = bench.put(file.getvalue(), "clear.png")
    bench.recognize()
    assert models.sizes == [(1280, 640, 3), (2, 4, 3)]
    found = bench.findings(image_id)
    assert found is not None
    assert found.found[0].value == "#ffffff"


@pytest.mark.medium
def test_an_image_without_pixels_is_looked_at_once(models: Models, bench: Bench) -> None:
    """Its run is noted, without findings; a file that failed asks for nothing."""
    header = b"\xff\x0a" + bytes(40)  # JPEG XL, which no decoder here knows
    image_id = bench.put(header, "new.jxl")
    assert get(image_id).state == "ready"
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    assert (found.found, set(found.models), models.runs) == ((), {"text", "face"}, [])
    broken = bench.put(plain()[:-30], "broken.png")
    assert (get(broken).state, bench.waiting()) == ("failed", [])


def test_an_upload_whose_pixels_are_left_alone_is_not_looked_at(models: Models, bench: Bench) -> None:
    """The profile `metadata` asks for that."""
    image_id = bench.put(plain(), profile="metadata")
    bench.recognize()
    assert (models.runs, bench.findings(image_id)) == ([], None)


def test_a_deleted_image_stays_deleted(models: Models, bench: Bench) -> None:
    """Before the run, and during it."""
    image_id = bench.put(plain())
    (message,) = bench.waiting()
    remove.remove(get(image_id))
    assert delivery.give(bench.app, message, function="recognize") == []
    assert (models.runs, get(image_id).state, get(image_id).annotations) == ([], "removed", None)


@pytest.mark.medium
@pytest.mark.parametrize("event", ["removed", "replaced"])
def test_what_happens_during_a_run_wins(
    models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """A newer object has findings of its own, a tombstone none."""
    image_id = bench.put(plain())
    bench.waiting()

    def meanwhile(pixels: Any, kinds: Any) -> Any:
        if event == "removed":
            remove.remove(get(image_id))
        else:
            storage.put(get(image_id).key, plain("#ffffff"), "image/png")
            delivery.deliver(bench.app)
        return found(pixels, kinds)

    found = models.recognize
    monkeypatch.setattr("image_processing.recognition.recognize", meanwhile)
    recognize.recognize(image_id, time.monotonic() + LONG)
    assert get(image_id).state == ("removed" if event == "removed" else "ready")
    assert get(image_id).annotations is None


def test_a_decision_made_during_a_run_stays(models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings are written beside it."""
    image_id = bench.put(plain())
    real = images.annotate

    def after_a_decision(image: Any, values: Any) -> bool:
        monkeypatch.setattr(images, "annotate", real)
        made = Decisions(image.sha256, (Decision("a" * 16, "added", "label", "boat"),))
        assert images.edit(get(image_id), {"decisions": annotation_codec.pack_decisions(made)})
        return real(image, values)

    monkeypatch.setattr(images, "annotate", after_a_decision)
    assert bench.recognize() == 1
    shown = image_annotations.of(get(image_id)).shown
    assert [(one.kind, one.decision) for one in shown] == [("text", None), ("face", None), ("label", "added")]


def test_annotations_deleted_during_a_run_stay_deleted(
    models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a model that ran meanwhile are not written."""
    image_id = bench.put(plain())
    real = images.annotate

    def after_a_deletion(image: Any, values: Any) -> bool:
        monkeypatch.setattr(images, "annotate", real)
        stopped = annotation_codec.pack_decisions(Decisions(image.sha256, stopped=True))
        assert images.edit(get(image_id), {"annotations": None, "decisions": stopped})
        return real(image, values)

    monkeypatch.setattr(images, "annotate", after_a_deletion)
    assert bench.recognize() == 1
    image = get(image_id)
    assert (len(models.runs), image.annotations) == (1, None)
    decisions = annotation_codec.decisions_of(image.decisions, image.sha256)
    assert decisions == Decisions(image.sha256, (), stopped=True)


def test_annotations_are_written_in_the_state_that_was_read(models: Models, bench: Bench) -> None:
    """Not beside a record that failed in the meantime."""
    image = get(bench.put(plain()))
    Record(image.image_id).update(actions=[Record.state.set("failed")])
    assert not images.annotate(image, {"annotations": b"findings"})
    assert get(image.image_id).annotations is None
    assert images.annotate(get(image.image_id), {"annotations": b"findings"})
    assert get(image.image_id).annotations == b"findings"


def test_others_who_keep_writing_are_waited_for(models: Models, bench: Bench, monkeypatch: Any) -> None:
    """After five attempts the queue brings the message again."""
    bench.put(plain())
    calls: list[Any] = []

    def refused(*given: Any) -> bool:
        calls.append(given)
        return False

    monkeypatch.setattr(images, "annotate", refused)
    (message,) = bench.waiting()
    assert delivery.give(bench.app, message, function="recognize") == [message["messageId"]]
    assert len(calls) == 5


@pytest.mark.slow
def test_an_image_that_is_out_of_time_comes_again(models: Models, bench: Bench) -> None:
    """And so does a message that makes no sense, until the dead-letter queue keeps it."""
    image_id = bench.put(plain())
    bench.waiting()
    with pytest.raises(OutOfTimeError):
        recognize.recognize(image_id, time.monotonic() - 1)
    odd = delivery.message("no JSON", queue=settings().recognition_queue)
    assert delivery.give(bench.app, odd, function="recognize") == ["1"]


@pytest.mark.medium
def test_what_is_deleted_is_not_found_again(models: Models, bench: Bench) -> None:
    """Not by a new model either; only another content is looked at."""
    image_id = bench.put(plain())
    bench.recognize()
    image = get(image_id)
    stopped = annotation_codec.pack_decisions(Decisions(image.sha256, stopped=True))
    assert images.edit(image, {"annotations": None, "decisions": stopped})
    models.models["text"] = "reader/2"
    images.touch(image_id)
    bench.follow()
    assert bench.waiting() == []
    pending.request([image_id])
    bench.recognize()
    assert (bench.findings(image_id), len(models.runs)) == (None, 1)
    assert get(image_id).decisions == stopped
    bench.put(plain("#ffffff"))
    assert bench.recognize() == 1
    assert bench.findings(image_id) is not None


@pytest.mark.medium
@pytest.mark.parametrize("damaged", ["annotations", "decisions"])
def test_damaged_annotations_are_made_anew(models: Models, bench: Bench, damaged: str) -> None:
    """They block neither stream nor queue."""
    image_id = bench.put(plain())
    bench.recognize()
    assert images.annotate(get(image_id), {damaged: b"damaged"})
    images.touch(image_id)
    bench.follow()
    pending.request([image_id])
    assert bench.recognize() >= 1
    found = bench.findings(image_id)
    assert found is not None
    assert found.found
    assert image_annotations.of(get(image_id)).shown


def test_a_picture_that_was_not_seen_has_no_number_of_faces(
    models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not looked at again, and nobody may take it for one without faces."""
    image_id = bench.put(plain())

    def refuse(*_given: Any, **_named: Any) -> Any:
        raise ImageError("too much memory")

    monkeypatch.setattr(examine, "samples", refuse)
    bench.recognize()
    found = image_annotations.of(get(image_id))
    assert (found.people, found.skipped["face"]) == (None, "unreadable")
    assert not pending.is_wanted(get(image_id))


def test_decisions_outlive_damaged_findings(models: Models, bench: Bench) -> None:
    """What an owner removed stays removed in the findings that are made anew."""
    image_id = bench.put(plain())
    bench.recognize()
    (line,) = (one for one in image_annotations.of(get(image_id)).shown if one.kind == "text")
    decision = Decision(line.annotation_id, "removed", "text", line.value, line.box)
    packed = annotation_codec.pack_decisions(Decisions(str(get(image_id).sha256), (decision,)))
    assert images.annotate(get(image_id), {"annotations": b"damaged", "decisions": packed})
    pending.request([image_id])
    bench.recognize()
    found = bench.findings(image_id)
    assert found is not None
    assert [one.kind for one in found.found if one.kind == "text"] == ["text"]
    assert [one for one in image_annotations.of(get(image_id)).shown if one.kind == "text"] == []


@pytest.mark.medium
def test_a_stage_that_is_off_runs_nothing(models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked; findings from before stay as long as their content does."""
    kept = bench.put(plain(), "kept.png")
    replaced = bench.put(plain(), "replaced.png")
    bench.recognize()
    monkeypatch.setitem(settings().__dict__, "recognition", False)
    new = bench.put(plain(), "new.png")
    images.touch(kept)
    bench.follow()
    assert bench.waiting() == []
    pending.request([new])
    bench.recognize()
    assert (bench.findings(new), len(models.runs)) == (None, 2)
    bench.put(plain("#ffffff"), "replaced.png")
    assert bench.recognize() == 1
    assert (get(replaced).annotations, bench.findings(kept) is None) == (None, False)


@pytest.mark.medium
def test_an_owner_switches_it_off_and_on(models: Models, bench: Bench) -> None:
    """Off, annotations and decisions are deleted, and no model looks at an image; on again, all are looked at."""
    ids = [bench.put(plain(), name) for name in ("one.png", "two.png")]
    bench.recognize()
    bench.put(b"no image", "two.png")
    accounts.standing(bench.owner)
    accounts.change(bench.owner, recognition=False)
    assert recognition_switch.apply_recognition({"owner": bench.owner}) is None
    assert [get(one).state for one in ids] == ["ready", "failed"]
    assert [get(one).annotations for one in ids] == [None, None]
    bench.put(plain(), "two.png")
    later = bench.put(plain(), "three.png")
    bench.recognize()
    assert (bench.findings(later), len(models.runs)) == (None, 2)
    accounts.change(bench.owner, recognition=None)
    assert recognition_switch.apply_recognition({"owner": bench.owner}) is None
    assert bench.recognize() == 3
    assert all(bench.findings(one) for one in (*ids, later))
    assert recognition_switch.apply_recognition({"owner": bench.owner}) is None
    assert bench.waiting() == []


@pytest.mark.medium
def test_the_job_of_an_account_goes_on_page_by_page(models: Models, bench: Bench, monkeypatch: Any) -> None:
    """A slice has a hundred images."""
    assert recognition_switch.PAGE == 100
    monkeypatch.setattr(recognition_switch, "PAGE", 1)
    for name in ("one.png", "two.png", "three.png"):
        bench.put(plain(), name)
    bench.waiting()
    left: Any = {"owner": bench.owner}
    slices = 0
    while left is not None:
        left = recognition_switch.apply_recognition(left)
        slices += 1
    assert (slices, len(bench.waiting())) == (3, 3)


def test_an_account_that_is_switched_off_during_a_run_keeps_nothing(
    models: Models, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that deletes may have passed the image by then."""
    image_id = bench.put(plain())
    accounts.standing(bench.owner)
    real = models.recognize

    def meanwhile(pixels: Any, kinds: Any) -> Any:
        accounts.change(bench.owner, recognition=False)
        recognition_switch.apply_recognition({"owner": bench.owner})
        return real(pixels, kinds)

    monkeypatch.setattr("image_processing.recognition.recognize", meanwhile)
    bench.recognize()
    assert (get(image_id).annotations, len(models.runs)) == (None, 1)


def test_the_image_of_a_closed_account_is_not_looked_at(models: Models, bench: Bench) -> None:
    """Its data are on their way out."""
    image_id = bench.put(plain())
    accounts.standing(bench.owner)
    accounts.change(bench.owner, state="disabled")
    bench.recognize()
    assert (models.runs, bench.findings(image_id)) == ([], None)


def test_processing_an_upload_does_nothing_more(
    models: Models, app: Any, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With recognition on or off it makes the same calls of AWS: the stream asks."""

    def calls(name: str, *, on: bool) -> list[str]:
        monkeypatch.setitem(settings().__dict__, "recognition", on)
        storage.put(f"uploads/{owner}/{name}", plain(), "image/png")
        waiting = delivery.receive()
        made: list[str] = []
        watched = [clients.client("s3"), clients.client("sqs"), connection(settings().region).client]

        def note(model: Any, **_: Any) -> None:
            made.append(model.name)

        for one in watched:
            one.meta.events.register("before-call", note)
        try:
            assert delivery.give(app, *waiting) == []
        finally:
            for one in watched:
                one.meta.events.unregister("before-call", note)
        return made

    monkeypatch.setattr("chalicelib.cache.time", SimpleNamespace(monotonic=lambda: 0.0))  # nothing is read again
    monkeypatch.setattr("chalicelib.db.upload_days.note", lambda _shard: None)  # once for each of a day's shards
    calls("first.png", on=False)  # the account is noted once
    without, within = calls("a.png", on=False), calls("b.png", on=True)
    assert without == within
    assert "UpdateItem" in without
    assert keys.image_id(settings().images_bucket, f"uploads/{owner}/b.png")


def test_pixels_of_another_size_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that was taken over must not decide how much of this process's memory is read."""
    from image_processing import sandbox
    from image_processing.source import BytesSource

    real = sandbox.Pool.run

    def short(self: Any, *given: Any) -> Any:
        answer = real(self, *given)
        return answer._replace(blobs=[answer.blobs[0][:-1]])

    source = BytesSource(plain("#010203", (3, 2)))
    assert examine.samples(source) == ("samples", 3, 2, bytes([1, 2, 3]) * 6)
    monkeypatch.setattr(sandbox.Pool, "run", short)
    with pytest.raises(sandbox.SandboxLostError, match="another size"):
        examine.samples(source)


@pytest.mark.medium
def test_codes_are_read_for_real(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where zxing-cpp is installed: from an upload's QR code to its content and place."""
    reader = pytest.importorskip("zxingcpp")
    monkeypatch.setitem(settings().__dict__, "recognition", True)
    code = reader.create_barcode("https://example.org/janus", reader.BarcodeFormat.QRCode).to_image(scale=4)
    page = Image.new("RGB", (600, 400), "white")
    page.paste(Image.fromarray(np.array(code)), (100, 50))
    file = io.BytesIO()
    page.save(file, "PNG")
    image_id = bench.put(file.getvalue(), "code.png")
    assert bench.recognize() == 1
    found = bench.findings(image_id)
    assert found is not None
    (one,) = (part for part in found.found if part.kind == "code")
    assert (one.value, one.details["format"]) == ("https://example.org/janus", "QRCode")
    assert one.box is not None
    assert one.box.left == pytest.approx(116 / 600, abs=0.02)
    assert one.box.top == pytest.approx(66 / 400, abs=0.02)


def test_a_change_is_asked_for_once_in_a_batch(models: Models, bench: Bench) -> None:
    """A ticket, a tombstone and an unreadable item ask for nothing."""
    item = {
        "image_id": {"S": "a" * 26},
        "owner": {"S": bench.owner},
        "key": {"S": f"uploads/{bench.owner}/a.png"},
        "state": {"S": "ready"},
        "changed": {"S": "2026-11-29T12:00:01.000Z"},
        "sha256": {"S": "ab" * 32},
    }
    records: list[dict[str, Any]] = [
        {"dynamodb": {"NewImage": item}},
        {"dynamodb": {"OldImage": {**item, "state": {"S": "failed"}}, "NewImage": item}},
        {"dynamodb": {"OldImage": item, "NewImage": {**item, "title": {"S": "A title"}}}},
        {"dynamodb": {"OldImage": item, "NewImage": {**item, "state": {"S": "removed"}}}},
        {"dynamodb": {"OldImage": item}},
        {"dynamodb": {"NewImage": {**item, "state": {"S": "expected"}}}},
        {"dynamodb": {"NewImage": {**item, "annotations": {"S": "no bytes"}}, "SequenceNumber": "1"}},
    ]
    assert pending.request_changed(records) == 2
    assert [json.loads(one["body"]) for one in bench.waiting()] == [{"image_id": "a" * 26}]


@pytest.mark.parametrize(
    ("models_run", "left"),
    [
        ({}, {"text", "face"}),
        ({"text": "reader/1"}, {"face"}),
        ({"text": "reader/0", "face": "finder/1"}, {"text"}),
        ({"text": "reader/1", "face": "finder/1", "label": "old/1"}, set()),
    ],
)
def test_the_kinds_that_are_missing(
    models: Models, bench: Bench, models_run: dict[str, str], left: set[str]
) -> None:
    """Those without a run, and those of another model."""
    image = get(bench.put(samples.png()))
    image.annotations = annotation_codec.pack_findings(Findings(image.sha256, models_run))
    assert pending.missing(image) == left
    image.state = "failed"
    assert pending.missing(image) == frozenset()


def test_all_of_an_image_is_forgotten(models: Models, bench: Bench) -> None:
    """Its owner's decisions, too, which may be about what no model found."""
    image_id = bench.put(plain())
    bench.recognize()
    added = Decision("d1", "added", "label", "boat", None, None, None)
    image = get(image_id)
    assert images.annotate(
        image, {"decisions": annotation_codec.pack_decisions(Decisions(str(image.sha256), (added,)))}
    )
    recognize.forget(image_id)
    assert (get(image_id).annotations, get(image_id).decisions) == (None, None)


def test_an_image_that_others_keep_writing_is_tried_again_later(
    models: Models, bench: Bench, monkeypatch: Any
) -> None:
    """The message comes again: nothing that should be forgotten stays."""
    image_id = bench.put(plain())
    bench.recognize()
    monkeypatch.setattr(images, "annotate", lambda _image, _values: False)
    with pytest.raises(recognize.BusyError, match=image_id):
        recognize.forget(image_id)
