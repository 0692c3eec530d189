"""An object's way to its record, through S3, DynamoDB and the function, in every order of events."""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
from typing import Any

import pytest
from PIL.PngImagePlugin import PngInfo

from chalicelib import aws, storage
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.index.usage import NOTHING
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from chalicelib.processing import decide, remove
from tests import delivery, samples
from tests.histories import FIRST, SECOND, act, derived, failing_once, put, read, recount, told

pytestmark = pytest.mark.usefixtures("aws")


def state(key: str) -> tuple[Any, ...]:
    """Return all that an observer can see of an image."""
    image = read(key)
    if image is None:
        return (None,)
    return image.state, image.sha256, image.sequencer, image.uploaded, image.etag, frozenset(derived(key))


def test_an_uploaded_image_becomes_a_ready_record(app: Any, key: str) -> None:
    """An object in the bucket is described by its record."""
    data = samples.photo(size=(1600, 1200))
    put(key, data)
    delivery.deliver(app)
    image = read(key)
    document = document_codec.unpack(image.document)
    assert (image.state, image.format, image.width, image.height) == ("ready", "JPEG", 1200, 1600)
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert image.size == len(data)
    assert set(document["thumbnails"]) == {"small", "medium", "large"}
    names = {name.rpartition("/")[2] for name in derived(key)}
    assert names == {"small.webp", "medium.webp", "large.webp"}
    for thumbnail in document["thumbnails"].values():
        stored = aws.client("s3").head_object(Bucket=settings().images_bucket, Key=thumbnail["key"])
        assert stored["ContentType"] == "image/webp"


@pytest.mark.parametrize(
    "name",
    ["a b+c%20d.jpg", "naïve-日本語-🦊.jpg", "%2B%25+.jpg", "..//x/../y.jpg", "quote\"'<>&.jpg", "tab\tname.jpg"],
)
def test_an_image_arrives_under_its_own_key_however_it_is_named(app: Any, owner: str, name: str) -> None:
    """Spaces, plus and percent signs, Unicode and slashes are kept as they are."""
    key = f"uploads/{owner}/{name}"
    put(key, FIRST)
    delivery.deliver(app)
    assert (read(key).state, read(key).key) == ("ready", key)


