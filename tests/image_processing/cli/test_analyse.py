"""The command line shows an analysis where it is asked for."""

from __future__ import annotations

import json

from image_processing.__main__ import main
from tests.image_processing.analysis import pictures


def test_an_analysis_comes_with_the_record(tmp_path, capsys):
    """With --analyse, and not without; with as many colours as asked for, and looking at every pixel."""
    path = tmp_path / "scene.png"
    pictures.scene().save(path)

    assert main(["--json", "--analyse", str(path)]) == 0
    assert len(json.loads(capsys.readouterr().out)["analysis"]["palette"]) == 8
    assert main(["--json", "--analyse", "--full", "--colours", "3", str(path)]) == 0
    full = json.loads(capsys.readouterr().out)["analysis"]
    assert (len(full["palette"]), full["profile"], full["measured"]["width"]) == (3, "full", 240)
    assert full["layers"]["shapes"]
    assert main(["--json", str(path)]) == 0
    assert "analysis" not in json.loads(capsys.readouterr().out)
