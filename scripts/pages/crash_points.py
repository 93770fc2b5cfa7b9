"""The generated table of docs/crash-points.md: what brings a worker to which crash points."""

from collections.abc import Iterator

from hub.ops.crash import POINTS
from scripts.pages.tables import coded, filled, table
from tests.faults.crash.ways import USUAL, WAYS, way_to


def crash_points_page() -> str:
    return filled("docs/crash-points.md", {"points": _points})


def _points() -> Iterator[str]:
    rows = ((way.why, coded(point for point in POINTS if way_to(point) is way)) for way in (*WAYS.values(), USUAL))
    return table(("what brings a worker there", "points"), rows)
