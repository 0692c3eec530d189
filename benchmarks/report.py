"""How every benchmark ends: a table for people, one line of JSON for machines, and an exit code."""

from __future__ import annotations

import json
import operator
import sys
from typing import NamedTuple, NoReturn

_KEEPS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


class Measure(NamedTuple):
    """One figure, with or without a limit ("<=", ">=" or "==" it)."""

    name: str
    value: float | None
    relation: str = ""
    limit: float | None = None
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether it keeps its limit; a figure that could not be measured does not."""
        if self.limit is None:
            return True
        return self.value is not None and bool(_KEEPS[self.relation](self.value, self.limit))


def conclude(benchmark: str, measures: list[Measure]) -> NoReturn:
    """Print the measures as a table and, last, as one line of JSON; exit 1 when one falls short."""
    width = max(len(measure.name) for measure in measures)
    print(f"\n{benchmark}")
    for measure in measures:
        limit = "" if measure.limit is None else f"must be {measure.relation} {measure.limit:g}"
        verdict = "" if measure.limit is None else ("reached" if measure.reached else "FALLS SHORT")
        value = "-" if measure.value is None else f"{measure.value:,.3f}".rstrip("0").rstrip(".")
        print(f"  {measure.name:<{width}}  {value:>12} {measure.unit:<4} {limit:<18} {verdict}".rstrip())
    reached = all(measure.reached for measure in measures)
    figures = [{**measure._asdict(), "reached": measure.reached} for measure in measures]
    print(json.dumps({"benchmark": benchmark, "reached": reached, "measures": figures}))
    sys.exit(not reached)


def progress(done: int, total: int, what: str) -> None:
    """Tell how far a long run is: all the time on a terminal, elsewhere ten times."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{what}: {done}/{total}", end=end, file=sys.stderr, flush=True)
    elif done == total or done % max(total // 10, 1) == 0:
        print(f"{what}: {done}/{total}", file=sys.stderr, flush=True)
