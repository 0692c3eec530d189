"""Copies with blurred faces: made while a link shows them, anew for other boxes, and deleted in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import storage
from chalicelib.catalogue.index import blurred_copies
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, keys, shares
from chalicelib.db.annotation_codec import Box, Findings, Found
from chalicelib.extensions.machine_learning.recognition_switch import apply_recognition
from chalicelib.processing import remove
from chalicelib.processing.blur_faces import blur_faces
from image_processing import examine
from tests import delivery, samples

if TYPE_CHECKING:
    from chalicelib.db.models import Image

pytestmark = pytest.mark.usefixtures("aws")

ONE, TWO = Box(0.1, 0.1, 0.3, 0.3), Box(0.5, 0.5, 0.3, 0.3)
AGAIN = {"without": None, "delay": 1}
NAMES = ["file.jpg", "large.webp", "medium.webp", "small.webp"]


def stored(image_id: str) -> Image:
    found = images.get(image_id, consistent=True)
    assert found is not None
    return found


def annotate(image_id: str, *boxes: Box) -> None:
    """Write faces beside a record, as recognition does."""
    image = stored(image_id)
    faces = tuple(Found("face", "", 0.9, box) for box in boxes)
    packed = annotation_codec.pack_findings(Findings(str(image.sha256), {"face": "finder/1"}, faces))
    assert images.annotate(image, {"annotations": packed})


def link(image_id: str, blur: str | None = "faces") -> Any:
    """Make a share link."""
    share = shares.new(stored(image_id), "t" * 32, "original", 3600, blur)
    share.save()
    return share


def put(app: Any, key: str, data: bytes, profile: str | None = None) -> str:
    storage.put(key, data, "image/jpeg", storage.Noted(profile))
    delivery.deliver(app)
    return keys.image_id(settings().images_bucket, key)


@pytest.fixture
def image_id(app: Any, key: str) -> str:
    """Return an image with a face, and a link that blurs it."""
    made = put(app, key, samples.photo())
    annotate(made, ONE)
    link(made)
    return made


def copies(image_id: str) -> dict[str, list[str]]:
    """Return the names of the copies that are in the bucket, by their folder."""
    found: dict[str, list[str]] = {}
    for item in storage.list_objects(keys.derived_prefix(image_id)):
        folder, _, name = item.key.rpartition("/")
        if len(folder.split("/")) == 4:
            found.setdefault(f"{folder}/", []).append(name)
    return found


def named(image_id: str) -> str:
    """Return the folder of the copies that a record names."""
    found = blurred_copies.of(stored(image_id))
    assert found is not None
    return found.folder


def test_copies_are_made_once(image_id: str) -> None:
    """A job that comes twice makes nothing new; the copies have the sizes of the upright picture."""
    for _ in range(2):
        assert blur_faces({"image_id": image_id}) is None
        assert copies(image_id) == {named(image_id): NAMES}
    found = blurred_copies.current(stored(image_id))
    assert found is not None
    assert found.sizes == dict.fromkeys(["file", "large", "medium"], (240, 320)) | {"small": (192, 256)}
    assert storage.open_object(found.key("file")).content_type == "image/jpeg"
    assert storage.open_object(found.key("small")).content_type == "image/webp"


@pytest.mark.parametrize("linked", [True, False])
def test_copies_are_made_for_links_that_blur(app: Any, key: str, *, linked: bool) -> None:
    """Neither for other links nor without any."""
    image_id = put(app, key, samples.photo())
    annotate(image_id, ONE)
    if linked:
        link(image_id, None)
    assert blur_faces({"image_id": image_id}) is None
    assert copies(image_id) == {}


def test_a_failed_image_gets_no_copies(image_id: str, monkeypatch: Any) -> None:
    """Nobody but its owner sees it; its object is not even read."""
    failed = stored(image_id)
    failed.state = "failed"
    monkeypatch.setattr(images, "get", lambda *_, **__: failed)
    monkeypatch.setattr(storage, "open_object", lambda _key: pytest.fail("it is read"))
    assert blur_faces({"image_id": image_id}) is None


@pytest.mark.medium
def test_other_boxes_have_other_copies(image_id: str) -> None:
    """The old ones are gone, and so they are where the boxes are as before once more."""
    folders = []
    for boxes in ((ONE,), (ONE, TWO), (ONE,), ()):
        annotate(image_id, *boxes)
        assert blur_faces({"image_id": image_id}) is None
        assert copies(image_id) == {named(image_id): NAMES}
        folders.append(named(image_id))
    assert len(set(folders)) == 4


def test_the_old_copies_are_gone_before_new_ones_are_made(image_id: str, monkeypatch: Any) -> None:
    """An attempt that ends in between leaves none that shows a face; the next one makes them."""
    blur_faces({"image_id": image_id})
    annotate(image_id, ONE, TWO)

    def end(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(examine, "blurred", end)
        with pytest.raises(KeyboardInterrupt):
            blur_faces({"image_id": image_id})
    assert copies(image_id) == {}
    annotate(image_id, ONE)
    assert blurred_copies.current(stored(image_id)) is None  # nor where the boxes are as before
    blur_faces({"image_id": image_id})
    assert copies(image_id) == {named(image_id): NAMES}


@pytest.mark.parametrize("linked", [True, False])
def test_an_attempt_that_is_killed_leaves_no_copies(image_id: str, monkeypatch: Any, *, linked: bool) -> None:
    """Before it deletes the old ones, or has named the new ones: the next attempt knows them."""
    blur_faces({"image_id": image_id})
    annotate(image_id, ONE, TWO)
    if not linked:
        link(image_id, None)

    def end(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(storage, "delete", end)
        with pytest.raises(KeyboardInterrupt):
            blur_faces({"image_id": image_id})
    real = images.blur
    with monkeypatch.context() as killed:
        killed.setattr(
            images, "blur", lambda *told: end() if not told[1] or '"faces":""' not in told[1] else real(*told)
        )
        with pytest.raises(KeyboardInterrupt):
            blur_faces({"image_id": image_id})
    blur_faces({"image_id": image_id})
    assert copies(image_id) == ({named(image_id): NAMES} if linked else {})


def test_the_last_link_takes_the_copies_with_it(image_id: str) -> None:
    """So does the end of what is known about faces."""
    blur_faces({"image_id": image_id})
    link(image_id, None)
    assert [share.blur for share in shares.of(stored(image_id))] == [None]  # in the place of the one that blurred
    assert blur_faces({"image_id": image_id}) is None
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)
    link(image_id)
    blur_faces({"image_id": image_id})
    assert copies(image_id)
    assert images.annotate(stored(image_id), {"annotations": None, "decisions": None})
    assert blur_faces({"image_id": image_id}) is None
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)


@pytest.mark.medium
def test_a_link_that_is_being_revoked_counts_no_longer(image_id: str) -> None:
    """The job may be faster than the request; another link that blurs keeps the copies."""
    blur_faces({"image_id": image_id})
    (last,) = shares.of(stored(image_id))
    other = shares.new(stored(image_id), "o" * 32, "thumbnails", 3600, "faces")
    other.save()
    assert blur_faces({"image_id": image_id, "without": last.share_id}) is None
    assert copies(image_id) == {named(image_id): NAMES}
    other.delete()
    assert blur_faces({"image_id": image_id, "without": last.share_id}) is None
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)
    assert blur_faces({"image_id": image_id, "without": "b" * 26}) is None
    assert copies(image_id) == {named(image_id): NAMES}


def test_boxes_that_change_meanwhile_are_blurred_in_the_end(image_id: str, monkeypatch: Any) -> None:
    """The job comes again, and the copies of the old boxes are deleted."""
    real = examine.blurred

    def correct(*arguments: Any) -> Any:
        annotate(image_id, ONE, TWO)
        return real(*arguments)

    with monkeypatch.context() as corrected:
        corrected.setattr(examine, "blurred", correct)
        again = blur_faces({"image_id": image_id, "changed": "x"})
    assert again == AGAIN | {"image_id": image_id}
    assert copies(image_id) == {}
    assert blur_faces({"image_id": image_id}) is None
    assert blurred_copies.current(stored(image_id)) is not None
    assert copies(image_id) == {named(image_id): NAMES}


def test_boxes_that_change_before_old_copies_are_deleted(image_id: str, monkeypatch: Any) -> None:
    """Nothing is deleted then: the copies may be the right ones by now."""
    blur_faces({"image_id": image_id})
    annotate(image_id, TWO)
    real = images.blur

    def correct(image: Image, packed: str | None) -> bool:
        annotate(image_id, ONE)
        return real(image, packed)

    with monkeypatch.context() as corrected:
        corrected.setattr(images, "blur", correct)
        assert blur_faces({"image_id": image_id}) == AGAIN | {"image_id": image_id}
    assert copies(image_id) == {named(image_id): NAMES}
    assert blurred_copies.current(stored(image_id)) is not None


def test_of_two_at_work_one_set_of_copies_stays(image_id: str, monkeypatch: Any) -> None:
    """The slower does not delete the copies that the faster has named, and is done at its next turn."""
    real = images.blur

    def after_another(image: Image, packed: str | None) -> bool:
        monkeypatch.setattr(images, "blur", real)
        blur_faces({"image_id": image_id})
        return real(image, packed)

    monkeypatch.setattr(images, "blur", after_another)
    assert blur_faces({"image_id": image_id}) == AGAIN | {"image_id": image_id}
    assert copies(image_id) == {named(image_id): NAMES}
    assert blur_faces({"image_id": image_id}) is None


def test_a_link_that_is_revoked_meanwhile_leaves_no_copies(image_id: str, monkeypatch: Any) -> None:
    """The job of the revocation was done before there were any."""
    real = examine.blurred

    def revoke(*arguments: Any) -> Any:
        (share,) = shares.of(stored(image_id))
        assert blur_faces({"image_id": image_id, "without": share.share_id}) is None
        share.delete()
        return real(*arguments)

    with monkeypatch.context() as revoked:
        revoked.setattr(examine, "blurred", revoke)
        assert blur_faces({"image_id": image_id}) == AGAIN | {"image_id": image_id}
    assert blur_faces({"image_id": image_id}) is None
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)


@pytest.mark.medium
def test_a_slow_attempt_names_no_files_that_are_gone(image_id: str, monkeypatch: Any) -> None:
    """Between two of its files another attempt was done, its copies were deleted, and a new link was made."""
    real, written = storage.put, []

    def put_slowly(key: str, *arguments: Any) -> None:
        written.append(key)
        if len(written) == 3:
            monkeypatch.setattr(storage, "put", real)
            assert blur_faces({"image_id": image_id}) is None
            (share,) = shares.of(stored(image_id))
            assert blur_faces({"image_id": image_id, "without": share.share_id}) is None
        real(key, *arguments)

    monkeypatch.setattr(storage, "put", put_slowly)
    again = blur_faces({"image_id": image_id})
    assert again is None or blur_faces(again) is None
    assert copies(image_id) == {named(image_id): NAMES}


def test_switching_recognition_off_takes_the_copies_away(app: Any, image_id: str, owner: str) -> None:
    """Nobody knows the faces any more, so that no link shows the copies again."""
    blur_faces({"image_id": image_id})
    accounts.standing(owner)
    accounts.change(owner, recognition=False)
    assert apply_recognition({"owner": owner}) is None
    delivery.run_jobs(app)
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)


@pytest.mark.medium
@pytest.mark.parametrize("step", ["overwrite", "remove"])
def test_an_object_that_changes_meanwhile_has_no_copies(
    app: Any, image_id: str, monkeypatch: Any, step: str
) -> None:
    """A newer record has none of an older one, and a removed image has none at all."""
    key, real = stored(image_id).key, examine.blurred

    def after_a_change(*arguments: Any) -> Any:
        if step == "remove":
            remove.remove(stored(image_id))
        else:
            put(app, key, samples.photo(2))
        return real(*arguments)

    monkeypatch.setattr(examine, "blurred", after_a_change)
    left = blur_faces({"image_id": image_id})
    assert copies(image_id) == {}
    monkeypatch.setattr(examine, "blurred", real)
    assert left is not None
    assert blur_faces(left) is None  # nobody has looked at the new object
    assert copies(image_id) == {}
    delivery.deliver(app)


@pytest.mark.medium
def test_copies_end_with_their_image_and_revision(app: Any, image_id: str) -> None:
    """A new object under the same key, or the removal of the image, leaves none of them."""
    blur_faces({"image_id": image_id})
    put(app, stored(image_id).key, samples.photo(2))
    assert (copies(image_id), stored(image_id).blurred) == ({}, None)
    annotate(image_id, ONE)
    blur_faces({"image_id": image_id})
    assert copies(image_id)
    remove.discard(stored(image_id))
    assert list(storage.list_objects(keys.derived_prefix(image_id))) == []
    delivery.deliver(app)


def test_an_object_that_is_not_the_records_is_left_to_its_event(app: Any, image_id: str) -> None:
    """Another one, or none: there is nothing to blur."""
    key = stored(image_id).key
    storage.put(key, samples.photo(3), "image/jpeg")
    assert blur_faces({"image_id": image_id}) is None
    storage.delete([key])
    assert blur_faces({"image_id": image_id}) is None
    assert stored(image_id).blurred is None
    assert copies(image_id) == {}
    delivery.deliver(app)


def test_pixels_that_cannot_be_decoded_have_no_copies(app: Any, key: str) -> None:
    """The record says so, and the job does not come again."""
    image_id = put(app, key, samples.photo()[:900], "metadata")
    annotate(image_id, ONE)
    link(image_id)
    assert blur_faces({"image_id": image_id}) is None
    found = blurred_copies.current(stored(image_id))
    assert found is not None
    assert (found.sizes, found.objects, copies(image_id)) == ({}, [], {})


def test_an_absent_image_is_passed_over(app: Any, key: str) -> None:
    """A job may outlive its image; and a file that could not be read has no copies."""
    assert blur_faces({"image_id": keys.image_id("no", "where")}) is None
    image_id = put(app, key, b"no image")
    assert blur_faces({"image_id": image_id}) is None
    assert copies(image_id) == {}
