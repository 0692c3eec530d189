"""The command line: what it prints, what it refuses, and how it ends."""

import json
import subprocess
import sys

import pytest
from jsonschema import validate

from image_processing import metadata
from image_processing.__main__ import main
from image_processing.cli import summary
from tests import samples


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(samples.photo(size=(1600, 1200)))
    return path


def test_a_summary_is_readable(photo, capsys):
    """A photograph's format, size, camera and exposure are told in words and units."""
    assert main([str(photo)]) == 0

    out = capsys.readouterr().out
    assert "photo.jpg  JPEG, 1200 x 1600, " in out
    assert "Two Faces" in out
    assert "1/250 s" in out
    assert "\033" not in out  # no colour but on a terminal


def test_json_is_the_record(photo, capsys):
    """With --json a line is a record that the schema describes."""
    assert main(["--json", "--raw", str(photo)]) == 0

    record = json.loads(capsys.readouterr().out)
    assert record["camera"]["model"] == "Two Faces"
    assert record["raw"]["Exif"]["Make"] == "Janus"
    groups = {name: values for name, values in record.items() if name in metadata.schema()["properties"]}
    validate(groups, metadata.schema())


def test_public_leaves_out_what_is_private(photo, capsys):
    """With --public no field that the table marks private is told, nor anything raw."""
    main(["--json", "--raw", "--public", str(photo)])

    record = json.loads(capsys.readouterr().out)
    told = {name for values in record.values() if isinstance(values, dict) for name in values}
    assert "model" in told
    assert "raw" not in record
    assert not told & {field.name for field in metadata.FIELDS if field.private}


def test_a_folder_is_read_whole_and_what_is_refused_is_named(photo, capsys):
    """Every file of a folder and those below is read; one that is no image is named, and the exit code says so."""
    (photo.parent / "below").mkdir()
    (photo.parent / "below" / "second.png").write_bytes(samples.png())
    (photo.parent / "notes.txt").write_text("no image")
    (photo.parent / ".hidden").write_text("not looked at")

    assert main(["--json", str(photo.parent)]) == 1

    out, err = capsys.readouterr()
    assert [json.loads(line)["path"].rpartition("/")[2] for line in out.splitlines()] == [
        "notes.txt",
        "photo.jpg",
        "second.png",
    ]
    assert "notes.txt: refused: " in err
    assert "(not_an_image)" in err
    assert err.endswith("2 read, 1 refused\n")


def test_a_missing_file_is_refused(tmp_path, capsys):
    """A file that is not there is named with the reason, without a traceback."""
    assert main([str(tmp_path / "nowhere.jpg")]) == 1
    assert "nowhere.jpg: refused: No such file" in capsys.readouterr().err


def test_an_empty_folder_is_no_success(tmp_path):
    """Nothing read is not reported as success."""
    assert main([str(tmp_path)]) == 1


def test_decode_finds_damaged_pixels(photo, capsys):
    """Sound metadata before broken pixels pass by default and are refused with --decode, metadata told."""
    data = photo.read_bytes()
    photo.write_bytes(data[: len(data) - len(data) // 4])

    assert main(["--json", str(photo)]) == 0
    assert main(["--json", "--decode", str(photo)]) == 1
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["error"]["code"] == "truncated"
    assert record["camera"]["model"] == "Two Faces"


@pytest.mark.parametrize("words", [[], ["--no-such-option", "x"]])
def test_misuse_exits_with_two(words):
    """A wrong command line ends with argparse's own code, 2."""
    with pytest.raises(SystemExit, match="2"):
        main(words)


def test_fields_are_listed(capsys):
    """`fields` lists every field of the table, and with --schema a JSON schema."""
    assert main(["fields"]) == 0
    assert {line.split()[1] for line in capsys.readouterr().out.splitlines()} == {f.name for f in metadata.FIELDS}
    assert main(["fields", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == metadata.schema()


@pytest.mark.medium
def test_the_module_runs_as_a_program(photo):
    """`python -m image_processing` prints its plain progress and summary to the right streams."""
    done = subprocess.run(
        [sys.executable, "-m", "image_processing", str(photo), str(photo)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert done.stdout.count("photo.jpg") == 2
    assert done.stderr == "2 read, 0 refused\n"


@pytest.mark.medium
def test_a_reader_that_goes_away_is_no_error(photo):
    """Piped into a program that stops reading (head), the command ends quietly."""
    command = f"{sys.executable} -m image_processing {' '.join([str(photo)] * 40)} | head -1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr


def test_a_hostile_name_cannot_steer_the_terminal():
    """Control and direction characters are shown, not sent."""
    assert summary.printable("a\033[31mb\u202ec\nd") == "a\\u001b[31mb\\u202ec d"
