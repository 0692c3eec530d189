"""The cost of every search, and its growth: libraries of 1,000, 10,000, 100,000 and a million images.

    JANUS_NODE=folder/with/node_modules python benchmarks/catalog.py [--up-to IMAGES | --million]

The engine is dynalite (npm install dynalite@4.0.0), an independent DynamoDB that bills as AWS does. The libraries
are loaded straight into its store, with as many images of other owners; then each question is asked for a page of
50 through the very functions that the API calls. Beside it, in the same run, stand the same queries made bare with
botocore, each time right behind the question: the ratio is the median of these pairs. An image's writes are made
through `put_newer` and `follow`; dynalite has no transactions, so their items are written one by one and
counted twice, as DynamoDB bills it. `--up-to 10000` leaves out the larger libraries, `--million` all between the
smallest and the largest.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.meter import Meter
from benchmarks.report import Measure, conclude, progress
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.libraries import Image

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
OTHERS = 1_000  # owners who share the images of others
ROUNDS = 15
WRITTEN = 500  # images whose writes are counted
SCRIPT = Path(__file__).with_name("dynalite.js")


class Question(NamedTuple):
    """A search: its query, and the greatest cost of a page, in RRU."""

    name: str
    ask: Callable[[str], Any]
    units: float = 8.0


@contextmanager
def engine(path: str) -> Iterator[str]:
    """Run dynalite on a store; yield its address."""
    process = subprocess.Popen(["node", str(SCRIPT), "serve", path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def load(path: str, lines: Iterable[tuple[str, str | None, dict[str, Any]]]) -> int:
    """Put items into a store, index by index; return how many."""
    import base64  # noqa: PLC0415

    def text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    number = 0  # of lines
    with subprocess.Popen(["node", str(SCRIPT), "load", path], stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        for line in lines:
            process.stdin.write(json.dumps(line, default=text) + "\n")
            number += 1
    if process.returncode:
        raise RuntimeError("dynalite.js could not load the libraries")
    return number


def enter(benchmark: str) -> None:
    """Make the environment that of a stage of its own; end the benchmark where dynalite is missing."""
    if "JANUS_NODE" not in os.environ:
        print("Set JANUS_NODE to the folder where `npm install dynalite@4.0.0` was run.")
        conclude(benchmark, [Measure("dynalite is there", 0, "==", 1)])
    os.environ |= {
        "JANUS_STAGE": "bench",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "IMAGES_BUCKET": "bucket",
        "CURSOR_SECRET": "bench",
    }


def make_tables(endpoint: str) -> None:
    """Make the tables, without expiry, which dynalite does not know."""
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    from chalicelib.db.models import MODELS  # noqa: PLC0415  they read the settings

    for model in MODELS:
        with suppress(Exception):  # of the expiry; a table that is missing is noticed at once
            model.create_table(wait=False)


def lines(sizes: Iterable[int]) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """Yield all items of all libraries."""
    from chalicelib.config import settings  # noqa: PLC0415
    from tests import libraries  # noqa: PLC0415

    facets, table = settings().facets_table, settings().images_table
    others = max(size for size in sizes if size < MILLION)
    for size in sizes:
        mine: list[Image] = []
        for number, image in enumerate(libraries.collection(owner(size), size), 1):
            if number % 1000 == 0:
                progress(number, size, f"library of {size:,}")
            yield table, "by_owner", libraries.summary(image)
            if size == MILLION:
                kinds = {"taken", "camera"}
                found = libraries.items(image)
                yield from ((facets, None, item) for item in found if item["facet"]["S"].split("#")[1] in kinds)
            else:
                mine.append(image)
                yield from ((facets, None, item) for item in libraries.items(image))
        yield from ((facets, None, item) for item in libraries.count_items(mine))
        yield from ((facets, None, item) for item in libraries.word_items(mine))
        yield from ((facets, None, item) for item in libraries.duplicate_items(mine))
        if size == MILLION:
            yield facets, None, _camera_count(size)
    for number in range(OTHERS):
        progress(number + 1, OTHERS, "other owners")
        for image in libraries.collection(f"other-{number}", others // OTHERS, seed=number + 2):
            yield from ((facets, None, item) for item in libraries.items(image))


def _camera_count(size: int) -> dict[str, Any]:
    """Return the one count that the questions to the largest library need."""
    from chalicelib.catalogue.index import counters  # noqa: PLC0415
    from chalicelib.catalogue.index.cards import Facts  # noqa: PLC0415
    from tests import libraries  # noqa: PLC0415

    make, model, lenses = libraries.CAMERAS[1]
    gear = {Facts(make=make, model=model, lens=lens).gear: {"N": str(size // 10)} for lens in lenses}
    return {"facet": {"S": counters.holder(owner(size))}, "entry": {"S": counters.CAMERA}, **gear}


def owner(size: int) -> str:
    """Return whose library has a size; an id is as long as Cognito's."""
    return f"00000000-0000-4000-8000-{size:012}"


