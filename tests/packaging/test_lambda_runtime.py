"""Functions run as on Lambda: with a layer, and with processes of their own whose time is told."""

from __future__ import annotations

import pytest

from scripts.lambda_runtime import Function, FunctionError, gather_client

HANDLER = """
import subprocess, sys
from beside import ANSWER

BUSY = "import time\\nwhile time.process_time() < 0.3: pass\\nprint('done', flush=True)\\ntime.sleep(60)"


def answer(event, context):
    if event:
        child = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE)
        child.stdout.readline()
    return ANSWER
"""


@pytest.fixture
def folders(tmp_path):
    """Return the folder of a function, that of the runtime client, and that of a layer that the function needs."""
    function, layer = tmp_path / "function", tmp_path / "layer"
    for folder in (function, layer):
        folder.mkdir()
    (function / "module.py").write_text(HANDLER)
    (layer / "beside.py").write_text("ANSWER = 'from the layer'")
    return function, gather_client(tmp_path / "client"), layer


def test_a_function_finds_the_modules_of_its_layer(folders):
    """And fails without it."""
    function, client, layer = folders
    with Function(function, client, "module.answer", {}, layer=layer, quiet=True) as running:
        assert running.invoke({}) == "from the layer"
        assert running.children_seconds() == 0
    with Function(function, client, "module.answer", {}, quiet=True) as running, pytest.raises(FunctionError):
        running.invoke({})


def test_the_time_of_its_processes_is_told(folders):
    """CPU time of those that still run, which the function's own lacks."""
    function, client, layer = folders
    with Function(function, client, "module.answer", {}, layer=layer, quiet=True) as running:
        running.invoke({"busy": True})
        assert 0.25 < running.children_seconds() < 3
        assert running.stop() < 3
