"""The command `theme`: what it prints, writes and refuses."""

import json
import re
import webbrowser

import pytest

from image_processing import pictures
from image_processing.__main__ import main
from image_processing.theme import exports
from tests import samples


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "<photo> & more.jpg"
    path.write_bytes(samples.photo())
    return path


def test_css_is_printed(photo, capsys):
    """Ready to be piped into a file."""
    assert main(["theme", str(photo)]) == 0
    out = capsys.readouterr().out
    assert "light-dark(#" in out
    assert out.endswith("}\n")


def test_any_format_contrast_and_mode_is_printed(photo, capsys):
    """As the options say."""
    assert main(["theme", str(photo), "--format", "contrast", "--contrast", "aaa", "--mode", "dark"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["level"], list(report["modes"]), report["passes"]) == ("AAA", ["dark"], True)


def test_a_folder_holds_every_file_and_a_page_that_leads_to_them(photo, tmp_path, capsys):
    """All formats, all pictures, the image itself; the page links only what is there, its title made harmless."""
    folder = tmp_path / "new" / "theme"
    assert main(["theme", str(photo), "--output", str(folder), "--contrast", "aaa"]) == 0
    assert capsys.readouterr().out.strip() == str(folder / "index.html")
    names = {path.name for path in folder.iterdir()}
    assert {f"{name}.svg" for name in pictures.PICTURES} <= names
    assert {form.filename for name, form in exports.FORMATS.items() if name != "figma"} <= names
    assert {"light.theme.figma.tokens.json", "dark.theme.figma.tokens.json", "image.webp"} <= names
    page = (folder / "index.html").read_text("utf-8")
    assert "&lt;photo&gt; &amp; more.jpg" in page
    assert "<photo>" not in page
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) <= names
    assert "WCAG 2.2 AAA: 290 of 290 pairs pass" in (folder / "theme.svg").read_text("utf-8")


def test_the_page_is_opened(photo, tmp_path, monkeypatch):
    """In the browser that the system has, by its address as a file."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert main(["theme", str(photo), "--output", str(tmp_path / "theme"), "--open"]) == 0
    assert opened == [(tmp_path / "theme" / "index.html").as_uri()]


def test_what_is_no_image_is_refused(tmp_path, capsys):
    """With its code and without a traceback; what is not there, too."""
    (tmp_path / "notes.txt").write_text("no image")
    assert main(["theme", str(tmp_path / "notes.txt")]) == 1
    assert main(["theme", str(tmp_path / "nowhere.jpg")]) == 1
    err = capsys.readouterr().err
    assert "notes.txt: refused: " in err
    assert "(not_an_image)" in err
    assert "nowhere.jpg: refused: No such file" in err


@pytest.mark.parametrize("words", [[], ["x.jpg", "--format", "pdf"], ["x.jpg", "--contrast", "a"]])
def test_misuse_exits_with_two(words):
    """As every command."""
    with pytest.raises(SystemExit, match="2"):
        main(["theme", *words])


def test_figma_in_both_modes_is_a_misuse(photo, capsys):
    """With a word on what to ask for."""
    with pytest.raises(SystemExit, match="2"):
        main(["theme", str(photo), "--format", "figma"])
    assert "ask for light" in capsys.readouterr().err