def questions() -> list[Question]:
    """Return every question that the API takes."""
    from chalicelib.catalogue.search import planner, result_page  # noqa: PLC0415
    from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Span  # noqa: PLC0415
    from chalicelib.catalogue.search.filters import Question as Asked  # noqa: PLC0415
    from tests import libraries  # noqa: PLC0415

    make, model, lenses = libraries.CAMERAS[1]
    latitude, longitude = libraries.CITIES[0]

    def by_date(**filters: Any) -> Callable[[str], Any]:
        asked = Asked(**filters)
        return lambda name: result_page.page(planner.plan(name, asked), asked, limit=50)

    def oldest(name: str) -> Any:
        return result_page.page(planner.plan(name, Asked()), Asked(), limit=50, descending=False)

    def by_upload(**filters: Any) -> Callable[[str], Any]:
        asked = Asked(**filters)
        return lambda name: result_page.page(planner.by_upload(name, asked), asked, limit=50)

    return [
        Question("newest upload first", by_upload()),
        Question("a range of uploads", by_upload(uploaded=Dates("2024-01", "2025-06"))),
        Question("by date taken", by_date()),
        Question("oldest first", oldest),
        Question("a range of dates taken", by_date(taken=Dates("2022-03", "2023-10"))),
        Question("camera", by_date(make=make, model=model)),
        Question("make", by_date(make="Apple")),
        Question("lens", by_date(lens=lenses[0])),
        Question("format", by_date(format="JPEG")),
        Question("orientation", by_date(orientation="landscape")),
        Question("megapixels", by_date(megapixels=Span(10, 30))),
        Question("ISO", by_date(iso=Span(100, 400))),
        Question("f-number", by_date(f_number=Span(None, 2.8))),
        Question("focal length", by_date(focal_length=Span(24, 105))),
        Question("rating", by_date(rating=Span(3, None))),
        Question("captured", by_date(provenance="captured")),
        Question("tag", by_date(tag=_frequent(0))),
        Question("a word's beginning", by_date(words=(_frequent(0)[:4],))),
        Question("two words", by_date(words=(_frequent(0), _frequent(1)))),
        Question("tag and camera", by_date(tag=_frequent(0), make=make, model=model)),
        Question("camera, ISO and format", by_date(make=make, model=model, iso=Span(100, 400), format="JPEG")),
        Question("color", by_date(colour=Colour("#5a5a5f", 10, "ciede2000"))),
        Question("a color's name", by_date(colour=Colour("#696969", 10, "ciede2000", "dimgrey"))),
        Question("a rare color's name", by_date(colour=Colour("#4682b4", 10, "ciede2000", "steelblue"))),
        Question("a wide range of colors", by_date(colour=Colour("#008000", 25, "ciede2000"))),
        Question("near a place", by_date(near=Circle(latitude, longitude, 10))),
        Question("in a box", by_date(box=Box(longitude - 1, latitude - 1, longitude + 1, latitude + 1))),
        Question("similar", _similar),
        Question("duplicates", _duplicates),
    ]


def _frequent(rank: int) -> str:
    from tests import libraries  # noqa: PLC0415

    return str(libraries._word(rank))  # noqa: SLF001


@cache
def _copied(name: str) -> Any:
    """Return an image of which there is another."""
    from chalicelib.catalogue.search import similar  # noqa: PLC0415

    return similar.duplicates(name, 50).items[0][0]


def _similar(name: str) -> Any:
    from chalicelib.catalogue.search import similar  # noqa: PLC0415

    return similar.similar(_copied(name), 8, 50)


def _duplicates(name: str) -> Any:
    from chalicelib.catalogue.search import similar  # noqa: PLC0415

    return similar.duplicates(name, 40)  # the smallest library has no more


def bare(client: Any, requests: list[tuple[str, dict[str, Any]]]) -> float:
    """Return the CPU time of the same requests made bare."""
    names = {"Query": "query", "GetItem": "get_item"}
    began = time.process_time()
    for name, parameters in requests:
        getattr(client, names[name])(**parameters)
    return time.process_time() - began