def test_a_key_of_1024_bytes_arrives(app: Any, owner: str) -> None:
    """S3's longest key is no problem."""
    prefix = f"uploads/{owner}/"
    key = prefix + "é" * ((1024 - len(prefix)) // 2)
    key += "x" * (1024 - len(key.encode()))
    put(key, FIRST)
    delivery.deliver(app)
    assert read(key).key == key


HISTORIES = [
    ("first", "second"),
    ("first", "remove"),
    ("first", "second", "remove"),
    pytest.param(("first", "remove", "second"), marks=pytest.mark.slow),  # once each: the interleavings below
    pytest.param(("first", "remove", "second", "remove"), marks=pytest.mark.slow),
    pytest.param(("first", "remove", "first", "second"), marks=pytest.mark.slow),
]


@pytest.mark.medium
@pytest.mark.parametrize("history", HISTORIES, ids="-".join)
def test_every_order_of_late_events_ends_in_the_newest_state(
    app: Any, owner: str, history: tuple[str, ...]
) -> None:
    """All events arrive after the last change, in each order, every one of them twice."""
    for number, order in enumerate(itertools.permutations(range(len(history)))):
        key = f"uploads/{owner}/{number}.jpg"
        sent = [act(key, step) for step in history]
        for index in [*order, *reversed(order)]:
            assert delivery.give(app, sent[index]) == []
        expected = {"first": FIRST, "second": SECOND}.get(history[-1])
        image = read(key)
        newest = json.loads(sent[-1]["body"])["Records"][0]["s3"]["object"]["sequencer"]
        assert image.sequencer == keys.order(newest)
        if expected is None:
            assert (image.state, derived(key)) == ("removed", set())
        else:
            digest = hashlib.sha256(expected).hexdigest()
            assert (image.state, image.sha256) == ("ready", digest)
            folder = keys.derived_folder(image.image_id, image.sequencer, digest).split("/")[-2]
            assert {path.partition("/")[0] for path in derived(key)} == {folder}
    assert told(owner) == recount(owner)


@pytest.mark.slow
def test_every_interleaving_of_changes_and_events_ends_in_the_same_state(app: Any, owner: str) -> None:
    """An event may come at any time after its change, between the changes that follow too."""
    history, outcomes = ("first", "remove", "second"), set()
    plans = [
        plan
        for plan in set(itertools.permutations([("do", i) for i in range(3)] + [("tell", i) for i in range(3)]))
        if all(plan.index(("do", i)) < plan.index(("tell", i)) for i in range(3))
        and [i for kind, i in plan if kind == "do"] == [0, 1, 2]
    ]
    assert len(plans) == 15
    for number, plan in enumerate(sorted(plans)):
        key, sent = f"uploads/{owner}/{number}.jpg", {}
        for kind, index in plan:
            if kind == "do":
                sent[index] = act(key, history[index])
            else:
                assert delivery.give(app, sent[index]) == []
        outcomes.add((*state(key)[:2], frozenset(path.rpartition("/")[2] for path in derived(key))))
    assert len(outcomes) == 1
    assert outcomes.pop()[:2] == ("ready", hashlib.sha256(SECOND).hexdigest())
    assert told(owner) == recount(owner) == (15, 15 * len(SECOND))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"just text", "not_an_image"),
        (b"%PDF-1.7 and so on", "format_not_accepted"),
        (samples.jpeg((256, 256))[:1500], "truncated"),
    ],
)
def test_what_is_wrong_with_a_file_is_final_and_says_why(
    app: Any, key: str, data: bytes, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The record is failed, with a code and a reason, the log has the code, too, and nothing is tried again."""
    put(key, data)
    with caplog.at_level("INFO", "janus"):
        delivery.deliver(app)
    (logged,) = [record for record in caplog.records if record.message == "image_failed"]
    assert (vars(logged)["key"], vars(logged)["code"]) == (key, code)
    image = read(key)
    assert (image.state, image.code, image.size) == ("failed", code, len(data))
    assert told(image.owner) == (1, len(data))
    assert image.reason.endswith(".")
    assert derived(key) == set()


def test_a_broken_image_keeps_the_metadata_that_could_be_read(app: Any, key: str) -> None:
    """Half a photograph still tells its camera."""
    data = samples.photo()
    put(key, data[: len(data) // 2])
    delivery.deliver(app)
    image = read(key)
    assert (image.state, image.code, image.format) == ("failed", "truncated", "JPEG")
    assert "Two Faces" in json.dumps(document_codec.unpack(image.document)["metadata"])


def test_an_image_that_no_decoder_knows_is_ready_without_thumbnails(app: Any, key: str) -> None:
    """Its metadata is whole, and a warning says why nothing can be seen of it."""
    strip = bytes(14)  # of LERC (34887), a compression for heights: sound TIFF, and beyond libtiff here
    entries = [
        (256, 4), (257, 2), (258, 16), (259, 34887), (262, 1), (273, 8), (277, 1), (278, 2), (279, 14),
    ]  # fmt: skip
    head = b"II*\0" + (8 + len(strip)).to_bytes(4, "little") + strip
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    put(key, head + struct.pack("<H", len(entries)) + body + bytes(4))
    delivery.deliver(app)
    image = read(key)
    assert (image.state, image.format, image.width, image.height) == ("ready", "TIFF", 4, 2)
    document = document_codec.unpack(image.document)
    assert document["thumbnails"] == {}
    assert document["warnings"][-1][0] == "not_decodable"


def test_a_large_object_is_read_by_ranges_and_hashed_whole(app: Any, key: str) -> None:
    """A file beyond the first request gets the same record as a small one."""
    data = samples.png((1024, 1024), compress_level=0)
    assert len(data) > storage.FIRST_BYTES * 2
    put(key, data)
    delivery.deliver(app)
    assert (read(key).state, read(key).sha256) == ("ready", hashlib.sha256(data).hexdigest())


def test_an_overwrite_during_reading_is_tried_again(key: str) -> None:
    """Two versions never mix in one record."""
    put(key, samples.png((1024, 1024), compress_level=0))
    stored = storage.open_object(key)
    put(key, SECOND)
    assert stored is not None
    with pytest.raises(storage.ObjectChangedError):
        stored.source().read(2_000_000, 100)


def test_trouble_with_the_world_raises_and_the_last_attempt_leaves_an_answer(
    app: Any, key: str, monkeypatch
) -> None:
    """A message fails while the world does; the last time, the record says so; a redrive mends it."""
    put(key, FIRST)
    (sent,) = delivery.receive()

    def out_of_order(*_arguments: Any, **_named: Any) -> None:
        raise ConnectionError("S3 is away")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", out_of_order)
        assert delivery.give(app, sent) == [sent["messageId"]]
        assert read(key) is None
        sent["attributes"]["ApproximateReceiveCount"] = str(settings().max_receive_count)
        assert delivery.give(app, sent) == [sent["messageId"]]
    assert (read(key).state, read(key).code) == ("failed", decide.INTERRUPTED)
    sent["attributes"]["ApproximateReceiveCount"] = "1"
    assert delivery.give(app, sent) == []
    assert read(key).state == "ready"


@pytest.mark.parametrize("step", ["remove", "second"])
def test_an_older_event_handled_meanwhile_spares_what_the_newer_derived(
    app: Any, key: str, monkeypatch: Any, step: str
) -> None:
    """Two workers on one key: the files that the record names are there, whoever cleans up last."""
    act(key, "first")
    older, newest = act(key, step), act(key, "first")
    real, handled = images.put_newer, []

    def with_another_worker(image: Any, **named: Any) -> bool:
        if not handled:
            handled.append(True)
            assert delivery.give(app, older) == []
        return real(image, **named)

    monkeypatch.setattr(images, "put_newer", with_another_worker)
    assert delivery.give(app, newest) == []
    named = {item["key"] for item in document_codec.unpack(read(key).document)["thumbnails"].values()}
    prefix = keys.derived_prefix(read(key).image_id)
    assert read(key).state == "ready"
    assert named == {prefix + path for path in derived(key)}


@pytest.mark.parametrize("history", [("first", "second"), ("first", "remove")], ids="-".join)
def test_files_with_readable_names_go_when_they_are_replaced(
    app: Any, owner: str, history: tuple[str, ...]
) -> None:
    """Those of before names were sealed; the files of a newer event stay."""
    key = f"uploads/{owner}/photo.jpg"
    assert delivery.give(app, act(key, history[0])) == []
    image = read(key)
    readable = f"derived/{image.image_id}"
    older, newer = (
        f"{readable}/{image.sequencer}-0123456789abcdef/small.webp",
        f"{readable}/{'F' * 32}-0/small.webp",
    )
    for old in (older, newer):
        storage.put(old, b"old", "image/webp")
    assert delivery.give(app, act(key, history[1])) == []
    assert [item.key for item in storage.list_objects(f"{readable}/")] == [newer]


CALLS = [
    *itertools.product([storage], ["put", "open_object", "list_objects", "delete"], [1, 2, 3]),
    (storage, "delete_prefix", 1),
    *itertools.product([images], ["put_newer"], [1, 2]),
]


@pytest.mark.parametrize(("module", "name", "nth"), CALLS)
@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.slow), "after"])
@pytest.mark.parametrize(
    "history", [("first", "second"), pytest.param(("first", "remove"), marks=pytest.mark.slow)], ids="-".join
)
def test_a_crash_at_any_call_is_mended_by_the_next_attempt(  # noqa: PLR0913, PLR0917  each stands on its own
    app: Any, owner: str, monkeypatch: Any, history: tuple[str, ...], module: Any, name: str, nth: int, moment: str
) -> None:
    """The world fails once, wherever, before or after it does what it is asked; the message comes again.

    Then nothing is wrong or left behind.
    """
    key = f"uploads/{owner}/photo.jpg"
    first, last = (act(key, step) for step in history)
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing_once(getattr(module, name), nth, moment))
        for sent in (first, last):
            if delivery.give(app, sent):
                assert delivery.give(app, sent) == []
    image = read(key)
    named = {item["key"] for item in document_codec.unpack(image.document).get("thumbnails", {}).values()}
    assert image.state == ("removed" if history[-1] == "remove" else "ready")
    assert {keys.derived_prefix(image.image_id) + path for path in derived(key)} == named
    assert told(owner) == recount(owner)


def test_an_upload_that_arrives_during_a_deletion_is_kept(app: Any, key: str) -> None:
    """The deletion removes the object of its record, and nothing newer."""
    put(key, FIRST)
    delivery.deliver(app)
    standing = read(key)
    put(key, SECOND)
    with pytest.raises(storage.ObjectChangedError):
        remove.remove(standing)
    delivery.deliver(app)
    assert read(key).sha256 == hashlib.sha256(SECOND).hexdigest()
    assert told(read(key).owner) == (1, len(SECOND))


def test_a_document_too_large_to_serve_is_cut_and_says_so(app: Any, key: str) -> None:
    """Text that compresses well may still be megabytes; the record stays readable."""
    quotes = '"' * 9900
    words = "".join(f"<rdf:li>{quotes}{number}</rdf:li>" for number in range(415))
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp, zip=True)
    put(key, samples.png(pnginfo=info))
    delivery.deliver(app)
    image = read(key)
    assert image.state == "ready"
    assert len(json.dumps(document_codec.unpack(image.document))) < 2 * document_codec.MAX_TEXT_BYTES
    assert document_codec.unpack(image.document)["warnings"] == [
        ["too_much", "There is more metadata than is kept."]
    ]


@pytest.mark.parametrize(("attempts", "gone"), [(1, ["tags"]), (2, ["tags", "origins"])])
def test_parts_of_a_document_that_do_not_fit_are_left_out(
    app: Any, key: str, monkeypatch: Any, attempts: int, gone: list[str]
) -> None:
    """The least needed first, each with a warning; the image is ready, and found by what it is."""
    real, calls = document_codec.pack, itertools.count()
    monkeypatch.setattr(
        document_codec, "pack", lambda document: None if next(calls) < attempts else real(document)
    )
    put(key, samples.photo(size=(16, 12)))
    delivery.deliver(app)
    document = document_codec.unpack(read(key).document)
    assert read(key).state == "ready"
    assert document["warnings"] == [
        [f"{part}_too_large", f"The {part} are too large to be kept."] for part in gone
    ]
    assert [part for part in ("tags", "origins", "metadata") if not document[part]] == gone
    assert cards.card(read(key)).facts.make == "Janus"


def test_one_bad_message_does_not_hold_up_the_others(app: Any, key: str) -> None:
    """Only the message that failed comes again."""
    put(key, FIRST)
    (sent,) = delivery.receive()
    assert delivery.give(app, delivery.message("not json", "bad"), sent) == ["bad"]
    assert read(key).state == "ready"


@pytest.mark.medium
def test_deleting_leaves_a_tombstone_that_the_removed_event_does_not_change(app: Any, key: str) -> None:
    """Object, derived files and record go at once; the event that follows changes nothing a caller sees."""
    put(key, FIRST)
    (created,) = delivery.receive()
    delivery.give(app, created)
    remove.remove(read(key))
    assert (read(key).state, derived(key), storage.open_object(key)) == ("removed", set(), None)
    assert told(read(key).owner) == NOTHING
    (removed,) = delivery.receive()
    assert delivery.give(app, removed, created) == []
    assert read(key).state == "removed"
    put(key, SECOND)
    delivery.deliver(app)
    assert read(key).state == "ready"
    assert told(read(key).owner) == (1, len(SECOND))
