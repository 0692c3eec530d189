"""Agreement of the metadata reader with ExifTool on real files, beside Pillow + pillow-heif in the same run.

    python benchmarks/fidelity.py

The corpus is found through JANUS_SHARED or in ../shared. The last line printed is JSON: every measure, its value,
its limit. Exits 1 when one falls short, 0 when all are reached or the corpus is not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from image_processing import metadata  # noqa: E402
from image_processing.errors import ImageError  # noqa: E402
from image_processing.metadata import convert  # noqa: E402
from image_processing.source import FileSource  # noqa: E402
from tests.real_files import FIDELITY  # noqa: E402

JANUS, PEER = "benchmarks.fidelity:normalized", "peers:pillow_heif"

# measure -> what it must reach, and whether from below (at least) or above (at most)
TARGETS = {
    "recall of metadata, clean files, %": (99.8, "at least"),
    "recall of all fields, clean files, %": (99.8, "at least"),
    "recall of metadata, broken files, %": (98.6, "at least"),
    "wrong values, %": (0.15, "at most"),
    "crashes": (0, "at most"),
    "hangs": (0, "at most"),
    "refusals of clean files": (0, "at most"),
    "memory growth, MB a file": (64, "at most"),
    "median time, JPEG with Exif, to the peer's": (0.85, "at most"),
}


def normalized(path: str) -> dict[str, Any]:
    """Give the fields as ExifTool sees them.

    It reports the stored size, Exif's own orientation, and positions at (0, 0); Janus reports the size as
    displayed, the orientation that counts, and no position where a receiver had no fix. A file that is too broken
    to be taken still yields its readable metadata.
    """
    try:
        with FileSource(path) as source:
            found = metadata.read(source)
    except ImageError as error:
        if error.metadata is None:
            raise
        found = error.metadata
    values = dict(found.values)
    values |= {"width": found.get("stored_width"), "height": found.get("stored_height")}
    if not found.origins.get("orientation", "").startswith(("Exif", "XMP")):
        values["orientation"] = _first(found, ("Exif", "XMP-tiff"), "Orientation", convert.orientation)
    if "gps_latitude" not in values:
        values["gps_latitude"] = _first(found, ("GPS", "XMP-exif"), "GPSLatitude", convert.latitude)
        values["gps_longitude"] = _first(found, ("GPS", "XMP-exif"), "GPSLongitude", convert.longitude)
    return values


normalized.refusals = (ImageError,)  # type: ignore[attr-defined]  # what the harness takes for a clean refusal


def _first(found: metadata.ImageMetadata, groups: tuple[str, ...], tag: str, converter: convert.Converter) -> Any:
    for group in groups:
        tags = found.tags.get(group, {})
        if tag in tags and (value := converter(tags[tag], tags, tag, group)) is not None:
            return value
    return None


def corpus() -> Path | None:
    """Find the shared corpus, or None."""
    return FIDELITY if (FIDELITY / "harness.py").is_file() else None


def measure(extractor: str, home: Path, details: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run the harness once: its summary, and a line a file."""
    command = [sys.executable, str(home / "harness.py"), "--extractor", extractor, "--exclude-raw"]
    command += [
        "--list",
        str(home / "dev.txt"),
        "--oracle",
        str(home / "oracle_dev.json"),
        "--details",
        str(details),
    ]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{home}"},
    )  # fmt: skip
    lines = [json.loads(line) for line in details.read_text().splitlines()]
    return json.loads(run.stdout.splitlines()[-1]), lines


def recall(lines: list[dict[str, Any]], oracle: dict[str, Any]) -> float:
    """Give the recall of all fields on clean files, in per cent."""
    wanted = missed = 0
    for line in lines:
        if line["clean"] and line["fmt"]:
            wanted += len(oracle[line["sha"]]["fields"])
            missed += sum(result == "miss" or result[0] == "wrong" for result in line["res"].values())
    return 100 * (wanted - missed) / wanted


def main() -> int:
    """Run Janus and its peer, print both, and judge Janus."""
    home = corpus()
    if home is None:
        print("The corpus is not there: set JANUS_SHARED to the folder that holds fidelity/.")
        return 0
    oracle = json.loads((home / "oracle_dev.json").read_text())
    camera = {sha for sha, item in oracle.items() if item["fmt"] == "JPEG" and "exposure_time" in item["fields"]}
    rows: dict[str, dict[str, float]] = {}
    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for extractor in (JANUS, PEER):
            summary, lines = measure(extractor, home, Path(folder) / "details.jsonl")
            times[extractor] = median(line["t"] for line in lines if line["sha"] in camera and line["t"])
            rows[extractor] = {
                "recall of metadata, clean files, %": summary["recall_meta_clean"],
                "recall of all fields, clean files, %": round(recall(lines, oracle), 2),
                "recall of metadata, broken files, %": summary["recall_meta_corrupt"],
                "wrong values, %": summary["wrong_pct"],
                "crashes": summary["crash"],
                "hangs": summary["hang"],
                "refusals of clean files": summary["refused_clean"],
                "memory growth, MB a file": summary["mem_mb_max"],
                "median time, JPEG with Exif, to the peer's": times[extractor],
            }
    for row in rows.values():
        row["median time, JPEG with Exif, to the peer's"] = round(
            row["median time, JPEG with Exif, to the peer's"] / times[PEER], 2
        )
    return report(rows[JANUS], rows[PEER], TARGETS)


def report(ours: dict[str, float], theirs: dict[str, float], targets: dict[str, tuple[float, str]]) -> int:
    """Print a table and a line of JSON; 1 when a target is missed."""
    print(f"{'measure':<44}{'Janus':>10}{'peer':>10}   must reach")
    result = {}
    for name, (target, sense) in targets.items():
        reached = ours[name] >= target if sense == "at least" else ours[name] <= target
        peer = theirs.get(name, "")
        print(f"{name:<44}{ours[name]:>10}{peer:>10}   {sense} {target}{'' if reached else '   FALLS SHORT'}")
        result[name] = {"value": ours[name], "peer": peer, sense.replace(" ", "_"): target, "reached": reached}
    print(json.dumps(result))
    return 0 if all(item["reached"] for item in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
