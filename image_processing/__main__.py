"""The command line: `python -m image_processing FILE...` describes images."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from image_processing import examine, metadata
from image_processing.cli import summary
from image_processing.errors import ImageError
from image_processing.source import FileSource
from image_processing.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

READ, REFUSED, MISUSED, INTERRUPTED = 0, 1, 2, 130  # exit codes

_BAR = 24  # characters
_INTERVAL = 10  # seconds between plain lines of progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give the exit code: 1 when a file was refused, 2 when the command was misused."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = _COMMANDS.get(words[0]) if words else None
    return command[0](words[1:]) if command else _describe(words)


def _describe(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m image_processing",
        description="Read the metadata of images, and analyse their pixels.",
        epilog="\n".join(
            [
                "other commands (each with --help):",
                *(f"  {name:<22}{text}" for name, (_, text) in _COMMANDS.items()),
            ]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"janus {VERSION}")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="an image, or a folder of images")
    parser.add_argument("--json", action="store_true", help="print one JSON record on each line")
    parser.add_argument("--raw", action="store_true", help="with --json: add the raw tags")
    parser.add_argument(
        "--public", action="store_true", help="leave out private fields: places, names, serial numbers"
    )
    parser.add_argument("--analyse", action="store_true", help="with --json: add the analysis of the pixels")
    parser.add_argument(
        "--colours",
        metavar="N",
        type=int,
        choices=range(2, 33),
        default=8,
        help="colours of the palette, 2 to 32 (default: 8)",
    )
    parser.add_argument("--full", action="store_true", help="with --analyse: measure every pixel, and find shapes")
    parser.add_argument(
        "--decode", action="store_true", help="decode the pixels, too, to check that they are complete"
    )
    options = parser.parse_args(words)
    paths = list(_files(options.files))
    progress = _Progress(len(paths), sys.stderr)
    refused = 0
    for index, path in enumerate(paths):
        progress.show(index, path)
        record, error = _read(path, options)
        progress.clear()
        if options.json:
            print(json.dumps(record, ensure_ascii=False))
        elif error is None:
            print(summary.text(record, colour=summary.wants_colour(sys.stdout)), flush=True)
        if error is not None:
            refused += 1
            print(summary.printable(f"{path}: refused: {error}"), file=sys.stderr)
    if len(paths) > 1 or not paths:
        print(f"{len(paths) - refused} read, {refused} refused", file=sys.stderr)
    return REFUSED if refused or not paths else READ


def _read(path: Path, options: argparse.Namespace) -> tuple[dict[str, Any], str | None]:
    """Read a file: its record, and why it is refused if it is."""
    record: dict[str, Any] = {"path": str(path).encode("utf-8", "replace").decode()}
    try:
        with FileSource(path) as source:
            found = _examined(source, options)
        _add(record, found.metadata, options)
        if found.pixels is not None and options.decode:
            record["decoded"] = {"width": found.pixels.width, "height": found.pixels.height}
        if found.pixels is not None and options.analyse:
            record["analysis"] = found.pixels.analysis
    except ImageError as error:
        if error.metadata is not None:
            _add(record, error.metadata, options)
        record["error"] = {"code": error.code, "message": str(error)}
        return record, f"{error} ({error.code})"
    except OSError as error:
        record["error"] = {"code": "unreadable", "message": error.strerror or str(error)}
        return record, f"{error.strerror or error} (unreadable)"
    return record, None


def _examined(source: FileSource, options: argparse.Namespace) -> examine.Examined:
    if not (options.decode or options.analyse):
        return examine.examine(source, examine.METADATA)
    profile = examine.FULL if options.full else examine.STANDARD
    wanted = {"analysis": options.analyse, "colours": options.colours, "thumbnails": False, "layers": 0}
    return examine.examine(source, profile, **wanted)


def _add(record: dict[str, Any], found: metadata.ImageMetadata, options: argparse.Namespace) -> None:
    record.update(found.to_dict(private=not options.public))
    record["warnings"] = [{"code": warning.code, "text": warning.text} for warning in found.warnings]
    if found.conflicts and not options.public:
        record["conflicts"] = [conflict.to_dict() for conflict in found.conflicts]
    if options.raw and not options.public:
        record["raw"] = found.raw


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the files named, and those in the folders named, hidden ones left out; links are not followed."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if not name.startswith(".") and file.is_file() and not file.is_symlink():
                    yield file


class _Progress:
    """A bar on a terminal; elsewhere a plain line now and then; nothing for a single file."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self.total = total
        self.stream = stream
        self.bar = stream.isatty()
        self.told = time.monotonic()

    def show(self, done: int, path: Path) -> None:
        if self.total <= 1:
            return
        if self.bar:
            filled = done * _BAR // self.total
            name = summary.printable(path.name)[:40]
            line = f"\r\033[2K{'━' * filled}{'╌' * (_BAR - filled)} {done} of {self.total}  {name}"
            print(line, end="", file=self.stream, flush=True)
        elif time.monotonic() - self.told >= _INTERVAL:
            self.told = time.monotonic()
            print(f"{done} of {self.total} files", file=self.stream, flush=True)

    def clear(self) -> None:
        if self.total > 1 and self.bar:
            print("\r\033[2K", end="", file=self.stream, flush=True)


def _fields(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m image_processing fields", description="List all metadata fields."
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the page docs/fields.md")
    form.add_argument("--schema", action="store_true", help="print a JSON schema")
    options = parser.parse_args(words)
    if options.schema:
        print(json.dumps(metadata.schema(), indent=2, ensure_ascii=False))
    elif options.markdown:
        print(metadata.documentation.markdown(), end="")
    else:
        for field in metadata.FIELDS:
            print(f"{field.group:<12} {field.name:<24} {field.meaning}{f' ({field.unit})' if field.unit else ''}")
    return READ


def _theme(words: Sequence[str]) -> int:
    from image_processing.cli import theme  # noqa: PLC0415  the other commands need no colours

    return theme.command(words)


def _masks(words: Sequence[str]) -> int:
    from image_processing.cli import masks  # noqa: PLC0415  see _theme

    return masks.command(words)


# Further commands: name -> what runs it, what it does.
_COMMANDS = {
    "fields": (_fields, "list all metadata fields"),
    "masks": (_masks, "write masks of an image's luminance layers"),
    "theme": (_theme, "make a theme from an image: CSS, design tokens, a page"),
}


def run() -> int:
    """Run `main` as a program should: quiet when its reader goes away or the user interrupts."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or the interpreter complains on its way out
        return REFUSED
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(run())
