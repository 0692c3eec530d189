"""The sandbox: limits that the kernel keeps, a fresh memory for each image, answers that tell what happened."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from image_processing import sandbox
from image_processing.errors import Corrupt, OutOfTimeError, TooComplex
from image_processing.source import BytesSource, FileSource

WORK = "tests.image_processing.sandbox.work:do"
AMPLE = sandbox.Limits(memory=200 << 20, cpu_seconds=20)
SOURCE = BytesSource(b"headbody")


@pytest.fixture(scope="module")
def shared():
    box = sandbox.Sandbox(WORK)
    yield box
    box.close()


def run(box, what, limits=AMPLE, source=SOURCE, deadline=None, **arguments):
    return box.run(source, {"what": what, **arguments}, limits, deadline)


def test_it_returns_data_and_bytes(shared):
    """What the work returns comes back; the file may lie in memory or on disk."""
    answer = run(shared, "describe")

    assert answer.data["size"] == 8
    assert answer.blobs == [b"head", b"body"]


def test_it_reads_a_file_without_moving_it(shared, tmp_path):
    """Both processes read one open file; neither moves the other's position."""
    path = tmp_path / "file"
    path.write_bytes(b"headbody")
    with path.open("rb") as file, FileSource(file) as source:
        file.seek(2)
        assert run(shared, "describe", source=source).blobs == [b"head", b"body"]
        assert file.tell() == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_more_memory_than_allowed_is_too_complex(shared):
    """150 of 200 MB are given, 250 are not; the next work has all again."""
    assert run(shared, "allocate", megabytes=150).data == {"taken": 150 << 20}
    with pytest.raises(TooComplex):
        run(shared, "allocate", megabytes=250)
    assert run(shared, "allocate", megabytes=150).data == {"taken": 150 << 20}


@pytest.mark.parametrize("what", ["crash", "abort"])
def test_a_crash_is_too_complex_and_harms_nobody(shared, what):
    """A codec that ends by a signal refuses its own file; the process that forks stays."""
    before = run(shared, "describe").data["parent"]
    with pytest.raises(TooComplex):
        run(shared, what)
    assert run(shared, "describe").data["parent"] == before


def test_cpu_time_is_limited(shared):
    """Work that never ends is ended after its seconds of CPU time."""
    with pytest.raises(TooComplex):
        run(shared, "burn", limits=sandbox.Limits(200 << 20, 1))


@pytest.mark.medium
def test_a_deadline_ends_the_wait(shared):
    """Work that waits is given up at the deadline, as the caller's lack of time, not the file's fault."""
    started = time.monotonic()
    with pytest.raises(OutOfTimeError):
        run(shared, "wait", deadline=started + 0.3)
    assert time.monotonic() - started < 10
    assert run(shared, "describe").data["size"] == 8


def test_a_kill_from_outside_is_no_fault_of_the_file(shared):
    """SIGKILL is how a machine without memory ends a process: the work may be tried again."""
    with pytest.raises(sandbox.SandboxLostError, match="SIGKILL"):
        run(shared, "vanish")


def test_a_fault_of_ours_is_no_fault_of_the_file(shared):
    """An exception that is no refusal comes with its traceback, and the work may be tried again."""
    with pytest.raises(sandbox.SandboxLostError, match="KeyError: 'missing'"):
        run(shared, "blunder")


def test_a_refusal_comes_as_it_was_raised(shared):
    """Kind and text of a refusal cross the border."""
    with pytest.raises(Corrupt, match="The picture is torn"):
        run(shared, "refuse")


@pytest.mark.medium
def test_an_answer_has_an_end(shared):
    """A process that answers without end is not believed."""
    with pytest.raises(sandbox.SandboxLostError):
        run(shared, "flood")


def test_no_answer_is_taken_for_that_of_another_image(shared):
    """After an answer without end, a crash is still told of the image that crashed, and of no other."""
    with pytest.raises(sandbox.SandboxLostError):
        run(shared, "flood")
    with pytest.raises(TooComplex):
        run(shared, "crash")
    assert run(shared, "describe").blobs == [b"head", b"body"]


def test_a_deadline_after_a_new_start_leaves_nothing_behind(shared):
    """A process that had ended is replaced; what then runs out of time does not keep the next image waiting."""
    os.kill(run(shared, "describe").data["parent"], signal.SIGKILL)
    time.sleep(0.1)
    with pytest.raises(OutOfTimeError):
        run(shared, "wait", deadline=time.monotonic() + 1)
    assert run(shared, "describe", deadline=time.monotonic() + 20).blobs == [b"head", b"body"]


def test_nothing_of_one_image_is_there_for_the_next(shared):
    """Each work has the memory of a process that has seen no image."""
    assert run(shared, "remember", word="first").data == {"seen": ["first"]}
    assert run(shared, "remember", word="second").data == {"seen": ["second"]}


def test_the_work_has_no_credentials_and_no_threads(monkeypatch):
    """A codec that is taken over finds no key of AWS in its environment; who forks has one thread."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    box = sandbox.Sandbox(WORK)
    try:
        found = run(box, "surroundings").data
    finally:
        box.close()
    assert not [name for name in found["environment"] if name.startswith(("AWS_", "JANUS_"))]
    assert found["threads"] == 1


def test_a_process_that_has_ended_is_started_again(shared):
    """An idle process that was killed is noticed at the next work, and replaced."""
    os.kill(run(shared, "describe").data["parent"], signal.SIGKILL)
    time.sleep(0.1)
    assert run(shared, "describe").data["size"] == 8


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's list of processes")
def test_it_ends_with_its_maker():
    """A process whose maker was killed does not stay."""
    program = (
        "from image_processing import sandbox; from image_processing.source import BytesSource; import time\n"
        f"box = sandbox.Sandbox({WORK!r})\n"
        "answer = box.run(BytesSource(b'12345678'), {'what': 'describe'}, sandbox.Limits(1 << 28, 9))\n"
        "print(answer.data['parent'], flush=True); time.sleep(60)"
    )
    maker = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with maker:
        child = int(maker.stdout.readline())
        maker.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()


def test_a_pool_bounds_how_many_work_at_once():
    """With one place, the second thread waits for the first; past its deadline it gives up."""
    pool = sandbox.Pool(WORK, 1)
    holder = threading.Thread(target=_waits, args=(pool,))
    holder.start()
    try:
        time.sleep(0.3)
        with pytest.raises(OutOfTimeError, match="at work"):
            pool.run(SOURCE, {"what": "describe"}, AMPLE, time.monotonic() + 0.2)
    finally:
        holder.join()
    assert pool.run(SOURCE, {"what": "describe"}, AMPLE).data["size"] == 8
    pool.close()


def _waits(pool):
    with contextlib.suppress(OutOfTimeError):
        pool.run(SOURCE, {"what": "wait"}, AMPLE, time.monotonic() + 1.5)
