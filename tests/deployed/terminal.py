"""A shell in which an operator follows docs/deploying.md, from its first command to its last."""

from __future__ import annotations

import re
import subprocess
import threading
import uuid
from typing import TYPE_CHECKING, Self

from tests.deployed.cloud import STAGE, shortened
from tests.document.commands import Block, blocks

if TYPE_CHECKING:
    from pathlib import Path


LONGEST_SECONDS = 600  # for a script
NOT_RUN = {
    "needs AWS itself: a domain": "the emulator serves no CloudFront, and certifies no name",
}
"""The marks of the blocks that do not run here, each with the reason."""


def is_for_emulator(block: Block) -> bool:
    """Tell whether a block needs AWS, and any AWS is enough."""
    mark = block.mark or ""
    return mark.startswith("needs AWS") and mark not in NOT_RUN


class Terminal:
    """A bash that ends at the first command that fails; variables and functions stay from script to script."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.followed: list[Block] = []
        self._bash = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        self._bash.wait(10)
        self._bash.stdout.close()

    def follow(self, section: str, *, typed: str = "", **words: str) -> str:
        """Run the blocks of a section, for the tests' stage and with other words; return their output."""
        script, words = "", {"prod": STAGE, **words}
        for block in blocks():
            if block.section == section and is_for_emulator(block):
                self.followed.append(block)
                script += block.text
        assert script, section
        return self.run(
            re.sub(rf"\b({'|'.join(map(re.escape, words))})\b", lambda one: words[one[1]], script), typed
        )

    def run(self, script: str, typed: str = "") -> str:
        """Run commands, which read the typed line; return their output. Raises AssertionError if one fails."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        end, said = uuid.uuid4().hex, ""
        self._bash.stdin.write(f"{{\n{script}\n}} <<< '{typed}'\nprintf '\\n%s\\n' {end}\n")
        self._bash.stdin.flush()
        watch = threading.Timer(LONGEST_SECONDS, self._bash.kill)
        watch.start()
        try:
            for line in self._bash.stdout:
                if line.strip() == end:
                    return said
                said += line
        finally:
            watch.cancel()
        raise AssertionError(f"{script}\nended with {self._bash.wait()}:\n{shortened(said)}")
