"""Figures of a run: distributions of seconds, as a table."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any


def distribution(seconds: Sequence[float]) -> dict[str, float | int]:
    """How many, least, median, 95th percentile (the least that 95 % do not exceed) and most."""
    if not seconds:
        return {"n": 0}
    ordered = sorted(seconds)
    place = max(0, -(-len(ordered) * 95 // 100) - 1)
    figures = {"min": ordered[0], "median": median(ordered), "p95": ordered[place], "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value, 2) for name, value in figures.items()}}


def table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Of distributions, by kind."""
    yield f"{title:<28}{'n':>5}{'min':>8}{'median':>8}{'p95':>8}{'max':>8}   (s)"
    for name, row in rows.items():
        values = "".join(f"{row.get(column, 0):>8.2f}" for column in ("min", "median", "p95", "max"))
        yield f"  {name:<26}{row['n']:>5}{values}"