def ask_all(client: Any, meter: Meter, sizes: Sequence[int], chosen: list[Question]) -> list[Measure]:
    """Ask every question of every library; print the cost of each."""
    units: defaultdict[str, dict[int, float]] = defaultdict(dict)
    walls: defaultdict[str, dict[int, float]] = defaultdict(dict)
    ratios: dict[str, float] = {}
    shown: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for number, question in enumerate(chosen, 1):
        progress(number, len(chosen), "questions")
        requests: dict[int, list[tuple[str, dict[str, Any]]]] = {}
        for size in sizes:
            question.ask(owner(size))
            meter.clear()
            found = question.ask(owner(size))
            units[question.name][size], requests[size] = meter.units, list(meter.requests)
            items = found.items if isinstance(found, Page) else getattr(found, "cards", found)
            shown[question.name][size] = len(items)
        beside: defaultdict[int, list[float]] = defaultdict(list)
        wall: defaultdict[int, list[float]] = defaultdict(list)
        for _, size in product(range(ROUNDS), sizes):  # in turn: the machine is not as fast all the time
            began, at = time.process_time(), time.perf_counter()
            question.ask(owner(size))
            ours, lasted = time.process_time() - began, time.perf_counter() - at
            wall[size].append(lasted)
            beside[size].append(ours / max(bare(client, requests[size]), 1e-6))
        ratios[question.name] = max(map(statistics.median, beside.values()))
        walls[question.name] = {size: min(lasted) for size, lasted in wall.items()}
    print(
        f"\n{'question':<26}"
        + "".join(f"{size:>11,}" for size in sizes)
        + "   RRU; shown at the largest; ours / bare; largest / smallest"
    )
    for question in chosen:
        largest, smallest = max(sizes), min(sizes)
        grown = walls[question.name][largest] / walls[question.name][smallest]
        print(
            f"{question.name:<26}"
            + "".join(f"{units[question.name][size]:>11.1f}" for size in sizes)
            + f"  {shown[question.name][largest]:>5} {ratios[question.name]:>13.2f} {grown:>26.2f}"
        )
    names = [question.name for question in chosen]
    over = [name for name, limit in ((q.name, q.units) for q in chosen) if max(units[name].values()) > limit]
    growth = {name: max(units[name].values()) / max(units[name][min(sizes)], 0.5) for name in names}
    slower = [walls[name][max(sizes)] / walls[name][min(sizes)] for name in names]
    kind = f"{max(sizes):,}"
    print(f"over their budget: {', '.join(over) or 'none'}")
    return [
        Measure(f"questions over their budget, up to {kind}", len(over), "==", 0),
        Measure(f"growth of the cost, {kind} over {min(sizes):,}, worst", max(growth.values()), "<=", 1.1, "x"),
        Measure(
            f"ours over bare queries, up to {kind}, median", statistics.median(ratios.values()), "<=", 1.5, "x"
        ),
        Measure(f"ours over bare queries, up to {kind}, worst", max(ratios.values()), "<=", 1.5, "x"),
        Measure(f"time, {kind} over {min(sizes):,}, median", statistics.median(slower), "<=", 1.2, "x"),
    ]


def write_all(meter: Meter) -> list[Measure]:
    """Write images, alone and in batches of the stream; print the cost of each part."""
    from benchmarks import catalog_writes  # noqa: PLC0415

    measures = []
    for batch, limit in ((500, 17.0), (100, None), (1, None)):
        parts = catalog_writes.count(meter, WRITTEN, batch)
        told = ", ".join(f"{name} {units:.2f}" for name, units in parts.items())
        print(f"\nWRU of an image, followed in batches of {batch}: {told}")
        name = f"WRU of an image, in batches of {batch}"
        measures.append(Measure(name, sum(parts.values()), "<=" if limit else "", limit))
    return [*measures, Measure("an image in the tables", catalog_writes.stored(WRITTEN), unit="KB")]


def main() -> None:
    """Load, ask, count, and compare."""
    enter("catalog")
    most = int(sys.argv[sys.argv.index("--up-to") + 1]) if "--up-to" in sys.argv else MILLION
    sizes = SIZES[:1] if "--million" in sys.argv else tuple(size for size in SIZES if size <= most)
    with tempfile.TemporaryDirectory() as folder:
        with engine(folder) as endpoint:
            make_tables(endpoint)
        loaded = load(folder, lines((*sizes, MILLION) if most >= MILLION else sizes))
        print(f"{loaded:,} items loaded")
        with engine(folder) as endpoint:
            os.environ["AWS_ENDPOINT_URL"] = endpoint
            from chalicelib.db import models  # noqa: PLC0415

            models.connection.cache_clear()
            client = models.connection("us-east-1").client
            meter = Meter(client)
            asked = questions()
            measures = ask_all(client, meter, sizes, asked)
            if most >= MILLION:
                few = [q for q in asked if q.name in ("newest upload first", "by date taken", "camera")]
                measures += ask_all(client, meter, (SIZES[0], MILLION), few)
            measures += write_all(meter)
    conclude("catalog", measures)


if __name__ == "__main__":
    main()
